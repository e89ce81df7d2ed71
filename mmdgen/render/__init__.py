"""The only door to OpenGL: many poses of one model drawn at once, on OpenGL 3.3 core alone.

    Renderer        what callers see: upload, draw, vertices
      Uploaded      one model on the GPU: buffers, tables, pictures          (upload, surfaces, tables, textures, …)
      LookTable     light, shading, edges and colours of a pass's pictures   (look, look_table)
      Atlas         the tiling of a pass: sample → slot → tile               (atlas)
      Target        samples in half floats, resolved to 8-bit straight RGBA  (target)
      Pending       pictures on their way back through a ring of buffers     (readback, fence)
      Programs      the compiled shaders                                     (programs, shaders/)
    context         opens OpenGL without a window

The vertex shader is the fast twin of mmdgen.rig.skin; a test holds the two together.
"""

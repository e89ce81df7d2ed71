"""Bytes of strangers to a Model: PMX, PMD and their textures; and a Model back to PMX.

load        the door: read_model, parse_model, load_textures
cursor      offsets, counts, encodings, and where things broke
pmx         PMX section by section (pmx_layout, pmx_vertices, pmx_morphs, pmx_physics)
pmd         PMD as the record that PMX describes (pmd_blocks reads it block by block)
repair      drops references that lead nowhere and numbers that are none (repair_bones, repair_morphs)
textures    finds a model's textures, never outside its folder
images      decodes them (bmp, tga, dds, pixels)
writer      a Model as a PMX file
archives    zip, 7z and rar as makers pack them, to files
"""

"""The window of ``mmdgen view``: one model, live.

view        the orbiting camera                                 ┐
character   a model read and bound, with all that a window asks │ no window, no OpenGL
keys        what may be commanded, and by which key             │
session     what the window shows, and what each command does   ┘
stage       characters on the GPU, drawn as the session says
inputs      keyboard, mouse and dropped files from glfw
panel       sliders, switches and lists (Dear ImGui)
app         the loop
"""

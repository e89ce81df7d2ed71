"""Pictures: the only door to OpenGL."""

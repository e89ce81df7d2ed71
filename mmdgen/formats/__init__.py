"""Bytes of strangers to a Model: PMX, PMD and their textures; and a Model back to PMX."""

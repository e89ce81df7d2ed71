"""Heads: the skull as a surface, the skin over it, eyes, brows and mouth with all their morphs."""

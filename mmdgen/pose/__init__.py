"""Pose vectors: drawing them at random, and binding them to the joints and morphs of one character."""

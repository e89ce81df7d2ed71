"""The readable reference rig in NumPy: from joints and morph weights to posed vertices."""

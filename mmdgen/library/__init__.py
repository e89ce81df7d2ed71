"""A folder of models: finding them, telling what they are, proposing annotations."""

"""The article's networks, layer by layer and tensor name by tensor name."""

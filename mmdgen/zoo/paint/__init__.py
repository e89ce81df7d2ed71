"""Textures in the 2D anime manner: flat colours, cel shadows with hard edges, drawn highlights."""

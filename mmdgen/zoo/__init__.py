"""Anime characters that belong to no one, written as real PMX.

    (seed, index) ──draw──► Traits ──character──► Model, pictures, truth ──library──► files
                                       ├── head/   skull, skin, eyes, brows, mouth and their morphs
                                       ├── hair/   a guide surface, locks along it, cuts by name
                                       ├── dress/  body, clothes, ornaments
                                       ├── paint/  the textures
                                       ├── skeleton, morphs: bones, weights and names as MMD makers have them
                                       └── mesh, shapes, atlas: triangles, solids, and where things lie in textures

Read traits.py for what a character is, mesh.py for what everything is made of.
"""

"""Anime characters that belong to no one, written as real PMX.

    (seed, index) ──draw──► Traits ──character──► Model, pictures, truth ──draft, defects──► making ──library──► files
                                       ├── head/   skull, skin, eyes, brows, mouth and their morphs
                                       ├── hair/   a guide surface, locks along it, cuts by name
                                       ├── dress/  body, clothes, ornaments
                                       ├── paint/, surface: the textures, toons and sphere maps
                                       ├── figure: the body's proportions
                                       ├── skeleton, rigging: bones, weights and bodies as MMD makers have them
                                       ├── spellings, morphs: what makers call what moves, and the truth about it
                                       ├── layers, assembly: materials in order, joined into one Model
                                       └── mesh, shapes, atlas: triangles, solids, and where things lie in textures

Read traits.py for what a character is, mesh.py for what everything is made of.
"""

"""mmdgen: from a folder of MikuMikuDance models to paired training pictures.

    bytes ──formats──► Model ──pose.binding (with an Annotation)──► Binding
    (seed, identity, index) ──pose.sample──► pose ──Binding──► RigState ──rig──► Deformation ──render──► pictures
    rest, expression, posed ──shard──► .h5

Read model.py for the nouns, then the folders in that order.
"""

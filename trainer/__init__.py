"""Networks that learn from shards to move a drawing.

    shards ──data──► Batch (uint8 RGBA) ──colour──► network space ──networks──► losses ──loop──► runs/<stage>/
                                                                        └────► metrics ──evaluate──► tables

``config`` says what is trained, ``checkpoint`` what is kept, ``journal`` what is told; time is counted in images seen.
"""

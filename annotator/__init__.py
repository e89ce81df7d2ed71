"""Windows in which a person marks heads, chooses morphs, and reviews what comes of it.

edits        what a decision changes in an annotation, and how it is taken back ┐
identities   which bytes lie at a path, remembered between sessions             │
reading      a model from its path, with its proposal                           │
prefetch     a process that reads ahead                                         │
picking      lines of the picture to heights of the model, and back             │ no Qt
pace         models per minute and the time that is left                        │
session      queue, cursor, decisions, undo and redo                            │
stage        models on the GPU, drawn as the dataset's are                      │
work         the current model, as every window has it                          │
heads        the two lines of a model and what may be decided about them        │
choices      what may fill a slot, what is odd about it, what rendering uses     │
morphs       the seven slots of a model and what may be decided about them       │
previews     the pictures that a reviewer sees, drawn in the other process       │
review       pages of models in the order of their kinship, and their verdicts  │
bindings     keys of a person's own choice                                      │
thumbnails   small pictures, kept between sessions                              │
keys         what may be commanded, by which key; wording: its Japanese         ┘
theme, translation, queue_panel, model_view, head_view, head_panel, inset, overlay, notes, morph_view, slot_list,
morph_panel  parts of windows
window       what all windows have; queue_window: those that go through the queue model by model
head_window  ``mmdgen annotate-head``; morph_window: ``mmdgen annotate-morphs``
gallery, review_window  ``mmdgen review``; review_app: its door
app          the door: what the commands open
"""

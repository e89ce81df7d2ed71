"""The ``mmdgen`` command: names the subcommands; shell.py runs them."""

from __future__ import annotations

import keyword
import sys

try:
    from cyclopts import App
except KeyboardInterrupt:  # most of the time until a command begins goes here
    sys.exit(130)

from mmdgen import shell

COMMANDS = {
    "inspect": "What is in a model, and what is wrong with it.",
    "scan": "Triage a folder of models: what is usable, what is there twice, and why not.",
    "annotate-auto": "Propose head range and morphs for the models that no person has annotated.",
    "annotations": "Share annotations, keyed by hash, without sharing models.",
    "annotate-head": "Mark the top of the skull and the chin of many models in a window.",
    "annotate-morphs": "Choose the morphs that close the eyes and open the mouth of many models in a window.",
    "review": "Look at final pictures of many models a page: keep, send back, reject.",
    "split": "Keep models for validation and testing apart, none like those for training.",
    "import": "Unpack archives of models into a library, only what is new.",
    "render": "Render training triplets of a folder of models into shards.",
    "preview": "Draw a contact sheet of shards: rest, expression, posed and the pose.",
    "verify": "Read shards completely and check every promise of the format.",
    "shot": "Draw one picture of one model, or a film of its motion.",
    "view": "Show a model in a window: turn it, pose it, move its morphs.",
    "zoo": "Make procedural characters as PMX or PMD files.",
}

app = App(
    name="mmdgen",
    help="From a folder of MikuMikuDance models to paired training pictures.",
    help_on_error=False,
    suppress_keyboard_interrupt=False,
)
for _name, _help in COMMANDS.items():
    _module = _name.replace("-", "_") + "_" * keyword.iskeyword(_name)
    app.command(f"mmdgen.commands.{_module}:{_module}", name=_name, help=_help)


def main() -> None:
    """Run the command line: exit code 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    shell.main(app)

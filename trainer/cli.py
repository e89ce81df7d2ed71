"""The ``trainer`` command: names the subcommands; mmdgen.shell runs them."""

from __future__ import annotations

import os
import sys

try:
    from importlib.metadata import version

    from cyclopts import App
except KeyboardInterrupt:  # most of the time until a command begins goes here
    sys.exit(130)

from mmdgen import shell

COMMANDS = {
    "fit": "Train the networks on shards, stage after stage.",
    "pose": "Pose drawings of characters: pictures, sheets of every parameter, films.",
    "check-input": "Say what is wrong with a drawing that is to be posed, and mend it.",
    "eval": 'Measure networks on pictures that they have not seen, beside "output = input".',
    "export": "Write networks as ONNX, for programs that run them without Python.",
    "convert": "Take published weights to a snapshot of ours, or back.",
}

app = App(
    name="trainer",
    version=lambda: version("mmdgen"),
    help="Networks that learn from shards to move a drawing.",
    help_on_error=False,
    suppress_keyboard_interrupt=False,
)
for _name, _help in COMMANDS.items():
    _module = _name.replace("-", "_")
    app.command(f"trainer.commands.{_module}:{_module}", name=_name, help=_help)


def main() -> None:
    """Run the command line: exit code 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # torch's threads on the CPU otherwise spin while they wait, and beside other work each step takes ten times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    shell.main(app)

"""The ``trainer`` command: names the subcommands and turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from importlib.metadata import version

from cyclopts import App, CycloptsError

from mmdgen.errors import MmdgenError, UsageError

COMMANDS = {
    "fit": "Train the face morpher on shards.",
    "eval": 'Measure a snapshot on pictures that it has not seen, beside "output = input".',
}

app = App(
    name="trainer",
    version=lambda: version("mmdgen"),
    help="Networks that learn from shards to move a drawing.",
    help_on_error=False,
    suppress_keyboard_interrupt=False,
)
for _name, _help in COMMANDS.items():
    app.command(f"trainer.commands.{_name}:{_name}", name=_name, help=_help)


def main() -> None:
    """Run the command line: exit code 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # torch's threads on the CPU otherwise spin while they wait, and beside other work each step takes ten times as long
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    sys.exit(run(app, sys.argv[1:]))


def run(application: App, arguments: list[str]) -> int:
    """Run one command and return its exit code; expected errors become one line on stderr, ``--debug`` raises them."""
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    try:
        application(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except KeyboardInterrupt:
        return _tell("interrupted; run the same command again to go on", 130)
    except CycloptsError:
        return 2
    except Exception as error:
        if debug:
            raise
        if isinstance(error, MmdgenError):
            return _tell(str(error), 2 if isinstance(error, UsageError) else 1)
        return _tell(f"{type(error).__name__}: {error}; run again with --debug for a report to send us", 1)
    return 0


def _tell(message: str, code: int) -> int:
    print(message, file=sys.stderr)  # noqa: T201
    return code

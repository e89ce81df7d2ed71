"""The ``mmdgen`` command: names the subcommands and turns errors into one line and an exit code."""

from __future__ import annotations

import io
import keyword
import os
import sys

try:
    from cyclopts import App
except KeyboardInterrupt:  # most of the time until a command begins goes here
    sys.exit(130)

from mmdgen.errors import MmdgenError, UsageError

COMMANDS = {
    "inspect": "What is in a model, and what is wrong with it.",
    "annotate-auto": "Propose head range and morphs for the models that no person has annotated.",
    "import": "Unpack archives of models into a library, only what is new.",
    "render": "Render training triplets of a folder of models into shards.",
    "preview": "Draw a contact sheet of shards: rest, expression, posed and the pose.",
    "verify": "Read shards completely and check every promise of the format.",
    "shot": "Draw one picture of one model.",
    "zoo": "Make procedural characters as PMX files.",
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
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - None when closed
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show stops nothing
    sys.exit(run(app, sys.argv[1:]))


def run(application: App, arguments: list[str]) -> int:
    """Run one command and return its exit code; expected errors become one line on stderr."""
    debug = "--debug" in arguments
    arguments = [a for a in arguments if a != "--debug"]
    try:
        result = application(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except KeyboardInterrupt:
        return _fail("interrupted; run the same command again to go on", 130)
    except BrokenPipeError:  # nobody reads on, as in `mmdgen inspect | head`: not worth a word
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nor is what Python flushes at its end
        return 1
    except Exception as error:
        from cyclopts import CycloptsError

        if isinstance(error, CycloptsError):
            command = " ".join([application.name[0], *(a for a in arguments[:1] if a in COMMANDS)])
            return _fail(f"{command}: {str(error).strip().rstrip('.')}; see `{command} --help`", 2)
        if debug:
            raise
        return _fail(_sentence(error), 2 if isinstance(error, UsageError) else 1)
    return result if isinstance(result, int) else 0


def _sentence(error: Exception) -> str:
    """Say in one line what went wrong."""
    if isinstance(error, MmdgenError):
        return str(error)
    if isinstance(error, OSError):
        found = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else f"system: {error}"
        return f"{found}, expected a file or folder that can be used; check the path, its rights and the disk"
    return f"{type(error).__name__}: {error}; run again with --debug for a report to send us"


def _fail(message: str, code: int) -> int:
    from mmdgen.commands.console import plain

    print(plain(message), file=sys.stderr)  # noqa: T201
    return code

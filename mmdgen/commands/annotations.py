"""``mmdgen annotations``: what people said of models, shared without the models."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from mmdgen.commands import console
from mmdgen.shell import plain

if TYPE_CHECKING:
    from mmdgen.library.exchange import Bundle, Conflict

Flag = Annotated[bool, Parameter(negative="")]
Output = Annotated[Path, Parameter(alias="-o")]

annotations = App(name="annotations", help="Share annotations, keyed by hash, without sharing models.")


@annotations.command
def export(
    models: Annotated[list[Path] | None, Parameter(negative="")] = None,
    *,
    output: Output = Path("annotations.json"),
    annotations: Path | None = None,
    proposals: bool = True,
    names: bool = True,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Write all annotations of a library into one file to share; it holds nothing of the models.

    Args:
        models: Folders of models; ./models by default.
        output: The file to write.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        proposals: Also what annotate-auto proposed and no person confirmed.
        names: Also the names of the models' files, and notes.
        dry_run: Say what would be written, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen.annotation import folder
    from mmdgen.errors import UsageError
    from mmdgen.library.exchange import shareable, stored, write_bundle

    libraries = models or [Path("models")]
    for library in libraries:
        if not library.is_dir():
            raise UsageError(f"{library}: no folder, expected one of models; check the path")
    found, conflicts, problems = stored(folder(library, annotations) for library in libraries)
    given = {sha: shared for sha, a in found.items() if (shared := shareable(a, proposals=proposals, names=names))}
    if not given:
        where = ", ".join(str(folder(library, annotations)) for library in libraries)
        raise UsageError(f"{where}: nothing to share, expected annotations; annotate models first")
    size = None if dry_run else write_bundle(output, given)
    _report(f"{output}: {len(given)} annotations", conflicts, problems, dry_run=dry_run, silent=json)
    if json:
        _emit(output, len(given), conflicts, problems, written=not dry_run, bytes=size)
    return 1 if conflicts or problems else 0


@annotations.command(name="import")
def import_(
    files: Annotated[list[Path], Parameter(negative="")],
    *,
    into: Path = Path("models"),
    annotations: Path | None = None,
    prefer: Literal["mine", "theirs"] | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Bring shared annotations into a library. A person's value never gives way to a proposal.

    Where two people differ, the library's value stays and the conflict is listed, with exit code 1, until --prefer says
    whose word counts.

    Args:
        files: Files of `mmdgen annotations export`.
        into: The folder of models.
        annotations: The folder of the annotations; by default .mmdgen/annotations in the folder of models.
        prefer: Whose word counts where two people differ: mine, the library's, or theirs, the file's.
        dry_run: Say what would happen, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen.annotation import folder
    from mmdgen.errors import AnnotationError, UsageError
    from mmdgen.library.exchange import put

    if annotations is None and not into.is_dir():
        raise UsageError(f"{into}: no folder, expected one of models; name it with --into")
    store = folder(into, annotations)
    bundles, problems = _read(files)
    counts = {"new": 0, "changed": 0, "same": 0}
    conflicts: list[Conflict] = []
    for bundle in bundles:
        for theirs in bundle.values():
            try:
                what, more = put(store, theirs, prefer_theirs=prefer == "theirs", dry_run=dry_run)
            except AnnotationError as error:  # what is there may be a person's work: it stays, and the others go on
                problems.append(str(error))
                continue
            counts[what] += 1
            conflicts += more
    said = f"{store}: {counts['new']} new annotations, {counts['changed']} changed, {counts['same']} as they were"
    resolved = prefer and f"{prefer} taken, as --prefer says"
    _report(said, conflicts, problems, dry_run=dry_run, silent=json, resolved=resolved)
    if json:
        _emit(store, sum(counts.values()), conflicts, problems, written=not dry_run, **counts)
    return 1 if problems or (conflicts and not prefer) else 0


@annotations.command
def merge(
    files: Annotated[list[Path], Parameter(negative="")],
    *,
    output: Output,
    prefer: Literal["first", "last"] | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Put shared files together into one.

    Where two people differ, the first file's value is kept and the conflict is listed, with exit code 1, until --prefer
    says whose word counts.

    Args:
        files: Files of `mmdgen annotations export`.
        output: The file to write.
        prefer: Whose word counts where two people differ: that of the first file, or of the last.
        dry_run: Say what would be written, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen.library.exchange import combined, write_bundle

    bundles, problems = _read(files)
    result: Bundle = {}
    conflicts: list[Conflict] = []
    for bundle in bundles:
        for sha256, theirs in bundle.items():
            result[sha256], more = combined(result.get(sha256), theirs, prefer_theirs=prefer == "last")
            conflicts += more
    size = None if dry_run else write_bundle(output, result)
    resolved = prefer and f"the {prefer} taken, as --prefer says"
    said = f"{output}: {len(result)} annotations of {len(bundles)} files"
    _report(said, conflicts, problems, dry_run=dry_run, silent=json, resolved=resolved)
    if json:
        _emit(output, len(result), conflicts, problems, written=not dry_run, bytes=size)
    return 1 if problems or (conflicts and not prefer) else 0


def _read(files: Iterable[Path]) -> tuple[list["Bundle"], list[str]]:
    """Read all files before anything is written; raises AnnotationError for one that cannot be used at all."""
    from mmdgen.library.exchange import read_bundle

    bundles, problems = [], []
    for file in files:
        bundle, left_out = read_bundle(file)
        bundles.append(bundle)
        problems += left_out
    return bundles, problems


def _report(
    said: str,
    conflicts: Sequence["Conflict"],
    problems: Sequence[str],
    *,
    dry_run: bool,
    silent: bool,
    resolved: str | None = None,
) -> None:
    for problem in problems:
        console.say(problem)
    if silent:
        return
    for conflict in conflicts:
        who = f"{conflict.sha256[:12]} {', '.join(conflict.names[:3])}".strip()
        line = f"{who}: {conflict.field}: {_words(conflict.mine)} here, {_words(conflict.theirs)} there"
        console.out.print(plain(line), markup=False)
    console.out.print(plain(f"{'would write ' if dry_run else ''}{said}"), markup=False)
    if conflicts:
        what = "conflict" if len(conflicts) == 1 else "conflicts"
        console.say(f"{len(conflicts)} {what}: {resolved or 'the value here was kept; decide with --prefer'}")


def _words(value: Any) -> str:
    """Say a value of a conflict in a few words."""
    if not isinstance(value, dict):
        return repr(value)
    return " ".join(f"{key} {said!r}" for key, said in value.items() if said not in (None, ""))


def _emit(
    where: Path, count: int, conflicts: Sequence["Conflict"], problems: Sequence[str], *, written: bool, **more: Any
) -> None:
    console.emit_json(
        {
            "output": str(where),
            "written": written,
            "annotations": count,
            **more,
            "conflicts": [conflict.as_json() for conflict in conflicts],
            "problems": list(problems),
        }
    )

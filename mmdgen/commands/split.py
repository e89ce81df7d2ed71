"""``mmdgen split``: which folders are kept for validation and testing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number
from rich.table import Table
from rich.text import Text

from mmdgen.commands import console
from mmdgen.commands.triaging import triaged
from mmdgen.shell import plain

if TYPE_CHECKING:
    from mmdgen.library.inventory import Item
    from mmdgen.library.splitting import Splitting

Flag = Annotated[bool, Parameter(negative="")]
Share = Annotated[float, Parameter(validator=Number(gte=0, lt=1))]
MOST_TOLD = 20  # bonds and moves that are told one by one


def split(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("split.toml"),
    val: Share = 0.02,
    test: Share = 0.02,
    seed: Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))] = 0,
    level: Annotated[int, Parameter(validator=Number(gte=1, lte=32))] = 1,
    by_name: Flag = False,
    annotations: Path | None = None,
    workers: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    overwrite: Flag = False,
    dry_run: Flag = False,
    json: Flag = False,
) -> int:
    """Choose the source folders whose models are kept for validation and testing, and write the split file.

    A source folder is one directly below the folder of models. Folders that hold the same character, recolours or
    models that look alike stay together. The lot of a folder follows from the seed and its name alone: new folders
    change nothing for the others, and a new model that is like some in two splits brings them to training, never away
    from it. Scans the models first, as `mmdgen scan` does, or takes what it found out.

    Args:
        models: Folders of models or globs; ./models by default, as for `mmdgen render`.
        output: The file to write, for `mmdgen render --split-file`.
        val: The share of folders for validation.
        test: The share of folders for testing.
        seed: Another seed chooses other folders.
        level: How many folders deep a source folder lies: 2 makes each maker/pack its own.
        by_name: Also keep models of one name together.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        workers: Processes; by default as many as there are processors, fewer for few models.
        overwrite: Replace a split file that was written or edited by hand.
        dry_run: Say who would go where, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.files import write_atomically
    from mmdgen.library.resemblance import links
    from mmdgen.library.splitting import Shares, split_file, split_sources

    if val + test >= 1:
        raise UsageError(f"--val {val:g}, --test {test:g}: {val + test:g} together, expected less than 1")
    before = _before(output, overwrite=overwrite or dry_run)
    items = triaged(models or ["models"], annotations, workers=workers, keep=not dry_run)
    found = links([item.record for item in items])
    result = split_sources(items, found, Shares(val, test), seed=seed, level=level, by_name=by_name)
    if "train" not in result.split.values():
        where = "no character" if not result.split else "all of them held out"
        raise UsageError(f"{len(items)} models: {where}, expected some for training; lower --val and --test")
    moved = _moved(before, result, items) if before is not None else []
    if not dry_run:
        options = f"--val {val:g} --test {test:g} --seed {seed} --level {level}{' --by-name' if by_name else ''}"
        write_atomically(output, split_file(result.patterns(), f"mmdgen split {options}").encode())
    if json:
        console.emit_json(_as_json(output, result, items, moved, written=not dry_run))
    else:
        _show(output, result, items, moved, dry_run=dry_run)
    for name, share in (("val", val), ("test", test)):
        if share and name not in result.split.values():
            console.say(
                f"{name}: no folder fell into it; try another --seed, a larger --{name}, or --level {level + 1}"
            )
    return 0


def _before(path: Path, *, overwrite: bool) -> dict[str, list[str]] | None:
    """Return the globs of the file that would be replaced; refuse one that people wrote or edited."""
    from mmdgen.errors import UsageError
    from mmdgen.generate.splits import read_split_file
    from mmdgen.library.splitting import untouched

    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(f"{path}: no place for a file, expected one in a folder that exists; use another --output")
    if not path.exists():
        return None
    try:
        mine = untouched(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        mine = False
    if not mine and not overwrite:
        raise UsageError(f"{path}: written or edited by hand, expected none; give --overwrite, or another --output")
    try:
        return read_split_file(path)
    except UsageError:
        return None


def _moved(before: dict[str, list[str]], result: Splitting, items: list[Item]) -> list[dict[str, str]]:
    """Return the characters that the file to be replaced holds out, and this one not or elsewhere.

    Nothing is said of those that were for training: a split file does not tell them from models that are new.
    """
    from mmdgen.generate.splits import split_of

    moved = []
    for source, numbers in result.models.items():
        for number in numbers:
            path, now = items[number].record.path, result.split[source]
            was = split_of(path, before)
            if was not in (now, "train"):
                moved.append({"path": path, "from": was, "to": now})
    return moved


# --- reports ----------------------------------------------------------------------------------------------------------


def _show(output: Path, result: Splitting, items: list[Item], moved: list[dict[str, str]], *, dry_run: bool) -> None:
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for head in ("split", "folders", "models", "such as"):
        table.add_column(head, overflow="fold", justify="left" if head in ("split", "such as") else "right")
    for name, (folders, models) in result.counts().items():
        such = [source for source in sorted(result.split) if result.split[source] == name]
        more = ", …" if len(such) > 3 else ""
        table.add_row(name, str(folders), str(models), Text(plain(", ".join(such[:3]) + more)))
    console.out.print(table)
    for bond in result.bonds[:MOST_TOLD]:
        first, second = (items[i].record.path for i in (bond.first, bond.second))
        console.out.print(plain(f"kept together: {first} and {second}: {bond.said}"), markup=False)
    if len(result.bonds) > MOST_TOLD:
        console.out.print(f"… and {len(result.bonds) - MOST_TOLD} more kept together", markup=False)
    for move in moved[:MOST_TOLD]:
        console.out.print(plain(f"moved: {move['path']} from {move['from']} to {move['to']}"), markup=False)
    if len(moved) > MOST_TOLD:
        console.out.print(f"… and {len(moved) - MOST_TOLD} more moved", markup=False)
    console.out.print(plain(f"{'would write ' if dry_run else ''}{output}"), markup=False)


def _as_json(
    output: Path, result: Splitting, items: list[Item], moved: list[dict[str, str]], *, written: bool
) -> dict[str, Any]:
    return {
        "output": str(output),
        "written": written,
        "counts": {name: {"folders": n, "models": m} for name, (n, m) in result.counts().items()},
        **result.patterns(),
        "folders": [
            {"source": source, "split": result.split[source], "models": [items[i].record.path for i in its]}
            for source, its in sorted(result.models.items())
        ],
        "kept_together": [
            {"models": [items[i].record.path for i in (bond.first, bond.second)], "how": bond.said}
            for bond in result.bonds
        ],
        "moved": moved,
    }

"""``mmdgen preview``: a contact sheet of shards."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from mmdgen.commands import console


def preview(
    shards: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("sheet.png"),
    rows: Annotated[int, Parameter(validator=Number(gte=1, lte=200))] = 12,
    seed: Annotated[int, Parameter(validator=Number(gte=0))] = 0,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Draw a contact sheet of shards: rest, expression and posed side by side, with the pose and the look below.

    Args:
        shards: Shards, folders of shards or globs; ./shards by default.
        output: The picture to write.
        rows: Triplets on the sheet, from as many models as possible.
        seed: Another seed picks other triplets.
        dry_run: Say what would be drawn, and write nothing.
        json: Print which triplets are drawn, from top left, as JSON.
    """
    from mmdgen.canvas import save
    from mmdgen.errors import ShardError
    from mmdgen.shard import find_shards
    from mmdgen.sheet import pick, sheet

    examples = pick(find_shards(shards or ["shards"]), rows, seed)
    if not examples:
        raise ShardError("shards: no triplets, expected some; make some with `mmdgen render`")
    if not dry_run:
        save(sheet(examples), output)
    if json:
        chosen = [
            {"model": e.model.path, "sha256": e.model.sha256, "index": e.index, **({"look": e.look} if e.look else {})}
            for e in examples
        ]
        console.emit_json({"output": str(output), "written": not dry_run, "triplets": chosen})
        return
    models = len({example.model.identity for example in examples})
    what = f"{output}: {len(examples)} triplets of {models} models"
    console.out.print(f"would write {what}" if dry_run else what, markup=False)

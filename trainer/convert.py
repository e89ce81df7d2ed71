"""Published weights to our snapshots and back: the same tensors under the same names, in another kind of file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mmdgen.errors import UsageError
from trainer.checkpoint import PICKLED, load_network, write_json, write_pickled, write_tensors
from trainer.networks.kinds import PUBLISHED, describe

SUFFIX = ".safetensors"


def convert(path: Path, out: Path | None = None, *, overwrite: bool = False) -> Path:
    """Write the network at ``path`` as the other kind of file, and return where.

    Raises CheckpointError for a file that is no network of ours, UsageError for an ``out`` that cannot be meant.
    """
    kind, network, found = load_network(path)
    back = found.suffix not in PICKLED
    name = Path(PUBLISHED[kind]).with_suffix(".pt" if back else SUFFIX)
    out = found.with_name(name.name) if out is None else out / name if out.is_dir() else out
    expected = PICKLED if back else (SUFFIX,)
    if out.suffix not in expected:
        other = f"{' or '.join(expected)} for {found.name}"
        raise UsageError(f"{out}: {out.suffix or 'no suffix'}, expected {other}; choose another name")
    if out.exists() and not overwrite:
        raise UsageError(f"{out}: is there already, expected a new file; give --overwrite, or another --out")
    if back:
        write_pickled(out, network.state_dict())
        return out
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    write_json(out.with_suffix(".json"), describe(kind, network) | {"converted_from": found.name, "sha256": digest})
    write_tensors(out, network.state_dict())
    return out

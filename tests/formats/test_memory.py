"""However a file lies about what is in it, reading it takes ten times its size and 200 MB at most."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import greedy
import pytest

SLACK, FEW = 200_000_000, 20_000_000
QUICK = ("vertices", "faces", "morphs", "PNG RGBA", "TGA runs of 8 bits")
SHOWN = ("PNG RGBA", "PNG RGB of 16 bits", "PNG palette", "JPEG", "GIF", "TGA runs of 8 bits", "BMP runs")


def check(names: list[str]) -> None:
    """Read greedy files; where their bytes alone decide, and not the count of objects, hold them to less."""
    script = Path(greedy.__file__)
    done = subprocess.run([sys.executable, script, *names], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert list(found) == names
    for name, (size, grown, said) in found.items():
        assert said.startswith(("read", "(", "FormatError: ")), f"{name}: {said}"
        slack = FEW if name in greedy.MODELS and name not in greedy.RECORDS else SLACK
        assert grown <= 10 * size + slack, f"{name}: {size} bytes took {grown}; {said}"
        assert name not in SHOWN or said.startswith("("), f"{name}: {said}"


def test_memory_of_some_greedy_files() -> None:
    check(list(QUICK))


@pytest.mark.slow
@pytest.mark.parametrize("files", [greedy.MODELS, greedy.PICTURES], ids=["models", "pictures"])
def test_memory_of_every_greedy_file(files: dict) -> None:
    check([name for name in files if name not in QUICK])

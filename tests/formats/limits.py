"""Holds a reader to what it promises for any bytes: two seconds of CPU time, one gibibyte, no exception of its own."""

from __future__ import annotations

import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmdgen.errors import FormatError
from mmdgen.formats.cursor import Notes
from mmdgen.formats.load import parse_model
from mmdgen.formats.repair import repaired
from mmdgen.model import Model

SECONDS = 2
MEMORY = 1 << 30


@contextmanager
def within_limits() -> Iterator[None]:
    """Fail when the block computes for over SECONDS, or asks for MEMORY more than there is (as a MemoryError)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    start = time.process_time()
    try:
        yield
    finally:
        taken = time.process_time() - start
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert taken < SECONDS


def read_damaged(data: bytes) -> Model | None:
    """Read any bytes: None for a located FormatError of one line, else a sound model."""
    refusal = ""
    try:
        model = parse_model(data, "damaged.pmx")
    except FormatError as error:
        refusal = str(error)
    if refusal:
        assert re.fullmatch(r"damaged\.pmx: [A-Za-z ]+: .*byte 0x[0-9a-f]+: .+, expected .+; .+", refusal), refusal
        return None
    notes = Notes()
    again = repaired(model, notes)
    assert again == model
    assert all(note.startswith("faces: ") for note in notes.lines()), notes.lines()
    assert len(model.warnings) < 60
    return model

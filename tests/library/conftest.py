"""Fixtures that the tests of libraries share."""

from __future__ import annotations

import pytest

from mmdgen.library.imports import import_archives


@pytest.fixture
def imported(tmp_path):
    def go(data: bytes, name: str = "pack.zip", **options: object):
        archive = tmp_path / "downloads" / name
        archive.parent.mkdir(exist_ok=True)
        archive.write_bytes(data)
        (outcome,) = import_archives([archive], tmp_path / "models", **options)
        return outcome

    return go

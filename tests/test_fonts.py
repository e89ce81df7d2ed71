"""Fonts of a system are found by the beginnings of their names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mmdgen import fonts


def test_fonts_come_in_the_order_asked_for_from_any_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/NotoSansCJK-Regular.ttc", "b/c/ipaexg.TTF", "ipag.otf", "ipaexg.txt", "other.ttf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setitem(fonts.FOLDERS, sys.platform, (str(tmp_path), str(tmp_path / "missing")))
    names = [path.name for path in fonts.system_fonts(("ipaexg", "notosanscjk", "ipag"))]
    assert names == ["ipaexg.TTF", "NotoSansCJK-Regular.ttc", "ipag.otf"]


def test_plain_weights_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for weight in ("Black", "Bold", "Light", "Regular"):
        (tmp_path / f"NotoSansCJK-{weight}.ttc").touch()
    monkeypatch.setitem(fonts.FOLDERS, sys.platform, (str(tmp_path),))
    assert fonts.system_fonts(("notosanscjk",))[0].name == "NotoSansCJK-Regular.ttc"


def test_a_system_without_fonts_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FOLDERS", {})
    assert fonts.system_fonts(fonts.JAPANESE) == []

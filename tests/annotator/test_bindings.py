"""Keys of a person's own choice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence

from annotator import keys
from annotator.bindings import NAMED, bound, canonical, default_file
from annotator.keys import Command
from annotator.review import Review
from annotator.review_window import ReviewWindow
from annotator.translation import Translation
from mmdgen.errors import MmdgenError
from mmdgen.library.scan import locate

WINDOWS = {
    "one": {"Decide": (Command("accept", ("Space", "Return"), "…"), Command("undo", ("U",), "…"))},
    "two": {"Decide": (Command("keep", ("Space",), "…"), Command("undo", ("U",), "…"))},
}


def written(folder: Path, text: str) -> Path:
    file = folder / "keys.toml"
    file.write_text(text, "utf-8")
    return file


def by_name(window: str, file: Path) -> dict[str, tuple[str, ...]]:
    return {c.name: c.keys for group in bound(WINDOWS, window, file).values() for c in group}


def test_without_a_file_keys_are_what_they_are(tmp_path: Path) -> None:
    assert bound(WINDOWS, "one", tmp_path / "none.toml") == WINDOWS["one"]


def test_chosen_keys_take_the_place_of_a_command_s(tmp_path: Path) -> None:
    file = written(tmp_path, '[all]\nundo = "z"\n[one]\naccept = ["shift+k", "pgdown", "ctrl+F5", "+"]\n')
    assert by_name("one", file) == {"accept": ("Shift+K", "PgDown", "Ctrl+F5", "+"), "undo": ("Z",)}
    assert by_name("two", file) == {"keep": ("Space",), "undo": ("Z",)}


def test_a_window_s_own_section_comes_before_that_for_all(tmp_path: Path) -> None:
    file = written(tmp_path, '[all]\nundo = "Z"\n[two]\nundo = "B"\n')
    assert (by_name("one", file)["undo"], by_name("two", file)["undo"]) == (("Z",), ("B",))


def test_keys_may_be_exchanged(tmp_path: Path) -> None:
    file = written(tmp_path, '[one]\naccept = "U"\nundo = "Space"\n')
    assert by_name("one", file) == {"accept": ("U",), "undo": ("Space",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[one]\naccept = "U"', "U is given to accept and to undo"),
        ('[three]\naccept = "U"', r"\[three\], expected one of all, one, two"),
        ('one = "U"', r"\[one\], expected one of"),
        ('[one]\nkeep = "K"', "keep: no such command, expected one of accept, undo"),
        ('[one]\naccept = "Hyper+K"', "accept = 'Hyper\\+K', expected a key such as"),
        ('[one]\naccept = "Shift+1"', "expected a key such as"),
        ("[one]\naccept = []", "expected a key such as"),
        ("[one]\naccept = 3", "expected a key such as"),
        ('[one]\naccept = ["K", {}]', "expected a key such as"),
        ("[one", "expected readable TOML"),
        ("x" * 70000, "expected TOML"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file(tmp_path: Path, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(MmdgenError, match=said) as caught:
        bound(WINDOWS, "one", file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_and_folders_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(MmdgenError, match=r"keys\.toml"):
        bound(WINDOWS, "one", file)
    with pytest.raises(MmdgenError, match="no plain file"):
        bound(WINDOWS, "one", tmp_path)


def test_all_keys_of_ours_are_written_as_qt_and_a_file_would(tmp_path: Path) -> None:
    for window in keys.WINDOWS.values():
        for command in (c for group in window.values() for c in group):
            for key in command.keys:
                assert canonical(key) == key
                assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key
    said = {c.name: list(c.keys) for group in keys.REVIEW.values() for c in group}
    text = "\n".join(f"{json.dumps(name)} = {json.dumps(chosen)}" for name, chosen in said.items())
    file = written(tmp_path, f"[review]\n{text}\n")
    assert bound(keys.WINDOWS, "review", file) == keys.REVIEW


@given(
    st.sets(st.sampled_from(["Meta", "Ctrl", "Alt", "Shift"])),
    st.sampled_from([*NAMED.values(), *"ABCXYZ059/?+-.=#"]),
    st.booleans(),
)
def test_what_is_taken_is_what_qt_calls_it(modifiers: set[str], key: str, upper: bool) -> None:
    text = "+".join([*sorted(modifiers), key])
    found = canonical(text.upper() if upper else text.lower())
    if "Shift" in modifiers and not (len(key) == 1 and key.isalpha()):
        assert found is None
    else:
        assert found is not None
        assert QKeySequence(text).toString(QKeySequence.SequenceFormat.PortableText) == found


def test_the_file_lies_in_the_person_s_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_file().name == "keys.toml"
    assert default_file().parent.name == "mmdgen"


def test_windows_obey_and_show_chosen_keys(qtbot: Any, library: Path, keys_file: Path) -> None:
    keys_file.parent.mkdir()
    keys_file.write_text('[review]\nreject = "J"\n[all]\nquit = "Ctrl+W"\n', "utf-8")
    shelf = list(locate([library]).items())
    window = ReviewWindow(Review(shelf, lambda _: None), NoPictures(), Translation())
    qtbot.addWidget(window)
    window.begin()
    qtbot.keyClick(window, Qt.Key.Key_X)
    assert window.session.counts() == {"todo": 4}
    qtbot.keyClick(window, Qt.Key.Key_J)
    qtbot.keyClick(window, Qt.Key.Key_3)
    assert window.session.counts() == {"todo": 3, "rejected": 1}
    qtbot.keyClick(window, Qt.Key.Key_Question)
    assert "<b>J</b>" in window.overlay.text()
    assert "Ctrl+W" in window.overlay.text()
    keys_file.write_text('[review]\nreject = "H"\n', "utf-8")
    with pytest.raises(MmdgenError, match="H is given to heads and to reject"):
        ReviewWindow(Review(shelf, lambda _: None), NoPictures(), Translation())


def test_the_example_of_the_docs_can_be_used(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "annotating.md").read_text("utf-8")
    file = written(tmp_path, text.split("```toml")[1].split("```")[0])
    chosen = {c.name: c.keys for group in bound(keys.WINDOWS, "annotate-head", file).values() for c in group}
    assert chosen["top+"] == ("Up",)
    assert bound(keys.WINDOWS, "review", file)


class NoPictures:
    """Stands for the process that draws."""

    def want(self, _: object) -> None:
        """Draw nothing."""

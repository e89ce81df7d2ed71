"""The page of ``mmdgen inspect --html``: complete, well formed, and deaf to what strangers' names say."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import builders
import numpy as np
import pytest
from PIL import Image

from mmdgen.cli import app
from mmdgen.model import Model, Panel
from mmdgen.page import wording
from mmdgen.shell import run

VOID = {"meta", "img", "br", "hr", "link", "input"}
EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>&amp;\u202e\x1b[31m"


class Page(HTMLParser):
    """Parses a page, insisting that tags nest, and keeps its pictures, links and words."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pictures: dict[str, np.ndarray] = {}
        self.words = ""
        self._morph = ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert len(found) == len(attrs)
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "figure":
            self._morph = found.get("data-morph") or "rest"
        if tag == "img" and self.open[-1] == "figure":
            self.pictures[self._morph] = decoded(found["src"])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def decoded(address: str | None) -> np.ndarray:
    assert address is not None
    start = "data:image/webp;base64,"
    assert address.startswith(start)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address[len(start) :]))).convert("RGBA")).astype(int)


def page(model: Model, folder: Path, *more: str) -> Page:
    builders.saved(model, folder / "model.pmx")
    out = folder / "page.html"
    assert run(app, ["inspect", str(folder), "--html", str(out), *more]) == 0
    return Page(out)


@pytest.fixture
def printed(gl_context, tmp_path: Path) -> Page:
    return page(builders.head_model(), tmp_path)


@pytest.mark.gl
def test_every_morph_of_eyes_and_mouth_is_pictured_and_moves_what_it_moves(printed: Page) -> None:
    model = builders.head_model()
    wanted = {str(i) for i, m in enumerate(model.morphs) if m.panel in (Panel.EYE, Panel.MOUTH)}
    assert set(printed.pictures) >= wanted | {"rest"}
    rest = printed.pictures["rest"]
    middle = rest.shape[1] // 2
    for number in wanted:
        change = np.abs(printed.pictures[number] - rest).max(-1) > 60
        assert change.any(), model.morphs[int(number)].name
        viewed_left, viewed_right = change[:, : middle - 4].any(), change[:, middle + 4 :].any()
        if model.morphs[int(number)].name in ("ウィンク２", "ウィンク"):  # its own left is the viewer's right
            assert (viewed_left, viewed_right) == (False, True)


@pytest.mark.gl
def test_the_page_needs_nothing_else(printed: Page) -> None:
    for tag, attributes in printed.tags:
        assert tag not in ("script", "link", "iframe", "object", "base")
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:").startswith("data:")
        assert (attributes.get("href") or "#").startswith("#")
    (policy,) = [a["content"] for t, a in printed.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    for words in ("closes the left eye smiling", "opens the mouth by 0.35", "slot smile left", "Nothing is wrong"):
        assert words in printed.words


@pytest.mark.gl
def test_no_name_is_markup(gl_context, tmp_path: Path) -> None:
    calm, evil = (page(named(text), tmp_path / text[0]) for text in ("m ><", EVIL))
    assert [(tag, sorted(a)) for tag, a in evil.tags] == [(tag, sorted(a)) for tag, a in calm.tags]
    assert "<script>alert('x')</script>" in evil.words
    assert not {"\u202e", "\x1b"} & set(evil.words)


def named(text: str) -> Model:
    """Return a model whose every name is a text."""
    model = builders.head_model()
    return replace(
        model,
        name=text,
        name_en=f"{text} en",
        comment=text,
        materials=tuple(replace(m, name=text) for m in model.materials),
        morphs=tuple(replace(m, name=f"{i} {text}", name_en=text) for i, m in enumerate(model.morphs)),
    )


@pytest.mark.gl
def test_readmes_are_quoted_and_escaped(gl_context, tmp_path: Path) -> None:
    (tmp_path / "規約<b>.txt").write_bytes("再配布は<i>禁止</i>です。\n".encode("cp932"))
    found = page(builders.head_model(), tmp_path)
    assert "再配布は<i>禁止</i>です。" in found.words
    assert "規約<b>.txt" in found.words


@pytest.mark.gl
def test_many_models_have_a_table_of_contents(gl_context, tmp_path: Path) -> None:
    model = builders.head_model()
    headless = replace(model, name="無頭", bones=tuple(replace(b, name="x") for b in model.bones))
    builders.saved(headless, tmp_path / "b" / "b.pmx")
    (tmp_path / "broken.pmx").write_bytes(b"PMX ")
    builders.saved(model, tmp_path / "a" / "a.pmx")
    out = tmp_path / "page.html"
    assert run(app, ["inspect", str(tmp_path), "--html", str(out)]) == 1
    found = Page(out)
    targets = {f"#{a['id']}" for _, a in found.tags if "id" in a}
    links = [a["href"] for tag, a in found.tags if tag == "a"]
    assert set(links) == targets
    assert len(links) == 2
    assert "cannot be rendered: no bone 頭; no bone 首" in found.words
    assert "broken.pmx: header" in found.words


@pytest.mark.gl
def test_json_tells_what_was_written(gl_context, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    page(builders.head_model(), tmp_path, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["html"] == str(tmp_path / "page.html")
    assert told["bytes"] == (tmp_path / "page.html").stat().st_size
    assert len(told["models"]) == 1


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    builders.saved(builders.head_model(), tmp_path / "a.pmx")
    assert run(app, ["inspect", str(tmp_path), "--html", str(tmp_path / "page.html"), "--dry-run"]) == 0
    assert "would write" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["a.pmx"]


def test_a_page_without_a_place_is_refused_before_any_work(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    builders.saved(builders.head_model(), tmp_path / "a.pmx")
    for place in (tmp_path, tmp_path / "none" / "page.html"):
        assert run(app, ["inspect", str(tmp_path), "--html", str(place)]) == 2
        assert capsys.readouterr().err.startswith(f"{place}: no place for a page")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from mmdgen.cli import app; from mmdgen.shell import run; run(app, ['inspect', '--help']); "
        "sys.exit(', '.join({'numpy', 'moderngl', 'h5py', 'scipy', 'PIL'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_warnings_of_one_kind_are_put_together_in_order() -> None:
    warnings = ["a: odd", *(f"texture 'it''s {i}': not found" for i in range(6)), "b: odd", "texture 'x': broken"]
    assert wording.collapsed(warnings) == [
        *warnings[:4],
        "… and 3 more: texture: not found",
        *warnings[7:],
    ]
    assert wording.collapsed(warnings[:5]) == warnings[:5]

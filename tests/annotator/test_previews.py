"""What a reviewer sees is what render draws; and it is drawn once."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import head_model, saved
from PIL import Image

from annotator import previews
from annotator.previews import SHOTS, SIDE, Previewer, forget, preview
from mmdgen.annotation import Annotation, edit, folder, save
from mmdgen.errors import FormatError
from mmdgen.puppet import Puppet
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def renderer(gl_context: Any) -> Iterator[Renderer]:
    made = Renderer(gl_context, RenderSettings())
    yield made
    made.release()


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count what is drawn from now on."""
    drawn: list[str] = []
    draw = previews._drawn
    monkeypatch.setattr(previews, "_drawn", lambda path, *rest: drawn.append(path.name) or draw(path, *rest))
    return drawn


def tiles(strip: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(strip)) as image:
        pixels = np.asarray(image.convert("RGBA"))
    return pixels.reshape(SIDE, -1, SIDE, 4).swapaxes(0, 1)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the root mean square between two pictures, premultiplied."""
    a, b = (x[..., :3].astype(float) * (x[..., 3:] / 255) for x in (one, other))
    return float(np.sqrt(((a - b) ** 2).mean()))


def test_pictures_are_those_of_the_dataset(library: Path, renderer: Renderer) -> None:
    path, store = library / "a" / "a.pmx", folder(library)
    found = preview(path, store, renderer)
    assert (found.readiness, found.reasons) == ("ready", ())
    assert found.drawn == ("head", "normal_left", "normal_right", "mouth")
    puppet = Puppet.open(path, found.annotation, renderer)
    drawn = puppet.draw(np.array(list(SHOTS.values()), np.float32))
    puppet.release()
    shown = tiles(found.strip)
    assert len(shown) == len(SHOTS)
    for one, other in zip(shown, drawn, strict=True):
        assert apart(one, other) < 4  # of 255: what WebP loses
    assert min(apart(shown[0], other) for other in drawn[1:]) > 4  # and no two are mistaken for each other


def test_a_person_s_word_is_drawn_before_the_proposal(library: Path, renderer: Renderer) -> None:
    path, store = library / "a" / "a.pmx", folder(library)
    first = preview(path, store, renderer)
    known = first.annotation
    assert known.head is not None
    slots = {**known.slots, "normal_left": None, "normal_right": None}
    save(store, replace(known, head=replace(known.head, top=known.head.top + 1, by="person"), slots=slots))
    second = preview(path, store, renderer)
    assert second.drawn == ("head", "normal_both", "mouth")
    assert apart(tiles(first.strip)[0], tiles(second.strip)[0]) > 10


def test_a_verdict_without_values_leaves_them_to_the_proposal(library: Path, renderer: Renderer) -> None:
    path, store = library / "a" / "a.pmx", folder(library)
    save(store, Annotation(previews.digest_of(path), reason="heads again"))
    assert preview(path, store, renderer).readiness == "ready"


def test_what_is_not_sure_is_drawn_and_said(library: Path, renderer: Renderer) -> None:
    path, store = library / "a" / "a.pmx", folder(library)
    known = preview(path, store, renderer).annotation
    save(store, replace(known, head=replace(known.head, confidence=0.5)))
    found = preview(path, store, renderer)
    assert (found.readiness, found.reasons) == ("unsure", ("not sure of the head range",))
    assert len(tiles(found.strip)) == len(SHOTS)


def test_what_cannot_be_posed_is_shown_as_it_stands(library: Path, renderer: Renderer) -> None:
    path = library / "e.pmx"
    saved(replace(head_model(), morphs=()), path)
    found = preview(path, folder(library), renderer)
    assert found.readiness == "lacking"
    assert "nothing closes the eyes" in found.reasons
    assert len(tiles(found.strip)) == 1
    assert tiles(found.strip)[0][..., 3].any()


def test_nothing_is_drawn_twice_until_something_changes(library: Path, renderer: Renderer, undrawn: list[str]) -> None:
    model = replace(head_model(), textures=("face.png",))
    path, store = library / "a" / "a.pmx", folder(library)
    saved(replace(model, materials=(replace(model.materials[0], texture=0), *model.materials[1:])), path)

    def look() -> previews.Preview:
        return preview(path, store, renderer)

    first, second = look(), look()
    assert undrawn == ["a.pmx"]
    assert [getattr(first, f) for f in vars(first)] == [getattr(second, f) for f in vars(second)]
    save(store, replace(first.annotation, verdict="keep", note="good"))
    look()
    assert len(undrawn) == 2  # no longer a proposal
    edit(store, first.annotation.sha256, lambda a: replace(a, verdict="todo", reason="heads again", note=""))
    look()
    assert len(undrawn) == 2  # a verdict changes no picture
    Image.new("RGB", (8, 8), "red").save(path.parent / "face.png")
    look()
    assert len(undrawn) == 3
    (kept,) = (store / previews.FOLDER).glob("*.json")
    kept.write_bytes(kept.read_bytes()[:-300])
    look()
    assert len(undrawn) == 4
    data = json.loads(kept.read_bytes())
    kept.write_text(json.dumps(data | {"annotation": {}}))
    look()
    assert len(undrawn) == 5
    forget(path, store)
    look()
    assert len(undrawn) == 6


def test_recolours_that_share_a_file_have_pictures_of_their_own(library: Path, renderer: Renderer) -> None:
    model = replace(head_model(), textures=("face.png",))
    model = replace(model, materials=tuple(replace(m, texture=0) for m in model.materials))
    strips = []
    for color in ("red", "blue"):
        path = library / color / "m.pmx"
        saved(model, path)
        Image.new("RGB", (8, 8), color).save(path.parent / "face.png")
        strips.append(tiles(preview(path, folder(library), renderer).strip)[0])
    assert apart(*strips) > 10


def test_whatever_is_wrong_becomes_a_reason(library: Path, renderer: Renderer, monkeypatch: Any) -> None:
    monkeypatch.setattr(previews, "_renderer", lambda: renderer)
    broken, missing, strange = (library / name for name in ("broken.pmx", "missing.pmx", "strange.pmx"))
    broken.write_bytes(b"PMX ")
    saved(head_model(), strange)
    (folder(library) / f"{previews.digest_of(strange)}.json").parent.mkdir(parents=True)
    (folder(library) / f"{previews.digest_of(strange)}.json").write_text("{")
    previewer = Previewer(dict.fromkeys((broken, missing, strange), folder(library)))
    for path in (broken, missing, strange):
        found = previewer(path)
        assert (found.path, found.readiness, found.strip) == (path, "unreadable", b"")
        assert found.reasons[0]
    with pytest.raises(FormatError):
        preview(broken, folder(library), renderer)


def test_no_annotation_is_written(library: Path, renderer: Renderer) -> None:
    found = preview(library / "a" / "a.pmx", folder(library), renderer)
    assert not list(folder(library).glob("*.json"))
    assert isinstance(found.annotation, Annotation)

"""Opening OpenGL: what is preferred, what is said when there is none, and that version 3.3 is enough."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from mmdgen.errors import RenderError, UsageError
from mmdgen.render import context as contexts
from mmdgen.render.context import Driver, driver, open_context
from mmdgen.render.look import Look
from mmdgen.render.settings import RenderSettings
from mmdgen.render.shaders import source

HERE = Path(__file__).resolve().parent
DRAW = """
import hashlib, json, sys
from dataclasses import replace
sys.path[:0] = {paths!r}
import builders, numpy as np
from scenes import Studio
from test_pictures import HEAD, posed, random_poses
from mmdgen.model import MaterialFlags
from mmdgen.render.context import driver, open_context
from mmdgen.render.look import Look
from mmdgen.render.settings import RenderSettings
context = open_context()
model = builders.head_model()
flags = MaterialFlags(edge=True)
model = replace(model, materials=tuple(replace(m, flags=flags, shared_toon=1, power=5.0) for m in model.materials))
looks = [Look(), Look("toon", edge=1.0), Look("toon", 0.6, 0.7, 0.8, edge=2.0, hue_deg=30.0)]
poses = posed(model, random_poses(3))
pictures = Studio(context, RenderSettings(size=64)).pictures(model, poses, view=HEAD, looks=looks)
print(json.dumps([driver(context).version, context.version_code, hashlib.sha256(pictures).hexdigest()]))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.gl
def test_a_context_tells_who_draws(gl_context) -> None:
    found = driver(gl_context)
    assert found.renderer
    assert gl_context.version_code >= 330
    assert found.software == any(word in found.renderer.lower() for word in ("llvmpipe", "softpipe", "swrast"))


@pytest.mark.gl
def test_opengl_3_3_alone_draws_the_same_bytes(gl_context) -> None:
    if "Mesa" not in driver(gl_context).version:
        pytest.skip("only Mesa can pretend to be older")
    code = DRAW.format(paths=[str(HERE), str(HERE.parent)])
    newest = run(code)
    oldest = run(code, MESA_GL_VERSION_OVERRIDE="3.3", MESA_GLSL_VERSION_OVERRIDE="330")
    assert newest.returncode == oldest.returncode == 0, oldest.stderr
    version, code_number, digest = json.loads(oldest.stdout)
    assert version.startswith("3.3")
    assert code_number == 330
    assert digest == json.loads(newest.stdout)[2]


@pytest.mark.gl
def test_the_device_can_be_chosen_and_a_wrong_one_is_named(gl_context, monkeypatch) -> None:
    with pytest.raises(RenderError, match=r"EGL device 999.*leave the number out"):
        open_context(999)
    monkeypatch.setenv("GLCONTEXT_DEVICE_INDEX", "x")
    with pytest.raises(RenderError, match=r"GLCONTEXT_DEVICE_INDEX.*unset it"):
        open_context()
    monkeypatch.setenv("GLCONTEXT_DEVICE_INDEX", "0")
    open_context().release()


class FakeContext:
    """Stands for a context of some device."""

    def __init__(self, renderer: str) -> None:
        self.info = {"GL_VENDOR": "", "GL_RENDERER": renderer, "GL_VERSION": ""}
        self.released = self.entered = False

    def release(self) -> None:
        self.released = True

    def __enter__(self) -> None:
        self.entered = True


@pytest.mark.parametrize(
    ("devices", "chosen"),
    [
        (["llvmpipe", "NVIDIA H200"], 1),
        (["NVIDIA H200", "llvmpipe"], 0),
        (["llvmpipe", "softpipe"], 0),
        ([None, "llvmpipe", "AMD Radeon", "NVIDIA"], 2),
    ],
)
def test_hardware_is_preferred_and_the_others_are_given_back(monkeypatch, devices: list, chosen: int) -> None:
    opened: dict[int, FakeContext] = {}

    def create(device_index: int, **_) -> FakeContext:
        if device_index >= len(devices):
            raise Exception(f"requested device index {device_index}, but found {len(devices)} devices")  # noqa: TRY002
        if devices[device_index] is None:
            raise Exception("eglInitialize failed")  # noqa: TRY002
        opened[device_index] = FakeContext(devices[device_index])
        return opened[device_index]

    monkeypatch.delenv("GLCONTEXT_DEVICE_INDEX", raising=False)
    monkeypatch.setattr(contexts.platform, "system", lambda: "Linux")
    monkeypatch.setattr(contexts.moderngl, "create_context", create)
    assert open_context() is opened[chosen]
    assert opened[chosen].entered
    assert not opened[chosen].released
    assert all(c.released for i, c in opened.items() if i != chosen)


@pytest.mark.parametrize("system", ["Linux", "Windows", "Darwin"])
def test_without_opengl_one_line_says_what_to_do(monkeypatch, system: str) -> None:
    def create(**_) -> None:
        raise Exception("libEGL.so not loaded")  # noqa: TRY002

    monkeypatch.delenv("GLCONTEXT_DEVICE_INDEX", raising=False)
    monkeypatch.setattr(contexts.platform, "system", lambda: system)
    monkeypatch.setattr(contexts.moderngl, "create_context", create)
    monkeypatch.setattr(contexts, "_open_hidden_window", lambda problems: problems.append("window: no display"))
    with pytest.raises(RenderError) as caught:
        open_context()
    message = str(caught.value)
    assert "no display" in message
    assert "\n" not in message
    assert ("apt-get install" in message) == (system == "Linux")


def test_software_is_told_from_hardware() -> None:
    nvidia = Driver("NVIDIA Corporation", "NVIDIA H200/PCIe/SSE2", "4.6.0")
    assert not nvidia.software
    assert replace(nvidia, renderer="llvmpipe (LLVM 15.0.6, 256 bits)").software


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"size": 100}, "size"),
        ({"size": 16}, "size"),
        ({"size": 2048}, "size"),
        ({"ambient": float("nan")}, "ambient"),
        ({"directional": -0.1}, "directional"),
        ({"specular": 9.0}, "specular"),
        ({"shading": "flat"}, "shading"),
        ({"edge": -1.0}, "edge"),
        ({"samples": 2}, "samples"),
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(options: dict, named: str) -> None:
    with pytest.raises(UsageError, match=f"^{named}: .*expected.*; "):
        RenderSettings(**options)


def test_settings_survive_json() -> None:
    settings = RenderSettings(size=128, ambient=0.25, samples=9)
    again = RenderSettings(**json.loads(json.dumps(settings.as_json())))
    assert again.as_json() == settings.as_json()
    assert again.look() == settings.look()


def test_outlines_are_drawn_under_toon_unless_told_otherwise() -> None:
    assert RenderSettings().look().edge == 0
    assert RenderSettings(shading="toon").look().edge == 1
    assert RenderSettings(shading="toon", edge=0.0).look().edge == 0
    assert RenderSettings(edge=2.0).look() == Look(edge=2.0)


def test_shaders_are_version_3_3_and_have_their_parts_in_place() -> None:
    for name in ("draw.vert", "draw.frag", "feedback.vert", "resolve.vert", "resolve.frag"):
        text = source(name, PICTURE=1)
        assert text.startswith("#version 330 core\n")
        assert "\n#define PICTURE 1\n" in text
        assert "#include" not in text
    assert source("draw.vert", POSED=1).startswith("#version 430 core\n")
    assert source("pose.comp", COMPUTE=1).startswith("#version 430 core\n")

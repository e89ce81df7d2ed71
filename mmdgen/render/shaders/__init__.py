"""The GLSL sources, and the one function that reads them."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)


@cache
def _text(name: str) -> str:
    source = (resources.files(__name__) / name).read_text(encoding="utf-8")
    return _INCLUDE.sub(lambda match: _text(match[1]), source)


def source(name: str, **defines: int) -> str:
    """Return the GLSL 3.30 source of one shader, included files in place, with ``defines`` at its top.

    It is GLSL 4.30 where vertices are posed by a compute shader: with POSED or COMPUTE 1.
    """
    lines = [f"#define {key} {value}" for key, value in sorted({"COMPUTE": 0, "POSED": 0, **defines}.items())]
    version = 430 if defines.get("POSED") or defines.get("COMPUTE") else 330
    return "\n".join([f"#version {version} core", *lines, _text(name)])

"""Fixtures that several tests share: the corpus of real models and one OpenGL context for the whole run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus import corpus_folder

from mmdgen.errors import RenderError


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden images anew; look at each of them")


@pytest.fixture(scope="session")
def corpus() -> Path:
    folder = corpus_folder()
    if folder is None:
        pytest.skip("no corpus; set MMDGEN_CORPUS to a folder of real models")
    return folder


@pytest.fixture(scope="session")
def gl_context() -> Iterator[Any]:
    """One OpenGL context for the whole run; without OpenGL the tests that ask for it fail, unless ALLOW_NO_GL=1."""
    from mmdgen.render.context import open_context

    try:
        context = open_context()
    except RenderError as error:
        if os.environ.get("ALLOW_NO_GL") == "1":
            pytest.skip(str(error))
        pytest.fail(f"{error}; or set ALLOW_NO_GL=1 to leave these tests out", pytrace=False)
    yield context
    context.release()


@pytest.fixture
def studio(gl_context: Any) -> Iterator[Callable[..., Any]]:
    """Make studios of tests/render/scenes.py, ``studio(size=64)``, that are torn down after the test."""
    from scenes import Studio

    from mmdgen.render.settings import RenderSettings

    made = []

    def make(**settings: Any) -> Studio:
        made.append(Studio(gl_context, RenderSettings(**{"size": 64, **settings})))
        return made[-1]

    yield make
    for one in made:
        one.release()

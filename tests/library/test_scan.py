from __future__ import annotations

import pytest

from mmdgen.errors import UsageError
from mmdgen.library.scan import find_models, locate


@pytest.fixture
def library(tmp_path):
    for name in (
        "b/Mixed.Pmx",
        "a/deep/er/one.pmd",
        "a/[UDK] two.PMX",
        "a/texture.png",
        ".mmdgen/annotations/no.pmx",
        "__MACOSX/no.pmx",
        "b/._Mixed.pmx",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_a_folder_gives_every_model_below_it_sorted(library):
    names = [p.relative_to(library).as_posix() for p in find_models([library])]
    assert names == ["a/[UDK] two.PMX", "a/deep/er/one.pmd", "b/Mixed.Pmx"]


def test_files_folders_and_globs_together_give_each_model_once(library):
    everything = find_models([library])
    assert find_models([library / "b", library / "a" / "[UDK] two.PMX", str(library / "a" / "**" / "*"), library]) == (
        everything
    )
    assert find_models([str(library / "*")]) == everything
    assert find_models([str(library / "?" / "*.P[mM]?")]) == [everything[0], everything[2]]


def test_a_path_that_names_nothing_is_wrong_usage(library):
    for path in (library / "missing", str(library / "*.pmd"), str(library / "a" / "*.png")):
        with pytest.raises(UsageError, match="expected models"):
            find_models([library, path])


def test_links_in_a_circle_end(library):
    (library / "a" / "again").symlink_to(library, target_is_directory=True)
    assert len(find_models([library])) == 3


def test_annotations_live_with_the_folder_that_was_named(library):
    one = library / "a" / "deep" / "er" / "one.pmd"
    home = library / ".mmdgen" / "annotations"
    assert locate([library])[one] == home
    assert locate([one])[one] == home, "the nearest ancestor with annotations"
    assert locate([library / "a"])[one] == library / "a" / ".mmdgen" / "annotations"
    assert set(locate([library, one], library / "elsewhere").values()) == {library / "elsewhere"}
    (library / ".mmdgen").rename(library / "gone")
    assert locate([one])[one] == one.parent / ".mmdgen" / "annotations"


def test_a_link_to_itself_is_left_to_the_reader_and_an_empty_path_is_wrong_usage(library):
    (library / "loop.pmx").symlink_to("loop.pmx")
    assert library / "loop.pmx" in find_models([library])
    with pytest.raises(UsageError, match="empty path"):
        find_models([""])

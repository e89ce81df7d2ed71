"""Pose tables: every spelling of a table means the same motion; every mistake is named by line and column."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.errors import UsageError
from mmdgen.motion.table import read_motion
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


def table(folder: Path, text: str | bytes, name: str = "poses.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@st.composite
def tables(draw: st.DrawFn) -> tuple[bytes, np.ndarray, list[int] | None]:
    """Return a spelling of a table, its poses and its times in milliseconds."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, 6))]
    rows = draw(st.integers(1, 6))
    poses = np.tile(IDENTITY, (rows, 1))
    for name in names:
        p = PARAMETERS[NAMES.index(name)]
        values = st.integers(round(p.low * 1000), 1000).map(lambda v: v / 1000)
        poses[:, NAMES.index(name)] = draw(st.lists(values, min_size=rows, max_size=rows))
    cells = {name: [str(v) for v in poses[:, NAMES.index(name)]] for name in names}
    times = None
    if draw(st.booleans()):
        times = np.cumsum(draw(st.lists(st.integers(1, 60_000), min_size=rows, max_size=rows))).tolist()
        cells["time"] = [f"{t / 1000:.3f}" for t in times]
    order = draw(st.permutations(list(cells)))
    delimiter = draw(st.sampled_from([",", ";", "\t"]))
    space = draw(st.sampled_from(["", " "]))
    lines = [list(order), *([cells[name][i] for name in order] for i in range(rows))]
    text = draw(st.sampled_from(["\n", "\r\n"])).join((delimiter + space).join(line) for line in lines)
    if (delimiter != "," or len(order) == 1) and draw(st.booleans()):
        text = text.replace(".", ",")
    text += draw(st.sampled_from(["", "\n", "\r\n\r\n"]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"]))), poses, times


@given(tables())
@settings(deadline=None)
def test_every_spelling_means_the_same(folder: Path, case: tuple[bytes, np.ndarray, list[int] | None]) -> None:
    data, poses, times = case
    motion = read_motion(table(folder, data))
    assert np.array_equal(motion.poses, poses)
    if times is None:
        assert (motion.base, motion.fps) == (Fraction(1, 30), 30)
        assert motion.ticks.tolist() == list(range(len(poses) + 1))
    else:
        assert (motion.base, motion.fps) == (Fraction(1, 1000), None)
        assert motion.ticks[:-1].tolist() == [t - times[0] for t in times]
        assert motion.ticks[-1] - motion.ticks[-2] == (times[-1] - times[-2] if len(times) > 1 else 33)


@given(st.integers(1, 400), st.sampled_from([0.1, 12, 23.976, 24, 25, 29.97, 30, 59.94, 60, 240]))
@settings(deadline=None)
def test_milliseconds_add_up(folder: Path, frames: int, fps: float) -> None:
    motion = read_motion(table(folder, "mouth\n" + "0\n" * frames), fps)
    assert motion.base == 1 / Fraction(str(fps))
    assert abs(int(motion.milliseconds().sum()) - frames / fps * 1000) <= 0.5 + 1e-6
    assert motion.seconds == pytest.approx(frames / fps)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no pose parameter"),
        ("mouth\n", "no poses"),
        ("mouth,jaw\n0,0\n", "line 1, column 2: 'jaw'"),
        ("mouht\n0\n", "did you mean mouth?"),
        ("mouth,eye_left,mouth\n0,0,0\n", "line 1, column 3: mouth for the second time"),
        ("time\n0\n", "no pose parameter"),
        ("mouth,head_x\n0,0\n\n0\n", "line 4: 1 cells, expected 2"),
        ("mouth\n0;5\n", "line 2: 2 cells, expected 1"),
        ("mouth,head_x\n0,1.5\n", "line 2, column 2: head_x=1.5, expected -1 to 1"),
        ("head_x,mouth\n0,-0.1\n", "line 2, column 2: mouth=-0.1, expected 0 to 1"),
        ("mouth\n0\nwide\n", "line 3, column 1: mouth=wide, expected a number"),
        ("mouth,head_x\n0,\n", "line 2, column 2: no head_x, expected a number"),
        ("mouth\nnan\n", "mouth=nan, expected a number"),
        ("mouth\n0_1\n", "mouth=0_1, expected a number"),
        ("time,mouth\n0,0\n0.1,0\n0.1,0\n", "line 4, column 1: time=0.1 after 0.1, expected 0.001"),
        ("time,mouth\n0,0\n90,0\n", "line 3, column 1: time=90 after 0"),
        ("time,mouth\n1e300,0\n", "line 2, column 1: time=1e300, expected seconds"),
        ('mouth\n"0\n', "line 2"),
        ("mouth\n0\n".encode("utf-16"), "line 1: no UTF-8"),
        (b"mouth\n0\n\xff\n", "line 3: no UTF-8"),
        (b"mouth\n\0\n", "line 2"),
    ],
)
def test_mistakes_are_named(folder: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(UsageError) as error:
        read_motion(table(folder, text))
    assert said in str(error.value)
    assert "poses.csv: " in str(error.value)
    assert "\n" not in str(error.value)


def test_times_and_rates_exclude_each_other_and_rates_have_bounds(folder: Path) -> None:
    timed = table(folder, "time,mouth\n0,0\n")
    with pytest.raises(UsageError, match="--fps"):
        read_motion(timed, 30)
    for fps in (0, -1, 1000, float("nan")):
        with pytest.raises(UsageError, match=r"--fps: .* expected 0\.1 to 240"):
            read_motion(timed, fps)


@given(st.one_of(st.binary(max_size=80), st.text("headxymout_;,.\"'\n\r\t 01-e", max_size=60).map(str.encode)))
@settings(deadline=None, max_examples=300)
def test_nothing_else_is_raised(folder: Path, data: bytes) -> None:
    for name in ("x.csv", "x.npy"):
        try:
            motion = read_motion(table(folder, data, name))
        except UsageError:
            continue
        assert np.isfinite(motion.poses).all()


def test_arrays_are_read(folder: Path) -> None:
    poses = np.array([IDENTITY, (1, -1, 1, 1, 0, 0.5)], np.float32)
    np.save(folder / "poses.npy", poses)
    assert np.array_equal(read_motion(folder / "poses.npy", 24).poses, poses)


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((2, 5)), r"shape \(2, 5\)"),
        (np.zeros((0, 6)), "no poses"),
        (np.full((2, 6), np.nan), "row 0: head_x=nan, expected -1 to 1"),
        (np.array([IDENTITY, (0, 0, 0, 0, 0, 2)]), "row 1: mouth=2, expected 0 to 1"),
        (np.array([["a"] * 6]), "ndarray"),
        (np.array([[None] * 6]), "allow_pickle"),
    ],
)
def test_wrong_arrays_are_named(folder: Path, array: np.ndarray, said: str) -> None:
    data = io.BytesIO()
    np.save(data, array, allow_pickle=True)
    with pytest.raises(UsageError, match=said):
        read_motion(table(folder, data.getvalue(), "poses.npy"))


def test_what_is_no_file_is_told(folder: Path) -> None:
    for path, said in ((folder / "none.csv", "no such file"), (folder, "a folder")):
        with pytest.raises(UsageError, match=said):
            read_motion(path)


def test_the_examples_of_the_manual_are_motions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manual = (Path(__file__).resolve().parents[2] / "docs" / "motion.md").read_text(encoding="utf-8")
    example = manual.split("```csv\n")[1].split("```")[0]
    assert len(read_motion(table(folder, example))) == 9
    program = manual.split('python -c "\n')[1].split('\n"')[0]
    exec(program, {})  # noqa: S102 - it is our own
    motion = read_motion(table(folder, capsys.readouterr().out))
    assert motion.seconds == 4
    assert [np.ptp(motion.poses[:, NAMES.index(n)]) > 0.9 for n in NAMES] == [True, True, False, True, False, True]

"""Pose tables: rows of the six pose parameters, one for each frame, and when each frame is shown."""

from __future__ import annotations

import csv
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mmdgen.errors import UsageError
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS

U1 = NDArray[np.uint8]
DEFAULT_FPS = 30.0
LOWEST_FPS, HIGHEST_FPS = 0.1, 240.0
TIME = "time"
MILLISECONDS = Fraction(1, 1000)
LONGEST_FRAME = 60_000  # milliseconds; APNG holds 65 seconds
FINEST_FPS = 256  # the largest denominator of a rate, so that APNG can hold it: 23.976 and 59.94 are exact
LARGEST_TABLE = 256 << 20  # bytes; a day of motion at 30 frames a second is less
DELIMITERS = ";\t,"  # in this order: a table with semicolons may hold decimal commas


@dataclass(frozen=True, eq=False)
class Motion:
    """N poses and their times: frame i is shown from ``ticks[i]`` to ``ticks[i + 1]``, in units of ``base`` seconds."""

    poses: NDArray[np.float64]  # (N, 6), in the order of pose_spec.NAMES
    ticks: NDArray[np.int64]  # (N + 1,), from 0, increasing
    base: Fraction
    fps: float | None  # None where the table has a column of times

    def __len__(self) -> int:
        return len(self.poses)

    @property
    def seconds(self) -> float:
        """How long the motion lasts, its last frame included."""
        return float(int(self.ticks[-1]) * self.base)

    def milliseconds(self) -> NDArray[np.int64]:
        """Return how long each frame is shown (N,), rounded so that no error adds up."""
        ends = np.array([round(int(tick) * self.base * 1000) for tick in self.ticks], np.int64)
        return ends[1:] - ends[:-1]


def read_motion(path: Path, fps: float | None = None) -> Motion:
    """Read a pose table: CSV with a header, or a NumPy array (N, 6) ending in .npy.

    ``fps`` is for tables without a column of times, 30 by default. Raises UsageError that names line and column.
    """
    rate = checked_rate(fps)
    data = _read(path)
    poses, times = _array(path, data) if path.suffix.lower() == ".npy" else _csv(path, data)
    if not len(poses):
        raise UsageError(f"{path}: no poses, expected at least one row below the header; add one")
    if times is None:
        return Motion(poses, np.arange(len(poses) + 1), 1 / Fraction(rate).limit_denominator(FINEST_FPS), rate)
    if fps is not None:
        raise UsageError(f"{path}: it has a column {TIME}, expected none beside --fps; leave one of them out")
    last = times[-1] - times[-2] if len(times) > 1 else round(1000 / DEFAULT_FPS)
    return Motion(poses, np.array([*times, times[-1] + last], np.int64) - times[0], MILLISECONDS, None)


def checked_rate(fps: float | None) -> float:
    """Return the frames a second that ``--fps`` means, 30 where it is not given; raise UsageError out of range."""
    if fps is not None and not LOWEST_FPS <= fps <= HIGHEST_FPS:
        raise UsageError(f"--fps: {fps:g}, expected {LOWEST_FPS:g} to {HIGHEST_FPS:g} frames a second; try 30")
    return DEFAULT_FPS if fps is None else fps


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe or a device would be read for ever
            found = "a folder" if path.is_dir() else "no plain file" if path.exists() else "no such file"
            raise UsageError(f"{path}: {found}, expected a pose table; check the path")
        if path.stat().st_size > LARGEST_TABLE:
            found = f"{path.stat().st_size >> 20} MiB, expected at most {LARGEST_TABLE >> 20}"
            raise UsageError(f"{path}: {found}; cut the motion into parts")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}, expected a readable file; check its name and permissions") from error


def _array(path: Path, data: bytes) -> tuple[NDArray[np.float64], None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about headers of Python 2
            found = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
        if found.dtype.kind not in "fiu":
            raise ValueError(f"ndarray of {found.dtype}")
        if found.ndim != 2 or found.shape[1] != len(NAMES):
            raise ValueError(f"shape {found.shape}")
    except Exception as error:  # its parser raises whatever it stumbles over
        what = f"an array of numbers (N, {len(NAMES)})"
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise UsageError(f"{path}: {reason}, expected {what}; save it with numpy.save") from error
    with np.errstate(invalid="ignore"):  # what is no number is refused below
        poses = found.astype(np.float64)
    for column, parameter in enumerate(PARAMETERS):
        outside = np.flatnonzero(~((poses[:, column] >= parameter.low) & (poses[:, column] <= parameter.high)))
        if len(outside):
            row = int(outside[0])
            raise UsageError(f"{path}: row {row}: {_range(parameter.name, f'{poses[row, column]:g}')}")
    return poses, None


def _csv(path: Path, data: bytes) -> tuple[NDArray[np.float64], list[int] | None]:
    """Return the poses (N, 6) and their times in milliseconds, None without such a column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}: line {line}: no UTF-8, expected a CSV file in UTF-8; save it as such") from None
    lines = _lines(path, text)
    _, header = next(lines, (1, []))
    names = _names(path, header)
    decimal_comma = "," not in _head(text)
    poses: list[list[float]] = []
    times: list[int] = []
    for line, cells in lines:
        if len(cells) != len(names):
            raise UsageError(f"{path}: line {line}: {len(cells)} cells, expected {len(names)} as in the header; fix it")
        pose = list(IDENTITY)
        for column, (name, cell) in enumerate(zip(names, cells, strict=True), 1):
            where = f"{path}: line {line}, column {column}"
            value = _number(where, name, cell.replace(",", ".") if decimal_comma else cell)
            if name == TIME:
                times.append(_time(where, cell, value, times))
            else:
                pose[NAMES.index(name)] = _checked(where, name, value)
        poses.append(pose)
    return np.array(poses, np.float64).reshape(-1, len(NAMES)), times if TIME in names else None


def _head(text: str) -> str:
    return text.lstrip().split("\n", 1)[0]


def _lines(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each line that is not blank, the header first."""
    head = _head(text)
    delimiter = next((d for d in DELIMITERS if d in head), ";")  # one column has none, but perhaps decimal commas
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                yield reader.line_num, stripped
    except csv.Error as error:
        raise UsageError(f"{path}: line {reader.line_num}: {error}, expected comma-separated values; fix it") from error


def _names(path: Path, header: Sequence[str]) -> list[str]:
    known = (*NAMES, TIME)
    names = [cell.lower() for cell in header]
    for column, name in enumerate(names, 1):
        where = f"{path}: line 1, column {column}"
        if name not in known:
            close = get_close_matches(name, known, 1, 0.4)
            remedy = f"did you mean {close[0]}?" if close else "name the columns in the first line"
            raise UsageError(f"{where}: {name[:40]!r}, expected one of {', '.join(known)}; {remedy}")
        if name in names[: column - 1]:
            raise UsageError(f"{where}: {name} for the second time, expected it once; leave one out")
    if not set(names) - {TIME}:
        raise UsageError(f"{path}: no pose parameter, expected a header with any of {', '.join(NAMES)}; add it")
    return names


def _number(where: str, name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in cell:  # Python's own notation of numbers is no one else's
        found = f"{name}={cell[:40]}" if cell else f"no {name}"
        raise UsageError(f"{where}: {found}, expected a number; correct it")
    return value


def _checked(where: str, name: str, value: float) -> float:
    parameter = PARAMETERS[NAMES.index(name)]
    if not parameter.low <= value <= parameter.high:
        raise UsageError(f"{where}: {_range(name, f'{value:g}')}")
    return value


def _range(name: str, value: str) -> str:
    parameter = PARAMETERS[NAMES.index(name)]
    return f"{name}={value}, expected {parameter.low:g} to {parameter.high:g}; correct it"


def _time(where: str, cell: str, seconds: float, times: Sequence[int]) -> int:
    """Return a time in milliseconds, when it comes after the one before."""
    if abs(seconds) > 1e9:  # beyond it, milliseconds are no longer exact
        raise UsageError(f"{where}: {TIME}={cell[:40]}, expected seconds; correct it")
    time = round(seconds * 1000)
    if times and not 1 <= time - times[-1] <= LONGEST_FRAME:
        found = f"{TIME}={cell[:40]} after {times[-1] / 1000:g}"
        raise UsageError(f"{where}: {found}, expected 0.001 to {LONGEST_FRAME // 1000} seconds more; correct it")
    return time

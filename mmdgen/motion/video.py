"""Pictures into MP4 and WebM, one at a time, through FFmpeg's encoders (PyAV, the extra ``video``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from scipy.ndimage import distance_transform_edt

from mmdgen.errors import MmdgenError
from mmdgen.files import written
from mmdgen.motion.table import U1, Motion

BLEED = 16.0  # pixels: the reach of a codec's blocks beyond an outline
BT709, SRGB = 1, 13  # numbers of primaries and transfer in H.273


@dataclass(frozen=True)
class Codec:
    """One kind of video: the first of ``encoders`` that is there is used."""

    container: str
    encoders: tuple[str, ...]
    pixels: str  # FFmpeg's pixel format
    options: dict[str, str]
    container_options: dict[str, str] = field(default_factory=dict)


CODECS = {
    ".mp4": Codec(
        "mp4",
        ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf"),
        "yuv420p",
        {"crf": "12", "bf": "0"},  # with frames out of order, MP4 could not say how long the last one is shown
        {"movflags": "+faststart"},
    ),
    ".webm": Codec(
        "webm", ("libvpx-vp9",), "yuva420p", {"crf": "16", "b:v": "0", "cpu-used": "4", "auto-alt-ref": "0"}
    ),
}


def encoder(path: Path) -> str:
    """Return the encoder for a path ending in .mp4 or .webm; raise MmdgenError when there is none."""
    kind = path.suffix.lower()
    try:
        av = _library()
    except ImportError as error:
        raise MmdgenError(
            f"{path}: PyAV is not installed, expected it for {kind[1:]}; pip install 'mmdgen[video]', "
            "or write .webp, .apng or a folder"
        ) from error
    for name in CODECS[kind].encoders:
        try:
            av.codec.Codec(name, "w")
        except av.error.FFmpegError:
            continue
        return name
    raise MmdgenError(
        f"{path}: PyAV has no {CODECS[kind].encoders[0]}, expected an encoder for {kind[1:]}; "
        "reinstall it from its wheel, or write .webp, .apng or a folder"
    )


def _library() -> ModuleType:
    import av
    import av.error

    return av


@contextmanager
def video(path: Path, motion: Motion, size: int) -> Iterator[Callable[[U1], None]]:
    """Yield what takes the frames (S, S, 4) uint8, one after the other; ``path`` is there when the last was taken.

    WebM keeps straight alpha; MP4 has none and shows the colours as they are. Times are exact in units of
    ``motion.base`` (WebM: milliseconds). Colours are tagged as BT.709, limited range.
    """
    codec, name = CODECS[path.suffix.lower()], encoder(path)
    with written(path) as part:
        try:
            with _library().open(str(part), "w", format=codec.container, options=codec.container_options) as file:
                yield from _frames(file, codec, name, motion, size)
        except _library().error.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise MmdgenError(f"{path}: {error}, expected {name} to encode it; try another format") from error


def _frames(file: Any, codec: Codec, name: str, motion: Motion, size: int) -> Iterator[Callable[[U1], None]]:
    stream = _stream(file, codec, name, motion, size)
    lasting = dict(zip(motion.ticks.tolist(), np.diff(motion.ticks).tolist(), strict=False))
    starts = iter(motion.ticks.tolist())

    def put(picture: U1) -> None:
        frame = _frame(picture, codec.pixels)
        frame.pts, frame.time_base = next(starts), motion.base
        mux(frame)

    def mux(frame: Any) -> None:
        for packet in stream.encode(frame):
            packet.duration = lasting[packet.pts]
            file.mux(packet)

    yield put
    mux(None)


def _stream(file: Any, codec: Codec, name: str, motion: Motion, size: int) -> Any:
    from av.video.reformatter import ColorRange, Colorspace

    stream = file.add_stream(name, rate=len(motion) / (int(motion.ticks[-1]) * motion.base), options=codec.options)
    stream.width = stream.height = size
    stream.pix_fmt = codec.pixels
    stream.time_base = stream.codec_context.time_base = motion.base
    context = stream.codec_context
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = BT709, SRGB
    return stream


def _frame(picture: U1, pixels: str) -> Any:
    from av.video.reformatter import ColorRange, Colorspace

    if "a" in pixels:
        source = _library().VideoFrame.from_ndarray(bled(picture), format="rgba")
    else:
        source = _library().VideoFrame.from_ndarray(np.ascontiguousarray(picture[..., :3]), format="rgb24")
    return source.reformat(
        format=pixels,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )


def bled(picture: U1) -> U1:
    """Return a picture (S, S, 4) whose colours go on beyond its outline, where alpha stays 0.

    Video shares one colour between four pixels and smooths blocks of them: black beside the outline would shine in.
    """
    outside = picture[..., 3] == 0
    if outside.all() or not outside.any():
        return picture
    distance, nearest = distance_transform_edt(outside, return_indices=True)
    result = np.where((distance <= BLEED)[..., None], picture[tuple(nearest)], 0).astype(np.uint8)
    result[..., 3] = picture[..., 3]
    return result

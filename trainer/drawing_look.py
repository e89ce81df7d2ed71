"""Drawings with the box that a head should fill, and the head that was found, drawn over them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from mmdgen.canvas import GAP, INK, fitting, font, on_checkerboard
from trainer.drawing import U1
from trainer.drawing_head import Head

SIDE = 512  # pixels of each picture's longer side
BOX, FOUND = (20, 150, 60), (220, 60, 20)


def look(before: U1, head: Head | None, after: U1 | None) -> bytes:
    """Return a PNG: the drawing with the head found in it (red), beside the mended one with its box (green), if any."""
    panels = [_panel(before, head, "as given", box=before.shape[0] == before.shape[1])]
    if after is not None:
        panels.append(_panel(after, None, "mended", box=True))
    width = sum(p.width for p in panels) + GAP * (len(panels) + 1)
    page = Image.new("RGB", (width, max(p.height for p in panels) + 2 * GAP), "white")
    x = GAP
    for panel in panels:
        page.paste(panel, (x, GAP))
        x += panel.width + GAP
    data = io.BytesIO()
    page.save(data, "PNG")
    return data.getvalue()


def _panel(pixels: U1, head: Head | None, caption: str, *, box: bool) -> Image.Image:
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = Image.fromarray(pixels).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    text, _ = font(14)
    page = Image.new("RGB", (size[0], size[1] + 24), "white")
    page.paste(Image.fromarray(on_checkerboard(np.asarray(small))), (0, 0))
    pen = ImageDraw.Draw(page)
    if box:
        quarter = size[0] / 4
        pen.rectangle((quarter, quarter, 3 * quarter, 3 * quarter), outline=BOX, width=2)
        pen.line((2 * quarter, quarter, 2 * quarter, 3 * quarter), fill=BOX)
        caption += "; green: the box for skull and chin"
    if head:
        top, bottom, center = (value * scale for value in (head.top, head.bottom, head.center))
        for row in (top, bottom):
            pen.line((0, row, size[0], row), fill=FOUND, width=2)
        pen.line((center, top, center, bottom), fill=FOUND, width=2)
        caption += f"; red: the head {'given' if head.by == 'person' else 'found'}"
    pen.text((2, size[1] + 2), fitting(caption, text, size[0]), fill=INK, font=text)
    return page

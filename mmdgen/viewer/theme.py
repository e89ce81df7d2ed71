"""How the interface looks: fonts that show every name, and quiet colours."""

from __future__ import annotations

import io

from PIL import ImageFont
from slimgui import imgui

from mmdgen.fonts import JAPANESE, LATIN, system_fonts

TEXT_SIZE = 15.0  # of a font whose lines are so high:
LINE_HEIGHT = 1.164  # beside its em; DejaVu Sans
EM = 1000
BEHIND = (0.086, 0.094, 0.110)  # the window's colour where nothing is
ACCENT = (0.33, 0.72, 0.74)
ERROR = (0.96, 0.45, 0.42)
FAINT = (0.58, 0.62, 0.68)
MAGIC = (b"\0\1\0\0", b"OTTO", b"ttcf", b"true")
FALLBACKS = 2  # fonts with Japanese letters that are loaded, for what the first lacks
LARGEST_FONT = 64 << 20  # bytes
COLORS = {
    imgui.Col.TEXT: (0.90, 0.92, 0.94, 1.0),
    imgui.Col.TEXT_DISABLED: (0.50, 0.54, 0.60, 1.0),
    imgui.Col.WINDOW_BG: (0.118, 0.129, 0.149, 1.0),
    imgui.Col.CHILD_BG: (0.098, 0.108, 0.125, 1.0),
    imgui.Col.POPUP_BG: (0.14, 0.15, 0.175, 0.98),
    imgui.Col.BORDER: (1.0, 1.0, 1.0, 0.07),
    imgui.Col.FRAME_BG: (1.0, 1.0, 1.0, 0.07),
    imgui.Col.FRAME_BG_HOVERED: (1.0, 1.0, 1.0, 0.11),
    imgui.Col.FRAME_BG_ACTIVE: (1.0, 1.0, 1.0, 0.15),
    imgui.Col.SLIDER_GRAB: (*ACCENT, 0.75),
    imgui.Col.SLIDER_GRAB_ACTIVE: (0.45, 0.85, 0.86, 1.0),
    imgui.Col.CHECK_MARK: (0.55, 0.90, 0.90, 1.0),
    imgui.Col.CHECKBOX_SELECTED_BG: (*ACCENT, 0.35),
    imgui.Col.BUTTON: (1.0, 1.0, 1.0, 0.08),
    imgui.Col.BUTTON_HOVERED: (*ACCENT, 0.45),
    imgui.Col.BUTTON_ACTIVE: (*ACCENT, 0.70),
    imgui.Col.HEADER: (1.0, 1.0, 1.0, 0.06),
    imgui.Col.HEADER_HOVERED: (*ACCENT, 0.28),
    imgui.Col.HEADER_ACTIVE: (*ACCENT, 0.45),
    imgui.Col.SEPARATOR: (1.0, 1.0, 1.0, 0.10),
    imgui.Col.SCROLLBAR_BG: (0.0, 0.0, 0.0, 0.0),
    imgui.Col.SCROLLBAR_GRAB: (1.0, 1.0, 1.0, 0.16),
    imgui.Col.TEXT_SELECTED_BG: (*ACCENT, 0.45),
}


def apply(scale: float) -> bool:
    """Set fonts, colours and sizes, ``scale`` times the usual; return whether Japanese can be shown."""
    style = imgui.get_style()
    imgui.style_colors_dark()
    for which, color in COLORS.items():
        style.colors[which] = color
    style.window_rounding = style.window_border_size = 0.0
    style.frame_rounding = style.grab_rounding = style.popup_rounding = style.child_rounding = 4.0
    style.window_padding = (16.0, 14.0)
    style.frame_padding = (8.0, 3.0)
    style.item_spacing = (8.0, 6.0)
    style.grab_min_size = 12.0
    style.scrollbar_size = 11.0
    style.scrollbar_rounding = 6.0
    style.disabled_alpha = 0.42
    style.scale_all_sizes(scale)
    return _fonts(scale)


def _fonts(scale: float) -> bool:
    fonts = imgui.get_io().fonts
    size = TEXT_SIZE * scale / LINE_HEIGHT
    loaded = japanese = 0
    for beginnings, most in ((LATIN, 1), (JAPANESE, FALLBACKS)):
        taken = 0
        for path in system_fonts(beginnings):
            if taken == most:
                break
            try:
                data = path.read_bytes() if path.stat().st_size <= LARGEST_FONT else b""
                if data[:4] not in MAGIC:
                    continue
                config = imgui.FontConfig()
                config.merge_mode = loaded > 0
                fonts.add_font_from_memory_ttf(data, round(size * _line_height(data)), config)
            except (OSError, RuntimeError):
                continue
            taken += 1
            loaded += 1
            japanese += beginnings is JAPANESE
    if not loaded:
        fonts.add_font_default()
    return japanese > 0


def _line_height(data: bytes) -> float:
    """Return how high lines are beside the em, which ImGui takes for a font's size; Japanese fonts have far more."""
    return sum(ImageFont.truetype(io.BytesIO(data), EM).getmetrics()) / EM

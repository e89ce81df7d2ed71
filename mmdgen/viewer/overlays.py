"""What lies over the picture: the dataset's frame, messages, the page of keys."""

from __future__ import annotations

from slimgui import imgui

from mmdgen.viewer.keys import GROUPS, MOUSE
from mmdgen.viewer.session import Rectangle, Session
from mmdgen.viewer.theme import ACCENT, ERROR
from mmdgen.viewer.widgets import FLOATING, Layout, color, gap, row, shown, title

HELP_ORDER = (("Pose", "View"), ("Look", "File"))


def frame_lines(layout: Layout, frame: Rectangle) -> None:
    """Draw the dataset's frame: its border, the rows of chin and top, the head bone's column; dim the rest."""
    left, top, width, height = frame
    right, bottom = left + width, top + height
    pen = imgui.get_background_draw_list()
    x, y, stage_width, stage_height = layout.stage
    x2, y2 = x + stage_width, y + stage_height
    pen.push_clip_rect((x, y), (x2, y2))
    dim, line, strong = color(0.0, 0.0, 0.0, 0.45), color(*ACCENT, 0.55), color(*ACCENT, 1.0)
    for corner, other in (
        ((x, y), (x2, top)),
        ((x, bottom), (x2, y2)),
        ((x, top), (left, bottom)),
        ((right, top), (x2, bottom)),
    ):
        pen.add_rect_filled(corner, other, dim)
    pen.add_rect((left, top), (right, bottom), strong, thickness=layout.scale * 1.5)
    for share, label in ((0.25, "top"), (0.75, "chin")):
        at = top + height * share
        pen.add_line((left, at), (right, at), line, layout.scale)
        pen.add_text((left + 6 * layout.scale, at + 2 * layout.scale), strong, label)
    pen.add_line((left + width / 2, top), (left + width / 2, bottom), line, layout.scale)
    pen.pop_clip_rect()


def message_line(session: Session, layout: Layout) -> None:
    """Show what the session says, or which model is on its way."""
    scale = layout.scale
    message = session.message
    text = f"opening {session.wanted[1].name} …" if session.wanted else message.text if message else ""
    error = bool(message and message.error and not session.wanted)
    left, top, width, height = layout.stage
    imgui.set_next_window_pos((left + width / 2, top + height - 24 * scale), pivot=(0.5, 1.0))
    imgui.set_next_window_size((min(max(width - 48 * scale, 120 * scale), 560 * scale), 0))
    imgui.push_style_var(imgui.StyleVar.WINDOW_ROUNDING, 6 * scale)
    imgui.push_style_color(imgui.Col.WINDOW_BG, (0.26, 0.11, 0.12, 0.97) if error else (0.12, 0.17, 0.19, 0.97))
    imgui.push_style_color(imgui.Col.TEXT, (*ERROR, 1.0) if error else (0.82, 0.95, 0.95, 1.0))
    imgui.begin("message", flags=FLOATING | imgui.WindowFlags.NO_INPUTS)
    imgui.text_wrapped(shown(text))
    imgui.end()
    imgui.pop_style_color(2)
    imgui.pop_style_var()


def help_page(layout: Layout) -> None:
    """Show every key and what the mouse does."""
    scale = layout.scale
    left, top, width, height = layout.stage
    imgui.set_next_window_pos((left + width / 2, top + height / 2), pivot=(0.5, 0.5))
    imgui.push_style_var(imgui.StyleVar.WINDOW_ROUNDING, 8 * scale)
    imgui.push_style_color(imgui.Col.WINDOW_BG, (0.09, 0.10, 0.12, 0.95))
    imgui.begin("help", flags=FLOATING | imgui.WindowFlags.ALWAYS_AUTO_RESIZE)
    if imgui.begin_table("keys", 2):
        for groups in HELP_ORDER:
            imgui.table_next_column()
            for group in groups:
                title(group)
                for command in GROUPS[group]:
                    row(command.label, command.does, 62 * scale)
                gap(scale)
        imgui.end_table()
    title("Mouse")
    for gesture, does in MOUSE:
        row(gesture, does, 180 * scale)
    imgui.end()
    imgui.pop_style_color()
    imgui.pop_style_var()

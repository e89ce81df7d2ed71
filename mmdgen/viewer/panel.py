"""The user interface around the picture, drawn anew each frame from the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slimgui import imgui

from mmdgen.model import Panel as Place
from mmdgen.pose_spec import PARAMETERS
from mmdgen.shell import plain
from mmdgen.viewer.keys import GROUPS, MOUSE
from mmdgen.viewer.session import GROUNDS, Session
from mmdgen.viewer.theme import ACCENT, ERROR, FAINT

WIDTH, STATUS = 372.0, 30.0  # of the panel and the status line, in units of the interface's scale
PLACES = {
    Place.EYE: "Eyes 目",
    Place.MOUTH: "Mouth 口",
    Place.BROW: "Brows 眉",
    Place.OTHER: "Other その他",
    Place.SYSTEM: "Hidden",
}
LABELS = ("chin up", "face turn", "neck tilt", "left eye", "right eye", "mouth")
HELP_ORDER = (("Pose", "View"), ("Look", "File"))
SWITCHES = (
    ("toon", "Toon", "T"),
    ("edge", "Edge", "E"),
    ("frame", "Frame", "F"),
    ("whole", "Whole", "W"),
    ("ik", "IK", "I"),
)
TOLD = 24  # warnings in the tooltip
FIXED = (
    imgui.WindowFlags.NO_DECORATION
    | imgui.WindowFlags.NO_MOVE
    | imgui.WindowFlags.NO_SAVED_SETTINGS
    | imgui.WindowFlags.NO_BRING_TO_FRONT_ON_FOCUS
    | imgui.WindowFlags.NO_NAV
)


@dataclass(frozen=True)
class Facts:
    """What the status line says besides the session: set by the application."""

    milliseconds: float
    driver: str
    warnings: tuple[str, ...]
    japanese: bool


@dataclass(frozen=True)
class Layout:
    """Where things are in a window of ``size``, in its units; rectangles are left, top, width, height."""

    size: tuple[float, float]
    scale: float

    @property
    def panel(self) -> tuple[float, float, float, float]:
        """The column on the right."""
        width = min(WIDTH * self.scale, self.size[0] / 2)
        return (self.size[0] - width, 0, width, self.size[1])

    @property
    def stage(self) -> tuple[float, float, float, float]:
        """The picture's place."""
        return (0, 0, max(self.panel[0], 1), max(self.size[1] - STATUS * self.scale, 1))

    @property
    def status(self) -> tuple[float, float, float, float]:
        """The line below the picture."""
        return (0, self.stage[3], self.panel[0], STATUS * self.scale)


class Panel:
    """All widgets; ``places`` tells where each slider and switch lay in the last frame."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.places: dict[str, tuple[float, float, float, float]] = {}

    def build(self, layout: Layout, facts: Facts, frame: tuple[float, float, float, float] | None) -> None:
        """Describe one frame to the interface; ``frame`` is the dataset's frame in the window where it is shown."""
        self.places.clear()
        if frame is not None:
            _overlay(layout, frame)
        with_window("panel", layout.panel, lambda: self._column(layout, facts))
        imgui.push_style_var(imgui.StyleVar.WINDOW_PADDING, (16 * layout.scale, 4 * layout.scale))
        with_window("status", layout.status, lambda: self._status(facts))
        imgui.pop_style_var()
        if self._session.help:
            self._help(layout)
        if self._session.message or self._session.wanted:
            self._message(layout)

    # --- the column ---------------------------------------------------------------------------------------------------

    def _column(self, layout: Layout, facts: Facts) -> None:
        session, scale = self._session, layout.scale
        character = session.character
        assert character is not None
        imgui.push_font(None, imgui.get_style().font_size_base * 1.35)
        imgui.text(_shown(character.model.name or character.path.stem, facts))
        imgui.pop_font()
        _faint(_shown(f"{character.model.name_en}  {character.path.name}".strip(), facts))
        _gap(scale)
        self._pose(scale)
        _gap(scale)
        self._look(layout)
        _gap(scale)
        self._morphs(layout, facts)

    def _pose(self, scale: float) -> None:
        session = self._session
        assert session.character is not None
        _title("Pose")
        if self._button("Rest", "all parameters and morphs as in the dataset's rest picture (0)"):
            session.do("rest")
        for number, (parameter, label) in enumerate(zip(PARAMETERS, LABELS, strict=True)):
            reason = session.character.idle.get(parameter.name)
            imgui.begin_disabled(reason is not None)
            imgui.align_text_to_frame_padding()
            imgui.text(label)
            imgui.same_line(96 * scale)
            imgui.set_next_item_width(-1)
            value = session.pose[number]
            form = reason.replace("%", "%%") if reason else "%+.2f" if parameter.low < 0 else "%.2f"
            changed, value = imgui.slider_float(
                f"##{parameter.name}", value, parameter.low, parameter.high, form, CLAMPED
            )
            imgui.end_disabled()
            self._place(parameter.name)
            if imgui.is_item_hovered(imgui.HoveredFlags.ALLOW_WHEN_DISABLED | imgui.HoveredFlags.DELAY_NORMAL):
                imgui.set_tooltip(f"{parameter.name}: {reason}" if reason else parameter.name)
            if changed:
                session.set_pose(parameter.name, value)

    def _look(self, layout: Layout) -> None:
        session, scale = self._session, layout.scale
        _title("Look")
        if self._button("Front", "turn, move and zoom back (R)"):
            session.do("view")
        third = (layout.panel[2] - 32 * scale) / 3
        for number, (command, label, key) in enumerate(SWITCHES):
            if number % 3:
                imgui.same_line(16 * scale + third * (number % 3))
            clicked, _ = imgui.checkbox(f"{label}", bool(getattr(session, command)))
            self._place(command)
            if imgui.is_item_hovered(imgui.HoveredFlags.DELAY_NORMAL):
                imgui.set_tooltip(f"{HELP[command]} ({key})")
            if clicked:
                session.do(command)
        imgui.same_line(16 * scale + third * 2)
        imgui.set_next_item_width(-1)
        changed, ground = imgui.combo("##ground", session.ground, GROUNDS)
        self._place("ground")
        if changed:
            session.ground = ground

    def _morphs(self, layout: Layout, facts: Facts) -> None:
        session, scale = self._session, layout.scale
        character = session.character
        assert character is not None
        matching = session.matching()
        _title("Morphs")
        if session.searching:
            imgui.set_keyboard_focus_here()
            session.searching = False
        imgui.set_next_item_width(-1)
        changed, text = imgui.input_text_with_hint(
            "##search", f"search {character.listed} morphs  ( / )", session.search
        )
        self._place("search")
        if changed:
            session.search = text
        imgui.push_style_var(imgui.StyleVar.WINDOW_PADDING, (8 * scale, 6 * scale))
        imgui.begin_child("morphs", (0, 0), imgui.ChildFlags.ALWAYS_USE_WINDOW_PADDING)
        imgui.pop_style_var()
        weights = session.state().weight[0]
        for place, label in PLACES.items():
            here = [i for i in matching if character.model.morphs[i].panel == place]
            if not here:
                continue
            opened, _ = imgui.collapsing_header(
                f"{_shown(label, facts)}   {len(here)}###{label}", flags=imgui.TreeNodeFlags.DEFAULT_OPEN
            )
            if opened:
                for morph in here:
                    self._morph(morph, float(weights[morph]), layout, facts)
        if not matching:
            _faint("no morph is called so" if character.listed else "this model has no morphs")
        imgui.end_child()

    def _morph(self, number: int, weight: float, layout: Layout, facts: Facts) -> None:
        session = self._session
        assert session.character is not None
        morph = session.character.model.morphs[number]
        name = _shown(morph.name, facts) or f"morph {number}"
        imgui.begin_disabled(not session.character.shows(number))
        imgui.align_text_to_frame_padding()
        imgui.text_colored((*(ACCENT if weight else COLOR_TEXT), 1.0), name)
        hovered = imgui.is_item_hovered(imgui.HoveredFlags.DELAY_NORMAL | imgui.HoveredFlags.ALLOW_WHEN_DISABLED)
        imgui.same_line(layout.panel[2] * 0.46)
        imgui.set_next_item_width(-1)
        changed, value = imgui.slider_float(f"##{number}", weight, 0.0, 1.0, "%.2f", CLAMPED)
        imgui.end_disabled()
        self._place(f"morph {number}")
        if imgui.is_item_clicked(imgui.MouseButton.RIGHT):
            changed, value = True, 0.0
        if hovered:
            imgui.set_tooltip(f"{number}: {name}  {_shown(morph.name_en, facts)}")
        if changed:
            session.set_weight(number, value)

    # --- around the picture -------------------------------------------------------------------------------------------

    def _status(self, facts: Facts) -> None:
        session = self._session
        assert session.character is not None
        imgui.align_text_to_frame_padding()
        number = f"{session.place + 1} of {len(session.shelf)}   " if len(session.shelf) > 1 else ""
        triangles = f"{len(session.character.model.faces):,} triangles".replace(",", "\u2009")
        time = facts.milliseconds
        speed = f"{time:.0f} ms   {1000 / time:.0f} fps" if time else ""
        head = "" if session.character.head else "no head: shown whole   "
        _faint(f"{number}{triangles}   {head}{speed}")
        if imgui.is_item_hovered():
            imgui.set_tooltip(facts.driver)
        if facts.warnings:
            imgui.same_line()
            imgui.text_colored(
                (0.93, 0.76, 0.42, 1.0), f"  {len(facts.warnings)} warning{'s' * (len(facts.warnings) > 1)}"
            )
            self._place("warnings")
            if imgui.is_item_hovered():
                more = len(facts.warnings) - TOLD
                told = [_shown(plain(w), facts) for w in facts.warnings[:TOLD]] + (
                    [f"and {more} more"] if more > 0 else []
                )
                imgui.set_tooltip("\n".join(told))
        hint = "? help"
        imgui.same_line(imgui.get_window_width() - imgui.calc_text_size(hint)[0] - imgui.get_style().window_padding[0])
        _faint(hint)

    def _message(self, layout: Layout) -> None:
        session, scale = self._session, layout.scale
        message = session.message
        text = f"opening {plain(session.wanted[1].name)} …" if session.wanted else message.text if message else ""
        error = bool(message and message.error and not session.wanted)
        left, top, width, height = layout.stage
        imgui.set_next_window_pos((left + width / 2, top + height - 24 * scale), pivot=(0.5, 1.0))
        imgui.set_next_window_size((min(width - 48 * scale, 560 * scale), 0))
        imgui.push_style_var(imgui.StyleVar.WINDOW_ROUNDING, 6 * scale)
        imgui.push_style_color(imgui.Col.WINDOW_BG, (0.26, 0.11, 0.12, 0.97) if error else (0.12, 0.17, 0.19, 0.97))
        imgui.push_style_color(imgui.Col.TEXT, (*ERROR, 1.0) if error else (0.82, 0.95, 0.95, 1.0))
        imgui.begin(
            "message", flags=FIXED & ~imgui.WindowFlags.NO_BRING_TO_FRONT_ON_FOCUS | imgui.WindowFlags.NO_INPUTS
        )
        imgui.text_wrapped(text)
        imgui.end()
        imgui.pop_style_color(2)
        imgui.pop_style_var()

    def _help(self, layout: Layout) -> None:
        scale = layout.scale
        imgui.set_next_window_pos((layout.size[0] / 2, layout.size[1] / 2), pivot=(0.5, 0.5))
        imgui.push_style_var(imgui.StyleVar.WINDOW_ROUNDING, 8 * scale)
        imgui.push_style_color(imgui.Col.WINDOW_BG, (0.09, 0.10, 0.12, 0.95))
        imgui.begin("help", flags=FIXED | imgui.WindowFlags.ALWAYS_AUTO_RESIZE)
        if imgui.begin_table("keys", 2):
            for groups in HELP_ORDER:
                imgui.table_next_column()
                for group in groups:
                    _title(group)
                    for command in GROUPS[group]:
                        _row(command.label, command.does, 62 * scale)
                    _gap(scale)
            imgui.end_table()
        _title("Mouse")
        for gesture, does in MOUSE:
            _row(gesture, does, 180 * scale)
        imgui.end()
        imgui.pop_style_color()
        imgui.pop_style_var()

    def _button(self, label: str, tip: str) -> bool:
        wide = imgui.calc_text_size(label)[0] + 2 * imgui.get_style().frame_padding[0]
        imgui.same_line(imgui.get_window_width() - imgui.get_style().window_padding[0] - wide)
        pressed = imgui.small_button(label)
        self._place(label)
        if imgui.is_item_hovered(imgui.HoveredFlags.DELAY_NORMAL):
            imgui.set_tooltip(tip)
        return pressed

    def _place(self, name: str) -> None:
        (left, top), (right, bottom) = imgui.get_item_rect_min(), imgui.get_item_rect_max()
        self.places[name] = (left, top, right - left, bottom - top)


CLAMPED = imgui.SliderFlags.ALWAYS_CLAMP
COLOR_TEXT = (0.90, 0.92, 0.94)
HELP = {command.name: command.does for group in GROUPS.values() for command in group}


def with_window(name: str, place: tuple[float, float, float, float], build: Callable[[], None]) -> None:
    """Build one window that covers a rectangle."""
    imgui.set_next_window_pos(place[:2])
    imgui.set_next_window_size(place[2:])
    imgui.begin(name, flags=FIXED)
    build()
    imgui.end()


def _overlay(layout: Layout, frame: tuple[float, float, float, float]) -> None:
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
    for row, label in ((0.25, "top"), (0.75, "chin")):
        at = top + height * row
        pen.add_line((left, at), (right, at), line, layout.scale)
        pen.add_text((left + 6 * layout.scale, at + 2 * layout.scale), strong, label)
    pen.add_line((left + width / 2, top), (left + width / 2, bottom), line, layout.scale)
    pen.pop_clip_rect()


def color(red: float, green: float, blue: float, alpha: float) -> int:
    """Return a colour as the interface packs it."""
    return sum(
        round(part * 255) << shift for part, shift in zip((red, green, blue, alpha), (0, 8, 16, 24), strict=True)
    )


def _shown(text: str, facts: Facts) -> str:
    """Return a text that the fonts can show; strangers' control characters are replaced."""
    text = plain(text)
    return text if facts.japanese else "".join(c if ord(c) < 0x250 else "?" for c in text)


def _title(text: str) -> None:
    imgui.text_colored((*ACCENT, 1.0), text)


def _faint(text: str) -> None:
    imgui.text_colored((*FAINT, 1.0), text)


def _row(left: str, right: str, column: float) -> None:
    start = imgui.get_cursor_pos_x()
    imgui.text(left)
    imgui.same_line()
    imgui.set_cursor_pos_x(start + column)
    _faint(right)


def _gap(scale: float) -> None:
    imgui.dummy((0, 4 * scale))

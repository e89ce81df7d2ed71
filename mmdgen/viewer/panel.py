"""The user interface around the picture, drawn anew each frame from the session."""

from __future__ import annotations

from dataclasses import dataclass

from slimgui import imgui

from mmdgen.model import Panel as Place
from mmdgen.pose_spec import PARAMETERS
from mmdgen.viewer.keys import GROUPS
from mmdgen.viewer.overlays import frame_lines, help_page, message_line
from mmdgen.viewer.session import GROUNDS, Rectangle, Session
from mmdgen.viewer.theme import ACCENT
from mmdgen.viewer.widgets import Layout, covering, faint, gap, shown, title

PLACES = {
    Place.EYE: "Eyes 目",
    Place.MOUTH: "Mouth 口",
    Place.BROW: "Brows 眉",
    Place.OTHER: "Other その他",
    Place.SYSTEM: "Hidden",
}
LABELS = ("chin up", "face turn", "neck tilt", "left eye", "right eye", "mouth")
SWITCHES = (
    ("toon", "Toon", "T"),
    ("edge", "Edge", "E"),
    ("frame", "Frame", "F"),
    ("whole", "Whole", "W"),
    ("ik", "IK", "I"),
)
TOLD = 24  # warnings in the tooltip


@dataclass(frozen=True)
class Facts:
    """What the status line says besides the session: set by the application."""

    milliseconds: float
    driver: str
    warnings: tuple[str, ...]
    japanese: bool


class Panel:
    """All widgets; ``places`` tells where each slider and switch lay in the last frame."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.places: dict[str, Rectangle] = {}

    def build(self, layout: Layout, facts: Facts, frame: Rectangle | None) -> None:
        """Describe one frame to the interface; ``frame`` is the dataset's frame in the window where it is shown."""
        self.places.clear()
        if frame is not None:
            frame_lines(layout, frame)
        covering("panel", layout.panel, lambda: self._column(layout, facts))
        imgui.push_style_var(imgui.StyleVar.WINDOW_PADDING, (16 * layout.scale, 4 * layout.scale))
        covering("status", layout.status, lambda: self._status(facts))
        imgui.pop_style_var()
        if self._session.help:
            help_page(layout)
        if self._session.message or self._session.wanted:
            message_line(self._session, layout)

    # --- the column ---------------------------------------------------------------------------------------------------

    def _column(self, layout: Layout, facts: Facts) -> None:
        session, scale = self._session, layout.scale
        character = session.character
        assert character is not None
        imgui.push_font(None, imgui.get_style().font_size_base * 1.35)
        imgui.text(shown(character.model.name or character.path.stem, japanese=facts.japanese))
        imgui.pop_font()
        faint(shown(f"{character.model.name_en}  {character.path.name}".strip(), japanese=facts.japanese))
        gap(scale)
        self._pose(scale, facts)
        gap(scale)
        self._look(layout)
        gap(scale)
        self._morphs(layout, facts)

    def _pose(self, scale: float, facts: Facts) -> None:
        session = self._session
        assert session.character is not None
        title("Pose")
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
            form = (
                shown(reason, japanese=facts.japanese).replace("%", "%%")
                if reason
                else "%+.2f"
                if parameter.low < 0
                else "%.2f"
            )
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
        title("Look")
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
        title("Morphs")
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
                f"{shown(label, japanese=facts.japanese)}   {len(here)}###{label}",
                flags=imgui.TreeNodeFlags.DEFAULT_OPEN,
            )
            if opened:
                for morph in here:
                    self._morph(morph, float(weights[morph]), layout, facts)
        if not matching:
            faint("no morph is called so" if character.listed else "this model has no morphs")
        imgui.end_child()

    def _morph(self, number: int, weight: float, layout: Layout, facts: Facts) -> None:
        session = self._session
        assert session.character is not None
        morph = session.character.model.morphs[number]
        name = shown(morph.name, japanese=facts.japanese) or f"morph {number}"
        imgui.begin_disabled(not session.character.shows(number))
        imgui.align_text_to_frame_padding()
        column = layout.panel[2] * 0.46
        left, top = imgui.get_cursor_screen_pos()
        imgui.push_clip_rect((left, top), (left + column - 14 * layout.scale, layout.size[1]), True)
        imgui.text_colored((*(ACCENT if weight else COLOR_TEXT), 1.0), name)
        imgui.pop_clip_rect()
        hovered = imgui.is_item_hovered(imgui.HoveredFlags.DELAY_NORMAL | imgui.HoveredFlags.ALLOW_WHEN_DISABLED)
        imgui.same_line(column)
        imgui.set_next_item_width(-1)
        changed, value = imgui.slider_float(f"##{number}", weight, 0.0, 1.0, "%.2f", CLAMPED)
        imgui.end_disabled()
        self._place(f"morph {number}")
        if imgui.is_item_clicked(imgui.MouseButton.RIGHT):
            changed, value = True, 0.0
        if hovered:
            imgui.set_tooltip(f"{number}: {name}  {shown(morph.name_en, japanese=facts.japanese)}")
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
        faint(f"{number}{triangles}   {head}{speed}")
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
                told = [shown(w, japanese=facts.japanese) for w in facts.warnings[:TOLD]] + (
                    [f"and {more} more"] if more > 0 else []
                )
                imgui.set_tooltip("\n".join(told))
        hint = "? help"
        imgui.same_line(imgui.get_window_width() - imgui.calc_text_size(hint)[0] - imgui.get_style().window_padding[0])
        faint(hint)

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

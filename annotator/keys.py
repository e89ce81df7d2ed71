"""What may be commanded in a window, by which keys. Keys are written as Qt's portable texts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """Something to do: ``keys``, the first of them the one that is shown, and what it does, in English."""

    name: str
    keys: tuple[str, ...]
    does: str


Groups = dict[str, tuple[Command, ...]]  # a window's commands, by the titles of its menus
TURN_BACK = (
    Command("undo", ("Ctrl+Z", "U"), "Undo"),
    Command("redo", ("Ctrl+Y", "Ctrl+Shift+Z", "Shift+U"), "Redo"),
)
WINDOW = (
    Command("theme", ("T",), "Light or dark"),
    Command("language", ("L",), "English or Japanese"),
    Command("help", ("?", "F1"), "Help"),
    Command("away", ("Esc",), "Close what is open"),
    Command("quit", ("Ctrl+Q",), "Close the window"),
)
PUT_OFF = (
    Command("reject", ("X", "Del"), "Reject for a reason…"),
    Command("flag", ("F",), "Put off for later, or no longer"),
)
QUEUE = (
    Command("open", ("N",), "Next model that is to do"),
    Command("find", ("/", "Ctrl+F"), "Search the queue"),
    Command("filter", ("G",), "Show the next state only"),
)
HEAD = {
    "Decide": (
        Command("accept", ("Space", "Return", "Enter"), "Accept, next model"),
        *PUT_OFF,
        Command("reset", ("R",), "Back to the proposed lines"),
        *TURN_BACK,
    ),
    "Lines": (
        Command("top+", ("W",), "Top of the skull up, 1 row"),
        Command("top-", ("S",), "Top of the skull down, 1 row"),
        Command("bottom+", ("E",), "Chin up, 1 row"),
        Command("bottom-", ("D",), "Chin down, 1 row"),
        Command("top++", ("Shift+W",), "Top of the skull up, 5 rows"),
        Command("top--", ("Shift+S",), "Top of the skull down, 5 rows"),
        Command("bottom++", ("Shift+E",), "Chin up, 5 rows"),
        Command("bottom--", ("Shift+D",), "Chin down, 5 rows"),
    ),
    "Go": (
        Command("next", ("Right", "Down", "PgDown"), "Next model, nothing decided"),
        Command("previous", ("Left", "Up", "PgUp", "Backspace"), "Previous model"),
        *QUEUE,
    ),
    "View": (
        Command("side", ("V",), "Side view, front view"),
        Command("zoom+", ("+", "="), "Nearer"),
        Command("zoom-", ("-",), "Farther"),
        Command("fit", ("0", "Home"), "Fit the head"),
        *WINDOW,
    ),
}
SLOTS = {  # as windows call them, in the order of their digits
    "normal_left": "Wink, left",
    "normal_right": "Wink, right",
    "normal_both": "Wink, both",
    "smile_left": "Smiling wink, left",
    "smile_right": "Smiling wink, right",
    "smile_both": "Smiling wink, both",
    "mouth": "Mouth あ",
}
MORPHS = {
    "Decide": (
        Command("accept", ("Space", "Return", "Enter"), "Accept all slots, next model"),
        *PUT_OFF,
        Command("reset", ("R",), "Back to the proposal in this slot"),
        Command("reset_all", ("Shift+R",), "Back to the proposals in all slots"),
        *TURN_BACK,
    ),
    "Slots": (
        Command("slot+", ("Down", "S"), "Slot below"),
        Command("slot-", ("Up", "W"), "Slot above"),
        Command("best+", ("D",), "Next of the pictures for this slot"),
        Command("best-", ("A",), "The one before"),
        Command("none", ("0",), "No morph for this slot"),
    ),
    "Put the shown morph in": tuple(
        Command(f"put {slot}", (str(digit),), does) for digit, (slot, does) in enumerate(SLOTS.items(), 1)
    ),
    "No morph for": tuple(
        Command(f"none {slot}", (f"Ctrl+{digit}",), does) for digit, (slot, does) in enumerate(SLOTS.items(), 1)
    ),
    "Look": (
        Command("morph+", ("Right",), "Next morph of the eyes, or of the mouth"),
        Command("morph-", ("Left",), "Previous morph"),
        Command("everything", ("M",), "Cycle through all morphs, or not"),
        Command("weight+", (".",), "More of it"),
        Command("weight-", (",",), "Less of it"),
        Command("compare", ("B", "Tab"), "Without it, with it"),
    ),
    "Go": (
        Command("next", ("PgDown",), "Next model, nothing decided"),
        Command("previous", ("PgUp", "Backspace"), "Previous model"),
        *QUEUE,
    ),
    "View": (
        Command("zoom+", ("+", "="), "Nearer"),
        Command("zoom-", ("-",), "Farther"),
        Command("fit", ("Home",), "Fit the face"),
        *WINDOW,
    ),
}
MORPHS_MOUSE = (
    ("Click a picture", "Put that morph in its slot"),
    ("Click a slot", "Choose it"),
    ("Wheel, drag", "Zoom, move the view"),
)
HEAD_MOUSE = (
    ("Drag a line", "It snaps to the proposal; not with Alt"),
    ("Wheel, drag", "Zoom, move the view"),
    ("Double click", "Fit the head"),
)

REVIEW = {
    "Decide": (
        Command("keep", ("Space", "Return", "Enter"), "Keep, next model"),
        Command("page", ("P", "Ctrl+Return", "Ctrl+Enter"), "Keep all of this page that are ready, next page"),
        Command("heads", ("H",), "Send back to heads, or no longer"),
        Command("morphs", ("M",), "Send back to morphs, or no longer"),
        Command("reject", ("X", "Del"), "Reject for a reason…"),
        Command("unjudge", ("R",), "Take back what was decided here"),
        *TURN_BACK,
    ),
    "Go": (
        Command("right", ("Right",), "Next model"),
        Command("left", ("Left", "Backspace"), "Previous model"),
        Command("down", ("Down",), "Model below"),
        Command("up", ("Up",), "Model above"),
        Command("later", ("PgDown",), "Next page"),
        Command("earlier", ("PgUp",), "Previous page"),
        Command("open", ("N",), "Next model that is to review"),
        Command("find", ("/", "Ctrl+F"), "Search names"),
        Command("filter", ("G",), "Show the next state only"),
    ),
    "View": (
        Command("enlarge", ("E", "V"), "Enlarge this model, with those alike"),
        Command("more", ("-",), "More models a page"),
        Command("fewer", ("+", "="), "Fewer models a page"),
        Command("redraw", ("F5",), "Draw this model anew"),
        *WINDOW,
    ),
}
REVIEW_MOUSE = (("Click, double click", "Go to a model, enlarge it"), ("Wheel", "Previous or next page"))
WINDOWS = {"annotate-head": HEAD, "annotate-morphs": MORPHS, "review": REVIEW}  # by the commands that open them


def by_key(groups: dict[str, tuple[Command, ...]]) -> dict[str, str]:
    """Return the command's name for each key; a key that is given twice is a mistake of ours."""
    pairs = [(key, command.name) for group in groups.values() for command in group for key in command.keys]
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError(f"keys given twice: {sorted(pairs)}")
    return dict(pairs)

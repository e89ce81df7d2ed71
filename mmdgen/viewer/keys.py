"""What the viewer can be told, by which keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """Something to do: ``keys`` as ``Session.key`` names them, as they are written for people, and what it does."""

    name: str
    keys: tuple[str, ...]
    label: str
    does: str


GROUPS = {
    "Pose": (
        Command("head_x+", ("up",), "↑", "lift the chin"),
        Command("head_x-", ("down",), "↓", "lower the chin"),
        Command("head_y+", ("left",), "←", "turn the head to your left"),
        Command("head_y-", ("right",), "→", "turn the head to your right"),
        Command("neck_z+", ("a",), "A", "tilt the neck to your left"),
        Command("neck_z-", ("d",), "D", "tilt the neck to your right"),
        Command("eye_right+", ("1",), "1", "close the eye on your left; Shift opens"),
        Command("eye_left+", ("2",), "2", "close the eye on your right; Shift opens"),
        Command("mouth+", ("3",), "3", "open the mouth; Shift closes"),
        Command("rest", ("0",), "0", "back to the rest pose, all morphs at 0"),
    ),
    "Look": (
        Command("toon", ("t",), "T", "Phong or toon, as MMD shades"),
        Command("edge", ("e",), "E", "outlines"),
        Command("frame", ("f",), "F", "the dataset's frame over the picture"),
        Command("whole", ("w",), "W", "the head or the whole figure"),
        Command("ik", ("i",), "I", "inverse kinematics"),
        Command("ground", ("b",), "B", "the next background"),
    ),
    "View": (
        Command("view", ("r", "home"), "R", "back to the front"),
        Command("zoom+", ("+", "="), "+", "nearer"),
        Command("zoom-", ("-",), "-", "farther"),
    ),
    "File": (
        Command("save", ("s",), "S", "save the dataset's picture of this pose"),
        Command("save view", ("shift s",), "Shift S", "save what the view shows"),
        Command("next", ("page down",), "Page ↓", "the next model of the folder"),
        Command("previous", ("page up",), "Page ↑", "the one before"),
        Command("search", ("/",), "/", "search the morphs"),
        Command("help", ("?", "f1"), "? F1", "this help"),
        Command("away", ("escape",), "Esc", "close help and messages"),
        Command("quit", ("q",), "Q", "close the window"),
    ),
}
HIDDEN = (  # said with the keys above
    Command("eye_right-", ("shift 1",), "", ""),
    Command("eye_left-", ("shift 2",), "", ""),
    Command("mouth-", ("shift 3",), "", ""),
)
MOUSE = (
    ("drag", "turn the model"),
    ("wheel", "zoom"),
    ("right or middle drag", "move the view; also Shift and drag"),
    ("double click", "back to the front"),
    ("drop a file", "another model, a folder or this model's annotation"),
    ("Ctrl and click a slider", "type its value; a right click on a morph sets it to 0"),
)
BY_KEY = {key: command.name for group in (*GROUPS.values(), HIDDEN) for command in group for key in command.keys}

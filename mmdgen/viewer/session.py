"""What the viewer shows and what each command does to it. No window, no OpenGL."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdgen.errors import MmdgenError
from mmdgen.files import write_atomically
from mmdgen.library.scan import locate
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS
from mmdgen.render.look import Look
from mmdgen.shell import plain
from mmdgen.space import Framing
from mmdgen.state import RigState
from mmdgen.viewer.character import Character, annotated
from mmdgen.viewer.keys import BY_KEY
from mmdgen.viewer.view import View

Rectangle = tuple[float, float, float, float]  # left, top, width, height, in the window's units
GROUNDS = ("checker", "white", "grey", "green")
STEP = 0.1  # of a pose parameter, a key press
ZOOM_STEP = 1.1
TURN_STEP = 0.008  # radians a pixel
SHORT, LONG = 4.0, 30.0  # seconds that a message and an error stay


@dataclass(frozen=True)
class Message:
    """One line for the user, shown until a time in seconds."""

    text: str
    error: bool
    until: float


@dataclass(frozen=True)
class Seen:
    """All that a picture of the current character depends on, besides its size."""

    pose: tuple[float, ...]
    weights: tuple[tuple[int, float], ...]
    view: View
    whole: bool
    look: Look
    ik: bool


class Session:
    """The state of one window.

    ``shelf`` holds the models that page up and down go through, each with its store; ``wanted`` is the one that is to
    be read next, ``saving`` the file that a picture is to go to. The application carries both out and answers by
    ``show``, ``fail`` or ``saved``.
    """

    def __init__(self, shelf: Sequence[tuple[Path, Path]], store: Path | None, folder: Path, *, toon: bool) -> None:
        self.shelf = list(shelf)
        self.place = 0
        self.character: Character | None = None
        self.pose: tuple[float, ...] = IDENTITY
        self.weights: dict[int, float] = {}
        self.view = View()
        self.toon = self.edge = toon
        self.frame = self.whole = self.ik = self.help = False
        self.ground = 0
        self.search = ""
        self.searching = False  # the search field is to be given the keyboard
        self.message: Message | None = None
        self.quitting = False
        self.wanted: tuple[int, Path, Path] | None = None
        self.saving: tuple[Path, bool] | None = None
        self._store = store
        self._folder = folder
        self._kept: dict[str, float] = {}  # weights by name, for the next model
        self._now = 0.0

    # --- time and messages --------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Tell the time in seconds; old messages go."""
        self._now = now
        if self.message and now >= self.message.until:
            self.message = None

    def say(self, text: str, *, error: bool = False) -> None:
        """Show one line; strangers' control characters are replaced."""
        self.message = Message(plain(text), error, self._now + (LONG if error else SHORT))

    def fail(self, error: Exception) -> None:
        """Show what went wrong; all else stays as it was."""
        self.wanted = None
        self.say(str(error) if isinstance(error, MmdgenError) else f"{type(error).__name__}: {error}", error=True)

    # --- models -------------------------------------------------------------------------------------------------------

    def show(self, character: Character) -> None:
        """Take another model in place of the old: pose, look and weights of morphs that it has too are kept."""
        fresh = self.character is None or character.path != self.character.path
        if self.character is not None:
            self._kept = {self.character.model.morphs[i].name: weight for i, weight in self.weights.items()}
        self.character = character
        names = [morph.name for morph in character.model.morphs[: character.listed]]
        self.weights = {i: self._kept[name] for i, name in enumerate(names) if name in self._kept}
        if self.wanted is not None:
            self.place = self.wanted[0]
            self.wanted = None
        if fresh:
            self.view = View()
        self.message = None

    def drop(self, paths: Sequence[Path]) -> None:
        """Take what was dropped: an annotation of this model, or models and folders, of which the first is shown."""
        if not paths:
            return
        try:
            if len(paths) == 1 and paths[0].suffix.lower() == ".json":
                if self.character is not None:
                    self.show(annotated(self.character, paths[0]))
                    self.say(f"{paths[0].name}: annotation taken")
                return
            found = list(locate(paths, self._store).items())
            if not found:
                raise MmdgenError(f"{paths[0]}: no .pmx or .pmd file, expected a model; drop one")
        except (MmdgenError, OSError) as error:
            self.fail(error)
            return
        self.shelf = found
        self._want(0)

    def _want(self, place: int) -> None:
        if self.shelf:
            place %= len(self.shelf)
            self.wanted = (place, *self.shelf[place])

    # --- commands -----------------------------------------------------------------------------------------------------

    def key(self, name: str) -> bool:
        """Do what a key stands for, such as "t", "shift s", "up" or "f1"; return False when it stands for nothing."""
        command = BY_KEY.get(name)
        if command is None:
            return False
        self.do(command)
        return True

    def do(self, command: str) -> None:
        """Carry out a command of ``keys``."""
        if command[:-1] in NAMES:
            value = self.pose[NAMES.index(command[:-1])]
            self.set_pose(command[:-1], value + (STEP if command[-1] == "+" else -STEP))
            return
        match command:
            case "toon":
                self.toon = not self.toon
                self.edge = self.toon
            case "edge" | "frame" | "whole" | "ik" | "help":
                setattr(self, command, not getattr(self, command))
                if command == "whole":
                    self.view = View()
                elif command == "frame" and self.frame and self.character and self.character.head is None:
                    self.say("no head range, so no frame; annotate the model")
            case "ground":
                self.ground = (self.ground + 1) % len(GROUNDS)
            case "rest":
                self.pose = IDENTITY
                self.weights.clear()
            case "view":
                self.view = View()
            case "zoom+" | "zoom-":
                self.view = self.view.zoomed(ZOOM_STEP if command == "zoom+" else 1 / ZOOM_STEP)
            case "save" | "save view":
                if self.character is not None:
                    self.saving = (self._free_name(self.character), command == "save view")
            case "next" | "previous":
                place = self.wanted[0] if self.wanted else self.place
                self._want(place + (1 if command == "next" else -1))
            case "search":
                self.searching = True
            case "away":
                self.help, self.message = False, None
            case "quit":
                self.quitting = True

    def set_pose(self, parameter: str, value: float) -> None:
        """Set a pose parameter, within its range; morphs that it moves follow it again. Idle ones stay."""
        if self.character is None or parameter in self.character.idle:
            return
        number = NAMES.index(parameter)
        value = min(max(round(value, 4), PARAMETERS[number].low), PARAMETERS[number].high)
        self.pose = (*self.pose[:number], value, *self.pose[number + 1 :])
        for morph in self.character.driven_by(parameter):
            self.weights.pop(morph, None)

    def set_weight(self, morph: int, weight: float) -> None:
        """Set a morph's weight, whatever the pose gives it."""
        self.weights[morph] = weight

    def drag(self, right: float, down: float, *, pan: bool, side: float) -> None:
        """Turn or move the picture by pixels; ``side`` is the frame's side as shown, in pixels, without zoom."""
        if pan:
            self.view = self.view.panned(right * 2 / side, -down * 2 / side)
        else:
            self.view = self.view.turned(-right * TURN_STEP, -down * TURN_STEP)

    def wheel(self, notches: float, right: float, down: float, *, side: float) -> None:
        """Zoom about a place of the picture: pixels from its middle."""
        self.view = self.view.zoomed(ZOOM_STEP**notches, right * 2 / side, -down * 2 / side)

    # --- what is seen -------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> Seen:
        """All that the picture depends on: draw anew when it changes."""
        look = Look("toon" if self.toon else "phong", edge=float(self.edge))
        whole = self.whole or self.character is None or self.character.head is None
        return Seen(self.pose, tuple(self.weights.items()), self.view, whole, look, self.ik)

    @property
    def frame_shown(self) -> Framing:
        """The camera that the view moves about: of the head, or of the whole figure."""
        assert self.character is not None
        return self.character.whole if self.seen.whole or self.character.head is None else self.character.head

    def dataset_frame(self, stage: Rectangle, side: float) -> Rectangle | None:
        """Return where the dataset's frame lies, or None without a head; ``side`` is the shown frame's, unzoomed."""
        if self.character is None or self.character.head is None:
            return None
        head, shown = self.character.head, self.view.framing(self.frame_shown)
        scale = side / 2 / shown.unit  # pixels an MMD unit
        left, top, width, height = stage
        x = left + width / 2 + (head.center_x - head.unit - shown.center_x) * scale
        y = top + height / 2 - (head.center_y + head.unit - shown.center_y) * scale
        return x, y, 2 * head.unit * scale, 2 * head.unit * scale

    def state(self) -> RigState:
        """Return the rig state of pose and weights."""
        assert self.character is not None
        return self.character.state(self.pose, self.weights)

    def matching(self) -> list[int]:
        """Return the morphs that the search leaves, by number."""
        assert self.character is not None
        words = self.search.casefold().split()
        morphs = self.character.model.morphs[: self.character.listed]
        return [i for i, m in enumerate(morphs) if all(w in f"{m.name} {m.name_en}".casefold() for w in words)]

    # --- pictures -----------------------------------------------------------------------------------------------------

    def _free_name(self, character: Character) -> Path:
        """Return the first numbered name beside the current folder's files that is free."""
        stem = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in character.path.stem)[:100]
        taken = {path.name for path in self._folder.iterdir()}
        return self._folder / next(n for n in (f"{stem}-{i:03d}.png" for i in itertools.count(1)) if n not in taken)

    def saved(self, data: bytes) -> None:
        """Write the picture that ``saving`` asked for and say where, or why not."""
        assert self.saving is not None
        path, _ = self.saving
        self.saving = None
        try:
            write_atomically(path, data)
        except MmdgenError as error:
            self.fail(error)
        else:
            self.say(f"saved {path}")

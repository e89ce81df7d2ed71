"""The window's loop: waits for events, draws what changed, carries out what the session wants."""

from __future__ import annotations

import io
import math
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import glfw
from PIL import Image
from slimgui import imgui

from mmdgen.model import U1
from mmdgen.render.context import driver
from mmdgen.render.window import Canvas, Ground, open_window, window_context
from mmdgen.viewer.character import Character, read_character
from mmdgen.viewer.inputs import Inputs
from mmdgen.viewer.panel import Facts, Panel
from mmdgen.viewer.session import GROUNDS, Seen, Session
from mmdgen.viewer.stage import Stage, drawn_size
from mmdgen.viewer.theme import BEHIND, apply
from mmdgen.viewer.widgets import Layout, shown

SIZE = (1280, 800)  # of the window at first, in units of the monitor's scale
MARGIN = 0.94  # of the stage that the dataset's frame fills
MOVING, RESTING = 1, 4  # samples a pixel
REST = 0.15  # seconds without a change after which a picture is drawn with all samples
WAIT = 0.2  # seconds between looks at the clock and at Ctrl-C
SLOW, QUICK = 45.0, 12.0  # milliseconds a picture: beyond, what moves is drawn at half the size; below, no longer
HINT = 0.6  # seconds that the mouse rests before a tooltip shows
FRAMES = 3  # of the interface after an event: it settles within these
CHECKER = ((0.98, 0.98, 0.98), (0.89, 0.89, 0.89))
COLORS = {"white": (1.0, 1.0, 1.0), "grey": (0.5, 0.5, 0.5), "green": (0.0, 0.69, 0.25)}


class App:
    """One window with its session. ``scale`` of the interface is the monitor's unless given.

    Use it from the main thread. Raises RenderError when no window can be had.
    """

    def __init__(self, session: Session, character: Character, size: int, scale: float | None = None) -> None:
        self.session = session
        self.window = open_window(_title(character), *SIZE)
        self._size = size
        self._context = window_context()
        self._canvas = Canvas(self._context)
        self._stage = Stage(self._context)
        self._interface = imgui.create_context()
        settings = imgui.get_io()
        settings.ini_filename = None
        settings.backend_flags |= imgui.BackendFlags.RENDERER_HAS_TEXTURES
        settings.config_input_trickle_event_queue = True
        self._scale = scale or self._content_scale()
        self._japanese = apply(self._scale)
        self.inputs = Inputs(self.window, session)
        self.panel = Panel(session)
        self._loader = ThreadPoolExecutor(1)
        self._loading: tuple[Path, Future[Character]] | None = None
        self._drawn: tuple[Seen, int, int] | None = None  # what the kept picture shows, its side and its samples
        self._changed_at = 0.0
        self._coarse = 1  # pixels of the window that a pixel of a moving picture covers along its side
        self._frames = FRAMES
        self._hint_at = math.inf  # when a tooltip may be due
        self._clock = time.perf_counter()
        self.milliseconds = 0.0  # that the last picture took
        self._take(character)

    def _content_scale(self) -> float:
        """Return how large the interface is to be in the window's units: where those grow by themselves, 1."""
        pixels = glfw.get_framebuffer_size(self.window)[0] / max(glfw.get_window_size(self.window)[0], 1)
        return float(glfw.get_window_content_scale(self.window)[0] / max(pixels, 1.0))

    # --- the loop -----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Show the window until it is closed."""
        while not glfw.window_should_close(self.window) and not self.session.quitting:
            self.step()
            if self._frames:
                glfw.poll_events()
            else:
                glfw.wait_events_timeout(WAIT if self._settled and self._loading is None else REST / 2)

    def step(self) -> None:
        """Act on events, carry out what the session wants, and draw if anything changed."""
        message = self.session.message
        now = time.perf_counter()
        self.session.tick(now)
        if self.inputs.process():
            self._frames, self._hint_at = FRAMES, now + HINT
        if self._load() or self.session.message is not message or now >= self._hint_at:
            self._frames = FRAMES
        if now >= self._hint_at:
            self._hint_at = math.inf
        if self.session.saving is not None:
            self._save()
        if self._frames or not self._settled:
            self._frames = max(self._frames - 1, 0)
            self._draw()
            glfw.swap_buffers(self.window)

    def settle(self) -> U1:
        """Step until nothing is left to do, and return the window's pixels (H, W, 3) uint8, row 0 on top."""
        self._frames = FRAMES
        while True:
            glfw.poll_events()
            self.step()
            if not self._frames and self._settled and self._loading is None and not self.session.wanted:
                break
        self._draw()
        return self._canvas.read()

    def close(self) -> None:
        """Close the window and free everything."""
        self._loader.shutdown(wait=False, cancel_futures=True)
        self._stage.release()
        self._canvas.release()
        imgui.destroy_context(self._interface)
        glfw.destroy_window(self.window)
        glfw.terminate()

    # --- models and pictures ------------------------------------------------------------------------------------------

    def _take(self, character: Character) -> None:
        self._stage.take(character)
        self.session.show(character)
        self._drawn = None
        glfw.set_window_title(self.window, _title(character))

    def _load(self) -> bool:
        """Read what the session wants beside the loop, and show it when it is there; return True on any news."""
        wanted = self.session.wanted
        if self._loading is None and wanted is not None:
            future = self._loader.submit(read_character, wanted[1], wanted[2])
            self._loading = wanted[1], future
            return True
        if self._loading is None or not self._loading[1].done():
            return False
        path, future = self._loading
        self._loading = None
        if wanted is None or wanted[1] != path:  # meanwhile another was asked for
            return True
        try:
            self._take(future.result())
        except Exception as error:  # noqa: BLE001  whatever a stranger's file provokes, the window stays
            self.session.fail(error)
        return True

    def _save(self) -> None:
        assert self.session.saving is not None
        data = io.BytesIO()
        Image.fromarray(self._stage.dataset(self.session, self._size, as_seen=self.session.saving[1])).save(data, "PNG")
        self.session.saved(data.getvalue())
        self._frames = FRAMES

    # --- drawing ------------------------------------------------------------------------------------------------------

    @property
    def _settled(self) -> bool:
        """True when the kept picture shows the session as well as it can."""
        return self._drawn is not None and self._drawn[0] == self.session.seen and self._drawn[2] == RESTING

    def _draw(self) -> None:
        width, height = glfw.get_framebuffer_size(self.window)
        units = glfw.get_window_size(self.window)
        layout = Layout((float(units[0]), float(units[1])), self._scale)
        if not (width and height):  # minimised
            return
        pixels = width / layout.size[0]
        left, top, across, down = (round(edge * pixels) for edge in layout.stage)
        side, frame_side = max(across, down), min(across, down) * MARGIN
        self.inputs.stage, self.inputs.side = layout.stage, frame_side / pixels
        shown = max(drawn_size(side), side)
        self._picture(side, shown / frame_side)
        self._canvas.begin((width, height), BEHIND)
        place = (left + (across - shown) // 2, top + (down - shown) // 2, shown, shown)
        self._canvas.show((left, top, across, down), place, self._ground(pixels * self._scale))
        self._widgets(layout, pixels)

    def _picture(self, side: int, reach: float) -> None:
        """Draw the character if it changed: roughly while it moves, well when it rests."""
        seen, now = self.session.seen, time.perf_counter()
        changed = self._drawn is None or self._drawn[:2] != (seen, side)
        if changed:
            self._changed_at = now
        elif self._drawn is not None and (self._drawn[2] == RESTING or now - self._changed_at < REST):
            return
        moving = changed and self._drawn is not None
        size = drawn_size(side) if not moving else drawn_size(drawn_size(side) // self._coarse)
        samples = MOVING if moving else RESTING
        self._canvas.keep(self._stage.view(self.session, size, reach, samples))
        took = (time.perf_counter() - now) * 1e3
        if self._drawn is not None and self._drawn[1:] == (side, MOVING):  # else it held preparations
            self.milliseconds = took
            self._coarse = 2 if took > SLOW else 1 if took < QUICK else self._coarse
        self._drawn = (seen, side, samples)

    def _ground(self, pixel: float) -> Ground:
        name = GROUNDS[self.session.ground]
        return Ground(*CHECKER, round(12 * pixel)) if name == "checker" else Ground(COLORS[name])

    def _widgets(self, layout: Layout, pixels: float) -> None:
        settings = imgui.get_io()
        settings.display_size = layout.size
        settings.display_framebuffer_scale = (pixels, pixels)
        now = time.perf_counter()
        settings.delta_time = max(now - self._clock, 1e-4)
        self._clock = now
        imgui.new_frame()  # type: ignore[no-untyped-call]
        renderer = driver(self._context).renderer
        facts = Facts(self.milliseconds, renderer, self._stage.warnings, self._japanese)
        frame = self.session.dataset_frame(layout.stage, self.inputs.side) if self.session.frame else None
        self.panel.build(layout, facts, frame)
        imgui.render()
        self._canvas.interface(imgui.get_draw_data(), layout.size)


def _title(character: Character) -> str:
    return f"{shown(character.path.name)} - mmdgen"

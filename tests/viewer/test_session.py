"""What the viewer's commands do, without a window."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from builders import head_model, saved

from mmdgen.annotation import PERSON, Annotation, HeadRange, save, to_json
from mmdgen.framing import head_framing
from mmdgen.library.proposals import propose
from mmdgen.model import ImpulseMorph, Model, Morph, Panel
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import IDENTITY, NAMES, PARAMETERS
from mmdgen.viewer.character import Character, read_character
from mmdgen.viewer.keys import BY_KEY, GROUPS
from mmdgen.viewer.session import GROUNDS, LONG, SHORT, STEP, Session
from mmdgen.viewer.view import View


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder with a whole model, one without winks and one without a head."""
    folder = tmp_path_factory.mktemp("models")
    model = saved(head_model(), folder / "a-head.pmx")
    mouth = tuple(m for m in model.morphs if m.panel == Panel.MOUTH)
    saved(replace(model, morphs=mouth), folder / "b-blinkless.pmx")
    bones = tuple(replace(b, name={"頭": "x", "首": "y"}.get(b.name, b.name)) for b in model.bones)
    saved(replace(model, bones=bones), folder / "c-headless.pmx")
    saved(replace(model, morphs=()), folder / "d-morphless.pmx")
    return folder


def read(home: Path, name: str) -> Character:
    return read_character(home / f"{name}.pmx", home / ".mmdgen" / "annotations")


@pytest.fixture(scope="module")
def character(home: Path) -> Character:
    return read(home, "a-head")


@pytest.fixture
def session(home: Path, character: Character, tmp_path: Path) -> Session:
    made = Session([(home / "a-head.pmx", home)], None, tmp_path, toon=False)
    made.show(character)
    return made


def number(model: Model, name: str) -> int:
    return model.morphs_named(name)[0]


# --- what can act ---------------------------------------------------------------------------------------------------


def test_a_whole_model_is_bound_as_for_the_dataset(home: Path, character: Character) -> None:
    binding = bind(replace(character.model, morphs=character.model.morphs[: character.listed]), character.annotation)
    assert character.idle == {}
    pose = (0.3, -0.4, 0.5, 0.6, 0.7, 0.8)
    assert character.state(pose, {}) == binding.state(np.array([pose]))
    assert character.head == head_framing(binding.model, binding.head)


@pytest.mark.parametrize(
    ("name", "idle"),
    [
        ("b-blinkless", {"eye_left": "no eye closing", "eye_right": "no eye closing"}),
        ("c-headless", dict.fromkeys(NAMES, "no bone 頭")),
        ("d-morphless", {"eye_left": "no eye closing", "eye_right": "no eye closing", "mouth": "no mouth morph"}),
    ],
)
def test_parameters_that_cannot_act_say_why(home: Path, name: str, idle: dict[str, str]) -> None:
    assert read(home, name).idle == idle


@pytest.mark.parametrize("name", ["a-head", "b-blinkless", "c-headless", "d-morphless"])
def test_a_parameter_acts_unless_it_is_idle(home: Path, name: str) -> None:
    character = read(home, name)
    rest = character.state(IDENTITY, {})
    for i, parameter in enumerate(PARAMETERS):
        other = parameter.high if parameter.identity != parameter.high else parameter.low
        moved = character.state((*IDENTITY[:i], other, *IDENTITY[i + 1 :]), {})
        assert (moved != rest) == (parameter.name not in character.idle), parameter.name


def test_idle_parameters_stay_and_morphs_of_such_models_move(home: Path, tmp_path: Path) -> None:
    session = Session([], None, tmp_path, toon=False)
    session.show(read(home, "c-headless"))
    session.set_pose("head_x", 0.5)
    assert session.pose == IDENTITY
    session.set_weight(3, 0.5)
    assert session.state().weight[0, 3] == np.float32(0.5)
    assert session.seen.whole
    assert session.frame_shown == session.character.whole


def test_morphs_that_push_bodies_show_nothing(character: Character) -> None:
    none, floats = np.zeros(0, np.int32), np.zeros((0, 3), np.float32)
    push = Morph("push", "", Panel.OTHER, ImpulseMorph(none, none.astype(np.uint8), floats, floats))
    model = replace(character.model, morphs=(*character.model.morphs, push))
    assert not replace(character, model=model).shows(len(model.morphs) - 1)
    assert character.shows(0)


# --- commands -------------------------------------------------------------------------------------------------------


def test_no_key_means_two_things_and_every_command_is_carried_out(session: Session) -> None:
    commands = [command for group in GROUPS.values() for command in group]
    assert len({key for c in commands for key in c.keys}) == sum(len(c.keys) for c in commands)
    session.shelf *= 3
    for command in commands:
        session.pose, session.view, session.help = (0.5,) * 6, View(yaw=1), command.name == "away"
        session.wanted = session.saving = None
        before = dict(vars(session))
        session.do(command.name)
        assert vars(session) != before, command.name
    assert not session.key("no such key")


@pytest.mark.parametrize("parameter", PARAMETERS, ids=lambda p: p.name)
def test_keys_move_every_parameter_both_ways_within_its_range(session: Session, parameter) -> None:
    for sign, bound in (("+", parameter.high), ("-", parameter.low)):
        key = next(key for key, command in BY_KEY.items() if command == parameter.name + sign)
        for _ in range(round((parameter.high - parameter.low) / STEP) + 3):
            session.key(key)
        assert session.pose[NAMES.index(parameter.name)] == bound
    untouched = [i for i, name in enumerate(NAMES) if name != parameter.name]
    assert [session.pose[i] for i in untouched] == [IDENTITY[i] for i in untouched]


def test_the_last_hand_on_a_morph_wins(session: Session, character: Character) -> None:
    (wink,) = set(character.driven_by("eye_left"))
    session.set_pose("eye_left", 0.5)
    session.set_weight(wink, 0.25)
    assert session.state().weight[0, wink] == np.float32(0.25)
    session.set_pose("eye_left", 0.75)
    assert session.state().weight[0, wink] == np.float32(0.75)


def test_rest_is_the_datasets_rest(session: Session, character: Character) -> None:
    for name in NAMES:
        session.set_pose(name, 0.5)
    session.set_weight(7, 1.0)
    session.do("rest")
    assert session.state() == character.state(IDENTITY, {})


@pytest.mark.parametrize("command", ["toon", "edge", "whole", "ik"])
def test_switches_change_what_is_seen_and_back(session: Session, command: str) -> None:
    before = session.seen
    session.do(command)
    assert session.seen != before
    session.do(command)
    assert session.seen == before


def test_toon_brings_its_outlines(session: Session) -> None:
    session.do("toon")
    assert (session.seen.look.shading, session.seen.look.edge) == ("toon", 1.0)
    session.do("edge")
    assert (session.seen.look.shading, session.seen.look.edge) == ("toon", 0.0)


def test_grounds_go_round(session: Session) -> None:
    seen = []
    for _ in GROUNDS:
        seen.append(session.ground)
        session.do("ground")
    assert sorted(seen) == list(range(len(GROUNDS)))
    assert session.ground == 0


def test_dragging_and_the_wheel_move_the_view(session: Session) -> None:
    session.drag(10, 0, pan=False, side=100)
    assert session.view.yaw < 0  # the face goes where the mouse goes: to the right
    session.drag(25, -50, pan=True, side=100)
    assert (session.view.x, session.view.y) == (-0.5, -1.0)
    session.wheel(3, 0, 0, side=100)
    assert session.view.zoom > 1
    session.key("r")
    assert session.view == View()


@pytest.mark.parametrize("whole", [False, True])
def test_the_frame_lies_where_chin_top_and_head_bone_are_seen(session: Session, whole: bool) -> None:
    session.whole, session.view = whole, View(zoom=1.5, x=0.2, y=-0.1)
    stage, side = (10.0, 20.0, 640.0, 480.0), 400.0
    left, top, width, height = session.dataset_frame(stage, side)
    head = session.character.head
    points = np.array([[head.center_x, head.bottom, 0], [head.center_x, head.top, 0]])
    corner = np.array([10 + 320 - 200, 20 + 240 - 200])
    seen = corner + session.view.framing(session.frame_shown).pixel(points, 400)
    np.testing.assert_allclose([[left + width / 2, top + height * row] for row in (3 / 4, 1 / 4)], seen, atol=1e-9)
    assert width == height


def test_without_a_head_there_is_no_frame(home: Path, tmp_path: Path) -> None:
    session = Session([], None, tmp_path, toon=False)
    session.show(read(home, "c-headless"))
    assert session.dataset_frame((0, 0, 9, 9), 9) is None
    session.key("f")
    assert "head" in session.message.text


def test_search_finds_every_word_in_either_name(session: Session, character: Character) -> None:
    session.search = "ウィンク"
    assert session.matching() == [i for i, m in enumerate(character.model.morphs) if "ウィンク" in m.name]
    session.search = "ウィンク 右"
    assert [character.model.morphs[i].name for i in session.matching()] == ["ウィンク右"]
    session.search = ""
    assert len(session.matching()) == character.listed


# --- other models ---------------------------------------------------------------------------------------------------


def test_weights_and_pose_follow_to_a_model_that_has_those_morphs(home: Path, session: Session) -> None:
    session.set_pose("head_y", 0.4)
    session.set_weight(number(session.character.model, "い"), 0.6)
    session.set_weight(number(session.character.model, "真面目"), 0.3)
    session.do("toon")
    session.view = View(yaw=1)
    session.show(read(home, "b-blinkless"))
    assert session.weights == {number(session.character.model, "い"): 0.6}
    assert session.pose[NAMES.index("head_y")] == 0.4
    assert (session.toon, session.view) == (True, View())


def test_dropped_folders_are_leafed_through(home: Path, session: Session) -> None:
    session.drop([home])
    assert [path.name[0] for path, _ in session.shelf] == ["a", "b", "c", "d"]
    assert session.wanted[1] == home / "a-head.pmx"
    for key, name in (("page down", "b-blinkless"), ("page down", "c-headless"), ("page up", "b-blinkless")):
        session.key(key)
        assert session.wanted[1] == home / f"{name}.pmx"
        session.show(read(home, name))
    session.key("page up")
    session.key("page up")
    assert session.wanted[1].name == "d-morphless.pmx"


@pytest.mark.parametrize("name", ["nothing.pmx", "empty"])
def test_what_is_no_model_leaves_everything_as_it_was(session: Session, character: Character, tmp_path, name) -> None:
    (tmp_path / "empty").mkdir()
    shelf = list(session.shelf)
    session.drop([tmp_path / name])
    assert session.message.error
    assert name in session.message.text
    assert (session.character, session.shelf, session.wanted) == (character, shelf, None)


def test_the_models_own_annotation_is_taken(session: Session, character: Character, tmp_path: Path) -> None:
    drawn = replace(character.annotation, head=HeadRange(15.0, 19.5, PERSON, 1.0))
    path = tmp_path / "any name.json"
    path.write_text(json.dumps(to_json(drawn)), encoding="utf-8")
    session.set_weight(2, 0.5)
    session.drop([path])
    assert not session.message.error, session.message
    assert (session.frame_shown.bottom, session.frame_shown.top) == (15.0, 19.5)
    assert session.weights == {2: 0.5}


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": 1}', json.dumps(to_json(Annotation("0" * 64)))], ids=range(5)
)
def test_other_annotations_are_refused_in_a_sentence(session: Session, character, tmp_path: Path, text: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    session.drop([path])
    assert session.message.error
    assert str(path) in session.message.text
    assert session.character is character


def test_the_store_says_where_the_head_is(tmp_path: Path) -> None:
    model = saved(head_model(), tmp_path / "model.pmx")
    save(tmp_path / "store", replace(propose(model), head=HeadRange(15.5, 19.0, PERSON, 1.0)))
    assert read_character(tmp_path / "model.pmx", tmp_path / "store").head.bottom == 15.5
    assert read_character(tmp_path / "model.pmx", tmp_path / "none").head.bottom == pytest.approx(
        builders.CHIN, abs=0.2
    )


# --- messages and pictures --------------------------------------------------------------------------------------------


def test_messages_go_in_time_and_errors_later(session: Session) -> None:
    session.tick(10)
    session.say("hello\x1b[2J\nworld")
    assert session.message.text == "hello\ufffd[2J world"
    session.tick(10 + SHORT - 0.1)
    assert session.message
    session.tick(10 + SHORT)
    assert session.message is None
    session.say("bad", error=True)
    session.tick(10 + LONG)
    assert session.message
    session.key("escape")
    assert session.message is None


def test_pictures_get_the_first_free_name(session: Session, tmp_path: Path) -> None:
    (tmp_path / "a-head-001.png").write_bytes(b"kept")
    for data, name in ((b"2", "a-head-002.png"), (b"3", "a-head-003.png")):
        session.key("s")
        assert session.saving == (tmp_path / name, False)
        session.saved(data)
        assert (tmp_path / name).read_bytes() == data
        assert name in session.message.text
    session.key("shift s")
    assert session.saving[1]
    assert (tmp_path / "a-head-001.png").read_bytes() == b"kept"


def test_a_picture_that_cannot_be_written_is_an_error_in_the_window(session: Session, tmp_path: Path) -> None:
    session.key("s")
    session.saving = (tmp_path / "gone" / "x.png", False)
    session.saved(b"data")
    assert session.message.error


def test_thinking_needs_no_window() -> None:
    code = "import sys, mmdgen.viewer.session; print([m for m in ('moderngl', 'glfw', 'slimgui') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"

"""What a profile adds up, what it names the bottleneck, and that its trace can be read."""

from __future__ import annotations

import json
import re
import threading

import pytest

from mmdgen.commands.render_report import WINDOW, Pace, profile_table
from mmdgen.generate.meter import STAGES, Meter, Span, Spent, Tally
from mmdgen.generate.profile import Profile


def profile(stages: dict[str, tuple[float, float]], seconds: float = 10.0, cpu: float = 1.0, **changed) -> Profile:
    """Of two workers; ``stages`` gives seconds of wall and of CPU time."""
    result = Profile(workers=2, began=100.0, **changed)
    result.add(Tally("a-1", {name: Spent(wall, used, 5) for name, (wall, used) in stages.items()}, [], cpu, 3 << 20))
    result.ended = 100.0 + seconds
    return result


def test_a_meter_counts_from_many_threads():
    meter = Meter(spans=True)

    def work():
        for _ in range(50):
            with meter.stage("compress", 3):
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally = meter.take()
    assert tally.stages["compress"].items == 600
    assert len(tally.spans) == 200
    assert len({span.thread for span in tally.spans}) <= 4
    assert all(span.start <= span.end for span in tally.spans)
    assert tally.memory > 1 << 20
    assert meter.take().stages == {}


def test_what_raises_is_counted_too():
    meter = Meter()
    with pytest.raises(ValueError, match="x"), meter.stage("read"):
        raise ValueError("x")
    assert meter.take().stages["read"].items == 1


def test_idle_is_the_share_in_which_a_kind_of_thread_did_nothing():
    found = profile({"draw": (6, 1), "upload": (4, 1), "read": (5, 1), "wait for model": (2, 0)})
    idle = {row.stage: row.idle for row in found.rows()}
    assert idle["draw"] == idle["upload"] == pytest.approx(0.5), "10 of 2 × 10 seconds"
    assert idle["read"] == pytest.approx(0.75)
    assert idle["compress"] == 1
    assert found.waits()["wait for model"] == pytest.approx(0.1)
    assert {row.stage for row in found.rows()} == set(STAGES)


@pytest.mark.parametrize(
    ("stages", "cpu", "named"),
    [
        ({"read": (19, 19), "draw": (5, 5)}, 19, "read: reading is idle 5%"),
        ({"read": (2, 2), "draw": (5, 5), "read back": (14, 1)}, 10, "read back: .* waits for OpenGL"),
        ({"read": (2, 2), "draw": (5, 5), "compress": (18, 1)}, 10, "compress: "),
        ({"read": (2, 2), "draw": (19, 11)}, 38, "processors, 95% busy; .*: threads of the OpenGL driver"),
        ({"read": (19, 18), "draw": (19, 11)}, 38, "processors, 95% busy; 47% .*: read"),
        ({"read": (2, 2), "draw": (6, 5)}, 8, "draw: .* more workers may help"),
    ],
)
def test_the_bottleneck_is_named(stages, cpu, named):
    found = profile(stages, cpu=cpu, processors=4)

    assert re.search(named, found.bottleneck())


def test_a_profile_is_printed_and_survives_json(capsys):
    found = profile({"draw": (6, 1)})
    found.survey(12, 2, 95.0, 99.0)
    data = json.loads(json.dumps(found.as_json()))
    assert data["peak_memory_bytes"] == 3 << 20
    assert [stage["stage"] for stage in data["stages"]] == ["survey", *STAGES]
    assert data["stages"][0] == {
        "stage": "survey",
        "threads": 2,
        "items": 12,
        "unit": "models",
        "busy_seconds": 8.0,
        "cpu_seconds": 0.0,
        "per_second": 3.0,
        "idle": 0.0,
    }
    from rich.console import Console

    Console(width=80).print(profile_table(found))
    text = capsys.readouterr().out
    assert "bottleneck: draw" in text
    assert "3 MiB" in text


def test_nothing_measured_is_no_bottleneck():
    assert Profile().bottleneck() == "nothing was rendered"


def test_a_trace_has_each_piece_of_work_in_its_thread(tmp_path):
    found = Profile(workers=1, began=100.0)
    found.add(Tally("a-7", {}, [Span("read", 8, 101.0, 101.5), Span("draw", 7, 101.5, 102.0)], 0, 0))
    found.write_trace(tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    work = [event for event in events if event["ph"] == "X"]
    assert [(e["name"], e["pid"], e["tid"], e["ts"], e["dur"]) for e in work] == [
        ("read", 1, 8, 1e6, 5e5),
        ("draw", 1, 7, 1.5e6, 5e5),
    ]
    names = {e["tid"]: e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert names == {8: "reading", 7: "drawing"}


def test_the_pace_is_that_of_the_last_minute(monkeypatch):
    import time

    monkeypatch.setattr(time, "monotonic", lambda: 0.0)
    pace = Pace()
    for second in range(1, 301):
        rate = pace.after(10 if second <= 200 else 2, float(second))
    assert rate == pytest.approx(2.0)
    assert pace.after(0, 300 + 2 * WINDOW) < 2

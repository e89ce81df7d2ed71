"""One target in one process: fuzzes for a while, or replays inputs without the fuzzer.

    python fuzz/worker.py pmx --seconds 60 --corpus /tmp/somewhere --finds fuzz/finds
    python fuzz/worker.py pmx --replay fuzz/finds/pmx-*

A find does not end the run: the first input of each kind (by exception and place) is kept and the fuzzer goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent)]

if TYPE_CHECKING:
    from targets import Target

PACKAGES = ("mmdgen.formats", "mmdgen.annotation", "mmdgen.shot", "mmdgen.motion", "mmdgen.generate.splits", "PIL")
PACKAGES = (
    *PACKAGES,
    "mmdgen.library.imports",
    "mmdgen.shard",
    "zipfile",
    "py7zr",
    "rarfile",
)  # coverage leads the way
HANG = 60  # seconds of one input after which libFuzzer ends the process


def main() -> None:
    """Fuzz or replay as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--finds", type=Path, default=HERE / "finds")
    parser.add_argument("--replay", type=Path, nargs="+")
    options = parser.parse_args()
    if options.replay:
        from targets import TARGETS

        sys.exit(replay(TARGETS[options.target], options.replay))
    fuzz(options.target, options.seconds, options.corpus, options.finds)


def replay(target: Target, files: list[Path]) -> int:
    """Check each file, print what it raises, and return 1 when one did."""
    failed = 0
    for path in files:
        try:
            accepted = target.check(path.read_bytes(), True)
        except BaseException:  # noqa: BLE001 - that is what we are after
            failed = 1
            print(f"{path}: FIND\n{traceback.format_exc()}")
        else:
            print(f"{path}: {'accepted' if accepted else 'refused'}")
    return failed


def fuzz(name: str, seconds: int, corpus: Path, finds: Path) -> None:
    """Run libFuzzer over the target; never returns."""
    try:
        import atheris
    except ImportError:
        sys.exit("fuzz: atheris is not installed, expected it; pip install 'mmdgen[fuzz]' (Linux only)")
    with atheris.instrument_imports(include=list(PACKAGES), enable_loader_override=False):
        from targets import TARGETS, real_files

        target = TARGETS[name]
        for module in target.modules:
            importlib.import_module(module)
    corpus.mkdir(parents=True, exist_ok=True)
    finds.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha1(seed).hexdigest()).write_bytes(seed)  # noqa: S324 - a name
        target.check(seed, True)  # also warms up: fonts, thread pools, lazy imports
    tally = Tally(name, finds, corpus)

    def one(data: bytes) -> None:
        try:
            tally.accepted += target.check(data, False)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a find
            tally.keep(data, error)
        tally.ran += 1
        tally.save_now_and_then()

    arguments = [
        sys.argv[0],
        str(corpus),
        f"-max_total_time={seconds}",
        f"-max_len={target.largest}",
        f"-artifact_prefix={finds}/{name}-died-",
        f"-timeout={HANG}",
        f"-report_slow_units={HANG}",
        "-rss_limit_mb=6000",
        "-print_final_stats=1",
        "-reload=0",
    ]
    if files := real_files(target):
        arguments.append("-seed_inputs=" + ",".join(map(str, files)))
    hooks: dict[str, Any] = {}
    if mutator := target.mutator:
        hooks["custom_mutator"] = lambda data, limit, seed: mutator(data, limit, seed, atheris.Mutate)
    if target.crossover:
        hooks["custom_crossover"] = target.crossover
    atheris.Setup(arguments, one, **hooks)
    tally.save()
    atheris.Fuzz()


class Tally:
    """What a run has done so far, written beside the corpus now and then: libFuzzer ends the process without a word."""

    def __init__(self, name: str, finds: Path, corpus: Path) -> None:
        self.ran = self.accepted = 0
        self._name, self._finds = name, finds
        self._file = corpus.with_suffix(".tally")
        self._known: set[str] = set()
        self._start = self._saved = time.monotonic()

    def save_now_and_then(self) -> None:
        """Write the counts when the last time is a second ago."""
        if time.monotonic() - self._saved > 1:
            self.save()

    def save(self) -> None:
        """Write the counts."""
        self._saved = time.monotonic()
        text = f"{self.ran} {self.accepted} {len(self._known)} {time.monotonic() - self._start:.1f}\n"
        part = self._file.with_suffix(".part")
        part.write_text(text)
        os.replace(part, self._file)

    def keep(self, data: bytes, error: BaseException) -> None:
        """Keep an input when it is the first to break at this place in this way."""
        frames = [
            f for f in traceback.extract_tb(error.__traceback__) if "/mmdgen/" in f.filename or "promises" in f.filename
        ]
        last = frames[-1] if frames else None
        kind = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}" if last else type(error).__name__
        if kind in self._known:
            return
        self._known.add(kind)
        path = self._finds / f"{self._name}-{kind}"
        if not path.exists() or len(data) < path.stat().st_size:
            path.write_bytes(data)
        print(f"FIND {path}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr, flush=True)
        self.save()


if __name__ == "__main__":
    main()

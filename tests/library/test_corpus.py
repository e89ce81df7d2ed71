"""Proposals for real models against what was read off their pictures by eye."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from corpus import corpus_models
from subjects import numbers, renamed

from mmdgen.annotation import SLOTS, Annotation
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.library.proposals.displacement import distance, moves
from mmdgen.library.proposals.morphs import propose_slots
from mmdgen.model import Model

pytestmark = pytest.mark.corpus
LABELS = json.loads((Path(__file__).parent / "corpus_labels.json").read_text())
ROWS = 128  # of the head, in a picture of 256


@cache
def labelled() -> dict[str, tuple[Model, Annotation]]:
    models = (read_model(p) for p in corpus_models() if "characters" in p.parts)
    return {m.source.sha256: (m, propose(m)) for m in models if m.source.sha256 in LABELS}


@pytest.fixture(scope="module")
def found(corpus):
    assert len(labelled()) == len(LABELS)
    return labelled()


@pytest.mark.parametrize("sha256", LABELS)
def test_slots_are_exactly_those_that_were_seen(found, sha256):
    _, annotation = found[sha256]
    assert numbers(annotation.slots) == LABELS[sha256]["slots"]
    assert all(s.confidence >= 0.8 for s in annotation.slots.values() if s)


def test_heads_are_measured_to_a_row_in_the_median_and_to_four_at_worst(found):
    errors = []
    for sha256, (model, annotation) in found.items():
        label = LABELS[sha256]
        row = (label["top"] - label["bottom"]) / ROWS
        errors += [(annotation.head.bottom - label["bottom"]) / row, (annotation.head.top - label["top"]) / row]
        assert annotation.head.confidence >= 0.8, model.source.path
    worst = sorted(map(abs, errors))
    assert worst[-1] <= 4
    assert worst[len(worst) // 2] <= 1


@pytest.mark.parametrize("sha256", LABELS)
def test_without_names_every_eye_is_closed_by_the_same_movement(found, sha256):
    """Where no name helps, a copy of a morph may be chosen, and a smile among several only by guess."""
    model, _ = found[sha256]
    slots, movement = propose_slots(renamed(model)), {m.number: m.displacement for m in moves(renamed(model))}
    for slot in SLOTS[:5]:
        expected, number = LABELS[sha256]["slots"][slot], numbers(slots)[slot]
        if expected is None:
            assert number is None or slots[slot].confidence < 0.8
        else:
            assert distance(movement[number], movement[expected]) < 0.1 * movement[expected].size


def test_without_names_of_materials_heads_are_the_same(found):
    for sha256, (model, annotation) in found.items():
        hidden = replace(model, materials=tuple(replace(m, name="材質", name_en="") for m in model.materials))
        row = (annotation.head.top - annotation.head.bottom) / ROWS
        head = propose(hidden).head
        assert abs(head.top - annotation.head.top) < 4 * row, LABELS[sha256]
        assert head.bottom == annotation.head.bottom


def test_a_proposal_takes_no_longer_than_a_glance(found):
    model, _ = max(found.values(), key=lambda f: len(f[0].vertices) * len(f[0].morphs))
    began = time.process_time()
    propose(model)
    assert time.process_time() - began < 5

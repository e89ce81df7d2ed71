"""Where every model of a scan stands, and why one is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmdgen.library.inventory import Item

UNREADABLE, NO_CHARACTER, REJECTED, COPY, NOT_READY, READY = STATES = (
    "unreadable",
    "no character",
    "rejected",
    "duplicate",
    "not ready",
    "ready",
)
HOW_TO_GO_ON = {
    UNREADABLE: "damaged, or no model at all",
    NO_CHARACTER: "a stage, a prop or an accessory",
    REJECTED: "a person said so",
    COPY: "another file has the same content and textures",
    NOT_READY: "`mmdgen render` would leave them out: annotate them",
    READY: "`mmdgen annotate-auto` and `mmdgen render` can take them as they are",
}


@dataclass(frozen=True)
class Standing:
    """One of STATES, and the reasons for which a model is left out, in short phrases; none for one that is ready."""

    state: str
    reasons: tuple[str, ...] = ()


def standings(items: Sequence[Item]) -> list[Standing]:
    """Judge models in the order of their paths: of several that are the same, the first that is ready counts."""
    kept: dict[tuple[str, str], str] = {}
    found = []
    for item in items:
        record, path = item.record, str(item.place.path)
        study, judgement = record.study, record.judgement
        if study is None or judgement is None:
            found.append(Standing(UNREADABLE, (record.error,)))
        elif judgement.verdict == "reject":
            found.append(Standing(REJECTED, tuple(judgement.reasons)))
        elif study.character:
            found.append(Standing(NO_CHARACTER, (study.character,)))
        elif not judgement.ready:
            smiling = ("ready with --allow-smile",) if judgement.with_smile else ()
            found.append(Standing(NOT_READY, (*judgement.reasons, *smiling)))
        elif (first := kept.setdefault(record.identity, path)) != path:
            found.append(Standing(COPY, (f"the same as {first}",)))
        else:
            found.append(Standing(READY))
    return found

"""The page of ``mmdgen scan``: every model with its picture, those alike side by side, and what makers say."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mmdgen.library.census import Census
from mmdgen.library.readmes import Readme
from mmdgen.library.standing import HOW_TO_GO_ON, NOT_READY, READY, UNREADABLE
from mmdgen.page.frame import details, lines, page, section, text

GROUPS = {
    "duplicates": "There more than once",
    "recolours": "One mesh, other colours",
    "alike": "Look alike",
}
SLOTS = {
    "normal_left": "left",
    "normal_right": "right",
    "normal_both": "blink",
    "smile_left": "smiling left",
    "smile_right": "smiling right",
    "smile_both": "smile",
    "mouth": "あ",
}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
MOST_NAMED = 40  # models of one readme that are named


def triage_page(census: Census) -> str:
    """Return the page about a census; cards of models lead to each other, nothing is loaded and no script runs."""
    count = len(census.items)
    heading = f"{count} model{'' if count == 1 else 's'}"
    return page(
        heading,
        "mmdgen scan",
        [f"<h1>mmdgen scan · {heading}</h1>\n", _summary(census), *_body(census), _terms(census)],
    )


def _body(census: Census) -> Iterable[str]:
    for what, groups in census.groups().items():
        if groups:
            families = "".join(_family(census, group) for group in sorted(groups, key=lambda g: not _usable(census, g)))
            content = f'<div class="families">\n{families}</div>\n'
            yield f'<div id="{what}">{section(f"{GROUPS[what]} ({_groups(groups)})", content)}</div>\n'
    by_state = defaultdict(list)
    for number, standing in enumerate(census.standings):
        by_state[standing.state].append(number)
    for state in (NOT_READY, READY, *(s for s in census.counts() if s not in (NOT_READY, READY))):
        if numbers := by_state[state]:
            content = _by_reason(census, numbers) if state == NOT_READY else _grid(census, numbers)
            yield f'<div id="{_anchor(state)}">{section(f"{state.capitalize()} ({len(numbers)})", content)}</div>\n'


def _summary(census: Census) -> str:
    """Say how many models are in each state, and how many belong together."""
    rows = [
        (f'<a href="#{_anchor(state)}">{state}</a>', count, text(HOW_TO_GO_ON[state].replace("`", "")))
        for state, count in census.counts().items()
    ]
    rows += [
        (f'<a href="#{what}">{text(GROUPS[what].lower())}</a>', sum(map(len, groups)), _groups(groups))
        for what, groups in census.groups().items()
        if groups
    ]
    body = "".join(f'<tr><td>{a}</td><td class="number">{n}</td><td>{said}</td></tr>\n' for a, n, said in rows)
    return f'<div class="table"><table class="narrow"><tbody>\n{body}</tbody></table></div>\n'


def _anchor(state: str) -> str:
    return state.replace(" ", "-")


def _by_reason(census: Census, numbers: Sequence[int]) -> str:
    """Group models by their first reason, the most frequent first."""
    groups = defaultdict(list)
    for number in numbers:
        groups[census.standings[number].reasons[0]].append(number)
    ordered = sorted(groups.items(), key=lambda item: -len(item[1]))
    return "".join(f"<h4>{text(reason)} ({len(its)})</h4>\n{_grid(census, its)}" for reason, its in ordered)


def _grid(census: Census, numbers: Sequence[int]) -> str:
    cards = "".join(_card(census, number, _said(census, number)) for number in numbers)
    return f'<div class="faces">\n{cards}</div>\n'


def _usable(census: Census, group: Sequence[int]) -> bool:
    return any(census.standings[number].state in (READY, NOT_READY) for number in group)


def _groups(groups: Sequence[object]) -> str:
    return f"{len(groups)} group{'' if len(groups) == 1 else 's'}"


def _family(census: Census, group: Sequence[int]) -> str:
    """Show models that belong together side by side, each with what links it to those before it."""
    cards = []
    for number in group:
        kin = [(other, how) for other, how in census.kin(number, before=True) if other in group]
        said = [f"{how}: {census.items[other].record.path}" for other, how in kin]
        cards.append(_card(census, number, said, link=True))
    return f'<div class="family">\n{"".join(cards)}</div>\n'


def _card(census: Census, number: int, said: Iterable[str], *, link: bool = False) -> str:
    """Show a model with sentences about it; with ``link`` it leads to the card that has all of them."""
    item, standing = census.items[number], census.standings[number]
    study = item.record.study
    name = text((study.name.strip() if study else "") or item.place.path.name)
    picture = study.picture if study and not set(study.picture) - set(LETTERS) else ""
    address = f"data:image/webp;base64,{picture}"
    image = f'<img src="{address}" alt="" loading="lazy">' if picture else '<div class="none">no picture</div>'
    kind, mark = ("ready", "✓") if standing.state == READY else ("refused", "✗")
    opening = "<figure>" if link else f'<figure id="model-{number}">'
    title = f'<a href="#model-{number}">{name}</a>' if link else name
    notes = "".join(f"<span>{text(line)}</span>" for line in said)
    return (
        f'{opening}{image}<figcaption><b><span class="{kind}">{mark}</span> {title}</b>'
        f"<span>{text(item.record.path)}</span>{notes}</figcaption></figure>\n"
    )


def _said(census: Census, number: int) -> list[str]:
    record, standing = census.items[number].record, census.standings[number]
    said = list(standing.reasons)
    if record.judgement is not None and standing.state in (READY, NOT_READY):
        filled = {name: slot for name, slot in record.judgement.slots.items() if slot}
        said.append("closes and opens: " + (", ".join(_slot(name, filled[name]) for name in filled) or "nothing"))
    if record.study is not None and record.study.missing:
        said.append(f"{len(record.study.missing)} textures missing: {', '.join(record.study.missing[:3])}")
    if standing.state == UNREADABLE or not census.readmes[number]:
        return said
    quoted = any(readme.terms for readme in census.readmes[number])
    return [*said, "terms quoted below" if quoted else "readme without words of terms"]


def _slot(name: str, slot: dict[str, object]) -> str:
    return SLOTS[name] + ("" if slot["trusted"] else "?")


def _terms(census: Census) -> str:
    """Quote every readme's passages on terms once, in their own language, with the models that they are beside."""
    models: dict[tuple[str, ...], list[int]] = defaultdict(list)
    readmes: dict[tuple[str, ...], Readme] = {}
    for number, beside in enumerate(census.readmes):
        for readme in beside:
            if readme.terms:
                models[readme.terms].append(number)
                readmes.setdefault(readme.terms, readme)
    parts = [_quoted(census, readmes[terms], numbers) for terms, numbers in models.items()]
    return section("What the makers say", "".join(parts)) if parts else ""


def _quoted(census: Census, readme: Readme, numbers: Sequence[int]) -> str:
    links = ", ".join(
        f'<a href="#model-{number}">{text(census.items[number].record.path)}</a>' for number in numbers[:MOST_NAMED]
    )
    more = f" and {len(numbers) - MOST_NAMED} more" if len(numbers) > MOST_NAMED else ""
    quotes = "".join(f"<blockquote>{lines(passage.split(chr(10)))}</blockquote>\n" for passage in readme.terms)
    said = f'<p class="soft">{text(readme.encoding)}, beside {links}{more}</p>\n{quotes}'
    folder = posixpath.dirname(census.items[numbers[0]].record.path)
    return details(posixpath.normpath(posixpath.join(folder, readme.path)), said, len(numbers))

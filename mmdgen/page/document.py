"""One HTML page about models that needs nothing else: no network, no scripts. All texts are strangers' and escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmdgen.page import wording
from mmdgen.page.frame import details, lines, listed, page, section, table, text
from mmdgen.page.pictures import Pictures

OTHERS = "Others that act on eyes or mouth"


def document(
    models: Sequence[tuple[dict[str, Any], Pictures | None]], unreadable: Sequence[Mapping[str, str]] = ()
) -> str:
    """Return the page about models, each as ``describe`` says, with its pictures; ``unreadable`` has path and error."""
    heading = wording.title(models[0][0]) if len(models) == 1 else f"{len(models)} models"
    body = [
        f"<h1>mmdgen inspect{f' · {text(heading)}' if len(models) != 1 else ''}</h1>\n",
        _contents([found for found, _ in models]) if len(models) > 1 else "",
        *(_article(number, found, pictures) for number, (found, pictures) in enumerate(models, 1)),
        section("Cannot be read", listed(item["error"] for item in unreadable)) if unreadable else "",
    ]
    return page(heading, "mmdgen inspect", body)


def _contents(models: Sequence[dict[str, Any]]) -> str:
    rows = []
    for number, found in enumerate(models, 1):
        kind, mark = ("ready", "✓") if found["render"]["ready"] else ("refused", "✗")
        title, file = wording.title(found), wording.file(found)
        beside = f" <small>{text(file)}</small>" if file != title else ""
        link = f'<a href="#model-{number}">{text(title)}</a>'
        rows.append(f'<li><span class="{kind}">{mark}</span> {link}{beside}</li>\n')
    return f"<nav><ol>\n{''.join(rows)}</ol></nav>\n"


def _article(number: int, found: dict[str, Any], pictures: Pictures | None) -> str:
    warnings = wording.collapsed(found["warnings"])
    verdict = f"Wrong with it ({len(found['warnings'])})" if warnings else "Nothing is wrong"
    slots = list(wording.slots(found))
    parts = [
        f'<article id="model-{number}">\n',
        _hero(found, pictures),
        _faces(found["morphs"], pictures) if pictures else "",
        section("Head and slots", table(("", "which", "by", "confidence"), slots)) if slots else "",
        _terms(found),
        section(verdict, listed(warnings)) if warnings else f"<h3>{verdict}</h3>\n",
        _parts(found),
        "</article>\n",
    ]
    return "".join(parts)


def _hero(found: dict[str, Any], pictures: Pictures | None) -> str:
    kind, mark = ("ready", "✓") if found["render"]["ready"] else ("refused", "✗")
    views = [(pictures.head, "head"), (pictures.whole, "whole figure")] if pictures else []
    images = "".join(f'<img src="{address}" alt="{what}">' for address, what in views if address)
    facts = "".join(f"<dt>{text(what)}</dt><dd>{text(said)}</dd>\n" for what, said in wording.facts(found).items())
    return (
        f'<div class="hero">\n<div class="pair">{images}</div>\n<div>\n<h2>{text(wording.title(found))}</h2>\n'
        f'<div class="soft">{text(found["path"])}</div>\n'
        f'<p class="verdict {kind}">{mark} {text(wording.verdict(found))}</p>\n'
        f"<dl>\n{facts}</dl>\n</div>\n</div>\n"
    )


def _faces(morphs: Sequence[dict[str, Any]], pictures: Pictures) -> str:
    """Show the face under each morph of eyes and mouth at weight 1, beside the face at rest."""
    rest = f'<figure><img src="{pictures.rest}" alt="at rest"><figcaption><i>at rest</i></figcaption></figure>\n'
    groups: dict[str, list[str]] = {}
    for number, morph in enumerate(morphs):
        if number in pictures.morphs:
            panel = wording.PANELS[morph["panel"]] if morph["panel"] in ("eye", "mouth") else OTHERS
            groups.setdefault(panel, []).append(_face(number, morph, pictures.morphs[number]))
    parts = []
    for panel in (*wording.PANELS.values(), OTHERS):
        if faces := groups.get(panel):
            title = f"<h4>{text(panel)} ({len(faces)})</h4>"
            parts.append(f'{title}\n<div class="faces">\n{rest}{"".join(faces)}</div>\n')
    return section("At weight 1", "".join(parts)) if parts else ""


def _face(number: int, morph: dict[str, Any], address: str) -> str:
    name = morph["name"].strip() or "(no name)"
    english = wording.english(morph)
    lines = [
        " · ".join(filter(None, (f"#{number}", morph["side"], english))),
        morph["does"],
    ]
    said = "".join(f"<span>{text(line)}</span>" for line in lines if line)
    slots = "".join(f'<span class="slot">slot {text(slot.replace("_", " "))}</span>' for slot in morph["slots"])
    return (
        f'<figure data-morph="{number}"><img src="{address}" alt="{text(name)}" loading="lazy">'
        f"<figcaption><b>{text(name)}</b>{said}{slots}</figcaption></figure>\n"
    )


def _terms(found: dict[str, Any]) -> str:
    """Quote the model's own comment, and what the readmes say of terms, in their own language."""
    parts = []
    if comment := wording.comment(found):
        parts.append(f"<h4>The model's own comment</h4>\n<blockquote>{lines(comment)}</blockquote>\n")
    for readme in found["readmes"]:
        if readme["terms"]:
            parts.append(f"<h4>{text(readme['path'])} <small>{text(readme['encoding'])}</small></h4>\n")
            parts += [f"<blockquote>{lines(p.split(chr(10)))}</blockquote>\n" for p in readme["terms"]]
    if others := ", ".join(readme["path"] for readme in found["readmes"] if not readme["terms"]):
        parts.append(f'<p class="soft">Beside it, nothing quoted: {text(others)}</p>\n')
    return section("What its makers say", "".join(parts)) if parts else ""


# --- tables -----------------------------------------------------------------------------------------------------------


def _morphs(morphs: Sequence[dict[str, Any]]) -> str:
    heads = ("#", "morph", "English", "side", "does", "kind", "elements", "moves")
    parts = []
    for panel, title in wording.PANELS.items():
        rows = [
            (
                i,
                m["name"],
                wording.english(m),
                m["side"],
                m["does"],
                m["kind"],
                m["elements"],
                m["moved_vertices"] or None,
            )
            for i, m in enumerate(morphs)
            if m["panel"] == panel
        ]
        if rows:
            parts.append(f"<h4>{title} ({len(rows)})</h4>\n{table(heads, rows)}")
    return "".join(parts)


def _materials(materials: Sequence[dict[str, Any]]) -> str:
    rows = [
        (i, m["name"], m["triangles"], f"{m['alpha']:g}", wording.drawn(m), m["texture"], wording.sphere(m), m["toon"])
        for i, m in enumerate(materials)
    ]
    heads = ("#", "material", "triangles", "alpha", "drawn", "texture", "sphere", "toon")
    return table(heads, rows)


def _textures(textures: Sequence[dict[str, Any]]) -> str:
    rows = [
        (i, t["path"], wording.size(t), "yes" if t["alpha"] else "", " ".join(t["used_as"]))
        for i, t in enumerate(textures)
    ]
    return table(("#", "texture", "size", "alpha", "used as"), rows)


def _parts(found: dict[str, Any]) -> str:
    """Return the tables of all that the file lists, folded away."""
    morphs, materials, textures = (found[what] for what in ("morphs", "materials", "textures"))
    tables = [
        details("Morphs", _morphs(morphs), len(morphs)),
        details("Materials", _materials(materials), len(materials)),
        details("Textures", _textures(textures), len(textures)),
    ]
    return section("What it is made of", "".join(tables)) if any(tables) else ""

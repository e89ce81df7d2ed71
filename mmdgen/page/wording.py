"""What the terminal's tables and the HTML page say alike of a description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

PANELS = {"eye": "Eyes", "mouth": "Mouth", "brow": "Brows", "other": "Other", "system": "System"}
KINDS = {"normal": "closes as a blink", "smile": "closes smiling"}
SIDES = ("left", "right", "both")
EXAMPLES = 3  # warnings of one kind that are shown before they are only counted


def title(found: dict[str, Any]) -> str:
    """Return what to call a model: its name, or its file's."""
    name: str = found["name"].strip()
    return name or file(found)


def file(found: dict[str, Any]) -> str:
    """Return the name of a model's file."""
    path: str = found["path"]
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def verdict(found: dict[str, Any]) -> str:
    """Say whether a model can be rendered, and if not why."""
    render = found["render"]
    if not render["ready"]:
        smile = "; --allow-smile would do" if render["with_allow_smile"] else ""
        return f"cannot be rendered: {'; '.join(render['reasons'])}{smile}"
    then = "" if render["annotation"] == "stored" else ", once mmdgen annotate-auto has written its proposal"
    return f"can be rendered{then}"


def facts(found: dict[str, Any]) -> dict[str, str]:
    """Return what a model is made of, each fact under its name."""
    bones, box = found["bones"], found["box"]
    name, english = found["name"].strip(), found["name_en"].strip()
    size = [high - low for low, high in zip(box["low"], box["high"], strict=True)] if box else []
    said = {
        "name": f"{name} ({english})" if english and english != name else "",
        "file": f"{found['format'].upper()} {found['version']:.1f}, sha256 {found['sha256'][:12]}",
        "contents": ", ".join(_counted(n, what) for what, n in found["counts"].items() if n),
        "weights": ", ".join(f"{n:,} {deform}" for deform, n in found["deform"].items()),
        "size": " × ".join(f"{length:.1f}" for length in size) + " MMD units" if size else "",
        "bones": " ".join(name if there else f"no {name}" for name, there in bones["standard"].items())
        + "".join(
            f", {bones[k]} {k.replace('_', ' ')}" for k in ("ik", "append", "fixed_axis", "after_physics") if bones[k]
        ),
    }
    return {what: text for what, text in said.items() if text}


def _counted(n: int, what: str) -> str:
    one = {"vertices": "vertex", "rigid_bodies": "rigid body", "soft_bodies": "soft body"}
    return f"{n:,} {(one.get(what, what.removesuffix('s')) if n == 1 else what).replace('_', ' ')}"


def slots(found: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the head range and the slots that something fills: what, which, who says so, how sure that is."""
    if head := found["head"]:
        yield "head", f"chin {head['bottom']:.2f}, top {head['top']:.2f}", *_sure(head)
    for kind, what in KINDS.items():
        for side in SIDES:
            if slot := found["slots"][f"{kind}_{side}"]:
                yield f"{what}, {side}", _filling(slot), *_sure(slot)
    if slot := found["slots"]["mouth"]:
        yield "opens the mouth", _filling(slot), *_sure(slot)


def _filling(slot: dict[str, Any]) -> str:
    half = f" ({slot['side_split']} half)" if slot["side_split"] else ""
    return f"{slot['index']} {slot['name'].strip()}{half}"


def _sure(value: dict[str, Any]) -> tuple[str, str]:
    return value["by"], f"{value['confidence']:.2f}" + ("" if value["trusted"] else ", too little")


def english(morph: dict[str, Any]) -> str:
    """Return a morph's English name where it says more than its name."""
    name: str = morph["name_en"].strip()
    return "" if name == morph["name"].strip() else name


def sphere(material: dict[str, Any]) -> str | None:
    """Return a material's sphere map and how it is combined, None where it has none."""
    used = material["sphere"] and material["sphere_mode"] != "none"
    return f"{material['sphere']} ({material['sphere_mode']})" if used else None


def drawn(material: dict[str, Any]) -> str:
    """Say how a material is drawn."""
    return " ".join(word for word, on in (("two-sided", material["two_sided"]), ("edge", material["edge"])) if on)


def size(texture: dict[str, Any]) -> str:
    """Return a texture's width and height, or what became of it."""
    if texture["size"]:
        return f"{texture['size'][0]} × {texture['size'][1]}"
    return "missing" if texture["shared_toon"] is None else "MMD's own"


def comment(found: dict[str, Any]) -> list[str]:
    """Return the lines of the model's own comment that say something."""
    said = found["comment"] if found["comment"].strip() else found["comment_en"]
    return [line.strip() for line in said.splitlines() if line.strip()]


def collapsed(warnings: Sequence[str]) -> list[str]:
    """Return warnings with those together that differ only in what they quote: the first ones, and how many more."""
    kinds: dict[str, list[str]] = {}
    for warning in warnings:
        kinds.setdefault(_kind(warning), []).append(warning)
    lines = []
    for kind, alike in kinds.items():
        shown = alike if len(alike) <= EXAMPLES + 1 else alike[:EXAMPLES]
        lines += shown
        if len(alike) > len(shown):
            lines.append(f"… and {len(alike) - len(shown)} more: {kind}")
    return lines


def _kind(warning: str) -> str:
    """Return a warning without what it quotes."""
    first, last = warning.find("'"), warning.rfind("'")
    return warning if first < 0 else f"{warning[:first].strip()}{warning[last + 1 :]}"

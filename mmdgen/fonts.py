"""Finds the fonts of this system that show what models are called."""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDERS = {
    "linux": ("~/.local/share/fonts", "~/.fonts", "/usr/local/share/fonts", "/usr/share/fonts"),
    "darwin": ("~/Library/Fonts", "/Library/Fonts", "/System/Library/Fonts"),
    "win32": ("%LOCALAPPDATA%/Microsoft/Windows/Fonts", "%WINDIR%/Fonts"),
}
JAPANESE = (  # beginnings of file names, the nicest first
    *("notosanscjk", "notosansjp", "sourcehansans", "ipaexg", "ipag", "fonts-japanese-gothic", "takao", "vl-gothic"),
    *("ヒラギノ角ゴシック w3", "hiragino", "yugothr", "meiryo", "msgothic", "notoserifcjk", "droidsansfallback", "wqy"),
)
LATIN = (  # likewise; for windows, whose letters are small
    *("inter-regular", "sfns", "segoeui.", "notosans-regular", "ubuntu-r", "opensans-regular", "roboto-regular"),
    *("cantarell-regular", "helveticaneue", "dejavusans.", "liberationsans-regular", "arial."),
)
OTHER_WEIGHTS = ("black", "bold", "heavy", "light", "medium", "thin")  # in the names of their files


def system_fonts(beginnings: tuple[str, ...]) -> list[Path]:
    """Return the fonts of this system whose file names begin so, in that order, plain weights first."""
    found: dict[str, Path] = {}
    for folder in FOLDERS.get(sys.platform, ()):
        for here, _, names in os.walk(Path(os.path.expandvars(folder)).expanduser()):
            for name in names:
                if name.lower().endswith((".ttf", ".ttc", ".otf")):
                    found.setdefault(name.lower(), Path(here) / name)
    names = sorted(found, key=lambda name: (any(weight in name for weight in OTHER_WEIGHTS), name))
    return [found[name] for start in beginnings for name in names if name.startswith(start)]

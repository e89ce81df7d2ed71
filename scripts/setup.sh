#!/usr/bin/env bash
# Makes .venv with everything that one target needs. Usage: scripts/setup.sh EXTRAS, e.g. "trainer" or "trainer,dev".
# A second run with nothing changed touches no network. ALLOW_NO_GL=1 goes on without OpenGL.
set -euo pipefail
cd "$(dirname "$0")/.."
extras=$1

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
need() { # need WHAT PACKAGE...: install Debian packages as root, else say the line to type
    local what=$1; shift
    root || die "$what is missing; type: sudo apt-get install -y --no-install-recommends $*"
    echo "setup: installing $*" >&2
    apt-get update -q >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}

python() { # the first interpreter that is new enough
    local p
    for p in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then command -v "$p"; return; fi
    done
    return 1
}

if [ ! -x .venv/bin/python ]; then
    interpreter=$(python) || { need "Python 3.11 or newer" python3 python3-venv; interpreter=$(python) || die "this system's Python is too old, expected 3.11 or newer; install one from python.org"; }
    "$interpreter" -c 'import ensurepip, venv' 2>/dev/null || need "Python's venv" python3-venv
    "$interpreter" -m venv .venv
fi

gpu=no
command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU && gpu=yes
want=$( { echo "$gpu"; cat pyproject.toml constraints.txt scripts/setup.sh; .venv/bin/python -V; pwd; } | cksum | cut -d' ' -f1)

installed() { # does a stamp for these extras, or for more, match?
    local have
    have=$(cat ".venv/setup-$1" 2>/dev/null) && [ "$have" = "$want" ]
}

if ! installed "$extras" && ! installed "trainer,dev"; then
    echo "setup: installing Python packages into .venv" >&2
    pip=(.venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt)
    if [[ $extras == *trainer* ]] && ! .venv/bin/python -c 'import torch' 2>/dev/null; then
        # PyTorch keeps its builds without CUDA on an index of its own; where that cannot be reached, the ordinary one serves.
        index=https://download.pytorch.org/whl/cpu
        reached() { .venv/bin/python -c 'import sys, urllib.request as r; r.urlopen(sys.argv[1] + "/torch/", timeout=10)' $index 2>/dev/null; }
        if [ "$gpu" = no ] && [ "$(uname -sm)" = "Linux x86_64" ] && reached; then pip+=(--extra-index-url $index); fi
        "${pip[@]}" torch
    fi
    "${pip[@]}" -e ".[$extras]"
    echo "$want" > ".venv/setup-$extras"
fi

if [[ $extras == *dev* ]] && root && ! command -v Xvfb >/dev/null; then # others' tests of windows are left out
    need "a virtual screen (Xvfb)" xvfb libglx-mesa0 libgl1-mesa-dri libx11-6 libxcursor1 libxi6 libxinerama1 libxrandr2
fi

if [[ $extras == *dev* ]] && ! .venv/bin/python -c 'from PySide6 import QtWidgets' 2>/dev/null; then
    need "what Qt's windows need" libglib2.0-0 libxkbcommon0 libfontconfig1 libdbus-1-3 libegl1 libgl1
fi

gl() { .venv/bin/python -c 'from mmdgen.render.context import open_context; open_context()' 2>/dev/null; }
if [ "${ALLOW_NO_GL:-}" != 1 ] && ! gl; then
    need "OpenGL 3.3 (EGL)" libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri
    gl || .venv/bin/python -c 'from mmdgen.render.context import open_context; open_context()' || die "OpenGL 3.3 still cannot be had; ALLOW_NO_GL=1 goes on without it"
fi

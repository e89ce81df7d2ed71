"""``mmdgen scan`` from the command line: worker processes, pictures, the page."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from builders import head_model, saved
from corpus import corpus_models

from mmdgen.cli import app
from mmdgen.shell import run

EVIL = "<script>alert('x')</script>\"'>&amp;\u202e\x1b[31m"
VOID = {"meta", "img", "br"}


def scan(*arguments) -> int:
    return run(app, ["scan", "--workers", "1", *map(str, arguments)])


class Page(HTMLParser):
    """Parses a page, insisting that tags nest."""

    def __init__(self, path) -> None:
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.words = [], [], ""
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "models"
    model = head_model()
    saved(model, root / "a" / "[A] 女の子.pmx")
    dressed = replace(model.materials[0], diffuse=(0.9, 0.1, 0.1, 1.0))
    saved(replace(model, name=EVIL, materials=(dressed, *model.materials[1:])), root / "b" / "x.pmx")
    (root / "b" / "規約.txt").write_bytes("再配布は<禁止>です。\n".encode("cp932"))
    (root / "broken.pmd").write_bytes(b"Pmd\x00\x00\x80?")
    return root


def test_a_table_tells_where_every_model_stands(library, capfd):
    assert scan(library, "--no-pictures") == 0
    out, _ = capfd.readouterr()
    rows = {line.split(".pm")[0].rsplit("/", 1)[-1]: line for line in out.splitlines() if ".pm" in line}
    assert rows["[A] 女の子"].split()[-6:] == ["頭", "首", "lrb", "lrb", "あ", "all"]
    assert "ready" in rows["[A] 女の子"]
    assert "unreadable" in rows["broken"]
    assert "header: byte" in rows["broken"]
    assert "the same mesh as" in rows["x"]
    assert "recolours: 2 models in 1 group" in out
    assert "normal left 2" in out


def test_a_dry_run_writes_nothing_and_json_is_one_document(library, tmp_path, capfd):
    html = tmp_path / "page.html"
    assert scan(library, "--no-pictures", "--dry-run", "--json", "--html", html) == 0
    report = json.loads(capfd.readouterr().out)
    assert (report["html"], report["written"]) == (str(html), False)
    assert len(report["models"]) == 3
    assert not html.exists()
    assert not (library / ".mmdgen").exists()


def test_a_file_named_outright_makes_no_library_of_its_folder(library):
    assert scan(library / "a" / "[A] 女の子.pmx", "--no-pictures") == 0
    assert not (library / "a" / ".mmdgen").exists()
    assert scan(library, "--no-pictures") == 0
    assert scan(library / "b" / "x.pmx", "--no-pictures") == 0
    assert [p.parent.parent for p in library.rglob("scan.jsonl")] == [library]


def test_an_empty_folder_and_a_page_without_a_place_are_wrong_usage(library, tmp_path, capfd):
    (tmp_path / "empty").mkdir()
    assert scan(tmp_path / "empty") == 2
    assert scan(library, "--html", tmp_path / "none" / "page.html") == 2
    assert "no place for a page" in capfd.readouterr().err


@pytest.mark.gl
def test_the_page_shows_every_model_and_deafens_names(library, tmp_path, capfd):
    html = tmp_path / "page.html"
    assert scan(library, "--html", html) == 0
    page = Page(html)
    assert EVIL.split("\u202e", maxsplit=1)[0] in page.words
    assert not {"\u202e", "\x1b"} & set(page.words)
    assert "再配布は<禁止>です。" in page.words
    pictures = [a["src"] for tag, a in page.tags if tag == "img"]
    assert len(pictures) == 4  # two models, each once more among its kin
    assert all(address.startswith("data:image/webp;base64,") for address in pictures)
    anchors = {a["id"] for _, a in page.tags if "id" in a}
    links = [a["href"] for tag, a in page.tags if tag == "a"]
    assert {link.removeprefix("#") for link in links} <= anchors
    assert len(anchors) == len([a for _, a in page.tags if "id" in a])
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "iframe")]
    first = html.read_bytes()
    began = time.monotonic()
    assert scan(library, "--html", html) == 0
    assert html.read_bytes() == first
    assert time.monotonic() - began < 2, "nothing was looked at again"


def alive(group: int) -> bool:
    """Tell whether any process of a group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.gl
def test_an_interrupted_scan_leaves_no_process_and_goes_on(library):
    for i in range(6):
        saved(replace(head_model(), name=f"more {i}"), library / f"m{i}" / "m.pmx")
    command = [sys.executable, "-c", "from mmdgen.cli import main; main()", "scan", str(library), "--workers", "1"]
    journal = library / ".mmdgen" / "scan.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        deadline = time.monotonic() + 60
        while (not journal.exists() or journal.read_bytes().count(b"\n") < 3) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode in (130, 0), err
    deadline = time.monotonic() + 20
    while alive(process.pid) and time.monotonic() < deadline:  # what watches over shared memory goes a little later
        time.sleep(0.05)
    assert not alive(process.pid)
    done = journal.read_bytes().count(b"\n") - 1
    assert done >= 2
    assert scan(library) == 0
    assert journal.read_bytes().count(b"\n") - 1 == 9


def test_help_loads_nothing_heavy() -> None:
    for command in ("scan", "split", "annotations"):
        code = (
            f"import sys; from mmdgen.cli import app; from mmdgen.shell import run; run(app, ['{command}', '--help']); "
            "sys.exit(', '.join({'numpy', 'moderngl', 'h5py', 'scipy', 'PIL'} & set(sys.modules)) or 0)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.corpus
@pytest.mark.gl
def test_versions_of_real_characters_are_found_and_no_others(corpus, tmp_path, capfd):
    models = [str(p) for p in corpus_models() if "characters" in p.parts]
    assert scan(*models, "--dry-run", "--json") == 0
    report = json.loads(capfd.readouterr().out)

    def names(what):
        return sorted(sorted(path.rsplit("/", 1)[-1].split(".")[0] for path in group) for group in report[what])

    assert names("duplicates") == []
    assert names("recolours") == [["Appearance Miku", "Appearance Miku_BDEF"], ["Gene_light", "Gene_light"]]
    assert names("alike") == [
        ["Appearance Miku", "Appearance Miku_BDEF", "Appearance Miku_大人バージョン ver"],
        ["mei", "mei_black_jacket"],
        ["mokou_A", "mokou_B"],
    ]
    states = {m["path"].rsplit("/", 1)[-1]: m for m in report["models"]}
    assert states["siro2019_Ver_1.01.pmx"]["state"] == "no character"
    assert all(m["missing_textures"] == [] for m in report["models"])
    assert states["mokou_A.pmd"]["readmes"]

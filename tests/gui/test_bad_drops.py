"""What is broken or made to do harm, opened in the window: a banner says what is wrong, nothing stops, the city that is open stays."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from tests.bad_bytes import broken
from tests.bad_files import FILES, Trap
from tests.bad_samples import MAKERS

pytestmark = [pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore")]

HARMFUL = (
    "entities gml laughs", "zip bomb", "zip slip", "csv.gz of 10 GB", "deep geojson coordinates", "deep toml", "deep toml tables",
    "tiff of 2^31 x 2^31", "pointing vrt outside", "tilesets in a ring", "gpkg with a virtual table of a file", "las of 2^60 points",
    "names in geojson", "one name that is no text", "named pipe", "device", "recipe that is a device", "project bomb",
    "file of wrong encoding", "folder with special files",
)  # fmt: skip


def settled(qtbot: Any, window: Any, path: Path) -> None:
    """The file given to the window, and all it makes the window do."""
    since = time.monotonic()
    window.open([str(path)])
    assert time.monotonic() - since < 2.0, "opening waits in the window"
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=60_000)
    QApplication.processEvents()
    assert QApplication.activeModalWidget() is None
    assert QApplication.activePopupWidget() is None
    assert window.isVisible()


@pytest.mark.parametrize("name", HARMFUL)
def test_that_harmful_files_give_a_banner(qtbot: Any, opened: Any, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    outside = tmp_path / "outside.txt"
    outside.write_text("secret\n")
    before = opened.session.city
    settled(qtbot, opened, FILES[name](Trap(folder, outside, "http://127.0.0.1:9")))
    if opened.session.city is before:
        assert opened.banner.isVisible()
        text = opened.banner.text.text()
        assert len(text) > 15, text
        assert "Traceback" not in text
        assert "made a mistake" not in text


def test_that_a_pipe_named_like_a_table_does_not_stop_the_window(qtbot: Any, window: Any, tmp_path: Path) -> None:
    import os

    for name in ("readings.csv", "readings.tsv", "a.twin", "city.toml", "a.zip"):
        os.mkfifo(tmp_path / name)
        settled(qtbot, window, tmp_path / name)
        assert window.session.city is None
        assert window.banner.isVisible()


def test_that_deep_manifests_do_not_stop_the_window(qtbot: Any, window: Any, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("[" * 200_000 + "]" * 200_000)
    settled(qtbot, window, tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps({"scenario": 5, "files": None}))
    settled(qtbot, window, tmp_path)
    assert window.banner.isVisible()


def test_that_broken_copies_of_many_formats_are_told_of(qtbot: Any, opened: Any, tmp_path: Path) -> None:
    import numpy as np

    for number, kind in enumerate(("cityjson", "citygml 2.0", "gpkg", "shp", "osm", "tif", "laz", "glb", "gtfs", "csv", "store", "recipe")):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = MAKERS[kind](folder)
        victim = max((f for f in folder.rglob("*") if f.is_file() and f.name != "city.toml"), key=lambda f: f.stat().st_size)
        victim.write_bytes(broken(victim.read_bytes(), np.random.default_rng([number, 7])))
        settled(qtbot, opened, path)

"""Levels of detail and colours of the source, chosen in the layer panel of the real window."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.test_readers_cityjson import CORNERS, cube, document

pytestmark = pytest.mark.timeout(120)
MATERIALS = [{"name": "brick", "diffuseColor": [0.8, 0.2, 0.1]}, {"name": "slate", "diffuseColor": [0.2, 0.3, 0.5]}]


@pytest.fixture
def levels(qtbot: Any, window: Any, tmp_path: Path) -> Any:
    """The window with nine houses open: block at level 1, gabled and coloured at 2.2."""
    gable = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 6), (10, 0, 6), (10, 10, 6), (0, 10, 6), (5, 0, 10), (5, 10, 10)]
    shell = [[[3, 2, 1, 0]], [[0, 1, 5, 8, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 9, 6]], [[3, 0, 4, 7]], [[4, 8, 9, 7]], [[5, 6, 9, 8]]]
    look = {"m": {"values": [[None, 0, 0, 0, 0, 1, 1]]}}
    vertices, objects = [], {}
    for i in range(9):
        at = np.array([(i % 3) * 18, (i // 3) * 18, 0])
        first = len(vertices)
        vertices += [tuple((np.array(c) + at).tolist()) for c in [*CORNERS, *gable]]
        high = {"type": "Solid", "lod": "2.2", "boundaries": [[[[v + first + 8 for v in r] for r in s] for s in shell]], "material": look}
        objects[f"H{i}"] = {"type": "Building", "geometry": [cube("1", shift=first), high]}
    path = tmp_path / "levels.city.json"
    path.write_text(json.dumps(document(objects, vertices, appearance={"materials": MATERIALS})))
    window.open([str(path)])
    qtbot.waitUntil(lambda: window.session.city is not None and window.session.layer("buildings") is not None, timeout=30_000)
    panel = window.layers_panel
    panel.choose(window.session.layer("buildings"))
    qtbot.waitUntil(lambda: panel.editor.layer is not None, timeout=10_000)
    return window


def pictured(window: Any, name: str) -> None:
    """A picture to look at, where a folder is asked for."""
    folder = os.environ.get("TWIN_PICTURES")
    if folder:
        window.grab().save(str(Path(folder) / f"{name}.png"))


def triangles(window: Any) -> int:
    return len(window.session.city.buildings.mesh)


def test_that_another_level_is_shown_undone_and_shown_again(qtbot: Any, levels: Any) -> None:
    box = levels.layers_panel.editor.level
    assert [box.itemText(i) for i in range(box.count())] == ["LoD 1", "LoD 2.2"]
    assert box.currentData() == "2.2"
    before = triangles(levels)
    pictured(levels, "level-22")
    box.setCurrentIndex(0)
    box.activated.emit(0)
    qtbot.waitUntil(lambda: levels.session.city.buildings.lod == "1", timeout=20_000)
    assert triangles(levels) == 9 * 12 < before
    assert levels.layers_panel.layer is levels.session.layer("buildings")  # its panel stays open
    assert levels.layers_panel.editor.level.currentData() == "1"
    pictured(levels, "level-1")
    levels.session.undo.undo()
    qtbot.waitUntil(lambda: levels.session.city.buildings.lod == "2.2", timeout=20_000)
    assert triangles(levels) == before
    levels.session.undo.redo()
    qtbot.waitUntil(lambda: levels.session.city.buildings.lod == "1", timeout=20_000)


def test_that_buildings_are_painted_as_in_the_source(qtbot: Any, levels: Any) -> None:
    editor, layer = levels.layers_panel.editor, levels.session.layer("buildings")
    kind = editor.kind
    kind.setCurrentIndex(kind.findData("source"))
    assert layer.style.kind == "source"
    (drawing,) = layer.draw()
    assert {tuple(c) for c in drawing.colors[:, :3].tolist()} == {(204, 51, 26), (51, 76, 128)}
    pictured(levels, "source")
    levels.session.undo.undo()
    assert layer.style.kind == "single"

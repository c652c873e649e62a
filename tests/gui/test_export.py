"""File > Export city: asked for in a dialog, written in a job, told in the banner."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from twin.city.recipe import open_city
from twin.city.writers import WRITERS


def test_that_the_city_is_exported_in_the_format_chosen(window, qtbot, small_city: Path, tmp_path: Path) -> None:
    assert not window.actions_["export"].isEnabled()
    window.open([str(small_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and not window.jobs.running, timeout=60_000)
    told: list[tuple[str, str]] = []
    window.notices.told.connect(lambda level, text, *_: told.append((level, text)))
    window.actions_["export"].trigger()
    dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
    assert len(dialog.nameFilters()) == len(WRITERS)
    chosen = next(n for n in dialog.nameFilters() if "*.glb" in n)
    dialog.selectNameFilter(chosen)
    dialog.filterSelected.emit(chosen)
    assert dialog.defaultSuffix() == "glb"
    dialog.selectFile(str(tmp_path / "out.glb"))
    dialog.fileSelected.emit(str(tmp_path / "out.glb"))
    dialog.close()
    qtbot.waitUntil(lambda: any("out.glb" in text for _, text in told), timeout=60_000)
    assert [level for level, text in told if "out.glb" in text] == ["good"]
    assert len(open_city(tmp_path / "out.glb", use_cache=False).buildings) == 36


def test_that_what_cannot_be_written_is_told(window, qtbot, small_city: Path, tmp_path: Path) -> None:
    window.open([str(small_city)])
    qtbot.waitUntil(lambda: window.session.city is not None and not window.jobs.running, timeout=60_000)
    with qtbot.waitSignal(window.notices.told, timeout=60_000) as caught:
        window.export_city(tmp_path / "nowhere" / "out.glb", "gltf")
    assert caught.args[0] == "error"
    assert "no such folder" in caught.args[1]

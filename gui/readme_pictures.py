"""Pictures of the README, made by the program itself: `make pictures`, or `python -m gui.readme_pictures FOLDER`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.city.city import City

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.shot import Studio

SIZE = (1600, 900)
WINDOW = (1600, 1000)
CLOUDBURST = "cloudburst-100y"
RIVER = {"x": 400, "y": 700, "z": 60, "distance": 2300, "heading": 40, "pitch": -12, "angle": 38}
CLOSE = {"x": -500, "y": -1100, "z": 0, "distance": 1900, "heading": 20, "pitch": -30, "angle": 34}
TOWERS = {"x": 150, "y": 100, "z": 60, "distance": 1500, "heading": 24, "pitch": -27, "angle": 32}
"""Cameras of pictures."""
MOST_BYTES = 700_000


def city_pictures(folder: Path, city: City) -> None:
    """The demonstration city before and during its cloudburst."""
    from gui.headless import worst_moment
    from gui.shot import Studio
    from twin.results import open_result
    from twin.scenario.engine import run
    from twin.scenario.scenario import load_scenario, ready_scenarios

    with tempfile.TemporaryDirectory() as scratch:
        for _ in run(city, load_scenario(ready_scenarios()[CLOUDBURST]), Path(scratch) / "result"):
            pass
        result = open_result(Path(scratch) / "result")
        worst = worst_moment(result)
        with Studio(city) as studio:
            studio.picture(folder / "overview.png", "iso", SIZE)
            studio.show(result)
            studio.picture(folder / "worst.png", "iso", SIZE, time_s=worst, badge="WHAT-IF")
            studio.picture(folder / "street.png", "street", SIZE, time_s=worst, badge="WHAT-IF")
        with Studio(city, look="clay") as studio:
            studio.show(result)
            _without_names(studio)
            studio.picture(folder / "clay.png", CLOSE, SIZE, time_s=worst, badge="WHAT-IF")


def other_pictures(folder: Path, city: City) -> None:
    """The city after sunset, and cut open along a line."""
    from datetime import datetime

    from gui.shot import Studio
    from layers.cut import cutaway
    from layers.sunlight import light_of

    evening = datetime(2026, 6, 21, 19, 12, tzinfo=city.frame.zone)
    with Studio(city, light=light_of(city, evening), look="realistic") as studio:
        _without_names(studio)
        studio.picture(folder / "dusk.png", RIVER, SIZE)
    with Studio(city) as studio:
        studio.scene.relief.cut(cutaway(city, studio.scene.ground, (-1500.0, -300.0), (1500.0, 300.0)))
        studio.picture(folder / "cut.png", TOWERS, SIZE)


def _without_names(studio: Studio) -> None:
    """Of a picture that is looked at and not read."""
    for layer in studio.scene.layers:
        if layer.id in ("places", "tower-names", "facilities", "stations", "pumps", "network-metro-nodes"):
            layer.visible = False


def window_picture(folder: Path) -> None:
    """The window after a cloudburst, with a building selected; drawn without a display."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_API", "pyside6")
    import numpy as np
    from PySide6.QtCore import QEventLoop, QTimer

    from gui.preferences import apply_settings
    from gui.window import MainWindow, start_application

    app = start_application()
    apply_settings()
    window = MainWindow(["demo"])
    window.resize(*WINDOW)
    window.show()

    def wait(until: object) -> None:
        loop = QEventLoop()
        until.connect(lambda *_: loop.quit())  # type: ignore[attr-defined]
        loop.exec()

    def settle(seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()

    while window.view is None:
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    wait(window.view.first_picture)
    window.actions_["cloudburst"].trigger()
    wait(window.runs.ended)
    buildings = window.session.layer("buildings")
    store = window.session.store
    assert buildings is not None
    assert store is not None
    worst = max(range(len(store.times)), key=lambda i: float(np.nansum(store.at("water_depth", store.times[i]).array)))  # type: ignore[union-attr]
    window.timeline.slider.setValue(worst)
    window.session.select(buildings, [int(np.argmax(buildings.values("height_m")))])
    if window.stage.banner is not None:
        window.stage.banner.hide()
    settle(4)
    window.grab().save(str(folder / "window.png"))
    _dark_picture(window, folder, wait, settle)
    window.close()
    settle(0.5)


def _dark_picture(window: Any, folder: Path, wait: Callable[[Any], None], settle: Callable[[float], None]) -> None:
    """The window after two substations were lost, with the reasons of what a hospital suffers."""
    from PySide6.QtCore import Qt

    session = window.session
    session.set_current(next(n for n, c in session.cases.items() if c.scenario.hazard[0].model == "failure"))
    window.runs.run(session.current)
    wait(window.runs.ended)
    settle(2)
    window.do_what_happened()
    window.resizeDocks([window.docks["happenings"]], [330], Qt.Orientation.Vertical)
    layer = session.layer("dependencies")
    if layer is not None:
        layer.visible = True
    session.set_time(5 * 3600.0)
    tree = window.happenings.tree
    rows = [tree.topLevelItem(i) for i in range(tree.topLevelItemCount())]
    tree.setCurrentItem(next((r for r in rows if "Station" in r.text(1) or "Hospital" in r.text(1)), rows[0]))
    if window.stage.banner is not None:
        window.stage.banner.hide()
    settle(4)
    window.grab().save(str(folder / "dark.png"))


def main() -> int:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "assets/readme")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["TWIN_HOME"] = home  # as somebody sees it who starts it for the first time
        from twin.city.demo import demo_city

        city_pictures(folder, demo_city())
        other_pictures(folder, demo_city())
        window_picture(folder)
    for path in sorted(folder.glob("*.png")):
        shrink(path)
        print(path, f"{path.stat().st_size / 1024:.0f} KB")
    return 0


def shrink(path: Path) -> None:
    """A palette of 256 colours: a third of the bytes, and the eye sees the same; smaller where that is not enough.

    Rare colours weigh more than their share, or a legend would lose its ends.
    """
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        rgb = picture.convert("RGB")
    for tenths in (10, 9, 8):
        small = rgb.resize((rgb.width * tenths // 10, rgb.height * tenths // 10), Image.Resampling.LANCZOS)
        cells, count = np.unique(np.asarray(small).reshape(-1, 3) >> 2, axis=0, return_counts=True)
        sample = np.repeat((cells << 2) + 2, np.ceil(count**0.45).astype(int), axis=0).astype(np.uint8)
        palette = Image.fromarray(sample[None]).quantize(240, method=Image.Quantize.MEDIANCUT)
        small.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
        if path.stat().st_size < MOST_BYTES:
            return


if __name__ == "__main__":
    sys.exit(main())

"""A long time in the real window: flying, switching layers and colours, playing a result, walking through presets. Memory has to stay.

BENCH_MINUTES says how long (60; --quick: 3). Needs an X display (xvfb-run where there is none).
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measure import Row

FULL, QUICK = 60.0, 3.0
WARM = 0.1
"""Share of the time that counts as warming up, after every layer and every preset has been seen once; never less than a minute."""
PRESETS = ("iso", "top", "north", "east", "street")
LOOKED = 8
"""Acts for which each layer is shown while warming up."""
EVERY_MS = 60


def rows(quick: bool = False) -> list[Row]:
    minutes = float(os.environ.get("BENCH_MINUTES", QUICK if quick else FULL))
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "bench.soak", str(minutes)], env={**os.environ, "TWIN_HOME": home}, capture_output=True, text=True,
            timeout=minutes * 60 + 900, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    m = json.loads(done.stdout.splitlines()[-1])
    if "Traceback" in done.stderr or not m["frames"]:
        raise RuntimeError(done.stderr[-3000:] or "nothing was drawn")
    size = f"{minutes:g} minutes, {m['steps']:,} acts, {m['frames']:,} pictures"
    return [
        Row("memory after warming up", size, m["warm_mb"], "MB"),
        Row("memory at the end (median of the last tenth)", size, m["end_mb"], "MB"),
        Row("growth of memory", size, 100 * (m["end_mb"] / m["warm_mb"] - 1), "%"),
        Row("VTK objects known to Python after warming up", size, m["warm_vtk"], "1"),
        Row("VTK objects known to Python at the end", size, m["end_vtk"], "1"),
        Row("VTK objects left when the window is closed", size, m["left_vtk"], "1"),
    ]


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return float(line.split()[1]) / 1024
    return 0.0


def _vtk_objects() -> int:
    from vtkmodules.vtkCommonCore import vtkObjectBase

    gc.collect()
    return sum(isinstance(o, vtkObjectBase) for o in gc.get_objects())


class _Pilot:
    """Does one thing after the other in a window, the same ones in every run."""

    def __init__(self, window: Any, minutes: float) -> None:
        from PySide6.QtCore import QTimer

        self.window, self.random = window, random.Random(4)
        self.until_s, self.warm_s = minutes * 60, float("inf")
        self.unseen = [(PRESETS[k % len(PRESETS)], layer) for k, layer in enumerate(window.session.layers)]
        self.looked_at: tuple[Any, bool] | None = None
        self.begun = time.monotonic()
        self.said: dict[str, Any] = {"steps": 0, "frames": 0}
        self.memory: list[tuple[float, float]] = []
        self.timer = QTimer()
        self.timer.setInterval(EVERY_MS)
        self.timer.timeout.connect(self.step)
        measured = window.view.scene.measured

        def counted(frame_ms: float) -> None:
            self.said["frames"] += 1
            measured(frame_ms)

        window.view.scene.measured = counted
        self.timer.start()

    def step(self) -> None:
        now = time.monotonic() - self.begun
        n = self.said["steps"] = self.said["steps"] + 1
        if n % 50 == 0:
            self.memory.append((now, _memory_mb()))
        if now > self.warm_s and "warm_vtk" not in self.said:
            self.said["warm_vtk"] = _vtk_objects()
        if now > self.until_s:
            self._done()
            return
        if self.warm_s == float("inf"):
            self._see(n, now)
        self._act(n)

    def _see(self, n: int, now: float) -> None:
        """Every layer and every preset once: what is made when first looked at is made now."""
        if n % LOOKED:
            return
        session = self.window.session
        if self.looked_at is not None:
            session.set_layer(self.looked_at[0], "visible", self.looked_at[1])
            self.looked_at = None
        if not self.unseen:
            self.warm_s = now + max(60.0, self.until_s * WARM)
            return
        preset, layer = self.unseen.pop(0)
        self.window.view.scene.camera.view(preset, animate=False)
        self.looked_at = layer, layer.visible
        session.set_layer(layer, "visible", True)

    def _act(self, n: int) -> None:
        scene, session, pick = self.window.view.scene, self.window.session, self.random
        camera = scene.camera
        self.window.view.moving()
        camera.orbit(pick.uniform(-12, 12), pick.uniform(-3, 3))
        camera.pan(pick.uniform(-20, 20), pick.uniform(-20, 20))
        if n % 7 == 0:
            camera.zoom(pick.uniform(0.8, 1.25))
        if n % 5 == 0:
            slider = self.window.timeline.slider
            slider.setValue(pick.randint(slider.minimum(), slider.maximum()))
        if n % 40 == 0:
            camera.view(pick.choice(PRESETS), animate=True)
        if n % 33 == 0:
            layer = pick.choice(session.layers)
            session.set_layer(layer, "visible", not layer.visible)
        if n % 90 == 0:
            self._recolor()
        if n % 21 == 0:
            width, height = scene.size
            hit = scene.pick(pick.uniform(0, width), pick.uniform(0, height))
            self.window._clicked(hit)
        if n % 400 == 0:
            session.undo.clear()

    def _recolor(self) -> None:
        from layers.style import Style

        layer = self.window.session.layer("buildings")
        style = Style(kind="graduated", field=self.random.choice(("height_m", "year", "people_night")), palette="viridis", low=0, high=80)
        self.window.session.set_layer(layer, "style", self.random.choice((style, self.plain)))

    def start(self) -> None:
        self.plain = self.window.session.layer("buildings").style

    def _done(self) -> None:
        self.timer.stop()
        after = [mb for at, mb in self.memory if self.warm_s <= at < self.warm_s + 0.1 * self.until_s] or [mb for _, mb in self.memory[-1:]]
        last = [mb for at, mb in self.memory if at > 0.9 * self.until_s]
        self.said["warm_mb"], self.said["end_mb"] = sorted(after)[len(after) // 2], sorted(last)[len(last) // 2]
        self.said["end_vtk"] = _vtk_objects()
        self.window.session.is_dirty = False
        self.window.close()


def main() -> int:
    from PySide6.QtCore import QTimer

    from gui.window import MainWindow, start_application

    app = start_application()
    window = MainWindow(["demo"])
    window.resize(1280, 800)
    window.show()
    kept: dict[str, Any] = {}

    def look() -> None:
        if window.view is not None and "seen" not in kept:
            kept["seen"] = True
            window.view.first_picture.connect(lambda: QTimer.singleShot(3000, window.actions_["cloudburst"].trigger))
            window.runs.ended.connect(lambda *_: QTimer.singleShot(3000, fly))
            timer.stop()

    def fly() -> None:
        kept["pilot"] = _Pilot(window, float(sys.argv[1]))
        kept["pilot"].start()

    timer = QTimer()
    timer.setInterval(50)
    timer.timeout.connect(look)
    timer.start()
    app.exec()
    said = kept["pilot"].said
    kept.clear()
    app.processEvents()
    said["left_vtk"] = _vtk_objects()
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())

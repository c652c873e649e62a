"""The real window, measured from inside its own process: `python -m bench.window WHAT [--flood] [--later]` prints one JSON object.

Needs an X display (xvfb-run where there is none). Not a benchmark of its own: startup.py and whatif.py
call it. BENCH_SETTLE_MS in the environment: how long after the first picture a run is begun, 4000 by itself.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

IDLE_S = 10.0
TICK_MS = 10


def measured(what: list[str], flood: bool = False, home: str | None = None, timeout_s: float = 600, later: bool = False) -> dict[str, Any]:
    """Run the window in a process of its own; seconds are counted from before that process starts. later: what is opened in the window
    that is there, as from its menu; its first picture is counted from then."""
    environment = {**os.environ, "BENCH_BEGIN": repr(time.time())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without byte code every start compiles for ten seconds
    if home:
        environment["TWIN_HOME"] = home
    command = [sys.executable, "-m", "bench.window", *what, *(["--flood"] if flood else []), *(["--later"] if later else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _cpu_s() -> float:
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


class _Watch:
    """Measures one window and closes it."""

    def __init__(self, window: Any, what: list[str], flood: bool, later: list[str]) -> None:
        from PySide6.QtCore import QTimer

        self.window, self.flood, self.later = window, flood, later
        self.begin = float(os.environ.get("BENCH_BEGIN", time.time()))
        self.said: dict[str, Any] = {}
        self.is_opening = bool(what)
        self.tick = QTimer()
        self.tick.setInterval(TICK_MS)
        self.tick.timeout.connect(self._ticked)
        self.gaps: list[tuple[float, float]] = []
        self.drawing_s = 0.0
        self.last = 0.0
        self.look = QTimer()
        self.look.setInterval(20)
        self.look.timeout.connect(self._wait_for_view)

    def start(self) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(0, self._shown)
        self.look.start()

    def _shown(self) -> None:
        self.said["window_s"] = time.time() - self.begin

    def _wait_for_view(self) -> None:
        if self.window.view is None:
            return
        self.look.stop()
        if self.is_opening:
            self.window.view.first_picture.connect(self._pictured)
        elif self.later:
            self.window.view.first_picture.connect(self._pictured)
            self.window.when_warm(self._open)
        else:
            self._settle()

    def _open(self) -> None:
        self.begin = time.time()
        self.window.open(self.later)

    def _pictured(self) -> None:
        if "first_picture_s" in self.said:
            return
        self.said["first_picture_s"] = time.time() - self.begin
        self._settle()

    def _settle(self) -> None:
        from PySide6.QtCore import QTimer

        QTimer.singleShot(int(os.environ.get("BENCH_SETTLE_MS", "4000")), self._run_flood if self.flood else self._idle)

    def _idle(self) -> None:
        from PySide6.QtCore import QTimer

        self.cpu, self.wall = _cpu_s(), time.monotonic()
        QTimer.singleShot(int(IDLE_S * 1000), self._idled)

    def _idled(self) -> None:
        self.said["idle_cpu_percent"] = 100 * (_cpu_s() - self.cpu) / (time.monotonic() - self.wall)
        self._done()

    def _run_flood(self) -> None:
        runs = self.window.runs
        self._take_drawing_time()
        self.window.view.scene.renderer.GetRenderWindow().AddObserver("EndEvent", self._drawn)
        runs.ended.connect(self._ran)
        self.pressed = time.monotonic()
        self.last = time.perf_counter()
        self.tick.start()
        self.window.actions_["cloudburst"].trigger()

    def _take_drawing_time(self) -> None:
        """Time spent in VTK's rendering is not ours: it is taken off the gaps."""
        state = {"at": 0.0}

        def began(*_: Any) -> None:
            state["at"] = time.perf_counter()

        def ended(*_: Any) -> None:
            self.drawing_s += time.perf_counter() - state["at"]

        window = self.window.view.scene.renderer.GetRenderWindow()
        window.AddObserver("StartEvent", began)
        window.AddObserver("EndEvent", ended)

    def _ticked(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self.last, self.drawing_s))
        self.last, self.drawing_s = now, 0.0

    def _drawn(self, *_: Any) -> None:
        """The first picture that has water in it."""
        if "water_visible_s" in self.said:
            return
        water = [x for x in self.window.view.scene.layers if x.visible and x.id.startswith("result:water_depth")]
        if any((d.rgba[..., 3] > 127).any() for layer in water for d in layer.draw()):
            self.said["water_visible_s"] = time.monotonic() - self.pressed

    def _ran(self, name: str, ok: bool) -> None:
        import numpy as np

        self.tick.stop()
        self.said |= {"run_ok": ok, "run_s": time.monotonic() - self.pressed}
        stalls = np.array([max(0.0, gap - drawing - TICK_MS / 1000) for gap, drawing in self.gaps])
        self.said["stall_p95_ms"] = float(np.percentile(stalls, 95) * 1000)
        self.said["stall_max_ms"] = float(stalls.max() * 1000)
        self.said["frame_max_ms"] = float(max(drawing for _, drawing in self.gaps) * 1000)
        self._done()

    def _done(self) -> None:
        self.said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(self.said), flush=True)
        self.window.close()


def main() -> int:
    flood = "--flood" in sys.argv
    what = [a for a in sys.argv[1:] if not a.startswith("--")]
    os.environ.setdefault("QT_API", "pyside6")
    from gui.preferences import apply_settings
    from gui.window import MainWindow, start_application

    app = start_application()
    apply_settings()
    later = "--later" in sys.argv
    window = MainWindow([] if later else what)
    watch = _Watch(window, [] if later else what, flood, what if later else [])
    window.show()
    watch.start()
    return int(app.exec())


def shanghai() -> Path | None:
    """The folder of real layers, None where it is absent."""
    root = Path(os.environ.get("TWIN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
    folder = root / "shanghai" / "osm_layers"
    return folder if folder.is_dir() else None


if __name__ == "__main__":
    sys.exit(main())

"""What lies under the cursor, beside VTK's own pickers on one merged mesh. Each size in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import Row
from bench.render import FULL, QUICK, stored
from bench.views import SIZE, Ours, Plain, ms, path

PICKS, PEER_PICKS = 400, 8
MOST_PEER = 200_000
"""Buildings up to which VTK's pickers are tried; they take seconds beyond."""


def rows(quick: bool = False) -> list[Row]:
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as home:
        for n in QUICK if quick else FULL:
            found += _measured(stored(n, Path(home)), f"{n:,} buildings", n <= MOST_PEER)
    return found


def _measured(what: str, size: str, peer: bool) -> list[Row]:
    environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    environment.pop("DISPLAY", None)
    command = [sys.executable, "-m", "bench.pick", what, "peer" if peer else "alone"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    m = json.loads(done.stdout.splitlines()[-1])
    found = [Row("first pick", size, m["first"], "ms")]
    for view in ("overview", "oblique", "street"):
        found += [
            Row(f"pick, {view}, median", size, m[view][0], "ms", m["cell"], "vtkCellPicker" if m["cell"] else ""),
            Row(f"pick, {view}, 99th percentile", size, m[view][1], "ms"),
        ]
    if m["hardware"]:
        found.append(Row("pick, overview, median", size, m["overview"][0], "ms", m["hardware"], "vtkHardwareSelector"))
    return found


def main() -> int:
    what, peer = sys.argv[1], sys.argv[2] == "peer"
    ours = Ours(what)
    random = np.random.default_rng(5)
    places = random.uniform((0, 0), SIZE, (PICKS, 2))
    said: dict[str, Any] = {"cell": None, "hardware": None}
    eyes = {view: flight[0] for view, flight in path(ours.scene, 2).items()}
    for view, eye in eyes.items():
        ours.scene.camera.set(eye)
        ours.settle()
        if "first" not in said:
            said["first"] = ms(lambda: ours.scene.pick(*places[0]))
        for place in places[:50]:
            ours.scene.pick(*place)
        times = [ms(lambda p=place: ours.scene.pick(*p)) for place in places]
        said[view] = float(np.median(times)), float(np.quantile(times, 0.99))
    if peer:
        ours.scene.camera.set(eyes["overview"])
        said["cell"], said["hardware"] = _theirs(ours, places[:PEER_PICKS])
    ours.close()
    print(json.dumps(said))
    return 0


def _theirs(ours: Ours, places: Any) -> tuple[float, float]:
    from vtkmodules.vtkRenderingCore import vtkCellPicker, vtkHardwareSelector

    plain = Plain(ours)
    plain.look(ours)
    plain.draw()
    renderer = plain.plotter.renderer
    cell = vtkCellPicker()
    cell.SetTolerance(0)
    hardware = vtkHardwareSelector()
    hardware.SetRenderer(renderer)

    def select(x: int, y: int) -> None:
        hardware.SetArea(x, y, x, y)
        hardware.Select()

    cells = [ms(lambda p=p: cell.Pick(p[0], SIZE[1] - 1 - p[1], 0, renderer)) for p in places]
    chosen = [ms(lambda p=p: select(int(p[0]), int(SIZE[1] - 1 - p[1]))) for p in places]
    plain.plotter.close()
    return float(np.median(cells)), float(np.median(chosen))


if __name__ == "__main__":
    sys.exit(main())

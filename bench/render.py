"""Frames of large cities beside one plain merged mesh in pyvista along the same camera path, how like the coarse picture is to the
full one, and how long another colour takes. Each size in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import Row
from bench.views import SLOW_MS, Ours, Plain, ms, path, similarity
from bench.window import shanghai

QUICK, FULL = (100_000,), (100_000, 500_000, 1_000_000)
STEPS, QUICK_STEPS = 24, 12
MOST_FULL = 600_000
"""Buildings up to which a picture of all triangles is made to compare with, and a peer is drawn."""
EVERYTHING = 1e4
"""Pace at which nothing is left out."""


def rows(quick: bool = False) -> list[Row]:
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as home:
        for n in QUICK if quick else FULL:
            found += _measured(stored(n, Path(home)), f"{n:,} buildings", n <= MOST_FULL, quick)
        if not quick:
            found += _measured("demo", "demo city, 11,600 buildings", True, quick)
            real = shanghai()
            if real is not None:
                found += _measured(str(real), "Shanghai OSM layers", True, quick)
    return found


def stored(n: int, folder: Path) -> str:
    """A demonstration city in a store; BENCH_CITIES names a folder where they are kept from run to run."""
    folder = Path(os.environ.get("BENCH_CITIES", folder))
    target = folder / f"d{n}"
    if not target.exists():
        subprocess.run([sys.executable, "-m", "twin.cli", "build", f"demo:{n}", "-o", str(target)], check=True, capture_output=True)
    return str(target)


def _measured(what: str, size: str, peer: bool, quick: bool) -> list[Row]:
    environment = {**os.environ, "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow"}
    environment.pop("DISPLAY", None)
    command = [sys.executable, "-m", "bench.render", what, "peer" if peer else "alone", str(QUICK_STEPS if quick else STEPS)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    m = json.loads(done.stdout.splitlines()[-1])
    name = "one pyvista mesh"
    found = []
    for view in ("overview", "oblique", "street"):
        theirs = m["peer"].get(view)
        found += [
            Row(f"frame, {view}, moving", size, m["moving"][view], "ms", theirs, name if theirs else ""),
            Row(f"frame, {view}, still", size, m["still"][view], "ms", theirs, name if theirs else ""),
        ]
        if view in m["similar"]:
            found.append(Row(f"SSIM of the moving picture to the full one, {view}", size, m["similar"][view], "1", more_is_better=True))
    whole = m["peer"].get("path")
    found += [
        Row("frame, whole path, moving", size, m["moving"]["path"], "ms", whole, name if whole else ""),
        Row("frames a second, whole path, moving", size, 1000 / m["moving"]["path"], "1/s", None if not whole else 1000 / whole,
            name if whole else "", more_is_better=True),
        Row("frame, whole path, moving, 95th percentile of a first flight", size, m["first"], "ms"),
        Row("buildings in the overview", size, 100 * m["in_view"], "%"),
        Row("another colour, until the picture shows it", size, m["recolor"], "ms"),
        Row("next time of a result, until the picture shows it", size, m["step"], "ms"),
        Row("peak memory of ours", size, m["memory"], "MB"),
    ]  # fmt: skip
    return found


# -- in the process of one city ----------------------------------------------------------------------------------------
def main() -> int:
    what, peer, steps = sys.argv[1], sys.argv[2] == "peer", int(sys.argv[3])
    ours = Ours(what)
    said: dict[str, Any] = {"moving": {}, "still": {}, "peer": {}, "similar": {}}
    eyes = path(ours.scene, steps)
    said["in_view"] = _in_view(ours, eyes["overview"][0])
    first: list[float] = []
    every: list[float] = []
    for view, flight in eyes.items():
        ours.scene.camera.set(flight[0])
        ours.scene.set_moving(False, 0.0)
        ours.settle()
        said["still"][view] = float(np.median([ms(ours.draw) for _ in range(5)]))
        ours.scene.set_moving(True, SLOW_MS)
        for turn in range(2):
            times = [_flown(ours, eye) for eye in flight]
            if turn == 0:
                first += times
        said["moving"][view] = float(np.median(times))
        every += times
    said["moving"]["path"] = float(np.median(every))
    said["first"] = float(np.quantile(first, 0.95))
    ours.scene.set_moving(False, 0.0)
    ours.scene.camera.set(eyes["overview"][0])
    ours.settle()
    said["recolor"], said["step"] = _recolored(ours), _stepped(ours)
    said["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if peer:
        said["similar"] = {view: _similar(ours, flight[0]) for view, flight in eyes.items()}
        plain = Plain(ours)
        every = []
        for view, flight in eyes.items():
            times = []
            for eye in flight[:: max(1, steps // 6)]:
                ours.scene.camera.set(eye)
                plain.look(ours)
                times.append(ms(plain.draw))
            said["peer"][view] = float(np.median(times[1:]))
            every += times[1:]
        said["peer"]["path"] = float(np.median(every))
        plain.plotter.close()
    ours.close()
    print(json.dumps(said))
    return 0


def _flown(ours: Ours, eye: Any) -> float:
    ours.scene.camera.set(eye)
    return ms(ours.draw)


def _in_view(ours: Ours, eye: Any) -> float:
    """Share of the buildings whose middle lies in the picture."""
    import shapely

    b = ours.scene.city.buildings
    ours.scene.camera.set(eye)
    ours.draw()
    if b.tiles is not None:
        e = b.tiles.extents.astype(float)
        box = np.column_stack([e[:, :2], e[:, 3:5]])
        z = e[:, 2]
    else:
        box, z = shapely.bounds(b.footprints), b.table["ground_z_m"].fillna(0).to_numpy(float)
    xy, depth = ours.scene.project(np.column_stack([(box[:, 0] + box[:, 2]) / 2, (box[:, 1] + box[:, 3]) / 2, z]))
    width, height = ours.scene.size
    inside = (depth > 0) & (xy[:, 0] >= 0) & (xy[:, 0] <= width) & (xy[:, 1] >= 0) & (xy[:, 1] <= height)
    return float(inside.mean())


def _until_shown(ours: Ours) -> None:
    """Draw as the window does until every tile of the picture shows the new colours."""
    ours.draw()
    while ours.scene.is_waiting:
        time.sleep(0.001)
        if ours.scene.arrived and not ours.scene.is_making:
            ours.draw()


def _recolored(ours: Ours) -> float:
    from layers.style import Style

    layer = ours.scene.layer("buildings")
    plain = layer.style
    times = []
    for palette in ("viridis", "terrain", "viridis", "terrain"):
        layer.style = Style(kind="graduated", field="height_m", palette=palette, low=0.0, high=60.0, unit="m")
        times.append(ms(lambda: _until_shown(ours)))
    layer.style = plain
    _until_shown(ours)
    return float(np.median(times[1:]))


def _stepped(ours: Ours) -> float:
    """A result of every building at several times, stepped through."""
    from layers.results import BuildingResultLayer
    from twin.quantities import quantities
    from twin.results import FrameBuffer
    from twin.scenario.events import Field, Frame

    city = ours.scene.city
    store = FrameBuffer()
    random = np.random.default_rng(1)
    base = random.uniform(0.1, 1.0, len(city.buildings)).astype(np.float32)
    for k in range(5):
        store.feed(Frame(300.0 * k, (Field("building_water_depth", "building", base * (k + 1) / 5),)))

    layer = BuildingResultLayer(city, store, quantities()["building_water_depth"])
    ours.scene.add(layer)
    layer.set_time(0.0)
    _until_shown(ours)
    times = []
    for k in range(1, 5):
        layer.set_time(300.0 * k)
        times.append(ms(lambda: _until_shown(ours)))
    ours.scene.remove(layer)
    _until_shown(ours)
    return float(np.median(times))


def _similar(ours: Ours, eye: Any) -> float:
    """SSIM of the picture while moving to one of all triangles, over the pixels of buildings; labels and corners left out."""
    scene = ours.scene
    hidden = [x for x in scene.layers if x.id in ("places", "tower-names", "facilities", "pumps", "stations", "network-metro")]
    shown = [x for x in hidden if x.visible]
    for layer in shown:
        layer.visible = False
    scene.hud.set(show_legend=False, show_scale=False, credits="", title="", badge="", clock="")
    for actor in scene.hud.actors:
        actor.VisibilityOff()
    scene.camera.set(eye)
    scene.set_moving(True, SLOW_MS)
    for _ in range(3):
        ours.settle()
        ours.draw()
    coarse = ours.pixels()
    scene.set_moving(False, 0.0)
    scene.pace.still = EVERYTHING
    ours.draw(float("inf"))
    full = ours.pixels()
    buildings = scene.layer("buildings")
    buildings.visible = False
    ours.draw(float("inf"))
    mask = np.abs(ours.pixels().astype(int) - full).sum(2) > 12
    buildings.visible = True
    scene.pace.still = 1.0
    for layer in shown:
        layer.visible = True
    for actor in scene.hud.actors:
        actor.VisibilityOn()
    ours.settle()
    return similarity(coarse, full, mask)


if __name__ == "__main__":
    sys.exit(main())

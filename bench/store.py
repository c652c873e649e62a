"""Large cities: making and building them, opening a store, its first picture, memory and picking; each in a fresh process."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.load import DATA, fresh
from bench.measure import Row
from bench.window import measured

QUICK, FULL, BUILT = 100_000, 1_000_000, 500_000
"""Buildings; BUILT: of the build from GeoParquet."""

_MADE = """
from twin.city.demo import demo_city
from twin.city.store import save_city
begin = time.perf_counter()
city = demo_city(int(sys.argv[1]), use_cache=False)
save_city(city, sys.argv[2])
took, found = time.perf_counter() - begin, len(city.buildings)
"""
_PARQUET = """
import geopandas
from twin.city.store import load_city
begin = time.perf_counter()
city = load_city(sys.argv[1])
b, n = city.buildings, int(sys.argv[3])
shapes = city.frame.geometry_to_crs(b.footprints[:n])
columns = {"id": b.ids[:n], "height": b.column("height_m")[:n], "use": b.column("use")[:n]}
frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs=city.frame.crs)
frame.to_parquet(sys.argv[2])
frame.to_file(str(sys.argv[2]).replace(".parquet", ".gpkg"), engine="pyogrio")
took, found = time.perf_counter() - begin, n
"""
_BUILD = """
from twin.city.recipe import open_city
from twin.city.store import save_city
begin = time.perf_counter()
city = open_city(sys.argv[1], use_cache=False)
save_city(city, sys.argv[2])
took, found = time.perf_counter() - begin, len(city.buildings)
"""
_OPEN = """
from twin.city.store import load_city
begin = time.perf_counter()
city = load_city(sys.argv[1])
city.bounds, city.content_hash, city.buildings.tiles.nodes[0]
took, found = time.perf_counter() - begin, len(city.buildings)
"""
_GEOPANDAS = """
import geopandas
begin = time.perf_counter()
frame = geopandas.read_parquet(sys.argv[1]) if sys.argv[1].endswith("parquet") else geopandas.read_file(sys.argv[1], engine="pyogrio")
frame.total_bounds
took, found = time.perf_counter() - begin, len(frame)
"""
_PICTURE = """
from gui.scene.offscreen import hidden_window
from gui.scene.ready import made_ready
from gui.scene.scene import Scene
from layers.catalogue import city_layers
from twin.city.recipe import open_city
begin = time.perf_counter()
city = open_city(sys.argv[1])
layers = city_layers(city)
scene = Scene()
scene.set_city(city, ready=made_ready(city, layers))
for layer in layers:
    scene.add(layer)
window = hidden_window((1600, 900))
scene.attach(window)
scene.prepare((1600, 900), 1.0, 0.04)
window.Render()
window.WaitForCompletion()
took, found = time.perf_counter() - begin, len(city.buildings)
scene.close()
"""
_ONE_MESH = """
import numpy, pyvista
from twin.city.store import load_city
begin = time.perf_counter()
b = load_city(sys.argv[1]).buildings
mesh = pyvista.PolyData(numpy.asarray(b.mesh.points, "f4"), numpy.insert(b.mesh.triangles, 0, 3, axis=1).ravel())
mesh.cell_data["height"] = b.column("height_m")[b.mesh.object]
plotter = pyvista.Plotter(off_screen=True, window_size=(1600, 900))
plotter.add_mesh(mesh, scalars="height")
plotter.disable_anti_aliasing()
plotter.show(auto_close=False)
took, found = time.perf_counter() - begin, len(b)
plotter.close()
"""
_PICK = """
import numpy
from twin.city.store import load_city
from twin.city.tile_pick import pick
b = load_city(sys.argv[1]).buildings
tiles, mesh = b.tiles, b.mesh
random = numpy.random.default_rng(1)
x0, y0, x1, y1 = b.bounds
times = []
for k in range(60):
    origin = (random.uniform(x0, x1), random.uniform(y0, y1), 120.0)
    way = (*random.normal(0, 1, 2), -0.25)
    begin = time.perf_counter()
    pick(tiles, mesh, origin, way)
    times.append(time.perf_counter() - begin)
took, found = float(numpy.median(times[10:])), len(b)
"""


def rows(quick: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        found = _large(Path(folder), QUICK if quick else FULL)
        return found + _manhattan(Path(folder))


def _large(folder: Path, count: int) -> list[Row]:
    size, store = f"{count:,} buildings", folder / "large"
    made = fresh(_MADE, str(count), str(store))
    parquet = folder / "footprints.parquet"
    some = min(count, BUILT)
    fresh(_PARQUET, str(store), str(parquet), str(some))
    built = fresh(_BUILD, str(parquet), str(folder / "built"))
    part = f"{some:,} footprints, GeoParquet"
    opened = fresh(_OPEN, str(store))
    read = fresh(_GEOPANDAS, str(parquet))
    picked = fresh(_PICK, str(store))
    found = [
        Row("demo city made and stored", size, made["took"], "s"),
        Row("build from footprints", part, some / built["took"], "buildings/s", some / read["took"], "geopandas, read only", True),
        Row("build from footprints, peak memory", part, built["mb"], "MB"),
        Row("store opens", size, opened["took"], "s", read["took"] * count / some, "geopandas.read_parquet, scaled to as many"),
        Row("store opens, memory", size, opened["mb"], "MB"),
        *_pictures(store, size),
        Row("pick", size, 1000 * picked["took"], "ms"),
    ]
    if count <= QUICK:  # more than that is too much for one mesh in the memory of a laptop
        whole = fresh(_ONE_MESH, str(store))
        ours = fresh(_PICTURE, str(store))
        found += [
            Row("picture, hidden window", size, ours["took"], "s", whole["took"], "one pyvista mesh"),
            Row("picture, hidden window, memory", size, ours["mb"], "MB", whole["mb"], "one pyvista mesh"),
        ]
    return found


def _pictures(store: Path, size: str) -> list[Row]:
    """Of the window where there is a screen, and without one."""
    found = []
    shot, mb = _shot(store)
    found += [Row("twin shot, whole process", size, shot, "s"), Row("twin shot, memory", size, mb, "MB")]
    if os.environ.get("DISPLAY"):
        seen, later = measured([str(store)]), measured([str(store)], later=True)
        found += [
            Row("first picture after Open in the window", size, later["first_picture_s"], "s"),
            Row("first picture in the window, whole process", size, seen["first_picture_s"], "s"),
            Row("window, memory", size, seen["peak_mb"], "MB"),
        ]
    return found


def _shot(store: Path) -> tuple[float, float]:
    code = """
from twin.cli import app
app(["shot", sys.argv[1], "-o", sys.argv[2], "--size", "1600x900"], standalone_mode=False)
took, found = 0.0, 0
"""
    begin = time.perf_counter()
    done = fresh(code, str(store), str(store.with_suffix(".png")))
    return time.perf_counter() - begin, done["mb"]


def _manhattan(folder: Path) -> list[Row]:
    source = DATA / "nyc" / "derived"
    if not source.is_dir():
        return []
    size, store = "Lower Manhattan", folder / "manhattan"
    built = fresh(_BUILD, str(source), str(store))
    opened = fresh(_OPEN.replace("city.buildings.tiles.nodes[0]", "city.core_bounds"), str(store))
    read = fresh(_GEOPANDAS, str(source / "lower_manhattan_buildings.geojson"))
    return [
        Row("build", size, built["took"], "s"),
        Row("store opens", size, opened["took"], "s", read["took"], "geopandas.read_file of the buildings"),
        *_pictures(store, size),
    ]

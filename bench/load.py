"""Reading city models: seconds and memory, ours beside cjio and VTK, each in a fresh process; made cities and real ones.

The large cities are Den Haag's, Delft's and Munich's buildings, put side by side until there are enough of them.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import Row

DATA = Path(os.environ.get("TWIN_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

_OURS = """
from pathlib import Path
from twin.city.readers.cityjson import read_cityjson
from twin.city.readers.parts import Hints
begin = time.perf_counter()
parts = read_cityjson(Path(sys.argv[1]), Hints())
took, found = time.perf_counter() - begin, len(parts.solids[0].mesh)
"""
_CJIO = """
from cjio import cityjson
begin = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as file:
    model = cityjson.reader(file)
model.triangulate(True)
took, found = time.perf_counter() - begin, 0
"""
_CITYGML = """
from pathlib import Path
from twin.city.readers.citygml import read_citygml
from twin.city.readers.parts import Hints
begin = time.perf_counter()
parts = read_citygml(Path(sys.argv[1]), Hints())
took, found = time.perf_counter() - begin, len(parts.solids[0].table)
"""
_VTK = """
from vtkmodules.vtkIOCityGML import vtkCityGMLReader
begin = time.perf_counter()
reader = vtkCityGMLReader()
reader.SetFileName(sys.argv[1])
reader.SetLOD(2)
reader.Update()
took, found = time.perf_counter() - begin, reader.GetOutput().GetNumberOfBlocks()
"""
_OPENED = """
from twin.city.recipe import open_city
begin = time.perf_counter()
city = open_city(sys.argv[1], use_cache=False)
took, found = time.perf_counter() - begin, len(city.buildings)
"""


def fresh(code: str, *arguments: str) -> dict[str, float]:
    """`took` seconds, `found` and peak `mb` of code run in a process of its own, which sets the first two."""
    whole = f"import json, resource, sys, time\n{code}\n"
    whole += "print(json.dumps([took, found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))"
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-c", whole, *arguments], capture_output=True, text=True, check=False, env={**os.environ, "TWIN_HOME": home}
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    took, found, mb = json.loads(done.stdout.splitlines()[-1])
    return {"took": took, "found": found, "mb": mb}


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """Median time, largest memory."""
    return {
        "took": statistics.median(r["took"] for r in runs), "found": runs[0]["found"], "mb": max(r["mb"] for r in runs),
    }  # fmt: skip


def tiled_cityjson(path: Path, source: dict[str, Any], kinds: set[str], step_m: tuple[float, float], buildings: int) -> int:
    """Writes a CityJSON of at least so many buildings: some kinds of objects of a real one side by side, with attributes, meanings and
    materials, ids and places of their own; how many buildings they are."""
    objects = {k: o for k, o in source["CityObjects"].items() if o["type"] in kinds}
    number: dict[int, int] = {}

    def compact(nested: Any) -> Any:
        return [compact(n) for n in nested] if isinstance(nested, list) else number.setdefault(nested, len(number))

    for item in objects.values():
        for geometry in item.get("geometry", []):
            geometry["boundaries"] = compact(geometry["boundaries"])
    corners = [source["vertices"][i] for i in number]
    per_tile = sum(o["type"] == "Building" for o in objects.values())
    tiles = -(-buildings // per_tile)
    columns = int(tiles**0.5) + 1
    scale = source["transform"]["scale"]
    step = [round(s / k) for s, k in zip(step_m, scale, strict=False)]

    def moved(nested: Any, by: int) -> Any:
        return [moved(n, by) for n in nested] if isinstance(nested, list) else nested + by

    head = {k: source[k] for k in ("type", "version", "metadata", "transform", "appearance") if k in source}
    head["metadata"] = {"referenceSystem": source["metadata"]["referenceSystem"]}
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-1] + ',"CityObjects":{')
        for tile in range(tiles):
            for n, (name, item) in enumerate(objects.items()):
                shapes = [{**g, "boundaries": moved(g["boundaries"], tile * len(corners))} for g in item.get("geometry", [])]
                related = {k: [f"{o}-{tile}" for o in item[k]] for k in ("parents", "children") if k in item}
                text = json.dumps({**item, **related, "geometry": shapes}, separators=(",", ":"))
                file.write(f'{"," if tile or n else ""}"{name}-{tile}":{text}')
        file.write('},"vertices":[')
        for tile in range(tiles):
            dx, dy = tile % columns * step[0], tile // columns * step[1]
            file.write(("," if tile else "") + ",".join(f"[{x + dx},{y + dy},{z}]" for x, y, z in corners))
        file.write("]}")
    return tiles * per_tile


def den_haag() -> dict[str, Any]:
    with zipfile.ZipFile(DATA / "city_denhaag" / "DenHaag_01.city.json.zip") as archive:
        return dict(json.loads(archive.read(archive.namelist()[0])))


def delft() -> dict[str, Any]:
    return dict(json.loads((DATA / "city_delft" / "delft.city.json").read_text("utf-8")))


def cityjson_rows(quick: bool) -> list[Row]:
    """A tiled Delft against cjio; real cities opened whole, ours alone."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        name, count = "cjio load + triangulate", 2_000 if quick else 50_000
        # Den Haag is of polygons with roofs, which takes cjio minutes; Delft is of triangles already, with more attributes.
        cases = [
            ("Den Haag", den_haag(), {"Building", "BuildingPart"}, (800.0, 700.0), 1),
            ("Delft", delft(), {"Building", "Road"}, (560.0, 360.0), 1 if quick else 3),
        ]
        for place, source, kinds, step, times in cases:
            path = Path(folder) / f"{place}.city.json"
            many = tiled_cityjson(path, source, kinds, step, count)
            size = f"{many} buildings of {place}, {path.stat().st_size / 1e6:.0f} MB"
            ours, theirs = [], []
            for _ in range(times):
                ours.append(fresh(_OURS, str(path)))
                theirs.append(fresh(_CJIO, str(path)))
            us, them = middle(ours), middle(theirs)
            found.append(Row("CityJSON load + triangulate", size, us["took"], "s", them["took"], name))
            found.append(Row("CityJSON load + triangulate, peak memory", size, us["mb"], "MB", them["mb"], name))
        whole = fresh(_OPENED, str(path))
        found.append(Row("CityJSON to city", size, whole["took"], "s"))
        found.append(Row("CityJSON to city, peak memory", size, whole["mb"], "MB"))
    for place, inside in (("Delft", "city_delft/delft.city.json"), ("Den Haag", "city_denhaag/DenHaag_01.city.json.zip")):
        city = middle([fresh(_OPENED, str(DATA / inside)) for _ in range(1 if quick else 3)])
        found.append(Row(f"{place} to city", f"{city['found']:.0f} buildings", city["took"], "s"))
    return found


def tiled_munich(path: Path, megabytes: int) -> int:
    """Writes a CityGML of at least this size: Munich's buildings side by side, ids and places of their own; how many they are."""
    source = (DATA / "city_munich" / "LOD2_4424_5482_solid.gml").read_text("utf-8")
    begin, end = source.index("<cityObjectMember>"), source.rindex("</CityModel>")
    place, written, tile = re.compile(r"(?<=<gml:posList>)[^<]+"), 0, 0
    with open(path, "w", encoding="utf-8") as file:
        file.write(source[:begin])
        while written < megabytes * 1e6:
            by = (210.0 * (tile % 30), 210.0 * (tile // 30), 0.0)

            def moved(found: re.Match[str], by: tuple[float, float, float] = by) -> str:
                return " ".join(f"{float(n) + by[i % 3]:.2f}" for i, n in enumerate(found[0].split()))

            text = place.sub(moved, source[begin:end]).replace("DEBY_LOD2_", f"T{tile}_")
            file.write(text)
            written, tile = written + len(text), tile + 1
        file.write(source[end:])
    return tile * source.count("<cityObjectMember>")


def citygml_rows(quick: bool) -> list[Row]:
    """Munich and a tiled Munich against VTK's reader, which keeps no attributes; a large file ours alone."""
    found = []
    name = "vtkCityGMLReader (no attributes)"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiled.gml"
        many = tiled_munich(path, 5 if quick else 50)
        sizes = [(DATA / "city_munich" / "LOD2_4424_5482_solid.gml", 111), (path, many)]
        for file, buildings in sizes:
            size = f"{buildings} buildings, {file.stat().st_size / 1e6:.0f} MB"
            ours, theirs = [], []
            for _ in range(1 if quick else 3):
                ours.append(fresh(_CITYGML, str(file)))
                theirs.append(fresh(_VTK, str(file)))
            us, them = middle(ours), middle(theirs)
            found.append(Row("CityGML load", size, us["took"], "s", them["took"], name))
            found.append(Row("CityGML load, peak memory", size, us["mb"], "MB", them["mb"], name))
        whole = fresh(_OPENED, str(path))
        found.append(Row("CityGML to city", f"{many} buildings", whole["took"], "s"))
        if not quick:  # their reader would need some 10 GB
            many = tiled_munich(path, 1000)
            us, size = fresh(_CITYGML, str(path)), f"{many} buildings, {path.stat().st_size / 1e6:.0f} MB"
            found.append(Row("CityGML load", size, us["took"], "s"))
            found.append(Row("CityGML load, peak memory", size, us["mb"], "MB"))
    return found


FORMATS: list[Callable[[bool], list[Row]]] = [cityjson_rows, citygml_rows]
"""One function per format measured here."""


def rows(quick: bool = False) -> list[Row]:
    return [row for of_format in FORMATS for row in of_format(quick)]

"""Wavefront OBJ with its .mtl: one group per object, metres about the city's origin, which a comment tells."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np

from twin.city.city import City
from twin.city.mesh import SurfaceClass
from twin.city.readers.obj import MARK
from twin.city.writers import Progress
from twin.city.writers.surfaces import COLORS, Surfaces, not_in_meshes, surfaces_of
from twin.errors import InputError, Problem

MATERIALS = "urban-twin.mtl"
"""The same for every city, so that several may stand in one folder."""
_ROWS = 200_000


def write_obj(city: City, path: Path, progress: Progress) -> list[Problem]:
    """OBJ of everything with surfaces; attributes but the ids are not held. Raises InputError for a city without surfaces."""
    sets = surfaces_of(city, with_terrain=True)
    if not sets:
        raise InputError("This city has no surfaces, which is all that OBJ holds", do="Write it as GeoPackage.")
    problems = not_in_meshes(city, sets, "OBJ")
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {_line(city.name)}\n# {_line(city.attribution)}\n")
        if city.frame.crs is not None:
            x, y = city.frame.origin
            crs = city.frame.crs.replace(" ", "%20").replace("\n", "%20")
            file.write(f"{MARK} crs={crs} offset={x!r},{y!r} vertical={_word(city.frame.vertical or '')}\n")
        file.write(f"mtllib {MATERIALS}\n")
        first = 1
        for i, s in enumerate(sets):
            progress(f"Writing {s.name}", i / len(sets))
            first = _write(file, s, first)
    beside = path.with_name(f"{path.name}.mtl")
    beside.write_text(material_lines(), "utf-8")
    beside.replace(path.with_name(MATERIALS))
    if any(s.mesh.color is not None for s in sets):
        problems.append(
            Problem("colours_lost", "info", 1, "OBJ got the colours of the kinds of surface, not those of the source", city.name)
        )
    problems.append(Problem("attributes_lost", "info", 1, "OBJ holds no attributes but the ids", city.name))
    return problems


def material_lines() -> str:
    """The colours of all surface classes as an .mtl."""
    return "".join(f"newmtl {c.name.lower()}\nKd {r:.3f} {g:.3f} {b:.3f}\nillum 1\n\n" for c, (r, g, b) in COLORS.items())


def _write(file: TextIO, s: Surfaces, first: int) -> int:
    """Vertices, then faces object by object; returns the number of the next vertex."""
    for start in range(0, len(s.mesh.points), _ROWS):
        some = np.round(s.mesh.points[start : start + _ROWS], 3) + 0.0
        file.write("".join(f"v {x:.3f} {y:.3f} {z:.3f}\n" for x, y, z in some.tolist()))
    order = np.lexsort((s.mesh.surface, s.mesh.object))
    ids = [_word(str(i)) for i in s.table["twin_id"]]
    kinds = s.table["type"].tolist()
    before, surface_before = -1, -1
    for start in range(0, len(order), _ROWS):
        rows = order[start : start + _ROWS]
        lines = []
        corners = (s.mesh.triangles[rows].astype(np.int64) + first).tolist()
        for (a, b, c), row, surface in zip(corners, s.mesh.object[rows].tolist(), s.mesh.surface[rows].tolist(), strict=True):
            if row != before:
                lines.append(f"o {kinds[row]}/{ids[row]}\n")
                surface_before = -1
            if surface != surface_before:
                lines.append(f"usemtl {SurfaceClass(surface).name.lower()}\n")
            before, surface_before = row, surface
            lines.append(f"f {a} {b} {c}\n")
        file.write("".join(lines))
    return first + len(s.mesh.points)


def _line(text: str) -> str:
    return " ".join(text.split())


def _word(text: str) -> str:
    """A text without blanks, as names of OBJ end at one."""
    return "_".join(text.split())

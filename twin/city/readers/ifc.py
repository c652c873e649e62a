"""IFC buildings with their storeys, through ifcopenshell (extra `ifc`), in a process of its own.

The library is C++ that trusts its input: a broken file may end its process, which then is a sentence here and not the end of ours.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyproj import CRS

from twin.city.mesh import Mesh
from twin.city.readers.parts import Hints, Parts, Placement, Solids, source_of
from twin.errors import InputError, Problem
from twin.frame import parse_crs

MAX_BYTES = 2 << 30
LIMIT_S = 600
"""Longest time geometry is computed; large models take minutes."""


def read_ifc(path: Path, hints: Hints) -> Parts:
    """Buildings, storeys as their parts, other products as objects. Raises InputError, also where the extra is not installed."""
    if find_spec("ifcopenshell") is None:
        raise InputError(
            "IFC files need the extra 'ifc', which is not installed", where=str(path), do="Install it with: pip install 'urban-twin[ifc]'"
        )
    if path.stat().st_size > MAX_BYTES:
        raise InputError("This IFC file is larger than 2 GiB", where=str(path))
    with tempfile.TemporaryDirectory(prefix="twin-ifc-") as folder:
        told = _run(path, Path(folder))
        arrays = np.load(Path(folder) / "mesh.npz", allow_pickle=False)
        mesh = Mesh(*(arrays[k] for k in ("points", "triangles", "object", "surface", "color")))
    label = hints.name or path.name
    objects = pd.DataFrame(told["objects"])
    if not len(mesh):
        raise InputError("This IFC file has no product with a body", where=str(path), do="Export it with geometry.")
    problems = []
    if told["failed"]:
        n = len(told["failed"])
        problems.append(
            Problem(
                "no_body",
                "warning",
                n,
                f"The geometry of {n} products could not be computed; they were left out",
                label,
                tuple(told["failed"][:10]),
            )
        )
    crs, place, mesh = _placed(told, mesh, hints, label, problems)
    attributes = pd.DataFrame(told["attributes"]).dropna(axis=1, how="all")
    table = pd.DataFrame({"id": objects["id"], "type": objects["type"], "parent": objects["parent"].astype(np.int64), "lod": ""})
    points = np.full((len(table), 3), np.nan)
    loose = crs is None and place is None
    solids = Solids(
        told["name"] or path.stem, table, attributes, mesh, points, crs, label, hints.engineering, lods={}, place=place, loose=loose
    )  # fmt: skip
    source = source_of(path, hints, None if crs is None else crs.to_string(), "", told["author"])
    return Parts(solids=[solids], sources=[source], problems=problems)


def _run(path: Path, folder: Path) -> dict[str, Any]:
    """What the other process found. Raises InputError."""
    command = [sys.executable, "-m", "twin.city.readers.ifc_products", str(path.absolute()), str(folder)]
    here = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S, env={**os.environ, "PYTHONPATH": paths}, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"The geometry of this IFC file takes longer than {LIMIT_S // 60} minutes", where=str(path)) from None
    except OSError as error:
        raise InputError(f"The IFC reader cannot be started: {error.strerror}", where=str(path)) from None
    answer = folder / "told.json"
    if done.returncode != 0 or not answer.is_file():
        lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        why = "" if done.returncode < 0 or not lines else f": {lines[-1].strip()[:160]}"
        raise InputError(f"This IFC file is broken{why}", where=str(path), do="Export it again.")
    found: dict[str, Any] = json.loads(answer.read_text("utf-8"))
    return found


def _placed(
    told: dict[str, Any], mesh: Mesh, hints: Hints, label: str, problems: list[Problem]
) -> tuple[CRS | None, Placement | None, Mesh]:
    """Where it stands: recipe, IfcMapConversion with its IfcProjectedCRS, latitude and longitude of the site."""
    if hints.crs is not None:
        return hints.crs, None, mesh
    if hints.place is not None or hints.engineering:
        return None, hints.place, mesh
    site = told["site"]
    conversion = told["conversion"]
    if conversion and told["crs"]:
        try:
            crs = parse_crs(told["crs"])
        except InputError as error:
            problems.append(Problem("crs_unknown", "error", 1, f"{error.what}, as the IFC file says", label))
        else:
            return crs, None, Mesh(_mapped(mesh.points, conversion, crs), mesh.triangles, mesh.object, mesh.surface, mesh.color)
    if site["latitude"] is not None and site["longitude"] is not None:
        moved = mesh.points - np.array(site["origin"])
        place = Placement(site["longitude"], site["latitude"], site["elevation"], "EPSG:4326", told["heading"])
        told_place = f"The file gives latitude {place.y:.5f} and longitude {place.x:.5f} of its site, often to some metres only"
        problems.append(Problem("site_place", "info", 1, told_place, label))
        return None, place, Mesh(moved, mesh.triangles, mesh.object, mesh.surface, mesh.color)
    return None, None, mesh


def _mapped(points: np.ndarray[Any, np.dtype[np.float64]], conversion: dict[str, float], crs: CRS) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Metres of the model in the map's coordinates (IfcMapConversion, IFC4 ADD2, 8.18.3.9): turned, scaled, moved."""
    turn = math.hypot(conversion["xaa"], conversion["xao"]) or 1.0
    c, s = conversion["xaa"] / turn, conversion["xao"] / turn
    map_unit = crs.axis_info[0].unit_conversion_factor or 1.0
    # Scale turns the project's unit into the map's; files that leave it out mean the conversion of the units.
    scale = conversion["scale"] / conversion["unit_m"]
    if not 0.9 < scale * map_unit < 1.1:
        scale = 1.0 / map_unit
    x, y = points[:, 0] * scale, points[:, 1] * scale
    own = conversion["map_unit_m"] / map_unit
    return np.column_stack(
        [
            x * c - y * s + conversion["e"] * own,
            x * s + y * c + conversion["n"] * own,
            points[:, 2] + conversion["h"] * conversion["map_unit_m"],
        ]
    )

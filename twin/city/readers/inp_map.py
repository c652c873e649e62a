"""Where the nodes and links of an `.inp` file are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.inp import Sections
from twin.city.readers.parts import Hints
from twin.city.readers.wiring import bends_nearby, finite_rows, lines_between, placed, rows_of, sample
from twin.errors import InputError, Problem
from twin.frame import parse_crs

FOOT = 0.3048
Placed = tuple[pd.DataFrame, pd.DataFrame, NDArray[np.object_], CRS | None]


def map_units(sections: Sections, hints: Hints, map_section: str) -> tuple[CRS | None, float]:
    """CRS of the coordinates, None where nobody says it, and metres of one unit of such coordinates.

    map_section: BACKDROP or MAP; its UNITS may say that coordinates are degrees, feet or metres.
    """
    said = next((r[1].lower() for r in sections.lines.get(map_section, []) if len(r) > 1 and r[0].upper() == "UNITS"), "")
    crs = None if hints.engineering else hints.crs
    if crs is None and not hints.engineering and said.startswith("deg"):
        crs = parse_crs("EPSG:4326")
        sections.problems.append(
            Problem("crs_assumed", "info", 1, "The file says that coordinates are degrees; WGS 84 is taken", sections.source)
        )
    scale = 1.0
    if crs is None:
        scale = hints.unit_m if hints.unit_m != 1.0 else FOOT if said.startswith("f") else 1.0
    return crs, scale


def place_network(sections: Sections, hints: Hints, nodes: pd.DataFrame, edges: pd.DataFrame, crs: CRS | None, scale: float) -> Placed:
    """Coordinates and vertices of the nodes and edges of an `.inp`; what nobody placed stands between its neighbours.

    crs, scale: as map_units found them.
    Returns nodes with `x`, `y`, edges, geometry and CRS. Raises InputError where nothing has a place.
    """
    order = ("y", "x") if hints.swap_axes else ("x", "y")
    places = sections.table("COORDINATES", ("name", *order), 3).drop_duplicates("name", keep="last")
    row = rows_of(places["name"], nodes["name"])
    stray = row < 0
    if stray.any():
        sections.tell("unknown_node", "coordinates belong to nodes that do not exist", places["name"][stray].tolist(), "info")
    xy = np.full((len(nodes), 2), np.nan)
    given = np.column_stack([sections.numbers(places["x"]), sections.numbers(places["y"])]) * scale
    xy[row[~stray]] = given[~stray]
    if not finite_rows(xy).any():
        raise InputError(
            "This network has no coordinates", where=sections.where, do="Save it with its map: the section [COORDINATES] is missing."
        )
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    xy, guessed = placed(xy, start, end)
    ids = nodes["id"].to_numpy(object)
    if guessed.any():
        sections.tell("no_place", "nodes have no coordinates", list(ids[guessed]), did="They stand in the middle of their neighbours.")
    nowhere = ~finite_rows(xy)
    if nowhere.any():
        sections.tell("no_place", "nodes have no coordinates and no neighbour with some; they were left out", list(ids[nowhere]))
        keep = ~nowhere[start] & ~nowhere[end]
        renumbered = np.cumsum(~nowhere) - 1
        nodes, xy = nodes[~nowhere].reset_index(drop=True), xy[~nowhere]
        edges = edges[keep].reset_index(drop=True)
        start, end = renumbered[start[keep]], renumbered[end[keep]]
        edges["start"], edges["end"] = start.astype(np.int32), end.astype(np.int32)
    bends = sections.table("VERTICES", ("name", *order), 3)
    edge = rows_of(bends["name"], edges["name"])
    at = np.column_stack([sections.numbers(bends["x"]), sections.numbers(bends["y"])]) * scale
    near = bends_nearby(xy, at)
    if (~near).any():
        sections.problems.append(
            Problem(
                "bends_elsewhere", "warning", int((~near).sum()),
                f"{int((~near).sum())} vertices of links lie far from all nodes, as if in other coordinates, and were left out",
                sections.source, sample(bends["name"][~near].unique().tolist()),
            )
        )  # fmt: skip
    use = near & (edge >= 0)
    geometry = lines_between(xy, start, end, edge[use], at[use])
    return nodes.assign(x=xy[:, 0], y=xy[:, 1]), edges, geometry, crs

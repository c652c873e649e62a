"""Structures of the city in the flood: culverts, passages under houses, banks and decks, gates, entrances of the metro.

They take part beside the flow on the ground, in steps short enough that none has to be held back (flood_links has the formulas).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard import flood_links as links
from twin.models.hazard.flood_entrances import NO_ENTRANCES, Entrances, entrances_of
from twin.models.hazard.flood_links import BOX, CIRCLE, GATE
from twin.models.hazard.flood_measures import MOST, Walls, check_count, column, features_row, refuse, stated
from twin.models.hazard.flood_passages import Ends, further, passages_of, strands
from twin.models.hazard.flood_pumps import flags, texts_of
from twin.models.hazard.flood_terrain import BLOCK, LAND, WATER, Ground
from twin.scenario.duration import parse_duration

MANNING_PIPE = 0.013
"""Concrete pipe (Chow 1959, table 5-6)."""
GUARD_M = 0.8
"""Height of a flood gate that states none."""
NEAR_CULVERT_M = 5.0
"""A gate this near a culvert or the passage of a street, or within a cell, stands in it."""
_NO_FACE = (-1, 0, 0)
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """ids: of the structures; of: row of ids for each link (a wide culvert has several, side by side). ends, far, face, form,
    size: as in flood_links.move; gate: row of the gate in it, -1 none; flow: m3/s it passed last, from its first end."""

    ids: tuple[str, ...]
    of: _Ints
    ends: _Ints
    far: _Ints
    face: _Ints
    form: _Ints
    size: _Floats
    gate: _Ints
    flow: _Floats

    @staticmethod
    def made(ids: tuple[str, ...], of: Any, ends: Any, far: Any, form: Any, size: Any, face: Any = None, gate: Any = None) -> Links:
        n = len(of)
        return Links(
            ids, np.asarray(of, np.int64), np.asarray(ends, np.int64).reshape(-1, 4), np.asarray(far, np.int64).reshape(-1, 4),
            np.tile(np.array(_NO_FACE, np.int64), (n, 1)) if face is None else np.asarray(face, np.int64).reshape(-1, 3),
            np.broadcast_to(np.asarray(form, np.int64), n).copy(), np.asarray(size, float).reshape(-1, 7),
            np.full(n, -1, np.int64) if gate is None else np.asarray(gate, np.int64), np.zeros(n),
        )  # fmt: skip

    def joined(self, other: Links) -> Links:
        arrays = [np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("ends", "far", "face", "form", "size", "gate", "flow")]
        return Links(self.ids + other.ids, np.concatenate([self.of, other.of + len(self.ids)]), *arrays)

    def flow_of(self, id: str) -> float:
        """m3/s that a structure passed last, from its first end. Raises KeyError."""
        if id not in self.ids:
            raise KeyError(id)
        return float(self.flow[self.of == self.ids.index(id)].sum())


@dataclass(frozen=True)
class Gates:
    """open: or shut; opening: m under its edge, infinite where it lifts clear; begin, until: when it may be open, s."""

    ids: tuple[str, ...]
    open: NDArray[np.bool_]
    opening: _Floats
    begin: _Floats
    until: _Floats

    def joined(self, other: Gates) -> Gates:
        arrays = [np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("open", "opening", "begin", "until")]
        return Gates(self.ids + other.ids, *arrays)

    def switched(self, rows: list[int], on: bool, opening_m: float | None = None) -> Gates:
        """Open or shut from now on, whatever was planned for them."""
        is_open, opening, begin, until = self.open.copy(), self.opening.copy(), self.begin.copy(), self.until.copy()
        is_open[rows], begin[rows], until[rows] = on, 0.0, np.inf
        if opening_m is not None:
            if not opening_m >= 0:
                raise ScenarioError("The opening of a gate cannot be less than 0", do="Give opening_m in metres, 0 where it is shut.")
            opening[rows] = opening_m
        return Gates(self.ids, is_open, opening, begin, until)

    def opening_at(self, at_s: float) -> _Floats:
        return np.where(self.open & (self.begin <= at_s) & (at_s < self.until), self.opening, 0.0)


@dataclass(frozen=True)
class Structures:
    """What stands in the city; links and entrances move water, gates decide how much."""

    links: Links
    gates: Gates
    entrances: Entrances
    notices: tuple[tuple[str, str, str], ...] = ()

    @property
    def are_there(self) -> bool:
        return bool(len(self.links.of) or len(self.entrances.ids))

    @property
    def cells(self) -> tuple[_Ints, _Ints]:
        """Rows and columns of the cells that structures look at."""
        k = self.links
        both = np.concatenate([k.ends[:, :2], k.ends[:, 2:], k.far[:, :2], k.far[:, 2:], self.entrances.cells.reshape(-1, 2)])
        return np.ascontiguousarray(both[:, 0]), np.ascontiguousarray(both[:, 1])

    def openings(self, at_s: float) -> _Floats:
        """Of the gate in each link, infinite where there is none."""
        gate = self.links.gate
        if not len(self.gates.ids):
            return np.full(len(gate), np.inf)
        return np.where(gate >= 0, self.gates.opening_at(at_s)[gate], np.inf)

    def longest_s(self, w: Any, z: Any, kind: Any, zfx: Any, zfy: Any, at_s: float, area: float, most_s: float) -> float:
        """Step after which the structures should take part, at most most_s."""
        if not self.are_there:
            return most_s
        k, e = self.links, self.entrances
        return float(links.longest_s(
            w, z, kind, zfx, zfy, k.ends, k.far, k.face, k.form, k.size, self.openings(at_s), e.cells, e.sill, e.width, area, most_s
        ))  # fmt: skip

    def pass_on(
        self, w: Any, z: Any, carried: tuple[Any, Any], kind: Any, zfx: Any, zfy: Any, at_s: float, dt: float, area: float
    ) -> tuple[float, float, float, float]:
        """Take part for dt until at_s: m3 into permanent water, m3 into the metro, m3 moved by links, greatest depth at their ends."""
        if not self.are_there or dt <= 0:
            return 0.0, 0.0, 0.0, 0.0
        k, e = self.links, self.entrances
        into, moved, deepest = links.move(
            w, z, *carried, kind, zfx, zfy, k.ends, k.far, k.face, k.form, k.size, self.openings(at_s - dt), k.flow, dt, area
        )
        metro = links.sink(w, z, *carried, e.cells, e.sill, e.width, e.taken, e.first_s, dt, area, at_s)
        return into, metro, moved, deepest

    def told(self) -> list[tuple[str, str, str]]:
        """What was assumed, and where water ran into the metro from when."""
        return [*self.notices, *self.entrances.notices()]

    def saved(self) -> dict[str, NDArray[Any]]:
        """Arrays that make it up again."""
        return {f"{part}_{name}": np.array(getattr(getattr(self, part), name)) for part, kind in _PARTS.items() for name in kind}

    def restored(self, kept: Any, prefix: str) -> Structures:
        """As it was when saved."""
        parts: dict[str, Any] = {}
        for part, kind in _PARTS.items():
            values = {name: kept[f"{prefix}{part}_{name}"] for name in kind}
            texts = {n: tuple(str(t) for t in v) for n, v in values.items() if n in ("ids", "names", "stations")}
            parts[part] = _KINDS[part](**{**values, **texts})
        return replace(self, **parts)


_KINDS: dict[str, Any] = {"links": Links, "gates": Gates, "entrances": Entrances}
_PARTS = {part: tuple(kind.__dataclass_fields__) for part, kind in _KINDS.items()}
NO_LINKS = Links.made((), [], [], [], BOX, [])
NO_GATES = Gates((), np.zeros(0, bool), np.zeros(0), np.zeros(0), np.zeros(0))
NOTHING = Structures(NO_LINKS, NO_GATES, NO_ENTRANCES)


def warm_up() -> None:
    """Compile the kernels, or load them from the cache."""
    k, e, w = NO_LINKS, NO_ENTRANCES, np.zeros((1, 1))
    bed, kind, none, f = w.astype(np.float32), w.astype(np.uint8), np.zeros((0, 0), np.float32), np.zeros((2, 2), np.float32)
    links.longest_s(w, bed, kind, f, f, k.ends, k.far, k.face, k.form, k.size, k.flow, e.cells, e.sill, e.width, 1.0, 1.0)
    links.move(w, bed, none, none, kind, f, f, k.ends, k.far, k.face, k.form, k.size, k.flow, k.flow, 1.0, 1.0)
    links.sink(w, bed, none, none, e.cells, e.sill, e.width, e.taken, e.first_s, 1.0, 1.0, 0.0)


def structures_of(city: City, ground: Ground, z: NDArray[np.float32], walls: Walls) -> Structures:
    """Layers `culverts`, `gates`, `metro_entrances` and `flood_gates`, passages of network `roads`. z: bed as computed. Raises
    ScenarioError."""
    notices: list[tuple[str, str, str]] = []
    found = culverts_of(city.layers.get("culverts"), ground, z, notices)
    found = found.joined(_passages(city, ground, z, notices))
    whole = Structures(found, NO_GATES, entrances_of(city, ground, notices))
    gates = city.layers.get("gates")
    if gates is not None and len(gates):
        whole = with_gates(whole, gates, ground, z, walls)
    guards = city.layers.get("flood_gates")
    if guards is not None and len(guards):
        whole = replace(whole, entrances=whole.entrances.guarded(guards))
    return replace(whole, notices=tuple(notices))


def with_change(whole: Structures, change: Change, ground: Ground, z: NDArray[np.float32], walls: Walls) -> Structures:
    """With the culvert, gate or flood gate that a change brings."""
    if change.geometry is None:
        raise ScenarioError(f"'{change.kind}' needs a place", where=change.id)
    values = dict(change.values or {})
    if change.kind == "flood_gate":
        row = features_row("flood_gate", change, {"height_m": GUARD_M, **values})
        return replace(whole, entrances=whole.entrances.guarded(row))
    if change.kind == "culvert":
        return replace(whole, links=whole.links.joined(culverts_of(features_row("culvert", change, values), ground, z, [])))
    return with_gates(whole, features_row("gate", change, gate_values(values, change.at_s)), ground, z, walls)


def gate_values(values: dict[str, Any], start_s: float = 0.0) -> dict[str, Any]:
    """Columns of layer `gates` from what a measure calls them. start_s: what its times count from."""
    begin, lasts = (parse_duration(values.pop(name, 0.0)) for name in ("begin", "duration"))
    return {**values, "begin_s": start_s + begin, "duration_s": lasts}


def culverts_of(layer: Features | None, ground: Ground, z: NDArray[np.float32], notices: list[tuple[str, str, str]]) -> Links:
    """Layer `culverts`: lines with diameter_m, or width_m and height_m; maybe invert_z_m of both ends, or invert_start_z_m and
    invert_end_z_m (else the bed), manning, barrels and length_m. Raises ScenarioError."""
    if layer is None or not len(layer):
        return NO_LINKS
    check_count(layer, "culverts")
    grid, shape = ground.grid, layer.geometry
    lines = shapely.get_type_id(shape) == 1
    no_way = ~lines | (np.where(lines, shapely.length(shape), 1.0) <= 0)
    refuse(layer, no_way, "A culvert is a line from one end to the other", "Draw it so.")
    diameter, width, height = (column(layer, name) for name in ("diameter_m", "width_m", "height_m"))
    is_pipe = np.isfinite(diameter)
    width, height = np.where(is_pipe, diameter, width), np.where(is_pipe, diameter, height)
    manning, barrels = stated(column(layer, "manning"), MANNING_PIPE), stated(column(layer, "barrels"), 1.0)
    refuse(layer, ~((width > 0) & (height > 0)), "A culvert needs its size", "Give diameter_m, or width_m and height_m, in metres.")
    refuse(layer, ~((manning > 0) & (manning < 1)), "The roughness of a culvert is Manning's n", "Give manning between 0.008 and 0.2.")
    refuse(layer, ~(barrels >= 1), "A culvert has one barrel or more", "Give barrels as a whole number.")
    both = column(layer, "invert_z_m")
    start, end = (stated(column(layer, f"invert_{name}_z_m"), both) for name in ("start", "end"))
    length = stated(column(layer, "length_m"), shapely.length(shape))
    at = Ends.of(shape)
    inside = (grid.cell_of(at.ax, at.ay)[0] >= 0) & (grid.cell_of(at.bx, at.by)[0] >= 0)
    open_ = (ground.kind == LAND) | (ground.kind == WATER)
    ends = strands(at, width * barrels, open_, grid)
    good = (ends.cells >= 0).all(axis=1)
    main = np.zeros(len(layer), bool)
    main[ends.of[good]] = True
    built = inside & ~main & _in_building(at, ground)
    refuse(layer, built, "An end of a culvert lies in a building", "Move it to open ground or water beside the building.")
    short = np.zeros(len(layer), bool)
    same = good & (ends.cells[:, :2] == ends.cells[:, 2:]).all(axis=1)
    short[ends.of[same]] = True
    good &= ~same
    lost, gone = int((~main).sum()), int((short & ~np.isin(np.arange(len(layer)), ends.of[good])).sum())
    if lost:
        notices.append(("info", "culverts-outside", f"{lost} culvert(s) lead out of the area that is computed and are left out."))
    if gone:
        notices.append(("info", "culverts-short", f"{gone} culvert(s) are shorter than a cell and are left out."))
    of, cells, far, share = ends.of[good], ends.cells[good], ends.far[good], ends.share[good]
    za, zb = (stated(given[of], z[i, j].astype(float)) for given, (i, j) in ((start, cells[:, :2].T), (end, cells[:, 2:].T)))
    size = np.column_stack([za, zb, width[of], height[of], length[of], manning[of], barrels[of] * share])
    return Links.made(tuple(str(i) for i in layer.ids), of, cells, far, np.where(is_pipe[of], CIRCLE, BOX), size)


def _passages(city: City, ground: Ground, z: NDArray[np.float32], notices: list[tuple[str, str, str]]) -> Links:
    roads = city.networks.get("roads")
    if roads is None or not len(roads.geometry):
        return NO_LINKS
    ids, of, cells, far, size = passages_of(roads, ground, z, notices)
    if len(of) > MOST:
        raise ScenarioError(f"The roads make more than {MOST:,} passages", do="Choose larger cells or a smaller part of the city.")
    return Links.made(ids, of, cells, far, BOX, size)


def with_gates(whole: Structures, layer: Features, ground: Ground, z: NDArray[np.float32], walls: Walls) -> Structures:
    """Layer `gates`: points or lines at a culvert, a passage or a wall, with opening_m (else as high as it is), width_m, `open` (yes where
    it is not stated), begin_s and duration_s (0: to the end) when it is open, sill_z_m (else the ground), and `culvert`, the id of that
    it stands in (else what is near). Raises ScenarioError."""
    check_count(layer, "gates")
    opening, width, sill = (column(layer, name) for name in ("opening_m", "width_m", "sill_z_m"))
    refuse(layer, opening < 0, "The opening of a gate cannot be less than 0", "Give opening_m in metres, 0 where it is shut.")
    refuse(layer, width <= 0, "A gate needs a width", "Give width_m in metres.")
    begin, lasts = (np.nan_to_num(column(layer, name)) for name in ("begin_s", "duration_s"))
    is_open = flags(layer, "open") if "open" in layer.table else flags(layer, "on")
    until = np.where(lasts > 0, begin + lasts, np.inf)
    gates = Gates(tuple(str(i) for i in layer.ids), is_open, stated(opening, np.inf), begin, until)
    first, known = len(whole.gates.ids), whole.links
    named = texts_of(layer.table, "culvert")
    gate, made, number = known.gate.copy(), NO_LINKS, {id: k for k, id in enumerate(known.ids)}
    face = walls.standing()[0]
    middles = shapely.points(replace(walls, face=face).middles(ground.grid))
    grid = ground.grid
    near = max(NEAR_CULVERT_M, grid.cell_m)
    pierced = np.flatnonzero((known.form != GATE) & ~np.array([id.startswith("underbridge/") for id in known.ids], bool)[known.of])
    i, j, m, n = known.ends[pierced].T
    tree = shapely.STRtree(shapely.linestrings(np.stack([grid.x[[j, n]].T, grid.y[[i, m]].T], axis=-1))) if len(pierced) else None
    for row, (id, shape) in enumerate(zip(gates.ids, layer.geometry, strict=True)):  # dozens at most
        target = named[row]
        if not target and tree is not None and shape is not None:
            nearest = tree.query_nearest(shape, max_distance=near, all_matches=False)
            target = known.ids[known.of[pierced[nearest[0]]]] if len(nearest) else ""
        if target:
            if target not in number:
                raise ScenarioError(f"There is no culvert '{target}'", where=id, do="Name one of layer culverts, or leave it out.")
            hit = known.of == number[target]
            if (gate[hit] >= 0).any():
                raise ScenarioError(f"The culvert '{target}' has a gate already", where=id, do="Give a culvert one gate.")
            gate[hit] = first + row
            continue
        made = made.joined(_in_wall(id, first + row, shape, width[row], sill[row], ground, z, face, middles))
    return replace(whole, links=replace(known, gate=gate).joined(made), gates=whole.gates.joined(gates))


def _in_wall(
    id: str, gate: int, shape: Any, width: float, sill: float, ground: Ground, z: NDArray[np.float32], face: _Ints,
    middles: NDArray[np.object_],
) -> Links:  # fmt: skip
    """Links through the faces of walls, with their middles, that a gate stands in. Raises ScenarioError where there is no wall."""
    grid = ground.grid
    away = shapely.distance(middles, shape) if len(face) and shape is not None else np.zeros(0)
    if not len(away) or away.min() > 1.5 * grid.cell_m:
        raise ScenarioError("There is no wall or culvert where the gate should be", where=id, do="Place it on a barrier or a culvert.")
    is_line = shapely.get_dimensions(shape) > 0
    wide = width if np.isfinite(width) else float(shapely.length(shape)) if is_line else 2.0
    count = max(1, math.ceil(wide / grid.cell_m - 1e-9))
    row = np.argsort(away, kind="stable")[:count]
    row = row[away[row] <= max(1.5 * grid.cell_m, wide)]
    axis, i, j = face[row].T
    cells = np.column_stack([i - (axis == 1), j - (axis == 0), i, j])
    za, zb = z[cells[:, 0], cells[:, 1]].astype(float), z[cells[:, 2], cells[:, 3]].astype(float)
    bed = np.maximum(za, zb) if not np.isfinite(sill) else np.full(len(row), sill)
    n = np.ones(len(row))
    size = np.column_stack([bed, bed, n * wide / len(row), n * np.inf, n * 0.0, n * MANNING_PIPE, n])
    out = -np.column_stack([axis == 0, axis == 1]).astype(float)
    open_ = (ground.kind == LAND) | (ground.kind == WATER)
    far = np.column_stack([further(cells[:, :2], out, open_), further(cells[:, 2:], -out, open_)])
    return Links.made((id,), np.zeros(len(row), np.int64), cells, far, GATE, size, face[row], np.full(len(row), gate))


def _in_building(at: Ends, ground: Ground) -> NDArray[np.bool_]:
    """Whether an end lies in a building."""
    hit = np.zeros(len(at.ax), bool)
    for x, y in ((at.ax, at.ay), (at.bx, at.by)):
        i, j = ground.grid.cell_of(x, y)
        hit |= (i >= 0) & (ground.kind[i, j] == BLOCK)
    return hit

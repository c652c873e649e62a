"""Buildings of a large city tile by tile: the triangles of a leaf, or the boxes that stand for far ones, in the colours of their rows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drawing, Surface
from layers.style import PAPER, hex_rgb, hushed
from twin.city.buildings import Buildings
from twin.city.mesh import SurfaceClass
from twin.city.tile_pick import pick
from twin.city.tiles import LEAST_ROWS, Tiles, in_tile_order, tiles_of

ROOFS_PITCHED = ("#c2a48e", "#b7a290", "#ab9f96", "#c8b19c", "#b59681")
"""Tiles, old and new, and slate."""
ROOF_FLAT = 1.07
MARK, MARKED = np.array([255, 140, 0], np.float32), 0.75
"""Colour of what is selected, and how far it covers."""
MOST_CHOSEN = 3_000
"""Buildings selected of a large city that are drawn once more, over the boxes that stand for them; of more the coat tells."""
LEAST_SHOWN = 0.2
"""Neighbours merged into one box are seen when this share of them is."""


@dataclass(frozen=True)
class Bodies:
    """Triangles of some buildings, without those nobody sees. rows: building of each; roof, pitched: kind of each."""

    points: NDArray[np.float64]
    triangles: NDArray[np.int32]
    rows: NDArray[np.int32]
    roof: NDArray[np.bool_]
    pitched: NDArray[np.bool_]
    runs: NDArray[np.int32] | None = None
    """(T, 2), of merged neighbours: the rows whose mean colour a triangle has."""
    own: NDArray[np.uint8] | None = None
    """(T, 4) RGBA of the source's materials and textures, alpha 0 where it says nothing; None where it has none."""


@dataclass(frozen=True)
class Coat:
    """How all buildings are painted. rows: uint8 RGBA of each, alpha 0 for those left out.

    roofs: row of ROOFS_PITCHED of each, None where roofs are no tiles but a lighter wall colour. gloss: 0 stone to 1 glass.
    hush: how far it all pales, 0..1; hush_walls: how far walls pale besides.
    """

    rows: NDArray[np.uint8]
    roofs: NDArray[np.uint8] | None = None
    gloss: NDArray[np.float32] | None = None
    hush: float = 0.0
    hush_walls: float = 0.0
    lighter_roofs: bool = True
    lamps: NDArray[np.uint8] | None = None
    """How full each is, by day (low four bits) and by night."""
    as_source: bool = False
    """Faces have the colour that their source gives them, those without the colour of their row."""
    marked: NDArray[np.bool_] | None = None
    """Rows that are selected, by the thousand."""

    def of(self, order: NDArray[np.int64] | None) -> Coat:
        """For buildings that stand in another order."""
        if order is None:
            return self
        roofs = None if self.roofs is None else self.roofs[order]
        gloss = None if self.gloss is None else self.gloss[order]
        lamps = None if self.lamps is None else self.lamps[order]
        marked = None if self.marked is None else self.marked[order]
        return replace(self, rows=self.rows[order], roofs=roofs, gloss=gloss, lamps=lamps, marked=marked)

    @cached_property
    def hides(self) -> bool:
        return bool((self.rows[:, 3] == 0).any())

    def on(self, bodies: Bodies) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Colour (T, 4) of each triangle, and which are seen."""
        compiled = sys.modules.get("layers.painting")
        if compiled is None or not getattr(compiled, "is_ready", False):  # it may still be on its way in
            return self._by_arrays(bodies)
        n = len(bodies.rows)
        out, seen = np.empty((n, 4), np.uint8), np.empty(n, bool)
        nothing, no_rows, no_colors = np.empty(0, bool), np.empty(0, np.uint8), np.empty((0, 4), np.uint8)
        tiles = np.array([hex_rgb(c) for c in ROOFS_PITCHED]) * 255
        factor = (ROOF_FLAT, 4.0) if self.lighter_roofs else (1.0, 0.0)
        numbers = np.array([
            *factor, LEAST_SHOWN, self.hush, self.hush_walls, MARKED, *(v * 255 for v in PAPER), *MARK.tolist()
        ])  # fmt: skip
        compiled.row_tones(
            self.rows, bodies.rows, np.empty((0, 2), np.int32) if bodies.runs is None else bodies.runs, bodies.roof, bodies.pitched, tiles,
            no_rows if self.roofs is None else self.roofs, bodies.own if self.as_source and bodies.own is not None else no_colors,
            nothing if self.marked is None else self.marked, numbers, out, seen,
        )  # fmt: skip
        return out, seen

    @cached_property
    def _sums(self) -> NDArray[np.int64]:
        """Running sums of red, green, blue and number of the rows that are seen."""
        seen = self.rows[:, 3:] > 0
        values = np.column_stack([np.where(seen, self.rows[:, :3], 0), seen]).astype(np.int64)
        return np.concatenate([np.zeros((1, 4), np.int64), np.cumsum(values, axis=0)])

    @cached_property
    def _marks(self) -> NDArray[np.int64]:
        """Running number of the rows that are selected."""
        assert self.marked is not None
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.marked)])

    def _mark(self, bodies: Bodies) -> NDArray[np.float32]:
        """How far each triangle is covered by the colour of what is selected, (T, 1)."""
        assert self.marked is not None
        if bodies.runs is None:
            share = self.marked[bodies.rows].astype(np.float32)
        else:
            start, stop = bodies.runs[:, 0], bodies.runs[:, 1]
            share = ((self._marks[stop] - self._marks[start]) / np.maximum(stop - start, 1)).astype(np.float32)
        return np.asarray(MARKED * share[:, None], np.float32)

    def _by_arrays(self, bodies: Bodies) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """The same without compiled code."""
        color = self.rows[bodies.rows]
        seen = color[:, 3] > 0
        if bodies.runs is not None:
            start, stop = bodies.runs[:, 0], bodies.runs[:, 1]
            total = self._sums[stop] - self._sums[start]
            many = stop - start > 1
            seen = np.where(many, total[:, 3] > LEAST_SHOWN * (stop - start), seen)
            mean = total[:, :3] / np.maximum(total[:, 3:], 1)
            color[many, :3] = mean[many]
            color[many, 3] = 255
        rgb = color.astype(np.float32)
        if self.lighter_roofs:
            rgb[bodies.roof, :3] = rgb[bodies.roof, :3] * ROOF_FLAT + 4
        if self.roofs is not None:
            tiles = np.array([hex_rgb(c) for c in ROOFS_PITCHED], np.float32) * 255
            rgb[bodies.pitched, :3] = 0.4 * rgb[bodies.pitched, :3] + 0.6 * tiles[self.roofs[bodies.rows[bodies.pitched]]]
        if self.as_source and bodies.own is not None:
            said = bodies.own[:, 3] > 0
            rgb[said, :3] = bodies.own[said, :3]
        if self.hush:
            rgb = hushed(rgb, self.hush)  # type: ignore[arg-type, assignment]
        if self.hush_walls:
            wall = ~bodies.roof
            rgb[wall] = hushed(rgb[wall], self.hush_walls)  # type: ignore[arg-type]
        if self.marked is not None:
            rgb[:, :3] += (MARK - rgb[:, :3]) * self._mark(bodies)
        rgb[:, 3] = np.where(seen, rgb[:, 3], 255)
        return np.clip(rgb, 0, 255).astype(np.uint8), seen


def painted_once(make: Callable[[], Coat]) -> Callable[[], Coat]:
    """The coat of one drawing, made by whoever asks first: tiles and ground ask from threads of their own at the same time."""
    lock, made = threading.Lock(), list[Coat]()

    def coat() -> Coat:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return coat


def surface_of(
    bodies: Bodies, coat: Coat, key: str, version: int = 0, opacity: float = 1.0, order: float = 0, is_tile: bool = False
) -> Surface:
    """A Surface of painted bodies. is_tile: what is left out stays in it, not shown, so that other colours need no other triangles."""
    colors, seen = coat.on(bodies)
    triangles, rows = bodies.triangles, bodies.rows
    if coat.hides and not is_tile:
        triangles, rows, colors = triangles[seen], rows[seen], colors[seen]
    gloss = None if coat.gloss is None else coat.gloss[rows]
    lamps = None if coat.lamps is None else coat.lamps[rows]
    return Surface(
        key, version, 0, opacity, order, gloss=gloss, lamps=lamps, points=bodies.points, triangles=triangles, rows=rows, colors=colors,
        shading="flat", material="facade", origin=bodies if is_tile else None, shown=seen if coat.hides and is_tile else None,
    )  # fmt: skip


def repainted(surface: Surface, coat: Coat) -> Surface:
    """The same surface in the colours of now."""
    bodies = surface.origin
    assert isinstance(bodies, Bodies)
    colors, seen = coat.on(bodies)
    gloss = None if coat.gloss is None else coat.gloss[bodies.rows]
    lamps = None if coat.lamps is None else coat.lamps[bodies.rows]
    return replace(surface, colors=colors, gloss=gloss, lamps=lamps, shown=seen if coat.hides else None)


def bodies_of(b: Buildings, triangles: slice = slice(None), points: slice = slice(None)) -> Bodies:
    """Bodies from a run of the mesh, and of its points where triangles need no others."""
    mesh = b.mesh
    surface = np.asarray(mesh.surface[triangles])
    keep = np.flatnonzero((surface != SurfaceClass.GROUND) & (surface != SurfaceClass.CLOSURE))
    p = mesh.points[points]
    corners = mesh.triangles[triangles][keep] - np.int32(points.start or 0)
    roof = surface[keep] == SurfaceClass.ROOF
    own = None if mesh.color is None else np.asarray(mesh.color[triangles])[keep]
    return Bodies(p, corners, mesh.object[triangles][keep], roof, _steep(p, corners, roof), own=own)


def _steep(points: NDArray[np.float64], triangles: NDArray[np.int32], roof: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Roof triangles that are not flat."""
    which = np.flatnonzero(roof)
    a, b, c = (points[triangles[which, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    size = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    out = np.zeros(len(triangles), bool)
    out[which] = np.abs(normal[:, 2]) / size < 0.97
    return out


_CORNERS = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
_FACES = np.array([(0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7), (4, 5, 6), (4, 6, 7)], np.int32)
_ROOF = np.arange(len(_FACES)) >= 8


FLAT_SHARE = 1.2
"""Boxes no higher than this share of a tile's error are left to the ground they stand on, where they are painted."""


def boxes_of(tiles: Tiles, node: int, standing: bool = False) -> Bodies:
    """Bodies of the boxes of a coarse tile. standing: without those so low that the painted ground tells them as well."""
    start, stop = tiles.nodes["boxes"][node]
    boxes = tiles.boxes[start:stop]
    if standing:
        boxes = boxes[_stands(tiles)[start:stop]]
    return _upright(boxes)


def _stands(tiles: Tiles) -> NDArray[np.bool_]:
    """Which boxes of all coarse tiles rise above FLAT_SHARE of their tile's error, and the highest of each. Worked out once."""
    kept = tiles.__dict__
    if "_stands" not in kept:
        runs = tiles.nodes["boxes"].astype(np.int64)
        some = np.flatnonzero(runs[:, 1] > runs[:, 0])
        some = some[np.argsort(runs[some, 0], kind="stable")]  # the runs follow each other without gaps
        rise = tiles.boxes["z"][:, 1] - tiles.boxes["z"][:, 0]
        least = FLAT_SHARE * tiles.nodes["error_m"][some]
        if len(some):
            least = np.minimum(least, np.maximum.reduceat(rise, runs[some, 0]))
        kept["_stands"] = rise >= np.repeat(least, runs[some, 1] - runs[some, 0])
    found: NDArray[np.bool_] = kept["_stands"]
    return found


def roofs_of(tiles: Tiles) -> Bodies:
    """The tops of the finest boxes, which are those of single buildings for the most part: the city as a plan."""
    leaf, child = tiles.leaves, tiles.nodes["children"]
    above = ((child >= 0) & leaf[child]).any(1) & ~leaf
    runs = tiles.nodes["boxes"][above].astype(np.int64)
    index = np.concatenate([np.arange(a, z) for a, z in runs] or [np.empty(0, np.int64)])
    return _upright(tiles.boxes[index], roofs_only=True)


def _upright(boxes: NDArray[Any], roofs_only: bool = False) -> Bodies:
    n = len(boxes)
    cos, sin = np.cos(boxes["angle"]), np.sin(boxes["angle"])
    uv = boxes["half"][:, None, :].astype(float) * _CORNERS
    points = np.empty((n, 8, 3))
    points[:, :4, 0] = points[:, 4:, 0] = uv[..., 0] * cos[:, None] - uv[..., 1] * sin[:, None] + boxes["centre"][:, None, 0]
    points[:, :4, 1] = points[:, 4:, 1] = uv[..., 0] * sin[:, None] + uv[..., 1] * cos[:, None] + boxes["centre"][:, None, 1]
    points[:, :4, 2], points[:, 4:, 2] = boxes["z"][:, None, 0], boxes["z"][:, None, 1]
    faces, is_roof = (_FACES[_ROOF], _ROOF[_ROOF]) if roofs_only else (_FACES, _ROOF)
    triangles = (faces[None] + (np.arange(n, dtype=np.int32) * 8)[:, None, None]).reshape(-1, 3)
    each = np.repeat(np.arange(n), len(faces))
    roof = np.tile(is_roof, n)
    return Bodies(points.reshape(-1, 3), triangles, boxes["row"][each], roof, roof & (boxes["pitched"][each] > 0), boxes["rows"][each])


@dataclass
class Tiled(Drawing):
    """Something large drawn tile by tile: a scene asks for the surfaces of the tiles it shows.

    coat: how all rows are painted now, handed to `tile`; called in a worker, for it looks at every row.
    """

    coat: Callable[[], Any] = None  # type: ignore[assignment]
    marks_many = False
    """Whether its coat shows a selection of more than MOST_CHOSEN rows."""

    def identity(self) -> object:
        """The same for drawings of the same geometry."""
        raise NotImplementedError

    @property
    def tiles(self) -> Tiles:
        raise NotImplementedError

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Triangles of each tile, about; 0 for one that draws nothing."""
        raise NotImplementedError

    def tile(self, node: int, coat: Any) -> Surface:
        """One tile."""
        raise NotImplementedError

    def repainted(self, surface: Surface, coat: Any) -> Surface | None:
        """A tile in the colours of now; None where it has to be made anew."""
        return None

    def chosen(self, rows: NDArray[np.int32]) -> Surface:
        """Some rows in full detail, to be highlighted."""
        raise NotImplementedError

    def holding(self, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which nodes hold some of these rows."""
        return np.zeros(len(self.tiles.nodes), bool)

    def pick(self, origin: NDArray[Any], direction: NDArray[Any], coat: Any) -> tuple[int, float] | None:
        """Row that a ray meets first, and how far away; coat: None where nothing is painted yet."""
        raise NotImplementedError


SOME_ROWS, SOME_TRIANGLES = 1_500, 60_000
"""A city above either is arranged for drawing, though its rows stay as they are."""


def arranged(b: Buildings) -> tuple[Buildings, NDArray[np.int64] | None] | None:
    """Buildings as they are drawn in tiles, and the row of each where they stand in another order; None for a place so small that it
    is drawn as a whole. Worked out once."""
    kept = b.__dict__
    if "_arranged" not in kept:
        kept["_arranged"] = _arranged(b)
    found: tuple[Buildings, NDArray[np.int64] | None] | None = kept["_arranged"]
    return found


def _arranged(b: Buildings) -> tuple[Buildings, NDArray[np.int64] | None] | None:
    if b.tiles is not None:
        return b, None
    if len(b) <= 4 * LEAST_ROWS or (len(b) <= SOME_ROWS and b.triangle_count <= SOME_TRIANGLES):
        return None
    moved, order = in_tile_order(b)
    tiles = tiles_of(moved)
    if tiles is None:
        return None
    moved = b.derived() if moved is b else moved
    moved.__dict__["tiles"] = tiles  # of the copy alone: the city's own are drawn as a whole by whoever asks
    return moved, order


@dataclass
class TiledSurface(Tiled):
    """Buildings in tiles; their coat is a Coat in the order of these buildings.

    rows_of: row of the layer of each, None where they are the same.
    """

    marks_many = True
    buildings: Buildings = field(default_factory=Buildings.empty)
    rows_of: NDArray[np.int64] | None = None
    has_plan: bool = False
    """Its plan can be painted into the ground."""
    is_painted: bool = False
    """It is, so that far tiles need show no low houses."""

    def identity(self) -> object:
        return id(self.buildings)

    @property
    def tiles(self) -> Tiles:
        found = self.buildings.tiles
        assert found is not None
        return found

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        nodes = self.tiles.nodes
        leaf = self.tiles.leaves
        boxes = nodes["boxes"].astype(np.int64)
        if self.is_painted:
            boxes = np.concatenate([[0], np.cumsum(_stands(self.tiles))])[boxes]
        runs = np.where(leaf[:, None], nodes["triangles"], boxes * len(_FACES)).astype(np.int64)
        return np.asarray(runs[:, 1] - runs[:, 0])

    def tile(self, node: int, coat: Coat) -> Surface:
        nodes = self.tiles.nodes
        if self.tiles.leaves[node]:
            bodies = bodies_of(self.buildings, slice(*nodes["triangles"][node].tolist()), slice(*nodes["points"][node].tolist()))
        else:
            bodies = boxes_of(self.tiles, node, self.is_painted)
        return surface_of(bodies, coat, f"{self.key}/{node}", self.version, self.opacity, self.order, is_tile=True)

    def repainted(self, surface: Surface, coat: Coat) -> Surface | None:
        if surface.origin is None:
            return None
        return replace(repainted(surface, coat), version=self.version, opacity=self.opacity, order=self.order)

    def pick(self, origin: NDArray[Any], direction: NDArray[Any], coat: Coat | None) -> tuple[int, float] | None:
        seen = coat.rows[:, 3] > 0 if coat is not None and coat.hides else None
        found = pick(self.tiles, self.buildings.mesh, origin, direction, seen=seen)
        return found if found is None or self.rows_of is None else (int(self.rows_of[found[0]]), found[1])

    def holding(self, rows: NDArray[np.int32]) -> NDArray[np.bool_]:
        own = np.sort(rows) if self.rows_of is None else np.flatnonzero(np.isin(self.rows_of, rows))
        first, stop = np.searchsorted(own, self.tiles.nodes["rows"]).T
        return np.asarray(stop > first)

    def chosen(self, rows: NDArray[np.int32]) -> Surface:
        coat = Coat(np.broadcast_to(np.array([200, 190, 175, 255], np.uint8), (len(self.buildings), 4)))
        mesh = self.buildings.mesh
        if self.rows_of is not None:
            rows = np.flatnonzero(np.isin(self.rows_of, rows)).astype(np.int32)
        index = mesh.of_objects(np.sort(rows))
        surface = mesh.surface[index]
        index = index[(surface != SurfaceClass.GROUND) & (surface != SurfaceClass.CLOSURE)]
        part = mesh.part(index, mesh.object[index])
        roof = part.surface == SurfaceClass.ROOF
        bodies = Bodies(part.points, part.triangles, part.object, roof, _steep(part.points, part.triangles, roof))
        made = surface_of(bodies, coat, f"{self.key}/chosen", self.version, self.opacity, self.order)
        return made if self.rows_of is None else replace(made, rows=self.rows_of[made.rows].astype(np.int32))

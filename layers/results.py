"""Layers of a run: what it gave, on the ground, on buildings and on roads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Lines, Points, Surface
from layers.far import FarLines
from layers.features import LineLayer, TableLayer, point_positions
from layers.fields import VELOCITY, FieldLayer, WaterLayer
from layers.flow import Arrows, FlowArrows
from layers.ground import Ground
from layers.layer import Layer
from layers.networks import DISC, RING, widths_of
from layers.particles import PUFFED, PuffLayer
from layers.roads import road_widths
from layers.shapes import polylines
from layers.style import Style, hex_rgb, hushed, ramp
from layers.tiles import Bodies, Coat, TiledSurface, bodies_of, painted_once
from twin.city.assets import FAILED
from twin.city.city import City
from twin.city.traffic_flow import Course
from twin.quantities import Quantity, quantities
from twin.results import FieldStore

SHOWN = (
    "water_depth", "flood_probability_30_cm", "flood_return_period", "building_damage", "building_contaminant", "road_state",
    "building_power", "facility_state", "power_supply", "water_supply",
)  # fmt: skip
"""The most telling, in order. Two are seen at first: three colours at once drown each other, and water comes first."""
LACKING = (
    "road_speed_factor", "power_supply", "water_supply", "water_node_power", "water_edge_power", "pump_power", "station_power",
    "building_power", "building_water", "building_mobile",
)  # fmt: skip
"""Shares of what there should be: worth drawing where something lacks."""
SIGNED = ("water_flow",)
"""Their sign says the way: positive from start to end."""
INNER = ("asset_hit", "water_injection", "water_held", "contaminant_decay", "contaminant_limit")
"""What models hand to one another; others tell of it better."""
SELDOM = ("water_contaminant",)
"""Given by models that follow it in few runs: without a value at all it is no layer."""
FIRST_SEEN = 2
PALE_WALLS = 0.5
"""Seen from a street, whole fronts of signal colour would shout."""


def result_layers(city: City, store: FieldStore) -> list[Layer]:
    """One layer for each quantity of the store that can be drawn, named by it; the most telling are visible."""
    ground = Ground.of(city)
    layers: list[Layer] = []
    names = set(store.quantities())
    first = [x for x in SHOWN if x in names][:FIRST_SEEN]
    for name in store.quantities():
        q = quantities().get(name)
        if q is None or name in VELOCITY or name in INNER or q.name in FAILED.values():
            continue
        if name in SELDOM and (found := store.at(name, None)) is not None and np.isnan(found.array).all():
            continue
        shown = name in first
        if q.name in PUFFED:
            layers.append(PuffLayer(city, ground, store, q, visible=True, order=30))
        elif q.support == "grid":
            kind = WaterLayer if name in ("water_depth", "water_depth_max") else FieldLayer
            layers.append(kind(city, ground, store, q, visible=shown, order=13))
        elif q.support == "building" and len(city.buildings):
            layers.append(BuildingResultLayer(city, store, q, visible=shown, order=30))
        elif q.support.startswith("edge:") and q.support[5:] in city.networks:
            layers.append(EdgeResultLayer(city, ground, store, q, visible=shown, order=18))
        elif (place := places_of(city, q.support)) is not None:
            layers.append(PlaceResultLayer(place, ground, store, q, visible=shown, order=21))
    for layer in layers:
        layer.theme = quantities()[layer.id].theme
    return sorted(layers, key=lambda x: SHOWN.index(x.id) if x.id in SHOWN else len(SHOWN))


def style_of(q: Quantity) -> Style:
    """Classes for states, a ramp otherwise."""
    if q.states:
        steps = ramp(q.palette, np.linspace(0, 1, len(q.states)))
        colors = ["#" + "".join(f"{round(float(v) * 255):02x}" for v in c) for c in steps]
        return Style(kind="categorised", field=q.name, palette=q.palette, categories=tuple(zip(q.states, colors)))
    return Style(kind="graduated", field=q.name, palette=q.palette, low=q.range[0], high=q.range[1], classes=5, unit=q.unit)


class _Values:
    """Values of object rows at the present moment, and which of them are worth drawing."""

    def __init__(self, store: FieldStore, q: Quantity, count: int, signed: bool = False) -> None:
        self._store, self.q, self._count, self._signed = store, q, count, signed
        self.states = () if signed else q.states

    def at(self, time_s: float | None) -> NDArray[np.float64]:
        found = self._store.at(self.q.name, time_s)
        if found is None or len(found.array) != self._count:
            return np.full(self._count, np.nan)
        return np.asarray(found.array, float)

    def shown(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore"):
            if self._signed:
                return np.asarray(np.abs(values) > 1e-6)
            if self.q.name in LACKING:
                return np.asarray(values < 0.999)
            if self.q.name in SIGNED:
                return np.asarray(np.abs(values) > 1e-4)
            return np.asarray(values > max(self.q.range[0], 1e-9))

    def colors(self, style: Style, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        if not self.states:
            return style.rgba(values)
        table = np.array([[round(v * 255) for v in hex_rgb(c)] + [255] for _, c in style.categories], np.uint8)
        return np.asarray(table[np.clip(np.nan_to_num(values).astype(int), 0, len(table) - 1)])

    def words(self, values: NDArray[np.float64]) -> Any:
        if not self.states:
            return values
        return np.array(["" if not np.isfinite(v) else self.states[int(min(max(v, 0), len(self.states) - 1))] for v in values], object)


class _ObjectResult(TableLayer):
    """A result of objects of the city: its value joins their table, and changes with time where it is a series."""

    _source: _Values

    def set_time(self, time_s: float) -> None:
        if self._source.q.kind == "series" and time_s != self.time_s:
            super().set_time(time_s)
            self.changed.emit("data")

    def now(self) -> NDArray[np.float64]:
        """Value of each object at the present moment, NaN where there is none."""
        return self._source.at(self.time_s)

    def table(self) -> pd.DataFrame:
        return self._table.assign(**{self._source.q.name: self._source.words(self.now())})

    def attributes(self, row: int) -> dict[str, Any]:
        return {str(k): v for k, v in self.table().iloc[row].items()}


class BuildingResultLayer(_ObjectResult):
    """The buildings a result concerns, coloured by it, over the clay ones."""

    def __init__(self, city: City, store: FieldStore, q: Quantity, signed: bool = False, **options: Any) -> None:
        b = self._buildings = city.buildings
        options.setdefault("style", style_of(q))
        super().__init__(
            q.name,
            q.title["en"],
            "results",
            lambda: b.table[["id", "name", "use", "height_m"]].reset_index(drop=True),
            lambda: b.footprints,
            **options,
        )
        self._source = _Values(store, q, len(b), signed)
        self._drawn: tuple[bytes, Any, Any, NDArray[np.intp]] | None = None

    @cached_property
    def _bodies(self) -> Bodies:
        return bodies_of(self._buildings)

    def draw(self) -> list[Drawing]:
        values = self.now()
        shown = self._source.shown(values)
        if self._buildings.tiles is not None:
            style = self.style

            @painted_once
            def coat() -> Coat:
                rows = self._source.colors(style, values)
                rows[~shown, 3] = 0
                return Coat(rows, hush_walls=PALE_WALLS, lighter_roofs=False)

            common = (self.id, self._version, 0, self.opacity, self.order)
            return [TiledSurface(*common, buildings=self._buildings, coat=coat)] if shown.any() else []
        bodies = self._bodies
        key = shown.tobytes()
        if self._drawn is None or self._drawn[0] != key:
            picked = np.flatnonzero(shown[bodies.rows])
            used, flat = np.unique(bodies.triangles[picked], return_inverse=True)
            self._drawn = (key, bodies.points[used], flat.reshape(-1, 3).astype(np.int32), picked)
        _, points, triangles, picked = self._drawn
        if not len(triangles):
            return []
        color = self._source.colors(self.style, values)[bodies.rows[picked]]
        wall = ~bodies.roof[picked]
        color[wall] = hushed(color[wall], PALE_WALLS)
        return [
            Surface(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=points,
                triangles=triangles,
                rows=bodies.rows[picked],
                colors=color,
                shading="flat",
                material="facade",
            )
        ]


class EdgeResultLayer(_ObjectResult, LineLayer):
    """The streets, cables or pipes a result concerns, coloured by it, over the water; arrows where it says which way."""

    in_tiles = False

    def __init__(self, city: City, ground: Ground, store: FieldStore, q: Quantity, signed: bool = False, **options: Any) -> None:
        network = city.networks[q.support.partition(":")[2]]
        geometry = network.geometry.copy()
        if "tunnel" in network.edges:
            geometry[network.edges["tunnel"].fillna(False).to_numpy(bool)] = shapely.LineString()
        columns = [c for c in ("id", "name", "class", "kind") if c in network.edges]
        options.setdefault("style", style_of(q))
        roads = network.kind == "roads"
        widths, pixels = (road_widths(network.edges) * 0.7, None) if roads else widths_of(network)
        super().__init__(
            q.name,
            q.title["en"],
            "results",
            network.edges[columns].reset_index(drop=True),
            geometry,
            ground,
            widths_m=widths,
            lift_m=0.4,
            **options,
        )
        self._source = _Values(store, q, len(network.edges), signed)
        self._kept: dict[str, tuple[bytes, Any, Any]] = {}
        self._thin = None if pixels is None else (geometry, pixels)
        self._lines: tuple[bytes, list[Drawing]] | None = None
        self._course: Course | None = None
        self._arrows: tuple[bytes, FlowArrows] | None = None
        self.moves_within_m = 6000.0 if q.name in SIGNED else 0.0

    def row_colors(self) -> NDArray[np.uint8]:
        return self._source.colors(self.style, np.abs(self.now()) if self._source.q.name in SIGNED else self.now())

    def draw(self) -> list[Drawing]:
        values = self.now()
        shown = self._source.shown(values)
        key = shown.tobytes()
        out: list[Drawing] = []
        for d in super().draw():
            assert isinstance(d, Surface)
            pick = shown[d.rows]
            if not pick.any() or d.key.endswith("-deck"):
                continue
            kept = self._kept.get(d.key)
            if kept is None or kept[0] != key:  # the same arrays as long as the same streets are concerned
                kept = self._kept[d.key] = (key, d.points.copy(), d.triangles[pick])
            d.points, d.triangles, d.rows, d.colors = kept[1], kept[2], d.rows[pick], d.colors[pick]
            out.append(d)
        colors = self.row_colors()
        out += self._from_far(shown, key, colors)
        if self._source.q.name in SIGNED and shown.any():
            way = np.where(shown, np.sign(np.nan_to_num(values)), 0.0)
            if self._course is None:
                points, offsets, rows = polylines(self._geometry, self._ground, 1.5)
                self._course = Course(points, offsets, rows.astype(np.int64))
            if self._arrows is None or self._arrows[0] != way.tobytes():
                self._arrows = way.tobytes(), FlowArrows(self._course, way, np.clip(1.6 * self._widths, 2.5, 14.0))
            arrows = self._arrows[1]
            common = (self._version, 0, self.opacity, self.order)
            out.append(Arrows(f"{self.id}-arrows", *common, at=lambda moment: arrows.at(moment.run_s, colors)))
        return out

    def _from_far(self, shown: NDArray[np.bool_], key: bytes, colors: NDArray[np.uint8]) -> list[Drawing]:
        """Thin lines of what is concerned, for cables and pipes too narrow to be seen from far off."""
        if self._thin is None or not shown.any():
            return []
        if self._lines is None or self._lines[0] != key:
            geometry, pixels = self._thin
            far = FarLines(geometry, self._ground, 1.0, np.where(shown, np.maximum(pixels, 1), -1))
            self._lines = key, far.draw(f"{self.id}-{hash(key) & 0xFFFF:x}", (0, 0, 1.0, 0), colors)
        return [
            replace(d, version=self._version, opacity=self.opacity, order=self.order, colors=colors[d.rows])
            for d in self._lines[1]
            if isinstance(d, Lines)
        ]


@dataclass(frozen=True)
class Places:
    """Objects at a point: their table and geometry."""

    table: pd.DataFrame
    geometry: NDArray[np.object_]
    size: float


def places_of(city: City, support: str) -> Places | None:
    """The nodes of a network, or the rows of a layer, that a result is about."""
    part, _, name = support.partition(":")
    if part == "node" and name in city.networks and len(city.networks[name].nodes):
        nodes = city.networks[name].nodes
        columns = [c for c in ("id", "name", "kind") if c in nodes]
        return Places(nodes[columns].reset_index(drop=True), np.asarray(shapely.points(nodes[["x", "y"]].to_numpy(float))), 7.0)
    layer = city.layers.get(support)
    if name or layer is None or not len(layer):
        return None
    columns = [c for c in ("id", "name", "kind") if c in layer.table]
    return Places(layer.table[columns].reset_index(drop=True), layer.geometry, 14.0)


class PlaceResultLayer(_ObjectResult):
    """Substations, hospitals, pumps, masts ... that a result concerns, as rings in its colour."""

    def __init__(self, places: Places, ground: Ground, store: FieldStore, q: Quantity, signed: bool = False, **options: Any) -> None:
        options.setdefault("style", style_of(q))
        super().__init__(q.name, q.title["en"], "results", places.table, places.geometry, **options)
        self._source = _Values(store, q, len(places.table), signed)
        self._points, self._size = point_positions(places.geometry, ground, 3.0), places.size
        self._drawn: tuple[bytes, int] = (b"", 0)

    def draw(self) -> list[Drawing]:
        values = self.now()
        shown = self._source.shown(values) & np.isfinite(self._points).all(1)
        key = shown.tobytes()
        if key != self._drawn[0]:
            self._drawn = key, self._drawn[1] + 1
        rows = np.flatnonzero(shown).astype(np.int32)
        if not len(rows):
            return []
        worth = np.nan_to_num(values[rows])
        worth = 1.0 - worth if self._source.q.name in LACKING else worth
        points = Points(
            self.id, self._version, self._drawn[1], self.opacity, self.order, points=self._points[rows], rows=rows,
            colors=self._source.colors(self.style, values)[rows], size=self._size,
            shapes=np.full(len(rows), RING if self._size > 10 else DISC, np.uint8), priority=worth * 50.0,
        )  # fmt: skip
        return [points]

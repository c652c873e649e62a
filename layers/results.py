"""Layers of a run: what it gave, on the ground, on buildings and on roads."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Surface
from layers.features import LineLayer, TableLayer
from layers.fields import VELOCITY, FieldLayer, WaterLayer
from layers.ground import Ground
from layers.layer import Layer
from layers.particles import PUFFED, PuffLayer
from layers.roads import road_widths
from layers.style import Style, hex_rgb, hushed, ramp
from layers.tiles import Bodies, Coat, TiledSurface, bodies_of, painted_once
from twin.city.city import City
from twin.quantities import Quantity, quantities
from twin.results import FieldStore

SHOWN = ("water_depth", "flood_probability_30_cm", "flood_return_period", "building_damage", "road_state")
"""The most telling, in order. Two are seen at first: three colours at once drown each other, and water comes first."""
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
        if q is None or name in VELOCITY:
            continue
        shown = name in first
        if q.name in PUFFED:
            layers.append(PuffLayer(city, ground, store, q, visible=True, order=30))
        elif q.support == "grid":
            kind = WaterLayer if name in ("water_depth", "water_depth_max") else FieldLayer
            layers.append(kind(city, ground, store, q, visible=shown, order=13))
        elif q.support == "building" and len(city.buildings):
            layers.append(BuildingResultLayer(city, store, q, visible=shown, order=30))
        elif q.support == "edge:roads" and "roads" in city.networks:
            layers.append(RoadResultLayer(city, ground, store, q, visible=shown, order=18))
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
            if self.q.name == "road_speed_factor":
                return np.asarray(values < 0.999)
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


class RoadResultLayer(_ObjectResult, LineLayer):
    """The streets a result concerns, coloured by it, over the water."""

    in_tiles = False

    def __init__(self, city: City, ground: Ground, store: FieldStore, q: Quantity, signed: bool = False, **options: Any) -> None:
        network = city.networks["roads"]
        geometry = network.geometry.copy()
        if "tunnel" in network.edges:
            geometry[network.edges["tunnel"].fillna(False).to_numpy(bool)] = shapely.LineString()
        columns = [c for c in ("id", "name", "class") if c in network.edges]
        options.setdefault("style", style_of(q))
        super().__init__(
            q.name,
            q.title["en"],
            "results",
            network.edges[columns].reset_index(drop=True),
            geometry,
            ground,
            widths_m=road_widths(network.edges) * 0.7,
            lift_m=0.4,
            **options,
        )
        self._source = _Values(store, q, len(network.edges), signed)
        self._kept: dict[str, tuple[bytes, Any, Any]] = {}

    def row_colors(self) -> NDArray[np.uint8]:
        return self._source.colors(self.style, self.now())

    def draw(self) -> list[Drawing]:
        shown = self._source.shown(self.now())
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
        return out

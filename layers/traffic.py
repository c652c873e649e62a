"""Vehicles that move: those of a timetable, and simulated traffic where no one has counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Drawing
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.moment import Moment
from layers.networks import COVER_M, sunk
from layers.shapes import polylines
from layers.style import Style
from twin.city.city import City
from twin.city.network import Network
from twin.city.traffic_flow import BY_HOUR, CLASSES, Course, Positions, TrafficFlow, drives_on_left
from twin.city.trips import KINDS, MODE_COLORS, Trips, has_timetable
from twin.results import FieldStore

SEEN_WITHIN_M = 5000.0
LEAST_ROADS = 10
TRAFFIC, TRANSIT = "traffic", "transit-vehicles"


@dataclass
class Fleet(Drawing):
    """Vehicles, asked for their places at each picture: at(moment). Bodies near by, dots further off, lights at night."""

    at: Callable[[Moment], Positions] = None  # type: ignore[assignment]


class MovingLayer(Layer):
    """Vehicles of some networks. What they follow takes a moment to make: `prepare` may be called by a worker, `draw` gives nothing
    before; with `in_background` False the first draw makes it itself."""

    moves_within_m = SEEN_WITHIN_M

    def __init__(self, id: str, title: str, city: City, networks: dict[str, Network], **options: object) -> None:
        super().__init__(id, title, "networks", visible=False, order=20, **options)  # type: ignore[arg-type]
        self._city, self._networks = city, networks
        self.in_background = False
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "data")

    @property
    def is_prepared(self) -> bool:
        raise NotImplementedError

    def prepare(self, check: Callable[[], None] = lambda: None) -> None:
        """Make what the vehicles follow. check: raises to stop the work."""
        raise NotImplementedError

    def positions(self, moment: Moment) -> Positions:
        raise NotImplementedError

    def draw(self) -> list[Drawing]:
        if not self.is_prepared:
            if self.in_background:
                return []
            self.prepare()
        return [Fleet(self.id, self._version, 0, self.opacity, self.order, at=self.positions)]

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        x0, y0, x1, y1 = self._city.core_bounds
        return x0, x1, y0, y1, 0.0, 10.0

    def fields(self) -> list[str]:
        return []


def course_of(network: Network, ground: Ground) -> Course:
    """Edges of a network on the ground as it is drawn, those on bridges at their height."""
    points, offsets, rows = polylines(network.geometry, ground, 0.1)
    return Course(points, offsets, rows.astype(np.int64))


class TrafficLayer(MovingLayer):
    """Cars, trucks and buses by class of road and time of day; nobody counted them, and title, legend and table say so.

    The table holds what is assumed. `set_factors` takes what a result says of roads: none is driven on where it is impassable.
    """

    caution = "simulated traffic"

    def __init__(self, city: City) -> None:
        roads = city.networks["roads"]
        super().__init__(TRAFFIC, "Traffic (simulated)", city, {"roads": roads}, style=Style(color="#8b9096"), source="simulated")
        self.flow: TrafficFlow | None = None
        self._factor: NDArray[np.float64] | None = None

    @property
    def is_prepared(self) -> bool:
        return self.flow is not None

    def prepare(self, check: Callable[[], None] = lambda: None) -> None:
        roads = self._networks["roads"]
        course = course_of(roads, Ground.of(self._city))
        check()
        frame = self._city.frame
        left = frame.has_map and drives_on_left(*(float(v) for v in frame.to_lonlat(0.0, 0.0)))
        flow = TrafficFlow(roads, course, left)
        check()
        flow.set_factors(self._factor)
        self.flow = flow

    def set_factors(self, factor: NDArray[np.float64] | None) -> None:
        """Share of the free speed on each road (0: impassable) of the result shown; None: no result."""
        if factor is not None and len(factor) != len(self._networks["roads"].edges):
            factor = None
        same = factor is self._factor or (factor is not None and self._factor is not None and np.array_equal(factor, self._factor))
        self._factor = factor
        if not same and self.flow is not None:
            self.flow.set_factors(factor)
            self.changed.emit("data")

    def positions(self, moment: Moment) -> Positions:
        assert self.flow is not None
        return self.flow.at(moment.run_s, moment.day_s, weekend=moment.civil.weekday() >= 5)

    def table(self) -> pd.DataFrame:
        names = list(CLASSES)
        return pd.DataFrame(
            {
                "id": [f"assumed/{n}" for n in names],
                "road class": names,
                "vehicles an hour and lane": [CLASSES[n][0] for n in names],
                "speed_kmh": [CLASSES[n][1] for n in names],
                "busiest hour": int(np.argmax(BY_HOUR)),
            }
        )

    def legend(self) -> Legend:
        entries = (("#d5d5d2", "car"), ("#e4e2dc", "truck"), ("#b25240", "bus"))
        return Legend(self.title, entries=tuple(LegendEntry(c, t) for c, t in entries))


class TransitLayer(MovingLayer):
    """Vehicles of all timetables of a city, in the colours of their routes."""

    def __init__(self, city: City, networks: dict[str, Network]) -> None:
        source = ", ".join(dict.fromkeys(n.source for n in networks.values() if n.source))
        super().__init__(TRANSIT, "Transit vehicles", city, networks, style=Style(color="#5f4b73"), source=source)
        self.trips: list[Trips] | None = None
        self.is_buried = all(n.kind == "metro" for n in networks.values())
        self.can_be_deep = any(n.kind == "metro" for n in networks.values())
        self._sunk: list[Trips] = []

    @property
    def is_prepared(self) -> bool:
        return self.trips is not None

    def prepare(self, check: Callable[[], None] = lambda: None) -> None:
        ground = Ground.of(self._city)
        made, deep = [], []
        for network in self._networks.values():
            check()
            made.append(Trips(network, course_of(network, ground)))
            low = network.kind == "metro"
            deep.append(Trips(network, sunk(network, ground, COVER_M["metro"])) if low else made[-1])
        self.trips, self._sunk = made, deep

    def positions(self, moment: Moment) -> Positions:
        assert self.trips is not None
        found = [p for p in (t.at(moment.civil) for t in (self._sunk if self.below else self.trips)) if len(p)]
        if not found:
            return Positions.none()
        return Positions(*(np.concatenate([getattr(p, name) for p in found]) for name in ("xyz", "heading", "kind", "color", "who")))

    def table(self) -> pd.DataFrame:
        routes = [n.tables["routes"].assign(network=name) for name, n in self._networks.items() if "routes" in n.tables]
        if not routes:
            return pd.DataFrame({"id": []})
        table = pd.concat(routes, ignore_index=True)
        table.insert(0, "id", "route/" + table["route_id"].astype(str))
        return table

    def legend(self) -> Legend:
        table = self.table()
        if len(table) and len(table) <= 12 and "color" in table and (table["color"].fillna("") != "").all():
            return Legend(self.title, entries=tuple(LegendEntry(c, str(r)) for c, r in zip(table["color"], table["route"], strict=True)))
        present = dict.fromkeys(table["kind"].astype(str)) if "kind" in table else ()
        modes = [(MODE_COLORS[KINDS[k]], k) for k in present if k in KINDS]
        return Legend(self.title, entries=tuple(LegendEntry(c, k) for c, k in modes) or (LegendEntry(self.style.color, self.title),))


def road_factors(store: FieldStore | None, time_s: float | None = None) -> NDArray[np.float64] | None:
    """Share of the free speed on each road in a result at a moment, 0 where it is impassable; None where it says nothing of roads."""
    names = store.quantities() if store is not None else []
    if store is None or not {"road_speed_factor", "road_state"} & set(names):
        return None
    if "road_speed_factor" in names:
        field = store.at("road_speed_factor", time_s)
        return None if field is None else np.asarray(field.array, float)
    field = store.at("road_state", time_s)
    if field is None:
        return None
    return np.array([1.0, 0.5, 0.0])[np.clip(np.nan_to_num(np.asarray(field.array, float)).astype(int), 0, 2)]


def moving_layers(city: City) -> list[Layer]:
    """Layers of vehicles of a city, hidden at first: a picture that moves costs."""
    layers: list[Layer] = []
    roads = city.networks.get("roads")
    if roads is not None and len(roads.edges) >= LEAST_ROADS and "class" in roads.edges and roads.edges["class"].isin(list(CLASSES)).any():
        layers.append(TrafficLayer(city))
    timed = {name: n for name, n in city.networks.items() if has_timetable(n)}
    if timed:
        layers.append(TransitLayer(city, timed))
    return layers

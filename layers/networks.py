"""Networks other than the streets: lines as wide as what flows through them, and a marker by kind for what stands on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Dots, Drawing, Lines, Points, Surface
from layers.far import FarLines
from layers.features import LineLayer, TableLayer, point_positions
from layers.flow import Arrows, FlowArrows, direction_of
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.shapes import polylines
from layers.style import Style, hushed
from layers.tubes import tubes
from twin.city.network import Network
from twin.city.traffic_flow import Course


@dataclass(frozen=True)
class Look:
    """How a kind of network is shown. visible: at first, in a city with buildings; in one without, everything is."""

    title: str
    color: str
    order: int = 9
    visible: bool = False
    buried: bool = True
    nodes: str = ""
    devices: str = ""
    """Titles of the layers of its nodes and of what stands on its edges; '' where there is none."""


LOOKS = {
    "metro": Look("Metro", "#b3a3bf", 8, True, nodes="Metro stations on the lines"),
    "rail": Look("Rail", "#8a8178", 7, True, False, "Rail stations on the lines"),
    "transit": Look("Public transport", "#7a5f8f", 10, True, True, "Stops"),
    "power": Look("Power network", "#c98a1b", 9, False, False, "Buses and substations", "Transformers and switches"),
    "water": Look("Water supply", "#2f7fb5", 9, False, True, "Tanks and junctions", "Pumps and valves"),
    "drainage": Look("Drainage", "#5d7f6b", 9, False, True, "Manholes and outfalls", "Pumps, weirs and orifices"),
}
DISC, RING, SQUARE, PLAIN_TRIANGLE, PLAIN_DIAMOND = 0, 1, 4, 5, 6
# Kind of node or device: colour, shape, how much it matters where markers crowd (0: one of very many, a dot from far off).
MARKS: dict[str, tuple[str, int, float]] = {
    "reservoir": ("#0e2f4f", SQUARE, 90), "tank": ("#1b3f8f", PLAIN_DIAMOND, 80), "junction": ("#5b9cc7", DISC, 0),
    "outfall": ("#7a4a21", PLAIN_TRIANGLE, 90), "storage": ("#3d6a55", SQUARE, 80), "divider": ("#4d7d8a", PLAIN_DIAMOND, 60),
    "manhole": ("#7d9c8b", RING, 0),
    "grid": ("#6d3fa0", SQUARE, 90), "generator": ("#3b7d4f", PLAIN_TRIANGLE, 70), "substation": ("#b3641b", SQUARE, 30),
    "load": ("#d9a441", DISC, 0), "bus": ("#8d7a4f", DISC, 0),
    "station": ("#5f4b73", RING, 50), "metro": ("#5f4b73", RING, 50), "tram": ("#5f4b73", RING, 40), "bus_stop": ("#5f4b73", RING, 0),
    "pump": ("#c03a2b", PLAIN_TRIANGLE, 85), "valve": ("#6b4f9e", PLAIN_DIAMOND, 60), "orifice": ("#4d7d8a", RING, 40),
    "weir": ("#8a6d3b", SQUARE, 45), "outlet": ("#4d7d8a", PLAIN_DIAMOND, 40),
    "trafo": ("#b3641b", PLAIN_DIAMOND, 20), "trafo3w": ("#b3641b", PLAIN_DIAMOND, 25), "switch": ("#7c7468", SQUARE, 10),
}  # fmt: skip
CHIEF = 60
"""What matters more than this is seen from far off."""
COVER_M = {"water": 1.2, "power": 0.8, "drainage": 2.0, "metro": 15.0, "rail": 15.0, "transit": 0.0}
"""Usual depth below the ground where a source says nothing of it."""
MANY_POINTS = 60_000
"""Tubes of so many corners have three sides."""
DEVICES = ("pump", "valve", "orifice", "weir", "outlet", "trafo", "trafo3w", "switch")
ROUTE_COLORS = ("#b5404a", "#3c5a99", "#3b7d4f", "#a98a3a", "#7a4f8f", "#20739b", "#cc6b2c", "#5d7f6b", "#8a5a2b", "#d08a8f")


class NetworkLayer(LineLayer):
    """Rows are edges. A ribbon in metres near by, a line of some pixels from far off; wider where more can flow, or by a column that
    the style names. At its depth, where the style wants it, as tubes; arrows go along it where the way is known."""

    def __init__(self, id: str, title: str, network: Network, ground: Ground, look: Look, visible: bool) -> None:
        x0, y0, x1, y1 = shapely.total_bounds(network.geometry)
        most = max(x1 - x0, y1 - y0, 1.0) / 300  # a diagram of some metres has lines of some centimetres
        metres, pixels = _widths(network.edges, most)
        self._network, self._most, self._look = network, most, look
        self._usual = metres, pixels
        self._made_for: tuple[str, bool] = ("", False)
        self._geometry_now = 0
        self._tubes: list[Drawing] | None = None
        self._arrows: FlowArrows | None = None
        self._way = direction_of(network)
        super().__init__(
            id,
            title,
            "networks",
            network.edges,
            network.geometry,
            ground,
            widths_m=metres,
            lift_m=min(0.3, most / 5),
            style=_style(network.edges, look.color),
            order=look.order,
            visible=visible,
            source=network.source,
        )
        self.is_buried = self.can_be_deep = look.buried
        self._thin = FarLines(network.geometry, ground, 2.5 * self._lift, pixels)

    @property
    def _is_deep(self) -> bool:
        return self.can_be_deep and (self.style.deep or self.below)

    @property
    def has_direction(self) -> bool:
        """Whether it is known which way things go."""
        return self._way is not None

    def width_fields(self) -> list[str]:
        """Columns whose numbers can be widths."""
        table = self.table()
        names = [c for c in self.fields() if c not in ("start", "end", "number")]
        return [c for c in names if pd.api.types.is_numeric_dtype(table[c]) and not pd.api.types.is_bool_dtype(table[c])]

    def _on_change(self, aspect: str) -> None:
        super()._on_change(aspect)
        if aspect in ("style", "data"):
            self.is_buried = self._look.buried and not self._is_deep
            self.moves_within_m = 6000.0 if self.style.arrows and self.has_direction else 0.0

    def _fit(self) -> None:
        """Make anew what hangs on the width or the depth."""
        wanted = (self.style.width_by if self.style.width_by in self.table() else "", self._is_deep)
        if wanted == self._made_for:
            return
        metres, pixels = self._usual if not wanted[0] else widths_by(self.table()[wanted[0]], self._most)
        self._made_for = wanted
        self._widths = np.asarray(metres, float)
        self._parts = self._far = self._tubes = self._arrows = None
        self._thin = FarLines(self._network.geometry, self._ground, 2.5 * self._lift, pixels)
        self._geometry_now += 1

    def draw(self) -> list[Drawing]:
        self._fit()
        colors = hushed(self.row_colors(), 0.35) if self.quiet else self.row_colors()
        common = (self._version, self._geometry_now, self.opacity, self.order)
        drawn = self._draw_deep(colors) if self._is_deep else super().draw() + self._thin.draw(self.id, common, colors)
        if self.style.arrows and self._way is not None:
            if self._arrows is None:
                if self._is_deep:
                    course = self._sunk()
                else:
                    points, offsets, rows = polylines(self._network.geometry, self._ground, self._lift)
                    course = Course(points, offsets, rows.astype(np.int64))
                self._arrows = FlowArrows(course, self._way, np.clip(1.6 * self._widths, 1.5, 14.0))
            arrows = self._arrows
            drawn.append(Arrows(f"{self.id}-arrows", *common, at=lambda moment: arrows.at(moment.run_s, colors)))
        return drawn

    def _sunk(self) -> Course:
        return sunk(self._network, self._ground, COVER_M.get(self._network.kind, 1.0))

    def _draw_deep(self, colors: NDArray[np.uint8]) -> list[Drawing]:
        """Tubes, and thin lines in their middle that are seen from far off."""
        if self._tubes is None:
            course = self._sunk()
            sides = 6 if len(course.points) < MANY_POINTS else 3
            points, triangles, line = tubes(
                course.points, course.offsets, np.maximum(self._widths[course.rows] / 3.0, self._most / 60), sides
            )
            self._tubes = [
                Surface(f"{self.id}-tubes", points=points, triangles=triangles, rows=course.rows[line].astype(np.int32), shading="smooth"),
                Lines(f"{self.id}-axes", points=course.points, offsets=course.offsets, rows=course.rows.astype(np.int32), width=1.6),
            ]
        drawn: list[Drawing] = []
        for d in self._tubes:
            assert isinstance(d, (Surface, Lines))
            d = replace(d, version=self._version, geometry_version=self._geometry_now, opacity=self.opacity, order=self.order)
            d.colors = colors[d.rows]
            drawn.append(d)
        return drawn

    def attributes(self, row: int) -> dict[str, Any]:
        found = super().attributes(row)
        if self.can_be_deep and not _has_depth(self._network):
            found["depth"] = f"assumed {COVER_M.get(self._network.kind, 1.0):g} m below ground"
        return found

    def legend(self) -> Legend:
        if self.style.kind == "categorised" and len(self.style.categories) > 24:
            return Legend(self.title, entries=tuple(LegendEntry(c, v) for v, c in self.style.categories[:24]))
        return super().legend()


def widths_by(column: pd.Series, most: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ribbon width in metres and row of PIXELS for each edge by the size of its number; by its logarithm where sizes differ a
    hundredfold."""
    size = np.abs(pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan))
    known = np.isfinite(size)
    low, high = np.percentile(size[known], [2, 98], method="nearest") if known.any() else (0.0, 1.0)
    if low > 0 and high / low > 100:
        size, low, high = np.log(np.maximum(size, low)), np.log(low), np.log(high)
    share = np.clip((np.where(known, size, low) - low) / ((high - low) or 1.0), 0.0, 1.0)
    return np.minimum(0.8 + 13.0 * share, most * (0.2 + 1.8 * share)), np.minimum((share * 4).astype(np.int64), 3)


def widths_of(network: Network) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ribbon width in metres and row of PIXELS for each edge, as the network itself is drawn."""
    x0, y0, x1, y1 = shapely.total_bounds(network.geometry)
    return _widths(network.edges, max(x1 - x0, y1 - y0, 1.0) / 300)


def _has_depth(network: Network) -> bool:
    """Whether the source says how deep it lies."""
    return "invert_z_m" in network.nodes or (network.kind == "drainage" and bool(np.isfinite(network.nodes["z"]).any())) or _below(network)


def _below(network: Network) -> bool:
    """Whether its lines have heights of their own."""
    return network.kind in ("metro", "rail") and bool(shapely.has_z(network.geometry).all())


def sunk(network: Network, ground: Ground, cover_m: float) -> Course:
    """Lines of a network at the depth of the source: that of their own heights, of the inverts at their ends, else of a usual cover
    below the ground."""
    points, offsets, rows = polylines(network.geometry, ground, 0.0)
    course = Course(points, offsets, rows.astype(np.int64))
    z = points[:, 2] - cover_m
    nodes, edges = network.nodes, network.edges
    if _below(network):
        segments = shapely.get_coordinates(network.geometry, include_z=True)
        per = np.split(segments, np.cumsum(shapely.get_num_coordinates(network.geometry))[:-1])
        for k, row in enumerate(course.rows.tolist()):  # metro lines are few
            own = per[row]
            run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(own[:, :2], axis=0).T))])
            here = slice(offsets[k], offsets[k + 1])
            z[here] = np.interp(course.along[here] - course.start[k], run, own[:, 2])
    elif _has_depth(network):
        column = "invert_z_m" if "invert_z_m" in nodes else "z"
        level = pd.to_numeric(nodes[column], errors="coerce").to_numpy(float)
        line = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        a, b = (level[edges[c].to_numpy(np.int64)][course.rows][line] for c in ("start", "end"))
        part = (course.along - course.start[line]) / np.maximum(course.length[line], 1e-9)
        between = a + (b - a) * part
        z = np.where(np.isfinite(between) & (between < points[:, 2]), between, z)
    course.points[:, 2] = z
    return course


def _widths(edges: pd.DataFrame, most: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Ribbon width in metres, `most` at most, and row of PIXELS for each edge."""
    n = len(edges)
    if "diameter_m" in edges or "diameter_mm" in edges:  # drawn several times as wide as they are: a city seen from above
        size = edges["diameter_m"].to_numpy(float) if "diameter_m" in edges else edges["diameter_mm"].to_numpy(float) / 1000.0
        size = np.where(np.isfinite(size) & (size > 0), size, 0.1)
        return np.minimum(np.clip(6.0 * size, 0.8, 12.0), most), np.digitize(size, [0.15, 0.25, 0.5]).astype(np.int64)
    if "vn_kv" in edges:
        kv = edges["vn_kv"].fillna(0.4).to_numpy(float)
        return np.minimum(np.clip(1.0 + np.log10(np.maximum(kv, 0.1)), 0.8, 5.0), most), np.digitize(kv, [5.0, 60.0, 200.0]).astype(
            np.int64
        )
    if "rating_kva" in edges:
        return widths_by(edges["rating_kva"], most)
    return np.full(n, min(3.0, most)), np.full(n, 2 if "route" in edges else 1, np.int64)


def _style(edges: pd.DataFrame, color: str) -> Style:
    """Routes in their own colours; everything else in that of its network."""
    if "route" not in edges or not (edges["route"].fillna("") != "").any():
        return Style(color=color)
    first = edges.drop_duplicates("route")
    own = first["color"].fillna("").tolist() if "color" in edges else [""] * len(first)
    named = [(str(r), c or ROUTE_COLORS[k % len(ROUTE_COLORS)]) for k, (r, c) in enumerate(zip(first["route"], own, strict=True)) if r]
    return Style(kind="categorised", field="route", categories=tuple(sorted(named)), color=color)


class MarksLayer(TableLayer):
    """Nodes, or devices on edges, as markers by kind; the many plain ones are dots."""

    def __init__(
        self, id: str, title: str, table: pd.DataFrame, places: NDArray[np.object_], ground: Ground, look: Look, visible: bool, source: str
    ) -> None:
        kinds = table["kind"].fillna("").astype(str)
        present = [k for k in MARKS if (kinds == k).any()]
        style = Style(kind="categorised", field="kind", categories=tuple((k, MARKS[k][0]) for k in present), color=look.color, size=12.0)
        super().__init__(
            id, title, "networks", table, places, source=source, style=style, order=look.order + 1, visible=visible
        )  # fmt: skip
        self.is_buried = False
        x0, y0, x1, y1 = shapely.total_bounds(places)
        self._points = point_positions(places, ground, min(1.5, max(x1 - x0, y1 - y0, 1.0) / 200))
        marks = [MARKS.get(k, (look.color, DISC, 0.0)) for k in kinds]
        self._shapes = np.array([m[1] for m in marks], np.uint8)
        self._worth = np.array([m[2] for m in marks], np.float64)

    def draw(self) -> list[Drawing]:
        good = np.isfinite(self._points).all(1)
        colors = self.row_colors()
        if self.quiet:
            colors = hushed(colors, 0.4)
        plain, usual, chief = (
            np.flatnonzero(good & m) for m in (self._worth <= 0, (self._worth > 0) & (self._worth < CHIEF), self._worth >= CHIEF)
        )
        drawings: list[Drawing] = []
        common = (self._version, 0, self.opacity, self.order)
        if len(plain):
            drawings.append(Dots(f"{self.id}-dots", *common, points=self._points[plain].astype(np.float32), colors=colors[plain], size=3.5))
        for name, rows, size in (("-plain", plain, 0.5), ("-usual", usual, 1.0), ("", chief, 1.7)):
            if len(rows):
                drawings.append(
                    Points(
                        f"{self.id}{name}",
                        *common,
                        points=self._points[rows],
                        rows=rows.astype(np.int32),
                        colors=colors[rows],
                        size=size * self.style.size,
                        shapes=self._shapes[rows],
                        priority=self._worth[rows],
                    )
                )
        return drawings


def network_layers(name: str, network: Network, ground: Ground, alone: bool) -> list[Layer]:
    """Layers of any network but the roads. alone: there are no buildings the network would clutter."""
    look = LOOKS.get(network.kind, Look(network.kind.capitalize(), "#7c7468"))
    number = name.removeprefix(network.kind).strip()
    visible = look.visible or alone

    def title(text: str) -> str:
        return f"{text} {number}" if number else text

    layers: list[Layer] = [NetworkLayer(f"network-{name}", title(look.title), network, ground, look, visible)]
    nodes = network.nodes
    kinds = nodes["kind"].fillna("").astype(str) if "kind" in nodes else pd.Series([""] * len(nodes))
    if network.kind == "drainage":
        nodes, kinds = nodes.assign(kind=kinds.replace("junction", "manhole")), kinds.replace("junction", "manhole")
    shown = kinds.isin(list(MARKS)).to_numpy(bool)
    if look.nodes and shown.any() and network.kind != "transit":
        own = nodes[shown].reset_index(drop=True)
        places = shapely.points(own[["x", "y"]].to_numpy(float))
        layers.append(MarksLayer(f"network-{name}-nodes", title(look.nodes), own, places, ground, look, visible, network.source))
    devices = network.edges["kind"].isin(DEVICES).to_numpy(bool) if "kind" in network.edges else np.zeros(len(network.edges), bool)
    if look.devices and devices.any():
        own = network.edges[devices].reset_index(drop=True)
        middles = shapely.line_interpolate_point(network.geometry[devices], 0.5, normalized=True)
        layers.append(MarksLayer(f"network-{name}-devices", title(look.devices), own, middles, ground, look, visible, network.source))
    return layers

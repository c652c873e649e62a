"""The measures of a scenario as planned: walls with their crest, pumps, areas, roads closed, buildings to go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Labels, Lines, Points, Surface
from layers.features import TableLayer
from layers.ground import Ground
from layers.shapes import draped_polygons, exploded, polylines, wall
from layers.style import Style
from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.scenario.edits import EDITS, change_of, edges_of
from twin.scenario.scenario import Scenario

COLOR = "#c2255c"
"""Kept for what is planned, so that it is not taken for what stands there."""
LINE_PX = 4.0
WALL_M = 1.6
LIFT_M = 0.6
AREA_ALPHA = 120
CURTAIN_M, CURTAIN_ALPHA = 30.0, 90
"""A pale curtain over a wall, so that its course is seen above the roofs."""


def called_by(title: str, id: str) -> str:
    """What people call a measure: its kind with its number, or with the name that somebody gave it."""
    last = id.rpartition("-")[2]
    return f"{title} {last}" if last.isdigit() else f"{title}: {id}"


class MeasuresLayer(TableLayer):
    """One row a measure: id, name, kind, cost and its values. Those that lie nowhere in the city are rows without a shape.

    titles: kind -> what people call it; named as in the list of measures.
    """

    def __init__(self, city: City, scenario: Scenario, ground: Ground, titles: Mapping[str, str] | None = None) -> None:
        called = {k: e.title for k, e in EDITS.items()} | dict(titles or {})
        rows, shapes, tops = [], [], []
        for edit in scenario.edit:
            shape, top = _shape(city, scenario, edit)
            name = called_by(called.get(edit.kind, edit.kind), edit.id)
            rows.append({"id": f"measure/{edit.id}", "name": name, "kind": edit.kind, "cost": edit.cost, **edit.values})
            shapes.append(shape)
            tops.append(top)
        table = pd.DataFrame(rows) if rows else pd.DataFrame({"id": [], "name": []})
        geometry: NDArray[np.object_] = np.array([*shapes, None], object)[:-1]
        super().__init__("measures", "Measures", "city", table, geometry, order=60, source="scenario", style=Style(color=COLOR))
        self._ground, self._tops = ground, np.array(tops, float)
        z = self._ground.height(*self._anchors().T) if len(rows) else np.zeros(1)
        self._z_range = (float(np.nanmin(z, initial=0.0)), float(np.nanmax(z, initial=0.0)) + 10.0)

    def _anchors(self) -> NDArray[np.float64]:
        """A point on each shape, NaN where there is none."""
        there = ~(shapely.is_missing(self._geometry) | shapely.is_empty(self._geometry))
        found = np.full((len(self._geometry), 2), np.nan)
        if there.any():
            found[there] = shapely.get_coordinates(shapely.point_on_surface(self._geometry[there]))
        return found

    def draw(self) -> list[Drawing]:
        colors, ground = self.row_colors(), self._ground
        drawn: list[Drawing] = []

        def common(part: str) -> tuple[str, int, int, float, int]:
            return f"{self.id}-{part}", self._version, 0, self.opacity, self.order

        points, offsets, rows = polylines(self._geometry, ground, LIFT_M)
        if len(rows):
            top = self._tops[np.repeat(rows, np.diff(offsets))]
            crest = points.copy()
            crest[:, 2] = np.where(np.isfinite(top), np.maximum(top, points[:, 2]), points[:, 2])
            drawn.append(Lines(*common("lines"), points=crest, offsets=offsets, rows=rows, colors=colors[rows], width=LINE_PX))
            if np.isfinite(top).any():
                base = points.copy()
                base[:, 2] -= LIFT_M + 0.5
                p, t, line = wall(base, offsets, crest[:, 2], WALL_M)
                drawn.append(Surface(*common("walls"), points=p, triangles=t, rows=rows[line], colors=colors[rows[line]]))
                pale = colors[rows[line]].copy()
                pale[:, 3] = CURTAIN_ALPHA
                p, t, _ = wall(crest, offsets, crest[:, 2] + CURTAIN_M, 0.2)
                drawn.append(Surface(*common("curtain"), points=p, triangles=t, rows=rows[line], colors=pale))
        p, t, row = draped_polygons(self._geometry, ground, LIFT_M)
        if len(t):
            pale = colors[row].copy()
            pale[:, 3] = AREA_ALPHA
            drawn.append(Surface(*common("areas"), points=p, triangles=t, rows=row, colors=pale, shading="smooth", material="ground"))
            polygons, of = exploded(self._geometry, 3)
            edge = np.array([*shapely.boundary(polygons), None], object)[:-1]
            points, offsets, part = polylines(edge, ground, LIFT_M)
            rim = of[part].astype(np.int32)
            drawn.append(Lines(*common("edges"), points=points, offsets=offsets, rows=rim, colors=colors[rim], width=LINE_PX / 2))
        spots, owner = exploded(self._geometry, 0)
        if len(spots):
            xy = shapely.get_coordinates(spots)
            xyz = np.column_stack([xy, ground.height(xy[:, 0], xy[:, 1]) + 14.0])
            marks = np.full(len(owner), 4, np.uint8)
            drawn.append(
                Points(
                    *common("points"),
                    points=xyz,
                    rows=owner.astype(np.int32),
                    colors=colors[owner],
                    size=12.0,
                    shapes=marks,
                    stem_m=14.0,
                )
            )
        at = self._anchors()
        named = np.flatnonzero(np.isfinite(at).all(1)).astype(np.int32)
        if len(named):
            xyz = np.column_stack([at[named], ground.height(at[named, 0], at[named, 1]) + 18.0])
            texts = [str(self._table["name"].iloc[r]) for r in named]
            drawn.append(Labels(*common("labels"), points=xyz, texts=texts, priority=np.full(len(named), 1e6), rows=named))
        return drawn


def _shape(city: City, scenario: Scenario, edit: Any) -> tuple[Any, float]:
    """(geometry in local metres or None, level of its crest or NaN)."""
    try:
        change = change_of(edit, scenario, city)
        shape = change.geometry if change.geometry is not None else _of_objects(city, change)
    except ScenarioError:  # a run says what is wrong with it
        return None, np.nan
    if shape is None or edit.kind != "barrier":
        return shape, np.nan
    if "crest_z_m" in edit.values:
        return shape, float(edit.values["crest_z_m"])
    along = shapely.get_coordinates(shapely.segmentize(shape, 2.0))
    return shape, float(city.ground_z(along[:, 0], along[:, 1]).max()) + float(edit.values.get("crest_m", 0.0))


def _of_objects(city: City, change: Change) -> Any:
    """Where the objects of a change lie: roads as lines, buildings as areas, all else as points."""
    if change.kind in ("close_road", "open_road") and "roads" in city.networks:
        network = city.networks["roads"]
        return shapely.union_all(network.geometry[edges_of(network, change)])
    if change.kind == "demolish":
        b = city.buildings
        return shapely.union_all(b.shapes(np.flatnonzero(np.isin(b.ids, list(change.objects)))))
    shapes = []
    for name in ("pumps", "gates"):
        layer = city.layers.get(name)
        if layer is not None:
            shapes += list(layer.geometry[_of_them(layer.table, change.objects)])
    return shapely.union_all(shapes) if shapes else None


def _of_them(table: pd.DataFrame, objects: tuple[str, ...]) -> NDArray[np.bool_]:
    """Rows of pumps and gates that are named, or hang on what is."""
    hit = np.zeros(len(table), bool)
    for column in ("id", "power", "substation"):
        if column in table:
            hit |= table[column].astype(str).isin(objects).to_numpy()
    return hit

"""Districts of a city and figures by district: what a mayor asks for first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City

FEWEST = 10.0
"""As in twin.models.people_groups: people are not counted where they are fewer."""


@dataclass(frozen=True)
class Districts:
    """names: of the districts; of_building: row of each building's district, -1 for none; source: which part of the city they are from."""

    names: tuple[str, ...]
    of_building: NDArray[np.int64]
    source: str

    def sums(self, values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Sum of a quantity of the buildings in each district."""
        inside = self.of_building >= 0
        weights = np.nan_to_num(values[inside].astype(float))
        return np.bincount(self.of_building[inside], weights, minlength=len(self.names)).astype(float)


def districts_of(city: City) -> Districts:
    """From the layer `zones`, else from the field `district` of land use, else from places of kind district: the nearest one.
    Without any of them there are no districts."""
    at = centres(city.buildings.footprints) if len(city.buildings) else np.zeros((0, 2))
    zones = city.layers.get("zones")
    if zones is not None and len(zones):
        names = zones.table["name"].astype(str).to_numpy(object) if "name" in zones.table else zones.ids
        return Districts(tuple(str(n) or str(i) for n, i in zip(names, zones.ids)), area_of(zones.geometry, at), "zones")
    landuse = city.layers.get("landuse")
    if landuse is not None and "district" in landuse.table and len(landuse):
        names, of = np.unique(landuse.table["district"].fillna("").astype(str), return_inverse=True)
        place = _nearest(landuse.geometry, at)
        return _named(tuple(str(n) for n in names), np.where(place >= 0, of[np.maximum(place, 0)], -1), "landuse")
    places = city.layers.get("places")
    if places is not None and len(places):
        rows = np.flatnonzero(places.table["kind"].astype(str).isin(("district", "suburb", "quarter", "neighbourhood")))
        if len(rows):
            near = _nearest(places.geometry[rows], at)
            names = places.table["name"].astype(str).to_numpy(object)[rows]
            return Districts(tuple(str(n) for n in names), near, "places")
    return Districts((), np.full(len(at), -1, np.int64), "")


def district_table(
    districts: Districts, values: Mapping[str, NDArray[np.floating[Any]]], people: tuple[str, ...] = ()
) -> pd.DataFrame:  # fmt: skip
    """One row per district with the sum of each quantity of buildings. people: those of them that count people: NaN where the sum is
    above 0 and below FEWEST."""
    rows = {"district": list(districts.names)} | {name: districts.sums(v) for name, v in values.items()}
    made = pd.DataFrame(rows)
    for name in people:
        made.loc[(made[name] > 0) & (made[name] < FEWEST), name] = np.nan
    return made


def area_of(areas: NDArray[np.object_], xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Row of the area that each point lies in, the first of several, -1 for none."""
    found = np.full(len(xy), -1, np.int64)
    known = np.flatnonzero(np.isfinite(xy).all(1))
    if len(known) and len(areas):
        point, area = shapely.STRtree(areas).query(shapely.points(xy[known]), predicate="intersects")
        order = np.lexsort((area, point))
        first = np.unique(point[order], return_index=True)[1]
        found[known[point[order][first]]] = area[order][first]
    return found


def _nearest(shapes: NDArray[np.object_], xy: NDArray[np.float64]) -> NDArray[np.int64]:
    found = np.full(len(xy), -1, np.int64)
    known = np.flatnonzero(np.isfinite(xy).all(1))
    if len(known) and len(shapes):
        point, shape = shapely.STRtree(shapes).query_nearest(shapely.points(xy[known]), all_matches=False)
        found[known[point]] = shape
    return found


def _named(names: tuple[str, ...], of: NDArray[np.int64], source: str) -> Districts:
    """Without the district that has no name."""
    if "" not in names:
        return Districts(names, of, source)
    blank = names.index("")
    moved = np.where(of == blank, -1, np.where(of > blank, of - 1, of))
    return Districts(tuple(n for n in names if n), moved, source)

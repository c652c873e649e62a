"""GIS layers in the city's words: ids, names, kinds; facilities and stations found among points of interest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.features import ROLES, Features
from twin.city.footprints import unique_ids
from twin.city.lines import classes_of
from twin.city.readers.fields import columns, first_text, number
from twin.city.readers.roles import KIND_OF_ROLE, dimension

FACILITIES = {
    kind: kind for kind in ("hospital", "school", "fire_station", "ambulance_station", "police", "shelter", "pumping_station", "substation")
}
_FACILITY_WORDS = {"hospital": "hospital", "school": "school", "fire": "fire_station", "ambulance": "ambulance_station", "police": "police",
                   "shelter": "shelter", "pump": "pumping_station", "substation": "substation"}  # fmt: skip
_POINTS = frozenset({"facilities", "trees", "poi", "places", "sensors", "pumps"})
_WATER = {
    "river": "river", "riverbank": "river", "waterloop": "river", "canal": "creek", "stream": "creek", "ditch": "creek", "drain": "creek",
    "creek": "creek", "greppel, droge sloot": "creek", "basin": "basin", "reservoir": "basin", "swimming_pool": "basin", "dock": "basin",
    "fountain": "basin", "ocean": "sea", "sea": "sea", "bay": "sea", "zee": "sea",
}  # fmt: skip
_WATER_NAMES = (
    (r"\bsea\b|ocean|\bbay\b|海", "sea"),
    (r"river|\brivier|江|河", "river"),
    (r"creek|canal|sloot|gracht|浜|溪", "creek"),
)
_LAND_USE = {
    "residential": "residential", "commercial": "commercial", "retail": "commercial", "industrial": "industrial", "education": "education",
    "school": "education", "university": "education", "hospital": "health", "railway": "transport", "religious": "religious",
}  # fmt: skip


def features_of(role: str, name: str, shapes: NDArray[np.object_], table: pd.DataFrame, stated: dict[str, str], source: str) -> Features:
    """One layer: `id`, `name`, `kind` first, then the source's own columns (its own `id` and `kind` as source_id, source_kind)."""
    ids, _ = unique_ids(table, stated)
    kinds = classes_of(table, stated) if role == "roads" else first_text(table, columns(table, "kind", stated))
    if role == "water":
        kinds = _water(
            kinds, first_text(table, [*columns(table, "name", stated), *[c for c in ("name:en",) if c in table]], frozenset({""})), shapes
        )
    elif role == "facilities":
        kinds = _facility(kinds, name)
    # What we wrote has both already: the first ones are the source's.
    again = [c for c in ("id", "kind") if c in table.columns and f"source_{c}" in table.columns]
    own = table.drop(columns=[c for c in ("name", *again) if c in table.columns])
    own = own.rename(columns={c: f"source_{c}" for c in ("id", "kind") if c in own.columns})
    head = pd.DataFrame(
        {
            "id": np.array([f"{KIND_OF_ROLE.get(role, role)}/{i}" for i in ids], object),
            "name": first_text(table, columns(table, "name", stated), frozenset({""})),
            "kind": kinds,
        }
    )
    for meaning, column_name in (("capacity", "capacity"), ("level", "level_m"), ("height", "height_m")):
        if meaning in stated or role in ("facilities", "shelters") and meaning == "capacity" or role == "trees" and meaning == "height":
            found = columns(table, meaning, stated)
            head[column_name] = number(table[found[0]])[0] if found else np.nan
            own = own.drop(columns=[c for c in (column_name,) if c in own.columns])
    if role in _POINTS and dimension(shapes) == "area":
        shapes = shapely.point_on_surface(shapes)
    elif role in _POINTS:
        several = shapely.get_type_id(shapes) == 4  # a place in two map tiles
        if several.any():
            shapes = shapes.copy()
            shapes[several] = shapely.centroid(shapes[several])
    return Features(role if role in ROLES else "other", pd.concat([head, own], axis=1), shapes, source)


def _water(kinds: NDArray[np.object_], names: NDArray[np.object_], shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """river creek lake basin or sea; a name tells what a plain 'water' does not."""
    kind = pd.Series(kinds, dtype=object).str.lower().map(_WATER).fillna("").to_numpy(object)
    name = pd.Series(names, dtype=object).astype(str)
    for words, means in _WATER_NAMES:
        kind[(kind == "") & name.str.contains(words, case=False, regex=True).to_numpy(bool)] = means
    kind[(kind == "") & (shapely.get_dimensions(shapes) == 1)] = "creek"
    kind[kind == ""] = "lake"
    return kind


def _facility(kinds: NDArray[np.object_], name: str) -> NDArray[np.object_]:
    said = pd.Series(kinds, dtype=object).str.lower().map(FACILITIES)
    from_name = next((kind for word, kind in _FACILITY_WORDS.items() if word in name.lower()), "other")
    return said.fillna(from_name).to_numpy(object)


def add_layer(layers: dict[str, Features], name: str, layer: Features) -> None:
    """Puts a layer in under its name; facilities of several files become one, others of the same name get a number."""
    if name == "facilities" and name in layers:
        first = layers[name]
        layers[name] = replace(
            first, table=pd.concat([first.table, layer.table], ignore_index=True), geometry=np.concatenate([first.geometry, layer.geometry])
        )
        return
    free, n = name, 2
    while free in layers:
        free, n = f"{name} {n}", n + 1
    layers[free] = layer


def facilities_of(poi: Features | None) -> Features | None:
    """Hospitals, schools, fire and police stations ... among points of interest; None where there are none."""
    if poi is None:
        return None
    kind = poi.table["kind"].map(FACILITIES)
    some = kind.notna().to_numpy()
    if not some.any():
        return None
    capacity = number(poi.table["capacity"])[0][some] if "capacity" in poi.table else np.nan
    table = pd.DataFrame(
        {
            "id": "facility/" + poi.table["id"][some].str.partition("/")[2],
            "name": poi.table["name"][some],
            "kind": kind[some],
            "capacity": capacity,
        }
    )
    return Features("facilities", table.reset_index(drop=True), shapely.centroid(poi.geometry[some]), poi.source)


def stations_of(poi: Features | None) -> Features | None:
    """Railway and metro stations among points of interest."""
    if poi is None:
        return None
    some = poi.table["kind"].isin(["station", "subway_station", "halt"]).to_numpy()
    if not some.any():
        return None
    table = pd.DataFrame(
        {"id": "station/" + poi.table["id"][some].str.partition("/")[2], "name": poi.table["name"][some], "kind": "station"}
    )
    return Features("other", table.reset_index(drop=True), shapely.centroid(poi.geometry[some]), poi.source)


def land_use_of_buildings(buildings: Buildings, landuse: Features | None) -> Buildings:
    """A building whose use nobody tells has that of the land it stands on, where the land tells."""
    if not len(buildings):
        return buildings
    use = buildings.table["use"].to_numpy(object).copy()
    if landuse is not None and (use == "").any():
        kind = landuse.table["kind"].map(_LAND_USE)
        some = np.flatnonzero(kind.notna().to_numpy() & (shapely.get_dimensions(landuse.geometry) == 2))
        unknown = np.flatnonzero(use == "")
        if len(some):
            centres = shapely.centroid(buildings.footprints[unknown])
            point, area = shapely.STRtree(landuse.geometry[some]).query(centres, predicate="within")
            use[unknown[point]] = kind.to_numpy(object)[some[area]]
    use[use == ""] = "other"
    return buildings.derived(table=buildings.table.assign(use=use))

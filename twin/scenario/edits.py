"""Measures on a city: each kind declared like a model's parameters, so that forms, checks and reports come from it.

An edit makes a derived city that shares what it did not touch; the same functions serve changes in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.features import Features
from twin.city.network import Network
from twin.city.terrain import Terrain
from twin.errors import ScenarioError
from twin.frame import parse_crs
from twin.models.base import Change, Param
from twin.scenario.scenario import Edit, Scenario

Values = Mapping[str, Any]


@dataclass(frozen=True)
class EditKind:
    """One kind of measure.

    geometry: what is drawn ("object" picks existing ones; "object or polygon" takes either). params: always complete
    after checking; optional: only there where given. touches: parts of the city it changes.
    """

    kind: str
    title: str
    geometry: Literal["line", "polygon", "point", "object", "object or polygon"]
    touches: tuple[str, ...]
    apply: Callable[[City, Change, Values], City]
    """(city, change, checked values) -> derived city."""
    params: tuple[Param, ...] = ()
    optional: tuple[Param, ...] = ()
    help: str = ""

    def checked(self, given: Values) -> dict[str, Any]:
        """Complete, checked values. Raises ScenarioError naming everything wrong at once."""
        known = {p.name: p for p in (*self.params, *self.optional)}
        wrong = [f"'{n}' is not a value of '{self.kind}'; it has: {', '.join(known) or 'none'}" for n in given if n not in known]
        values = {p.name: p.checked(p.default) for p in self.params}
        for name in given:
            if name in known:
                try:
                    values[name] = known[name].checked(given[name])
                except ScenarioError as error:
                    wrong.append(str(error))
        if wrong:
            raise ScenarioError("; ".join(wrong))
        return values


def apply_edits(city: City, scenario: Scenario) -> City:
    """The derived city of a scenario's edits, in their order. Raises ScenarioError naming the edit."""
    for edit in scenario.edit:
        city = apply_change(city, change_of(edit, scenario, city))
    return city


def change_of(edit: Edit, scenario: Scenario, city: City, at_s: float = 0.0) -> Change:
    """An edit as the record that runs use: geometry in local metres."""
    where = f"edit {edit.id}"
    shape = None
    if edit.geometry is not None:
        if scenario.scenario.crs is not None and not city.frame.has_map:
            raise ScenarioError("The scenario names a CRS but the city has an engineering grid", where=where, do="Leave 'crs' out.")
        crs = None if scenario.scenario.crs is None else parse_crs(scenario.scenario.crs)
        shape = city.frame.geometry_to_local(np.array([shapely.from_wkt(edit.geometry)], object), crs)[0]
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise ScenarioError("The geometry does not lie in the reach of the city's CRS", where=where, do="Check 'crs' of the scenario.")
    objects = () if edit.object is None else tuple(o.strip() for o in edit.object.split(",") if o.strip())
    return Change(at_s, edit.kind, objects, shape, edit.values, edit.id)


def change_from(table: Mapping[str, Any], scenario: Scenario, city: City, at_s: float, id: str) -> Change:
    """The change of a trigger's inline table (kind, object, geometry, values)."""
    rest = {k: v for k, v in table.items() if k not in ("kind", "object", "geometry")}
    try:
        edit = Edit(id=id, kind=str(table["kind"]), object=table.get("object"), geometry=table.get("geometry"), **rest)
    except ValueError as error:
        raise ScenarioError(f"The change cannot be used: {error}", where=f"trigger {id}") from error
    return change_of(edit, scenario, city, at_s)


def apply_change(city: City, change: Change) -> City:
    """The derived city of one change. Raises ScenarioError naming it."""
    where = f"edit {change.id}" if change.id else change.kind
    if change.kind not in EDITS:
        raise ScenarioError(f"There is no edit of kind '{change.kind}'", where=where, do=f"Known kinds: {', '.join(EDITS)}.")
    kind = EDITS[change.kind]
    try:
        values = kind.checked(change.values or {})
        _check_geometry(kind, change, city)
        return kind.apply(city, change, values)
    except ScenarioError as error:
        if error.where:
            raise
        raise ScenarioError(error.what, where=where, do=error.do) from error


_TYPES = {"line": ("LineString", "MultiLineString"), "polygon": ("Polygon", "MultiPolygon"), "point": ("Point",)}
_WANTED = {
    "line": "a line as 'geometry'", "polygon": "a polygon as 'geometry'", "point": "a point as 'geometry'",
    "object": "an 'object'", "object or polygon": "an 'object' or a polygon as 'geometry'",
}


def _check_geometry(kind: EditKind, change: Change, city: City) -> None:
    shape = change.geometry
    wanted = "polygon" if kind.geometry == "object or polygon" else kind.geometry
    if shape is None:
        if kind.geometry.startswith("object") and change.objects:
            return
        raise ScenarioError(f"'{kind.kind}' needs {_WANTED[kind.geometry]}")
    if wanted == "object" or shape.geom_type not in _TYPES[wanted]:
        raise ScenarioError(f"'{kind.kind}' cannot take a {shape.geom_type}", do=f"Give {_WANTED[kind.geometry]}.")
    if not shape.is_valid:
        raise ScenarioError(f"The geometry crosses itself: {shapely.is_valid_reason(shape)}")
    if not shapely.intersects(shape, shapely.box(*city.bounds)):
        raise ScenarioError("The geometry lies outside the city", do="Check its coordinates and the scenario's 'crs'.")


def with_feature(city: City, layer: str, role: str, geometry: Sequence[Any], rows: Sequence[Values]) -> City:
    """The city with rows added to a layer; the layer is made where there is none."""
    new = pd.DataFrame([{"name": "", **row} for row in rows])
    old = city.layers.get(layer)
    if old is not None and len(old):
        taken = set(old.table["id"]) & set(new["id"])
        if taken:
            raise ScenarioError(f"'{sorted(taken)[0]}' exists already", do="Give the edit another id.")
        table = pd.concat([old.table, new], ignore_index=True)
        shapes = np.concatenate([old.geometry, np.array([*geometry, None], object)[:-1]])
        features = replace(old, table=table, geometry=shapes)
    else:
        features = Features(role, new, np.array([*geometry, None], object)[:-1], "scenario")
    return city.derived(layers={**city.layers, layer: features})


def _terrain(city: City) -> Terrain:
    if city.terrain is None:
        raise ScenarioError("The city has no terrain that could be changed", do="Open the city with an elevation raster.")
    return city.terrain


def _barrier(city: City, change: Change, values: Values) -> City:
    if "crest_z_m" in values:
        crest = values["crest_z_m"]
    else:
        along = shapely.get_coordinates(shapely.segmentize(change.geometry, 2.0))
        crest = float(city.ground_z(along[:, 0], along[:, 1]).max()) + values["crest_m"]
    line = shapely.force_2d(change.geometry)
    return with_feature(city, "barriers", "barriers", [line], [{"id": f"barrier/{change.id}", "kind": "barrier", "crest_z_m": crest}])


def _facility(city: City, change: Change, values: Values) -> City:
    row = {"id": f"facility/{change.id}", "kind": values["sort"], "name": values["called"] or change.id, "capacity": values["capacity"]}
    return with_feature(city, "facilities", "facilities", [shapely.force_2d(change.geometry)], [row])


def _pump(city: City, change: Change, values: Values) -> City:
    row = {"id": f"pump/{change.id}", "kind": "pump", "capacity_m3s": values["capacity_m3s"], "on": values["on"]}
    row |= {name: values[name] for name in ("curve", "power", "fails_at_m") if name in values}
    return with_feature(city, "pumps", "facilities", [shapely.force_2d(change.geometry)], [row])


def _cells_in(terrain: Terrain, shape: Any) -> tuple[slice, slice, NDArray[np.bool_]]:
    """Window of the terrain around a polygon, and which of its cells have their centre inside."""
    g = terrain.grid
    x0, y0, x1, y1 = shape.bounds
    c0, c1 = np.clip(np.floor((np.array([x0, x1]) - g.x0) / g.cell_m).astype(int) + [0, 1], 0, g.columns)
    r0, r1 = np.clip(np.floor((np.array([y0, y1]) - g.y0) / g.cell_m).astype(int) + [0, 1], 0, g.rows)
    rows, columns = slice(int(r0), int(r1)), slice(int(c0), int(c1))
    x, y = np.meshgrid(g.x[columns], g.y[rows])
    inside = shapely.contains_xy(shape, x, y) & np.isfinite(terrain.elevation[rows, columns])
    if not inside.any():
        raise ScenarioError(f"No terrain cell ({g.cell_m:g} m) has its centre in the polygon", do="Draw it larger or inside the terrain.")
    return rows, columns, inside


def _with_ground(city: City, shape: Any, level: Callable[[NDArray[np.float32]], Any]) -> City:
    """The city with the terrain cells inside a polygon set to level(their heights)."""
    terrain = _terrain(city)
    rows, columns, inside = _cells_in(terrain, shape)
    elevation = terrain.elevation.copy()
    window = elevation[rows, columns]
    window[inside] = level(window[inside])
    return city.derived(terrain=Terrain(terrain.grid, elevation, terrain.source))


def _basin(city: City, change: Change, values: Values) -> City:
    x0, y0, x1, y1 = change.geometry.bounds
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(x0, x1, 40), np.linspace(y0, y1, 40)))
    inside = shapely.contains_xy(change.geometry, x, y)
    ground = city.ground_z(x[inside], y[inside]) if inside.any() else city.ground_z(x, y)
    floor = float(ground.mean()) - values["depth_m"]
    row = {"id": f"basin/{change.id}", "kind": "basin", "depth_m": values["depth_m"], "floor_z_m": floor}
    return with_feature(city, "basins", "other", [shapely.force_2d(change.geometry)], [row])


def _raise_ground(city: City, change: Change, values: Values) -> City:
    def raised(z: NDArray[np.float32]) -> Any:
        return np.maximum(z, values["level_z_m"]) if "level_z_m" in values else z + values["rise_m"]

    return _with_ground(city, change.geometry, raised)


def _green(city: City, change: Change, values: Values) -> City:
    row = {"id": f"green/{change.id}", "kind": values["use"]}
    return with_feature(city, "green", "green", [shapely.force_2d(change.geometry)], [row])


def _roads(city: City) -> Network:
    network = city.networks.get("roads")
    if network is None or not len(network.edges):
        raise ScenarioError("The city has no road network")
    return network


def edges_of(network: Network, change: Change) -> NDArray[np.int64]:
    """Rows of the edges a change speaks of, by id or by polygon. Raises ScenarioError where there are none."""
    if not change.objects:
        rows = np.flatnonzero(shapely.intersects(network.geometry, change.geometry))
        if not len(rows):
            raise ScenarioError("No road runs through the polygon")
        return rows
    ids = network.edges["id"].astype(str)
    # A source road cut into several edges is named ROAD#1, ROAD#2 ...
    base = ids.str.split("#").str[0]
    unknown = [o for o in change.objects if o not in set(ids) and o not in set(base)]
    if unknown:
        raise ScenarioError(f"There is no road '{unknown[0]}' in the network", do="Pick a road in the view to see its id.")
    return np.flatnonzero(ids.isin(change.objects) | base.isin(change.objects))


def _close_road(city: City, change: Change, values: Values) -> City:
    network = _roads(city)
    rows = edges_of(network, change)
    old = city.layers.get("closures")
    closed = set() if old is None else set(old.table["edge"])
    edges = network.edges["id"].to_numpy(object)
    new = [r for r in rows if edges[r] not in closed]
    if not new:
        return city
    table = [{"id": f"closure/{edges[r]}", "kind": "closure", "edge": edges[r]} for r in new]
    return with_feature(city, "closures", "other", [network.geometry[r] for r in new], table)


def _open_road(city: City, change: Change, values: Values) -> City:
    old = city.layers.get("closures")
    network = _roads(city)
    edges = set(network.edges["id"].to_numpy(object)[edges_of(network, change)])
    if old is None:
        return city
    keep = ~old.table["edge"].isin(edges).to_numpy()
    left = replace(old, table=old.table[keep].reset_index(drop=True), geometry=old.geometry[keep])
    return city.derived(layers={**city.layers, "closures": left})


def _demolish(city: City, change: Change, values: Values) -> City:
    b = city.buildings
    if change.objects:
        unknown = sorted(set(change.objects) - set(b.ids))
        if unknown:
            raise ScenarioError(f"There is no building '{unknown[0]}'", do="Pick a building in the view to see its id.")
        gone = b.table["id"].isin(change.objects).to_numpy()
    else:
        gone = shapely.contains_properly(change.geometry, shapely.point_on_surface(b.footprints)) if len(b) else np.zeros(0, bool)
        if not gone.any():
            raise ScenarioError("No building stands in the polygon")
    people = None if city.people is None else city.people[:, ~gone]
    return city.derived(buildings=b.kept(~gone), people=people)


_SUPPLIES = ("power", "substation")
"""Columns of layer `pumps` that name what a pump hangs on."""


def _switch(city: City, change: Change, values: Values) -> City:
    layers, known = dict(city.layers), set[str]()
    on, opening_m = values["on"], values.get("opening_m")
    pumps, gates = city.layers.get("pumps"), city.layers.get("gates")
    if pumps is not None:
        table = pumps.table
        known |= _ids_in(table, "id", *_SUPPLIES)
        table = _with_values(table, table["id"].isin(change.objects), {"on": on}, True)
        hang = np.zeros(len(table), bool)
        for name in (c for c in _SUPPLIES if c in table):
            hang |= table[name].isin(change.objects).to_numpy(bool)
        layers["pumps"] = replace(pumps, table=_with_values(table, hang, {"powered": on}, True) if hang.any() else table)
    if gates is not None:
        table = gates.table
        known |= _ids_in(table, "id")
        named = table["id"].isin(change.objects)
        if "open" not in table and "on" in table:
            table = table.rename(columns={"on": "open"})
        table = _with_values(table, named, {"open": on}, True)
        planned = {"begin_s": 0.0, "duration_s": 0.0} | ({} if opening_m is None else {"opening_m": opening_m})
        layers["gates"] = replace(gates, table=_with_values(table, named, planned, np.nan))
    others = [o for o in change.objects if o not in known]
    if others:
        layers = _switched(city, layers, others, on, change.id)
    return city.derived(layers=layers)


def _switched(city: City, layers: dict[str, Features], objects: Sequence[str], on: bool, id: str) -> dict[str, Features]:
    """Layers with layer `switched` saying that parts of networks and facilities are off (twin.models.service.repairs reads it)."""
    from twin.city.assets import Assets

    assets = Assets.of(city)
    rows = assets.rows_of(objects)
    if (rows < 0).any():
        name = objects[int(np.flatnonzero(rows < 0)[0])]
        do = "Pick a pump, gate, substation, line, pipe, road or facility in the view to see its id."
        kind = name.partition("/")[0] if "/" in name else "object"
        raise ScenarioError(f"There is no {kind} '{name}' that could be switched", do=do)
    ids = [str(assets.ids[r]) for r in rows]
    old = layers.get("switched")
    table, places = pd.DataFrame({"id": [], "name": [], "kind": [], "object": []}), np.empty(0, object)
    if old is not None:
        keep = ~old.table["object"].isin(ids).to_numpy(bool)
        table, places = old.table[keep], old.geometry[keep]
    if not on:
        names = [assets.called(int(r)) for r in rows]
        new = pd.DataFrame({"id": [f"switched/{id}/{i}" for i in ids], "name": names, "kind": "off", "object": ids})
        table = pd.concat([table, new])
        places = np.concatenate([places, np.asarray(shapely.points(assets.xy[rows]), object)])
    return layers | {"switched": Features("other", table.reset_index(drop=True), places, "scenario")}


def _dependency(city: City, change: Change, values: Values) -> City:
    from twin.city.dependencies import edited
    from twin.errors import InputError

    for name in change.objects:
        row = {"dependent": name, "note": "scenario", **{k: str(v) for k, v in values.items()}}
        try:
            city = edited(city, row)
        except InputError as error:
            raise ScenarioError(error.what, do=error.do) from error
    return city


def _ids_in(table: pd.DataFrame, *columns: str) -> set[str]:
    return {str(v) for c in columns if c in table for v in table[c].dropna()}


def _with_values(table: pd.DataFrame, hit: Any, values: Values, otherwise: Any) -> pd.DataFrame:
    """A table with values in some rows; otherwise: what stands in the others where there was no such column, or nothing in it."""
    new = {}
    for name, value in values.items():
        old = table[name].tolist() if name in table else [otherwise] * len(table)
        new[name] = [value if h else otherwise if pd.isna(v) else v for h, v in zip(hit, old, strict=True)]
    return table.assign(**new)


def _culvert(city: City, change: Change, values: Values) -> City:
    line = shapely.force_2d(change.geometry)
    return with_feature(city, "culverts", "other", [line], [{"id": f"culvert/{change.id}", "kind": "culvert", **values}])


def _gate(city: City, change: Change, values: Values) -> City:
    row = {"id": f"gate/{change.id}", "kind": "gate", "width_m": values["width_m"], "open": values["open"]}
    row |= {"opening_m": values["opening_m"], "begin_s": values["begin"], "duration_s": values["duration"]}
    row |= {"sill_z_m": values.get("sill_z_m", np.nan)}
    return with_feature(city, "gates", "other", [shapely.force_2d(change.geometry)], [row])


def _flood_gate(city: City, change: Change, values: Values) -> City:
    row = {"id": f"flood_gate/{change.id}", "kind": "flood gate", "height_m": values["height_m"]}
    return with_feature(city, "flood_gates", "other", [shapely.force_2d(change.geometry)], [row])


def _inflow(city: City, change: Change, values: Values) -> City:
    row = {"id": f"inflow/{change.id}", "kind": "inflow", "discharge_m3s": values["discharge_m3s"], "begin_s": values["begin"]}
    row |= {"duration_s": values["duration"], "hydrograph": values.get("hydrograph", "")}
    return with_feature(city, "inflows", "other", [shapely.force_2d(change.geometry)], [row])


def _rain(city: City, change: Change, values: Values) -> City:
    row = {"id": f"rain/{change.id}", "kind": "rain", "rain_mm_h": values["rain_mm_h"], "begin_s": values["begin"]}
    row |= {"duration_s": values["duration"], "hyetograph": values.get("hyetograph", "")}
    return with_feature(city, "rain", "other", [shapely.force_2d(change.geometry)], [row])


def _standing(city: City, change: Change, values: Values) -> City:
    row = {"id": f"standing/{change.id}", "kind": "standing water", "depth_m": values["depth_m"]}
    row |= {"level_z_m": values.get("level_z_m", np.nan)}
    return with_feature(city, "standing_water", "other", [shapely.force_2d(change.geometry)], [row])


def _breach(city: City, change: Change, values: Values) -> City:
    row = {"id": f"breach/{change.id}", "kind": "breach", "width_m": values["width_m"], "begin_s": values["begin"]}
    row |= {"formation_s": values["formation"], "bottom_z_m": values.get("bottom_z_m", np.nan)}
    return with_feature(city, "breaches", "other", [shapely.force_2d(change.geometry)], [row])


FACILITIES = ("ambulance_station", "fire_station", "hospital", "shelter", "police")
EDITS: dict[str, EditKind] = {
    e.kind: e
    for e in (
        EditKind(
            "barrier", "Flood barrier", "line", ("layer:barriers",), _barrier,
            (Param("crest_m", "Crest above the highest ground along it", 1.2, "m", low=0.1, high=30, help="The crest is level."),),
            (Param("crest_z_m", "Crest level", 0.0, "m", low=-500, high=9000, help="In the city's vertical datum; replaces the other."),),
            "A wall or levee that water cannot pass below its crest.",
        ),
        EditKind(
            "pump", "Pump", "point", ("layer:pumps",), _pump,
            (Param("capacity_m3s", "Capacity", 1.0, "m3/s", low=0.001, high=500), Param("on", "Running", True, kind="flag")),
            (
                Param("curve", "Pump curve", "", kind="text", help="Head in m and m3/s in pairs: 0 2.0, 3 1.5, 6 0."),
                Param("power", "Hangs on", "", kind="text", help="Id of the substation whose failure stops it."),
                Param("fails_at_m", "Fails in water deeper than", 0.5, "m", low=0, high=50),
            ),
            "Takes water off the ground where it stands, up to its capacity.",
        ),
        EditKind(
            "facility", "New station", "point", ("layer:facilities",), _facility,
            (
                Param("sort", "Sort", "ambulance_station", kind="choice", choices=FACILITIES),
                Param("capacity", "Capacity", 10.0, "", low=0, high=1e6, help="Vehicles, beds, or people of a shelter."),
                Param("called", "Name", "", kind="text"),
            ),
            (), "It is there from the start. Where it hangs on power and water is assumed by place.",
        ),
        EditKind(
            "basin", "Storage basin", "polygon", ("layer:basins",), _basin,
            (Param("depth_m", "Depth below the mean ground", 2.0, "m", low=0.1, high=30),), (), "The ground is dug to a level floor.",
        ),
        EditKind(
            "inflow", "Inflow", "point", ("layer:inflows",), _inflow,
            (
                Param("discharge_m3s", "Discharge", 1.0, "m3/s", low=0, high=100_000),
                Param("begin", "Begins after", "PT0S", "s", "duration", low=0, high=30 * 86400),
                Param("duration", "Lasts (0: to the end)", "PT0S", "s", "duration", low=0, high=30 * 86400),
            ),
            (Param("hydrograph", "Hydrograph", "", kind="text", help="Seconds and m3/s in pairs: 0 0, 3600 20. Replaces the others."),),
            "A river that enters, a main that bursts, a tank that empties.",
        ),
        EditKind(
            "rain", "Shower", "polygon", ("layer:rain",), _rain,
            (
                Param("rain_mm_h", "Rain", 60.0, "mm/h", low=0, high=1000),
                Param("begin", "Begins after", "PT0S", "s", "duration", low=0, high=30 * 86400),
                Param("duration", "Lasts (0: to the end)", "PT1H", "s", "duration", low=0, high=30 * 86400),
            ),
            (Param("hyetograph", "Over time", "", kind="text", help="Seconds and mm/h in pairs: 0 12, 600 48. Replaces the others."),),
            "Rain over an area, on top of the storm.",
        ),
        EditKind(
            "standing_water", "Water at the start", "polygon", ("layer:standing_water",), _standing,
            (Param("depth_m", "Depth", 1.0, "m", low=0, high=100),),
            (Param("level_z_m", "Level", 0.0, "m", low=-500, high=9000, help="In the city's vertical datum; replaces the depth."),),
            "A reservoir before its dam goes, a flood that has come already.",
        ),
        EditKind(
            "breach", "Breach", "point", ("layer:breaches",), _breach,
            (
                Param("width_m", "Width of its bottom in the end", 40.0, "m", low=1, high=2000),
                Param("begin", "Begins after", "PT0S", "s", "duration", low=0, high=30 * 86400),
                Param("formation", "Grows for", "PT30M", "s", "duration", low=0, high=7 * 86400,
                      source="Froehlich 2008, J. Hydraul. Eng. 134(12): 63.2 sqrt(V / (g h^2)) s for a volume V behind a height h."),
            ),
            (Param("bottom_z_m", "Bottom in the end", 0.0, "m", low=-500, high=9000, help="Else the lowest ground within its width."),),
            "The crest goes down to the bottom and the gap grows sideways; finite volumes compute the rush through it.",
        ),
        EditKind(
            "raise_ground", "Raise ground", "polygon", ("terrain",), _raise_ground,
            (Param("rise_m", "Rise", 0.5, "m", low=0.05, high=30),),
            (Param("level_z_m", "To this level", 0.0, "m", low=-500, high=9000, help="Absolute; replaces the rise. Higher ground stays."),),
        ),
        EditKind(
            "green", "Green area", "polygon", ("layer:green",), _green,
            (Param("use", "Kind", "park", kind="choice", choices=("park", "grass", "garden", "wetland")),),
            (), "Unsealed ground, where rain seeps in.",
        ),
        EditKind("close_road", "Close road", "object or polygon", ("layer:closures",), _close_road, help="Nobody drives there."),
        EditKind(
            "open_road", "Reopen road", "object or polygon", ("layer:closures",), _open_road, help="Ends a closure; water still closes it."
        ),
        EditKind("demolish", "Demolish", "object or polygon", ("buildings", "people"), _demolish),
        EditKind(
            "culvert", "Culvert", "line", ("layer:culverts",), _culvert,
            (
                Param("width_m", "Width", 1.5, "m", low=0.1, high=100),
                Param("height_m", "Height", 1.5, "m", low=0.1, high=20),
                Param("barrels", "Barrels", 1, kind="integer", low=1, high=100),
            ),
            (
                Param("diameter_m", "Diameter", 1.0, "m", low=0.05, high=20, help="Of a pipe; replaces width and height."),
                Param("invert_start_z_m", "Invert where it begins", 0.0, "m", low=-500, high=9000, help="Else the ground."),
                Param("invert_end_z_m", "Invert where it ends", 0.0, "m", low=-500, high=9000, help="Else the ground."),
                Param("manning", "Roughness", 0.013, "s/m^(1/3)", low=0.005, high=0.5, source="Chow 1959, table 5-6: concrete."),
            ),
            "Lets water through under a road, bank or house, both ways.",
        ),
        EditKind(
            "gate", "Gate", "point", ("layer:gates",), _gate,
            (
                Param("opening_m", "Opening", 1.0, "m", low=0, high=20, help="Height under its edge when it is open."),
                Param("width_m", "Width", 2.0, "m", low=0.1, high=200),
                Param("open", "Open", True, kind="flag"),
                Param("begin", "Opens after", "PT0S", "s", "duration", low=0, high=30 * 86400),
                Param("duration", "Stays open (0: to the end)", "PT0S", "s", "duration", low=0, high=30 * 86400),
            ),
            (Param("sill_z_m", "Sill", 0.0, "m", low=-500, high=9000, help="Else the ground."),),
            "In a flood wall, a culvert or the passage of a street; a trigger can switch it at any moment.",
        ),
        EditKind(
            "flood_gate", "Metro flood gate", "point", ("layer:flood_gates",), _flood_gate,
            (Param("height_m", "Height above the ground", 0.8, "m", low=0, high=10),), (),
            "Raises the sill of the metro entrances where it is placed.",
        ),
        EditKind(
            "switch", "Switch on or off", "object", ("layer:pumps", "layer:gates", "layer:switched"), _switch,
            (Param("on", "On, running or open", True, kind="flag"),),
            (Param("opening_m", "Opening", 1.0, "m", low=0, high=20, help="Of gates; as it was where it is left out."),),
            "Anything that can fail: pumps, gates, substations, lines, pipes, roads, hospitals, masts.",
        ),
        EditKind(
            "dependency", "Dependency", "object", ("layer:dependencies",), _dependency,
            (
                Param("provider", "Who gives it", "", kind="text", help="Id of a power or water node or a mast; of access none."),
                Param("input", "What it needs", "power", kind="choice", choices=("power", "water", "comms", "access")),
                Param("reserve_h", "Reserve", 0.0, "h", low=0, high=10000, help="Hours it goes on without."),
                Param("effect", "Without it", "stops", kind="choice", choices=("stops", "impairs")),
                Param("threshold", "Lost below", 0.5, "", low=0, high=1, help="Share of the provider's supply."),
            ),
            (),
            "What an object leans on; one that is there already gets these values.",
        ),
    )
}

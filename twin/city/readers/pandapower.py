"""pandapower JSON (2.x and 3.x): a power network.

The file is read as plain JSON. pandapower's own decoder is never called: it imports whatever module the file names.
Format: pandapower.file_io.to_json; tables are data frames written by pandas, `orient="split"`, as text inside the JSON.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import Hints, NetworkPart, Parts, source_of
from twin.city.readers.wiring import finite_rows, lines_between, placed, sample
from twin.errors import InputError, Problem
from twin.frame import crs_name, parse_crs

MAX_BYTES = 1 << 30
DEMANDS = {"load": "p_mw", "asymmetric_load": "", "motor": "pn_mech_mw", "ward": "ps_mw", "xward": "ps_mw"}
GENERATORS = {"gen": "p_mw", "sgen": "p_mw", "asymmetric_sgen": ""}
# Elements between two buses: the columns that hold them.
BETWEEN = {
    "line": ("from_bus", "to_bus"), "trafo": ("hv_bus", "lv_bus"), "impedance": ("from_bus", "to_bus"), "dcline": ("from_bus", "to_bus"),
}  # fmt: skip
COPIED = (
    "name", "std_type", "r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "max_i_ka", "parallel", "sn_mva", "vn_hv_kv", "vn_lv_kv",
    "vk_percent", "vkr_percent", "tap_pos", "in_service", "type",
)  # fmt: skip
_ELEMENT = {"l": "line", "t": "trafo", "t3": "trafo3w"}


def read_pandapower(path: Path, hints: Hints) -> Parts:
    """A `power` network: nodes `bus`; edges `line`, `trafo`, `switch` (between buses), `impedance`, `dcline`. Raises InputError.

    Columns and tables are those of twin.city.network.Network. Buses are in hints.crs; without one, GeoJSON places in the range of
    degrees are WGS 84 and others in no CRS.
    """
    tables = _tables(path)
    source = hints.name or path.name
    problems: list[Problem] = []
    bus = tables.get("bus")
    if bus is None or not len(bus):
        raise InputError("This pandapower network has no buses", where=str(path))
    edges = _edges(tables, problems, source)
    xy, geojson = _places(tables, bus)
    known = finite_rows(xy)
    if not known.any():
        raise InputError("This power network has no coordinates", where=str(path), do="Save it with the places of its buses (bus.geo).")
    if hints.swap_axes:
        xy = xy[:, ::-1]
    crs = _crs(xy[known], geojson, hints)
    scale = hints.unit_m if crs is None else 1.0
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    xy, guessed = placed(xy * scale, start, end)
    nodes = _nodes(tables, bus, edges).assign(x=xy[:, 0], y=xy[:, 1], z=np.nan)
    if guessed.any():
        problems.append(_told("no_place", "buses have no coordinates", nodes["id"][guessed], source, "They stand beside their neighbours."))
    geometry = _lines(tables, edges, xy, hints.swap_axes, scale)
    nowhere = ~finite_rows(xy)
    if nowhere.any():
        problems.append(_told("no_place", "buses have no coordinates and were left out", nodes["id"][nowhere], source))
        keep = ~nowhere[start] & ~nowhere[end]
        renumbered = (np.cumsum(~nowhere) - 1).astype(np.int32)
        nodes, edges, geometry = nodes[~nowhere].reset_index(drop=True), edges[keep].reset_index(drop=True), geometry[keep]
        edges["start"], edges["end"] = renumbered[start[keep]], renumbered[end[keep]]
    ids = pd.Series(_ids("bus", bus), bus.index)
    part = NetworkPart("power", nodes, edges, geometry, crs, source, hints.engineering, _kept(tables, ids))
    return Parts(networks=[part], sources=[source_of(path, hints, crs_name(crs))], problems=problems)


def _told(code: str, what: str, ids: pd.Series, source: str, did: str = "", severity: str = "warning") -> Problem:
    return Problem(code, severity, len(ids), f"{len(ids)} {what}", source, sample(ids.tolist()), did)  # type: ignore[arg-type]


def _tables(path: Path) -> dict[str, pd.DataFrame]:
    """Every table of the file, by name, with its own index."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("This network file has more than 1 GiB", where=str(path))
        document = _parsed(path.read_bytes())
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}", where=str(path)) from None
    except (ValueError, RuntimeError, RecursionError, MemoryError):
        raise InputError("This is not valid JSON", where=str(path), do="Is the file complete?") from None
    content = document.get("_object", document) if isinstance(document, dict) else None
    if not isinstance(content, dict):
        raise InputError("This is not a pandapower network", where=str(path))
    out = {}
    for name, entry in content.items():
        table = _table(entry)
        if table is not None and len(table.columns):
            out[name] = table
    system = {k: [float(content[k])] for k in ("f_hz", "sn_mva") if isinstance(content.get(k), int | float)}
    return out | ({"system": pd.DataFrame(system)} if system else {})


def _parsed(data: bytes | str) -> Any:
    import simdjson

    raw = data.encode() if isinstance(data, str) else data
    try:
        return simdjson.loads(raw)
    except ValueError:
        if b"NaN" not in raw and b"Infinity" not in raw:
            raise
        return json.loads(raw)


def _table(entry: Any) -> pd.DataFrame | None:
    """A data frame as pandapower writes it; None for what is none or is broken."""
    if not isinstance(entry, dict) or "DataFrame" not in str(entry.get("_class", "")):
        return None
    content = entry.get("_object")
    try:
        content = _parsed(content) if isinstance(content, str) else content
        if not isinstance(content, dict):
            return None
        if {"columns", "data"} <= set(content):
            table = pd.DataFrame(content["data"], index=content.get("index"), columns=[str(c) for c in content["columns"]])
        else:
            table = pd.DataFrame({str(k): pd.Series(v) for k, v in content.items() if isinstance(v, dict)})
    except (ValueError, TypeError, RuntimeError, RecursionError, AssertionError, OverflowError):
        return None
    index = pd.to_numeric(pd.Series(list(table.index), dtype=object), errors="coerce").to_numpy(float, na_value=np.nan)
    good = np.isfinite(index) & (np.abs(index) < 2**53)
    table = table[good]
    table.index = pd.Index(index[good].astype(np.int64))
    table = table[~table.index.duplicated()]
    return table.loc[:, ~table.columns.duplicated()]


def _number(table: pd.DataFrame, column: str, missing: float = np.nan) -> NDArray[np.float64]:
    if column not in table:
        return np.full(len(table), missing)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(values), values, missing)


def _flag(table: pd.DataFrame, column: str) -> NDArray[np.bool_]:
    """True where nothing is said."""
    if column not in table:
        return np.ones(len(table), bool)
    return ~table[column].isin([False, 0, "False", "false"]).to_numpy(bool)


def _text(table: pd.DataFrame, column: str) -> NDArray[np.object_]:
    if column not in table:
        return np.full(len(table), "", object)
    return np.array(["" if v is None or v != v else str(v)[:200] for v in table[column]], object)


def _ids(kind: str, table: pd.DataFrame) -> NDArray[np.object_]:
    """Names where every element has one of its own, else pandapower's numbers."""
    names = pd.Series(_text(table, "name"), dtype=object)
    plain = bool((names != "").all()) and names.is_unique
    return np.array([f"{kind}/{i}" for i in (names if plain else table.index)], object)


def _rows(index: pd.Index, table: pd.DataFrame, column: str) -> NDArray[np.int64]:
    said = _number(table, column, -1.0)
    return np.asarray(index.get_indexer(pd.Index(said.astype(np.int64))), np.int64)


def _edges(tables: dict[str, pd.DataFrame], problems: list[Problem], source: str) -> pd.DataFrame:
    bus = tables["bus"].index
    empty = pd.DataFrame(index=pd.Index([], dtype=np.int64))
    parts = []
    for kind, (a, b) in BETWEEN.items():
        table = tables.get(kind, empty)
        if len(table):
            parts.append(_between(kind, table, _ids(kind, table), _rows(bus, table, a), _rows(bus, table, b)))
    three = tables.get("trafo3w", empty)
    if len(three):
        ids = _ids("trafo3w", three)
        for side in ("mv", "lv"):
            own = np.array([f"{i}/{side}" for i in ids], object)
            parts.append(_between("trafo3w", three, own, _rows(bus, three, "hv_bus"), _rows(bus, three, f"{side}_bus")))
    switch = tables.get("switch", empty)
    among = switch[np.asarray(_text(switch, "et") == "b", bool)] if len(switch) else switch
    if len(among):
        ids = _ids("switch", switch)[_text(switch, "et") == "b"]
        parts.append(
            _between("switch", among, ids, _rows(bus, among, "bus"), _rows(bus, among, "element")).assign(closed=_flag(among, "closed"))
        )
    columns = ["id", "start", "end", "kind", "number", "length_m", "closed", "oneway", "overhead", *COPIED]
    out = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    lost = ((out["start"] < 0) | (out["end"] < 0)).to_numpy(bool)
    if lost.any():
        problems.append(
            _told("unknown_node", "elements end at buses that do not exist and were left out", out["id"][lost], source, "", "error")
        )
        out = out[~lost].reset_index(drop=True)
    # A line or transformer with an open switch at either end carries nothing.
    opened = switch[~_flag(switch, "closed")] if len(switch) else switch
    for short, kind in _ELEMENT.items():
        numbers = _number(opened[np.asarray(_text(opened, "et") == short, bool)], "element") if len(opened) else np.empty(0)
        out.loc[(out["kind"] == kind) & out["number"].isin(numbers), "closed"] = False
    again = out.duplicated("id").to_numpy(bool)
    out.loc[again, "id"] = [f"{i}/{n}" for n, i in enumerate(out["id"][again], 2)]
    return out.astype({"start": np.int32, "end": np.int32, "closed": bool, "oneway": bool, "overhead": bool, "in_service": bool})


def _between(kind: str, table: pd.DataFrame, ids: NDArray[np.object_], start: NDArray[np.int64], end: NDArray[np.int64]) -> pd.DataFrame:
    texts = ("name", "std_type", "type")
    copied = {c: _text(table, c) if c in texts else _flag(table, c) if c == "in_service" else _number(table, c) for c in COPIED}
    # Transformers and switches stand in one place.
    length = _number(table, "length_km") * 1000 if kind in ("line", "dcline") else np.zeros(len(table))
    head = {
        "id": ids, "start": start, "end": end, "kind": kind, "number": table.index.to_numpy(), "length_m": length, "closed": True,
        "oneway": False, "overhead": copied["type"] == "ol",
    }  # fmt: skip
    return pd.DataFrame(head | copied)


def _nodes(tables: dict[str, pd.DataFrame], bus: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    demand, reactive = _sum(tables, bus.index, DEMANDS, "mw"), _sum(tables, bus.index, DEMANDS, "mvar")
    generation = _sum(tables, bus.index, GENERATORS, "mw")
    slack = np.zeros(len(bus), bool)
    grid = tables.get("ext_grid")
    if grid is not None and len(grid):
        row = _rows(bus.index, grid[_flag(grid, "in_service")], "bus")
        slack[row[row >= 0]] = True
    transforms = np.zeros(len(bus), bool)
    transforms[edges["start"].to_numpy(np.int64)[edges["kind"].isin(["trafo", "trafo3w"]).to_numpy(bool)]] = True
    kind = np.select([slack, transforms, generation > 0, demand > 0], ["grid", "substation", "generator", "load"], "bus").astype(object)
    return pd.DataFrame({
        "id": _ids("bus", bus), "name": _text(bus, "name"), "kind": kind, "number": bus.index.to_numpy(), "vn_kv": _number(bus, "vn_kv"),
        "p_mw": demand, "q_mvar": reactive, "generation_mw": generation, "slack": slack, "in_service": _flag(bus, "in_service"),
        "zone": _text(bus, "zone"),
    })  # fmt: skip


def _sum(tables: dict[str, pd.DataFrame], bus: pd.Index, kinds: dict[str, str], unit: str) -> NDArray[np.float64]:
    """Power by bus of everything in service, with its scaling."""
    out = np.zeros(len(bus))
    for kind, active in kinds.items():
        table = tables.get(kind)
        if table is None or not len(table):
            continue
        if not active:
            letter = "p" if unit == "mw" else "q"
            power = sum((_number(table, f"{letter}_{phase}_{unit}", 0.0) for phase in "abc"), np.zeros(len(table)))
        elif unit == "mw":
            power = _number(table, active, 0.0)
        else:
            power = _number(table, "qs_mvar" if "ward" in kind else "q_mvar", 0.0)
        row = _rows(bus, table, "bus")
        use = (row >= 0) & _flag(table, "in_service")
        np.add.at(out, row[use], (power * _number(table, "scaling", 1.0))[use])
    return out


def _places(tables: dict[str, pd.DataFrame], bus: pd.DataFrame) -> tuple[NDArray[np.float64], bool]:
    """xy of each bus, NaN where nobody says it, and whether they come as GeoJSON."""
    xy = np.full((len(bus), 2), np.nan)
    if "geo" in bus:
        shapes = _geojson(bus["geo"], "Point")
        xy[:] = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)])
        if finite_rows(xy).any():
            return xy, True
    old = tables.get("bus_geodata")
    if old is not None and {"x", "y"} <= set(old.columns):
        row = np.asarray(bus.index.get_indexer(old.index), np.int64)
        given = np.column_stack([_number(old, "x"), _number(old, "y")])
        xy[row[row >= 0]] = given[row >= 0]
    return xy, False


def _geojson(values: pd.Series, kind: str) -> NDArray[np.object_]:
    """Shapely geometries of one simple type; None for anything else."""
    texts = [json.dumps(v) if isinstance(v, dict) else v for v in values]
    plain = np.array([t if isinstance(t, str) and f'"{kind}"' in t and "Collection" not in t else None for t in texts], object)
    shapes = np.asarray(shapely.from_geojson(plain, on_invalid="ignore"), object)
    right = shapely.get_type_id(shapes) == {"Point": 0, "LineString": 1}[kind]
    shapes[~right | shapely.is_empty(shapes)] = None
    return shapes


def _crs(xy: NDArray[np.float64], geojson: bool, hints: Hints) -> CRS | None:
    if hints.engineering:
        return None
    if hints.crs is not None:
        return hints.crs
    degrees = bool((np.abs(xy[:, 0]) <= 180).all() and (np.abs(xy[:, 1]) <= 90).all())
    return parse_crs("EPSG:4326") if geojson and degrees else None


def _lines(tables: dict[str, pd.DataFrame], edges: pd.DataFrame, xy: NDArray[np.float64], swap: bool, scale: float) -> NDArray[np.object_]:
    """Course of each edge, from its start: as the file draws it, else straight."""
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    out = lines_between(xy, start, end)
    drawn = pd.Series(dtype=object)
    if "geo" in tables.get("line", pd.DataFrame()):
        drawn = pd.Series(_geojson(tables["line"]["geo"], "LineString"), tables["line"].index)
    elif "coords" in tables.get("line_geodata", pd.DataFrame()):
        old = tables["line_geodata"]["coords"]
        texts = pd.Series([{"type": "LineString", "coordinates": c} if isinstance(c, list) else None for c in old], old.index, dtype=object)
        drawn = pd.Series(_geojson(texts, "LineString"), old.index)
    if not len(drawn):
        return out
    row = np.asarray(drawn.index.get_indexer(pd.Index(edges["number"].where(edges["kind"] == "line", -1).astype(np.int64))), np.int64)
    found = drawn.to_numpy(object)[row]
    found[row < 0] = None
    shapes = shapely.transform(found, lambda p: (p[:, ::-1] if swap else p) * scale)
    has = ~shapely.is_missing(shapes)
    first, last = shapely.get_point(shapes, 0), shapely.get_point(shapes, -1)
    begin, finish = shapely.points(xy[start]), shapely.points(xy[end])
    turned = shapely.distance(first, finish) + shapely.distance(last, begin) < shapely.distance(first, begin) + shapely.distance(
        last, finish
    )
    shapes[has & turned] = shapely.reverse(shapes[has & turned])
    return np.where(has, shapes, out)


def _kept(tables: dict[str, pd.DataFrame], ids: pd.Series) -> dict[str, pd.DataFrame]:
    """The tables of elements as pandapower has them, with `number` (its index) and `node` (the id of the bus) in front.

    Results (res_*), standard types and drawings are left out.
    """
    out = {}
    for name, table in tables.items():
        if name.startswith(("res_", "_")) or name.endswith("geodata") or not len(table) or name == "bus":
            continue
        plain = pd.DataFrame({c: _plain(table[c]) for c in table.columns if c != "geo"})
        if "bus" in table:
            plain.insert(0, "node", ids.reindex(pd.Index(_number(table, "bus", -1.0).astype(np.int64))).fillna("").to_numpy(object))
        plain.insert(0, "number", table.index.to_numpy())
        out[name] = plain.reset_index(drop=True)
    return out


def _plain(values: pd.Series) -> NDArray[Any]:
    """Numbers, truths or texts; nothing else."""
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return values.to_numpy()
    number = pd.to_numeric(values, errors="coerce")
    if number.notna().sum() == values.notna().sum() and not values.isin([True, False]).any():
        return number.to_numpy(float, na_value=np.nan)
    return np.array(["" if v is None or v != v else str(v)[:400] for v in values], object)

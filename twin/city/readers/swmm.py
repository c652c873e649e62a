"""SWMM 5 `.inp`: a drainage network in SI units, its catchments and rain gauges.

Format: Rossman (2015), Storm Water Management Model User's Manual Version 5.1, EPA-600/R-14/413b, appendix D. Controls are kept as
text and not evaluated; files the input names (rain, hot start) are not read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.inp import Sections, read_sections
from twin.city.readers.inp_map import FOOT, map_units, place_network
from twin.city.readers.parts import Hints, NetworkPart, Parts, VectorLayer, source_of
from twin.city.readers.wiring import rows_of
from twin.errors import InputError
from twin.frame import crs_name

GALLON, ACRE_M2 = 0.003785411784, 4046.8564224
FLOW: dict[str, tuple[float, bool]] = {  # m3/s and whether the other quantities are US customary
    "CFS": (FOOT**3, True), "GPM": (GALLON / 60, True), "MGD": (1e6 * GALLON / 86400, True),
    "CMS": (1.0, False), "LPS": (1e-3, False), "MLD": (1e3 / 86400, False),
}  # fmt: skip
NAMES = (
    "TITLE", "OPTIONS", "REPORT", "FILES", "RAINGAGES", "EVAPORATION", "TEMPERATURE", "ADJUSTMENTS", "SUBCATCHMENTS", "SUBAREAS",
    "INFILTRATION", "LID_CONTROLS", "LID_USAGE", "AQUIFERS", "GROUNDWATER", "GWF", "SNOWPACKS", "JUNCTIONS", "OUTFALLS", "DIVIDERS",
    "STORAGE", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS", "XSECTIONS", "TRANSECTS", "STREETS", "INLETS", "INLET_USAGE",
    "LOSSES", "CONTROLS", "POLLUTANTS", "LANDUSES", "COVERAGES", "BUILDUP", "WASHOFF", "TREATMENT", "LOADINGS", "INFLOWS", "DWF",
    "PATTERNS", "RDII", "HYDROGRAPHS", "CURVES", "TIMESERIES", "MAP", "POLYGONS", "COORDINATES", "VERTICES", "LABELS", "SYMBOLS",
    "BACKDROP", "PROFILES", "TAGS", "EVENTS", "END",
)  # fmt: skip
_READ = frozenset(
    {"TITLE", "JUNCTIONS", "OUTFALLS", "DIVIDERS", "STORAGE", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS", "XSECTIONS",
     "LOSSES", "TRANSECTS", "SUBCATCHMENTS", "TIMESERIES", "CURVES", "MAP", "POLYGONS", "COORDINATES", "VERTICES", "LABELS",
     "SYMBOLS", "BACKDROP"}
)  # fmt: skip
# Shapes whose first measure is a height and whose second a width; of the others the second means something else.
_WIDE = frozenset({"RECT_CLOSED", "RECT_OPEN", "TRAPEZOIDAL", "TRIANGULAR", "HORIZ_ELLIPSE", "VERT_ELLIPSE", "ARCH", "PARABOLIC", "POWER",
                   "RECT_TRIANGULAR", "RECT_ROUND", "MODBASKETHANDLE"})  # fmt: skip
# Measures of a shape that are lengths, besides its height and width (appendix D, [XSECTIONS]).
_LENGTHS = {"FILLED_CIRCULAR": (2,), "RECT_TRIANGULAR": (3,), "RECT_ROUND": (3,), "MODBASKETHANDLE": (3,)}
# Parameters of a divider before its depths.
_DIVIDER = {"CUTOFF": 1, "TABULAR": 1, "WEIR": 3}


class _Units:
    def __init__(self, sections: Sections) -> None:
        self.name = sections.options().get("FLOW_UNITS", "CFS").upper()
        if self.name not in FLOW:
            sections.tell("unknown_units", "flow units are not known; CFS is taken", [self.name], "error")
            self.name = "CFS"
        self.flow, us = FLOW[self.name]
        self.length = FOOT if us else 1.0
        self.area = ACRE_M2 if us else 1e4
        self.rain = 25.4 if us else 1.0
        """mm of one unit of rain."""


def read_swmm(path: Path, hints: Hints) -> Parts:
    """A `drainage` network: nodes `junction`, `outfall`, `divider`, `storage`; edges `conduit`, `pump`, `orifice`, `weir`, `outlet`;
    layer `zones` of subcatchments, layer `sensors` of rain gauges. Raises InputError.
    """
    sections = read_sections(path, hints, NAMES)
    units = _Units(sections)
    nodes = _nodes(sections, units)
    if not len(nodes):
        raise InputError("This SWMM file has no junctions, outfalls or storages", where=str(path))
    edges = _edges(sections, units, nodes)
    crs, scale = map_units(sections, hints, "MAP")
    nodes, edges, geometry, crs = place_network(sections, hints, nodes, edges, crs, scale)
    part = NetworkPart(
        "drainage", nodes, edges, geometry, crs, sections.source, hints.engineering,
        {
            "curves": _curves(sections, units), "transects": _transects(sections, units), "rain": _timeseries(sections),
            "statements": sections.statements(_READ), "options": _options(sections, units),
        },
    )  # fmt: skip
    catchments = _catchments(sections, units, crs, scale, hints)
    gauges = _gauges(sections, units, crs, scale, hints)
    layers = [x for x in (catchments, gauges) if x is not None]
    return Parts(layers, networks=[part], sources=[source_of(path, hints, crs_name(crs))], problems=sections.finish())


def _nodes(sections: Sections, units: _Units) -> pd.DataFrame:
    metres = lambda values: sections.numbers(values, 0.0) * units.length  # noqa: E731
    junctions = sections.unique("JUNCTIONS", ("name", "z", "depth", "initial", "surcharge", "ponded"), 2)
    outfalls = sections.unique("OUTFALLS", ("name", "z", "type", "stage", "gated"), 2)
    dividers = sections.unique("DIVIDERS", ("name", "z", "link", "type", "a", "b", "c", "d"), 2)
    storages = sections.unique("STORAGE", ("name", "z", "depth", "initial", "shape", "a", "b", "c"), 2)
    kind_of_outfall = outfalls["type"].astype(str).str.lower()
    stage = outfalls["stage"].where(kind_of_outfall == "fixed", "")
    has_stage = kind_of_outfall.isin(["fixed", "tidal", "timeseries"])
    gate = outfalls["gated"].where(has_stage, outfalls["stage"]).astype(str).str.upper()
    skipped = dividers["type"].astype(str).str.upper().map(_DIVIDER).fillna(0).astype(int)
    deep = pd.Series([row["abcd"[k]] for k, (_, row) in zip(skipped, dividers.iterrows())], dtype=object)
    functional = storages["shape"].astype(str).str.upper() == "FUNCTIONAL"
    tables = [
        pd.DataFrame({
            "name": junctions["name"], "kind": "junction", "z": metres(junctions["z"]), "depth_max_m": metres(junctions["depth"]),
            "level_init_m": metres(junctions["initial"]), "surcharge_m": metres(junctions["surcharge"]),
            "ponded_m2": sections.numbers(junctions["ponded"], 0.0) * units.length**2,
        }),
        pd.DataFrame({
            "name": outfalls["name"], "kind": "outfall", "z": metres(outfalls["z"]), "outfall": kind_of_outfall.replace("", "free"),
            "stage_m": sections.numbers(stage) * units.length,
            "stage_curve": outfalls["stage"].where(kind_of_outfall.isin(["tidal", "timeseries"]), ""), "gated": gate == "YES",
        }),
        pd.DataFrame({"name": dividers["name"], "kind": "divider", "z": metres(dividers["z"]), "divert_to": dividers["link"],
                      "depth_max_m": metres(deep)}),
        pd.DataFrame({
            "name": storages["name"], "kind": "storage", "z": metres(storages["z"]), "depth_max_m": metres(storages["depth"]),
            "level_init_m": metres(storages["initial"]), "storage": storages["shape"].astype(str).str.lower(),
            "storage_curve": storages["a"].where(storages["shape"].astype(str).str.upper() == "TABULAR", ""),
            # Area = coefficient * depth ^ exponent + constant, in the units of the file: stated for a depth in metres and m2.
            "area_coefficient": sections.numbers(storages["a"].where(functional, "")),
            "area_exponent": sections.numbers(storages["b"].where(functional, "")),
            "area_constant_m2": sections.numbers(storages["c"].where(functional, "")) * units.length**2,
        }),
    ]  # fmt: skip
    out = pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)
    if "area_coefficient" in out:
        out["area_coefficient"] = out["area_coefficient"] * units.length ** (2 - out["area_exponent"].fillna(0.0))
    again = out.duplicated("name").to_numpy()
    if again.any():
        sections.tell("duplicate_id", "nodes have the id of another kind of node and were left out", out["name"][again].tolist())
        out = out[~again].reset_index(drop=True)
    out.insert(0, "id", "node/" + out["name"].astype(str))
    out["depth_max_m"] = out["depth_max_m"].fillna(0.0) if "depth_max_m" in out else 0.0
    out["gated"] = out["gated"].eq(True).to_numpy(bool) if "gated" in out else False
    return out.assign(dry_weather_m3s=_dry_weather(sections, units, out["name"]))


def _dry_weather(sections: Sections, units: _Units, names: pd.Series) -> NDArray[np.float64]:
    """Mean flow that comes in without rain, m3/s by node: base lines of DWF and INFLOWS; patterns and series stay with the statements."""
    flow = np.zeros(len(names))
    for section, column in (("DWF", "a"), ("INFLOWS", "e")):
        said = sections.table(section, ("name", "what", "a", "b", "c", "d", "e"), 3)
        said = said[said["what"].astype(str).str.upper() == "FLOW"]
        row = rows_of(said["name"], names)
        base = np.nan_to_num(sections.numbers(said[column].replace("*", ""), 0.0))
        np.add.at(flow, row[row >= 0], base[row >= 0] * units.flow)
    return flow


def _edges(sections: Sections, units: _Units, nodes: pd.DataFrame) -> pd.DataFrame:
    metres = lambda values: sections.numbers(values, 0.0) * units.length  # noqa: E731
    conduits = sections.unique("CONDUITS", ("name", "from", "to", "length", "n", "in", "out", "initial", "most"), 5)
    most = sections.numbers(conduits["most"], 0.0) * units.flow
    pumps = sections.unique("PUMPS", ("name", "from", "to", "curve", "status", "on", "off"), 3)
    orifices = sections.unique("ORIFICES", ("name", "from", "to", "type", "offset", "coefficient", "gated"), 3)
    weirs = sections.unique("WEIRS", ("name", "from", "to", "type", "offset", "coefficient", "gated", "ends", "end"), 3)
    outlets = sections.unique("OUTLETS", ("name", "from", "to", "offset", "type", "a", "b"), 3)
    tabular = outlets["type"].astype(str).str.upper().str.startswith("TAB")
    power = sections.numbers(outlets["b"].where(~tabular, ""), 0.0)
    ends = lambda t, kind: {"name": t["name"], "kind": kind, "from": t["from"], "to": t["to"]}  # noqa: E731
    tables = [
        pd.DataFrame({
            **ends(conduits, "conduit"), "length_m": sections.numbers(conduits["length"]) * units.length,
            "roughness": sections.numbers(conduits["n"]), "offset_in_m": _offset(sections, conduits["in"], units),
            "offset_out_m": _offset(sections, conduits["out"], units),
            "flow_init_m3s": sections.numbers(conduits["initial"], 0.0) * units.flow, "flow_max_m3s": np.where(most > 0, most, np.nan),
        }),
        pd.DataFrame({
            **ends(pumps, "pump"), "curve": pumps["curve"].replace("*", ""),
            "status": pumps["status"].astype(str).str.lower().map({"off": "off"}).fillna("on"),
            "level_on_m": metres(pumps["on"]), "level_off_m": metres(pumps["off"]),
        }),
        pd.DataFrame({
            **ends(orifices, "orifice"), "type": orifices["type"].astype(str).str.lower(),
            "offset_in_m": _offset(sections, orifices["offset"], units), "coefficient": sections.numbers(orifices["coefficient"]),
            "gated": orifices["gated"].astype(str).str.upper() == "YES",
        }),
        pd.DataFrame({
            **ends(weirs, "weir"), "type": weirs["type"].astype(str).str.lower(),
            "offset_in_m": _offset(sections, weirs["offset"], units),
            # Q = C L H^1.5: the coefficient has the unit length^0.5 / s.
            "coefficient": sections.numbers(weirs["coefficient"]) * units.length**0.5,
            "gated": weirs["gated"].astype(str).str.upper() == "YES", "end_contractions": sections.numbers(weirs["ends"], 0.0),
            "end_coefficient": sections.numbers(weirs["end"], 0.0) * units.length**0.5,
        }),
        pd.DataFrame({
            **ends(outlets, "outlet"), "type": outlets["type"].astype(str).str.lower(),
            "offset_in_m": _offset(sections, outlets["offset"], units), "curve": outlets["a"].where(tabular, ""),
            # Q = coefficient * depth ^ exponent: stated for metres and m3/s.
            "coefficient": sections.numbers(outlets["a"].where(~tabular, "")) * units.flow / units.length**power,
            "exponent": np.where(tabular, np.nan, power),
        }),
    ]  # fmt: skip
    out = pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)
    again = out.duplicated("name").to_numpy()
    start, end = rows_of(out["from"], nodes["name"]), rows_of(out["to"], nodes["name"])
    # A weir or orifice may lead to a node, nothing else; an unknown end is an error of the file.
    lost = (start < 0) | (end < 0)
    if lost.any():
        sections.tell("unknown_node", "links end at nodes that do not exist and were left out", out["name"][lost].tolist(), "error")
    if again.any():
        sections.tell("duplicate_id", "links have the id of another link and were left out", out["name"][again].tolist())
    keep = ~lost & ~again
    out = out[keep].drop(columns=["from", "to"]).reset_index(drop=True)
    out.insert(0, "id", out["kind"].astype(str) + "/" + out["name"].astype(str))
    out.insert(1, "start", start[keep].astype(np.int32))
    out.insert(2, "end", end[keep].astype(np.int32))
    for column in ("length_m", "roughness", "offset_in_m", "offset_out_m", "coefficient"):
        if column not in out:
            out[column] = np.nan
    for column in ("curve", "type", "status"):
        out[column] = out[column].fillna("") if column in out else ""
    out["gated"] = out["gated"].eq(True).to_numpy(bool) if "gated" in out else False
    if sections.options().get("LINK_OFFSETS", "DEPTH").upper() == "ELEVATION":
        invert = nodes["z"].to_numpy(float)
        for column, at in (("offset_in_m", out["start"]), ("offset_out_m", out["end"])):
            height = out[column].to_numpy(float) - invert[at.to_numpy(np.int64)]
            out[column] = np.where(out[column].notna(), np.maximum(height, 0.0), 0.0)
    out["oneway"] = out["kind"].isin(["pump"]).to_numpy(bool)
    return _sections_of(sections, units, out)


def _offset(sections: Sections, values: pd.Series, units: _Units) -> NDArray[np.float64]:
    """Height above the node's invert; with LINK_OFFSETS ELEVATION the elevation itself for now, NaN for the invert's."""
    elevation = sections.options().get("LINK_OFFSETS", "DEPTH").upper() == "ELEVATION"
    return sections.numbers(values.replace("*", ""), np.nan if elevation else 0.0) * units.length


def _sections_of(sections: Sections, units: _Units, edges: pd.DataFrame) -> pd.DataFrame:
    """`shape`, `diameter_m` (its full height), `width_m`, `section_2` to `section_4`, `barrels` of each link's cross section; losses."""
    said = sections.table("XSECTIONS", ("name", "shape", "a", "b", "c", "d", "barrels"), 3).drop_duplicates("name", keep="last")
    row = rows_of(edges["name"], said["name"])
    there = row >= 0
    shape = said["shape"].astype(str).str.upper()
    named = shape.isin(["IRREGULAR", "STREET"])
    a = sections.numbers(said["a"].where(~named, "")) * units.length
    wide = shape.isin(list(_WIDE)).to_numpy()
    b = np.where(wide, sections.numbers(said["b"].where(wide, "")), np.nan) * units.length
    b = np.where((shape == "CIRCULAR").to_numpy(), a, b)
    barrels = sections.numbers(said["barrels"], 1.0)
    custom = (shape == "CUSTOM") | named
    more = {}
    for number, column in enumerate("bcd", 2):
        value = sections.numbers(said[column].where(~custom, ""), 0.0)
        more[f"section_{number}"] = np.where([number in _LENGTHS.get(s, ()) for s in shape], value * units.length, value)

    def of(values: NDArray[np.float64], otherwise: float = np.nan) -> NDArray[np.float64]:
        out = np.full(len(edges), otherwise)
        out[there] = values[row[there]]
        return out

    shapes = np.full(len(edges), "", object)
    shapes[there] = shape.str.lower().to_numpy(object)[row[there]]
    transect = np.full(len(edges), "", object)
    transect[there] = said["a"].where(named, "").to_numpy(object)[row[there]]
    missing = (edges["kind"] == "conduit").to_numpy() & ~there
    if missing.any():
        sections.tell("no_section", "conduits have no cross section", edges["id"][missing].tolist())
    curve = np.where((shape == "CUSTOM").to_numpy(), said["b"].to_numpy(object), "")
    edges = edges.assign(shape=shapes, diameter_m=of(a), width_m=of(b), barrels=of(barrels, 1.0), transect=transect)
    edges["curve"] = [curve[r] or c if r >= 0 else c for r, c in zip(row, edges["curve"])]
    return _with_losses(sections, edges.assign(**{k: of(v) for k, v in more.items()}))


def _with_losses(sections: Sections, edges: pd.DataFrame) -> pd.DataFrame:
    """`loss_in`, `loss_out`, `loss_mean` of conduits (heads of velocity lost), and their flap gates."""
    said = sections.table("LOSSES", ("name", "in", "out", "mean", "flap"), 2).drop_duplicates("name", keep="last")
    row = rows_of(edges["name"], said["name"])
    there = row >= 0
    for column in ("in", "out", "mean"):
        values = np.zeros(len(edges))
        values[there] = np.nan_to_num(sections.numbers(said[column], 0.0))[row[there]]
        edges[f"loss_{column}"] = values
    flap = np.zeros(len(edges), bool)
    flap[there] = (said["flap"].astype(str).str.upper() == "YES").to_numpy(bool)[row[there]]
    edges["gated"] = edges["gated"].to_numpy(bool) | flap
    return edges


def _points(sections: Sections, name: str, hints: Hints, scale: float) -> pd.DataFrame:
    order = ("y", "x") if hints.swap_axes else ("x", "y")
    said = sections.table(name, ("name", *order), 3)
    out = pd.DataFrame({"name": said["name"], "x": sections.numbers(said["x"]) * scale, "y": sections.numbers(said["y"]) * scale})
    return out[np.isfinite(out["x"]) & np.isfinite(out["y"])].reset_index(drop=True)


def _catchments(sections: Sections, units: _Units, crs: CRS | None, scale: float, hints: Hints) -> VectorLayer | None:
    """Subcatchments as areas, with how much of them is sealed and where they drain to."""
    said = sections.unique("SUBCATCHMENTS", ("name", "gauge", "outlet", "area", "sealed", "width", "slope"), 4)
    corners = _points(sections, "POLYGONS", hints, scale)
    row = rows_of(corners["name"], said["name"])
    corners, row = corners[row >= 0], row[row >= 0]
    if not len(said) or not len(corners):
        if len(said):
            sections.tell("no_polygons", "subcatchments have no outline and are not shown", said["name"].tolist(), "info")
        return None
    order = np.argsort(row, kind="stable")
    xy, row = corners[["x", "y"]].to_numpy(float)[order], row[order]
    enough = np.bincount(row, minlength=len(said)) >= 3
    xy, row = xy[enough[row]], row[enough[row]]
    if (~enough).any():
        sections.tell("no_polygons", "subcatchments have no outline and are not shown", said["name"][~enough].tolist(), "info")
    there, ring = np.unique(row, return_inverse=True)
    rings = shapely.linearrings(xy, indices=ring)
    said = said.iloc[there].reset_index(drop=True)
    sealed = sections.numbers(said["sealed"], 0.0) / 100
    table = pd.DataFrame({
        "id": said["name"], "name": said["name"], "kind": "subcatchment", "gauge": said["gauge"], "outlet": said["outlet"],
        "area_m2": sections.numbers(said["area"]) * units.area, "impervious": sealed,
        "width_m": sections.numbers(said["width"]) * units.length, "slope": sections.numbers(said["slope"]) / 100,
    })  # fmt: skip
    return VectorLayer("subcatchments", "zones", table, shapely.polygons(rings), crs, sections.source, hints.engineering)


def _gauges(sections: Sections, units: _Units, crs: CRS | None, scale: float, hints: Hints) -> VectorLayer | None:
    """Rain gauges that have a place."""
    said = sections.unique("RAINGAGES", ("name", "form", "interval", "factor", "kind", "series"), 4)
    places = _points(sections, "SYMBOLS", hints, scale).drop_duplicates("name")
    row = rows_of(said["name"], places["name"])
    said, row = said[row >= 0].reset_index(drop=True), row[row >= 0]
    if not len(said):
        return None
    table = pd.DataFrame({
        "id": said["name"], "name": said["name"], "kind": "rain_gauge", "series": said["series"], "interval": said["interval"],
        "form": said["form"].astype(str).str.lower(), "rain_mm_per_unit": units.rain,
    })  # fmt: skip
    xy = places[["x", "y"]].to_numpy(float)[row]
    return VectorLayer("rain gauges", "sensors", table, shapely.points(xy), crs, sections.source, hints.engineering)


def _curves(sections: Sections, units: _Units) -> pd.DataFrame:
    """`curve`, `use` (storage, pump1 .. pump5, rating, tidal, diversion, shape, control), `x`, `y` in SI where the use has units."""
    names: list[str] = []
    uses: list[str] = []
    values: list[tuple[str, str]] = []
    use_of: dict[str, str] = {}
    for name, *rest in sections.lines.get("CURVES", []):
        if rest and not _is_number(rest[0]):
            use_of[name] = rest[0].lower()
            rest = rest[1:]
        for x, y in zip(rest[::2], rest[1::2], strict=False):
            names.append(name)
            uses.append(use_of.get(name, ""))
            values.append((x, y))
    xy = pd.DataFrame(values, columns=["x", "y"], dtype=object)
    use = np.array(uses, object)
    length, flow, area = units.length, units.flow, units.length**2
    # Appendix D: the two columns of each kind of curve.
    unit_x = {"storage": length, "pump1": length**3, "pump2": length, "pump3": length, "pump4": length, "pump5": length,
              "rating": length, "diversion": flow}  # fmt: skip
    unit_y = {"storage": area, "pump1": flow, "pump2": flow, "pump3": flow, "pump4": flow, "pump5": flow, "rating": flow,
              "diversion": flow, "tidal": length}  # fmt: skip
    x = sections.numbers(xy["x"]) * np.array([unit_x.get(u, 1.0) for u in uses])
    y = sections.numbers(xy["y"]) * np.array([unit_y.get(u, 1.0) for u in uses])
    return pd.DataFrame({"curve": pd.Series(names, dtype=object), "use": use, "x": x, "y": y})


def _transects(sections: Sections, units: _Units) -> pd.DataFrame:
    """Ground across channels: `transect`, Manning `n_left`, `n_right`, `n_channel`, banks `left_m` and `right_m`, points `x`, `z`."""
    rows: list[tuple[Any, ...]] = []
    manning, head = ("0", "0", "0"), None
    for kind, *rest in sections.lines.get("TRANSECTS", []):
        if kind.upper() == "NC" and len(rest) >= 3:
            manning = (rest[0], rest[1], rest[2])
        elif kind.upper() == "X1" and rest:
            full = [*rest, *["0"] * 10]
            head = (rest[0], *manning, full[2], full[3], full[8], full[9])
        elif kind.upper() == "GR" and head is not None:
            rows += [(*head, x, z) for z, x in zip(rest[::2], rest[1::2], strict=False)]
    names = ["transect", "n_left", "n_right", "n_channel", "left_m", "right_m", "wide", "up", "x", "z"]
    out = pd.DataFrame(rows, columns=names, dtype=object)
    for column in names[1:]:
        out[column] = sections.numbers(out[column], 0.0)
    wide = np.where(out["wide"] > 0, out["wide"], 1.0) * units.length
    out = out.assign(x=out["x"] * wide, left_m=out["left_m"] * wide, right_m=out["right_m"] * wide, z=(out["z"] + out["up"]) * units.length)
    return out.drop(columns=["wide", "up"])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _timeseries(sections: Sections) -> pd.DataFrame:
    """`series`, `date` ('' for since the start), `time` (text as it stands), `value` in the file's own units."""
    rows: list[tuple[str, str, str, str]] = []
    for name, *rest in sections.lines.get("TIMESERIES", []):
        if not rest or rest[0].upper() == "FILE":
            continue  # a file beside it is not read
        date = ""
        if "/" in rest[0] or rest[0].count("-") == 2:
            date, rest = rest[0], rest[1:]
        rows += [(name, date, t, v) for t, v in zip(rest[::2], rest[1::2], strict=False)]
    out = pd.DataFrame(rows, columns=["series", "date", "time", "value"], dtype=object)
    out["value"] = sections.numbers(out["value"])
    return out


def _options(sections: Sections, units: _Units) -> pd.DataFrame:
    said = sections.options() | {"SOURCE UNITS": units.name}
    title = " ".join(sections.raw.get("TITLE", []))[:400]
    return pd.DataFrame([("TITLE", title), *said.items()], columns=["key", "value"], dtype=object)

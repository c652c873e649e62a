"""EPANET 2.0 and 2.2 `.inp`: a water supply network in SI units.

Format: Rossman et al. (2020), EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C. Nothing in the file is evaluated: controls and
rules are kept as text.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.inp import Sections, read_sections
from twin.city.readers.inp_map import FOOT, map_units, place_network
from twin.city.readers.parts import Hints, NetworkPart, Parts, source_of
from twin.city.readers.wiring import rows_of
from twin.errors import InputError
from twin.frame import crs_name

INCH = 0.0254
GALLON, IMPERIAL_GALLON, ACRE_FOOT = 0.003785411784, 0.00454609, 1233.48183754752
HORSEPOWER_KW = 0.745699872
PSI_M = 0.3048 / 0.4333
"""Metres of water of one psi, with the factor EPANET uses (0.4333 psi per foot)."""
KPA_M = FOOT / 0.4333 / 6.895
# Flow unit -> m3/s and whether the other quantities are US customary (appendix A of the manual).
FLOW: dict[str, tuple[float, bool]] = {
    "CFS": (FOOT**3, True), "GPM": (GALLON / 60, True), "MGD": (1e6 * GALLON / 86400, True),
    "IMGD": (1e6 * IMPERIAL_GALLON / 86400, True), "AFD": (ACRE_FOOT / 86400, True),
    "LPS": (1e-3, False), "LPM": (1e-3 / 60, False), "MLD": (1e3 / 86400, False), "CMH": (1 / 3600, False), "CMD": (1 / 86400, False),
    "CMS": (1.0, False),
}  # fmt: skip
NAMES = (
    "TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "TAGS", "DEMANDS", "STATUS", "PATTERNS", "CURVES",
    "CONTROLS", "RULES", "ENERGY", "EMITTERS", "QUALITY", "SOURCES", "REACTIONS", "MIXING", "TIMES", "REPORT", "OPTIONS",
    "COORDINATES", "VERTICES", "LABELS", "BACKDROP", "ROUGHNESS", "LEAKAGE", "END",
)  # fmt: skip
_READ = frozenset(
    {"TITLE", "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "DEMANDS", "STATUS", "PATTERNS", "CURVES", "EMITTERS",
     "COORDINATES", "VERTICES", "TAGS", "LABELS", "BACKDROP"}
)  # fmt: skip


class _Units:
    """Factors from the units of a file to SI."""

    def __init__(self, sections: Sections) -> None:
        options = sections.options()
        self.name = options.get("UNITS", "GPM").upper()
        if self.name not in FLOW:
            sections.tell("unknown_units", "flow units are not known; GPM is taken", [self.name], "error")
            self.name = "GPM"
        self.flow, us = FLOW[self.name]
        self.headloss = options.get("HEADLOSS", "H-W").upper()
        self.length, self.diameter = (FOOT, INCH) if us else (1.0, 1e-3)
        self.power = HORSEPOWER_KW if us else 1.0
        pressure = options.get("PRESSURE", "PSI" if us else "METERS").upper()
        self.pressure = PSI_M if pressure == "PSI" else KPA_M if pressure == "KPA" else 1.0
        # Darcy-Weisbach roughness is in millifeet or millimetres; the other two have no unit.
        self.roughness = (FOOT if us else 1.0) * 1e-3 if self.headloss == "D-W" else 1.0
        self.demand = _positive(options.get("DEMAND MULTIPLIER", ""), 1.0)


def _positive(text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if np.isfinite(value) and value >= 0 else otherwise


def read_epanet(path: Path, hints: Hints) -> Parts:
    """A `water` network: nodes `junction`, `reservoir`, `tank`; edges `pipe`, `pump`, `valve`. Raises InputError.

    Columns and tables are those of twin.city.network.Network. Coordinates are in hints.crs, or in no CRS.
    """
    sections = read_sections(path, hints, NAMES)
    units = _Units(sections)
    demands = _demands(sections, units)
    nodes = _nodes(sections, units, demands)
    if not len(nodes):
        raise InputError("This EPANET file has no junctions, reservoirs or tanks", where=str(path))
    edges = _edges(sections, units, nodes)
    crs, scale = map_units(sections, hints, "BACKDROP")
    nodes, edges, geometry, crs = place_network(sections, hints, nodes, edges, crs, scale)
    part = NetworkPart(
        "water", nodes, edges.drop(columns=["from", "to"]), geometry, crs, sections.source, hints.engineering,
        {
            "demands": demands, "patterns": _patterns(sections), "curves": _curves(sections, units, nodes, edges),
            "statements": sections.statements(_READ), "options": _options(sections, units),
        },
    )  # fmt: skip
    source = source_of(path, hints, crs_name(crs))
    return Parts(networks=[part], sources=[source], problems=sections.finish())


def _demands(sections: Sections, units: _Units) -> pd.DataFrame:
    """`node`, `demand_m3s`, `pattern`, `category`: those of [DEMANDS], for other junctions the one beside their elevation."""
    junctions = sections.table("JUNCTIONS", ("node", "elevation", "demand", "pattern"))
    several = sections.table("DEMANDS", ("node", "demand", "pattern"), 2)
    own = junctions[~junctions["node"].isin(several["node"]) & (junctions["demand"] != "")]
    all_ = pd.concat([own[["node", "demand", "pattern"]], several], ignore_index=True)
    flow = sections.numbers(all_["demand"], 0.0) * units.flow * units.demand
    return pd.DataFrame({"node": "node/" + all_["node"].astype(str), "demand_m3s": np.nan_to_num(flow), "pattern": all_["pattern"]})


def _nodes(sections: Sections, units: _Units, demands: pd.DataFrame) -> pd.DataFrame:
    junctions = sections.unique("JUNCTIONS", ("name", "elevation", "demand", "pattern"))
    reservoirs = sections.unique("RESERVOIRS", ("name", "head", "pattern"))
    tanks = sections.unique(
        "TANKS", ("name", "elevation", "initial", "least", "most", "diameter", "volume", "curve", "overflow")
    )  # fmt: skip
    if (tanks["diameter"] == "").any():  # a tank without geometry is a reservoir (EPANET 2.0)
        fixed = (tanks["diameter"] == "").to_numpy()
        more = tanks[fixed].rename(columns={"elevation": "head", "initial": "pattern"})[["name", "head", "pattern"]]
        reservoirs, tanks = pd.concat([reservoirs, more], ignore_index=True), tanks[~fixed].reset_index(drop=True)
    metres = lambda values: sections.numbers(values) * units.length  # noqa: E731
    out = pd.concat(
        [
            pd.DataFrame({"name": junctions["name"], "kind": "junction", "z": metres(junctions["elevation"]), "pattern": ""}),
            pd.DataFrame({
                "name": reservoirs["name"], "kind": "reservoir", "z": metres(reservoirs["head"]), "pattern": reservoirs["pattern"],
            }),
            pd.DataFrame({
                "name": tanks["name"], "kind": "tank", "z": metres(tanks["elevation"]), "pattern": "",
                "level_init_m": metres(tanks["initial"]), "level_min_m": metres(tanks["least"]), "level_max_m": metres(tanks["most"]),
                "diameter_m": metres(tanks["diameter"]), "volume_min_m3": sections.numbers(tanks["volume"], 0.0) * units.length**3,
                "volume_curve": tanks["curve"].replace("*", ""),
            }),
        ],
        ignore_index=True,
    )  # fmt: skip
    again = out.duplicated("name").to_numpy()
    if again.any():
        sections.tell("duplicate_id", "nodes have the id of another kind of node and were left out", out["name"][again].tolist())
        out = out[~again].reset_index(drop=True)
    out.insert(0, "id", "node/" + out["name"].astype(str))
    total = demands.groupby("node")["demand_m3s"].sum() if len(demands) else pd.Series(dtype=float)
    out["demand_m3s"] = out["id"].map(total).fillna(0.0).to_numpy(float)
    emitters = sections.unique("EMITTERS", ("name", "coefficient"), 2)
    coefficient = pd.Series(sections.numbers(emitters["coefficient"]), emitters["name"].to_numpy(object))
    # Flow per square root of pressure.
    out["emitter_m3s"] = out["name"].map(coefficient).fillna(0.0).to_numpy(float) * units.flow / np.sqrt(units.pressure)
    out["tag"] = _tags(sections, "NODE", out["name"])
    return out


def _tags(sections: Sections, what: str, names: pd.Series) -> NDArray[np.object_]:
    tags = sections.table("TAGS", ("what", "name", "tag"), 3)
    chosen = tags[tags["what"].astype(str).str.upper() == what].drop_duplicates("name")
    return names.map(pd.Series(chosen["tag"].to_numpy(object), chosen["name"].to_numpy(object), dtype=object)).fillna("").to_numpy(object)


def _edges(sections: Sections, units: _Units, nodes: pd.DataFrame) -> pd.DataFrame:
    pipes = sections.unique("PIPES", ("name", "from", "to", "length", "diameter", "roughness", "loss", "status"), 5)
    # The minor loss may be left out before the status.
    moved = pipes["loss"].astype(str).str.upper().isin(["OPEN", "CLOSED", "CV"]).to_numpy()
    pipes.loc[moved, "status"], pipes.loc[moved, "loss"] = pipes.loc[moved, "loss"], ""
    valves = sections.unique("VALVES", ("name", "from", "to", "diameter", "type", "setting", "loss"), 5)
    tables = [
        pd.DataFrame({
            "name": pipes["name"], "kind": "pipe", "from": pipes["from"], "to": pipes["to"],
            "length_m": sections.numbers(pipes["length"]) * units.length,
            "diameter_m": sections.numbers(pipes["diameter"]) * units.diameter,
            "roughness": sections.numbers(pipes["roughness"]) * units.roughness,
            "minor_loss": sections.numbers(pipes["loss"], 0.0), "status": pipes["status"].astype(str).str.lower().replace("", "open"),
        }),
        _pumps(sections, units),
        _valves(sections, units, valves),
    ]  # fmt: skip
    out = pd.concat([t for t in tables if len(t)] or tables, ignore_index=True)
    again = out.duplicated("name").to_numpy()
    start, end = rows_of(out["from"], nodes["name"]), rows_of(out["to"], nodes["name"])
    lost = (start < 0) | (end < 0)
    if lost.any():
        sections.tell("unknown_node", "links end at nodes that do not exist and were left out", out["name"][lost].tolist(), "error")
    if again.any():
        sections.tell("duplicate_id", "links have the id of another link and were left out", out["name"][again].tolist())
    keep = ~lost & ~again
    out = out[keep].reset_index(drop=True)
    out.insert(0, "id", out["kind"].astype(str) + "/" + out["name"].astype(str))
    out.insert(1, "start", start[keep].astype(np.int32))
    out.insert(2, "end", end[keep].astype(np.int32))
    for column in ("length_m", "diameter_m", "roughness", "minor_loss", "power_kw", "speed", "setting"):
        if column not in out:
            out[column] = np.nan
    for column in ("curve", "pattern", "valve"):
        out[column] = out[column].fillna("") if column in out else ""
    _apply_status(sections, units, out)
    # A pump runs one way, and so does a pipe with a check valve.
    out["oneway"] = (out["kind"] == "pump") | (out["status"] == "cv")
    out["tag"] = _tags(sections, "LINK", out["name"])
    return out


def _pumps(sections: Sections, units: _Units) -> pd.DataFrame:
    rows = []
    for name, a, b, *rest in [r for r in sections.lines.get("PUMPS", []) if len(r) >= 4]:
        said = {"name": name, "kind": "pump", "from": a, "to": b, "status": "open", "curve": "", "pattern": "", "power": "", "speed": ""}
        for key, value in zip(rest[::2], rest[1::2], strict=False):
            meaning = {"HEAD": "curve", "POWER": "power", "SPEED": "speed", "PATTERN": "pattern"}.get(key.upper())
            if meaning:
                said[meaning] = value
        rows.append(said)
    short = [r for r in sections.lines.get("PUMPS", []) if len(r) < 4]
    if short:
        sections.tell("short_line", "lines of [PUMPS] are too short and were left out", [" ".join(r) for r in short])
    out = pd.DataFrame(rows, columns=["name", "kind", "from", "to", "status", "curve", "pattern", "power", "speed"], dtype=object)
    out["power_kw"] = sections.numbers(out.pop("power")) * units.power
    out["speed"] = sections.numbers(out["speed"], 1.0)
    return out


def _valves(sections: Sections, units: _Units, valves: pd.DataFrame) -> pd.DataFrame:
    kind = valves["type"].astype(str).str.upper()
    curve = kind == "GPV"
    setting = sections.numbers(valves["setting"].where(~curve, ""), 0.0) * _setting_unit(kind, units)
    return pd.DataFrame({
        "name": valves["name"], "kind": "valve", "from": valves["from"], "to": valves["to"], "valve": kind.str.lower(),
        "diameter_m": sections.numbers(valves["diameter"]) * units.diameter, "setting": np.where(curve, np.nan, setting),
        "curve": valves["setting"].where(curve, ""), "minor_loss": sections.numbers(valves["loss"], 0.0), "status": "active",
    })  # fmt: skip


def _setting_unit(kind: pd.Series, units: _Units) -> NDArray[np.float64]:
    return np.where(kind.str.upper().isin(["PRV", "PSV", "PBV"]), units.pressure, np.where(kind.str.upper() == "FCV", units.flow, 1.0))


def _apply_status(sections: Sections, units: _Units, edges: pd.DataFrame) -> None:
    """[STATUS] opens, closes, or sets speed (pump) and setting (valve)."""
    said = sections.table("STATUS", ("name", "status"), 2)
    row = rows_of(said["name"], edges["name"])
    lost = row < 0
    if lost.any():
        sections.tell("unknown_link", "lines of [STATUS] name links that do not exist", said["name"][lost].tolist())
    said, row = said[~lost].reset_index(drop=True), row[~lost]
    word = said["status"].astype(str).str.lower()
    plain = (word.isin(["open", "closed", "active"])).to_numpy()
    edges.loc[row[plain], "status"] = word[plain].to_numpy(object)
    value = sections.numbers(said["status"].where(~word.isin(["open", "closed", "active", "cv"]), ""))
    number = np.isfinite(value)
    kind = edges["kind"].to_numpy(object)[row]
    pumps, valves = number & (kind == "pump"), number & (kind == "valve")
    edges.loc[row[pumps], "speed"] = value[pumps]
    edges.loc[row[pumps & (value == 0)], "status"] = "closed"
    edges.loc[row[valves], "setting"] = value[valves] * _setting_unit(edges["valve"].iloc[row[valves]], units)


def _patterns(sections: Sections) -> pd.DataFrame:
    """`pattern`, `step`, `factor`."""
    names: list[str] = []
    values: list[str] = []
    for name, *factors in sections.lines.get("PATTERNS", []):
        names += [name] * len(factors)
        values += factors
    out = pd.DataFrame({"pattern": pd.Series(names, dtype=object), "factor": sections.numbers(pd.Series(values, dtype=object))})
    out.insert(1, "step", out.groupby("pattern").cumcount().to_numpy(np.int64))
    return out


def _curves(sections: Sections, units: _Units, nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.DataFrame:
    """`curve`, `use`, `x`, `y` in SI; use: head (m3/s -> m), headloss (m3/s -> m), volume (m -> m3), efficiency (m3/s -> %), or ''."""
    found = sections.table("CURVES", ("curve", "x", "y"), 3)
    use = np.full(len(found), "", object)
    efficiency = [r[-1] for r in sections.lines.get("ENERGY", []) if any(w.upper().startswith("EFFI") for w in r[:-1])]
    tanks = nodes["volume_curve"] if "volume_curve" in nodes else pd.Series(dtype=object)
    for meaning, names in (
        ("efficiency", efficiency), ("volume", tanks.dropna()), ("headloss", edges["curve"][edges["kind"] == "valve"]),
        ("head", edges["curve"][edges["kind"] == "pump"]),
    ):  # fmt: skip
        use[found["curve"].isin(list(names)).to_numpy()] = meaning
    x, y = sections.numbers(found["x"]), sections.numbers(found["y"])
    flow = np.isin(use, ["head", "headloss", "efficiency"])
    x = x * np.where(flow, units.flow, np.where(use == "volume", units.length, 1.0))
    y = y * np.where(np.isin(use, ["head", "headloss"]), units.length, np.where(use == "volume", units.length**3, 1.0))
    return pd.DataFrame({"curve": found["curve"], "use": use, "x": x, "y": y})


def _options(sections: Sections, units: _Units) -> pd.DataFrame:
    """`key`, `value`: what [OPTIONS] and [TITLE] say; `SOURCE UNITS` those the file was written in."""
    said = sections.options() | {"HEADLOSS": units.headloss, "SOURCE UNITS": units.name}
    title = " ".join(sections.raw.get("TITLE", []))[:400]
    rows = [("TITLE", title), *said.items()] if title else list(said.items())
    return pd.DataFrame(rows, columns=["key", "value"], dtype=object)

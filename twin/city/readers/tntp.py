"""TNTP road networks (https://github.com/bstabler/TransportationNetworks): `*_net.tntp` with `*_node.tntp` and `*_trips.tntp` beside.

Units differ from network to network and the files do not say them: times are minutes here, as in most, and lengths those of the
coordinates.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from twin.city.city import Source
from twin.city.readers.encoding import decoder_of
from twin.city.readers.parts import Hints, NetworkPart, Parts, source_of
from twin.city.readers.wiring import finite_rows, lines_between, rows_of, sample
from twin.errors import InputError, Problem
from twin.frame import crs_name

MAX_BYTES = 256 << 20
_COLUMNS = {
    "init node": "from", "init_node": "from", "tail": "from", "term node": "to", "term_node": "to", "head": "to", "capacity": "capacity",
    "length": "length", "free flow time": "time", "free_flow_time": "time", "fftt": "time", "b": "bpr_b", "power": "bpr_power",
    "speed": "speed", "speed limit": "speed", "toll": "toll", "type": "type", "link_type": "type", "id": "name",
}  # fmt: skip
_USUAL = ["from", "to", "capacity", "length", "time", "bpr_b", "bpr_power", "speed", "toll", "type", "name"]


def read_tntp(path: Path, hints: Hints) -> Parts:
    """A `roads` network, every link one way; table `demand` (`from`, `to`: node rows, `trips`). Raises InputError.

    Edges also have `capacity_vph`, `free_flow_s`, `bpr_b`, `bpr_power` (travel time of the Bureau of Public Roads), `toll`.
    """
    problems: list[Problem] = []
    source = hints.name or path.name
    links = _links(path, hints, problems)
    beside = {p.name.lower(): p for p in path.parent.iterdir() if p.suffix.lower() == ".tntp"}
    stem = path.name.lower().removesuffix("_net.tntp")
    places = beside.get(f"{stem}_node.tntp")
    if places is None:
        raise InputError("This road network has no coordinates", where=str(path), do=f"The file {stem}_node.tntp should lie beside it.")
    nodes = _nodes(places, hints, problems)
    start, end = rows_of(links["from"], nodes["name"]), rows_of(links["to"], nodes["name"])
    lost = (start < 0) | (end < 0)
    if lost.any():
        said = (links["from"] + " - " + links["to"])[lost].tolist()
        what = f"{len(said)} links end at nodes without a place and were left out"
        problems.append(Problem("unknown_node", "error", len(said), what, source, sample(said)))
    links, start, end = links[~lost].reset_index(drop=True), start[~lost], end[~lost]
    if not len(links):
        raise InputError("This road network has no links between its nodes", where=str(path))
    xy = nodes[["x", "y"]].to_numpy(float)
    scale = hints.unit_m if hints.crs is None else 1.0
    geometry = lines_between(xy * scale, start, end)
    metres = np.hypot(*(xy[end] - xy[start]).T) * scale
    minutes = _numbers(links, "time")
    names = links["name"] if (links["name"] != "").all() and links["name"].is_unique else links["from"] + "-" + links["to"]
    ids = names.where(~names.duplicated(), names + "/" + names.groupby(names).cumcount().astype(str))
    with np.errstate(divide="ignore", invalid="ignore"):
        by_time = np.where((minutes > 0) & (metres > 0), metres / 1000 / (minutes / 60), np.nan)
    edges = pd.DataFrame({
        "id": "road/" + ids, "name": "", "start": start.astype(np.int32), "end": end.astype(np.int32), "oneway": True, "class": "road",
        "lanes": 1.0, "lanes_forward": 1.0, "lanes_backward": 0.0, "roundabout": False,
        "speed_kmh": np.where((by_time > 5) & (by_time < 200), by_time, 50.0), "length_m": metres,
        "bridge": False, "tunnel": False, "drivable": True, "access": "yes", "capacity_vph": _numbers(links, "capacity"),
        "free_flow_s": minutes * 60, "bpr_b": _numbers(links, "bpr_b"), "bpr_power": _numbers(links, "bpr_power"),
        "toll": _numbers(links, "toll"),
    })  # fmt: skip
    table = nodes.assign(x=xy[:, 0] * scale, y=xy[:, 1] * scale, z=np.nan)
    crs = None if hints.engineering else hints.crs
    sources: list[Source] = [source_of(path, hints, crs_name(crs))]
    tables = {}
    if f"{stem}_trips.tntp" in beside:
        tables["demand"] = _demand(beside[f"{stem}_trips.tntp"], hints, nodes)
    part = NetworkPart("roads", table, edges, geometry, crs, source, hints.engineering, tables)
    return Parts(networks=[part], sources=sources, problems=problems)


def _text(path: Path, hints: Hints, problems: list[Problem]) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("This network file has more than 256 MiB", where=str(path))
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}", where=str(path)) from None
    return data.decode(decoder_of(data, hints.encoding, path.name, problems), "replace")


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.abs(values) < 1e15, values, np.nan)


def _links(path: Path, hints: Hints, problems: list[Problem]) -> pd.DataFrame:
    columns, rows = list(_USUAL), list[list[str]]()
    for line in _text(path, hints, problems).splitlines():
        bare = line.strip().rstrip(";").strip()
        if bare.startswith("~") and not rows:
            said = [w.strip().lower() for w in re.split(r"\t+|\s{2,}", bare.lstrip("~ \t")) if w.strip()]
            known = [_COLUMNS.get(w, f"other{k}") for k, w in enumerate(said)]
            columns = known if {"from", "to"} <= set(known) and len(set(known)) == len(known) else columns
        elif bare and bare[0] not in "<~":
            rows.append((bare.split() + [""] * len(columns))[: len(columns)])
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    for name in _USUAL:
        if name not in table:
            table[name] = ""
    return table[(table["from"] != "") & (table["to"] != "")].reset_index(drop=True)


def _nodes(path: Path, hints: Hints, problems: list[Problem]) -> pd.DataFrame:
    rows = []
    for line in _text(path, hints, problems).splitlines():
        words = line.replace(";", " ").split()
        if len(words) >= 3:
            rows.append(words[:3])
    table = pd.DataFrame(rows, columns=["name", "x", "y"], dtype=object).drop_duplicates("name")
    xy = np.column_stack([_numbers(table, "x"), _numbers(table, "y")])
    if hints.swap_axes:
        xy = xy[:, ::-1]
    good = finite_rows(xy)  # the line of titles has no numbers
    names = table["name"][good].reset_index(drop=True)
    return pd.DataFrame({"id": "node/" + names, "name": names, "kind": "junction", "x": xy[good, 0], "y": xy[good, 1]})


def _demand(path: Path, hints: Hints, nodes: pd.DataFrame) -> pd.DataFrame:
    origin, rows = "", []
    for line in _text(path, hints, []).splitlines():
        bare = line.strip()
        if bare.lower().startswith("origin"):
            origin = bare[6:].strip()
        elif ":" in bare and not bare.startswith("<"):
            pairs = (cell.split(":") for cell in bare.split(";"))
            rows += [(origin, p[0].strip(), p[1].strip()) for p in pairs if len(p) == 2]
    table = pd.DataFrame(rows, columns=["from", "to", "trips"], dtype=object)
    out = pd.DataFrame({"from": rows_of(table["from"], nodes["name"]), "to": rows_of(table["to"], nodes["name"]),
                        "trips": np.nan_to_num(_numbers(table, "trips"))})  # fmt: skip
    return out[(out["from"] >= 0) & (out["to"] >= 0) & (out["trips"] > 0)].reset_index(drop=True)

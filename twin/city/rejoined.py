"""Networks that we wrote as two layers of a GIS format, nodes and edges, made networks again."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from twin.city.network import Network
from twin.city.readers.parts import NetworkPart, Parts, VectorLayer

_NAME = re.compile(r"network (.+) (nodes|edges)$")


def rejoined(parts: Parts) -> Parts:
    """Parts in which pairs of layers "network KIND nodes" and "network KIND edges" are a NetworkPart."""
    pairs: dict[tuple[str, str], dict[str, VectorLayer]] = {}
    for layer in parts.layers:
        named = _NAME.match(layer.name)
        if named and {"twin_id"} <= set(layer.table.columns):
            pairs.setdefault((named[1], _folder(parts, layer.source)), {})[named[2]] = layer
    networks, used = [], set()
    for (kind, _), pair in pairs.items():
        if len(pair) == 2 and (network := _network(kind, pair["nodes"], pair["edges"])) is not None:
            networks.append(network)
            used |= {id(pair["nodes"]), id(pair["edges"])}
    return replace(parts, layers=[x for x in parts.layers if id(x) not in used], networks=parts.networks + networks) if used else parts


def without_doubles(networks: dict[str, Network], parts: Parts) -> dict[str, Network]:
    """Networks made of lines, without those of which the same file or folder has the whole network."""
    whole = {(n.kind, _folder(parts, n.source)) for n in parts.networks}
    return {name: n for name, n in networks.items() if (n.kind, _folder(parts, n.source)) not in whole}


def _folder(parts: Parts, source: str) -> str:
    """Where a source lies: its file, or the folder of a GeoParquet file."""
    path = next((Path(s.path) for s in parts.sources if s.name == source), Path(source))
    return str(path.parent if path.suffix.lower() in (".parquet", ".geoparquet") else path)


def _network(kind: str, nodes: VectorLayer, edges: VectorLayer) -> NetworkPart | None:
    """None where the tables have been changed so that the ends of edges cannot be told any more."""
    ids = nodes.table["twin_id"].astype(str)
    if not {"from_node", "to_node"} <= set(edges.table.columns) or ids.duplicated().any():
        return None
    row_of = pd.Series(np.arange(len(ids)), index=ids.to_numpy())
    ends = [row_of.reindex(edges.table[c].astype(str)).to_numpy(float) for c in ("from_node", "to_node")]
    points = np.asarray(nodes.geometry, object)
    lines = np.asarray(edges.geometry, object)
    lines = np.where(shapely.get_type_id(lines) == 5, shapely.line_merge(lines), lines)
    if np.isnan(ends).any() or (shapely.get_type_id(points) != 0).any() or (shapely.get_type_id(lines) != 1).any():
        return None
    place = shapely.get_coordinates(points, include_z=True)
    known = nodes.table.drop(columns=["twin_id"]).assign(id=ids.to_numpy(object), x=place[:, 0], y=place[:, 1], z=place[:, 2])
    table = edges.table.drop(columns=["twin_id", "from_node", "to_node", "start", "end"], errors="ignore")
    table = table.assign(
        id=edges.table["twin_id"].astype(str).to_numpy(object), start=ends[0].astype(np.int32), end=ends[1].astype(np.int32)
    )
    if "oneway" in table:
        table["oneway"] = table["oneway"].astype(bool)
    return NetworkPart(kind, known, table, lines, edges.crs, edges.source, edges.engineering)

"""Networks that come as nodes and edges (EPANET, SWMM, pandapower, SUMO, GTFS, OSM) in local metres."""

from __future__ import annotations

import numpy as np
import shapely

from twin.city.footprints import Ground
from twin.city.network import Network
from twin.city.placing import flat
from twin.city.readers.parts import NetworkPart
from twin.frame import LocalFrame


def network_of_part(part: NetworkPart, frame: LocalFrame, ground: Ground) -> Network:
    """The network in local metres; nodes without height stand on the ground, edges without length get that of their line."""
    x, y = frame.to_local(part.nodes["x"].to_numpy(float), part.nodes["y"].to_numpy(float), flat(part.crs))
    z = part.nodes["z"].to_numpy(float) if "z" in part.nodes else np.full(len(x), np.nan)
    z = np.where(np.isfinite(z), z, ground(x, y))
    geometry = frame.geometry_to_local(part.geometry, flat(part.crs))
    edges = part.edges.reset_index(drop=True)
    if "length_m" not in edges:
        edges = edges.assign(length_m=shapely.length(geometry))
    return Network(part.kind, part.nodes.reset_index(drop=True).assign(x=x, y=y, z=z), edges, geometry, part.source, part.tables)

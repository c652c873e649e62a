"""Networks of a city: those that come as nodes and edges (EPANET, SWMM, pandapower, SUMO, GTFS) in local metres, those of lines
made complete with turn restrictions and stations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from twin.city.features import Features
from twin.city.footprints import Ground
from twin.city.network import Network
from twin.city.placing import far_away, flat
from twin.city.readers.parts import NetworkPart, Parts
from twin.city.scale import TRUE_SCALE, length_ratio
from twin.city.stops import split_at_stations
from twin.city.turns import turns_of
from twin.errors import Problem
from twin.frame import LocalFrame

WITH_STATIONS = ("metro", "rail")


def network_of_part(part: NetworkPart, frame: LocalFrame, ground: Ground) -> Network:
    """The network in local metres; nodes without height stand on the ground, edges without length get that of their line."""
    x, y = frame.to_local(part.nodes["x"].to_numpy(float), part.nodes["y"].to_numpy(float), flat(part.crs))
    z = part.nodes["z"].to_numpy(float) if "z" in part.nodes else np.full(len(x), np.nan)
    z = np.where(np.isfinite(z), z, ground(np.nan_to_num(x, posinf=0.0, neginf=0.0), np.nan_to_num(y, posinf=0.0, neginf=0.0)))
    geometry = frame.geometry_to_local(part.geometry, flat(part.crs))
    edges = part.edges.reset_index(drop=True)
    drawn = shapely.length(geometry)
    length = edges["length_m"].to_numpy(float) if "length_m" in edges else np.full(len(edges), np.nan)
    edges = edges.assign(length_m=np.where(np.isfinite(length), length, drawn))
    return Network(part.kind, part.nodes.reset_index(drop=True).assign(x=x, y=y, z=z), edges, geometry, part.source, part.tables)


def add_networks(
    parts: Parts, networks: dict[str, Network], layers: dict[str, Features], frame: LocalFrame, ground: Ground, problems: list[Problem]
) -> None:
    """Puts in the networks of parts, several of a kind with a number; completes those made of lines."""
    for part in parts.networks:
        network = network_of_part(part, frame, ground)
        far = far_away(network.nodes[["x", "y"]].to_numpy(float), f"The {part.kind} network", part.source)
        if far is not None:
            problems.append(far)
            continue
        add_network(networks, network)
        problems += scale_told(network)
    for name, network in list(networks.items()):
        if name in WITH_STATIONS and "stations" in layers:
            networks[name] = split_at_stations(network, layers["stations"])
    for table in parts.tables:
        roads = next((n for n, v in networks.items() if v.kind == "roads" and v.source == table.source), None)
        if table.name == "turn_restrictions" and roads is not None:
            x, y = (
                frame.from_lonlat(table.table["via_x"].to_numpy(float), table.table["via_y"].to_numpy(float)) if frame.has_map else ([], [])
            )
            turns = turns_of(networks[roads], table.table, np.asarray(x, float), np.asarray(y, float))
            networks[roads] = replace(networks[roads], tables=networks[roads].tables | {"turns": turns})


def scale_told(network: Network) -> list[Problem]:
    """Whether lengths as stated and as drawn are of one scale: diagrams are not, and coordinates in feet are told by their 3.28."""
    ratio, count = length_ratio(network.edges, shapely.length(network.geometry))
    if np.isnan(ratio) or TRUE_SCALE[0] <= ratio <= TRUE_SCALE[1]:
        return []
    feet = abs(ratio * 0.3048 - 1.0) < 0.06
    what = f"Lines of the {network.kind} network are drawn {ratio:.3g} times as long as they say they are"
    why = '; its coordinates are feet as it seems: state unit = "ft" in a recipe' if feet else ": a diagram, or coordinates of another unit"
    return [Problem("not_to_scale", "warning" if feet else "info", count, what + why, network.source)]


def add_network(networks: dict[str, Network], network: Network) -> None:
    """Under the name of its kind; of several the later ones get a number."""
    free, n = network.kind, 2
    while free in networks:
        free, n = f"{network.kind} {n}", n + 1
    networks[free] = network

"""Metro: lines through named interchanges, stations between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from twin.city.demo.feature_table import features
from twin.city.demo.recipe import recipe
from twin.city.demo.site import Site
from twin.city.features import Features
from twin.city.network import Network
from twin.city.terrain import Terrain

Floats = NDArray[np.float64]
SAME_M = 60.0
"""Stops nearer than this are one station."""
SPEED_KMH, STOP_S = 38.0, 30.0
"""Mean speed between stations without the stops, and how long a train stands."""
HEADWAYS = ((5.5, 7.0, 360.0), (7.0, 9.5, 180.0), (9.5, 16.5, 300.0), (16.5, 19.0, 180.0), (19.0, 23.5, 420.0))
"""From and to in hours, seconds between trains."""
NEAR_M, APART_M, BESIDE_M = 150.0, 30.0, 3.0
"""Entrances: at most so far from their station, at least so far from each other, so far from the edge of the roadway."""
MOST_ENTRANCES = 4
SILLS_M = (0.15, 0.15, 0.3, 0.45)
"""One step, two or three above the pavement."""


def metro(site: Site, ground: Terrain) -> tuple[Network, Features, Features]:
    """Network of stations and tracks, the layer of lines and the layer of stations. Tracks are 3D, below the ground."""
    m, names = site.recipe["metro"], site.recipe["names"]
    stop = m["stop"]
    known = {name: np.array(s["at"], float) for name, s in stop.items()}
    station_xy: list[Floats] = []
    station_name: list[tuple[str, str]] = []
    served: list[list[str]] = []
    edges: list[dict[str, Any]] = []
    tracks: list[Any] = []
    whole: list[tuple[str, str, Any]] = []
    spare = 0
    for line in m["line"]:
        points = np.array([known[p] if isinstance(p, str) else p for p in line["route"]], float)
        s = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T) ** 0.5)])
        fine = np.linspace(0, s[-1], 60 * len(points))
        path = CubicSpline(s, points, axis=0)(fine)
        fixed = [float(s[i]) for i in range(len(points))]
        chain = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
        stops: list[float] = []
        at = [float(np.interp(f, fine, chain)) for f in fixed]
        for a, b in zip(at[:-1], at[1:], strict=True):
            n = max(1, round((b - a) / m["station_every"]))
            stops += list(a + (b - a) * np.arange(n) / n)
        stops.append(at[-1])
        here = np.column_stack([np.interp(stops, chain, path[:, k]) for k in (0, 1)])
        inside = (np.abs(here).max(1) < site.half - 20.0) & (site.river.beside(*here.T)[1] > 40.0)
        kept = [(c, p) for c, p, ok in zip(stops, here, inside, strict=True) if ok]
        before: tuple[int, float] | None = None
        for c, p in kept:
            row = next((i for i, q in enumerate(station_xy) if np.hypot(*(q - p)) < SAME_M), -1)
            if row < 0:
                row = len(station_xy)
                near = next((k for k, q in known.items() if np.hypot(*(q - p)) < SAME_M), "")
                if near:
                    station_name.append((near, stop[near]["zh"]))
                else:
                    w = (spare * 23 + 11) % len(names["street"])
                    spare += 1
                    station_name.append(
                        (
                            f"{names['street'][w]} {names['street_end'][spare % 3]}",
                            names["street_zh"][w] + names["street_end_zh"][spare % 3],
                        )
                    )
                station_xy.append(p)
                served.append([])
            served[row].append(line["name"])
            if before is not None and before[0] != row:
                inner = chain[(chain > before[1] + 1) & (chain < c - 1)]
                way = np.concatenate([[before[1]], inner, [c]])
                xy = np.column_stack([np.interp(way, chain, path[:, k]) for k in (0, 1)])
                xy[0], xy[-1] = station_xy[before[0]], station_xy[row]
                tracks.append(xy)
                edges.append({"start": before[0], "end": row, "line": line["name"], "color": line["color"]})
            before = (row, c)
        if len(kept) > 1:
            whole.append((line["name"], line["color"], path[(chain >= kept[0][0]) & (chain <= kept[-1][0])]))
    xy = np.array(station_xy).reshape(-1, 2)
    n = len(xy)
    depth = float(m["depth"])
    z = np.minimum(ground.sample(*xy.T), 4.3) - depth if n else np.empty(0)
    nodes = pd.DataFrame(
        {
            "id": [f"station/{i + 1}" for i in range(n)],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "z": z,
            "kind": ["interchange" if len(set(v)) > 1 else "station" for v in served],
            "name": [a for a, _ in station_name],
            "name_zh": [b for _, b in station_name],
            "lines": [", ".join(sorted(set(v))) for v in served],
        }
    )
    shapes = [_sunk(xy_, z[e["start"]], z[e["end"]], site) for xy_, e in zip(tracks, edges, strict=True)]
    table = pd.DataFrame(edges, columns=["start", "end", "line", "color"]).astype({"start": np.int32, "end": np.int32})
    table.insert(0, "id", [f"track/{i + 1}" for i in range(len(table))])
    table["length_m"] = shapely.length(np.array(shapes, object)) if shapes else np.empty(0)
    table["oneway"], table["speed_kmh"], table["route_id"] = False, SPEED_KMH, table["line"]
    network = Network("metro", nodes, table, np.array(shapes, object), recipe()["source"], _timetable(nodes, table))
    lines = features(
        "metro", "metro", [shapely.linestrings(p) for *_, p in whole], "subway", [a for a, *_ in whole], color=[c for _, c, _ in whole]
    )
    stations = features(
        "rail",
        "station",
        shapely.points(xy),
        nodes["kind"].tolist(),
        nodes["name"].tolist(),
        id=nodes["id"].tolist(),
        name_zh=nodes["name_zh"].tolist(),
        lines=nodes["lines"].tolist(),
    )
    return network, lines, stations


def entrances(stations: Features, streets: Network, footprints: NDArray[np.object_]) -> Features:
    """Stairs from the pavements of the streets around each station: `station` they lead to, height of their sill and width."""
    edges = streets.edges
    level = ~(edges["bridge"] | edges["tunnel"]).to_numpy(bool) & ~edges["class"].str.startswith("motorway").to_numpy(bool)
    lines, half = streets.geometry[level], edges["width_m"].to_numpy(float)[level] / 2
    tree, houses = shapely.STRtree(lines), shapely.STRtree(footprints)
    rows: list[tuple[str, str, Any]] = []
    for id, name, at in zip(stations.ids, stations.table["name"], stations.geometry):
        near = tree.query(at, "dwithin", NEAR_M)
        near = near[np.argsort(shapely.distance(lines[near], at), kind="stable")]
        taken: list[Any] = []
        for k in near.tolist():
            for side in (1.0, -1.0):
                along = min(max(shapely.line_locate_point(lines[k], at) + side * APART_M, 6.0), shapely.length(lines[k]) - 6.0)
                (ax, ay), (bx, by) = shapely.get_coordinates(shapely.line_interpolate_point(lines[k], [along - 1.0, along + 1.0]))
                off = side * (half[k] + BESIDE_M) / max(np.hypot(bx - ax, by - ay), 1e-9)
                place = shapely.Point((ax + bx) / 2 - (by - ay) * off, (ay + by) / 2 + (bx - ax) * off)
                is_free = not len(houses.query(place, "intersects")) and all(shapely.distance(place, p) >= APART_M for p in taken)
                if is_free and len(taken) < MOST_ENTRANCES and shapely.distance(place, at) <= NEAR_M:
                    rows.append((str(id), f"{name}, exit {'ABCD'[len(taken)]}", place))
                    taken.append(place)
    number = np.arange(len(rows))
    return features(
        "rail", "entrance", [p for *_, p in rows], "subway_entrance", [n for _, n, _ in rows], station=[i for i, *_ in rows],
        sill_m=np.array(SILLS_M)[number * 7 % len(SILLS_M)], width_m=np.where(number % 3 == 0, 4.0, 3.0),
    )  # fmt: skip


def _timetable(nodes: pd.DataFrame, tracks: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Trains of every line both ways, every day of the year, in the tables of a transit network."""
    ids = nodes["id"].to_numpy(object)
    times: list[pd.DataFrame] = []
    for line, own in tracks.groupby("line", sort=True):
        stops = [int(own["start"].iloc[0]), *own["end"].astype(int)]
        run = own["length_m"].to_numpy(float) / (SPEED_KMH / 3.6) + 12.0  # starting and braking
        for direction, (way, hops) in enumerate(((stops, run), (stops[::-1], run[::-1]))):
            arrive = 3600.0 * HEADWAYS[0][0] + np.concatenate([[0.0], np.cumsum(hops + STOP_S)])
            times.append(
                pd.DataFrame({
                    "trip_id": f"{line}/{direction}", "route_id": line, "service_id": "daily", "stop": ids[way],
                    "arrival_s": np.round(arrive), "departure_s": np.round(arrive + STOP_S),
                })
            )  # fmt: skip
    columns = ["trip_id", "route_id", "service_id", "stop", "arrival_s", "departure_s"]
    timetable = pd.concat(times, ignore_index=True) if times else pd.DataFrame(columns=columns)
    trips = timetable["trip_id"].drop_duplicates().tolist()
    lines = tracks.drop_duplicates("line").sort_values("line")
    week = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), "1")
    return {
        "routes": pd.DataFrame({"route_id": lines["line"], "route": lines["line"], "name": lines["line"], "kind": "metro",
                                "color": lines["color"]}).reset_index(drop=True),
        "timetable": timetable,
        "services": pd.DataFrame({"service_id": ["daily"], "days": [365], **{k: [v] for k, v in week.items()}, "start": ["20260101"],
                                  "end": ["20261231"]}),
        "frequencies": pd.DataFrame([(t, 3600.0 * a, 3600.0 * b, s) for t in trips for a, b, s in HEADWAYS],
                                    columns=["trip_id", "start_s", "end_s", "headway_s"]),
    }  # fmt: skip


def _sunk(xy: Floats, z0: float, z1: float, site: Site) -> Any:
    """3D track that dives a little further between stations and well below the river."""
    t = np.linspace(0, 1, len(xy))
    wet = np.clip(-site.river.beside(*xy.T)[1] / 60.0, 0, 1)
    return shapely.linestrings(np.column_stack([xy, z0 + (z1 - z0) * t - 3.0 * np.sin(np.pi * t) - 9.0 * wet]))

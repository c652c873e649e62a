"""GTFS timetables (https://gtfs.org/schedule/reference/): stations, the tracks between them, and how often they are served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.readers.gtfs_files import Feed, seconds
from twin.city.readers.gtfs_service import Service, service_of
from twin.city.readers.parts import Hints, NetworkPart, Parts, VectorLayer, source_of
from twin.city.readers.wiring import finite_rows, rows_of, sample
from twin.errors import InputError
from twin.frame import crs_name, parse_crs

MAX_TIMES = 3_000_000
"""Rows of the timetable kept; of larger feeds only those of the busiest day."""
DETOUR = (4.0, 800.0)
"""A way along the shape longer than so many times the straight line, plus metres, is another lap of it."""
MODES = {
    0: "tram", 1: "metro", 2: "rail", 3: "bus", 4: "ferry", 5: "tram", 6: "cable_car", 7: "funicular", 11: "bus", 12: "monorail",
}  # fmt: skip
# Extended route types by their hundreds.
_EXTENDED = {1: "rail", 2: "bus", 4: "metro", 7: "bus", 8: "bus", 9: "tram", 10: "ferry", 12: "ferry", 13: "cable_car", 14: "funicular"}
_STATIONS = ("metro", "rail", "tram", "ferry", "monorail", "funicular", "cable_car")


def read_gtfs(path: Path, hints: Hints) -> Parts:
    """A `transit` network of a zip or a folder: nodes are stations (stops without one stand for themselves), edges the way from one
    to the next by route; layer `stations`. Raises InputError. Coordinates are WGS 84.

    Columns and tables are those of twin.city.network.Network.
    """
    feed = Feed(path, hints)
    try:
        return _read(feed, path, hints)
    finally:
        feed.close()


def _read(feed: Feed, path: Path, hints: Hints) -> Parts:
    nodes, node_of = _stops(feed)
    routes, trips = _routes(feed), feed.table("trips", ("route_id", "service_id", "trip_id", "direction_id", "shape_id"), ("trip_id",))
    trips = trips.drop_duplicates("trip_id").reset_index(drop=True)
    route = rows_of(trips["route_id"], routes["route_id"])
    if (route < 0).any():
        lost = trips["trip_id"][route < 0].tolist()
        feed.tell("unknown_route", "trips belong to no route and were left out", len(lost), sample(lost))
        trips, route = trips[route >= 0].reset_index(drop=True), route[route >= 0]
    service = service_of(feed, trips)
    times = _times(feed, trips, node_of)
    edges, chosen = _edges(times, trips, route, routes, nodes, service)
    if not len(edges):
        raise InputError("No trip of this timetable stops twice", where=str(path))
    geometry = _geometry(feed, edges, chosen, nodes)
    used = np.unique(edges[["start", "end"]].to_numpy())
    nodes, edges, times = _only_served(nodes, edges, times, used)
    mode = pd.concat([edges[["start", "kind"]], edges[["end", "kind"]].rename(columns={"end": "start"})])
    rank = mode["kind"].map({m: i for i, m in enumerate([*_STATIONS, "bus"])}).fillna(99)
    first = mode.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates("start").set_index("start")["kind"]
    nodes["kind"] = first.reindex(range(len(nodes))).to_numpy(object)
    crs = parse_crs("EPSG:4326")
    network = NetworkPart(
        "transit", nodes, edges, geometry, crs, feed.source, False,
        {
            "routes": routes, "timetable": _timetable(feed, times, trips, nodes, service),
            "headways": service.headways(times, trips), "services": service.table, "frequencies": service.frequencies,
            "exceptions": service.exceptions,
        },
    )  # fmt: skip
    agency = feed.table("agency", ("agency_name", "agency_timezone"))
    owner = ", ".join(dict.fromkeys(n for n in agency["agency_name"] if n))[:200]
    if path.is_file():
        sources = [source_of(path, hints, crs_name(crs), attribution=owner)]
    else:
        sources = [source_of(path / "stops.txt", hints, crs_name(crs), attribution=owner, name=path.name)]
    return Parts(_stations(nodes, feed.source), networks=[network], sources=sources, problems=feed.problems)


def mode_of(route_type: str) -> str:
    """Word for a GTFS route type, basic or extended."""
    try:
        number = int(route_type)
    except ValueError:
        return "bus"
    return MODES.get(number) or _EXTENDED.get(number // 100, "bus")


def _stops(feed: Feed) -> tuple[pd.DataFrame, pd.Series]:
    """Stations as nodes, and the row each stop_id stands for."""
    columns = ("stop_id", "stop_name", "stop_lat", "stop_lon", "location_type", "parent_station")
    stops = feed.table("stops", columns, ("stop_id", "stop_lat", "stop_lon")).drop_duplicates("stop_id").reset_index(drop=True)
    parent = rows_of(stops["parent_station"], stops["stop_id"])
    station = np.where(parent >= 0, parent, np.arange(len(stops)))
    station = station[station]  # a boarding area's parent is a platform
    xy = np.column_stack([pd.to_numeric(stops[c], errors="coerce").to_numpy(float, na_value=np.nan) for c in ("stop_lon", "stop_lat")])
    good = finite_rows(xy) & (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90) & (xy != 0).any(1)
    if not good.any():
        raise InputError("No stop of this timetable has a place", where=str(feed.path))
    if (~good).any():
        lost = stops["stop_id"][~good].tolist()
        feed.tell("no_place", "stops have no place and were left out", len(lost), sample([f"stop/{i}" for i in lost]))
    station = np.where(good[station], station, np.arange(len(stops)))
    keep, row = np.unique(station[good], return_inverse=True)
    row_of_stop = pd.Series(row.ravel(), stops["stop_id"][good].to_numpy(object))
    chosen = stops.iloc[keep].reset_index(drop=True)
    nodes = pd.DataFrame({
        "id": "stop/" + chosen["stop_id"], "name": chosen["stop_name"], "kind": "", "x": xy[keep, 0], "y": xy[keep, 1], "z": np.nan,
    })  # fmt: skip
    return nodes, row_of_stop


def _routes(feed: Feed) -> pd.DataFrame:
    said = feed.table("routes", ("route_id", "route_short_name", "route_long_name", "route_type", "route_color"), ("route_id",))
    said = said.drop_duplicates("route_id").reset_index(drop=True)
    color = said["route_color"].str.lstrip("#").str.lower()
    known = color.str.fullmatch("[0-9a-f]{6}").fillna(False) & (color != "ffffff")
    return pd.DataFrame({
        "route_id": said["route_id"], "route": said["route_short_name"].where(said["route_short_name"] != "", said["route_long_name"]),
        "name": said["route_long_name"].where(said["route_long_name"] != "", said["route_short_name"]),
        "kind": said["route_type"].map(mode_of), "color": ("#" + color).where(known, ""),
    })  # fmt: skip


def _times(feed: Feed, trips: pd.DataFrame, node_of: pd.Series) -> pd.DataFrame:
    """`trip`, `stop` (rows), `arrival_s`, `departure_s` (NaN between time points), in the order of travel."""
    columns = ("trip_id", "stop_id", "arrival_time", "departure_time", "stop_sequence")
    said = feed.table("stop_times", columns, ("trip_id", "stop_id", "stop_sequence"), coded=True)

    def looked_up(column: str, values: pd.Series) -> NDArray[np.float64]:
        """Value of each row's category, NaN where there is none."""
        codes, names = pd.factorize(said[column])
        found = values.reindex(pd.Index(np.asarray(names, object).astype(str)).str.strip()).to_numpy(float)
        return np.append(found, np.nan)[codes]

    trip = looked_up("trip_id", pd.Series(np.arange(len(trips)), trips["trip_id"].to_numpy(object)))
    stop = looked_up("stop_id", node_of)
    numbers = said["stop_sequence"].drop_duplicates().astype(str)
    order = looked_up("stop_sequence", pd.Series(pd.to_numeric(numbers, errors="coerce").to_numpy(float), numbers.str.strip()))
    good = np.isfinite(trip) & np.isfinite(stop) & np.isfinite(order)
    if (~good).any():
        feed.tell("unknown_stop", "stop times name a trip or stop that does not exist and were left out", int((~good).sum()))
    arrival, departure = (seconds(said[c]).astype(np.float32) for c in ("arrival_time", "departure_time"))
    out = pd.DataFrame({
        "trip": trip[good].astype(np.int32), "stop": stop[good].astype(np.int32), "order": order[good],
        "arrival_s": arrival[good], "departure_s": departure[good],
    })  # fmt: skip
    return out.sort_values(["trip", "order"], kind="stable", ignore_index=True)


def _edges(
    times: pd.DataFrame, trips: pd.DataFrame, route: NDArray[np.int64], routes: pd.DataFrame, nodes: pd.DataFrame, service: Service
) -> tuple[pd.DataFrame, NDArray[np.object_]]:
    """One edge per route and pair of stations in turn, and the shape most trips follow there."""
    trip, stop = times["trip"].to_numpy(), times["stop"].to_numpy()
    next_ = np.flatnonzero((trip[1:] == trip[:-1]) & (stop[1:] != stop[:-1]))
    leave, arrive = times["departure_s"].to_numpy(), times["arrival_s"].to_numpy()
    run = arrive[next_ + 1] - leave[next_]
    shapes, shape_ids = pd.factorize(trips["shape_id"])
    hops = pd.DataFrame({
        "route": route[trip[next_]].astype(np.int32), "start": stop[next_], "end": stop[next_ + 1], "run": np.where(run >= 0, run, np.nan),
        "shape": shapes[trip[next_]].astype(np.int32), "daily": service.daily[trip[next_]],
    })  # fmt: skip
    key = ["route", "start", "end"]
    grouped = hops.groupby(key, sort=True)
    found = grouped.agg(time_s=("run", "median"), trips=("run", "size"), trips_per_day=("daily", "sum")).reset_index()
    by_shape = hops.groupby([*key, "shape"]).size().rename("n").reset_index()
    usual = by_shape.sort_values("n", ascending=False, kind="stable").drop_duplicates(key).set_index(key)["shape"]
    shape = np.asarray(shape_ids, object)[usual.reindex(pd.MultiIndex.from_frame(found[key])).to_numpy(np.int64)]
    of_route = routes.iloc[found["route"].to_numpy()].reset_index(drop=True)
    ids = nodes["id"].str.partition("/")[2].to_numpy(object)
    start, end = found["start"].to_numpy(np.int32), found["end"].to_numpy(np.int32)
    edges = pd.DataFrame({
        "id": [f"{k}/{r}/{a}-{b}" for k, r, a, b in zip(of_route["kind"], of_route["route_id"], ids[start], ids[end], strict=True)],
        "start": start, "end": end, "oneway": True, "kind": of_route["kind"], "route_id": of_route["route_id"],
        "route": of_route["route"], "name": of_route["name"], "color": of_route["color"], "time_s": found["time_s"],
        "trips": found["trips"].astype(np.int64), "trips_per_day": found["trips_per_day"],
    })  # fmt: skip
    return edges, shape


def _geometry(feed: Feed, edges: pd.DataFrame, shape: NDArray[np.object_], nodes: pd.DataFrame) -> NDArray[np.object_]:
    """Each edge along its shape, cut at the stops; straight where no shape fits. Also sets edges.length_m."""
    middle = nodes[["x", "y"]].to_numpy(float).mean(0)
    # Metres about the middle of the network, good to 1 % over a region: enough to find the nearest place on a line.
    metre = np.array([111_320.0 * np.cos(np.radians(middle[1])), 110_574.0])
    xy = (nodes[["x", "y"]].to_numpy(float) - middle) * metre
    start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
    a, b = xy[start], xy[end]
    lines = [np.vstack([p, q]) for p, q in zip(a, b, strict=True)]
    shapes = _shapes(feed, set(shape.tolist()), middle, metre)
    failed: list[str] = []
    for name, rows in pd.Series(np.arange(len(edges))).groupby(shape).groups.items():
        course = shapes.get(str(name))
        index = np.asarray(rows, np.int64)
        if course is None:
            continue
        points, along = course
        line = shapely.linestrings(points)
        d0, d1 = shapely.line_locate_point(line, shapely.points(a[index])), shapely.line_locate_point(line, shapely.points(b[index]))
        straight = np.hypot(*(b[index] - a[index]).T)
        for i, u, v, s in zip(index.tolist(), d0.tolist(), d1.tolist(), straight.tolist(), strict=True):
            if not (u < v <= u + DETOUR[0] * s + DETOUR[1]):
                failed.append(str(edges["id"].iat[i]))
                continue
            inside = points[np.searchsorted(along, u, "right") : np.searchsorted(along, v, "left")]
            cut = [[np.interp(d, along, points[:, k]) for k in (0, 1)] for d in (u, v)]
            lines[i] = np.vstack([cut[0], inside, cut[1]])
    if failed:
        feed.tell("shape_unfit", "links are straight: their stops do not follow one another along the shape", len(failed), sample(failed),
                  "info")  # fmt: skip
    out = np.array([shapely.LineString(p) for p in lines], object)
    edges["length_m"] = shapely.length(out)
    return np.asarray(shapely.transform(out, lambda p: p / metre + middle), object)


def _shapes(feed: Feed, wanted: set[str], middle: NDArray[np.float64], metre: NDArray[np.float64]) -> dict[str, tuple]:  # type: ignore[type-arg]
    """Points in metres and the distance along of each shape wanted."""
    said = feed.table("shapes", ("shape_id", "shape_pt_sequence", "shape_pt_lat", "shape_pt_lon"))
    said = said[said["shape_id"].isin(wanted - {""})]
    number = said[["shape_pt_lon", "shape_pt_lat", "shape_pt_sequence"]].apply(pd.to_numeric, errors="coerce")
    values = number.to_numpy(float, na_value=np.nan)
    good = np.isfinite(values).all(1) & (np.abs(values[:, 0]) <= 180) & (np.abs(values[:, 1]) <= 90)
    points, names = (values[:, :2] - middle) * metre, said["shape_id"].to_numpy(object)
    code, labels = pd.factorize(names[good])
    order = np.lexsort((values[good, 2], code))
    points, code = points[good][order], code[order]
    bounds = np.searchsorted(code, np.arange(len(labels) + 1))
    out = {}
    for label, low, high in zip(labels, bounds[:-1], bounds[1:], strict=True):
        p = points[low:high]
        step = np.hypot(*np.diff(p, axis=0).T)
        p = p[np.concatenate([[True], step > 0])]
        if len(p) >= 2:
            out[str(label)] = p, np.concatenate([[0.0], np.cumsum(step[step > 0])])
    return out


def _only_served(
    nodes: pd.DataFrame, edges: pd.DataFrame, times: pd.DataFrame, used: NDArray[np.int64]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Without the stations no trip serves."""
    row = np.full(len(nodes), -1, np.int32)
    row[used] = np.arange(len(used), dtype=np.int32)
    edges["start"], edges["end"] = row[edges["start"].to_numpy()], row[edges["end"].to_numpy()]
    times["stop"] = row[times["stop"].to_numpy()]
    return nodes.iloc[used].reset_index(drop=True), edges, times[times["stop"] >= 0].reset_index(drop=True)


def _timetable(feed: Feed, times: pd.DataFrame, trips: pd.DataFrame, nodes: pd.DataFrame, service: Service) -> pd.DataFrame:
    """`trip_id`, `route_id`, `service_id`, `stop` (id), `arrival_s`, `departure_s`."""
    if len(times) > MAX_TIMES:
        kept = times[service.daily[times["trip"].to_numpy()] > 0][:MAX_TIMES]
        feed.tell("timetable_cut", f"of {len(times)} stop times are kept: those of {service.day}", len(kept), severity="info")
        times = kept
    trip = times["trip"].to_numpy()
    return pd.DataFrame({
        **{c: trips[c].to_numpy(object)[trip] for c in ("trip_id", "route_id", "service_id")},
        "stop": nodes["id"].to_numpy(object)[times["stop"].to_numpy()],
        "arrival_s": times["arrival_s"].to_numpy(), "departure_s": times["departure_s"].to_numpy(),
    })  # fmt: skip


def _stations(nodes: pd.DataFrame, source: str) -> list[VectorLayer]:
    """Stations of rail and water as a layer of their own, and stops of buses as another."""
    out = []
    crs = parse_crs("EPSG:4326")
    rail = nodes["kind"].isin(_STATIONS).to_numpy(bool)
    for name, role, some in (("stations", "stations", rail), ("bus stops", "other", ~rail)):
        if some.any():
            chosen = nodes[some].reset_index(drop=True)
            table = pd.DataFrame({"id": chosen["id"].str.partition("/")[2], "name": chosen["name"], "kind": chosen["kind"]})
            out.append(VectorLayer(name, role, table, shapely.points(chosen[["x", "y"]].to_numpy(float)), crs, source))
    return out

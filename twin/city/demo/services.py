"""Public services: who is where (hospitals, schools, fire, ambulance, police, shelters), and the sensors of the city."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.demo.batch import Batch
from twin.city.demo.feature_table import features
from twin.city.demo.recipe import generator, recipe
from twin.city.demo.site import Site
from twin.city.features import Features
from twin.city.network import Network

Floats = NDArray[np.float64]
# kind: how many on 25 km2, forms of building that can house it, use it gets, capacity (low, high) and its unit
STAFFED: dict[str, tuple[int, tuple[str, ...], str, tuple[int, int], str]] = {
    "fire_station": (10, ("street block",), "public", (3, 9), "engines"),
    "ambulance_station": (8, ("street block",), "health", (4, 12), "ambulances"),
    "police": (12, ("street block",), "public", (40, 160), "officers"),
}
LABEL = {
    "fire_station": ("Fire Station", "消防站"),
    "ambulance_station": ("Ambulance Station", "急救站"),
    "police": ("Police Station", "派出所"),
}


def spread(xy: Floats, count: int, taken: Floats | None = None) -> NDArray[np.int64]:
    """Rows of points that lie far from each other (greedy k-centre, Gonzalez 1985); `taken` are points to keep away from."""
    if not len(xy) or count < 1:
        return np.empty(0, np.int64)
    if taken is None or not len(taken):
        out = [int(np.argmin(np.hypot(*(xy - xy.mean(0)).T)))]
    else:
        out = []
    far = np.full(len(xy), np.inf)
    for p in [*(xy[out]), *([] if taken is None else taken)]:
        far = np.minimum(far, np.hypot(*(xy - p).T))
    while len(out) < min(count, len(xy)):
        k = int(np.argmax(far))
        out.append(k)
        far = np.minimum(far, np.hypot(*(xy - xy[k]).T))
    return np.array(out[:count], np.int64)


def staffed(batch: Batch, site: Site) -> tuple[Batch, pd.DataFrame]:
    """The buildings with stations and schools named and put to their use, and one row per service: kind, row of its building, capacity."""
    rng, n = generator("services"), recipe()["names"]
    table = batch.table.copy()
    xy = shapely.get_coordinates(shapely.centroid(batch.footprints))
    inside = np.abs(xy).max(1) < site.half - 30.0
    share = (2 * site.half) ** 2 / 25e6
    rows: list[dict[str, Any]] = []
    busy = np.zeros(len(table), bool)
    form, area = table["form"].to_numpy(object), shapely.area(batch.footprints)
    for kind, (count, forms, use, (low, high), unit) in STAFFED.items():
        fit = np.flatnonzero(np.isin(form, forms) & ~busy & inside & (area > 350.0) & (table["name"].to_numpy(object) == ""))
        if not len(fit):
            fit = np.flatnonzero(~busy & (table["height_m"].to_numpy(float) < 60.0) & (table["name"].to_numpy(object) == ""))
        fit = rng.permutation(fit)[:600]
        for row in fit[spread(xy[fit], max(1, round(count * share)))]:
            word = int(rng.integers(len(n["street"])))
            en, zh = LABEL[kind]
            table.loc[row, ["use", "name", "name_zh"]] = [use, f"{n['street'][word]} {en}", f"{n['street_zh'][word]}{zh}"]
            busy[row] = True
            rows.append({"kind": kind, "row": int(row), "capacity": int(rng.integers(low, high + 1)), "unit": unit})
    for kind, wanted, floor_per, unit in (("hospital", "health", 85.0, "beds"), ("school", "education", 11.0, "pupils")):
        uses = table["use"].to_numpy(object)
        rows += _grouped(table, xy, np.flatnonzero((uses == wanted) & ~busy), kind, floor_per, unit, area)
    big = np.flatnonzero(np.isin(form, ("stadium", "hall")) & (area > 600.0))
    halls: Any = big[spread(xy[big], max(1, round(26 * share)))]
    rows += [{"kind": "shelter", "row": int(r), "capacity": int(area[r] * 0.6 // 10 * 10), "unit": "persons"} for r in halls]
    return Batch(batch.footprints, batch.mesh, table), pd.DataFrame(rows, columns=["kind", "row", "capacity", "unit"])


def _grouped(
    table: pd.DataFrame, xy: Floats, rows: NDArray[np.int64], kind: str, floor_per: float, unit: str, area: Floats
) -> list[dict[str, Any]]:
    """One service for each cluster of buildings of a use that stand within 160 m of each other; its largest building speaks for it."""
    if not len(rows):
        return []
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    pairs = cKDTree(xy[rows]).query_pairs(160.0 if kind == "hospital" else 95.0, output_type="ndarray")
    n = len(rows)
    _, group = connected_components(coo_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(n, n)), directed=False)
    floor = area[rows] * table["storeys"].to_numpy(float)[rows]
    out = []
    for g in range(group.max() + 1):
        of = np.flatnonzero(group == g)
        if kind == "hospital" and floor[of].sum() < 15000:
            continue
        best = rows[of[np.argmax(floor[of])]]
        out.append(
            {
                "kind": kind,
                "row": int(best),
                "capacity": int(min(floor[of].sum() / floor_per, 3200 if kind == "hospital" else 6000) // 10 * 10),
                "unit": unit,
            }
        )
    return out


def facilities(services: pd.DataFrame, buildings: Buildings, pumps: Features, power: Network, site: Site) -> Features:
    """Points of every service, pumping station and substation. capacity in capacity_unit; building: id where it has one."""
    n = recipe()["names"]
    ids = buildings.ids
    row = services["row"].to_numpy(int)
    points = list(shapely.point_on_surface(buildings.footprints[row]))
    given = buildings.table["name"].to_numpy(object)[row]
    given_zh = buildings.attributes["name_zh"].to_numpy(object)[row]
    parks: dict[str, list[Any]] = {p["kind"]: [] for p in site.recipe["place"]}
    for p in site.recipe["place"]:
        parks[p["kind"]].append(p)
    name, name_zh = [], []
    for k, (kind, point) in enumerate(zip(services["kind"], points, strict=True)):
        near = (
            min(parks.get("hospital", []), key=lambda p: np.hypot(point.x - p["at"][0], point.y - p["at"][1]), default=None)
            if kind == "hospital"
            else None
        )
        word = (k * 17 + 5) % len(n["street"])
        if near is not None and np.hypot(point.x - near["at"][0], point.y - near["at"][1]) < 900.0 * site.k:
            name.append(near["name"])
            name_zh.append(near["name_zh"])
        elif kind == "school":
            name.append(given[k] or f"{n['street'][word]} School")
            name_zh.append(given_zh[k] or f"{n['street_zh'][word]}学校")
        elif kind == "shelter":
            name.append(f"{given[k] or n['street'][word]} Shelter")
            name_zh.append(f"{given_zh[k] or n['street_zh'][word]}避难所")
        else:
            name.append(given[k] or f"{n['street'][word]} {kind.replace('_', ' ').title()}")
            name_zh.append(given_zh[k])
    stations = power.nodes[power.nodes["kind"] == "substation"]
    kinds = [*services["kind"], *["pumping_station"] * len(pumps), *["substation"] * len(stations)]
    points += [*pumps.geometry, *shapely.points(stations["x"], stations["y"])]
    name += [*pumps.table["name"], *stations["name"]]
    name_zh += [""] * (len(pumps) + len(stations))
    capacity = [*services["capacity"].astype(float), *pumps.table["capacity_m3s"], *stations["capacity_mva"]]
    unit = [*services["unit"], *["m3/s"] * len(pumps), *["MVA"] * len(stations)]
    building = [*ids[row], *[""] * (len(pumps) + len(stations))]
    counter: dict[str, int] = {}
    id_ = []
    for kind in kinds:
        counter[kind] = counter.get(kind, 0) + 1
        id_.append(f"{kind.replace('_', '-')}/{counter[kind]}")
    return features(
        "facilities", "facility", points, kinds, name, id=id_, name_zh=name_zh, capacity=capacity, capacity_unit=unit, building=building
    )


def sensors(site: Site, streets: Network) -> Features:
    """Rain, river and creek gauges, air stations and traffic counters, one MQTT topic each."""
    r, rng = site.recipe, generator("sensors")
    wanted = r["sensors"]
    rows: list[dict[str, Any]] = []

    def add(kind: str, domain: str, code: str, name: str, p: Floats, observed: str, unit: str, **more: Any) -> None:
        rows.append(
            {
                "id": f"sensor/{code}",
                "name": name,
                "kind": kind,
                "observed": observed,
                "unit": unit,
                "topic": f"city/haisang/{domain}/{code}/{observed}",
                "warning_m": np.nan,
                "alarm_m": np.nan,
                **more,
                "xy": p,
            }
        )

    edge = site.half * 0.92
    share = min(1.0, (2 * site.half) ** 2 / 25e6)

    def some(key: str) -> int:
        return max(2, round(wanted[key] * max(share, 0.25)))

    free = rng.uniform(-edge, edge, (400, 2))
    free = free[(site.river.beside(*free.T)[1] > 60) & (site.creek.beside(*free.T)[1] > 30)]
    for i, k in enumerate(spread(free, some("rain"))):
        add("rain_gauge", "rain", f"R{i + 1}", f"Rain gauge {i + 1}", free[k], "rainfall_rate", "mm/h")
    for stream, key, code, label, above in (
        (site.river, "river", "G", r["river"]["name"], (1.9, 2.8)),
        (site.creek, "creek", "C", r["creek"]["name"], (1.3, 2.0)),
    ):
        inside = np.flatnonzero(np.abs(stream.xy).max(1) < edge)
        if stream is site.creek:
            inside = inside[stream.s[inside] > 320.0]
        for i, at in enumerate(inside[np.linspace(0, len(inside) - 1, some(key) + 2).astype(int)[1:-1]] if len(inside) > 20 else []):
            level = float(r[key]["level_m"])
            p = stream.bank(-1 if i % 2 else 1, -4.0)[at]
            add(
                "river_gauge",
                "river",
                f"{code}{i + 1}",
                f"{label} gauge {i + 1}",
                p,
                "water_level",
                "m",
                warning_m=round(level + above[0], 2),
                alarm_m=round(level + above[1], 2),
            )
    taken = np.array([row["xy"] for row in rows])
    for i, k in enumerate(spread(free, some("air"), taken)):
        add("air_quality", "air", f"A{i + 1}", f"Air station {i + 1}", free[k], "pm2_5", "ug/m3")
    busy = np.flatnonzero(streets.edges["class"].isin(("primary", "motorway")).to_numpy(bool) & ~streets.edges["tunnel"].to_numpy(bool))
    middle = shapely.get_coordinates(shapely.line_interpolate_point(streets.geometry[busy], 0.5, normalized=True))
    names = streets.edges["name"].to_numpy(object)[busy]
    road = streets.edges["id"].to_numpy(object)[busy]
    for i, k in enumerate(spread(middle, some("traffic"))):
        add("traffic_counter", "traffic", f"T{i + 1}", f"{names[k]} counter", middle[k], "traffic_flow", "/h", road=road[k])
    table = pd.DataFrame(rows)
    if "road" not in table:
        table["road"] = ""
    table["road"] = table["road"].fillna("")
    points = shapely.points(np.array(table.pop("xy").tolist()))
    return Features("sensors", table, points, r["source"])


MAST_EVERY_M, MAST_REACH_M, MAST_LOW_M = 800.0, 900.0, 18.0


def masts(buildings: Buildings, site: Site) -> Features:
    """Mobile masts on the roof of the tallest building of every square of some 800 m, and on poles where none is high enough."""
    centre = shapely.get_coordinates(shapely.point_on_surface(buildings.footprints))
    height = buildings.table["height_m"].to_numpy(float)
    n = max(1, round(2 * site.half / MAST_EVERY_M))
    cell = np.clip(((centre + site.half) / (2 * site.half) * n).astype(int), 0, n - 1)
    square = cell[:, 1] * n + cell[:, 0]
    order = np.lexsort((-height, square))
    first = order[np.unique(square[order], return_index=True)[1]]
    ids = buildings.table["id"].to_numpy(object)
    on_roof = height[first] >= MAST_LOW_M
    return features(
        "facilities", "mast", list(shapely.points(centre[first])), "mast", [f"Mast {i + 1}" for i in range(len(first))],
        range_m=np.full(len(first), MAST_REACH_M), building=np.where(on_roof, ids[first], ""),
        height_m=np.where(on_roof, height[first] + 6.0, 25.0),
    )  # fmt: skip

"""Names on the map, and points of interest."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from twin.city.buildings import Buildings
from twin.city.demo.blocks import Division
from twin.city.demo.feature_table import features
from twin.city.demo.plan import Plan
from twin.city.demo.recipe import generator
from twin.city.demo.site import Site
from twin.city.features import Features


def places(site: Site, division: Division, plan: Plan, buildings: Buildings) -> Features:
    """Labels: districts, water, parks and institutions, landmarks; higher priority first."""
    r = site.recipe
    rows: list[tuple[str, str, str, float, Any]] = []
    for c in r["centre"]:
        rows.append((c["name"], c["name_zh"], "district", 85.0, c["at"]))
    rows.append((r["river"]["name"], r["river"]["name_zh"], "water", 90.0, site.river.xy[site.river.at(-900.0 * site.k)]))
    rows.append((r["creek"]["name"], r["creek"]["name_zh"], "water", 60.0, site.creek.xy[site.creek.at(900.0 * site.k)]))
    middle = shapely.get_coordinates(shapely.point_on_surface(division.blocks.net))
    for p in r["place"]:
        of = np.flatnonzero(division.blocks.kind == p["kind"])
        if len(of):
            away = np.hypot(*(middle[of] - p["at"]).T)
            if away.min() < 900.0 * site.k:
                rows.append((p["name"], p["name_zh"], p["kind"], 55.0, middle[of[np.argmin(away)]]))
    name, form = buildings.table["name"].to_numpy(object), buildings.attributes["form"].to_numpy(object)
    named = np.flatnonzero((name != "") & np.isin(form, ("tower", "stone bank")))
    at = shapely.get_coordinates(shapely.centroid(buildings.footprints[named])) if len(named) else np.empty((0, 2))
    tall = buildings.table["height_m"].to_numpy(float)[named]
    zh = buildings.attributes["name_zh"].to_numpy(object)[named]
    rows += [(name[k], z, "building", float(min(75.0, h / 8.0)), p) for k, z, h, p in zip(named, zh, tall, at, strict=True)]
    rows = [row for row in rows if np.abs(row[4]).max() < site.half]
    points = shapely.points(np.array([row[4] for row in rows], float))
    return features(
        "places",
        "place",
        points,
        [r_[2] for r_ in rows],
        [r_[0] for r_ in rows],
        name_zh=[r_[1] for r_ in rows],
        priority=[r_[3] for r_ in rows],
    )


POI = (
    ("market", "Market", "市场", ("street block",)),
    ("restaurant", "Restaurant", "饭店", ("street block", "lane house")),
    ("cinema", "Cinema", "影院", ("podium and tower",)),
    ("hotel", "Hotel", "宾馆", ("podium and tower", "stone bank")),
    ("library", "Library", "图书馆", ("street block",)),
    ("museum", "Museum", "博物馆", ("stone bank",)),
    ("temple", "Temple", "寺庙", ("lane house",)),
    ("post_office", "Post Office", "邮局", ("street block",)),
)


def poi(site: Site, buildings: Buildings) -> Features:
    """Markets, restaurants, cinemas and the like in buildings that suit them; about six a square kilometre."""
    rng, n = generator("poi"), site.recipe["names"]
    form, named = buildings.attributes["form"].to_numpy(object), buildings.table["name"].to_numpy(object) != ""
    count = max(2, round((2 * site.half) ** 2 / 1e6 * 0.75))
    rows: list[int] = []
    labels: list[tuple[str, str, str]] = []
    for kind, label, label_zh, forms in POI:
        fit = rng.permutation(np.flatnonzero(np.isin(form, forms) & ~named))[:count]
        rows += fit.tolist()
        for word in rng.integers(0, len(n["street"]), len(fit)):
            labels.append((kind, f"{n['street'][word]} {label}", n["street_zh"][word] + label_zh))
    points = shapely.point_on_surface(buildings.footprints[rows])
    return features(
        "poi",
        "poi",
        points,
        [k for k, *_ in labels],
        [a for _, a, _ in labels],
        name_zh=[z for *_, z in labels],
        building=buildings.ids[rows],
    )

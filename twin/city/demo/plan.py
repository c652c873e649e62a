"""The whole ground plan: which block carries what, and all its buildings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo import fabric, landmarks
from twin.city.demo.batch import Batch, apart
from twin.city.demo.blocks import Blocks
from twin.city.demo.recipe import generator
from twin.city.demo.site import Site

Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Plan:
    """buildings; parks and lakes as polygons; gardens: blocks with trees between the buildings; kind: use per block."""

    buildings: Batch
    parks: Shapes
    lakes: Shapes
    gardens: Shapes
    kind: NDArray[np.object_]


def build(site: Site, blocks: Blocks, tell: Callable[[float], None]) -> Plan:
    """Fill every block."""
    kind = blocks.kind.copy()
    kind[landmarks.on_waterfront(site, blocks.net, kind)] = "waterfront"
    rng = generator("pocket parks")
    area = shapely.area(blocks.net)
    slim = area < 500.0
    kind[slim & (kind != "waterfront")] = "square"
    draw = rng.random(len(kind))
    kind[(kind == "housing") & (draw < 0.03)] = "park"
    kind[np.isin(kind, ("housing", "mixed")) & (draw > 0.925) & (area > 9000.0)] = "school"
    c = shapely.centroid(blocks.net)
    centrality = np.exp(-((np.hypot(shapely.get_x(c), shapely.get_y(c)) / (1700.0 * site.k)) ** 2))

    def of(name: str) -> NDArray[np.bool_]:
        return np.asarray(kind == name)

    batches: list[Batch] = []
    batches += landmarks.finance(site, blocks.net[of("finance")])
    tell(0.2)
    batches += landmarks.waterfront(site, blocks.net[of("waterfront")])
    for place in site.recipe["place"]:
        if place["kind"] in ("stadium", "station"):
            make = landmarks.stadium if place["kind"] == "stadium" else landmarks.station
            batches += make(blocks.net[of(place["kind"])], place["name"], place["name_zh"])
    for use in ("mixed", "commercial", "hospital"):
        batches.append(fabric.street_blocks(blocks.net[of(use)], use, centrality[of(use)]))
    tell(0.5)
    batches.append(fabric.campus(blocks.net[of("campus")]))
    batches.append(fabric.campus(blocks.net[of("school")], small=True))
    batches += fabric.docks(blocks.net[of("port")])
    batches.append(fabric.compounds(blocks.net[of("housing")], blocks.quarter[of("housing")]))
    tell(0.7)
    batches.append(fabric.lane_quarters(blocks.net[of("oldtown")]))
    tell(0.9)
    whole = apart(Batch.joined([b for b in batches if len(b)]))
    parks = blocks.net[of("park")]
    return Plan(whole, parks, _lakes(parks), blocks.net[np.isin(kind, ("housing", "campus", "school", "square", "finance"))], kind)


def _lakes(parks: Shapes) -> Shapes:
    """A lake of wavy outline in every park that is wide enough."""
    rng = generator("lakes")
    out: list[Any] = []
    for park in parks:
        circle = shapely.get_coordinates(shapely.maximum_inscribed_circle(park))
        reach = float(np.hypot(*(circle[1] - circle[0])))
        if reach < 80.0:
            continue
        t = np.arange(48) / 48 * 2 * np.pi
        r = (
            reach
            * 0.52
            * (
                1
                + 0.22 * np.sin(2 * t + rng.uniform(0, 6))
                + 0.12 * np.sin(3 * t + rng.uniform(0, 6))
                + 0.05 * np.sin(5 * t + rng.uniform(0, 6))
            )
        )
        out.append(shapely.polygons(circle[0] + r[:, None] * np.column_stack([np.cos(t), np.sin(t)])))
    return np.array(out, object)

"""A little procedural city for layers and scene: blocks, a river, a park, streets, two towers. Deterministic."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City, Source
from twin.city.extrude import extrude
from twin.city.features import Features
from twin.city.network import Network
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame


def table(kind: str, geometry: np.ndarray, **columns: object) -> pd.DataFrame:
    n = len(geometry)
    return pd.DataFrame({"id": [f"{kind}/{k}" for k in range(n)], "name": [""] * n, "kind": [kind] * n, **columns})


def little_city(side: int = 12, terrain: bool = True, seed: int = 1) -> City:
    """side x side blocks of 60 m with four houses each, two named towers, a river in the south."""
    rng = np.random.default_rng(seed)
    shapes, heights = [], []
    for i in range(side):
        for j in range(side):
            x, y = (i - side / 2) * 60.0, (j - side / 2) * 60.0
            for a, b in ((4, 4), (30, 4), (4, 30), (30, 30)):
                shapes.append(shapely.box(x + a, y + b, x + a + 20, y + b + 18))
                heights.append(6 + 14 * rng.random() + (60 * rng.random() if abs(i - side / 2) + abs(j - side / 2) < 3 else 0))
    shapes[0], heights[0] = shapely.Point(-10, -10).buffer(14), 210.0
    shapes[1], heights[1] = shapely.box(40, 40, 66, 66), 150.0
    footprints = np.array(shapes, object)
    n = len(footprints)
    t = empty_table(n)
    t["id"] = [f"building/{k}" for k in range(n)]
    t["height_m"], t["ground_z_m"], t["use"] = heights, 3.0, np.resize(["residential", "office", "commercial"], n)
    t.loc[0, "name"], t.loc[1, "name"] = "Lantern Tower", "启明大厦"
    mesh = extrude(footprints, np.full(n, 3.0), 3.0 + np.array(heights))
    half = side * 30.0
    river = np.array([shapely.box(-half - 200, -half - 160, half + 200, -half - 60)], object)
    park = np.array([shapely.box(-half - 130, -half, -half - 10, half)], object)
    lines = [shapely.LineString([(-half, k * 60.0 - 2), (half, k * 60.0 - 2)]) for k in range(-side // 2, side // 2 + 1)]
    lines += [shapely.LineString([(k * 60.0 - 2, -half), (k * 60.0 - 2, half)]) for k in range(-side // 2, side // 2 + 1)]
    streets = np.array(lines, object)
    m = len(streets)
    edges = pd.DataFrame(
        {
            "id": [f"road/{k}" for k in range(m)],
            "start": np.arange(m),
            "end": np.arange(m) + m,
            "length_m": shapely.length(streets),
            "oneway": False,
            "class": np.resize(["primary", "residential"], m),
            "lanes": np.nan,
            "speed_kmh": 40.0,
            "name": "",
            "bridge": False,
            "tunnel": False,
        }
    )
    ends = np.concatenate([shapely.get_point(streets, 0), shapely.get_point(streets, -1)])
    nodes = pd.DataFrame({"id": [f"node/{k}" for k in range(2 * m)], "x": shapely.get_x(ends), "y": shapely.get_y(ends), "z": 3.0})
    trees = shapely.points(rng.uniform([-half - 125, -half], [-half - 15, half], (150, 2)))
    hospitals = shapely.points([[0.0, -half - 20.0], [half, half]])
    layers = {
        "water": Features("water", table("river", river), river),
        "green": Features("green", table("park", park), park),
        "trees": Features("trees", table("tree", trees), trees),
        "facilities": Features("facilities", table("hospital", hospitals).assign(kind=["hospital", "school"]), hospitals),
        "barriers": Features(
            "barriers",
            table("barrier", np.array([0])).assign(crest_z_m=4.6),
            np.array([shapely.LineString([(-half, -half - 55), (half, -half - 55)])], object),
        ),
        "places": Features("places", table("suburb", np.array([0])).assign(name="Old Harbour"), np.array([shapely.Point(0, half)], object)),
    }
    ground = None
    if terrain:
        grid = Grid.covering((-half - 250, -half - 250, half + 250, half + 250), 10.0)
        x, y = np.meshgrid(grid.x, grid.y)
        z = 3.0 + 1.5 * np.sin(x / 180) * np.cos(y / 220)
        z[(y > -half - 160) & (y < -half - 60)] = -2.0
        ground = Terrain(grid, z.astype(np.float32), "made by the test")
    return City(
        "Little City",
        LocalFrame("EPSG:32651", (350000.0, 3456000.0)),
        Buildings(t, footprints, mesh),
        terrain=ground,
        networks={"roads": Network("roads", nodes, edges, streets, "test")},
        layers=layers,
        sources=(Source("test", attribution="© made for tests"),),
        synthetic=True,
    )

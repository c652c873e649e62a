"""The demonstration city put together: site, streets, blocks, buildings, ground, networks, layers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import shapely

from twin.city.buildings import COLUMNS, Buildings
from twin.city.city import City, Source
from twin.city.demo import layers, metro, people, roads, services, utilities
from twin.city.demo.arterials import arterials
from twin.city.demo.batch import Batch
from twin.city.demo.blocks import divide, frame_of
from twin.city.demo.elevated import corridor, expressways
from twin.city.demo.ground import terrain
from twin.city.demo.plan import build
from twin.city.demo.recipe import generator, recipe
from twin.city.demo.shapes import placed
from twin.city.demo.site import Site
from twin.city.terrain import Terrain
from twin.frame import LocalFrame

Tell = Callable[[str, float], None]


def assembled(size_km2: float, tell: Tell) -> City:
    """The city on a square of size_km2; `tell` hears stage and share done."""
    r = recipe()
    site = Site.of(size_km2)
    tell("streets", 0.0)
    net = arterials(site)
    tell("blocks", 0.25)
    frame = frame_of(site, net)
    routes = expressways(site, frame)
    division = divide(site, frame, corridor(routes))
    tell("buildings", 0.3)
    plan = build(site, division.blocks, lambda share: tell("buildings", 0.3 + 0.2 * share))
    tell("ground", 0.5)
    cut = roads.pieces(division)
    ground, lake_levels = terrain(site, division.blocks.net, list(plan.lakes), list(plan.parks), roads.underpasses(site, division, cut))
    tell("networks", 0.65)
    streets = roads.streets(site, division, cut, ground, routes)
    batch, staff = services.staffed(plan.buildings, site)
    buildings, present = _buildings(batch, ground)
    shown = layers.all_layers(site, division, plan, lake_levels, ground, streets, buildings)
    tell("layers", 0.8)
    tracks, shown["metro"], shown["stations"] = metro.metro(site, ground)
    networks = {
        "roads": streets,
        "metro": tracks,
        "power": utilities.power(site, streets, buildings, staff, shown["pumps"]),
        "water": utilities.water_supply(site, streets, buildings),
        "drainage": utilities.drainage(site, streets, ground, shown["pumps"]),
    }
    shown["facilities"] = services.facilities(staff, buildings, shown["pumps"], networks["power"], site)
    networks["power"] = utilities.supplies_named(networks["power"], shown["facilities"])
    shown["metro_entrances"] = metro.entrances(shown["stations"], streets, buildings.footprints)
    shown["masts"] = services.masts(buildings, site)
    shown["sensors"] = services.sensors(site, streets)
    city = City(
        name=r["name"],
        frame=LocalFrame(r["crs"], (float(r["origin"][0]), float(r["origin"][1])), r["vertical"], r["timezone"]),
        buildings=buildings,
        terrain=ground,
        networks=networks,
        layers=shown,
        people=present,
        sources=(Source(r["source"], "demo", r["licence"], r["source"], r["crs"]),),
        synthetic=True,
        region=r["region"],
        currency=r["currency"],
    )
    tell("ready", 1.0)
    return city


def _buildings(batch: Batch, ground: Terrain) -> tuple[Buildings, np.ndarray]:
    """Buildings on their ground, with the people in them by hour."""
    r, t, n = recipe(), batch.table, len(batch)
    xy, of = shapely.get_coordinates(batch.footprints, return_index=True)
    low = np.full(n, np.inf)
    np.minimum.at(low, of, ground.sample(xy[:, 0], xy[:, 1]))
    floor = people.floors(shapely.area(batch.footprints), t["storeys"].to_numpy(float), t["form"].to_numpy(object))
    present = people.occupied(t["use"].to_numpy(object), floor, generator("people").uniform(0.75, 1.2, n))
    table = pd.DataFrame(
        {
            "id": [f"building/{i:06d}" for i in range(n)],
            "name": t["name"],
            "height_m": t["height_m"],
            "height_source": "solid",
            "ground_z_m": low,
            "storeys": t["storeys"],
            "use": t["use"],
            "year": t["year"],
            "structure": t["structure"],
            "source": r["source"],
            "parts": np.ones(n, np.int32),
        }
    )
    table = people.filled(table, present, floor)[list(COLUMNS)].astype(COLUMNS)
    extra = pd.DataFrame({"form": t["form"], "name_zh": t["name_zh"], "floor_m2": np.round(floor)})
    return Buildings(table, batch.footprints, placed(batch.mesh, low), extra), present

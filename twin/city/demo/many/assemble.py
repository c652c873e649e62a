"""A demonstration city of N buildings put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import COLUMNS, STOREY_M, Buildings
from twin.city.city import City, Source
from twin.city.demo.demo import FEWEST, MOST
from twin.city.demo.many import forms
from twin.city.demo.many.blocks import KINDS, Blocks, divided, network_of
from twin.city.demo.many.lots import FORMS, Lots, lots_of
from twin.city.demo.many.site import WATER_M, Site
from twin.city.demo.people import COST_PER_M2, FLOOR_PER_PERSON
from twin.city.demo.recipe import recipe
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.errors import InputError
from twin.frame import LocalFrame

PER_KM2 = 930.0
Tell = Callable[[str, float], None]


def large_city(count: int, tell: Tell = lambda stage, share: None) -> City:
    """A synthetic city of exactly `count` buildings, the same bits every time. Raises InputError for a number out of range."""
    if not FEWEST <= count <= MOST:
        raise InputError(f"A demonstration city of {count:,} buildings cannot be made", do=f"Choose from {FEWEST:,} to {MOST:,}.")
    r = recipe()
    tell("Streets", 0.0)
    site, blocks, nodes, edges, lots = _grown(count, int(r["seed"]))
    tell("Buildings", 0.25)
    buildings = _buildings(site, blocks, lots, r["source"])
    tell("Ground", 0.8)
    city = City(
        name=f"{r['name'].partition(' ')[0]} {count:,} (synthetic demonstration city)",
        frame=LocalFrame(r["crs"], (float(r["origin"][0]), float(r["origin"][1])), r["vertical"], r["timezone"]),
        buildings=buildings,
        terrain=site.terrain(r["source"]),
        networks={"roads": network_of(site, nodes, edges, r["source"])},
        layers=_layers(site, blocks, r["source"]),
        sources=(Source(r["source"], "demo", r["licence"], r["source"], r["crs"]),),
        synthetic=True,
        region=r["region"],
        currency=r["currency"],
    )
    tell("Ready", 1.0)
    return city


def _grown(count: int, seed: int) -> tuple[Site, Blocks, pd.DataFrame, pd.DataFrame, Lots]:
    """The smallest of some sites that holds so many buildings, then without those furthest out."""
    found = None
    area, few, enough = count / PER_KM2 * 1e6, 0.0, np.inf
    for _ in range(12):
        random = np.random.default_rng([seed, count])
        site = Site.of(float(np.sqrt(area / np.pi)), random)
        blocks, nodes, edges = divided(site, random)
        lots = lots_of(blocks, random)
        if len(lots) < count:
            few = max(few, area)
        else:
            enough = min(enough, area)
            if found is None or len(lots) < len(found[-1]):
                found = site, blocks, nodes, edges, lots
            if len(lots) < 1.02 * count:
                break
        area = np.sqrt(few * enough) if few and np.isfinite(enough) else area * (1.35 if few else 0.74)
    assert found is not None  # twelve steps are enough for any count we take
    site, blocks, nodes, edges, lots = found
    far = site.reach(lots.centre[:, 0], lots.centre[:, 1])
    keep = np.sort(np.argsort(far, kind="stable")[:count])
    return site, blocks, nodes, edges, lots.some(keep)


def _buildings(site: Site, blocks: Blocks, lots: Lots, source: str) -> Buildings:
    n = len(lots)
    footprints = np.empty(n, object)
    low = _ground_below(site, lots) - 0.4
    top = low + lots.height
    meshes: list[Mesh] = []
    for k, form in enumerate(FORMS):
        rows = np.flatnonzero(lots.form == k)
        if not len(rows):
            continue
        plan = forms.PLANS.get(form, forms.BOX)
        where = (lots.centre[rows], lots.half[rows], lots.angle[rows])
        footprints[rows] = forms.outline(plan, *where)
        shoulder = low[rows] + lots.shoulder[rows]
        if form == "gable":
            long = where[1][:, 0] >= where[1][:, 1]  # the ridge runs along the longer side
            half = np.where(long[:, None], where[1], where[1][:, ::-1])
            meshes.append(forms.gabled(where[0], half, where[2] + np.where(long, 0, np.pi / 2), low[rows], shoulder, top[rows], rows))
        elif form == "tower":
            meshes.append(forms.raised(plan, *where, low[rows], shoulder, rows))
            meshes.append(forms.raised(plan, where[0], where[1] * 0.66, where[2], shoulder, top[rows], rows))
        else:
            meshes.append(forms.raised(plan, *where, low[rows], top[rows], rows))
    return Buildings(_table(lots, blocks, footprints, low, source), footprints, Mesh.joined(meshes), _attributes(lots, blocks))


def _ground_below(site: Site, lots: Lots) -> NDArray[np.float64]:
    """Lowest ground at the corners of each lot."""
    reach = np.hypot(lots.half[:, 0], lots.half[:, 1])
    x, y = lots.centre[:, 0], lots.centre[:, 1]
    around = [site.ground(x + reach * np.cos(t), y + reach * np.sin(t)) for t in (0.8, 2.4, 3.9, 5.5)]
    return np.asarray(np.minimum.reduce(around))


def _table(lots: Lots, blocks: Blocks, footprints: NDArray[np.object_], low: NDArray[np.float64], source: str) -> pd.DataFrame:
    n = len(lots)
    random = np.random.default_rng([len(lots), 77])
    storeys = np.maximum(1, np.round(lots.height / np.where(lots.use == "industrial", 6.0, STOREY_M)))
    floor = shapely.area(footprints) * storeys * np.where(lots.form == FORMS.index("tower"), 0.5, 1.0) * 0.9
    use = pd.Series(lots.use, dtype=object)
    most = floor / use.map({**FLOOR_PER_PERSON, "religious": 40.0}).to_numpy(float)
    by_day = use.isin(["residential"]).to_numpy()
    number = np.char.zfill(np.arange(n).astype(str), 7)
    urban = blocks.urbanity[lots.block]
    columns = {
        "id": np.char.add("building/", number).astype(object),
        "name": "",
        "height_m": np.round(lots.height, 2),
        "height_source": "solid",
        "ground_z_m": low,
        "storeys": storeys,
        "use": use,
        "year": np.round(1985 - 60 * np.clip(urban, 0, 0.8) + random.normal(12, 18, n)).clip(1850, 2025),
        "structure": np.where(lots.height > 22, "concrete", np.where(lots.form == FORMS.index("gable"), "masonry", "mixed")).astype(object),
        "people_day": np.round(most * np.where(by_day, 0.42, 0.95)),
        "people_night": np.round(most * np.where(by_day, 0.98, 0.05)),
        "value": np.round(floor * use.map({**COST_PER_M2, "religious": 6500.0}).to_numpy(float), -3),
        "source": source,
        "parts": np.ones(n, np.int32),
    }
    return pd.DataFrame(columns)[list(COLUMNS)].astype(COLUMNS)


def _attributes(lots: Lots, blocks: Blocks) -> pd.DataFrame:
    quarter = np.array(KINDS, object)[blocks.kind[lots.block]]
    return pd.DataFrame({
        "form": np.array(FORMS, object)[lots.form], "block": lots.block.astype(np.int32), "quarter": quarter
    })  # fmt: skip


def _layers(site: Site, blocks: Blocks, source: str) -> dict[str, Features]:
    """The river and the parks."""
    x = np.linspace(-1.3 * site.radius - 250, 1.3 * site.radius + 250, 400)
    half = site.river_m / 2
    y = site.stream(x)
    slope = np.gradient(y, x)
    side = np.column_stack([-slope, np.ones(len(x))]) / np.sqrt(1 + slope**2)[:, None] * half
    bank = np.column_stack([x, y])
    river = shapely.make_valid(shapely.Polygon(np.concatenate([bank + side, (bank - side)[::-1]])))
    water = pd.DataFrame({"id": ["water/river"], "name": ["Mulberry River"], "kind": ["river"], "level_m": [WATER_M]})
    parks = blocks.some(blocks.kind == KINDS.index("park"))
    parks = replace(parks, half=parks.half - 2.0)
    green = pd.DataFrame({"id": [f"green/{k}" for k in range(len(parks))], "name": "", "kind": "park"})
    return {"water": Features("water", water, np.array([river], object), source), "green": Features("green", green, parks.areas(), source)}

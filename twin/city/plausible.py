"""Networks for a city that has none: plausible ones, made from streets and buildings on request, and labelled so wherever they show."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.centres import centres
from twin.city.city import City, Source
from twin.city.network import Network
from twin.city.plausible_demand import HOSPITAL_KW, STATION_KW, Demand, demand_of
from twin.city.plausible_masts import masts
from twin.city.plausible_power import Loads, power_network
from twin.city.plausible_water import water_network
from twin.city.plausible_ways import Bools, Floats, Ints, Ways, main_parts, ways_of
from twin.errors import InputError, Problem

PARTS = ("power", "water", "masts")
SOURCE = "made up by urban-twin from streets and buildings (not surveyed)"
REACH_M = 1000.0
"""Buildings farther from any street of the network are not joined to it."""
CODE = "made_up"
Tell = Callable[[str, float], None]


def parts_named(text: str) -> tuple[str, ...]:
    """Parts by their names with commas, or all. Raises InputError."""
    names = [n.strip().lower() for n in text.split(",") if n.strip()]
    wrong = [n for n in names if n not in (*PARTS, "all")]
    if wrong or not names:
        raise InputError(f"'{wrong[0] if wrong else text}' is nothing that can be made up", do=f"Write some of {', '.join(PARTS)}, or all.")
    return PARTS if "all" in names else tuple(p for p in PARTS if p in names)


def made_parts(city: City) -> tuple[str, ...]:
    """The parts of a city that were made up by `plausible`."""
    return tuple(p for p in PARTS if any(source == SOURCE for source in _sources(city, p)))


def kept(city: City, parts: Iterable[str] = PARTS) -> list[str]:
    """A sentence for each of the parts that the city has, which is kept as it is."""
    said = []
    for part in parts:
        found = _sources(city, part)
        if found:
            whose = "made up already" if all(s == SOURCE for s in found) else "of its own"
            what = "masts" if part == "masts" else f"a {part} network"
            said.append(f"The city has {what} {whose}; nothing was put in its place")
    return said


def plausible(city: City, parts: Iterable[str] = PARTS, seed: int = 0, progress: Tell = lambda stage, share: None) -> City:
    """The city with the parts (PARTS) it lacks made up from its buildings and streets; the same city where it lacks none.

    What the city has is never replaced (`kept` tells). The same city and seed give the same bits; another seed puts the substations
    elsewhere. Without streets, straight lines from house to house are taken. Raises InputError for a city without buildings that
    anything can be supplied to.
    """
    wanted = tuple(dict.fromkeys(parts))
    wrong = [p for p in wanted if p not in PARTS]
    if wrong:
        raise InputError(f"'{wrong[0]}' is nothing that can be made up", do=f"Name some of {', '.join(PARTS)}.")
    missing = [p for p in PARTS if p in wanted and not _sources(city, p)]
    if not missing:
        return city
    xy = centres(city.buildings.footprints) if len(city.buildings) else np.empty((0, 2))
    if not np.isfinite(xy).all(1).any():
        raise InputError("The city has no buildings, so that there is nobody to supply", do="Add buildings first.")
    networks, layers, problems = dict(city.networks), dict(city.layers), list[Problem]()
    if {"power", "water"} & set(missing):
        progress("Demand of the buildings", 0.0)
        made, problems = _networks(city, xy, missing, seed, progress)
        networks |= made
    if "masts" in missing:
        progress("Masts", 0.9)
        layers["masts"] = masts(city, SOURCE)
        count = len(layers["masts"])
        problems.append(_told(f"{count} mast{'s' if count > 1 else ''}", count))
    progress("Ready", 1.0)
    return _labelled(city.derived(networks=networks, layers=layers, problems=(*city.problems, *problems)))


def _networks(city: City, xy: Floats, missing: list[str], seed: int, progress: Tell) -> tuple[dict[str, Network], list[Problem]]:
    demand = demand_of(city)
    if not demand.kw.sum() > 0:
        raise InputError("No building has a floor, so that there is no demand to lay networks for", do="Check footprints and heights.")
    progress("Streets", 0.15)
    seen = np.isfinite(xy).all(1)
    ways, is_streets = ways_of(city, xy[seen])
    ways = main_parts(ways, xy[seen], demand.kw[seen])
    home = ways.nearest(np.nan_to_num(xy))
    near = np.hypot(*(ways.xyz[home, :2] - xy).T) <= REACH_M
    street = _street_ids(city, ways)
    made, problems, own = dict[str, Network](), list[Problem](), _own_loads(city, demand, xy)
    if not near.any():
        raise InputError(f"No building lies within {REACH_M:,.0f} m of a street", do="Check that streets and buildings belong together.")
    if "water" in missing:
        progress("Water mains", 0.3)
        made["water"], pumps = water_network(ways, home[near], demand.m3s[near], street, _rng(city, seed, "water"), SOURCE)
        own.append((pumps, np.zeros(len(xy), bool)))
        problems.append(_sum_of(made["water"], "reservoir", "waterworks", "mains", is_streets))
    if "power" in missing:
        progress("Power lines", 0.6)
        kw = np.where(np.logical_or.reduce([has for _, has in own]) if own else False, 0.0, demand.kw)[near]
        loads = Loads.joined([o for o, _ in own])
        if len(loads.kw):
            loads = loads.only(np.hypot(*(ways.xyz[ways.nearest(loads.xy), :2] - loads.xy).T) <= REACH_M)
        rng = _rng(city, seed, "power")
        made["power"] = power_network(ways, home[near], kw, loads, demand.region, street, rng, SOURCE)
        problems.append(_sum_of(made["power"], "substation", "substations", "lines", is_streets))
    if not near[seen].all():
        far = np.flatnonzero(~near & seen)
        text = f"{len(far):,} buildings lie more than {REACH_M:,.0f} m from the streets that networks were made along; none serves them"
        problems.append(Problem("made_up_far", "warning", len(far), text, SOURCE, tuple(str(i) for i in city.buildings.ids[far[:10]])))
    return made, problems


def _own_loads(city: City, demand: Demand, xy: Floats) -> list[tuple[Loads, Bools]]:
    """Hospitals and pumping stations with a connection of their own, and the buildings whose demand is theirs."""
    found = []
    layer = city.layers.get("facilities")
    if layer is not None and "kind" in layer.table:
        rows = np.flatnonzero((layer.table["kind"] == "hospital").to_numpy(bool) & np.isfinite(centres(layer.geometry)).all(1))
        if len(rows):
            place = centres(layer.geometry)[rows]
            house = _houses(city, layer.table["building"].to_numpy(object)[rows] if "building" in layer.table else None, place)
            kw = np.where(house >= 0, np.maximum(demand.kw[house], HOSPITAL_KW / 3), HOSPITAL_KW)
            has = np.zeros(len(xy), bool)
            has[house[house >= 0]] = True
            found.append((Loads(place, kw, _names(layer.table["name"].to_numpy(object)[rows], "hospital")), has))
    pumps = city.layers.get("pumps")
    if pumps is not None and len(pumps):
        place = centres(pumps.geometry)
        good = np.isfinite(place).all(1)
        names = _names(pumps.table["name"].to_numpy(object)[good], "pumping station")
        found.append((Loads(place[good], np.full(int(good.sum()), STATION_KW), names), np.zeros(len(xy), bool)))
    return found


def _houses(city: City, ids: NDArray[np.object_] | None, place: Floats) -> Ints:
    """Row of the building of each facility: by its id, else the one it lies in; -1 none."""
    house = np.full(len(place), -1, np.int64)
    point, row = shapely.STRtree(city.buildings.footprints).query(shapely.points(place), predicate="intersects")
    house[point[::-1]] = row[::-1]
    if ids is not None:
        known = {str(i): r for r, i in enumerate(city.buildings.ids)}
        by_id = np.array([known.get(str(i), -1) for i in ids], np.int64)
        house = np.where(by_id >= 0, by_id, house)
    return house


def _names(given: NDArray[np.object_], otherwise: str) -> NDArray[np.object_]:
    return np.array([g if isinstance(g, str) and g else otherwise for g in given] + [None], object)[:-1]


def _street_ids(city: City, ways: Ways) -> NDArray[np.object_]:
    streets = city.networks.get("roads")
    if streets is None or not (ways.edge >= 0).all():
        return np.full(len(ways.edge), "", object)
    return streets.edges["id"].astype(str).to_numpy(object)[ways.edge]


def _rng(city: City, seed: int, part: str) -> np.random.Generator:
    known = [city.part_hash(p) for p in ("buildings", "terrain", "network:roads")]
    return np.random.default_rng(int.from_bytes(hashlib.sha256("".join([*known, part, str(seed)]).encode()).digest()[:8], "little"))


def _sources(city: City, part: str) -> list[str]:
    """Source of what the city has of a part."""
    if part == "masts":
        layer = city.layers.get("masts")
        return [layer.source] if layer is not None and len(layer) else []
    return [n.source for n in city.networks.values() if n.kind == part and len(n.nodes)]


def _sum_of(network: Network, kind: str, sites: str, lines: str, is_streets: bool) -> Problem:
    km = float(network.edges["length_m"].sum()) / 1000.0
    where = "along the streets" if is_streets else "straight from house to house, for no streets are known"
    count = int((network.nodes["kind"] == kind).sum())
    named = sites.removesuffix("s") if count == 1 and kind == "substation" else sites
    return _told(f"{network.kind}: {count} {named} and {km:,.1f} km of {lines} {where}", len(network.edges))


def _told(what: str, count: int) -> Problem:
    return Problem(CODE, "info", count, f"{what[0].upper()}{what[1:]}: made up, not surveyed", SOURCE)


def _labelled(city: City) -> City:
    """With one source that says what of it is made up; every picture and report carries its credit."""
    *some, last = made_parts(city)
    what = f"{', '.join(some)} and {last}" if some else last
    label = Source(SOURCE, licence="made up", attribution=f"{what.capitalize()} made up, not surveyed")
    others = tuple(s for s in city.sources if s.name != SOURCE)
    return replace(city, sources=(*others, label))

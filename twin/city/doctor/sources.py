"""Sources that lie wrong: no coordinate system, axes swapped, another zone, degrees for metres. What is certain is put right and
told; what is only likely is proposed with its reason, as a change of the recipe (Problem.repair; alternatives, the likeliest first,
stand apart by "|").
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from twin.city.doctor import words
from twin.city.doctor.land import is_at_sea, is_on_land
from twin.city.doctor.proposals import (
    OUTSIDE_KM,
    Item,
    area_name,
    in_units,
    is_swapped,
    items_of,
    middle_of,
    name_of,
    outside_km,
    plan_of,
    proposals,
    seems_swapped,
)
from twin.city.readers.parts import NetworkPart, Parts, Solids, VectorLayer
from twin.city.readers.stated import swapped_layer, swapped_solids
from twin.errors import Problem
from twin.frame import crs_name, split_compound

LOST = frozenset({"no_crs", "crs_unknown", "far_away", "raster_elsewhere", "outside_crs", "outside_area"})
"""Problems of sources that could not be placed, or lie elsewhere."""
MOST_CHOICES = 3
GRID = "crs=engineering"
"""A plan with no place on the map."""


def with_axes_right(parts: Parts, problems: list[Problem]) -> Parts:
    """Layers and city objects whose axes are certainly swapped get them right: as they stand they lie outside their CRS, the other way
    round inside. Each is told of."""

    def layer(x: VectorLayer) -> VectorLayer:
        return swapped_layer(x) if _told_swapped(x, problems) else x

    def solids(x: Solids) -> Solids:
        return swapped_solids(x) if _told_swapped(x, problems) else x

    return replace(parts, layers=[layer(x) for x in parts.layers], solids=[solids(x) for x in parts.solids])


def _told_swapped(item: VectorLayer | Solids, problems: list[Problem]) -> bool:
    if item.crs is None or item.engineering or item.crs.is_geocentric or (isinstance(item, Solids) and item.place is not None):
        return False
    xy = plan_of(item)
    if not len(xy) or not is_swapped(xy, item.crs):
        return False
    message = words.says("swapped_axes", name=name_of(item), crs=crs_name(item.crs))
    problems.append(Problem("swapped_axes", "warning", 1, message, item.source, did="The axes were swapped back"))
    return True


def with_proposals(problems: list[Problem], parts: Parts) -> list[Problem]:
    """Problems of sources that could not be placed, or lie elsewhere, with what may be done; and what else is told of the sources.

    parts: as they were read.
    """
    items = items_of(parts)
    lost = {p.source for p in problems if p.code in LOST}
    doubted = {p.source: p for p in problems if p.code == "swapped_axes" and p.repair}
    not_understood = {p.source for p in problems if p.code == "crs_unknown"}
    out = []
    for problem in problems:
        if problem.code == "no_crs" and problem.source in not_understood:
            continue  # told already
        if problem.code not in LOST or problem.repair:
            out.append(problem)
            continue
        mine = next(
            (i for i in items if i.source == problem.source and (i.crs is None) == (problem.code in ("no_crs", "crs_unknown"))), None
        )
        kept = [i for i in items if i.source not in lost]
        sound = [i for i in kept if i.source not in doubted]
        found = [] if mine is None else proposals(mine, sound)
        if mine is not None and problem.code == "far_away" and kept and mine.source not in doubted and _are_astray(sound, mine):
            found = []  # the others would have to change, which is told of them
        if mine is not None and problem.code == "far_away" and not found:
            out += _others_doubted(mine, sound, {p.source for p in out if p.code == "crs_doubtful"})
        did = problem.did or "It was left out"
        if found:
            alone = all(i.crs is None or i is mine or i.source in lost for i in items)
            fits = " or ".join(p.reason for p in found)
            did += f". Its numbers fit {fits}" if alone else f". It would lie with the others as {fits}"
        out.append(replace(problem, repair="|".join(p.change for p in found if p.change), did=did))
    return out


def _are_astray(others: list[Item], item: Item) -> bool:
    """Whether none of the others is where people live, although an item that lies far from them is."""
    place, there = middle_of([item]), [p for other in others if (p := middle_of([other])) is not None]
    return place is not None and is_on_land(*place) and all(is_at_sea(*p) for p in there)


def _others_doubted(lost: Item, kept: list[Item], told: set[str]) -> list[Problem]:
    """Sources on a grid that would lie with one that was left out for being far from them, were they read in another system."""
    out: list[Problem] = []
    for item in kept:
        if item.crs is None or not item.crs.is_projected or item.source in told:
            continue
        found = [p for p in proposals(item, [lost]) if p.change.startswith("crs=")]
        if found:
            told.add(item.source)
            fits = " or ".join(p.reason for p in found)
            message = words.says(
                "crs_doubtful", name=name_of(item), crs=crs_name(split_compound(item.crs)[0]), other=name_of(lost), fits=fits
            )
            out.append(Problem("crs_doubtful", "warning", 1, message, item.source, repair="|".join(p.change for p in found)))
    return out


def advice(parts: Parts) -> str:
    """What to do where no source at all can be placed, '' where nothing is known."""
    for item in items_of(parts):
        if units := in_units(item):
            fits = " or ".join(p.reason for p in units)
            return f"The numbers of {name_of(item)} fit {fits}: state `unit` in a recipe (city.toml)."
        found = proposals(replace(item, crs=None), [])
        if found:
            return f"The numbers of {name_of(item)} fit {' or '.join(p.reason for p in found)}: state `crs` in a recipe (city.toml)."
        if isinstance(item, NetworkPart):
            return 'State its coordinate system in a recipe (city.toml), or crs = "engineering" for a plan without a place on the map.'
    return ""


def choices(parts: Parts) -> tuple[str, ...]:
    """What could be stated of sources of which none can be placed, as changes of a recipe; a plan without a map always goes."""
    found = [p.change for item in items_of(parts) for p in proposals(replace(item, crs=None), []) if p.change.startswith("crs=")]
    return tuple(dict.fromkeys([*found[:MOST_CHOICES], GRID]))


def told_of_sources(parts: Parts) -> list[Problem]:
    """What can be said of the sources by themselves: outside the area of their CRS, several height datums, another unit, an ocean
    where the other order of the axes is land."""
    problems: list[Problem] = []
    vertical: dict[str, None] = {}
    seen: set[tuple[str, str]] = set()
    turned: set[str] = set()
    for item in items_of(parts):
        if item.crs is None:
            unit = _drawn_in(item)
            if unit:
                name, size = unit
                message = words.says("unit_guess", name=name_of(item), unit=name, size=f"{size:,.0f}")
                problems.append(Problem("unit_guess", "warning", 1, message, item.source, repair=f"unit={name}"))
            continue
        own, datum = split_compound(item.crs)
        if item.source not in turned and seems_swapped(item):
            turned.add(item.source)
            message = words.says("swapped_axes", "likely", name=name_of(item), crs=crs_name(own))
            problems.append(Problem("swapped_axes", "warning", 1, message, item.source, repair="swap_axes=true"))
        if datum is not None:
            vertical[crs_name(datum) or ""] = None
        if own.is_geocentric or (item.source, own.name) in seen:
            continue
        seen.add((item.source, own.name))
        xy = plan_of(item)
        if not len(xy):
            continue
        x, y = np.median(xy, axis=0)
        km = outside_km(float(x), float(y), own)
        if np.isfinite(km) and km > OUTSIDE_KM:
            area = own.area_of_use
            message = words.says(
                "outside_area", name=name_of(item), km=f"{km:,.0f}", crs=crs_name(own), area=area_name(area.name if area else "")
            )
            problems.append(Problem("outside_area", "warning", 1, message, item.source, did="It was taken as it is"))
    if len(vertical) > 1:
        message = words.says("height_datum_mixed", names=" + ".join(vertical))
        problems.append(Problem("height_datum_mixed", "warning", len(vertical), message))
    return problems


def _drawn_in(item: Item) -> tuple[str, float] | None:
    """Unit in which buildings without CRS are probably drawn, and their usual width as metres: 8 to 80 m are usual."""
    if not isinstance(item, VectorLayer) or item.role != "buildings":
        return None
    areas = shapely.area(item.geometry)
    areas = areas[np.isfinite(areas) & (areas > 0)]
    if len(areas) < 5:
        return None
    width = float(np.sqrt(np.median(areas)))
    return ("mm", width) if width > 3000 else ("cm", width) if width > 400 else None

"""The checks of a whole city: which there are, and what they find.

Quick ones run at every opening, all of them where somebody asks (`twin check`, "Check thoroughly"). What readers find in the
sources themselves comes with them and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.doctor import buildings, links, words
from twin.city.doctor.facts import Facts
from twin.city.doctor.mend_buildings import floorless
from twin.city.doctor.places import places_of_sources
from twin.city.readers.elevation import LOWEST_LAND_M
from twin.errors import Problem, Severity

QUICK_UP_TO = 200_000
"""Buildings; a larger city is looked at only where somebody asks."""
EXAMPLES = 10
HIGHEST_LAND_M = 8_849.0
"""Mount Everest."""


@dataclass(frozen=True)
class Check:
    """One kind of trouble looked for in a city. function: facts -> problems, none where all is well. is_quick: at every opening."""

    code: str
    severity: Severity
    function: Callable[[Facts], list[Problem]]
    is_quick: bool = True
    repair: str = ""

    @property
    def title(self) -> str:
        return words.title(self.code)

    @property
    def explanation(self) -> str:
        return words.why(self.code)


def _of_rows(code: str, facts: Facts, rows: NDArray[np.int64], **values: str) -> list[Problem]:
    """One problem of the buildings in some rows."""
    if not len(rows):
        return []
    check = CHECKS[code]
    examples = tuple(str(i) for i in facts.city.buildings.ids[rows[:EXAMPLES]])
    message = words.says(code, n=f"{len(rows):,}", all=f"{len(facts.city.buildings):,}", **values)
    return [Problem(code, check.severity, len(rows), message, _sources(facts, rows), examples, "", check.repair)]


def _sources(facts: Facts, rows: NDArray[np.int64]) -> str:
    """The source of some buildings where they have the same, '' where they have several."""
    names = set(facts.city.buildings.table["source"].to_numpy(object)[rows].tolist())
    return str(names.pop()) if len(names) == 1 else ""


def _impossible_height(facts: Facts) -> list[Problem]:
    """Those of sources most of whose heights are right; the others one by one, without the repair."""
    rows = buildings.unusual_heights(facts)
    out = _of_rows("impossible_height", facts, rows)
    sources = facts.city.buildings.table["source"].to_numpy(object)
    left = np.setdiff1d(buildings.impossible_heights(facts), rows)
    for source, unit in buildings.doubtful_sources(facts).items():
        mine = left[sources[left] == source]
        if len(mine) and not unit:
            said = words.says("impossible_height", "many", n=f"{len(mine):,}", all=f"{int((sources == source).sum()):,}", source=source)
            out += [replace(p, message=said, repair="") for p in _of_rows("impossible_height", facts, mine)]
    return out


def _height_unit(facts: Facts) -> list[Problem]:
    out = []
    table = facts.city.buildings.table
    known = table["height_source"].isin(["measured", "solid"]).to_numpy()
    for source, unit in buildings.doubtful_sources(facts).items():
        rows = np.flatnonzero(known & (table["source"] == source).to_numpy()) if unit else np.empty(0, np.int64)
        usual = f"{np.nanmedian(facts.heights[rows]):,.0f}" if len(rows) else ""
        out += [replace(p, repair=f"unit={unit}") for p in _of_rows("height_unit", facts, rows, source=source, unit=unit, usual=usual)]
    return out


def _very_low(facts: Facts) -> list[Problem]:
    return _of_rows("very_low", facts, buildings.very_low(facts))


def _heights_in_feet(facts: Facts) -> list[Problem]:
    out = []
    sources = facts.city.buildings.table["source"].to_numpy(object)
    known = facts.city.buildings.table["height_source"].isin(["measured", "solid"]).to_numpy()
    for source, per in buildings.feet_sources(facts).items():
        out += _of_rows("heights_in_feet", facts, np.flatnonzero(known & (sources == source)), source=source, per=f"{per:.1f}")
    return out


def _height_datum(facts: Facts) -> list[Problem]:
    out = []
    sources = facts.city.buildings.table["source"].to_numpy(object)
    for source, off in buildings.shifted_sources(facts).items():
        side = "above" if off > 0 else "below"
        out += _of_rows("height_datum", facts, np.flatnonzero(sources == source), source=source, off=f"{abs(off):.1f}", side=side)
    return out


def _floating(facts: Facts) -> list[Problem]:
    rows = buildings.floating(facts)
    above = buildings.standing(facts)[rows]
    return _of_rows("floating", facts, rows[np.argsort(-above)], most=f"{above.max():.1f}" if len(rows) else "")


def _buried(facts: Facts) -> list[Problem]:
    rows = buildings.buried(facts)
    depth = (facts.ground[0] - facts.z_range[0])[rows]
    return _of_rows("buried", facts, rows[np.argsort(-depth)], most=f"{depth.max():.1f}" if len(rows) else "")


def _invalid_footprint(facts: Facts) -> list[Problem]:
    return _of_rows("invalid_footprint", facts, buildings.invalid_footprints(facts))


def _sliver(facts: Facts) -> list[Problem]:
    return _of_rows("sliver", facts, buildings.slivers(facts))


def _outlier(facts: Facts) -> list[Problem]:
    return _of_rows("outlier", facts, buildings.outliers(facts))


def _double(facts: Facts) -> list[Problem]:
    """Rows that would go are the ones told of."""
    worse, better = buildings.worse_doubles(facts)
    if not len(worse):
        return []
    sources = facts.city.buildings.table["source"].to_numpy(object)
    ids = buildings.base_ids(facts)
    several, same_id = sources[worse] != sources[better], ids[worse] == ids[better]
    out = _of_rows("double_id", facts, worse[same_id & ~several])
    for problem in _of_rows("double_source", facts, worse[several]):
        names = sorted({str(s) for s in sources[np.concatenate([worse[several], better[several]])]})
        out.append(replace(problem, source=", ".join(names[:3])))
    return out + _of_rows("double_building", facts, worse[~several & ~same_id])


def _cut_at_border(facts: Facts) -> list[Problem]:
    groups = buildings.pieces_of_one(facts)
    return _of_rows("cut_at_border", facts, np.array([g[0] for g in groups], np.int64), pieces=str(sum(len(g) for g in groups)))


def _open_solid(facts: Facts) -> list[Problem]:
    found = facts.shells
    rows = np.flatnonzero(found.is_open)
    floors = floorless(found.open_object, found.open_a, found.open_b, len(facts.city.buildings))
    out = _of_rows("no_floor", facts, floors)
    return out + _of_rows("open_solid", facts, np.setdiff1d(rows, floors))


def _turned_faces(facts: Facts) -> list[Problem]:
    return _of_rows("turned_faces", facts, np.flatnonzero(facts.shells.is_turned))


def _inside_out(facts: Facts) -> list[Problem]:
    return _of_rows("inside_out", facts, np.flatnonzero(facts.shells.is_inside_out))


def _disconnected(facts: Facts) -> list[Problem]:
    """A road network of which a tenth cannot be reached is a warning; lines of a metro and systems of drains stand apart by nature."""
    out = []
    for name, network in facts.city.networks.items():
        found = links.islands_of(network)
        if found.parts < 2:
            continue
        start = network.edges["start"].to_numpy(np.int64)
        rows = np.flatnonzero(found.small[start])
        # One edge of each part, the longest parts first.
        length = network.edges["length_m"].to_numpy(float)[rows] if "length_m" in network.edges else np.ones(len(rows))
        label = found.label[start[rows]]
        total = np.bincount(label, np.nan_to_num(length))
        first = np.sort(np.unique(label, return_index=True)[1])
        shown = rows[first[np.argsort(-total[label[first]], kind="stable")]][:EXAMPLES]
        severity: Severity = "warning" if name.startswith("roads") and found.share > 0.1 else "info"
        message = words.says("disconnected", network=name, n=f"{found.parts - 1:,}", share=f"{100 * found.share:.1f}")
        examples = tuple(str(i) for i in network.edges["id"].iloc[shown]) if "id" in network.edges else ()
        places = _middles(network.geometry[shown])
        out.append(Problem("disconnected", severity, found.parts - 1, message, network.source, examples, places=places))
    return out


def _gaps(facts: Facts) -> list[Problem]:
    """Of roads only: tracks lie beside each other, and a pipe passes many a hydrant of another."""
    network = facts.city.networks.get("roads")
    if network is None:
        return []
    node, edge = links.gaps_of(network)
    if not len(node):
        return []
    xy = network.nodes[["x", "y"]].to_numpy(float)[node[:EXAMPLES]]
    check = CHECKS["network_gap"]
    message = words.says("network_gap", network="roads", n=f"{len(node):,}", reach=f"{links.GAP_M:g}")
    examples = tuple(network.edges["id"].astype(str).to_numpy(object)[edge[:EXAMPLES]].tolist())
    places = tuple((float(x), float(y)) for x, y in xy)
    return [Problem("network_gap", check.severity, len(node), message, network.source, examples, "", check.repair, places)]


def _crossings(facts: Facts) -> list[Problem]:
    network = facts.city.networks.get("roads")
    if network is None:
        return []
    pairs, where = links.crossings_of(network)
    if not len(pairs):
        return []
    once = links.places_of(network, pairs, where)
    pairs, where = pairs[once], where[once]
    ids = network.edges["id"].astype(str).to_numpy(object)
    places = tuple((float(p.x), float(p.y)) for p in where[:EXAMPLES])
    check = CHECKS["crossing"]
    message = words.says("crossing", "says" if len(pairs) > 1 else "one", n=f"{len(pairs):,}")
    examples = tuple(f"{a}" for a in ids[pairs[:EXAMPLES, 0]])
    return [Problem("crossing", check.severity, len(pairs), message, network.source, examples, "", check.repair, places)]


def _middles(lines: NDArray[np.object_]) -> tuple[tuple[float, float], ...]:
    points = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    return tuple((float(p.x), float(p.y)) for p in points if p is not None and not p.is_empty)


def _empty_layers(facts: Facts) -> list[Problem]:
    names = [name for name, layer in facts.city.layers.items() if not len(layer)]
    names += [name for name, network in facts.city.networks.items() if not len(network.edges) and not len(network.nodes)]
    if not names:
        return []
    check = CHECKS["no_features"]
    message = words.says("no_features", names=", ".join(names))
    return [Problem("no_features", check.severity, len(names), message, "", tuple(names[:EXAMPLES]), "", check.repair)]


def _off_terrain(facts: Facts) -> list[Problem]:
    if facts.city.terrain is None or not len(facts.city.buildings):
        return []
    rows = np.setdiff1d(np.flatnonzero(np.isnan(facts.ground[0])), buildings.outliers(facts))
    severity: Severity = "warning" if len(rows) > 0.5 * len(facts.city.buildings) else "info"
    return [replace(p, severity=severity) for p in _of_rows("off_terrain", facts, rows)]


def _terrain_heights(facts: Facts) -> list[Problem]:
    terrain = facts.city.terrain
    if terrain is None or facts.city.frame.crs is None:
        return []
    z = terrain.elevation
    with np.errstate(invalid="ignore"):
        wrong = (z < LOWEST_LAND_M) | (z > HIGHEST_LAND_M)
    n = int(wrong.sum())
    if not n:
        return []
    rows, columns = (at[:EXAMPLES] for at in np.nonzero(wrong))
    places = tuple(zip(terrain.grid.x[columns].tolist(), terrain.grid.y[rows].tolist(), strict=True))
    low, high = f"{np.nanmin(z):,.0f}", f"{np.nanmax(z):,.0f}"
    message = words.says("terrain_height", n=f"{n:,}", all=f"{int(np.isfinite(z).sum()):,}", low=low, high=high)
    return [Problem("terrain_height", CHECKS["terrain_height"].severity, n, message, terrain.source, places=places)]


def _several_places(facts: Facts) -> list[Problem]:
    found = places_of_sources(facts.city)
    if len(found) < 2:
        return []
    middles = np.array([p.middle for p in found])
    km = float(np.hypot(*(middles[:, None] - middles[None]).T).max()) / 1000
    names = "; ".join(", ".join(p.sources[:3]) + (" ..." if len(p.sources) > 3 else "") for p in found[:5])
    message = words.says("several_places", n=str(len(found)), km=f"{km:,.0f}", names=names)
    places = tuple((float(x), float(y)) for x, y in middles[:EXAMPLES])
    return [Problem("several_places", "warning", len(found), message, "", places=places)]


def _vertical(facts: Facts) -> list[Problem]:
    city = facts.city
    has_heights = city.terrain is not None or bool(facts.has_own_solid.any())
    if city.frame.vertical is not None or city.frame.crs is None or not has_heights or city.synthetic:
        return []
    return [Problem("vertical_unknown", "info", 1, words.says("vertical_unknown"), "")]


_ALL = (
    Check("impossible_height", "error", _impossible_height, True, "usual_heights"),
    Check("height_unit", "error", _height_unit),
    Check("very_low", "info", _very_low),
    Check("heights_in_feet", "warning", _heights_in_feet, True, "feet_to_metres"),
    Check("height_datum", "warning", _height_datum, True, "put_on_ground"),
    Check("vertical_unknown", "info", _vertical),
    Check("off_terrain", "info", _off_terrain),
    Check("terrain_height", "warning", _terrain_heights),
    Check("several_places", "warning", _several_places),
    Check("floating", "warning", _floating, True, "put_on_ground"),
    Check("buried", "warning", _buried, True, "put_on_ground"),
    Check("double_id", "warning", _double, True, "drop_doubles"),
    Check("cut_at_border", "warning", _cut_at_border, True, "merge_by_id"),
    Check("sliver", "info", _sliver, True, "drop_slivers"),
    Check("outlier", "error", _outlier, True, "drop_outliers"),
    Check("invalid_footprint", "warning", _invalid_footprint),
    Check("disconnected", "info", _disconnected),
    Check("network_gap", "warning", _gaps, True, "join_ends"),
    Check("crossing", "warning", _crossings, True, "node_crossings"),
    Check("no_features", "info", _empty_layers, True, "drop_empty_layers"),
    Check("open_solid", "info", _open_solid, False),
    Check("turned_faces", "warning", _turned_faces, False, "turn_faces"),
    Check("inside_out", "warning", _inside_out, False, "turn_faces"),
)
# Told by a check above under a code of their own.
_ALSO = (
    Check("double_source", "warning", _double, True, "drop_doubles"),
    Check("double_building", "warning", _double, True, "drop_doubles"),
    Check("no_floor", "info", _open_solid, False, "close_floors"),
)
CHECKS: dict[str, Check] = {c.code: c for c in (*_ALL, *_ALSO)}
"""By code of the problem."""


def examine(city: City, thorough: bool = True) -> Iterator[tuple[str, list[Problem]]]:
    """Makes one check after the other; yields its code and what it found."""
    facts = Facts(city)
    for check in _ALL:
        if thorough or check.is_quick:
            try:
                yield check.code, check.function(facts)
            except shapely.errors.GEOSException as error:  # geometry so broken that not even this can be said of it
                what = f"'{check.title}' could not be checked: {str(error)[:120]}"
                yield check.code, [Problem("check_failed", "warning", 1, what)]


def examined(city: City, thorough: bool = True, progress: Callable[[str, float], object] | None = None) -> City:
    """The city with what the checks say of it as it is now; what readers said stays.

    progress: called with the code of the check done and the share done; may raise to stop. Findings of checks not made (not thorough)
    are kept only where they were just made, since the city may have changed.
    """
    made = [c for c in _ALL if thorough or c.is_quick]
    problems = [_completed(p, city) for p in city.problems if p.code not in (*CHECKS, "check_failed")]
    for i, (code, found) in enumerate(examine(city, thorough)):
        problems += found
        if progress is not None:
            progress(code, (i + 1) / len(made))
    return city.derived(problems=tuple(problems))


def opened(city: City) -> City:
    """The city as it is first shown: quick checks, unless it is very large."""
    return examined(city, thorough=False) if len(city.buildings) <= QUICK_UP_TO else city


def _completed(problem: Problem, city: City) -> Problem:
    """A reader's problem with examples of what it did not name itself."""
    if problem.code == "no_height" and not problem.examples:
        word = "neighbours" if "neighbours" in problem.message else "default"
        table = city.buildings.table
        mine = (table["height_source"] == word) & (table["source"] == problem.source)
        return replace(problem, examples=tuple(str(i) for i in table["id"][mine].iloc[:EXAMPLES]))
    return problem

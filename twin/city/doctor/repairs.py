"""Repairs of a city: pure functions with a name, written down in City.repairs and applied again by a recipe.

Each finds for itself what it mends, by the same measures as the check that proposes it, so that a recipe mends a city whose
source has grown since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from twin.city.city import City
from twin.city.doctor import mend_buildings, mend_links, words
from twin.errors import InputError


@dataclass(frozen=True)
class Repair:
    """function: City -> City, the same city where there is nothing to mend. is_safe: changes nothing that could be right."""

    name: str
    function: Callable[[City], City]
    is_safe: bool = True

    @property
    def title(self) -> str:
        return words.repair_title(self.name)


def _crossings_noded(city: City) -> City:
    return _roads(city, mend_links.with_crossings_noded)


def _ends_joined(city: City) -> City:
    return _roads(city, mend_links.with_ends_joined)


def _roads(city: City, change: Callable[..., object]) -> City:
    roads = city.networks.get("roads")
    changed = roads if roads is None else change(roads)
    return city if changed is roads else city.derived(networks={**city.networks, "roads": changed})


def _without_empty(city: City) -> City:
    layers = {name: layer for name, layer in city.layers.items() if len(layer)}
    networks = {name: n for name, n in city.networks.items() if len(n.edges) or len(n.nodes)}
    same = len(layers) == len(city.layers) and len(networks) == len(city.networks)
    return city if same else city.derived(layers=layers, networks=networks)


def _made_up(part: str) -> Callable[[City], City]:
    def made(city: City) -> City:
        from twin.city.plausible import plausible

        return plausible(city, [part])

    return made


REPAIRS: dict[str, Repair] = {
    r.name: r
    for r in (
        Repair("drop_outliers", mend_buildings.without_outliers, False),
        Repair("merge_by_id", mend_buildings.merged_by_id),
        Repair("drop_doubles", mend_buildings.without_doubles),
        Repair("drop_slivers", mend_buildings.without_slivers),
        Repair("feet_to_metres", mend_buildings.feet_to_metres, False),
        Repair("usual_heights", mend_buildings.usual_heights),
        Repair("put_on_ground", mend_buildings.on_the_ground, False),
        Repair("turn_faces", mend_buildings.turned_outwards),
        Repair("close_floors", mend_buildings.closed_at_the_bottom),
        Repair("join_ends", _ends_joined),
        Repair("node_crossings", _crossings_noded, False),
        Repair("drop_empty_layers", _without_empty),
    )
}
"""In the order in which they are best made."""
MADE: dict[str, Repair] = {f"make_{p}": Repair(f"make_{p}", _made_up(p), False) for p in ("water", "power", "masts")}
"""What is made up on request, never proposed; written down and made again like a repair."""


def check_names(names: Iterable[str], where: str = "") -> None:
    """Raises InputError for a repair there is not."""
    for name in names:
        if name not in REPAIRS | MADE:
            raise InputError(f"'{name}' is no repair", where=where, do=f"Known are {', '.join(REPAIRS)}.")


def repaired(city: City, names: Iterable[str]) -> City:
    """The city with repairs made, in the order given; its `repairs` tell those that changed it. Raises InputError."""
    names = list(names)
    check_names(names)
    for name in names:
        mended = (REPAIRS | MADE)[name].function(city)
        if mended is not city:
            before = city.repairs[:-1] if city.repairs[-1:] == (name,) else city.repairs
            city = mended.derived(repairs=(*before, name))
    return city


def asked(city: City, safe_only: bool = False) -> list[str]:
    """Names of the repairs of the city itself that its problems propose, in the order in which they are best made."""
    wanted = {p.repair for p in city.problems}
    return [name for name, r in REPAIRS.items() if name in wanted and (r.is_safe or not safe_only)]

"""Which single object hurts most when it fails, and which two together: all screened quickly, the worst run whole.

The screening uses the models of power, dependencies and people as they are, hour by hour, and in the place of hydraulics asks only
whether water still reaches a node from a source whose pumps have power: optimistic about pressure, right about who is cut off.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.assets import FAILED, Assets
from twin.city.city import City
from twin.city.network import Network
from twin.errors import ScenarioError
from twin.models.base import Inputs
from twin.models.service.cascade import DOWN, Cascade
from twin.models.service.power import Power
from twin.models.service.supply import WORDS, Supply
from twin.scenario.events import Indicator
from twin.scenario.plan import view
from twin.scenario.scenario import Hazard, Head, Outputs, Scenario

Report = Callable[[str, float], None]
Bools = NDArray[np.bool_]
HOURS = 24
MOST = 500
RUN_WHOLE = 50
MOST_PAIRED = 30
"""Of the worst so many, every two are tried together."""
SOURCES = ("reservoir", "tank")
WORTH = {"node:power": ("substation", "grid", "generator"), "edge:power": (), "node:water": SOURCES, "edge:water": ("pump",)}
"""Kinds that are always tried; lines and pipes by how much they carry, until there are enough."""


@dataclass(frozen=True)
class Hurt:
    """What follows when some objects are out for the whole time. person_hours: of people without a service, summed over services."""

    objects: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    person_hours: float
    by_service: dict[str, float]
    facility_hours_down: float
    hospitals_down: int
    whole: dict[str, Indicator] = field(default_factory=dict)
    """Indicators of the whole run, of those that were run."""

    @property
    def rank(self) -> tuple[float, float]:
        return -self.person_hours, -self.facility_hours_down


class Screen:
    """Ready to be asked about any set of objects of a city. Raises ScenarioError where nothing could fail."""

    def __init__(self, city: City, hours: int = HOURS) -> None:
        self.city, self.hours, self.assets = city, hours, Assets.of(city)
        self._power, self._cascade, self._supply = Power(), Cascade(), Supply()
        if not set(city.networks) & {"power", "water"}:
            raise ScenarioError("The city has neither a power nor a water network", do="Open it with one, or make a plausible one.")
        power = city.networks.get("power")
        self._has_power, self._water = power is not None and len(power.nodes) > 0, _Reach.of(city.networks.get("water"))
        lit = self._inputs(np.zeros(len(self.assets), bool))
        hour = {"start_hour": 8.0}
        self._power_state = self._power.initialize(view(city, Power.reads), Inputs(), Power.defaults() | {"flow": "dc"}, 0)
        self._cascade_state = self._cascade.initialize(view(city, Cascade.reads), lit, Cascade.defaults(), 0)
        self._supply_state = self._supply.initialize(view(city, Supply.reads), lit, Supply.defaults() | hour, 0)
        self._usual = self._follow(np.zeros(len(self.assets), bool))

    def _inputs(self, out: Bools) -> Inputs:
        a, found = self.assets, Inputs()
        for support, name in FAILED.items():
            found[name] = out[a.part(support)].astype(np.int8)
        if self._has_power:
            found["power_supply"] = np.ones(len(a.ids[a.part("node:power")]), np.float32)
        if self._water is not None:
            found["water_supply"] = np.ones(len(a.ids[a.part("node:water")]), np.float32)
        found["mast_state"] = np.zeros(len(a.ids[a.part("masts")]), np.int8)
        return found

    def _follow(self, out: Bools, back_h: NDArray[np.float64] | None = None) -> tuple[dict[str, float], float, int]:
        """Hour by hour from the failure on: person-hours by service, hours of facilities down, hospitals down at the worst.

        back_h: hour at which each asset is mended; never where it is left out.
        """
        power, cascade, supply = (_fresh(s) for s in (self._power_state, self._cascade_state, self._supply_state))
        inputs, worst = self._inputs(out), 0
        kinds = self.assets.kinds[self.assets.part("facilities")]
        a = self.assets
        for hour in range(self.hours + 1):
            at_s = max(hour * 3600.0, 1.0)
            if back_h is not None:
                now = out & (back_h > hour + 1e-9)
                for support, name in FAILED.items():
                    inputs[name] = now[a.part(support)].astype(np.int8)
            if self._has_power:
                self._power.update(power, inputs, at_s)
                inputs["power_supply"] = self._power.outputs(power)["power_supply"]
            self._cascade.update(cascade, inputs, at_s)
            given = self._cascade.outputs(cascade)
            inputs["mast_state"] = given["mast_state"]
            if self._water is not None:
                share = self._water.share(inputs, given)
                if not np.array_equal(share, inputs["water_supply"]):
                    inputs["water_supply"] = share
                    self._cascade.update(cascade, inputs, at_s)
            self._supply.update(supply, inputs, at_s)
            worst = max(worst, int(((given["facility_state"] == DOWN) & (kinds == "hospital")).sum()))
        return dict(supply.person_hours), cascade.hours_down, worst

    def person_hours(self, rows: Sequence[int], back_h: Sequence[float]) -> float:
        """Person-hours without a service, summed over services, when these assets fail and each is mended at an hour."""
        out, back = np.zeros(len(self.assets), bool), np.full(len(self.assets), np.inf)
        out[list(rows)], back[list(rows)] = True, back_h
        services = self._follow(out, back)[0]
        return float(sum(max(0.0, v - self._usual[0][k]) for k, v in services.items()))

    def hurt(self, rows: Sequence[int]) -> Hurt:
        """What follows when these assets (rows of Assets) fail together, over what is lacking on a usual day."""
        out = np.zeros(len(self.assets), bool)
        out[list(rows)] = True
        services, down, hospitals = self._follow(out)
        more = {WORDS[k]: max(0.0, v - self._usual[0][k]) for k, v in services.items()}
        a = self.assets
        return Hurt(
            tuple(str(a.ids[r]) for r in rows), tuple(a.called(int(r)) for r in rows), tuple(str(a.kinds[r]) for r in rows),
            float(sum(more.values())), more, max(0.0, down - self._usual[1]), hospitals,
        )  # fmt: skip


def _fresh(state: Any) -> Any:
    """A state of its own to go on with: what models change in place is copied, the city's own arrays are shared."""
    new = copy.copy(state)
    for name, value in vars(state).items():
        if isinstance(value, np.ndarray) and value.dtype != object:
            setattr(new, name, value.copy())
        elif isinstance(value, list | dict):
            setattr(new, name, copy.copy(value))
    if getattr(new, "net", None) is not None:
        new.net = _fresh(new.net)
    return new


@dataclass
class _Reach:
    """Which nodes of a water network still hang on a source."""

    network: Network
    source: Bools
    closed: Bools
    known: tuple[bytes, NDArray[np.float32]] = (b"", np.empty(0, np.float32))
    """The last answer and what it was asked for: from hour to hour little changes."""

    @staticmethod
    def of(network: Network | None) -> _Reach | None:
        if network is None or not len(network.nodes):
            return None
        kind = network.nodes["kind"].astype(str).to_numpy() if "kind" in network.nodes else np.full(len(network.nodes), "")
        status = network.edges["status"].astype(str).to_numpy() if "status" in network.edges else np.full(len(network.edges), "open")
        return _Reach(network, np.isin(kind, SOURCES), status == "closed")

    def share(self, inputs: Inputs, given: dict[str, Any]) -> NDArray[np.float32]:
        gone = np.asarray(inputs["water_node_failed"]) > 0
        works = self.source & ~gone & (np.asarray(given["water_node_power"]) > 0)
        is_open = (np.asarray(inputs["water_edge_failed"]) == 0) & (np.asarray(given["water_edge_power"]) > 0) & ~self.closed
        is_open &= ~gone[self.network.edges["start"].to_numpy(int)] & ~gone[self.network.edges["end"].to_numpy(int)]
        key = works.tobytes() + is_open.tobytes() + gone.tobytes()
        if key != self.known[0]:
            label = self.network.islands(is_open)
            fed = np.zeros(label.max(initial=0) + 1, bool)
            fed[label[works]] = True
            self.known = key, (fed[label] & ~gone).astype(np.float32)
        return self.known[1]


def candidates(city: City, assets: Assets, most: int = MOST) -> list[int]:
    """Rows worth trying: sources, stations, pumps, masts and facilities; then lines and pipes, those that carry most first."""
    rows: list[int] = []
    own = assets.twin == np.arange(len(assets))
    for support in ("node:power", "node:water", "edge:water", "facilities", "pumps", "stations", "masts"):
        part = assets.part(support)
        there = np.arange(part.start, part.stop)
        kinds = WORTH.get(support)
        there = there[np.isin(assets.kinds[part].astype(str), kinds)] if kinds else there
        rows += there[own[there]].tolist()
    rows = rows[:most]
    lines: list[tuple[float, int]] = []
    for support, columns in (("edge:power", ("rating_kva", "sn_mva", "max_i_ka")), ("edge:water", ("diameter_mm", "diameter_m"))):
        network = city.networks.get(support[5:])
        column = next((c for c in columns if network is not None and c in network.edges), "")
        if network is None or not len(network.edges):
            continue
        size = np.nan_to_num(network.edges[column].to_numpy(float)) if column else np.zeros(len(network.edges))
        share = size / (size.max() or 1.0)
        lines += [(float(s), assets.part(support).start + i) for i, s in enumerate(share)]
    taken = set(rows)
    lines = sorted((x for x in lines if x[1] not in taken), key=lambda x: (-x[0], x[1]))
    return rows + [row for _, row in lines[: max(0, most - len(rows))]]


def ranking(
    city: City, rows: Iterable[int] | None = None, hours: int = HOURS, pairs: bool = False, report: Report = lambda *_: None
) -> list[Hurt]:
    """Objects by what follows when each fails alone, the worst first; with pairs, also every two of the worst. report hears stage and
    share, and may raise to end it."""
    report("Looking at the city", 0.0)
    screen = Screen(city, hours)
    tried = list(candidates(city, screen.assets) if rows is None else rows)
    singles, found = list[Hurt](), list[Hurt]()
    for i, row in enumerate(tried):
        report(f"{i:,} of {len(tried):,} objects", i / max(1, len(tried)))
        singles.append(screen.hurt([row]))
    found = sorted(singles, key=lambda h: h.rank)
    if not pairs:
        return found
    worst = [screen.assets.row_of(h.objects[0]) for h in found[:MOST_PAIRED] if h.person_hours > 0]
    both = list(combinations(worst, 2))
    for i, two in enumerate(both):
        report(f"{i:,} of {len(both):,} pairs", i / max(1, len(both)))
        found.append(screen.hurt(two))
    return sorted(found, key=lambda h: h.rank)


def scenario_of(hurt: Hurt, hours: int = HOURS, coupling_s: float = 900.0) -> Scenario:
    """The whole run of a failure: its objects damaged from the start on, nobody repairs them."""
    return Scenario(
        schema=1,
        scenario=Head(name="critical " + " and ".join(hurt.names), duration=hours * 3600.0, coupling=coupling_s),
        hazard=[
            Hazard(id="failure", model="failure", params={"objects": ",".join(hurt.objects), "begin": 0.0, "damaged": True}),
            Hazard(id="repairs", model="repairs", params={f"crews_{t}": 0 for t in ("power", "water", "roads", "sites")}),
        ],
        outputs=Outputs(interval=hours * 3600.0, quantities=["facility_state"]),
    )


def run_whole(
    city: City, found: Sequence[Hurt], most: int = RUN_WHOLE, hours: int = HOURS, workers: int = 0, report: Report = lambda *_: None
) -> list[Hurt]:
    """The worst run whole, with hydraulics and traffic; ranked anew by what these say, the others after them."""
    from twin.scenario.ensemble import run_members

    chosen = list(found[:most])
    for i, member in run_members(city, [scenario_of(h, hours) for h in chosen], workers, report, lambda: report("", -1.0)):
        figures = member.indicators
        services = {w: figures[f"person_hours_without_{w}"].value for w in WORDS.values() if f"person_hours_without_{w}" in figures}
        down = figures["facility_hours_down"].value if "facility_hours_down" in figures else 0.0
        chosen[i] = replace(
            chosen[i], person_hours=float(sum(services.values())), by_service=services, facility_hours_down=down, whole=figures
        )
    return sorted(chosen, key=lambda h: h.rank) + list(found[most:])



"""A water network in time: what is shut and what leaks, EPANET asked when that changes, who has water and why not."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from twin.city.network import Network
from twin.errors import ModelError, ScenarioError
from twin.models.base import Happening
from twin.models.exposure import Note
from twin.models.service.child import Child, Refused
from twin.models.service.columns import numbers, texts
from twin.models.service.feeding import islands, reasons
from twin.models.service.water_inp import DIAMETER_M, Follow, Written, write_inp
from twin.models.service.water_quality import Scales
from twin.models.service.water_taint import Taint
from twin.models.service.water_worker import Answer, Ask, Opened

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DRY, LOW, WELL = 0, 1, 2
NO_WATER, LITTLE = 0.1, 0.9
"""Share of the demand below which a place has no water, and too little pressure."""
GRAVITY = 9.80665
_SPIN_S, _FEW, _REBUILDS = 3600, 3, 3
_ORDERS = ("node_failed", "edge_failed", "node_dead", "edge_dead")


@dataclass
class Orders:
    """What is out of order at a moment, by row."""

    node_failed: Bools
    edge_failed: Bools
    node_dead: Bools
    """Works without power."""
    edge_dead: Bools
    """Pumps without power."""


Doses = tuple[tuple[int, float, float], ...]
"""What is put into the water: row of the node, g/min, mg/l that it is held at (0: the former counts)."""


@dataclass
class WaterNet:
    """Arrays by row of the network. broken: pipes that can leak; broke_s: when a failed pipe broke; state: DRY, LOW or WELL as told."""

    params: Mapping[str, Any]
    network: Network
    written: Written
    orders: Orders
    broke_s: Floats
    state: NDArray[np.int8]
    empty: Bools
    parent: NDArray[np.int64]
    by: NDArray[np.int64]
    pressure: Floats
    supply: Floats
    flow: Floats
    broken: frozenset[int] = frozenset()
    child: Child | None = None
    log: list[Ask] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)
    culprits: list[str] = field(default_factory=list)
    asked: Floats = field(default_factory=lambda: np.empty(0))
    at_s: float = 0.0
    solved_s: float = -math.inf
    unserved_m3: float = 0.0
    leaked_m3: float = 0.0
    leak_m3s: float = 0.0
    steps: int = 0
    wrong: int = 0
    failed: str = ""
    rebuilds: int = 0
    is_dead: bool = False
    """Whether no demand is reached by any source, as solved last."""
    taint: Taint | None = None
    """Where what is put into the water is followed."""
    checkpoint: Callable[[], Any] = lambda: None

    @classmethod
    def begun(
        cls, network: Network, params: Mapping[str, Any], checkpoint: Callable[[], Any], follow: Follow | None = None
    ) -> WaterNet:  # fmt: skip
        """Raises ScenarioError where the network cannot be computed."""
        n, m = len(network.nodes), len(network.edges)
        start_s = params["start_hour"] * 3600.0
        written = write_inp(network, params, frozenset(), start_s, follow)
        no, none = np.zeros(n, bool), np.zeros(m, bool)
        new = cls(
            params, network, written, Orders(no.copy(), none.copy(), no.copy(), none.copy()), np.full(m, np.nan), np.full(n, WELL, np.int8),
            no.copy(), np.full(n, -1), np.full(n, -1), np.full(n, np.nan), np.zeros(n), np.full(m, np.nan), checkpoint=checkpoint,
            taint=None if follow is None else Taint.begun(follow, n),
        )  # fmt: skip
        new._open()
        return new

    def __post_init__(self) -> None:
        nodes, edges = self.network.nodes, self.network.edges
        n, m = len(nodes), len(edges)
        self.kind, edge_kind = texts(nodes, "kind"), texts(edges, "kind")
        self.pump, self.pipe = edge_kind == "pump", ~np.isin(edge_kind, ("pump", "valve"))
        self.ids, self.edge_ids = nodes["id"].astype(str).tolist(), edges["id"].astype(str).tolist()
        self.start, self.end = (np.clip(edges[c].to_numpy(np.int64), 0, max(n - 1, 0)) for c in ("start", "end"))
        self.z = np.nan_to_num(numbers(nodes, "z"), nan=0.0)
        self.low = numbers(nodes, "level_min_m", 0.0)
        # before the run the network ran up, so that tanks and pumps are as at that hour: file's time at the start
        timed = self.written.is_timed
        self.offset_s = (self.params["start_hour"] * 3600.0 - self.written.clock_s) % 86400.0 if timed else 0.0
        self.off = np.zeros(m, bool)
        self.reached, self.drained = np.ones(n, bool), np.zeros(n, bool)
        self.written_edges = np.array([bool(name) for name in self.written.link_names], bool)
        self.demands = np.zeros(n, bool)
        self.demands[self.written.demand.node] = True
        self.demands &= np.array([bool(name) for name in self.written.node_names], bool) & ~np.isin(self.kind, ("tank", "reservoir"))
        self.label = np.arange(n)

    def _open(self) -> None:
        """A simulation from its beginning up to now."""
        self.close()
        child = Child("twin.models.service.water_worker", "water supply")
        try:
            leaks = [f"V{e}" for e in self.written.leaks]
            w = self.written
            scales = None if self.taint is None else Scales(w.flow, w.length, w.diameter, int(self.taint.follow.step_s))
            child.asked(Opened(w.text, w.node_names, [*w.link_names, *leaks], scales), self.checkpoint)
            child.asked(Ask(int(self.offset_s), _SPIN_S, reads=False), self.checkpoint)
            for ask in self.log:
                child.asked(replace(ask, reads=False), self.checkpoint)
        except (Refused, ModelError) as error:
            child.close()
            raise ScenarioError(_named(str(error), self)) from None
        except BaseException:
            child.close()
            raise
        self.child = child

    def close(self) -> None:
        if self.child is not None:
            self.child.close()
            self.child = None

    def advance(self, until_s: float, orders: Orders, doses: Doses = ()) -> None:
        """Up to a moment, where orders begin to hold; what breaks is isolated in between when its time has come. doses: what is put into
        the water on the way, on average."""
        dosed = self.taint is not None and bool(doses or self.taint.doses)
        if self.taint is not None:
            if doses != self.taint.doses and self.solved_s < self.at_s:
                self._to(self.at_s, self.orders, force=True)  # what went before is over
            self.taint.put(doses, until_s - self.at_s)
        while True:
            due = self._isolations(self.at_s, until_s)
            if due is None:
                break
            self._to(due, self.orders, force=True)
        changed = any((getattr(orders, k) != getattr(self.orders, k)).any() for k in _ORDERS)
        if changed:
            self._broke(orders, until_s)
        self._to(until_s, orders, force=changed or dosed or self.solved_s == -math.inf)

    def _isolations(self, from_s: float, until_s: float) -> float | None:
        """The next moment at which a broken pipe is shut, before until_s."""
        due = self.broke_s + self.params["isolation_s"]
        later = due[np.isfinite(due) & (due > from_s) & (due < until_s)]
        return float(np.ceil(later.min())) if len(later) and np.ceil(later.min()) < until_s else None

    def _broke(self, orders: Orders, at_s: float) -> None:
        now = np.isnan(self.broke_s) & orders.edge_failed
        self.broke_s[now] = at_s
        self.broke_s[~orders.edge_failed] = np.nan
        was = self.orders
        edges = (orders.edge_failed & ~was.edge_failed) | (orders.edge_dead & ~was.edge_dead)
        nodes = (orders.node_failed & ~was.node_failed) | (orders.node_dead & ~was.node_dead)
        fresh = [self.edge_ids[e] for e in np.flatnonzero(edges)] + [self.ids[i] for i in np.flatnonzero(nodes)]
        still = {self.edge_ids[e] for e in np.flatnonzero(orders.edge_failed | orders.edge_dead)}
        still |= {self.ids[i] for i in np.flatnonzero(orders.node_failed | orders.node_dead)}
        self.culprits = (fresh + [c for c in self.culprits if c in still and c not in fresh])[:_FEW]
        rows = {int(e) for e in np.flatnonzero(now & self.pipe) if int(e) in self.written.closers}
        if self.params["leak_share"] <= 0 or rows <= self.broken or self.failed:
            return
        self.rebuilds += 1
        if self.rebuilds > _REBUILDS:  # more will follow: ready for all of them
            rows = {e for e in np.flatnonzero(self.pipe).tolist() if e in self.written.closers}
        self.broken = self.broken | rows
        try:
            self.written = write_inp(self.network, self.params, self.broken, self.params["start_hour"] * 3600.0, self._follow)
            self._open()
        except ScenarioError as error:
            self.failed = str(error)

    def _ask(self, orders: Orders, at_s: float) -> Ask:
        off = orders.edge_dead.copy()
        leaking = np.zeros(len(off), bool)
        isolated = at_s + 1e-6 >= self.broke_s + self.params["isolation_s"]
        for e in np.flatnonzero(orders.edge_failed).tolist():
            leaking[e] = e in self.written.leaks and not isolated[e]
        off |= orders.edge_failed & ~leaking
        shut = orders.node_failed | (orders.node_dead & (self.kind == "reservoir"))
        off |= shut[self.start] | shut[self.end]
        # the pump behind works that have no power
        off |= (orders.node_dead[self.start] | orders.node_dead[self.end]) & self.pump
        names = [name for e in np.flatnonzero(off).tolist() for name in self.written.closers.get(e, [])]
        self.off = off
        leaks = tuple((self.written.leaks[e], self._leak(e)) for e in np.flatnonzero(leaking & ~off).tolist())
        self.reached = self._reached(orders)
        dry = tuple(self.written.node_names[i] for i in np.flatnonzero(self.demands & ~self.reached).tolist())
        anchored: dict[int, str] = {}
        for j, link in self.written.anchors.items():
            if not self.reached[j]:
                anchored.setdefault(int(self.label[j]), link)
        step_s, doses = self.params["step_s"], list[tuple[str, float, float]]()
        if self.taint is not None and self.taint.is_there:
            step_s = min(step_s, self.taint.follow.step_s)
            named = [(self.written.node_names[row], rate * 1e3, held) for row, rate, held in self.taint.doses]
            doses = [dose for dose in named if dose[0]]
        at = int(round(self.offset_s + at_s))
        return Ask(at, int(step_s), tuple(names), leaks, dry, tuple(anchored.values()), doses=tuple(doses))

    @property
    def _follow(self) -> Follow | None:
        return None if self.taint is None else self.taint.follow

    def _reached(self, orders: Orders) -> Bools:
        """Nodes that hang on works, or on a tank with water in it, over links that nobody shut."""
        w, n = self.written, len(self.ids)
        source = np.zeros(n, bool)
        source[w.reservoirs] = source[w.tanks] = True
        source &= ~orders.node_failed & ~(orders.node_dead & (self.kind == "reservoir")) & ~self.drained
        self.label = islands(n, self.start, self.end, self.written_edges & ~self.off)
        fed = np.zeros(n, bool)
        fed[self.label[source]] = True
        return fed[self.label] & ~orders.node_failed

    def _leak(self, e: int) -> float:
        """Emitter coefficient of a hole, in the file's units: Q = Cd A sqrt(2 g h)."""
        across = numbers(self.network.edges, "diameter_m")[e]
        if not across > 0:
            across = numbers(self.network.edges, "diameter_mm")[e] / 1e3
        across = across if across > 0 else DIAMETER_M
        area = self.params["leak_share"] * math.pi / 4 * across**2
        per_root_metre = self.params["leak_coefficient"] * area * math.sqrt(2 * GRAVITY)
        return float(per_root_metre * math.sqrt(self.written.pressure) / self.written.flow)

    def _to(self, until_s: float, orders: Orders, force: bool) -> None:
        self.unserved_m3 += self.unserved_m3s() * (until_s - self.at_s)
        self.leaked_m3 += self.leak_m3s * (until_s - self.at_s)
        self.at_s, self.orders = until_s, orders
        if self.failed or self.child is None or not (force or until_s - self.solved_s >= self.params["step_s"] - 1e-6):
            return
        if not force and self.is_dead:  # nothing flows until an order changes: only the hour goes on
            self.asked = self._asked(self.offset_s + until_s)
            return
        ask = self._ask(orders, until_s)
        if self.is_dead:
            ask = replace(ask, step_s=max(ask.step_s, _SPIN_S))
        try:
            answer = self.child.asked(ask, self.checkpoint)
        except (Refused, ModelError) as error:
            self.failed = _named(str(error), self)
            self.close()
            return
        self.log.append(ask)
        self.solved_s = until_s
        tanks = self.written.tanks
        level = answer.head[tanks] * self.written.length - self.z[tanks]
        drained = np.zeros(len(self.ids), bool)
        drained[tanks] = level <= self.low[tanks] + 1e-3
        if not (drained == self.drained).all() and not answer.failed:
            self.drained = drained
            if (self._reached(orders) != self.reached).any():  # solved again with who is reached now
                self._to(until_s, orders, force=True)
                return
        self._take(answer)
        self._tell(until_s)

    def _take(self, answer: Answer) -> None:
        """Pressure, supply and flow from EPANET's numbers."""
        w, m = self.written, len(self.edge_ids)
        self.steps, self.wrong = answer.steps, answer.wrong
        self.failed = _named(answer.failed, self) if answer.failed else ""
        fed = self.reached
        above = np.where(self.kind == "reservoir", 0.0, answer.head * w.length - self.z)
        self.pressure = np.where(fed, above, np.where(np.isfinite(answer.head), 0.0, np.nan))
        self.flow = answer.flow[:m] * w.flow
        self.leak_m3s = float(np.nansum(np.maximum(answer.flow[m:], 0.0))) * w.flow
        self.asked = self._asked(self.log[-1].until_s)
        self.is_dead = not (self.demands & fed).any() and not self.log[-1].leaks
        least, wanted = self.params["minimum_m"], max(self.params["required_m"], self.params["minimum_m"] + 1.0)
        if self.params["demands"] == "pressure-driven":
            got = 1.0 - answer.deficit * w.flow / np.where(self.asked > 0, self.asked, 1.0)
        else:
            got = np.clip((self.pressure - least) / (wanted - least), 0.0, 1.0) ** self.params["exponent"]
        held = np.where(self.kind == "junction", above > max(least, 0.0) + 1e-3, True).astype(float)
        supply = np.where(self.asked > 1e-12, np.clip(np.nan_to_num(got), 0.0, 1.0), held)
        self.supply = np.where(fed, supply, 0.0)
        if self.taint is not None and answer.quality is not None:
            self.taint.take(answer.quality, answer.masses, self.demands)

    def _asked(self, file_s: float) -> Floats:
        return np.maximum(self.written.demand.at(file_s, len(self.ids)), 0.0)

    def _tell(self, at_s: float) -> None:
        state = np.where(self.supply < NO_WATER, DRY, np.where(self.supply < LITTLE, LOW, WELL)).astype(np.int8)
        tank = self.kind == "tank"
        empty = tank & (self.pressure <= self.low + 0.02)
        with np.errstate(invalid="ignore"):
            filled = tank & (self.pressure > self.low + 0.3)
        empty = np.where(self.empty, ~filled & tank, empty)
        node_out = self.orders.node_failed | self.orders.node_dead | empty
        base = np.zeros(len(self.ids), bool)
        base[self.written.demand.node] = True
        first = not self.steps or len(self.log) == 1
        well_fed = (state == WELL) if not first else np.ones(len(state), bool)
        upstream(self.start, self.end, np.nan_to_num(self.flow), well_fed | tank, self.parent, self.by)
        rows = np.flatnonzero((base & ~self.orders.node_failed & (state != self.state)) | (empty != self.empty))
        edge_out = self.orders.edge_failed | self.orders.edge_dead
        node, edge = reasons(rows, self.parent, self.by, node_out, edge_out, ~empty, np.zeros(len(state), bool))
        for i, row in enumerate(rows.tolist()):
            if tank[row]:
                what = "tank-empty" if empty[row] else "restored"
            else:
                what = ("no-water", "low-pressure", "restored")[state[row]]
            cause: tuple[str, ...] = ()
            if what != "restored":
                found = node[i] >= 0 and node[i] != row  # a tank feeds its own feeder once it empties
                cause = (self.edge_ids[edge[i]],) if edge[i] >= 0 else (self.ids[node[i]],) if found else tuple(self.culprits)
            values = {} if tank[row] else {"pressure_m": float(np.nan_to_num(self.pressure[row])), "share": float(self.supply[row])}
            self.told.append(Happening(at_s, self.ids[row], what, cause, values))
        self.state, self.empty = np.where(base, state, WELL).astype(np.int8), empty
        if self.taint is not None:
            self.told += self.taint.tell(at_s, self.supply, self.demands, self.ids)

    def unserved_m3s(self) -> float:
        return float((self.asked * (1.0 - self.supply)).sum()) if len(self.asked) else 0.0

    def notes(self) -> list[Note]:
        found = list(self.written.notes)
        if self.offset_s > 0:
            hours = self.offset_s / 3600
            text = f"The water network ran {hours:.1f} h before the start, so that tanks and pumps are as at that hour."
            found.append(("info", "water-run-up", text))
        if self.wrong:
            text = "The water network does not balance at some steps: pressures then are approximate."
            found.append(("warning", "water-unbalanced", text))
        if self.failed:
            text = f"The water network could not be computed further ({self.failed}): water stays as it was, and the result is incomplete."
            found.append(("error", "water-stopped", text))
        if self.taint is not None and not self.failed:
            found += self.taint.notes(self.written.node_names, self.ids)
        return found

    def saved(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Facts (JSON) and arrays that `restored` takes."""
        facts = {k: getattr(self, k) for k in ("at_s", "solved_s", "unserved_m3", "leaked_m3", "failed", "rebuilds", "culprits", "is_dead")}
        facts["told"] = [(h.at_s, h.object, h.what, list(h.because), dict(h.values)) for h in self.told]
        facts["log"] = [
            [a.until_s, a.step_s, list(a.closed), [list(leak) for leak in a.leaks], list(a.dry), list(a.opened), list(a.doses)]
            for a in self.log
        ]
        facts["broken"] = sorted(self.broken)
        facts["solved_s"] = None if self.solved_s == -math.inf else self.solved_s
        names = ("broke_s", "state", "empty", "parent", "by", "pressure", "supply", "flow", "asked", "drained")
        arrays = {k: np.asarray(getattr(self, k)) for k in names} | asdict(self.orders)
        facts["taint"], tainted = (None, {}) if self.taint is None else self.taint.saved()
        return facts, arrays | tainted | {"counts": np.array([self.steps, self.wrong]), "leak": np.array([self.leak_m3s])}

    def take(self, facts: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
        """As it was when saved: EPANET is asked again what it was asked. Raises ScenarioError."""
        for k in ("at_s", "unserved_m3", "leaked_m3", "failed", "rebuilds", "culprits", "is_dead"):
            setattr(self, k, facts[k])
        self.solved_s = -math.inf if facts["solved_s"] is None else facts["solved_s"]
        self.told = [Happening(at, obj, what, tuple(because), values) for at, obj, what, because, values in facts["told"]]
        self.log = [
            Ask(
                t, step, tuple(closed), tuple((str(k), float(v)) for k, v in leaks), tuple(dry), tuple(opened),
                doses=tuple((str(k), float(a), float(b)) for k, a, b in doses),
            )
            for t, step, closed, leaks, dry, opened, doses in facts["log"]
        ]  # fmt: skip
        self.taint = None if facts["taint"] is None else Taint.restored(facts["taint"], arrays)
        for k in ("broke_s", "state", "empty", "parent", "by", "pressure", "supply", "flow", "asked", "drained"):
            setattr(self, k, arrays[k].copy())
        self.orders = Orders(*(arrays[k].copy() for k in _ORDERS))
        self.steps, self.wrong = (int(v) for v in arrays["counts"])
        self.leak_m3s = float(arrays["leak"][0])
        self.broken = frozenset(facts["broken"])
        if self.failed:
            self.close()
            return
        self.written = write_inp(self.network, self.params, self.broken, self.params["start_hour"] * 3600.0, self._follow)
        self._open()
        self._ask(self.orders, self.at_s)


def _named(text: str, net: WaterNet) -> str:
    """EPANET's words with the ids of the city in place of ours."""

    def name(found: re.Match[str]) -> str:
        known = net.ids if found[1] == "N" else net.edge_ids
        return known[int(found[2])] if int(found[2]) < len(known) else found[0]

    return re.sub(r"\b([NLBKMXV])(\d+)\b", name, text)


@njit(nogil=True, cache=True)
def upstream(start: Any, end: Any, flow: Any, of: Any, parent: Any, by: Any) -> None:
    """The node and the edge from which each node marked in `of` gets most of its water; the others keep the last known."""
    most = np.zeros(len(parent))
    for e in range(len(start)):
        q = flow[e]
        down = end[e] if q > 0 else start[e]
        if of[down] and abs(q) > most[down] and abs(q) > 1e-9:
            most[down] = abs(q)
            by[down] = e
            parent[down] = start[e] if q > 0 else end[e]

"""A power network in time: what is out and until when, ties that close, lines that trip, what befell whom and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.models.base import Happening
from twin.models.exposure import Note
from twin.models.service.feeding import feeds, neighbours, reasons, room, section
from twin.models.service.power_flow import Flow, Rules, limits, loads, solve, too_much
from twin.models.service.power_grid import PLAIN, SOURCE, STATION, Bools, Floats, PowerGrid

DARK, CUT, WELL = 0, 1, 2
_FEW = 3
DAY = (
    0.62, 0.57, 0.55, 0.54, 0.55, 0.60, 0.70, 0.80, 0.87, 0.90, 0.91, 0.92, 0.91, 0.89, 0.88, 0.88, 0.90, 0.94, 0.98, 1.00, 0.97, 0.90,
    0.80, 0.70,
)  # fmt: skip
"""Load by hour over the highest of the day, for which networks are built (own choice, after the shape of a city's working day)."""
_ARRAYS = (
    "failed_node", "failed_edge", "wait_node", "wait_edge", "back_node", "back_edge", "off_node", "off_edge", "tripped", "over_since",
    "tied", "automatic", "opened", "second", "on_node", "on_edge", "parent", "by", "state", "over",
)  # fmt: skip


@dataclass
class PowerInTime:
    """Arrays by row. failed: as the inputs say; wait: failed, or mended and not back yet; back: when it is back (inf: by hand);
    off: switched off; tripped by protection; over_since: when an edge began to carry too much; tied: ties that are closed now;
    parent, by: by whom and over what each node was last fed; state: DARK, CUT or WELL as it was told last."""

    params: Mapping[str, Any]
    grid: PowerGrid
    rules: Rules
    notes: list[Note]
    flow: Flow
    failed_node: Bools
    failed_edge: Bools
    wait_node: Bools
    wait_edge: Bools
    back_node: Floats
    back_edge: Floats
    off_node: Bools
    off_edge: Bools
    tripped: Bools
    over_since: Floats
    tied: Bools
    parent: NDArray[np.int64]
    by: NDArray[np.int64]
    state: NDArray[np.int8]
    over: Bools
    at_s: float = 0.0
    tie_at: float = math.inf
    culprits: list[str] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)
    unserved_mwh: float = 0.0
    used_ties: int = 0
    trips: int = 0
    is_fed: bool = False
    """Whether another model says what is out of order."""
    automatic: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """Closed ties that nobody closed by hand."""
    opened: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """Edges opened around what hangs on ties."""
    second: Bools = field(default_factory=lambda: np.zeros(0, bool))
    """Nodes that hang on ties."""
    hour: int = -1
    """Of the day, whose loads are drawn; -1: they are the same at every hour."""

    @classmethod
    def begun(cls, grid: PowerGrid, params: Mapping[str, Any]) -> PowerInTime:
        """The network when all is well."""
        n, notes = len(grid), list(grid.notes)
        grid, limit, weak = limits(grid, params["tolerance"], params["rating_factor"])
        if len(weak):
            names = ", ".join(grid.edge_ids[i] for i in weak[:_FEW])
            notes.append((
                "info", "power-weak-lines",
                f"{len(weak)} power line{'s carry' if len(weak) > 1 else ' carries'} more than the rating stated when all is well ({names}"
                f"{' ...' if len(weak) > _FEW else ''}): that load is taken as the limit.",
            ))  # fmt: skip
        rules = Rules(params["shedding"], limit, params["islanding"])
        m = len(grid.start)
        no, none = np.zeros(n, bool), np.zeros(m, bool)
        flow = solve(grid, rules, no, none, grid.closed, no)
        lost = np.flatnonzero((grid.demand > 0) & ~flow.live)
        if len(lost) and flow.live.any():
            names = ", ".join(grid.ids[i] for i in lost[:_FEW])
            text = f"{len(lost):,} places of the power network hang on no source even when all is well ({names}): they have no power."
            notes.append(("warning", "power-unfed", text))
        new = cls(
            params, grid, rules, notes, flow, no.copy(), none.copy(), no.copy(), none.copy(), np.full(n, np.inf), np.full(m, np.inf),
            no.copy(), none.copy(), none.copy(), np.full(m, np.nan), none.copy(), np.full(n, -1), np.full(n, -1),
            _states(flow), none.copy(),
        )  # fmt: skip
        if params["usual_day"] and not grid.is_moment:
            new._draw()
            new.flow = new._solved()
            new.state = _states(new.flow)
        new._remember_feeds()
        return new

    def _hours(self) -> float:
        """Local time in hours since the midnight before the start."""
        return float(self.params["start_hour"]) + self.at_s / 3600.0 + 1e-9

    def _draw(self) -> None:
        """Take the loads of the hour."""
        self.hour = int(self._hours()) % 24
        self.grid = replace(self.grid, demand=self._highest * DAY[self.hour])

    def __post_init__(self) -> None:
        self._highest = self.grid.demand
        self._first, self._edge = neighbours(len(self.grid), self.grid.start, self.grid.end)
        self.automatic, self.opened = np.zeros(len(self.grid.start), bool), np.zeros(len(self.grid.start), bool)
        self.second = np.zeros(len(self.grid), bool)
        self.on_node, self.on_edge = self.second.copy(), self.opened.copy()  # put on by hand while still out of order

    @property
    def node_out(self) -> Bools:
        return self.wait_node | self.off_node

    @property
    def edge_out(self) -> Bools:
        return self.wait_edge | self.off_edge | self.tripped

    def failures(self, node: Bools, edge: Bools, at_s: float) -> None:
        """What is out of order from now on, by the inputs."""
        broke = [self.grid.ids[i] for i in np.flatnonzero(node & ~self.wait_node)]
        broke += [self.grid.edge_ids[i] for i in np.flatnonzero(edge & ~self.wait_edge)]
        changed = bool(broke)
        for failed, was, wait, back, on in (
            (node, self.failed_node, self.wait_node, self.back_node, self.on_node),
            (edge, self.failed_edge, self.wait_edge, self.back_edge, self.on_edge),
        ):
            wait |= failed
            back[failed] = np.inf
            mended = was & ~failed
            if not self.params["by_hand"]:
                back[mended] = at_s + self.params["restore_s"]
            back[mended & on] = at_s
            on &= failed
            was[:] = failed
        if changed:
            self.culprits = broke[:_FEW]
            self._settle(at_s)
        self._due(at_s)

    def switch(self, objects: tuple[str, ...], on: bool, at_s: float) -> None:
        """Put nodes and edges out of service or back into it by hand; a tie is opened or closed."""
        rows = np.isin(np.array(self.grid.ids, object), list(objects)) if self.grid.ids else np.zeros(0, bool)
        edges = np.isin(np.array(self.grid.edge_ids, object), list(objects)) if self.grid.edge_ids else np.zeros(0, bool)
        if not (rows.any() or edges.any()):
            return
        told = [self.grid.ids[i] for i in np.flatnonzero(rows & (self.off_node == on))]
        told += [self.grid.edge_ids[i] for i in np.flatnonzero(edges & (self.off_edge == on))]
        self.off_node[rows], self.off_edge[edges] = not on, not on
        self.tied[edges & self.grid.tie] = on
        self.on_node[rows], self.on_edge[edges] = on, on
        if on:
            self.wait_node[rows & ~self.failed_node] = False
            self.wait_edge[edges & ~self.failed_edge] = False
            self.tripped[edges] = False
        else:
            self.culprits = told[:_FEW]
        what = "back" if on else "failed"
        if not self.is_fed:  # else who says what fails tells it
            self.told += [Happening(at_s, i, what) for i in told]
        self._settle(at_s)
        self._due(at_s)

    def advance(self, until_s: float) -> None:
        """Up to a moment: what comes back, ties, trips, in their order."""
        hours = int(max(until_s - self.at_s, 0.0) / 3600.0) + 1
        for _ in range(20 + hours + 4 * (len(self.grid) + len(self.grid.start))):
            at = self._next()
            if at > until_s:
                break
            self._count(max(at, self.at_s))
            self._due(self.at_s)
        self._count(until_s)

    def _count(self, until_s: float) -> None:
        self.unserved_mwh += self.unserved_mw() * max(until_s - self.at_s, 0.0) / 3600.0
        self.at_s = max(self.at_s, until_s)

    def unserved_mw(self) -> float:
        return float((self.grid.demand * (1.0 - self.flow.supply)).sum()) if len(self.grid) else 0.0

    def _next(self) -> float:
        trip = np.nanmin(self.over_since) + self.params["trip_s"] if np.isfinite(self.over_since).any() else math.inf
        hour = (int(self._hours()) + 1 - float(self.params["start_hour"])) * 3600.0 if self.hour >= 0 else math.inf
        return float(min(self.back_node.min(initial=math.inf), self.back_edge.min(initial=math.inf), trip, self.tie_at, hour))

    def _due(self, at_s: float) -> None:
        """Everything whose time has come."""
        now = at_s + 1e-6
        if self.hour >= 0 and int(self._hours()) % 24 != self.hour:
            self._draw()
            self._settle(at_s)
        back_node, back_edge = self.back_node <= now, self.back_edge <= now
        if back_node.any() or back_edge.any():
            self.wait_node[back_node] = self.wait_edge[back_edge] = False
            self.back_node[back_node] = self.back_edge[back_edge] = np.inf
            self.tripped[:] = False  # what had tripped is tried again with it
            out = {self.grid.ids[i] for i in np.flatnonzero(self.node_out)}
            out |= {self.grid.edge_ids[i] for i in np.flatnonzero(self.edge_out)}
            self.culprits = [c for c in self.culprits if c in out]
            self._settle(at_s)
        while (late := self.over_since + self.params["trip_s"] <= now).any():
            rows = np.flatnonzero(late)
            self.tripped |= late
            self.trips += len(rows)
            cause = tuple(self.culprits)
            self.told += [Happening(at_s, self.grid.edge_ids[i], "tripped", cause) for i in rows]
            self.culprits = [self.grid.edge_ids[i] for i in rows[:_FEW]]
            self._settle(at_s)
        if self.tie_at <= now:
            self.tie_at = math.inf
            self._close_ties(at_s)
            self._settle(at_s)

    def _solved(self) -> Flow:
        """The state now, with the ties that are closed."""
        grid = self.grid
        usual = solve(grid, self.rules, self.node_out, self.edge_out, grid.closed, np.zeros(len(grid), bool))
        if not self.tied.any():
            return usual
        closed = (grid.closed & ~self.opened) | self.tied
        return solve(grid, self.rules, self.node_out, self.edge_out, closed, ~usual.live)

    def _usual_again(self, at_s: float) -> None:
        """Where the usual feed of what hangs on a tie is back, the ties open, and those still needed are closed anew at once."""
        if not self.automatic.any():
            return
        grid = self.grid
        usual = solve(grid, self.rules, self.node_out, self.edge_out, grid.closed, np.zeros(len(grid), bool))
        if (usual.live & self.second).any():
            self.tied &= ~self.automatic
            self.automatic[:] = self.opened[:] = self.second[:] = False
            self.tie_at = at_s

    def _settle(self, at_s: float) -> None:
        before = self.flow
        self._usual_again(at_s)
        self.flow = self._solved()
        over = too_much(self.flow, self.rules)
        self.over_since = np.where(over, np.where(np.isfinite(self.over_since), self.over_since, at_s), np.nan)
        cause = tuple(self.culprits)
        share = loads(self.grid, self.flow)
        self.told += [
            Happening(at_s, self.grid.edge_ids[i], "overloaded", cause, {"load": float(share[i])})
            for i in np.flatnonzero(over & ~self.over).tolist()
        ]
        self.over = over
        if self.tie_at > at_s + 1e-6:  # else ties close at this very moment, and only then is it known who is dark
            self._tell(at_s)
        self._remember_feeds()
        darker = (before.live & ~self.flow.live & (self.grid.demand > 0)).any()
        if darker and self.params["ties"] and self.grid.tie.any():
            self.tie_at = min(self.tie_at, at_s + self.params["tie_s"])

    def _remember_feeds(self) -> None:
        g = self.grid
        feeds(g.start, g.end, self.flow.on, self.flow.live, self.flow.roots, self._first, self._edge, self.parent, self.by)

    def _tell(self, at_s: float) -> None:
        """What befell the places since it was told last. Those that are out of order themselves have their own story."""
        now, g = _states(self.flow), self.grid
        spoken = (g.kind != PLAIN) & ~self.node_out
        changed = np.flatnonzero(spoken & (now != self.state))
        stops = np.isin(g.kind, (SOURCE, STATION))
        node, edge = reasons(changed, self.parent, self.by, self.node_out, self.edge_out, self.flow.live, stops)
        culprits = tuple(self.culprits)
        for i, row in enumerate(changed.tolist()):
            if now[row] == WELL:
                self.told.append(Happening(at_s, g.ids[row], "restored"))
            elif now[row] == CUT:
                cut = self.flow.cut[row]
                cause = culprits if self.flow.short[row] or cut < 0 else (g.edge_ids[cut], *culprits)
                self.told.append(Happening(at_s, g.ids[row], "shed", cause[:_FEW], {"share": float(self.flow.supply[row])}))
            else:
                cause = (g.edge_ids[edge[i]],) if edge[i] >= 0 else (g.ids[node[i]],) if node[i] >= 0 else culprits
                self.told.append(Happening(at_s, g.ids[row], "no-power", cause))
        self.state = np.where(spoken, now, self.state).astype(np.int8)
        self.state[self.node_out] = DARK

    def _close_ties(self, at_s: float) -> None:
        """Feed dark parts from their neighbours: each tie as much of what lies next to it as its way has room for, the rest cut off."""
        g, tried = self.grid, np.zeros(len(self.grid.start), bool)
        while True:
            live, out = self.flow.live, self.edge_out
            fine = g.usable_node & ~self.node_out
            able = g.tie & g.usable & ~out & ~self.tied & ~tried & fine[g.start] & fine[g.end] & (live[g.start] != live[g.end])
            rows = np.flatnonzero(able)
            if not len(rows):
                return
            spare = np.where(np.isfinite(g.capacity), g.capacity * g.power_factor, np.inf) - self.flow.drawn
            space = room(g.start, g.end, self.flow.flow, self.rules.limit, self.parent, self.by, live, self.flow.roots, spare)
            here = live[g.start[rows]]
            fed, dark = np.where(here, g.start[rows], g.end[rows]), np.where(here, g.end[rows], g.start[rows])
            gain = np.minimum(space[fed], self.rules.limit[rows])
            best = int(np.lexsort((rows, -gain))[0])
            tried[rows[best]] = True
            inner = g.usable & g.closed & ~self.opened & ~out & fine[g.start] & fine[g.end] & ~live[g.start] & ~live[g.end]
            taken = live.copy()
            if section(dark[best], gain[best], g.start, g.end, inner, g.demand, self._first, self._edge, taken, self.opened) <= 0:
                continue
            self.tied[rows[best]] = self.automatic[rows[best]] = True
            self.second |= taken & ~live
            self.used_ties += 1
            self.flow = self._solved()
            self._remember_feeds()

    def saved(self) -> dict[str, NDArray[Any]]:
        return {name: getattr(self, name) for name in _ARRAYS}

    def take(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """As it was when saved."""
        for name in _ARRAYS:
            setattr(self, name, kept[name].copy())
        if self.hour >= 0:
            self._draw()
        self.flow = self._solved()


def _states(flow: Flow) -> NDArray[np.int8]:
    return np.where(flow.supply >= 0.999, WELL, np.where(flow.supply > 1e-6, CUT, DARK)).astype(np.int8)

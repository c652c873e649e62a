"""An EPANET 2.2 input file written from the columns of a network `water`; never the text of a source unchecked.

Format: Rossman et al. (2020), EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C. Nodes are called N and links L with their row, what is
put between K, M, X and B, V. The file keeps the units of its source, so that its controls stay right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.readers.epanet import FLOW, HORSEPOWER_KW, INCH, KPA_M, PSI_M
from twin.city.readers.inp_map import FOOT
from twin.errors import ScenarioError
from twin.models.exposure import Note
from twin.models.service.columns import numbers, texts
from twin.models.service.water_controls import controls_text, rules_text
from twin.models.service.water_demand import DAY, Demand, seconds

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIAMETER_M, HAZEN_WILLIAMS, LEAST_M = 0.15, 120.0, 0.1
"""Taken where pipes do not say: diameter, roughness C (aged iron and new plastic lie around it, Rossman et al. 2020, table 3.2), length."""
PEAK_MARGIN = 1.3
"""Pumps of works that state none give so many times the largest demand (own choice; a works may fail on most days)."""
_NUMERIC = {"SPECIFIC GRAVITY": "1", "VISCOSITY": "1", "ACCURACY": "0.001", "DAMPLIMIT": "0"}
_CHECKS = ("CHECKFREQ 10", "MAXCHECK 1000")
"""Rare and lasting checks of pumps and valves: with EPANET's usual ones a network short of water flickers and does not balance."""
_FEW = 3


@dataclass(frozen=True)
class Follow:
    """What is followed in the water. decay: 1/d, first order; limit: mg/l, from which nobody should drink it; step_s: of its transport."""

    decay: float
    limit: float
    step_s: float


@dataclass(frozen=True)
class Written:
    """text: the file. node_names, link_names by row, '' left out; closers: the links to close so that a row carries nothing;
    leaks: the node where a broken row leaks; anchors: links by the node beside a source that give a part without water a level, without
    which EPANET finds no balance. flow: m3/s of one unit, length, diameter, pressure: m. clock_s: time of day at the file's start."""

    text: str
    node_names: list[str]
    link_names: list[str]
    closers: dict[int, list[str]]
    leaks: dict[int, str]
    anchors: dict[int, str]
    flow: float
    length: float
    pressure: float
    demand: Demand
    clock_s: float
    tanks: Ints
    reservoirs: Ints
    is_timed: bool
    """Whether tanks or controls make the present depend on the past."""
    notes: list[Note] = field(default_factory=list)
    diameter: float = 1.0


def write_inp(
    network: Network, params: Mapping[str, Any], broken: frozenset[int] = frozenset(), shift_s: float = 0.0, follow: Follow | None = None
) -> Written:  # fmt: skip
    """broken: rows of pipes that may leak in their middle; shift_s: added to the time of day where nothing depends on the past.
    Raises ScenarioError where the network cannot be computed at all."""
    return _Writer(network, params, broken, shift_s, follow).written()


class _Writer:
    def __init__(
        self, network: Network, params: Mapping[str, Any], broken: frozenset[int], shift_s: float, follow: Follow | None
    ) -> None:  # fmt: skip
        self.network, self.params, self.broken, self.follow = network, params, broken, follow
        self.nodes, self.edges = network.nodes, network.edges
        self.n, self.m = len(self.nodes), len(self.edges)
        self.options = _said(network)
        self.units = self.options.get("SOURCE UNITS", "LPS").upper()
        if self.units not in FLOW or self.units == "CMS":
            self.units = "LPS"
        self.flow, us = FLOW[self.units]
        self.length, self.diameter, self.power = (FOOT, INCH, HORSEPOWER_KW) if us else (1.0, 1e-3, 1.0)
        self.in_kpa = not us and self.options.get("PRESSURE", "").upper() == "KPA"
        self.pressure = PSI_M if us else KPA_M if self.in_kpa else 1.0
        self.headloss = self.options.get("HEADLOSS", "H-W").upper()
        self.roughness = (FOOT if us else 1.0) * 1e-3 if self.headloss == "D-W" else 1.0
        self.notes: list[Note] = []
        self.shift_s = shift_s
        self.lines: dict[str, list[str]] = {}
        self.closers: dict[int, list[str]] = {}
        self.leaks: dict[int, str] = {}
        self.anchors: dict[int, str] = {}
        self._patterns: dict[str, int] = {}
        self._factors: list[Floats] = []
        self._curves: dict[str, str] = {}

    def written(self) -> Written:
        kind = texts(self.nodes, "kind")
        head = numbers(self.nodes, "head_m")
        z = np.nan_to_num(numbers(self.nodes, "z"), nan=0.0)
        level = np.where(np.isfinite(head), head, z)
        self.reservoir, self.tank = kind == "reservoir", kind == "tank"
        self.z = np.where(self.reservoir, level, z)
        if not self.reservoir.any() and not self.tank.any():
            raise ScenarioError("it shows no waterworks, reservoir or tank")
        start, end, usable = self._ends()
        joined = np.zeros(self.n, bool)
        joined[start[usable]] = joined[end[usable]] = True
        if not usable.any():
            raise ScenarioError("none of its nodes are joined by pipes")
        self.joined = joined
        self.stations = self._stations(start, end, usable, head, z)
        self._times()
        demand = self._demand()
        self._demand_lines(demand)
        self._node_lines()
        self._link_lines(start, end, usable)
        self._anchor_lines(start, end, usable)
        timed = self._control_lines()
        node_names = [f"N{i}" if joined[i] else "" for i in range(self.n)]
        link_names = [f"L{e}" if usable[e] else "" for e in range(self.m)]
        alone = np.flatnonzero(~joined & (np.bincount(demand.node, minlength=self.n) > 0))
        if len(alone):
            names = ", ".join(self.nodes["id"].astype(str).iloc[alone[:_FEW]])
            self._note("warning", "water-alone", f"{len(alone):,} places with demand hang on no pipe ({names}): they have no water.")
        text = self._text()
        tanks = np.flatnonzero(self.tank & joined)
        return Written(
            text, node_names, link_names, self.closers, self.leaks, self.anchors, self.flow, self.length, self.pressure, demand,
            self.clock_s, tanks, np.flatnonzero(self.reservoir & joined), timed or len(tanks) > 0, self.notes, self.diameter,
        )  # fmt: skip

    def _note(self, level: str, code: str, text: str) -> None:
        self.notes.append((level, code, text))

    def _few(self, rows: Ints) -> str:
        return ", ".join(self.edges["id"].astype(str).iloc[rows[:_FEW]]) + (" ..." if len(rows) > _FEW else "")

    def _add(self, section: str, *parts: Any) -> None:
        self.lines.setdefault(section, []).append(" ".join(_number(p) if isinstance(p, float) else str(p) for p in parts))

    def _ends(self) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        start, end = (self.edges[c].to_numpy(np.int64) if self.m else np.empty(0, np.int64) for c in ("start", "end"))
        usable = (start >= 0) & (end >= 0) & (start < self.n) & (end < self.n)
        loops = np.flatnonzero(usable & (start == end))
        if len(loops):
            usable[loops] = False
            text = f"{len(loops):,} pipes begin where they end ({self._few(loops)}): they are left out."
            self._note("warning", "water-loop", text)
        return np.where(usable, start, 0), np.where(usable, end, 0), usable

    def _stations(self, start: Ints, end: Ints, usable: NDArray[np.bool_], head: Floats, z: Floats) -> dict[int, float]:
        """Pumps without a curve behind works whose head is known, and how high they lift, m: works then stand on the ground."""
        curve, power = texts(self.edges, "curve"), numbers(self.edges, "power_kw", 0.0)
        plain = usable & (texts(self.edges, "kind") == "pump") & (curve == "") & ~(power > 0)
        lift = np.nan_to_num(head - z, nan=0.0)
        alone = self.reservoir & (lift > 1.0)
        for ends in (start, end):
            alone[ends[usable & ~plain]] = False
        rows = np.flatnonzero(plain & alone[start])
        self.z[start[rows]] = z[start[rows]]
        return {int(e): float(lift[start[e]]) for e in rows}

    def _times(self) -> None:
        said = _sections(self.network, "TIMES")
        times = {" ".join(words[:-1]).upper(): words[-1] for words in (line.split() for line in said) if len(words) > 1}
        clock = next((line.split()[2:] for line in said if line.upper().split()[:2] == ["START", "CLOCKTIME"]), [])
        self.clock_s = seconds(" ".join(clock), 0.0)
        self.step_s = max(seconds(times.get("PATTERN TIMESTEP", "1:00"), 3600.0), 1.0)
        self.start_s = seconds(times.get("PATTERN START", "0"), 0.0)
        self.rule_s = max(seconds(times.get("RULE TIMESTEP", "0:06"), 360.0), 1.0)

    def _pattern(self, name: str) -> int:
        """Number of a pattern of the network; -1 where it has none of that name."""
        table = self.network.tables.get("patterns")
        if table is None or not name:
            return -1
        if name not in self._patterns:
            factors = table.loc[table["pattern"] == name].sort_values("step")["factor"].to_numpy(float)
            factors = np.nan_to_num(factors, nan=1.0)
            self._patterns[name] = len(self._factors) if len(factors) else -1
            if len(factors):
                self._factors.append(factors)
        return self._patterns[name]

    def _demand(self) -> Demand:
        table = self.network.tables.get("demands")
        if table is not None and "demand_m3s" in table:
            row = np.asarray(pd.Index(self.nodes["id"].astype(str)).get_indexer(pd.Index(table["node"].astype(str))), np.int64)
            usual = self.options.get("PATTERN", "1")
            pattern = np.array([self._pattern(str(p) if p else usual) for p in table["pattern"]], np.int64)
            base = np.nan_to_num(table["demand_m3s"].to_numpy(float))
            keep = row >= 0
            node, base, pattern = row[keep].astype(np.int64), base[keep], pattern[keep]
        else:
            amount = numbers(self.nodes, "demand_m3s", 0.0) if "demand_m3s" in self.nodes else numbers(self.nodes, "demand_lps", 0.0) / 1e3
            node = np.flatnonzero(amount != 0)
            base, pattern = amount[node], np.full(len(node), -1)
            if self.params["daily_pattern"]:
                pattern[:] = 0
                self._factors.append(np.array(DAY))
                self._patterns["\0day"] = 0
                self.step_s, self.start_s = 3600.0, 0.0
                self._note("info", "water-day", "The network states no demand by hour: a usual day of a city is taken.")
        if not len(base) or not (base > 0).any():
            self._note("warning", "water-no-demand", "The water network states no demand: only pressures mean something.")
        timed = bool(self.tank.any()) or bool(_sections(self.network, "CONTROLS") or _sections(self.network, "RULES"))
        if not timed:
            self.start_s += self.shift_s
        if self.stations:
            text = (
                f"{len(self.stations)} pumping stations state no curve: together they give {PEAK_MARGIN:g} times the largest demand of a "
                "day at the head of their works."
            )
            self._note("info", "water-stations", text)
        demand = Demand(node, base * self.params["demand_factor"], pattern, tuple(self._factors), self.step_s, self.start_s)
        hours = np.arange(0, 86400, max(self.step_s, 600.0))
        self.peak_m3s = max(float(demand.at(t, self.n).sum()) for t in hours) / max(self.params["demand_factor"], 1e-9)
        return demand

    def _node_lines(self) -> None:
        table = self.nodes
        emitter = numbers(table, "emitter_m3s", 0.0)
        pattern = texts(table, "pattern")
        low, first, high = (numbers(table, c, 0.0) for c in ("level_min_m", "level_init_m", "level_max_m"))
        wide, volume, curve = numbers(table, "diameter_m"), numbers(table, "volume_min_m3", 0.0), texts(table, "volume_curve")
        bad = []
        for i in np.flatnonzero(self.joined).tolist():
            z = self.z[i] / self.length
            if self.reservoir[i]:
                p = self._pattern(pattern[i])
                self._add("RESERVOIRS", f"N{i}", z, *([f"P{p}"] if p >= 0 else []))
            elif self.tank[i]:
                if not (wide[i] > 0 or curve[i]) or high[i] < low[i]:
                    bad.append(i)
                    self._add("RESERVOIRS", f"N{i}", (self.z[i] + first[i]) / self.length)
                    continue
                level = float(np.clip(first[i], low[i], max(high[i], low[i])))
                across = wide[i] if wide[i] > 0 else 1.0
                values = [v / self.length for v in (level, low[i], high[i], across)]
                shape = [self._curve(curve[i], "volume")] if curve[i] else []
                self._add("TANKS", f"N{i}", z, *values, volume[i] / self.length**3, *shape)
            else:
                self._add("JUNCTIONS", f"N{i}", z, 0)
                if emitter[i] > 0:
                    self._add("EMITTERS", f"N{i}", emitter[i] * np.sqrt(self.pressure) / self.flow)
        if bad:
            names = ", ".join(self.nodes["id"].astype(str).iloc[np.array(bad[:_FEW])])
            text = f"{len(bad)} tanks state no size ({names}): they are taken as reservoirs that keep their level."
            self._note("warning", "water-tank-size", text)

    def _curve(self, name: str, use: str) -> str:
        """Our name of a curve, written once; '' where the network has none of that name."""
        key = f"{use} {name}"
        table = self.network.tables.get("curves")
        if key in self._curves or table is None:
            return self._curves.get(key, "")
        found = table.loc[table["curve"] == name]
        x, y = found["x"].to_numpy(float), found["y"].to_numpy(float)
        fine = np.isfinite(x) & np.isfinite(y)
        if not fine.any():
            self._curves[key] = ""
            return ""
        by_x, by_y = (self.length, self.length**3) if use == "volume" else (self.flow, self.length)
        ours = f"C{len(self._curves)}"
        for a, b in zip(x[fine].tolist(), y[fine].tolist(), strict=True):
            self._add("CURVES", ours, a / by_x, b / by_y)
        self._curves[key] = ours
        return ours

    def _link_lines(self, start: Ints, end: Ints, usable: NDArray[np.bool_]) -> None:
        table = self.edges
        kind, status = texts(table, "kind"), texts(table, "status")
        metres, across = numbers(table, "length_m"), numbers(table, "diameter_m")
        if "diameter_mm" in table:
            across = np.where(np.isfinite(across), across, numbers(table, "diameter_mm") / 1e3)
        pipe = usable & ~np.isin(kind, ("pump", "valve"))
        thin = np.flatnonzero((pipe | (usable & (kind == "valve"))) & ~(across > 0))
        if len(thin):
            text = f"{len(thin):,} pipes state no diameter ({self._few(thin)}): {DIAMETER_M:g} m is taken."
            self._note("warning", "water-diameter", text)
        across = np.where(across > 0, across, DIAMETER_M)
        short = np.flatnonzero(pipe & ~(metres > 0))
        if len(short):
            text = f"{len(short):,} pipes have no length ({self._few(short)}): {LEAST_M:g} m is taken."
            self._note("warning", "water-length", text)
        metres = np.where(metres > 0, metres, LEAST_M)
        rough = numbers(table, "roughness")
        if "roughness" not in table:
            text = f"The pipes state no roughness: Hazen-Williams C = {HAZEN_WILLIAMS:g} is taken."
            self._note("info", "water-roughness", text)
            self.headloss, self.roughness = "H-W", 1.0
        usual = HAZEN_WILLIAMS if self.headloss == "H-W" else 1.5e-4 if self.headloss == "D-W" else 0.012
        rough = np.where(rough > 0, rough, usual)
        loss = np.maximum(numbers(table, "minor_loss", 0.0), 0.0)
        self._pipes = (metres, across, rough, loss)
        kept = []
        for e in np.flatnonzero(usable).tolist():
            a, b, say = f"N{start[e]}", f"N{end[e]}", status[e].lower()
            if kind[e] == "pump":
                if not self._pump(e, a, b, say):
                    kept.append(e)
                    self._one_way(e, a, b, start[e], end[e])
            elif kind[e] == "valve":
                self._valve(e, a, b, say, across[e], loss[e])
            elif e in self.broken:
                self._halves(e, a, b, start[e], end[e], say)
            elif say == "cv":
                self._one_way(e, a, b, start[e], end[e])
            else:
                self._pipe(f"L{e}", a, b, metres[e], e, "Closed" if say == "closed" else "Open", loss[e])
                self.closers[e] = [f"L{e}"]
        if kept:
            names = self._few(np.array(kept))
            text = f"{len(kept):,} pumps state neither curve nor power ({names}): while they run, the works keep their head."
            self._note("info", "water-pumps", text)

    def _anchor_lines(self, start: Ints, end: Ints, usable: NDArray[np.bool_]) -> None:
        held = self.reservoir | self.tank
        beside = np.concatenate([end[usable & held[start]], start[usable & held[end]]])
        low = float(self.z[self.joined & ~held].min(initial=0.0)) - 1.0
        for j in np.unique(beside[~held[beside]]).tolist():
            self.anchors[j] = f"Z{j}"
            self._add("RESERVOIRS", f"Z{j}", low / self.length)
            self._add("PIPES", f"Z{j}", f"Z{j}", f"N{j}", LEAST_M / self.length, 0.3 / self.diameter, 130.0, 0.0, "Closed")

    def _pipe(self, name: str, a: str, b: str, metres: float, e: int, status: str, loss: float) -> None:
        _, across, rough, _ = self._pipes
        self._add(
            "PIPES", name, a, b, metres / self.length, across[e] / self.diameter, rough[e] / self.roughness, float(loss), status
        )  # fmt: skip

    def _between(self, name: str, a: int, b: int) -> None:
        ends = [i for i in (a, b) if not self.reservoir[i]] or [a, b]
        self._add("JUNCTIONS", name, float(np.mean(self.z[ends])) / self.length, 0)

    def _one_way(self, e: int, a: str, b: str, i: int, j: int) -> None:
        """A pipe with a check valve, which EPANET never closes by order: one that can be closed stands behind it."""
        metres, _, _, loss = self._pipes
        self._between(f"K{e}", i, j)
        self._pipe(f"L{e}", a, f"K{e}", metres[e] / 2, e, "CV", loss[e])
        self._pipe(f"B{e}", f"K{e}", b, metres[e] / 2, e, "Open", 0.0)
        self.closers[e] = [f"B{e}"]

    def _halves(self, e: int, a: str, b: str, i: int, j: int, say: str) -> None:
        """A pipe that leaks in its middle, where nothing is sucked in."""
        metres, across, _, loss = self._pipes
        self._between(f"M{e}", i, j)
        self._between(f"X{e}", i, j)
        status = "Closed" if say == "closed" else "Open"
        self._pipe(f"L{e}", a, f"M{e}", metres[e] / 2, e, status, loss[e] / 2)
        self._pipe(f"B{e}", f"M{e}", b, metres[e] / 2, e, "CV" if say == "cv" else "Open", loss[e] / 2)
        self._add("PIPES", f"V{e}", f"M{e}", f"X{e}", LEAST_M / self.length, max(across[e], 0.3) / self.diameter, 130.0, 0.0, "CV")
        self.closers[e] = [f"L{e}"] if say == "cv" else [f"L{e}", f"B{e}"]
        self.leaks[e] = f"X{e}"

    def _pump(self, e: int, a: str, b: str, say: str) -> bool:
        row = self.edges.iloc[e]
        power, curve = _float(row, "power_kw"), str(row.get("curve", "") or "")
        ours = self._curve(curve, "head") if curve else ""
        if e in self.stations:
            ours = f"CS{e}"
            most = PEAK_MARGIN * self.peak_m3s / len(self.stations)
            self._add("CURVES", ours, max(most, 1e-4) / self.flow, self.stations[e] / self.length)
        if not ours and not power > 0:
            return False
        words: list[Any] = ["HEAD", ours] if ours else ["POWER", power / self.power]
        speed = _float(row, "speed")
        if np.isfinite(speed) and speed != 1 and speed > 0:
            words += ["SPEED", speed]
        p = self._pattern(str(row.get("pattern", "") or ""))
        if p >= 0:
            words += ["PATTERN", f"P{p}"]
        self._add("PUMPS", f"L{e}", a, b, *words)
        if say == "closed":
            self._add("STATUS", f"L{e}", "Closed")
        self.closers[e] = [f"L{e}"]
        return True

    def _valve(self, e: int, a: str, b: str, say: str, across: float, loss: float) -> None:
        row = self.edges.iloc[e]
        kind = str(row.get("valve", "") or "tcv").upper()
        setting = _float(row, "setting")
        value = 0.0 if not np.isfinite(setting) else setting
        said: Any = value / (self.pressure if kind in ("PRV", "PSV", "PBV") else self.flow if kind == "FCV" else 1.0)
        if kind == "GPV":
            said = self._curve(str(row.get("curve", "") or ""), "headloss")
        if kind not in ("PRV", "PSV", "PBV", "FCV", "TCV", "GPV") or (kind == "GPV" and not said):
            kind, said = "TCV", 0.0
        self._add("VALVES", f"L{e}", a, b, across / self.diameter, kind, said, float(loss))
        if say in ("open", "closed"):
            self._add("STATUS", f"L{e}", say.capitalize())
        self.closers[e] = [f"L{e}"]

    def _control_lines(self) -> bool:
        """Controls and rules with our names; whether there are any."""
        names = texts(self.nodes, "name"), texts(self.edges, "name")
        nodes = {str(k): f"N{i}" for i, k in enumerate(names[0]) if k and self.joined[i]}
        links = {str(k): f"L{e}" for e, k in enumerate(names[1]) if k and e in self.closers}
        controls, lost = controls_text(_sections(self.network, "CONTROLS"), nodes, links)
        rules, odd = rules_text(_sections(self.network, "RULES"), nodes, links)
        for line in controls:
            self._add("CONTROLS", line)
        for line in rules:
            self._add("RULES", line)
        if lost or odd:
            first = (lost + odd)[0][:80]
            text = f"{len(lost) + len(odd)} controls of the water network cannot be understood ({first}): they are left out."
            self._note("warning", "water-controls", text)
        return bool(controls or rules)

    def _text(self) -> str:
        for k, factors in enumerate(self._factors):
            for first in range(0, len(factors), 8):
                self._add("PATTERNS", f"P{k}", *[float(f) for f in factors[first : first + 8]])
        order = (
            "JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES", "EMITTERS", "DEMANDS", "STATUS", "PATTERNS", "CURVES",
            "CONTROLS", "RULES",
        )  # fmt: skip
        out = ["[TITLE]", "water"]
        for section in order:
            if section in self.lines:
                out += [f"[{section}]", *self.lines[section]]
        return "\n".join([*out, *self._option_lines(), "[END]", ""])

    def _demand_lines(self, demand: Demand) -> None:
        keep = self.joined[demand.node] & ~self.reservoir[demand.node] & ~self.tank[demand.node]
        rows = zip(demand.node[keep].tolist(), (demand.base[keep] / self.flow).tolist(), demand.pattern[keep].tolist(), strict=True)
        for i, q, p in rows:
            self._add("DEMANDS", f"N{i}", q, f"P{p}" if p >= 0 else "PONE")

    def _option_lines(self) -> list[str]:
        said = {k: _plain(self.options.get(k, ""), v) for k, v in _NUMERIC.items()}
        trials = int(float(_plain(self.options.get("TRIALS", ""), "40")))
        exponent = _plain(self.options.get("EMITTER EXPONENT", ""), "0.5") if "EMITTERS" in self.lines else "0.5"
        pda = self.params["demands"] == "pressure-driven"
        model = [
            "DEMAND MODEL PDA", f"MINIMUM PRESSURE {_number(self.params['minimum_m'] / self.pressure)}",
            f"REQUIRED PRESSURE {_number(max(self.params['required_m'], self.params['minimum_m'] + 1.0) / self.pressure)}",
            f"PRESSURE EXPONENT {_number(self.params['exponent'])}",
        ]  # fmt: skip
        return [
            "[PATTERNS]", "PONE 1", "[OPTIONS]", f"UNITS {self.units}", f"HEADLOSS {self.headloss}",
            *(f"{k} {v}" for k, v in said.items()), *_CHECKS,
            f"TRIALS {min(max(trials, 200), 1000)}", "UNBALANCED CONTINUE 10", f"EMITTER EXPONENT {exponent}", "PATTERN PONE",
            *(["PRESSURE KPA"] if self.in_kpa else []), *(model if pda else []), *self._quality_lines(),
            "[TIMES]", f"DURATION {10**5}:00:00", f"HYDRAULIC TIMESTEP {_clock(self.params['step_s'])}",
            f"REPORT TIMESTEP {10**5}:00:00", f"PATTERN TIMESTEP {_clock(self.step_s)}", f"PATTERN START {_clock(self.start_s)}",
            f"RULE TIMESTEP {_clock(min(self.rule_s, self.params['step_s']))}", f"START CLOCKTIME {_clock(self.clock_s % 86400)}",
            "[REPORT]", "STATUS NO", "SUMMARY NO",
        ]  # fmt: skip

    def _quality_lines(self) -> list[str]:
        """Options, and the sections that go with them; plugs of water differ from a hundredth of the limit on."""
        if self.follow is None:
            return ["QUALITY NONE"]
        finest = self.follow.limit / 100 if self.follow.limit > 0 else 1e-4
        return [
            "QUALITY CHEMICAL MG/L", f"TOLERANCE {_number(finest)}", "[REACTIONS]", "ORDER BULK 1", "ORDER TANK 1",
            f"GLOBAL BULK {_number(-self.follow.decay)}", "GLOBAL WALL 0", "[TIMES]", f"QUALITY TIMESTEP {_clock(self.follow.step_s)}",
        ]  # fmt: skip


def _said(network: Network) -> dict[str, str]:
    table = network.tables.get("options")
    return {} if table is None else {str(k).upper(): str(v) for k, v in zip(table["key"], table["value"], strict=True)}


def _sections(network: Network, section: str) -> list[str]:
    table = network.tables.get("statements")
    return [] if table is None else [str(t) for t in table.loc[table["section"] == section, "text"]]


def _plain(text: str, otherwise: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return _number(value) if np.isfinite(value) and value >= 0 else otherwise


def _number(value: Any) -> str:
    return f"{float(value):.12g}"


def _clock(value: float) -> str:
    whole = int(round(value))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _float(row: Any, column: str) -> float:
    try:
        return float(row.get(column, np.nan))
    except (TypeError, ValueError):
        return float("nan")

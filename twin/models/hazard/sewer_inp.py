"""A SWMM 5 input file for the drains of a city, written from its network: no name, path or line of a source reaches it.

Format: Rossman 2015, Storm Water Management Model User's Manual Version 5.1, EPA-600/R-14/413b, appendix D; SI units, CMS. Rain,
catchments, controls and patterns are not written: rain falls on the ground of the flood model.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.network import Network
from twin.errors import ScenarioError

CONCRETE_N = 0.013
"""Manning n of a pipe that states none (Chow 1959, table 5-6: concrete sewer with manholes 0.013-0.017)."""
SEALED_M = 1000.0
"""Head over its rim that a cover which lets nothing out can take."""
ORIFICE = 0.167
"""Discharge coefficient of a manhole (Rubinato et al. 2017, doi:10.1016/j.jhydrol.2017.06.024)."""
WELL_S = 30.0
"""The wet well of a pumping station holds what its pumps move in this time, a metre deep."""
SUMP_M = 1.0
SEGMENT_M, MOST_SEGMENTS = 25.0, 2000
"""Drains are computed in pieces of this length, or longer ones where that would be more than so many: SWMM knows one depth a piece, and
makes water where long empty ones fill up (1.4 % of what came in of a street in pieces of 100 m, 0.4 % in pieces of 25 m)."""
SPILL_M = 4.0
"""Crest that a full tank spills over."""
LEAST_LENGTH_M = 1.0
_HEIGHT_ONLY = ("egg", "horseshoe", "gothic", "catenary", "semielliptical", "baskethandle", "semicircular", "circular", "force_main")
_SHAPES = (
    *_HEIGHT_ONLY, "filled_circular", "rect_closed", "rect_open", "trapezoidal", "triangular", "parabolic", "power", "rect_triangular",
    "rect_round", "modbaskethandle", "horiz_ellipse", "vert_ellipse", "arch", "custom", "irregular", "dummy",
)  # fmt: skip
_CURVES = {"storage": "STORAGE", "rating": "RATING", "shape": "SHAPE", **{f"pump{k}": f"PUMP{k}" for k in range(1, 6)}}
# SLOT: EXTRAN makes or loses up to a seventh of the water while pipes fill up (measured on a street of two pipes).
_OPTIONS = """[OPTIONS]
FLOW_UNITS CMS
FLOW_ROUTING DYNWAVE
LINK_OFFSETS DEPTH
MIN_SLOPE 0
ALLOW_PONDING NO
SKIP_STEADY_STATE NO
START_DATE 01/01/2000
START_TIME 00:00:00
END_DATE 01/01/2100
END_TIME 00:00:00
REPORT_START_DATE 12/31/2099
REPORT_START_TIME 00:00:00
REPORT_STEP 24:00:00
WET_STEP 24:00:00
DRY_STEP 24:00:00
ROUTING_STEP 5
VARIABLE_STEP 0.75
MINIMUM_STEP 0.5
LENGTHENING_STEP 5
INERTIAL_DAMPING PARTIAL
NORMAL_FLOW_LIMITED BOTH
SURCHARGE_METHOD SLOT
MIN_SURFAREA 1.167
MAX_TRIALS 8
HEAD_TOLERANCE 0.0015
THREADS 1
[REPORT]
INPUT NO
CONTINUITY NO
FLOWSTATS NO
CONTROLS NO
SUBCATCHMENTS NONE
NODES NONE
LINKS NONE
"""


@dataclass(frozen=True)
class Surface:
    """What the ground says about the nodes of a network, by node row.

    rim_m: level of the ground where it is known, else NaN; opened: bool, water passes the cover; closed: bool, no water leaves it whatever
    its pressure (of the others without rim what comes out is lost); river_m: level of permanent water at an
    outfall, NaN where there is none; pump_m3s: capacity of the pumps at a pumping station, NaN where unknown.
    """

    rim_m: NDArray[np.float64]
    opened: NDArray[np.bool_]
    closed: NDArray[np.bool_]
    river_m: NDArray[np.float64]
    pump_m3s: NDArray[np.float64]

    @staticmethod
    def none(count: int) -> Surface:
        """Drains without a city above them: nothing is exchanged."""
        unknown = np.full(count, np.nan)
        return Surface(unknown, np.zeros(count, bool), np.zeros(count, bool), unknown, unknown)


@dataclass(frozen=True)
class Written:
    """text: the input file. Nodes are called N and links L with their row, the exchange with the ground of node n passes outfall X n.

    inlets, outfalls: node rows of open covers and of outfalls; takes: bool by inlet, False for tanks, which only spill; pumps: edge rows
    of the pumps that empty a pumping station, stations: their node rows; is_tidal: an outfall has no flap gate, so that a river can come
    in; notices: sentences on what had to be assumed.
    """

    text: str
    inlets: NDArray[np.int64]
    takes: NDArray[np.bool_]
    outfalls: NDArray[np.int64]
    pumps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    stations: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    is_tidal: bool = False
    notices: tuple[str, ...] = ()


def inverts(network: Network) -> NDArray[np.float64]:
    """Level of the bottom of each node, m; NaN where the source says nothing."""
    nodes = network.nodes
    return _numbers(nodes, "invert_z_m" if "invert_z_m" in nodes else "z" if "depth_max_m" in nodes else "")


def check_ends(network: Network) -> None:
    """Raises ScenarioError where an edge ends nowhere."""
    ends = network.edges[["start", "end"]].to_numpy(np.int64)
    bad = ((ends < 0) | (ends >= len(network.nodes))).any(axis=1)
    if bad.any():
        where = str(network.edges["id"].to_numpy(object)[bad][0])
        raise ScenarioError("A drain ends at a node that is not there", where=where, do="Mend the network.")


def is_outfall(network: Network) -> NDArray[np.bool_]:
    return np.asarray(_texts(network.nodes, "kind") == "outfall")


def rooted(network: Network) -> NDArray[np.bool_]:
    """Nodes whose water can get to an outfall, directions ignored, as all drains can fill backwards."""
    island = network.islands() if len(network.edges) else np.arange(len(network.nodes))
    linked = np.zeros(len(network.nodes), bool)
    linked[network.edges[["start", "end"]].to_numpy(np.int64).ravel()] = True
    return np.isin(island, island[is_outfall(network) & linked]) & linked


def write_inp(network: Network, surface: Surface, opening_m: float) -> Written:
    """The network as SWMM takes it. opening_m: diameter of a manhole. Raises ScenarioError that names what cannot be computed."""
    return _Writer(network, surface, opening_m).written()


class _Writer:
    def __init__(self, network: Network, surface: Surface, opening_m: float) -> None:
        self.network, self.surface, self.opening_m = network, surface, opening_m
        self.nodes, self.edges = network.nodes, network.edges
        self.kind, self.link = _texts(self.nodes, "kind"), _texts(self.edges, "kind")
        self.ids, self.edge_ids = self.nodes["id"].to_numpy(object), self.edges["id"].to_numpy(object)
        self.start, self.end = (self.edges[c].to_numpy(np.int64) for c in ("start", "end"))
        self.invert = inverts(network)
        self.lines: dict[str, list[str]] = {}
        self.curves: dict[str, str] = {}
        self.said: list[str] = []
        self.is_tidal = False
        self._columns: dict[tuple[str, str], NDArray[Any]] = {}

    def _of_node(self, column: str) -> NDArray[np.float64]:
        return self._kept("node", column, lambda: np.nan_to_num(_numbers(self.nodes, column)))

    def _of_edge(self, column: str) -> NDArray[np.float64]:
        return self._kept("edge", column, lambda: np.nan_to_num(_numbers(self.edges, column)))

    def _kept(self, part: str, column: str, read: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        if (part, column) not in self._columns:
            self._columns[part, column] = read()
        return self._columns[part, column]

    def _word(self, part: str, column: str, lower: bool = True) -> NDArray[np.object_]:
        return self._kept(part, f"{column} {lower}", lambda: _texts(self.nodes if part == "node" else self.edges, column, lower))

    def written(self) -> Written:
        self._check()
        used = rooted(self.network)
        self.edge_rows = np.flatnonzero(used[self.start] & (self.start != self.end))
        self._sizes()
        self._find_pumps()
        self._nodes(np.flatnonzero(used))
        for row in self.edge_rows.tolist():
            self._edge(row)
        tank = (self.kind == "storage") & np.isfinite(self.surface.rim_m)
        opened = used & (self.surface.opened | tank) & ~self.is_outfall
        inlets = np.flatnonzero(opened & ~np.isin(np.arange(len(used)), self.stations))
        for row in inlets.tolist():
            self._exchange(row)
        self._tables()
        order = ("JUNCTIONS", "OUTFALLS", "STORAGE", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS", "XSECTIONS", "LOSSES",
                 "TRANSECTS", "DWF", "CURVES")  # fmt: skip
        text = _OPTIONS + "".join(f"[{name}]\n" + "\n".join(self.lines[name]) + "\n" for name in order if self.lines.get(name))
        self._leave_out()
        return Written(text, inlets, ~tank[inlets], self._ends, self.pump_rows, self.stations, self.is_tidal, tuple(self.said))

    def _check(self) -> None:
        check_ends(self.network)
        self.is_outfall = is_outfall(self.network)
        if not self.is_outfall.any():
            raise ScenarioError("The drainage network has no outfall", do="Mark the nodes where it discharges as outfalls.")
        used = rooted(self.network)
        if not used.any():
            raise ScenarioError("No drain leads to an outfall", do="Connect the outfalls with the network.")
        unknown = used & ~np.isfinite(self.invert)
        if unknown.any():
            raise ScenarioError(
                f"{int(unknown.sum())} nodes of the drainage network have no invert level", where=str(self.ids[unknown][0]),
                do="State how deep they lie.",
            )  # fmt: skip

    def _leave_out(self) -> None:
        """Say what of the source is not computed."""
        table = self.network.tables.get("statements")
        sections = table["section"].value_counts().to_dict() if table is not None and "section" in table else {}
        for section, what in (("CONTROLS", "rules of control"), ("PATTERNS", "patterns of dry-weather flow")):
            if sections.get(section):
                self.said.append(f"The {what} of the drainage network are not followed.")
        curves = int((self._word("node", "stage_curve", False)[self._ends] != "").sum())
        if curves:
            self.said.append(f"{curves} outfalls with a tide or series of levels of their own take the level of the water they lie in.")

    def _sizes(self) -> None:
        edges = self.edges
        self.length = _numbers(edges, "length_m")
        straight = shapely.length(self.network.geometry) if len(edges) else np.zeros(0)
        self.length = np.maximum(np.where(self.length > 0, self.length, straight), LEAST_LENGTH_M)
        self.piece_m = max(SEGMENT_M, float(self.length[self.edge_rows].sum()) / MOST_SEGMENTS)
        self.size = _numbers(edges, "diameter_m")
        manning = _numbers(edges, "roughness")
        self.manning = np.where(manning > 0, manning, CONCRETE_N)
        self.shape = np.where(_texts(edges, "shape") == "", "circular", _texts(edges, "shape"))
        conduit = ~np.isin(self.link, ("pump", "orifice", "weir", "outlet"))
        conduit &= np.isin(np.arange(len(edges)), self.edge_rows)
        rough = conduit & ~(manning > 0)
        if rough.any():
            self.said.append(f"{int(rough.sum())} drains state no roughness: Manning n {CONCRETE_N:g} is taken.")
        nothing = conduit & ~(self.size > 0) & ~np.isin(self.shape, ("irregular", "dummy", "horiz_ellipse", "vert_ellipse", "arch"))
        if nothing.any():
            raise ScenarioError(
                f"{int(nothing.sum())} drains have no size", where=str(self.edge_ids[nothing][0]), do="State their diameters."
            )
        strange = np.isin(np.arange(len(edges)), self.edge_rows) & ~np.isin(self.shape, _SHAPES)
        if strange.any():
            row = int(np.flatnonzero(strange)[0])
            raise ScenarioError(f"Cross sections '{self.shape[row]}' are not computed", where=str(self.edge_ids[row]))

    def _find_pumps(self) -> None:
        """Drains that leave a pumping station are its pumps, where the network has no pumps of its own there."""
        station = self.kind == "pumping_station"
        leaves = station[self.start] & np.isin(np.arange(len(self.edges)), self.edge_rows) & self.is_outfall[self.end]
        self.pump_rows = np.flatnonzero(leaves & (self.link != "pump"))
        # one edge has the pumps; where several leave, the others lie idle
        self.stations, first = np.unique(self.start[self.pump_rows], return_index=True)
        idle = np.delete(self.pump_rows, first)
        self.pump_rows = self.pump_rows[first]
        self.edge_rows = np.setdiff1d(self.edge_rows, idle)

    def _depths(self) -> NDArray[np.float64]:
        stated = _numbers(self.nodes, "depth_max_m")
        if "depth_max_m" not in self.nodes:
            stated = _numbers(self.nodes, "z") - self.invert
        # covers lie on the ground; a tank spills where its source says
        to_ground = np.isfinite(self.surface.rim_m) & ~((self.kind == "storage") & (stated > 0))
        depth = np.where(to_ground, self.surface.rim_m - self.invert, np.nan_to_num(stated))
        return np.maximum(depth, 0.0)

    def _nodes(self, rows: NDArray[np.int64]) -> None:
        depth, first = self._depths(), np.nan_to_num(_numbers(self.nodes, "level_init_m"))
        inside = np.isfinite(self.surface.rim_m) | self.surface.closed
        spare = np.where(inside, SEALED_M, np.nan_to_num(_numbers(self.nodes, "surcharge_m")))
        flow = np.nan_to_num(_numbers(self.nodes, "dry_weather_m3s"))
        links = np.bincount(np.concatenate([self.start[self.edge_rows], self.end[self.edge_rows]]), minlength=len(self.nodes))
        self._ends = rows[self.is_outfall[rows] & (links[rows] > 0)]
        for row in rows.tolist():
            name, z = f"N{row}", self.invert[row]
            if self.is_outfall[row]:
                if links[row] == 0:
                    continue
                if links[row] > 1:  # SWMM wants one drain at an outfall: they meet before it
                    self._add("JUNCTIONS", f"M{row}", z, depth[row], 0, SEALED_M, 0)
                    size = float(np.nan_to_num(self.size[(self.end == row) | (self.start == row)]).max())
                    self._add("CONDUITS", f"J{row}", f"M{row}", name, 10, CONCRETE_N, 0, 0, 0, 0)
                    self._add("XSECTIONS", f"J{row}", "CIRCULAR", size if size > 0 else 1.0, 0, 0, 0, int(links[row]))
                self._outfall(row, name, z)
            elif self.kind[row] == "storage":
                self._storage(row, name, z, depth[row], min(first[row], depth[row]), SEALED_M if inside[row] else 0.0)
            elif row in self.stations:
                capacity = self.surface.pump_m3s[row]
                area = WELL_S * capacity if capacity > 0 else 50.0
                self._add("STORAGE", name, z - SUMP_M, depth[row] + SUMP_M, 0, "FUNCTIONAL", 0, 0, max(area, 10.0), SEALED_M)
            else:
                self._add("JUNCTIONS", name, z, depth[row], min(first[row], depth[row]), spare[row], 0)
            if flow[row] != 0 and not self.is_outfall[row]:
                self._add("DWF", name, "FLOW", flow[row])
        self.joined = set(rows[(links[rows] > 1) & self.is_outfall[rows]].tolist())

    def _outfall(self, row: int, name: str, z: float) -> None:
        kind = self._word("node", "outfall")[row]
        # where the source does not say, the outfalls of a town have flap gates
        gate = "NO" if "gated" in self.nodes and self._word("node", "gated")[row] != "true" else "YES"
        self.is_tidal |= gate == "NO"
        river, stage = self.surface.river_m[row], self._kept("node", "stage", lambda: _numbers(self.nodes, "stage_m"))[row]
        if np.isfinite(river):
            self._add("OUTFALLS", name, z, "FIXED", river, gate)
        elif kind == "fixed" and np.isfinite(stage):
            self._add("OUTFALLS", name, z, "FIXED", stage, gate)
        else:
            self._add("OUTFALLS", name, z, "NORMAL" if kind == "normal" else "FREE", gate)

    def _storage(self, row: int, name: str, z: float, depth: float, first: float, spare: float) -> None:
        where, table = str(self.ids[row]), self._word("node", "storage_curve", False)[row]
        if table:
            self._add("STORAGE", name, z, depth, first, "TABULAR", self._curve(table, "storage", where), spare, 0)
            return
        values = [float(self._of_node(c)[row]) for c in ("area_coefficient", "area_exponent", "area_constant_m2")]
        if not any(values):
            kind = self._word("node", "storage")[row]
            raise ScenarioError(f"A storage of the kind '{kind}' states no area", where=where, do="Give it a storage curve.")
        self._add("STORAGE", name, z, depth, first, "FUNCTIONAL", *values, spare, 0)

    def _edge(self, row: int) -> None:
        name, kind, where = f"L{row}", self.link[row], str(self.edge_ids[row])
        a, b = int(self.start[row]), int(self.end[row])
        if self.is_outfall[a] and not self.is_outfall[b] and kind not in ("pump", "orifice", "weir", "outlet"):
            a, b = b, a  # drawn upstream: an outfall has nothing behind it
        ends = f"M{a}" if a in self.joined else f"N{a}", f"M{b}" if b in self.joined else f"N{b}"
        value = lambda column: float(self._of_edge(column)[row])  # noqa: E731
        curve, gate = self._word("edge", "curve", False)[row], "YES" if self._word("edge", "gated")[row] == "true" else "NO"
        form = self._word("edge", "type")[row]
        if row in self.pump_rows:
            capacity = self.surface.pump_m3s[a]
            if capacity > 0:
                self._add("PUMPS", name, *ends, f"P{row}", "ON", 0, 0)
                # the pumps start one after the other while the well fills
                for depth, share in ((0.0, 0.0), (0.3, 0.0), (1.0, 1.0), (10.0, 1.0)):
                    self._add("CURVES", f"P{row}", *(["PUMP4"] if depth == 0.0 else []), depth, share * capacity)
            else:
                self._add("PUMPS", name, *ends, "*", "ON", 0, 0)
            return
        if kind == "pump":
            table = self._curve(curve, "pump", where) if curve else "*"
            state = "OFF" if self._word("edge", "status")[row] == "off" else "ON"
            self._add("PUMPS", name, *ends, table, state, value("level_on_m"), value("level_off_m"))
            return
        if kind == "outlet":
            head = "HEAD" if form.endswith("head") else "DEPTH"
            law: tuple[Any, ...] = (f"FUNCTIONAL/{head}", value("coefficient"), value("exponent"))
            if curve:
                law = (f"TABULAR/{head}", self._curve(curve, "rating", where))
            self._add("OUTLETS", name, *ends, value("offset_in_m"), *law, gate)
            return
        if kind == "orifice":
            self._add("ORIFICES", name, *ends, "BOTTOM" if form == "bottom" else "SIDE", value("offset_in_m"), value("coefficient"), gate)
        elif kind == "weir":
            form = form if form in ("transverse", "sideflow", "v-notch", "trapezoidal") else "transverse"
            self._add("WEIRS", name, *ends, form.upper(), value("offset_in_m"), value("coefficient"), gate, value("end_contractions"),
                      value("end_coefficient"))  # fmt: skip
        else:
            self._conduit(row, a, b, ends, gate)
            return
        self._section(row, name, where)

    def _conduit(self, row: int, a: int, b: int, ends: tuple[str, str], gate: str) -> None:
        """A drain from node a to node b, in pieces joined by closed junctions."""
        value = lambda column: float(self._of_edge(column)[row])  # noqa: E731
        above = [value(column) + SUMP_M * (end in self.stations) for column, end in (("offset_in_m", a), ("offset_out_m", b))]
        sump = [SUMP_M * (end in self.stations) for end in (a, b)]
        count = max(1, round(self.length[row] / self.piece_m)) if self.shape[row] != "dummy" else 1
        levels = np.linspace(self.invert[a] - sump[0] + above[0], self.invert[b] - sump[1] + above[1], count + 1)
        joints = [ends[0], *(f"S{row}_{k}" for k in range(1, count)), ends[1]]
        for k in range(count):
            name, first, last = f"L{row}_{k}" if k else f"L{row}", k == 0, k == count - 1
            if not first:
                self._add("JUNCTIONS", joints[k], levels[k], 0, 0, SEALED_M, 0)
            offsets = above[0] if first else 0.0, above[1] if last else 0.0
            flows = value("flow_init_m3s"), value("flow_max_m3s") if first else 0.0
            self._add("CONDUITS", name, joints[k], joints[k + 1], self.length[row] / count, self.manning[row], *offsets, *flows)
            losses = value("loss_in") * first, value("loss_out") * last, value("loss_mean") / count
            shut = gate if first else "NO"
            if any(losses) or shut == "YES":
                self._add("LOSSES", name, *losses, shut)
            self._section(row, name, str(self.edge_ids[row]))

    def _section(self, row: int, name: str, where: str) -> None:
        shape = self.shape[row]
        value = lambda column: float(self._of_edge(column)[row])  # noqa: E731
        barrels = max(1, round(value("barrels")))
        if shape == "irregular":
            self._add("XSECTIONS", name, "IRREGULAR", self._transect(self._word("edge", "transect", False)[row], where))
        elif shape == "custom":
            curve = self._curve(self._word("edge", "curve", False)[row], "shape", where)
            self._add("XSECTIONS", name, "CUSTOM", self.size[row], curve, 0, 0, barrels)
        else:
            size = self.size[row] if np.isfinite(self.size[row]) else 0.0
            second = value("width_m") if value("width_m") > 0 and shape not in _HEIGHT_ONLY else value("section_2")
            self._add("XSECTIONS", name, shape.upper(), size, 0 if shape == "circular" else second, value("section_3"),
                      value("section_4"), barrels)  # fmt: skip

    def _exchange(self, row: int) -> None:
        """What a surcharged manhole gives back: an orifice at its rim to an outfall that stands at the level of the water on the ground.
        A tank spills over a sharp crest (Rehbock: 1.84 m^0.5/s)."""
        rim = self.surface.rim_m[row]
        self._add("OUTFALLS", f"X{row}", rim, "FIXED", rim, "NO")
        if self.kind[row] == "storage":
            crest = self._depths()[row]
            self._add("WEIRS", f"Y{row}", f"N{row}", f"X{row}", "TRANSVERSE", crest, 1.84, "YES", 0, 0, "YES")
            self._add("XSECTIONS", f"Y{row}", "RECT_OPEN", 10, SPILL_M, 0, 0)
            return
        self._add("ORIFICES", f"Y{row}", f"N{row}", f"X{row}", "BOTTOM", max(rim - self.invert[row], 0.0), gated_coefficient(), "YES", 0)
        self._add("XSECTIONS", f"Y{row}", "CIRCULAR", self.opening_m, 0, 0, 0)

    def _curve(self, name: str, use: str, where: str) -> str:
        table = self.network.tables.get("curves")
        known = table is not None and {"curve", "use", "x", "y"} <= set(table.columns)
        rows = table[(table["curve"] == name) & table["use"].astype(str).str.startswith(use)] if known else None  # type: ignore[index]
        if rows is None or not len(rows):
            raise ScenarioError(f"There is no {use} curve '{name}'", where=where, do="Add the curve to the network.")
        key = f"{use} {name}"
        if key not in self.curves:
            self.curves[key] = f"K{len(self.curves)}"
            said = _CURVES[str(rows["use"].iloc[0])]
            for x, y in rows[["x", "y"]].to_numpy(float):
                self._add("CURVES", self.curves[key], *([said] if said else []), x, y)
                said = ""
        return self.curves[key]

    def _transect(self, name: str, where: str) -> str:
        table = self.network.tables.get("transects")
        rows = table[table["transect"] == name] if table is not None and "transect" in table else None
        if rows is None or len(rows) < 2:
            raise ScenarioError(f"There is no transect '{name}'", where=where, do="Add the transect to the network.")
        key = f"transect {name}"
        if key not in self.curves:
            self.curves[key] = f"T{len(self.curves)}"
            one = rows.iloc[0]
            self._add("TRANSECTS", "NC", one["n_left"], one["n_right"], one["n_channel"])
            self._add("TRANSECTS", "X1", self.curves[key], len(rows), one["left_m"], one["right_m"], 0, 0, 0, 0, 0, 0)
            for x, z in rows[["x", "z"]].to_numpy(float):
                self._add("TRANSECTS", "GR", z, x)
        return self.curves[key]

    def _tables(self) -> None:
        if "CURVES" in self.lines:  # points of a curve stand together
            self.lines["CURVES"].sort(key=lambda line: line.split()[0])

    def _add(self, section: str, *fields: Any) -> None:
        self.lines.setdefault(section, []).append(" ".join(f if isinstance(f, str) else f"{float(f):.10g}" for f in fields))


def gated_coefficient() -> float:
    """Coefficient that gives ORIFICE behind a flap gate: SWMM takes (4 / g) v^2 exp(-1.15 v / sqrt(h)) feet off the head h there, which is
    the same share of it at any head (link.c of SWMM 5, after ARMCO)."""
    g, c = 32.2, ORIFICE
    for _ in range(50):
        v = c * math.sqrt(2 * g)  # over sqrt(h)
        c = ORIFICE / math.sqrt(1.0 - 4.0 / g * v * v * math.exp(-1.15 * v))
    return c


def _numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    if column not in table:
        return np.full(len(table), np.nan)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(float)
    return np.where(np.isfinite(values) & (np.abs(values) < 1e9), values, np.nan)


def _texts(table: pd.DataFrame, column: str, lower: bool = True) -> NDArray[np.object_]:
    if column not in table:
        return np.full(len(table), "", object)
    texts = table[column].fillna("").astype(str)
    return (texts.str.lower() if lower else texts).to_numpy(object)

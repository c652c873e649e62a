"""Sewers under a flood: what the ground gives to the drains through manholes, and what surcharged drains give back.

Water passes a manhole as Rubinato et al. 2017 measured (doi:10.1016/j.jhydrol.2017.06.024): over its rim as over a weir, through its
opening as through an orifice where the sewer is full. The flow in the drains is SWMM's (dynamic wave), in a process of its own.
What goes in is computed here from the water on the ground; what comes out inside SWMM, with the pressure it comes from.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.network import Network
from twin.errors import ModelError, ScenarioError
from twin.models.hazard.flood_kernels import GRAVITY
from twin.models.hazard.flood_measures import near_cells
from twin.models.hazard.flood_pumps import Pumps
from twin.models.hazard.flood_terrain import BLOCK, LAND, WATER, Ground
from twin.models.hazard.sewer_inp import ORIFICE, Surface, Written, check_ends, inverts, is_outfall, rooted, write_inp
from twin.models.hazard.sewer_worker import Swmm, stride

FREE_WEIR, DROWNED_WEIR = 0.54, 0.056
"""Discharge coefficients of a manhole (Rubinato et al. 2017)."""
REACH_M = 50.0
"""Ground this near to an inlet is drained by it; what lies farther away keeps the constant sink."""
STATION_M = 60.0
"""Pumps this near to a pumping station of the network are its pumps."""
ABOVE_SHARE, OFF_M = 0.2, 5.0
"""Share of the nodes with the invert above the ground, and distance (median) between covers and ground, from which a network belongs to
another place or height system."""
TOLD_ERROR, UNSTABLE = 0.01, 5.0
_LEAST_M3 = 10.0
_OBJECT = re.compile(r"\b([NLXYMJPS])(\d+)(?:_\d+)?\b")

Notice = tuple[str, str, str]


def exchange_m3s(depth_m: Any, ground_m: Any, head_m: Any, opening_m: float) -> NDArray[np.float64]:
    """Flow through manholes of a diameter, m3/s: positive into the sewer, negative out of it.

    depth_m: water on the ground; ground_m: level of rim and ground; head_m: level of the water in the manhole. With A the area and P the
    circumference: sewer head over the surface, or a drowned opening (depth >= A / P): 0.167 A sqrt(2 g dH); free fall (head below the rim):
    2/3 0.54 P h^1.5 sqrt(2 g), never more than A sqrt(2 g h); drowned weir: 0.056 P h sqrt(2 g h).
    """
    depth, ground, head = np.broadcast_arrays(*(np.asarray(v, float) for v in (depth_m, ground_m, head_m)))
    depth = np.maximum(depth, 0.0)
    area, around, root = math.pi / 4 * opening_m**2, math.pi * opening_m, math.sqrt(2 * GRAVITY)
    fall = ground + depth - head
    orifice = ORIFICE * area * root * np.sqrt(np.abs(fall))
    free = np.minimum(2 / 3 * FREE_WEIR * around * root * depth**1.5, area * root * np.sqrt(depth))
    drowned = np.where(depth < area / around, DROWNED_WEIR * around * depth * root * np.sqrt(depth), orifice)
    into = np.where(head < ground, free, drowned)
    out = np.where(head > ground, -orifice, 0.0)
    return np.where(depth > 0, np.where(fall > 0, into, out), np.where(fall < 0, out, 0.0))


@dataclass(frozen=True)
class Places:
    """Where a network meets the ground. cell: row and column of the land cell of each inlet, (n, 2); river: of the permanent water at each
    outfall, -1 where there is none; roof: share of all roof rain that is led to each inlet."""

    cell: NDArray[np.int64]
    river: NDArray[np.int64]
    roof: NDArray[np.float64]


class Sewer:
    """The sewers of a run. Everything that was asked of SWMM is kept: a saved run is restored by asking it again."""

    def __init__(self, swmm: Swmm, written: Written, places: Places, pumps: tuple[str, ...], bed: NDArray[np.float64], opening_m: float):
        self.places, self.pumps, self.opening_m = places, pumps, opening_m
        self._swmm, self._written = swmm, written
        self._cells, of = np.unique(places.cell, axis=0, return_inverse=True)
        self._of_cell = of.ravel()
        self._log: list[bytes] = []
        self._at_s, self._asked = 0, False
        count = len(written.inlets)
        self._pending = np.zeros(count)  # m3 taken from the ground, not yet in SWMM
        self._last, self._first_m3 = swmm.first, swmm.held_m3()
        self._poured = self._last.returned_m3.copy()
        self._stage, self._on = bed.astype(np.float32), np.ones(len(pumps), np.float32)
        self._river = np.full(len(places.river), np.nan, np.float32)
        self.taken_m3 = self.given_m3 = self._handed = 0.0
        self._has_erred = False

    checkpoint: Callable[[], Any] = staticmethod(lambda: None)
    """Called while waiting; may raise."""

    def surface_pumps(self, pumps: Pumps) -> Pumps:
        """The pumps that draw from the ground: not those that empty the sewers."""
        return replace(pumps, on=pumps.on & ~np.isin(np.array(pumps.ids, object), self.pumps)) if self.pumps else pumps

    def roofs(self, volume_m3: float) -> float:
        """Lead roof rain to the inlets near it; returns m3 they got (the rest falls where there is no sewer)."""
        self._pending += self.places.roof * volume_m3
        got = float(self.places.roof.sum()) * volume_m3
        self.taken_m3 += got
        return got

    def exchange(
        self, w: NDArray[np.float64], z: NDArray[np.float32], now_s: float, dt: float, area_m2: float,
        carried: tuple[NDArray[np.float32], ...], pumps: Pumps,
    ) -> tuple[float, float]:  # fmt: skip
        """Let water pass for dt up to now_s; w changes. Returns m3 that went into the sewers and that came out. Raises ModelError."""
        self._collect()
        given = self._pour(w, area_m2)
        taken = self._take(w, z, dt, area_m2, carried)
        self.taken_m3, self.given_m3 = self.taken_m3 + taken, self.given_m3 + given
        seconds = math.floor(now_s + 1e-6) - self._at_s
        if seconds >= 1:
            self._ask(seconds, w, z, pumps)
        return taken, given

    def _pour(self, w: NDArray[np.float64], area_m2: float) -> float:
        """What came out since the last time, onto the ground."""
        out = np.maximum(self._last.returned_m3 - self._poured, 0.0)
        i, j = self.places.cell.T
        np.add.at(w, (i, j), out / area_m2)
        self._poured += out
        return float(out.sum())

    def _take(
        self, w: NDArray[np.float64], z: NDArray[np.float32], dt: float, area_m2: float, carried: tuple[NDArray[np.float32], ...]
    ) -> float:
        """Water that falls into the manholes, limited to what stands on their cells."""
        i, j = self.places.cell.T
        bed = z[i, j].astype(float)
        depth = np.maximum(w[i, j] - bed, 0.0)
        wish = np.maximum(exchange_m3s(depth, bed, self._last.head_m, self.opening_m), 0.0) * dt * self._written.takes
        if not wish.any():
            return 0.0
        # several manholes may share a cell
        i, j = self._cells.T
        there = np.maximum(w[i, j] - z[i, j], 0.0) * area_m2
        wanted = np.bincount(self._of_cell, wish, minlength=len(i))
        got = np.minimum(wanted, there)
        fell = wish * (got / np.maximum(wanted, 1e-300))[self._of_cell]
        self._pending += fell
        left = 1.0 - got / np.maximum(there, 1e-300)
        w[i, j] = np.where(got > 0, z[i, j] + there / area_m2 * left, w[i, j])
        for flow in carried:
            if flow.size:
                flow[i, j] *= left.astype(np.float32)
        return float(fell.sum())

    def _ask(self, seconds: int, w: NDArray[np.float64], z: NDArray[np.float32], pumps: Pumps) -> None:
        flow = (self._pending / seconds).astype(np.float32)
        index = np.flatnonzero(flow)
        self._pending -= flow.astype(float) * seconds
        self._handed += float(flow.sum(dtype=float)) * seconds
        i, j = self.places.cell.T
        stage = np.maximum(w[i, j], z[i, j]).astype(np.float32)
        moved = np.flatnonzero(np.abs(stage - self._stage) > 1e-3)
        self._stage[moved] = stage[moved]
        wet = self.places.river[:, 0] >= 0
        river = np.full(len(wet), np.nan, np.float32)
        river[wet] = w[self.places.river[wet, 0], self.places.river[wet, 1]]
        risen = np.flatnonzero(wet & ~(np.abs(river - self._river) <= 1e-3))
        self._river[risen] = river[risen]
        runs = dict(zip(pumps.ids, pumps.shares.tolist(), strict=True))
        on = np.array([runs.get(p, 1.0) for p in self.pumps], np.float32)
        turned = np.flatnonzero(on != self._on)
        self._on = on
        request = stride(
            seconds, _pair(index, flow), _pair(moved, stage), _pair(risen, river), _pair(turned, on)
        )  # fmt: skip
        self._log.append(zlib.compress(request, 1))
        self._swmm.ask(request)
        self._at_s, self._asked = self._at_s + seconds, True

    def _collect(self) -> None:
        if self._asked:
            self._last, self._asked = self._swmm.answer(self.checkpoint), False
            if not np.isfinite(self._last.head_m).all() or not abs(self._last.continuity) < UNSTABLE:
                self.close()
                raise ModelError(
                    f"The flow in the sewers became unstable {self._at_s} s after the start",
                    do="Look for drains that are far too small for what flows in, or choose sewer = sink.",
                )  # fmt: skip

    def figures(self) -> dict[str, float]:
        """m3 since the start: left through outfalls, dry weather flow, came back from rivers, lost at nodes outside the area, held now;
        `error` of the whole, 1."""
        self._collect()
        last = self._last
        waits = float((last.returned_m3 - self._poured).sum())
        pending = float(self._pending.sum())
        left = float(last.left_m3.sum())
        lost = last.lost_m3
        held = self._swmm.held_m3() + waits + pending
        # where outfalls have no flap gates, what SWMM took beyond what it was handed came from the river
        river = max(0.0, last.taken_m3 - self._handed) if self._written.is_tidal else 0.0
        came = self._first_m3 + last.dry_m3 + self.taken_m3 + river
        error = (held + left + lost + self.given_m3 - came) / max(came, 1e-9) if came > 0 else 0.0
        return {"left": left, "dry": last.dry_m3, "river": river, "lost": lost, "held": held, "came": came, "error": error}

    def indicators(self) -> dict[str, tuple[float, str]]:
        figures = self.figures()
        return {
            "volume_into_sewer": (self.taken_m3, "m3"),
            "volume_out_of_sewer": (self.given_m3, "m3"),
            "volume_left_by_sewer": (figures["left"], "m3"),
            "volume_in_sewer": (figures["held"], "m3"),
            "sewer_balance_error": (figures["error"], "1"),
        }

    def notices(self) -> list[Notice]:
        found, figures = [], self.figures()
        # while empty pipes fill up the error is that of a small volume and tells nothing
        if figures["came"] > max(_LEAST_M3, 10 * figures["held"]):
            self._has_erred |= abs(figures["error"]) > TOLD_ERROR
        if self._has_erred:
            text = (
                f"The sewers gain or lose more than {TOLD_ERROR:.0%} of their water by computation (sewer_balance_error says how much): "
                "take what goes in and out of them with care."
            )
            found.append(("warning", "sewer-continuity", text))
        if figures["lost"] > _LEAST_M3:
            text = "Water comes out of manholes outside the area and is not followed."
            found.append(("info", "sewer-outside", text))
        return found

    def saved(self) -> dict[str, NDArray[Any]]:
        """Arrays that restore takes, by name; as long as the run was."""
        self._collect()
        sizes = np.array([len(entry) for entry in self._log], np.int64)
        return {
            "log": np.frombuffer(b"".join(self._log), np.uint8), "sizes": sizes, "pending": self._pending, "poured": self._poured,
            "stage": self._stage, "river": self._river, "on": self._on,
            "facts": np.array([self._at_s, self.taken_m3, self.given_m3, self._handed, self._has_erred]),
        }  # fmt: skip

    def replay(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """As it was when saved: SWMM's own hot start files do not hold all of its state, so it computes again what it was asked."""
        ends = np.cumsum(kept["sizes"])
        log = kept["log"].tobytes()
        for first, last in zip((ends - kept["sizes"]).tolist(), ends.tolist()):
            self._log.append(log[first:last])
            self._swmm.ask(zlib.decompress(self._log[-1]))
            self._last = self._swmm.answer(self.checkpoint)
        for name in ("pending", "poured", "stage", "river", "on"):
            setattr(self, f"_{name}", kept[name].copy())
        at, self.taken_m3, self.given_m3, self._handed, erred = kept["facts"].tolist()
        self._at_s, self._has_erred = int(at), bool(erred)

    @property
    def pid(self) -> int:
        """Process that computes them."""
        return self._swmm.pid

    def close(self) -> None:
        self._swmm.close()


def sewer_of(city: City, ground: Ground, pumps: Pumps, params: Mapping[str, Any]) -> tuple[Sewer | None, NDArray[np.bool_], list[Notice]]:
    """The sewers of a city's network `drainage`, the cells that they drain, and what is to be said. None where there is no network, where
    the run does without, or where it cannot be computed: that is a warning, and the constant sink stays. Raises ModelError."""
    network = city.networks.get("drainage")
    served = np.zeros(ground.grid.shape, bool)
    if network is None or params["sewer"] == "sink" or not len(network.edges):
        return None, served, []
    try:
        return _begun(network, ground, pumps, params)
    except ScenarioError as error:
        sink = f"drains take {params['drainage_mm_h']:g} mm/h where the ground is built up"
        text = f"The drainage network is not computed: {error} Until then {sink}."
        return None, served, [("warning", "sewer-unfit", text)]


def _begun(
    network: Network, ground: Ground, pumps: Pumps, params: Mapping[str, Any]
) -> tuple[Sewer, NDArray[np.bool_], list[Notice]]:
    cells, surface, said, river_at, pump_of = _met(network, ground, pumps)
    written = write_inp(network, surface, params["manhole_m"])
    if not written.takes.any():
        raise ScenarioError("No manhole of it lies on open ground of the area", do="Look at where the network lies.")
    names = [f"N{i}" for i in written.inlets]
    own = [pump_of.get(int(row), "") for row in written.stations]
    links = [f"L{row}" for row in written.pumps]
    try:
        swmm = Swmm(written.text, names, [f"N{i}" for i in written.outfalls], links)
    except ScenarioError as error:
        raise ScenarioError(_named(error.what, network), do="Mend the network.") from None
    except ModelError as error:
        raise ScenarioError(f"{error.what} while SWMM read the network", do="Mend the network.") from None
    at = cells[written.inlets]
    served = _served(ground, at[written.takes])
    roof = np.zeros(len(at))
    roof[written.takes] = _roof_shares(ground, at[written.takes], params)
    places = Places(at, river_at[written.outfalls], roof)
    bed = ground.z[at[:, 0], at[:, 1]].astype(float)
    sewer = Sewer(swmm, written, places, tuple(own), bed, params["manhole_m"])
    rest = ground.drained & ~served
    text = f"{int(written.takes.sum()):,} manholes and inlets exchange water with {len(network.edges):,} drains."
    if rest.any() and params["drainage_mm_h"] > 0:
        share = rest.sum() / ground.drained.sum()
        sink = f"drains of {params['drainage_mm_h']:g} mm/h"
        text += f" The {share:.0%} of the built-up ground that lies farther than {REACH_M:g} m from them keeps {sink}."
    notices = [("info", "sewer", text), *said, *(("info", f"sewer-assumed-{k}", sentence) for k, sentence in enumerate(written.notices))]
    return sewer, served, notices


def _met(
    network: Network, ground: Ground, pumps: Pumps
) -> tuple[NDArray[np.int64], Surface, list[Notice], NDArray[np.int64], dict[int, str]]:
    """Cells of the nodes, what the ground says about them, and what does not fit. Raises ScenarioError where too much does not."""
    check_ends(network)
    grid, nodes = ground.grid, network.nodes
    count = len(nodes)
    xy, ids = nodes[["x", "y"]].to_numpy(float), nodes["id"].astype(str).to_numpy(object)
    x0, y0, x1, y1 = grid.bounds
    inside = np.isfinite(xy).all(axis=1) & (xy[:, 0] >= x0) & (xy[:, 0] < x1) & (xy[:, 1] >= y0) & (xy[:, 1] < y1)
    if not inside.any():
        raise ScenarioError(
            f"None of its {count:,} nodes lies in the area", where=str(ids[0]) if count else "", do="Look at its coordinate system."
        )
    land, water = ground.kind == LAND, ground.kind == WATER
    cell, river = np.full((count, 2), -1, np.int64), np.full((count, 2), -1, np.int64)
    outfall = is_outfall(network)
    for row in np.flatnonzero(inside).tolist():
        place = river if outfall[row] else cell
        place[row] = _nearest(xy[row], ground, water if outfall[row] else land)
    known, at_river = cell[:, 0] >= 0, river[:, 0] >= 0
    rim, level = np.full(count, np.nan), np.full(count, np.nan)
    rim[known] = ground.z[cell[known, 0], cell[known, 1]]
    level[at_river] = ground.level[river[at_river, 0], river[at_river, 1]]
    invert = inverts(network)
    counted = known & np.isfinite(invert) & rooted(network)
    above = counted & (invert > rim)
    if counted.any() and above.sum() > max(1, ABOVE_SHARE * counted.sum()):
        worst = int(np.argmax(np.where(above, invert - rim, -np.inf)))
        by = f"by up to {invert[worst] - rim[worst]:.1f} m"
        raise ScenarioError(
            f"{int(above.sum())} of {int(counted.sum())} nodes have their invert above the ground, {by}",
            where=str(ids[worst]), do="Look at the height system and the units of the network.",
        )  # fmt: skip
    said: list[Notice] = []
    stated = invert + nodes["depth_max_m"].to_numpy(float) if "depth_max_m" in nodes else np.full(count, np.nan)
    off = np.abs(stated - rim)[counted & (stated > invert)]
    if len(off) and np.median(off) > OFF_M:
        raise ScenarioError(
            f"Its covers lie {np.median(off):.1f} m off the ground (median)", where=str(ids[counted][0]),
            do="Look at the height system of the network and of the terrain.",
        )  # fmt: skip
    if above.any():
        text = f"{int(above.sum())} nodes of the drains lie above the ground (first: {ids[above][0]}): they are taken as closed."
        said.append(("warning", "sewer-above", text))
    lost = ~rooted(network)
    lost &= np.bincount(network.edges[["start", "end"]].to_numpy(np.int64).clip(0, count - 1).ravel(), minlength=count) > 0
    if lost.any():
        text = f"{int(lost.sum())} nodes of the drains lead to no outfall (first: {ids[lost][0]}) and are left out."
        said.append(("warning", "sewer-islands", text))
    kind = nodes["kind"].fillna("").astype(str).to_numpy(object) if "kind" in nodes else np.full(count, "", object)
    bolted = nodes["surcharge_m"].fillna(0.0).to_numpy(float) > 0 if "surcharge_m" in nodes else np.zeros(count, bool)
    opened = known & ~above & ~bolted & (kind != "storage")
    rim[above] = np.nan
    closed = inside & ~opened & (kind != "storage")
    capacity, pump_of = _stations(xy, kind == "pumping_station", pumps)
    return cell, Surface(rim, opened, closed, level, capacity), said, river, pump_of


def _nearest(xy: NDArray[np.float64], ground: Ground, among: NDArray[np.bool_]) -> NDArray[np.int64] | int:
    """The cell of a place, the nearest of those allowed within a few metres or cells of it; -1 where there is none."""
    grid = ground.grid
    i, j = int((xy[1] - grid.y0) // grid.cell_m), int((xy[0] - grid.x0) // grid.cell_m)
    if among[i, j]:
        return np.array([i, j], np.int64)
    cells = near_cells(float(xy[0]), float(xy[1]), grid, among)
    if not len(cells):
        return -1
    away = (grid.y[cells[:, 0]] - xy[1]) ** 2 + (grid.x[cells[:, 1]] - xy[0]) ** 2
    return cells[int(np.argmin(away))]


def _stations(xy: NDArray[np.float64], station: NDArray[np.bool_], pumps: Pumps) -> tuple[NDArray[np.float64], dict[int, str]]:
    """Capacity by node of the pump of the city that stands at a pumping station, and its id."""
    capacity, found = np.full(len(xy), np.nan), dict[int, str]()
    for row in np.flatnonzero(station).tolist():
        if not len(pumps.ids):
            break
        away = np.hypot(*(pumps.xy - xy[row]).T)
        away[np.isin(pumps.ids, list(found.values()))] = np.inf  # a pump has one station
        nearest = int(np.nanargmin(away)) if np.isfinite(away).any() else 0
        able = max(float(pumps.m3s[nearest]), max((q for _, q in pumps.curves[nearest]), default=0.0) if pumps.m3s[nearest] <= 0 else 0.0)
        if away[nearest] <= STATION_M and able > 0:
            capacity[row], found[row] = able, pumps.ids[nearest]
    return capacity, found


def _served(ground: Ground, at: NDArray[np.int64]) -> NDArray[np.bool_]:
    from scipy import ndimage

    free = np.ones(ground.grid.shape, bool)
    free[at[:, 0], at[:, 1]] = False
    return np.asarray(ndimage.distance_transform_edt(free) * ground.grid.cell_m <= REACH_M)


def _roof_shares(ground: Ground, at: NDArray[np.int64], params: Mapping[str, Any]) -> NDArray[np.float64]:
    """Share of the rain on all roofs that each inlet gets where roofs drain into the sewers: of roofs within twice its reach."""
    share = np.zeros(len(at))
    roofs = np.argwhere(ground.kind == BLOCK)
    if params["roofs"] != "drain" or not len(roofs):
        return share
    from scipy.spatial import cKDTree

    away, inlet = cKDTree(at * ground.grid.cell_m).query(roofs * ground.grid.cell_m, distance_upper_bound=2 * REACH_M)
    np.add.at(share, inlet[np.isfinite(away)], 1.0 / len(roofs))
    return share


def _named(text: str, network: Network) -> str:
    """SWMM's words with the names of the city in place of ours."""
    nodes, edges = network.nodes["id"].astype(str).tolist(), network.edges["id"].astype(str).tolist()

    def name(found: re.Match[str]) -> str:
        known = edges if found[1] in "LPS" else nodes
        return known[int(found[2])] if int(found[2]) < len(known) else found[0]

    return _OBJECT.sub(name, text)


def _pair(index: NDArray[Any], values: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    return index.astype(np.int32), values[index]

"""Pumps of the flood model: what they draw and where it goes, their curves, their power, and the water that drowns them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.models.hazard.flood_measures import column, near_cells
from twin.models.hazard.flood_terrain import BLOCK, LAND

SUPPLIES = ("power", "substation")
"""Columns that name what a pump hangs on."""
Curve = tuple[tuple[float, float], ...]
_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pumps:
    """xy: places, local metres; m3s: capacity; on: switched on; powered: has current; cells: land cells each draws from, (n, 2).

    curves: (head m, m3/s) falling, () where the capacity is all there is. outlet: where the water comes out, local metres, NaN where it is
    led away. supply: id of what each hangs on, "" where that is not said. fails_at: depth at its own cell that drowns it, m, infinite
    where none does; failed_s: when it drowned, NaN where it works. power: share of its power that it gets, whatever `powered` says; dark_s:
    when that fell to nothing, NaN where it has some.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    xy: _Floats
    m3s: _Floats
    on: NDArray[np.bool_]
    powered: NDArray[np.bool_]
    curves: tuple[Curve, ...]
    outlet: _Floats
    supply: tuple[str, ...]
    fails_at: _Floats
    failed_s: _Floats
    power: _Floats
    dark_s: _Floats
    cells: tuple[NDArray[np.int64], ...] = field(default=())
    own: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """Cell each stands in, -1 where it stands nowhere."""
    mouths: tuple[NDArray[np.int64], ...] = field(default=())
    """Land cells its water comes out in; none where it is gone."""
    outfall: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    """Cell whose level it pumps against, -1 where that is unknown."""

    def placed(self, grid: Grid, kind: NDArray[np.uint8]) -> Pumps:
        """On the cells of a grid. Raises ScenarioError for an outlet in a building."""
        land = kind == LAND
        cells = tuple(near_cells(x, y, grid, land) for x, y in self.xy)
        own = np.array([_nearest(at, xy, grid) for at, xy in zip(cells, self.xy, strict=True)], np.int64).reshape(-1, 2)
        mouths, outfall = [], []
        for id, (x, y) in zip(self.ids, self.outlet, strict=True):
            i, j = (int(v) for v in grid.cell_of(x, y)) if np.isfinite([x, y]).all() else (-1, -1)
            at = near_cells(x, y, grid, land) if i >= 0 and kind[i, j] in (LAND, BLOCK) else np.zeros((0, 2), np.int64)
            if i >= 0 and kind[i, j] in (LAND, BLOCK) and not len(at):
                raise ScenarioError("A pump's outlet is in a building", where=id, do="Let it end on a street or in the river.")
            mouths.append(at)
            outfall.append(_nearest(at, np.array([x, y]), grid) if len(at) else (i, j))
        return replace(self, cells=cells, own=own, mouths=tuple(mouths), outfall=np.array(outfall, np.int64).reshape(-1, 2))

    def joined(self, other: Pumps) -> Pumps:
        def both(a: Any, b: Any) -> Any:
            return a + b if isinstance(a, tuple) else np.concatenate([a, b])

        return Pumps(*(both(getattr(self, name), getattr(other, name)) for name in self.__dataclass_fields__))

    def switched(self, rows: list[int], on: bool) -> Pumps:
        """On or off; one that drowned and is switched on works again until it drowns again."""
        state, failed = self.on.copy(), self.failed_s.copy()
        state[rows] = on
        if on:
            failed[rows] = np.nan
        return replace(self, on=state, failed_s=failed)

    def supplied(self, supplies: Iterable[str], on: bool) -> Pumps:
        """With or without current, those that hang on what is named."""
        return replace(self, powered=np.where(np.isin(np.array(self.supply, object), list(supplies)), on, self.powered).astype(bool))

    def fed(self, share: NDArray[Any], now_s: float) -> Pumps:
        """With the share of their power that the first pumps get now, 0 to 1, in their order; unknown shares (NaN) are whole ones."""
        power = self.power.copy()
        n = min(len(power), len(share))
        power[:n] = np.clip(np.where(np.isnan(share[:n]), 1.0, share[:n]), 0.0, 1.0)
        dark = np.where(power > 0.0, np.nan, np.where(np.isnan(self.dark_s), now_s, self.dark_s))
        return replace(self, power=power, dark_s=dark)

    @property
    def shares(self) -> _Floats:
        """Of their capacity at which they run now: 0 where they are off, have no current or drowned."""
        return np.where(self.on & self.powered & np.isnan(self.failed_s), self.power, 0.0)

    def draw(
        self, w: NDArray[np.float64], z: NDArray[np.float32], dt: float, area_m2: float, carried: tuple[NDArray[np.float32], ...] = (),
        now_s: float = 0.0,
    ) -> tuple[float, float]:  # fmt: skip
        """Take what each can in dt, the same share from all its cells, and of their flows (carried); bring it to its outlet.

        Returns m3 that are gone and m3 that came out on land.
        """
        i, j = self.own.T
        deep = (i >= 0) & np.isnan(self.failed_s)
        deep[deep] = (w[i[deep], j[deep]] - z[i[deep], j[deep]]) > self.fails_at[deep]
        self.failed_s[deep] = now_s
        gone = moved = 0.0
        shares = self.shares
        for row in self._wet(np.flatnonzero(shares > 0.0), w, z):  # dozens at most
            i, j = self.cells[row].T
            able = self.able_m3s(int(row), w) * float(shares[row])
            depth = np.maximum(w[i, j] - z[i, j], 0.0)
            there = float(depth.sum()) * area_m2
            if there <= 0 or able <= 0:
                continue
            share = 1.0 - min(1.0, able * dt / there)
            kept = depth * share
            for flow in carried:
                if flow.size:
                    flow[i, j] *= np.float32(share)
            w[i, j] = z[i, j] + kept
            taken = float((depth - kept).sum()) * area_m2
            mouth = self.mouths[row]
            if len(mouth):
                w[mouth[:, 0], mouth[:, 1]] += taken / (len(mouth) * area_m2)
                moved += taken
            else:
                gone += taken
        return gone, moved

    def _wet(self, rows: NDArray[np.int64], w: NDArray[np.float64], z: NDArray[np.float32]) -> NDArray[np.int64]:
        """Those of some pumps that have water to draw."""
        rows = np.array([row for row in rows if len(self.cells[row])], np.int64)
        if not len(rows):
            return rows
        i, j = np.concatenate([self.cells[row] for row in rows]).T
        first = np.cumsum([0, *(len(self.cells[row]) for row in rows[:-1])])
        return np.asarray(rows[np.maximum.reduceat(w[i, j] - z[i, j], first) > 0.0])

    def have_water(self, w: NDArray[np.float64], z: NDArray[np.float32]) -> bool:
        """Whether any that runs has water to draw."""
        return len(self._wet(np.flatnonzero(self.shares > 0.0), w, z)) > 0

    def able_m3s(self, row: int, w: NDArray[np.float64]) -> float:
        """What a pump can bring at the levels w: its curve at the head between its outlet and where it stands, at most its capacity."""
        if not self.curves[row]:
            return float(self.m3s[row])
        (i, j), (m, n) = self.own[row], self.outfall[row]
        head = max(0.0, float(w[m, n] - w[i, j])) if i >= 0 and m >= 0 else 0.0
        heads, flows = zip(*self.curves[row], strict=True)
        able = float(np.interp(head, heads, flows, right=0.0))
        return min(able, float(self.m3s[row])) if self.m3s[row] > 0 else able

    def notices(self) -> list[tuple[str, str, str]]:
        """Which drowned or lost their power, and when."""
        found = []
        for row in np.flatnonzero(~np.isnan(self.dark_s)):
            text = f"Pump {self.names[row]} has had no power since {self.dark_s[row] / 60.0:.0f} min after the start."
            found.append(("warning", f"pump-dark-{self.ids[row]}", text))
        for row in np.flatnonzero(~np.isnan(self.failed_s)):
            name, at = self.names[row], self.failed_s[row] / 60.0
            text = f"Pump {name} stood in more than {self.fails_at[row]:g} m of water and failed after {at:.0f} min."
            found.append(("warning", f"pump-failed-{self.ids[row]}", text))
        return found

    def saved(self) -> dict[str, Any]:
        """All but the cells, as JSON can hold it."""
        return {name: np.asarray(values).tolist() if isinstance(values := getattr(self, name), np.ndarray) else values for name in _KEPT}

    @staticmethod
    def restored(facts: Mapping[str, Any], grid: Grid, kind: NDArray[np.uint8]) -> Pumps:
        def floats(name: str) -> _Floats:
            return np.array(facts[name], float)

        return Pumps(
            tuple(facts["ids"]), tuple(facts["names"]), floats("xy").reshape(-1, 2), floats("m3s"), np.array(facts["on"], bool),
            np.array(facts["powered"], bool), tuple(tuple((h, q) for h, q in c) for c in facts["curves"]), floats("outlet").reshape(-1, 2),
            tuple(facts["supply"]), floats("fails_at"), floats("failed_s"), floats("power"), floats("dark_s"),
        ).placed(grid, kind)  # fmt: skip


_KEPT = ("ids", "names", "xy", "m3s", "on", "powered", "curves", "outlet", "supply", "fails_at", "failed_s", "power", "dark_s")
NO_PUMPS = Pumps(
    (), (), np.zeros((0, 2)), np.zeros(0), np.zeros(0, bool), np.zeros(0, bool), (), np.zeros((0, 2)), (), np.zeros(0), np.zeros(0),
    np.zeros(0), np.zeros(0),
)  # fmt: skip


def pumps_of(layer: Features | None, grid: Grid, kind: NDArray[np.uint8]) -> Pumps:
    """Layer `pumps`: points with capacity_m3s and `on` (running where it is not stated).

    Maybe: `curve`, head in m and m3/s in pairs; outlet_x and outlet_y in local metres, or a line that begins at the pump and ends at the
    outlet (without either the water is led away, and the head is 0); `power` or `substation`, the id of what it hangs on, and `powered`;
    fails_at_m. Raises ScenarioError.
    """
    if layer is None or not len(layer):
        return NO_PUMPS
    table, n = layer.table, len(layer)
    box = shapely.bounds(layer.geometry)  # NaN where there is no place: such a pump draws nothing
    xy = (box[:, :2] + box[:, 2:]) / 2
    outlet = np.column_stack([column(layer, "outlet_x"), column(layer, "outlet_y")])
    lines = shapely.get_type_id(layer.geometry) == 1
    if lines.any():
        xy[lines] = shapely.get_coordinates(shapely.get_point(layer.geometry[lines], 0))
        ends = shapely.get_coordinates(shapely.get_point(layer.geometry[lines], -1))
        outlet[lines] = np.where(np.isfinite(outlet[lines]), outlet[lines], ends)
    curve_texts = texts_of(table, "curve")
    curves = tuple(curve_of(text, str(id)) if text else () for text, id in zip(curve_texts, layer.ids, strict=True))
    named = [texts_of(table, name) for name in SUPPLIES]
    supply = tuple(next((t for t in several if t), "") for several in zip(*named, strict=True))
    fails_at = column(layer, "fails_at_m")
    if (fails_at < 0).any():
        id = str(layer.ids[int(np.argmax(fails_at < 0))])
        raise ScenarioError("A pump cannot fail at a depth below 0", where=id, do="Give fails_at_m in metres above the ground.")
    names = tuple(name or str(id) for name, id in zip(texts_of(table, "name"), layer.ids, strict=True))
    return Pumps(
        tuple(str(id) for id in layer.ids), names, xy, np.nan_to_num(column(layer, "capacity_m3s")), flags(layer, "on"),
        flags(layer, "powered"), curves, outlet, supply, np.where(np.isfinite(fails_at), fails_at, np.inf), np.full(n, np.nan),
        np.ones(n), np.full(n, np.nan),
    ).placed(grid, kind)  # fmt: skip


def curve_of(text: str, where: str = "") -> Curve:
    """Head, m, and flow, m3/s, of a text like "0 2.0, 3 1.5, 6 0". Raises ScenarioError."""
    try:
        pairs = tuple((float(h), float(q)) for h, q in (pair.split() for pair in text.replace(";", ",").split(",") if pair.strip()))
        heads, flows = np.array(pairs, float).T
    except ValueError:
        raise ScenarioError(
            f"'{text[:60]}' is no pump curve", where=where, do="Write head in m and flow in m3/s in pairs: 0 2.0, 3 1.5, 6 0"
        ) from None
    sound = np.isfinite(heads).all() and np.isfinite(flows).all() and (flows >= 0).all() and (heads >= 0).all()
    if not sound or (np.diff(heads) <= 0).any() or (np.diff(flows) > 0).any():
        raise ScenarioError(
            f"The pump curve '{text[:60]}' does not fall", where=where, do="Let the head rise and the flow fall from pair to pair."
        )
    return pairs


_NO = ("false", "no", "off", "closed", "0")


def flags(layer: Features, name: str) -> NDArray[np.bool_]:
    """A column of yes and no; yes where nothing is stated."""
    stated = layer.table[name] if name in layer.table else pd.Series(True, index=layer.table.index)
    return np.array([True if pd.isna(v) else str(v).strip().lower() not in _NO if isinstance(v, str) else bool(v) for v in stated], bool)


def texts_of(table: pd.DataFrame, name: str) -> list[str]:
    """A column of texts, "" where there is none."""
    if name not in table:
        return [""] * len(table)
    return ["" if pd.isna(v) else str(v).strip() for v in table[name]]


def _nearest(cells: NDArray[np.int64], xy: _Floats, grid: Grid) -> tuple[int, int]:
    """The cell whose centre is nearest, (-1, -1) where there is none."""
    if not len(cells):
        return -1, -1
    away = np.hypot(grid.x[cells[:, 1]] - xy[0], grid.y[cells[:, 0]] - xy[1])
    i, j = cells[int(away.argmin())]
    return int(i), int(j)

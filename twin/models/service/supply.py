"""Who is without what: power, water and connection of every building from the node that serves it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.city.assets import READS, Assets
from twin.city.centres import centres
from twin.city.city import City
from twin.city.dependencies import REACH_M, serving
from twin.models.base import Array, Change, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour

LOST = 0.5
"""A building counts as without below this share."""
WORDS = {"power": "power", "water": "water", "mobile": "connection"}


@dataclass
class SupplyState:
    params: dict[str, Any]
    node: dict[str, NDArray[np.int64]]
    """Row of the network's nodes (or of the masts) that serves each building, -1 where none does."""
    served: dict[str, NDArray[np.float32]]
    people: NDArray[np.float32]
    person_hours: dict[str, float]
    most: dict[str, float]
    masts: Any = None
    """(xy, reach_m, homes) where there are masts."""
    covered: tuple[bytes, NDArray[np.float32]] = (b"", np.empty(0, np.float32))
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)


def serving_node(city: City, assets: Assets, what: str) -> NDArray[np.int64]:
    """Row of the nearest node of network `power` or `water` that serves customers for each building, -1 where none is near."""
    first, rows, n = assets.part(f"node:{what}").start, serving(assets, what), len(city.buildings)
    if not len(rows) or not n:
        return np.full(n, -1, np.int64)
    home = np.nan_to_num(centres(city.buildings.footprints))
    away, near = cKDTree(assets.xy[rows]).query(home, distance_upper_bound=REACH_M)
    return np.where(np.isfinite(away), rows[np.minimum(near, len(rows) - 1)] - first, -1)


@register
class Supply(Model):
    """Each building hangs on the nearest node that serves customers, and talks to the nearest mast that works."""

    name = "supply"
    title = "People without services"
    question = "Who is without power, water and connection, and for how long?"
    role = "impact"
    essential = ("buildings", "network:power|network:water|layer:masts")
    reads = (*READS, "buildings", "people")
    needs = (Need("power_supply", optional=True), Need("water_supply", optional=True), Need("mast_state", optional=True))
    gives = ("building_power", "building_water", "building_mobile")
    params = (
        Param("mast_reach_m", "A mast serves within", 1500.0, "m", low=50, high=50000, advanced=True,
              help="Of masts whose reach the city does not state (column range_m).", source="assumption: city cells"),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )
    limits = (
        "Buildings hang on the nearest node; who is really on which cable or main is not known where the city does not say.",
        "People's own generators, tanks and batteries do not count; nobody moves.",
    )
    cite = ("FEMA (2024): Hazus 6.1, loss of function of utilities. Person-hours: the sum over people of the hours they are without.",)
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> SupplyState:
        assets, n = Assets.of(city), len(city.buildings)
        home = np.nan_to_num(centres(city.buildings.footprints)) if n else np.empty((0, 2))
        people, notes = people_by_hour(city)
        node = {what: serving_node(city, assets, what) for what in ("power", "water")}
        masts = city.layers.get("masts")
        node["mobile"] = np.full(n, -1, np.int64)
        unknown = {k: np.full(n, np.nan, np.float32) for k in WORDS}
        state = SupplyState(dict(params), node, unknown, people, dict.fromkeys(WORDS, 0.0), dict.fromkeys(WORDS, 0.0), notes=list(notes))
        if masts is not None and len(masts) and n:
            reach = masts.table["range_m"].to_numpy(float) if "range_m" in masts.table else np.full(len(masts), np.nan)
            state.masts = assets.xy[assets.part("masts")], np.where(np.isfinite(reach), reach, params["mast_reach_m"]), home
        self._read(state, inputs)
        return state

    def _read(self, state: SupplyState, inputs: Mapping[str, Array]) -> None:
        for what, name in (("power", "power_supply"), ("water", "water_supply")):
            if name in inputs:
                share, row = np.append(np.asarray(inputs[name], np.float32), np.float32(1.0)), state.node[what]
                if len(share) > 1:
                    state.served[what] = np.nan_to_num(share[np.where(row < 0, len(share) - 1, row)], nan=1.0)
        if "mast_state" in inputs and state.masts is not None:
            state.served["mobile"] = self._coverage(state, np.asarray(inputs["mast_state"]) < 3)
        for what in WORDS:
            state.most[what] = max(state.most[what], self._without(state, what))

    def _coverage(self, state: SupplyState, works: NDArray[np.bool_]) -> NDArray[np.float32]:
        """1 where a working mast reaches, 0 where one would and none works, 1 where none ever did."""
        key = works.tobytes()
        if key != state.covered[0]:
            xy, reach, home = state.masts
            ever, now = np.zeros(len(home), bool), np.zeros(len(home), bool)
            tree = cKDTree(home)
            for i in range(len(xy)):
                near = tree.query_ball_point(xy[i], float(reach[i]))
                ever[near] = True
                if works[i]:
                    now[near] = True
            state.covered = key, (now | ~ever).astype(np.float32)
        return state.covered[1]

    def _without(self, state: SupplyState, what: str) -> float:
        people = state.people[int(state.params["start_hour"] + state.at_s / 3600) % 24]
        return float(people[state.served[what] < LOST].sum(dtype=float))

    def update(self, state: SupplyState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        for what in WORDS:  # as it was until now
            state.person_hours[what] += self._without(state, what) * (until_s - state.at_s) / 3600.0
        state.at_s = until_s
        self._read(state, inputs)

    def apply(self, state: SupplyState, change: Change) -> None:
        """What is switched is the business of `repairs`."""
        if change.kind not in self.accepts:
            super().apply(state, change)

    def outputs(self, state: SupplyState) -> dict[str, Array]:
        return {f"building_{what}": state.served[what] for what in WORDS}

    def indicators(self, state: SupplyState) -> dict[str, tuple[float, str]]:
        figures = {}
        for what, word in WORDS.items():
            if not np.isfinite(state.served[what]).any():
                continue
            figures[f"people_without_{word}"] = (self._without(state, what), "persons")
            figures[f"people_without_{word}_worst"] = (state.most[what], "persons")
            figures[f"person_hours_without_{word}"] = (state.person_hours[what], "h")
        return figures

    def notices(self, state: SupplyState) -> list[Note]:
        return state.notes

    def save(self, state: SupplyState) -> bytes:
        file = io.BytesIO()
        head = json.dumps([state.params, state.at_s, state.person_hours, state.most])
        np.savez(file, head=np.array(head), **state.served)  # type: ignore[arg-type]
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> SupplyState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, hours, most = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.served = {k: saved[k] for k in WORDS}
        state.at_s, state.person_hours, state.most = at_s, hours, most
        return state

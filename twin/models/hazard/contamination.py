"""Something gets into the drinking water: a spill at the works, dirt through a broken main, poison at a tap."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from twin.city.assets import READS, SUPPORTS, Assets
from twin.city.centres import centres
from twin.city.city import City
from twin.city.dependencies import REACH_M
from twin.errors import ScenarioError
from twin.models.base import Array, Happening, Model, Param, register
from twin.models.exposure import Note

_FEW = 3


@dataclass
class ContaminationState:
    """rows: nodes of the water network where it is put in; rate, held: (nodes,) on average over the step that is past."""

    params: dict[str, Any]
    ids: NDArray[np.object_]
    rows: NDArray[np.int64]
    rate: NDArray[np.float32]
    held: NDArray[np.float32]
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)


@register
class Contamination(Model):
    """A substance is put into the water network at named places for a time; `water_supply` then follows it."""

    name = "contamination"
    title = "Contamination of the water"
    question = "Who gets the water that something was put into, and when is it clean again?"
    role = "hazard"
    reads = (*READS, "buildings")
    gives = ("water_injection", "water_held", "contaminant_decay", "contaminant_limit")
    params = (
        Param("objects", "Where", "", kind="text",
              help="Ids, with commas: places of the water network, tanks, works, pipes; what is not part of it (a building) stands for the "
              "nearest place of the network."),
        Param("begin", "Begins after", "PT10M", "s", "duration", low=0, high=366 * 86400),
        Param("duration", "Lasts (0: to the end)", "PT1H", "s", "duration", low=0, high=366 * 86400),
        Param("rate_g_min", "Put in", 10.0, "g/min", low=0, high=1e6, help="At each of the places.", source="assumption of the scenario"),
        Param("held_mg_l", "Or held at", 0.0, "mg/L", low=0, high=1e6,
              help="Above 0: the water that leaves the place has at least this concentration, whatever that takes. 100 at a works without "
              "decay shows the share of water from there, in percent."),
        Param("decay_1_d", "Decay", 0.0, "1/d", low=0, high=1000, help="First order, in pipes and tanks; 0: it stays.",
              source="Rossman et al. 2020, EPA/600/R-20/133"),
        Param("limit_mg_l", "Not to be drunk from", 0.01, "mg/L", low=1e-6, high=1e6, help="0.01 mg/L is the guideline value of arsenic.",
              source="WHO 2022, Guidelines for drinking-water quality, 4th edition with addenda"),
    )  # fmt: skip
    limits = (
        "One substance in a run, well mixed, that does not change how the water flows and does not stick to pipes.",
        "It is put in where water flows: at a dead end it gets in as fast as water is drawn there, into a tank as it empties.",
        "Begin and end are spread over the step of the run in which they lie; the mass is right.",
    )
    cite = ("Rossman, L. et al. (2020): EPANET 2.2 User Manual, 3.4 (mass booster and setpoint booster sources). EPA/600/R-20/133.",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ContaminationState:
        network = city.networks.get("water")
        ids = np.empty(0, object) if network is None else network.nodes["id"].astype(str).to_numpy(object)
        none = np.zeros(len(ids), np.float32)
        state = ContaminationState(dict(params), ids, np.empty(0, np.int64), none, none.copy())
        names = [n.strip() for n in str(params["objects"]).split(",") if n.strip()]
        if not len(ids):
            text = "The city has no water network: there is nothing to contaminate."
            state.notes.append(("warning", "contamination-no-network", text))
        elif not names:
            text = "Nothing is named where the water is contaminated; state it in 'Where'."
            state.notes.append(("info", "contamination-none", text))
        else:
            state.rows = self._rows(city, names, state.notes)
        return state

    def _rows(self, city: City, names: list[str], notes: list[Note]) -> NDArray[np.int64]:
        """Nodes of the network by what is named, each once."""
        assets, network = Assets.of(city), city.networks["water"]
        part, nodes = assets.part("node:water"), assets.xy[assets.part("node:water")]
        kinds = assets.kinds[part]
        open_to = np.flatnonzero(kinds == "junction") if (kinds == "junction").any() else np.arange(len(nodes))
        near, built = cKDTree(nodes[open_to]), {str(k): i for i, k in enumerate(city.buildings.table["id"])} if len(city.buildings) else {}
        found, unknown, far, moved = list[int](), list[str](), list[str](), list[str]()
        for name, row in zip(names, assets.rows_of(names).tolist()):
            if row < 0 and name not in built:
                unknown.append(name)
                continue
            support = SUPPORTS[int(assets.support[row])] if row >= 0 else "building"
            if support == "node:water":
                found.append(row - part.start)
                continue
            if support == "edge:water":
                end = int(network.edges["end"].iloc[row - assets.part("edge:water").start])
                if 0 <= end < len(nodes):
                    found.append(end)
                    moved.append(f"{name} at its end, {assets.ids[part.start + end]}")
                    continue
            xy = assets.xy[row] if row >= 0 else centres(city.buildings.footprints[[built[name]]])[0]
            away, which = near.query(np.nan_to_num(xy), distance_upper_bound=REACH_M)
            if not np.isfinite(away):
                far.append(name)
                continue
            found.append(int(open_to[which]))
            moved.append(f"{name} at {assets.ids[part.start + found[-1]]}")
        if unknown and not found and not far:
            what = f"The city has no '{', '.join(unknown[:_FEW])}' where the water could be contaminated"
            raise ScenarioError(what, do="Name places of the water network, or buildings, by their id.")
        without = "the run goes on without."
        for some, level, code, text in (
            (unknown, "warning", "contamination-unknown", f"The city has no '{{}}' where the water could be contaminated; {without}"),
            (far, "warning", "contamination-far", f"No water main lies within {REACH_M / 1000:g} km of {{}}; {without}"),
            (moved, "info", "contamination-nearest", "The contaminant enters the network: {}."),
        ):
            if some:
                more = f" and {len(some) - _FEW} others" if len(some) > _FEW else ""
                notes.append((level, code, text.format(", ".join(some[:_FEW]) + more)))
        return np.array(list(dict.fromkeys(found)), np.int64)

    def update(self, state: ContaminationState, inputs: Mapping[str, Array], until_s: float) -> None:
        """Means of the step from the last moment to this one."""
        self.checkpoint(0.0)
        p, before = state.params, state.at_s
        begin, end = p["begin"], p["begin"] + p["duration"] if p["duration"] > 0 else np.inf
        share = max(min(end, until_s) - max(begin, before), 0.0) / max(until_s - before, 1e-9)
        state.rate, state.held = (np.zeros(len(state.ids), np.float32) for _ in range(2))
        if p["held_mg_l"] > 0:
            state.held[state.rows] = share * p["held_mg_l"]
        else:
            state.rate[state.rows] = share * p["rate_g_min"]
        if before < begin <= until_s or (begin == before == 0.0 and not state.told):
            what, values = ("dosed", {"hours": p["duration"] / 3600.0}) if p["duration"] > 0 else ("dosed-on", {})
            state.told += [Happening(float(begin), str(state.ids[row]), what, (), values) for row in state.rows]
        state.at_s = until_s

    def outputs(self, state: ContaminationState) -> dict[str, Array]:
        decay, limit = (np.array([state.params[k]], np.float32) for k in ("decay_1_d", "limit_mg_l"))
        return {"water_injection": state.rate, "water_held": state.held, "contaminant_decay": decay, "contaminant_limit": limit}

    def notices(self, state: ContaminationState) -> list[Note]:
        return state.notes

    def happenings(self, state: ContaminationState) -> list[Happening]:
        return state.told

    def save(self, state: ContaminationState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what, dict(h.values)] for h in state.told]
        np.savez(file, head=np.array(json.dumps([state.params, state.at_s, told])), rate=state.rate, held=state.held)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ContaminationState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.rate, state.held, state.at_s = saved["rate"], saved["held"], at_s
            state.told = [Happening(t, o, w, (), v) for t, o, w, v in told]
        return state

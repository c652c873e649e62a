"""Who drinks it: buildings and people behind places of the water network whose water is above the limit."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.assets import READS, Assets
from twin.city.city import City
from twin.models.base import Array, Model, Need, Param, register
from twin.models.exposure import Note, people_by_hour
from twin.models.service.supply import serving_node
from twin.models.service.water_taint import SERVED


@dataclass
class ExposureState:
    """node: row of the network's node that serves each building, -1 none; mg_l: of the water of each building, NaN where none comes."""

    params: dict[str, Any]
    node: NDArray[np.int64]
    people: NDArray[np.float32]
    mg_l: NDArray[np.float32]
    above: NDArray[np.bool_]
    ever: NDArray[np.bool_]
    person_hours: float = 0.0
    most: float = 0.0
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)


@register
class WaterExposure(Model):
    """Each building drinks from the nearest place of the water network that serves customers, as in `supply`."""

    name = "water_exposure"
    title = "People with contaminated water"
    question = "How many people have water that must not be drunk, where, and for how long?"
    role = "impact"
    essential = ("buildings", "network:water")
    reads = (*READS, "buildings", "people")
    needs = (Need("water_contaminant"), Need("contaminant_limit"), Need("water_supply", optional=True))
    gives = ("building_contaminant",)
    params = (
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )
    limits = (
        "It says whose water is above the limit, not who drinks how much of it, nor what that does to them; nobody is warned.",
        "Buildings hang on the nearest place of the network; what stands in their own pipes and tanks is not followed.",
    )
    cite = (
        "WHO (2022): Guidelines for drinking-water quality, 4th edition with the first and second addenda. ISBN 978-92-4-004506-4.",
        "Murray, R. et al. (2010): Sensor network design for drinking water contamination warning systems. EPA/600/R-09/141.",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ExposureState:
        people, notes = people_by_hour(city)
        node, n = serving_node(city, Assets.of(city), "water"), len(city.buildings)
        none = np.zeros(n, bool)
        state = ExposureState(dict(params), node, people, np.full(n, np.nan, np.float32), none, none.copy(), notes=list(notes))
        self._read(state, inputs)
        return state

    def _read(self, state: ExposureState, inputs: Mapping[str, Array]) -> None:
        at_node = np.append(np.asarray(inputs["water_contaminant"], np.float32), np.float32(np.nan))
        gets = np.append(np.nan_to_num(np.asarray(inputs.get("water_supply", np.ones(len(at_node) - 1))), nan=1.0) >= SERVED, False)
        state.mg_l = np.where(gets[state.node], at_node[state.node], np.float32(np.nan))
        with np.errstate(invalid="ignore"):
            state.above = state.mg_l > float(np.asarray(inputs["contaminant_limit"]).flat[0])
        state.ever |= state.above
        state.most = max(state.most, self._reached(state))

    def _reached(self, state: ExposureState) -> float:
        people = state.people[int(state.params["start_hour"] + state.at_s / 3600) % 24]
        return float(people[state.above].sum(dtype=float))

    def update(self, state: ExposureState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.person_hours += self._reached(state) * (until_s - state.at_s) / 3600.0  # as it was until now
        state.at_s = until_s
        self._read(state, inputs)

    def outputs(self, state: ExposureState) -> dict[str, Array]:
        return {"building_contaminant": state.mg_l}

    def indicators(self, state: ExposureState) -> dict[str, tuple[float, str]]:
        return {
            "people_contaminated": (self._reached(state), "persons"),
            "people_contaminated_worst": (state.most, "persons"),
            "person_hours_contaminated": (state.person_hours, "h"),
            "buildings_contaminated": (float(state.ever.sum()), "buildings"),
        }

    def notices(self, state: ExposureState) -> list[Note]:
        return state.notes

    def save(self, state: ExposureState) -> bytes:
        file = io.BytesIO()
        head = json.dumps([state.params, state.at_s, state.person_hours, state.most])
        np.savez(file, head=np.array(head), mg_l=state.mg_l, above=state.above, ever=state.ever)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ExposureState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, hours, most = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.mg_l, state.above, state.ever = saved["mg_l"], saved["above"], saved["ever"]
        state.at_s, state.person_hours, state.most = at_s, hours, most
        return state

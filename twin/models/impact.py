"""What water does to buildings and the people in them: impact = hazard x exposure x vulnerability."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import ModelError
from twin.models.base import Array, Inputs, Model, Need, Param, register
from twin.models.exposure import Note, damage_share, exposed_value, people_by_hour, region_of, table, uses
from twin.models.sampling import Touch

REACH_M = 50.0
"""A house with houses all around takes the water of the nearest open ground within this."""
DEPTH_CLASSES = (0.15, 0.5, 1.0, 2.0)


@dataclass
class ImpactState:
    params: dict[str, Any]
    touch: Touch | None
    region: str
    currency: str
    classes: NDArray[np.object_]
    value: NDArray[np.float64]
    people: NDArray[np.float32]
    depth: NDArray[np.float32]
    depth_max: NDArray[np.float32]
    affected: NDArray[np.float32]
    at_s: float = 0.0
    notes: list[Note] = field(default_factory=list)

    @property
    def damage(self) -> NDArray[np.float32]:
        depth = np.maximum(0.0, self.depth_max.astype(float) - self.params["floor_m"])
        return damage_share(depth, self.classes, self.region).astype(np.float32)


@register
class Impact(Model):
    """Depth at the wall, share of the value lost (JRC curves), money lost, people in buildings that are reached."""

    name = "impact"
    version = "2"
    title = "Flood impact"
    question = "Which buildings does the water reach, who is in them, and what does it cost?"
    role = "impact"
    reads = ("buildings", "people")
    needs = (Need("water_depth"), Need("water_depth_max", optional=True))
    gives = (
        "building_water_depth", "building_water_depth_max", "building_damage", "building_loss", "building_people_affected",
    )
    params = (
        Param(
            "floor_m", "Ground floor above the ground", 0.15, "m", low=0, high=3,
            help="Water that stays below it does no damage.", source="assumption: one step",
        ),
        Param("affected_m", "People count as affected from", 0.15, "m", low=0.01, high=3, help="Depth at the building."),
        Param(
            "exposed_storeys", "Storeys that water can reach", 2.0, "", low=1, high=200, advanced=True,
            help="Of a tower only these count: the curves end at 6 m.", source="assumption: reach of the damage curves",
        ),
        Param("gdp_usd", "GDP per head for default values", 0.0, "USD", low=0, high=500000, advanced=True,
              help="US$ of 2010; 0 takes the region's figure. Used only where the city gives no value."),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )
    limits = (
        "Direct damage to buildings and contents only: no vehicles, streets, business interruption or recovery.",
        "Average curves of a continent: good for comparing measures, not for pricing one building.",
        "Everybody in a building counts as affected, whatever the storey; nobody moves during the run.",
        "Cellars, door barriers and warning are not considered.",
    )
    cite = (
        "Huizinga, J., de Moel, H., Szewczyk, W. (2017): Global flood depth-damage functions. EUR 28552 EN, doi:10.2760/16510.",
        "FEMA P-58-1 (2018): Seismic Performance Assessment of Buildings, peak population models (default occupancy).",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ImpactState:
        n = len(city.buildings)
        region, notes = region_of(city)
        value, of_value = exposed_value(city, region, params["exposed_storeys"], params["gdp_usd"])
        people, of_people = people_by_hour(city)
        kinds = table("exposure")["classes"]
        classes = np.array([kinds[u] for u in uses(city)] + [None], object)[:-1]
        lacking = sorted({str(c) for c in classes} - set(table("flood_damage")[region]))
        if lacking:
            text = f"No {' or '.join(lacking)} damage curve is at hand for {region.replace('-', ' ')}; its residential curve stands in."
            notes.append(("info", "curve-stand-in", text))
        zeros = np.zeros(n, np.float32)
        state = ImpactState(
            dict(params), None, region, city.currency, classes, value, people, zeros.copy(), zeros.copy(), zeros.copy(),
            0.0, notes + of_value + of_people,
        )
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" not in grids:
            raise ModelError("Water depth came without its grid")
        grid = grids["water_depth"]
        touch = Touch.around(city.buildings.footprints, grid)
        state.touch = touch.reaching(np.isfinite(inputs["water_depth"]), REACH_M / grid.cell_m)
        self._read(state, inputs)
        return state

    def _read(self, state: ImpactState, inputs: Mapping[str, Array]) -> None:
        assert state.touch is not None
        before = state.depth_max >= state.params["affected_m"]
        state.depth = state.touch.greatest(inputs["water_depth"])
        greatest = state.touch.greatest(inputs["water_depth_max"]) if "water_depth_max" in inputs else state.depth
        state.depth_max = np.maximum(state.depth_max, np.maximum(greatest, state.depth))
        new = (state.depth_max >= state.params["affected_m"]) & ~before
        hour = int(state.params["start_hour"] + state.at_s / 3600) % 24
        state.affected[new] = state.people[hour, new]

    def update(self, state: ImpactState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.at_s = until_s
        self._read(state, inputs)

    def outputs(self, state: ImpactState) -> dict[str, Array]:
        damage = state.damage
        return {
            "building_water_depth": state.depth,
            "building_water_depth_max": state.depth_max,
            "building_damage": damage,
            "building_loss": (damage * state.value).astype(np.float32),
            "building_people_affected": state.affected,
        }

    def indicators(self, state: ImpactState) -> dict[str, tuple[float, str]]:
        loss = state.damage.astype(float) * state.value
        figures = {
            "people_affected": (float(state.affected.sum(dtype=float)), "persons"),
            "buildings_affected": (float((state.depth_max >= state.params["affected_m"]).sum()), "buildings"),
            "buildings_damaged": (float((loss > 0).sum()), "buildings"),
            "direct_loss": (float(loss.sum()), state.currency),
        }
        for low, high in zip(DEPTH_CLASSES, (*DEPTH_CLASSES[1:], np.inf)):
            name = f"buildings_{low * 100:.0f}_to_{high * 100:.0f}_cm" if np.isfinite(high) else f"buildings_over_{low * 100:.0f}_cm"
            figures[name] = (float(((state.depth_max >= low) & (state.depth_max < high)).sum()), "buildings")
        return figures

    def notices(self, state: ImpactState) -> list[Note]:
        return state.notes

    def save(self, state: ImpactState) -> bytes:
        file = io.BytesIO()
        head = json.dumps({"params": state.params, "at_s": state.at_s})
        np.savez(file, head=np.array(head), depth=state.depth, depth_max=state.depth_max, affected=state.affected)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ImpactState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, head["params"], 0)
            state.at_s = head["at_s"]
            state.depth, state.depth_max, state.affected = saved["depth"], saved["depth_max"], saved["affected"]
        return state

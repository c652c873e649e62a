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
from twin.models.base import Array, Inputs, Model, Need, register
from twin.models.districts import Districts, districts_of
from twin.models.exposure import Note, exposed_value, floor_area, people_by_hour, region_of, storeys, table, uses
from twin.models.impact_curves import chosen_curves, money_per_head
from twin.models.impact_params import CITE, LIMITS, PARAMS
from twin.models.people import (
    DESTROYED,
    PARTLY,
    STANDS,
    Exposed,
    Rise,
    closed_days,
    collapse,
    destroyed_share,
    earned_per_day,
    hazard_rating,
    hurt,
    mortality,
)
from twin.models.people_groups import Group, figures_by_group, groups_of, income_third
from twin.models.sampling import Touch
from twin.models.vulnerability import COMPLETE, EXTENSIVE, NONE, Curves, Damage, state_of

REACH_M = 50.0
"""A house with houses all around takes the water of the nearest open ground within this."""
DEPTH_CLASSES = (0.15, 0.5, 1.0, 2.0)
STATE_NAMES = ("none", "slight", "moderate", "extensive", "complete")
NIGHT_H, DAY_H = 3, 14
SAVED = ("depth", "depth_max", "speed_max", "thrust_max", "affected", "without_power", "without_water", "displaced")


@dataclass
class ImpactState:
    params: dict[str, Any]
    touch: Touch | None
    currency: str
    curves: Curves
    rows: NDArray[np.int64]
    """Damage function of each building."""
    value: NDArray[np.float64]
    people: NDArray[np.float32]
    uses: NDArray[np.object_]
    residents: NDArray[np.float64]
    """People who live there: those in homes at night."""
    storeys: NDArray[np.float64]
    earned: NDArray[np.float64]
    """Value added per day on the storeys that water can reach, in the city's money."""
    bed_share: NDArray[np.float64]
    """Share of those who have to leave that needs a place in a shelter."""
    groups: list[Group]
    zones: Districts | None
    rise: Rise
    depth: NDArray[np.float32]
    depth_max: NDArray[np.float32]
    speed_max: NDArray[np.float32]
    thrust_max: NDArray[np.float32]
    affected: NDArray[np.float32]
    without_power: NDArray[np.float64]
    """Seconds in a row without it."""
    without_water: NDArray[np.float64]
    displaced: NDArray[np.bool_]
    at_s: float = 0.0
    has_speed: bool = False
    notes: list[Note] = field(default_factory=list)

    @property
    def above_floor(self) -> NDArray[np.float64]:
        return np.maximum(0.0, self.depth_max.astype(float) - self.params["floor_m"])

    @property
    def fallen(self) -> NDArray[np.int8]:
        """0 stands, 1 partly destroyed, 2 destroyed."""
        if not self.params["collapse"]:
            return np.zeros(len(self.depth), np.int8)
        return collapse(self.speed_max.astype(float), self.thrust_max.astype(float))

    @property
    def harm(self) -> Damage:
        """Shares of the value lost by water and by the force of the stream."""
        water, fallen = self.curves.damage(self.rows, self.above_floor), self.fallen
        return Damage(*(destroyed_share(fallen, s) for s in (water.mean, water.low, water.high)))

    @property
    def damage(self) -> NDArray[np.float32]:
        return self.harm.mean.astype(np.float32)

    def toll(self, people: NDArray[np.floating[Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Injured and dead if these people were in the buildings when the water came; the injured are not known by Jonkman's functions."""
        n = np.where(self.depth_max >= self.params["affected_m"], people, 0.0).astype(float)
        if self.params["casualties"] == "none":
            return np.zeros(len(n)), np.zeros(len(n))
        # upper storeys save people as long as the house stands
        safe = (self.storeys > table("flood_people")["mortality"]["safe_storeys"]) & (self.fallen == STANDS)
        n = np.where(safe, 0.0, n)
        if self.params["casualties"] == "fd2321":
            rating = hazard_rating(self.depth_max, self.speed_max)
            return hurt(n, rating, self.params["area_vulnerability"], self.params["people_vulnerability"])
        water = Exposed(self.depth_max.astype(float), self.rise.m_h, self.speed_max.astype(float), self.thrust_max.astype(float))
        return np.zeros(len(n)), n * np.where(self.fallen == DESTROYED, 1.0, mortality(water))


@register
class Impact(Model):
    """Depth and force at the wall, share of the value lost, damage state, money with a range, deaths, people who have to leave."""

    name = "impact"
    version = "3"
    title = "Flood impact"
    question = "Which buildings does the water reach, who is in them, and what does it cost?"
    role = "impact"
    reads = ("buildings", "people", "layer:zones")
    needs = (
        Need("water_depth"), Need("water_depth_max", optional=True), Need("water_speed", optional=True),
        Need("building_power", optional=True), Need("building_water", optional=True),
    )  # fmt: skip
    gives = (
        "building_water_depth", "building_water_depth_max", "building_damage", "building_loss", "building_people_affected",
        "building_loss_low", "building_loss_high", "building_damage_state", "building_collapse", "building_fatalities",
        "building_closed_days", "people_displaced", "people_seeking_shelter", "zone_people_affected", "zone_people_displaced", "zone_loss",
    )  # fmt: skip
    params = PARAMS
    limits = LIMITS
    cite = CITE

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> ImpactState:
        grids = inputs.grids if isinstance(inputs, Inputs) else {}
        if "water_depth" not in grids:
            raise ModelError("Water depth came without its grid")
        n = len(city.buildings)
        region, notes = region_of(city)
        use = uses(city)
        curves, rows, of_curves = chosen_curves(city, use, region, params["functions"])
        value, of_value = exposed_value(city, region, params["exposed_storeys"], params["gdp_usd"])
        people, of_people = people_by_hour(city)
        residents = np.where(np.isin(use, ("residential", "other")), people[NIGHT_H], 0.0).astype(float)
        groups, of_groups = groups_of(city, residents)
        gdp = money_per_head(city, region, params["gdp_usd"])
        zones = districts_of(city) if "zones" in city.layers else None
        dry = np.zeros(n, np.float32)
        reached = np.minimum(1.0, params["exposed_storeys"] / storeys(city)) if n else np.zeros(0)
        state = ImpactState(
            dict(params), None, city.currency, curves, rows, value, people, use, residents, storeys(city),
            earned_per_day(floor_area(city) * reached, use, gdp), _bed_share(groups, n, params["shelter_share"]), groups, zones, Rise(n),
            depth=dry, depth_max=dry, speed_max=dry, thrust_max=dry, affected=dry.copy(), without_power=np.zeros(n),
            without_water=np.zeros(n), displaced=np.zeros(n, bool), notes=notes + of_curves + of_value + of_people + of_groups,
        )  # fmt: skip
        grid = grids["water_depth"]
        touch = Touch.around(city.buildings.footprints, grid)
        state.touch = touch.reaching(np.isfinite(inputs["water_depth"]), REACH_M / grid.cell_m)
        state.has_speed = "water_speed" in inputs and inputs["water_speed"].shape == inputs["water_depth"].shape
        if n and not state.has_speed:
            text = "No flow speed is at hand: the force of the stream counts neither for buildings nor for people."
            state.notes.append(("info", "no-speed", text))
        self._read(state, inputs)
        self._leave(state, inputs, 0.0)
        return state

    def _read(self, state: ImpactState, inputs: Mapping[str, Array]) -> None:
        assert state.touch is not None
        before = state.depth_max >= state.params["affected_m"]
        depth = inputs["water_depth"]
        state.depth = state.touch.greatest(depth)
        greatest = state.touch.greatest(inputs["water_depth_max"]) if "water_depth_max" in inputs else state.depth
        state.depth_max = np.maximum(state.depth_max, np.maximum(greatest, state.depth))
        if state.has_speed:
            state.speed_max = np.maximum(state.speed_max, state.touch.greatest(inputs["water_speed"]))
            state.thrust_max = np.maximum(state.thrust_max, state.touch.greatest(depth * inputs["water_speed"]))
        state.rise.read(state.depth, state.at_s)
        new = (state.depth_max >= state.params["affected_m"]) & ~before
        hour = int(state.params["start_hour"] + state.at_s / 3600) % 24
        state.affected[new] = state.people[hour, new]

    def _leave(self, state: ImpactState, inputs: Mapping[str, Array], seconds: float) -> None:
        """Who has to leave from now on: water, a house that is gone, power or water supply away for long."""
        away = state.depth_max >= state.params["displaced_m"]
        away |= state_of(state.harm.mean) >= EXTENSIVE
        for name, timer in (("building_power", state.without_power), ("building_water", state.without_water)):
            if name in inputs:
                timer += seconds
                timer[np.nan_to_num(inputs[name], nan=1.0) >= 0.5] = 0.0
                away |= timer >= state.params["outage_h"] * 3600.0
        state.displaced |= away

    def update(self, state: ImpactState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        seconds = max(0.0, until_s - state.at_s)
        state.at_s = until_s
        self._read(state, inputs)
        self._leave(state, inputs, seconds)

    def outputs(self, state: ImpactState) -> dict[str, Array]:
        harm, displaced = state.harm, state.displaced * state.residents
        loss = harm.mean * state.value
        least, most = closed_days(state.above_floor, state.uses)
        zones = state.zones
        by_zone = [np.zeros(0) if zones is None else zones.sums(v) for v in (state.affected, displaced, loss)]
        given: dict[str, Array] = {
            "building_water_depth": state.depth,
            "building_water_depth_max": state.depth_max,
            "building_damage": harm.mean.astype(np.float32),
            "building_loss": loss.astype(np.float32),
            "building_people_affected": state.affected,
            "building_loss_low": (harm.low * state.value).astype(np.float32),
            "building_loss_high": (harm.high * state.value).astype(np.float32),
            "building_damage_state": state_of(harm.mean),
            "building_collapse": state.fallen,
            "building_fatalities": state.toll(state.affected)[1].astype(np.float32),
            "building_closed_days": ((least + most) / 2).astype(np.float32),
            "people_displaced": displaced.astype(np.float32),
            "people_seeking_shelter": (displaced * state.bed_share).astype(np.float32),
        }
        for name, values in zip(("zone_people_affected", "zone_people_displaced", "zone_loss"), by_zone):
            given[name] = values.astype(np.float32)
        return given

    def indicators(self, state: ImpactState) -> dict[str, tuple[float, str]]:
        harm = state.harm
        loss = harm.mean * state.value
        displaced = state.displaced * state.residents
        figures = {
            "people_affected": (float(state.affected.sum(dtype=float)), "persons"),
            "buildings_affected": (float((state.depth_max >= state.params["affected_m"]).sum()), "buildings"),
            "buildings_damaged": (float((loss > 0).sum()), "buildings"),
            "direct_loss": (float(loss.sum()), state.currency),
            "direct_loss_low": (float((harm.low * state.value).sum()), state.currency),
            "direct_loss_high": (float((harm.high * state.value).sum()), state.currency),
            "people_displaced": (float(displaced.sum()), "persons"),
            "people_seeking_shelter": (float((displaced * state.bed_share).sum()), "persons"),
        }
        for low, high in zip(DEPTH_CLASSES, (*DEPTH_CLASSES[1:], np.inf)):
            name = f"buildings_{low * 100:.0f}_to_{high * 100:.0f}_cm" if np.isfinite(high) else f"buildings_over_{low * 100:.0f}_cm"
            figures[name] = (float(((state.depth_max >= low) & (state.depth_max < high)).sum()), "buildings")
        states = state_of(harm.mean)
        for k in range(NONE + 1, COMPLETE + 1):
            figures[f"buildings_{STATE_NAMES[k]}"] = (float((states == k).sum()), "buildings")
        if state.has_speed and state.params["collapse"]:
            figures["buildings_destroyed"] = (float((state.fallen >= PARTLY).sum()), "buildings")
        figures |= self._deaths(state) | self._closed(state)
        return figures | figures_by_group(state.groups, state.affected.astype(float), "people_affected")

    def _deaths(self, state: ImpactState) -> dict[str, tuple[float, str]]:
        """Expected at the hour the water came, and had it come by night or by day."""
        if state.params["casualties"] == "none":
            return {}
        injured, dead = state.toll(state.affected)
        figures = {"fatalities": (float(dead.sum()), "persons")}
        if state.params["casualties"] == "fd2321":
            figures["injured"] = (float(injured.sum()), "persons")
        for name, hour in (("fatalities_by_night", NIGHT_H), ("fatalities_by_day", DAY_H)):
            figures[name] = (float(state.toll(state.people[hour])[1].sum()), "persons")
        return figures

    def _closed(self, state: ImpactState) -> dict[str, tuple[float, str]]:
        least, most = closed_days(state.above_floor, state.uses)
        lost = [float((state.earned * days).sum()) for days in ((least + most) / 2, least, most)]
        return {
            "interruption_loss": (lost[0], state.currency), "interruption_loss_low": (lost[1], state.currency),
            "interruption_loss_high": (lost[2], state.currency),
        }  # fmt: skip

    def notices(self, state: ImpactState) -> list[Note]:
        return state.notes

    def save(self, state: ImpactState) -> bytes:
        file = io.BytesIO()
        head = json.dumps({"params": state.params, "at_s": state.at_s})
        arrays: dict[str, Any] = {k: getattr(state, k) for k in SAVED} | state.rise.packed()
        np.savez(file, head=np.array(head), **arrays)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> ImpactState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, head["params"], 0)
            state.at_s = head["at_s"]
            for name in SAVED:
                setattr(state, name, saved[name])
            state.rise.unpack(saved)
        return state


def _bed_share(groups: list[Group], count: int, unknown: float) -> NDArray[np.float64]:
    """Share of those who have to leave that needs a shelter, by income where that is known (Hazus)."""
    t, third = table("flood_people")["shelter"], income_third(groups, count)
    return np.select([third == 0, third == 1, third == 2], [t["low"], t["middle"], t["high"]], unknown)

"""Pumps of the flood on the power that another model gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, ground, start
from twin.city.city import City
from twin.models.base import Array, Model, Need
from twin.models.hazard.flood import Flood
from twin.scenario.plan import Unit
from twin.scenario.world import World


def pond() -> City:
    pumps = features(
        "pumps", [shapely.Point(105, 105), shapely.Point(305, 105)], capacity_m3s=[0.5, 0.25], name=["West", "East"], on=[True, True]
    )
    standing = features("standing_water", [shapely.box(0, 0, 400, 200)], depth_m=[1.0])
    return ground(np.zeros((20, 40)), layers={"pumps": pumps, "standing_water": standing})


def test_that_pumps_run_at_the_share_of_their_power() -> None:
    model, state = start(pond(), **STILL)
    pumped = []
    for share in ([1.0, 1.0], [0.5, 0.0], [0.0, 0.0], [np.nan, 0.4]):
        before = state.volume["pumped"]
        model.update(state, {"pump_power": np.array(share, np.float32)}, state.now_s + 60.0)
        pumped.append(state.volume["pumped"] - before)
    assert pumped == pytest.approx([45.0, 15.0, 0.0, 36.0], rel=1e-5)
    assert abs(model.balance(state)[1]) < 1e-12
    assert not [n for n in model.notices(state) if n[1].startswith("pump-dark")], "their power is back"


def test_that_a_pump_without_power_is_told_and_stays_so_when_saved() -> None:
    city = pond()
    model, state = start(city, **STILL)
    model.update(state, {}, 600.0)
    model.update(state, {"pump_power": np.array([0.0, 1.0])}, 660.0)
    again = model.restore(model.save(state), city, {})
    for each in (state, again):
        model.update(each, {}, 720.0)
        told = [text for _, code, text in model.notices(each) if code == "pump-dark-pump/0"]
        assert told == ["Pump West has had no power since 10 min after the start."]
    assert (state.w == again.w).all()


class Wire(Model):
    """Gives the pumps their power until the water stands too deep at the first of them: a loop through power."""

    name = "wire"
    title = "Wire"
    question = "Do the pumps run?"
    role = "service"
    reads = ("layer:pumps",)
    needs = (Need("water_depth"),)
    gives = ("pump_power",)
    limits = ("A wire is no grid.",)
    cite = ("Ohm.",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> dict[str, Any]:
        return {"share": np.ones(len(city.layers["pumps"]), np.float32)}

    def update(self, state: dict[str, Any], inputs: Mapping[str, Array], until_s: float) -> None:
        state["share"] = np.full(2, 0.0 if until_s > 120.0 and np.nanmax(inputs["water_depth"]) > 0.5 else 1.0, np.float32)

    def outputs(self, state: dict[str, Any]) -> dict[str, Array]:
        return {"pump_power": state["share"]}

    def save(self, state: dict[str, Any]) -> bytes:
        return bytes(state["share"].tobytes())

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> dict[str, Any]:
        return {"share": np.frombuffer(blob, np.float32).copy()}


def test_that_pumps_stop_one_step_after_the_power_that_the_water_took() -> None:
    units = [Unit("water", Flood, Flood.checked({**STILL, "cell_m": 10.0}), 0), Unit("wire", Wire, {}, 0)]
    world = World(pond(), units, lambda unit, share: None)
    pumped = [0.0]
    for minute in range(1, 6):
        world.step(60.0 * minute)
        pumped.append(world.indicators()["volume_pumped"][0])
    assert np.diff(pumped) == pytest.approx([45.0, 45.0, 45.0, 0.0, 0.0], rel=1e-5)


def test_that_a_pump_that_drowns_is_among_what_befell() -> None:
    city = pond()
    city.layers["pumps"].table["fails_at_m"] = [0.6, np.nan]
    model, state = start(city, **STILL)
    model.update(state, {}, 60.0)
    found = model.happenings(state)
    assert [(h.object, h.what, h.values) for h in found] == [("pump/0", "flooded", {"depth_m": 0.6})]
    assert model.happenings(model.restore(model.save(state), city, {})) == found

"""Culverts, passages, gates, pumps with curves, metro entrances and kerbs in the flood model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.flood_city import STILL, features, flooded, ground, houses, line, start
from twin.city.network import Network
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood import Flood, FloodState
from twin.models.hazard.flood_links import BOX, CIRCLE, GATE, link_flow
from twin.models.hazard.flood_pumps import curve_of
from twin.models.hazard.flood_schemes import SCHEMES
from twin.scenario.edits import apply_change

SCHEMED = pytest.mark.parametrize("scheme", SCHEMES)
G = 9.81
BANK = (190.0, 210.0)


def bank(height: float = 4.0, rows: int = 20) -> np.ndarray:
    """Level ground with a bank across it, 20 m wide, 4 m high."""
    z = np.zeros((rows, 40), np.float32)
    z[:, 19:21] = height
    return z


def pond(level: float = 2.0, rows: int = 20) -> Any:
    """Water on the west of the bank."""
    return features("standing_water", [shapely.box(0, 0, 190, rows * 10)], level_z_m=[level])


def culverts(**columns: Any) -> Any:
    given = {"width_m": [2.0], "height_m": [1.5], **columns}
    return features("culverts", [line((185, 105), (215, 105))], **given)


def roads(*lines: Any, **flags: Any) -> Network:
    n = len(lines)
    nodes = pd.DataFrame({"id": [f"n{i}" for i in range(2 * n)], "x": 0.0, "y": 0.0, "z": 0.0})
    edges = pd.DataFrame({
        "id": [f"road/{i}" for i in range(n)], "start": range(0, 2 * n, 2), "end": range(1, 2 * n, 2), "length_m": shapely.length(lines),
        "oneway": False, "class": "residential", "bridge": False, "tunnel": False, **flags,
    })
    return Network("roads", nodes, edges, np.array([*lines, None], object)[:-1])


def east(state: FloodState) -> float:
    """Water on the land east of the middle, m3."""
    half = state.w.shape[1] // 2
    depth = np.where(state.ground.kind == 0, state.w - state.z, 0.0)
    return float(depth[:, half:].sum()) * state.ground.grid.cell_m**2


def balanced(model: Flood, state: FloodState) -> None:
    assert abs(model.balance(state)[1]) < 1e-5
    assert (state.w - state.z).min() > -1e-9


# culverts
def box(width: float = 2.0, height: float = 1.5, length: float = 20.0, za: float = 0.0, zb: float = 0.0, many: float = 1.0) -> np.ndarray:
    return np.array([za, zb, width, height, length, 0.013, many])


def test_that_a_culvert_carries_what_boyd_says_while_its_inlet_governs() -> None:
    free = link_flow(BOX, box(zb=-1.0), np.inf, 1.0, -2.0)
    assert free == pytest.approx(0.544 * np.sqrt(G) * 2.0 * 1.0**1.5, rel=1e-12)
    drowned = link_flow(BOX, box(zb=-1.0, many=3), np.inf, 3.0, -2.0)
    assert drowned == pytest.approx(3 * 0.702 * np.sqrt(G) * 2.0 * 1.5**0.89 * 3.0**0.61, rel=1e-12)
    pipe = link_flow(CIRCLE, box(zb=-1.0), np.inf, 1.0, -2.0)
    assert pipe == pytest.approx(0.421 * np.sqrt(G) * 1.5**0.87, rel=1e-12)


def test_that_a_long_full_culvert_loses_its_head_to_entrance_friction_and_exit() -> None:
    flow = link_flow(BOX, box(length=200.0), np.inf, 4.0, 3.5)
    area, radius = 2.0 * 1.5, 3.0 / 7.0
    expected = area * np.sqrt(2 * G * 0.5 / (1.5 + 2 * G * 0.013**2 * 200 / radius ** (4 / 3)))
    assert flow == pytest.approx(expected, rel=1e-12)
    pipe = link_flow(CIRCLE, box(length=200.0), np.inf, 3.5, 4.0)
    radius = 1.5 / 4
    expected = np.pi * 1.5**2 / 4 * np.sqrt(2 * G * 0.5 / (1.5 + 2 * G * 0.013**2 * 200 / radius ** (4 / 3)))
    assert pipe == pytest.approx(-expected, rel=1e-12), "both directions"


@pytest.mark.parametrize("form", [BOX, CIRCLE, GATE])
def test_that_flow_through_a_structure_grows_with_the_level_and_fades_with_what_stands_behind(form: int) -> None:
    opening = 0.4 if form == GATE else np.inf
    rising = [link_flow(form, box(), opening, h, -1.0) for h in np.arange(0.0, 6.0, 0.01)]
    assert rising[0] == 0.0
    assert (np.diff(rising) >= -1e-3 * max(rising)).all(), "a pipe carries most a little before it is full"
    drowning = [link_flow(form, box(), opening, 2.0, h) for h in np.arange(-1.0, 2.001, 0.005)]
    assert (np.diff(drowning) <= 1e-3 * max(drowning)).all()
    assert drowning[-1] == pytest.approx(0.0, abs=1e-6)
    assert np.abs(np.diff(drowning)).max() < 0.2 * max(drowning)


@SCHEMED
def test_that_a_culvert_under_a_bank_carries_the_flow_of_the_formula_from_a_lake(scheme: str) -> None:
    z = bank()
    z[:, 21:] = -3.0
    lake = features("water", [shapely.box(0, 0, 190, 200)], level_m=[1.2])
    city = ground(z, layers={"water": lake, "culverts": culverts(invert_start_z_m=[0.0], invert_end_z_m=[-1.0])})
    model, state = flooded(city, 600.0, **STILL, scheme=scheme)
    expected = 0.544 * np.sqrt(G) * 2.0 * 1.2**1.5
    assert state.structures.links.flow_of("culvert/0") == pytest.approx(expected, rel=1e-5)
    assert east(state) == pytest.approx(600.0 * expected, rel=1e-5)
    balanced(model, state)


@SCHEMED
def test_that_two_ponds_come_to_one_level_through_a_culvert_without_swinging(scheme: str) -> None:
    given = culverts(width_m=[6.0], invert_z_m=[-0.5])
    model, state = start(ground(bank(), layers={"standing_water": pond(), "culverts": given}), **STILL, scheme=scheme)
    seen = []
    for minute in range(1, 121):
        model.update(state, {}, 60.0 * minute)
        seen.append(state.w[:, :19].mean() - state.w[:, 21:].mean())
    assert (np.diff(seen) < 1e-3).all()
    assert min(seen) > -1e-3
    assert seen[-1] == pytest.approx(0.0, abs=2e-3)
    assert (state.w - state.z)[:, 21:].mean() == pytest.approx(1.0, rel=0.02)
    assert abs(state.structures.links.flow_of("culvert/0")) < 0.2
    balanced(model, state)


@SCHEMED
@pytest.mark.parametrize("cell_m", [2.0, 5.0, 10.0])
def test_that_a_wide_culvert_carries_alike_in_cells_of_any_size(cell_m: float, scheme: str) -> None:
    """12 m wide before a pond 1 m deep: the formula at the level of the pond, less by what it sinks on its way there."""
    n = int(200 / cell_m)
    z = np.zeros((n, 2 * n), np.float32)
    z[:, n - int(10 / cell_m) : n + int(10 / cell_m)] = 4.0
    layers = {
        "standing_water": features("standing_water", [shapely.box(0, 0, 190, 200)], level_z_m=[1.0]),
        "culverts": culverts(width_m=[12.0]),
    }
    model, state = flooded(ground(z, cell_m, layers=layers), 60.0, **STILL, scheme=scheme)
    assert len(state.structures.links.of) == np.ceil(12 / cell_m)
    assert 0.8 < east(state) / (60 * 0.544 * np.sqrt(G) * 12.0) < 0.95
    balanced(model, state)


@pytest.mark.parametrize(
    ("columns", "place", "said"),
    [
        ({}, line((185, 105), (235, 105)), "lies in a building"),
        ({"width_m": [-1.0]}, None, "needs its size"),
        ({"height_m": [np.nan]}, None, "needs its size"),
        ({"barrels": [0]}, None, "one barrel or more"),
        ({"manning": [0.0]}, None, "Manning"),
        ({}, shapely.Point(185, 105), "is a line"),
        ({}, line((185, 105), (185, 105)), "is a line"),
    ],
)
def test_that_a_culvert_that_cannot_be_is_refused_with_its_name(columns: dict[str, Any], place: Any, said: str) -> None:
    layer = culverts(**columns)
    if place is not None:
        layer.geometry[0] = place
    city = ground(bank(), layers={"culverts": layer}, buildings=houses(shapely.box(215, 60, 275, 150), *CORNERS))
    with pytest.raises(ScenarioError, match=said) as caught:
        start(city, **STILL)
    assert "culvert/0" in str(caught.value)
    assert caught.value.do


CORNERS = [shapely.box(x, y, x + 0.5, y + 0.5) for x, y in ((51, 51), (348, 148))]
"""Sheds too small to block a cell, so that all of the ground is computed."""


def test_that_culverts_out_of_the_area_or_within_a_cell_are_left_out_and_told() -> None:
    layer = features("culverts", [line((9000, 0), (9100, 0)), line((41, 41), (44, 41)), line((185, 5), (215, 5))], diameter_m=1.0)
    model, state = start(ground(bank(), layers={"culverts": layer}), **STILL)
    assert len(state.structures.links.of) == 1
    assert {"culverts-outside", "culverts-short"} <= {code for _, code, _ in model.notices(state)}


def test_that_more_structures_than_can_be_are_refused() -> None:
    many = 100_001
    layer = features("culverts", [line((185, 5), (215, 5))] * many, diameter_m=1.0)
    with pytest.raises(ScenarioError, match="100,000"):
        start(ground(bank(), layers={"culverts": layer}), **STILL)


def test_that_thousands_of_culverts_cost_little() -> None:
    from time import perf_counter

    ys = np.random.default_rng(1).uniform(5, 195, 20_000)
    layer = features("culverts", [line((185, y), (215, y)) for y in ys], diameter_m=0.3)
    city = ground(bank(), layers={"standing_water": pond(), "culverts": layer})
    model, state = start(city, **STILL)
    model.update(state, {}, 5.0)
    before = perf_counter()
    model.update(state, {}, 65.0)
    assert perf_counter() - before < 5.0
    balanced(model, state)


# passages and decks
@SCHEMED
def test_that_a_street_tunnel_lets_water_through_a_bank_as_wide_as_the_street(scheme: str) -> None:
    street = roads(line((60, 105), (188, 105)), line((188, 105), (212, 105)), line((212, 105), (330, 105)), tunnel=[False, True, False])
    closed, shut = flooded(ground(bank(), layers={"standing_water": pond()}), 120.0, **STILL, scheme=scheme)
    model, state = flooded(ground(bank(), layers={"standing_water": pond()}, networks={"roads": street}), 120.0, **STILL, scheme=scheme)
    assert east(shut) == 0.0
    size = state.structures.links.size
    assert state.structures.links.ids == ("passage/road/1",)
    assert (size[:, 2] * size[:, 6]).sum() == pytest.approx(6.0)
    assert east(state) > 120 * 2.0
    balanced(model, state)


def test_that_a_street_under_a_house_is_a_passage_and_one_in_the_open_is_none() -> None:
    wall = [shapely.box(190, 0, 210, 200), *CORNERS]
    under = roads(line((185, 105), (215, 105)), line((60, 55), (120, 55)), tunnel=True)
    city = ground(np.zeros((20, 40)), buildings=houses(*wall), layers={"standing_water": pond(0.5)}, networks={"roads": under})
    model, state = flooded(city, 120.0, **STILL)
    assert state.structures.links.ids == ("passage/road/0",)
    assert east(state) > 50
    assert "passages" in {code for _, code, _ in model.notices(state)}
    balanced(model, state)


def test_that_a_long_tunnel_is_no_passage_and_is_told_of() -> None:
    z = np.zeros((20, 80), np.float32)
    z[:, 20:60] = 5.0
    model, state = start(ground(z, networks={"roads": roads(line((195, 105), (605, 105)), tunnel=True)}), **STILL)
    assert not len(state.structures.links.of)
    assert "long-tunnels" in {code for _, code, _ in model.notices(state)}


@SCHEMED
def test_that_water_passes_under_a_deck_that_the_terrain_shows_as_solid(scheme: str) -> None:
    deck = roads(line((200, 0), (200, 200)), bridge=True)
    model, state = flooded(ground(bank(5.0), layers={"standing_water": pond(1.0)}, networks={"roads": deck}), 120.0, **STILL, scheme=scheme)
    assert len(state.structures.links.of) == 20
    assert east(state) > 1_000
    assert (state.z == state.ground.z).all()
    balanced(model, state)


def test_that_a_bridge_over_ground_that_goes_on_below_it_changes_nothing() -> None:
    z = np.random.default_rng(4).uniform(0, 0.5, (20, 40)).astype(np.float32)
    plain, _ = start(ground(z), **STILL)[1], None
    _, state = start(ground(z, networks={"roads": roads(line((200, 0), (200, 200)), bridge=True)}), **STILL)
    assert not state.structures.are_there
    np.testing.assert_array_equal(plain.z, state.z)
    np.testing.assert_array_equal(plain.zfx, state.zfx)
    np.testing.assert_array_equal(plain.ground.gn2, state.ground.gn2)


# gates
def walled(level: float = 1.5, **gate: Any) -> Any:
    return ground(np.zeros((20, 40)), layers={
        "standing_water": features("standing_water", [shapely.box(0, 0, 200, 200)], level_z_m=[level]),
        "barriers": features("barriers", [line((200, -5), (200, 205))], crest_z_m=[3.0]),
        "gates": features("gates", [shapely.Point(201, 105)], **gate),
    })


def switch(model: Flood, state: FloodState, *objects: str, on: bool, **values: Any) -> None:
    model.apply(state, Change(state.now_s, "switch", objects, None, {"on": on, **values}, "s"))


@SCHEMED
def test_that_a_gate_in_a_wall_is_shut_until_it_is_opened_and_stops_when_it_is_shut_again(scheme: str) -> None:
    model, state = start(walled(opening_m=[0.5], width_m=[4.0], open=[False]), **STILL, scheme=scheme)
    model.update(state, {}, 60.0)
    assert east(state) == 0.0
    switch(model, state, "gate/0", on=True)
    model.update(state, {}, 65.0)
    first = 5 * 0.61 * 0.5 * 4.0 * np.sqrt(2 * G * 1.5 / (1 + 0.61 * 0.5 / 1.5))
    assert east(state) == pytest.approx(first, rel=0.08), "the sluice formula, less by what the pond sinks"
    model.update(state, {}, 120.0)
    switch(model, state, "gate/0", on=False)
    shut = east(state)
    model.update(state, {}, 300.0)
    assert east(state) == pytest.approx(shut)
    switch(model, state, "gate/0", on=True, opening_m=0.1)
    model.update(state, {}, 320.0)
    assert 0 < east(state) - shut < 20 * 0.61 * 0.1 * 4.0 * np.sqrt(2 * G * 1.5)
    balanced(model, state)


def test_that_a_gate_keeps_a_culvert_shut_and_lets_through_what_its_opening_does() -> None:
    def through(**gate: Any) -> tuple[float, float]:
        layers = {"standing_water": pond(), "culverts": culverts(), "gates": features("gates", [shapely.Point(188, 106)], **gate)}
        _, state = flooded(ground(bank(), layers=layers), 60.0, **STILL)
        return east(state), state.structures.links.flow_of("culvert/0")

    assert through(open=[False])[0] == 0.0
    assert through(opening_m=[0.0])[0] == 0.0
    little, whole = through(opening_m=[0.3])[0], through()[0]
    assert 0.1 * whole < little < 0.6 * whole


def test_that_a_gate_opens_and_shuts_when_it_was_planned_to() -> None:
    model, state = start(walled(opening_m=[0.5], width_m=[4.0], begin_s=[120.0], duration_s=[60.0]), **STILL)
    found = []
    for until in (120.0, 180.0, 300.0):
        model.update(state, {}, until)
        found.append(east(state))
    assert found[0] == 0.0
    assert found[1] > 100
    assert found[2] == pytest.approx(found[1])


@pytest.mark.parametrize(
    ("gate", "where", "said"),
    [
        ({"opening_m": [-0.1]}, (200, 105), "less than 0"),
        ({"width_m": [0.0]}, (200, 105), "needs a width"),
        ({}, (100, 105), "no wall or culvert"),
        ({"culvert": ["culvert/9"]}, (200, 105), "no culvert 'culvert/9'"),
    ],
)
def test_that_a_gate_that_cannot_be_is_refused_with_its_name(gate: dict[str, Any], where: tuple[float, float], said: str) -> None:
    city = walled(**gate)
    city.layers["gates"].geometry[0] = shapely.Point(where)
    with pytest.raises(ScenarioError, match=said) as caught:
        start(city, **STILL)
    assert "gate/0" in str(caught.value)


def test_that_an_unknown_gate_or_a_negative_opening_is_refused_in_the_middle_of_a_run() -> None:
    model, state = start(walled(), **STILL)
    with pytest.raises(ScenarioError, match="no gate 'gate/7'"):
        switch(model, state, "gate/7", on=True)
    with pytest.raises(ScenarioError, match="less than 0"):
        switch(model, state, "gate/0", on=True, opening_m=-1.0)


# pumps
def drained(**pump: Any) -> Any:
    """Water 1 m deep on the west, a river whose level is 3 m on the east, a pump between."""
    z = np.full((20, 40), 0.0, np.float32)
    z[:, 19:] = 5.0
    place = pump.pop("place", line((95, 105), (385, 105)))
    return ground(z, layers={
        "standing_water": features("standing_water", [shapely.box(0, 0, 190, 200)], level_z_m=[1.0]),
        "water": features("water", [shapely.box(350, 0, 400, 200)], level_m=[3.0]),
        "pumps": features("pumps", [place], **pump),
    })


@SCHEMED
def test_that_a_pump_brings_to_its_outlet_what_its_curve_says_at_the_head_there_is(scheme: str) -> None:
    model, state = flooded(drained(curve=["0 2.0, 3 1.5, 6 0"]), 60.0, **STILL, scheme=scheme)
    expected = 60 * np.interp(2.0, (0, 3, 6), (2.0, 1.5, 0))
    assert state.volume["pumped"] == pytest.approx(expected, rel=2e-3)
    assert state.volume["pumped_over"] == 0.0
    balanced(model, state)


def test_that_a_pump_against_more_than_its_greatest_head_brings_nothing() -> None:
    _, state = flooded(drained(curve=["0 2.0, 1.5 0.5"]), 60.0, **STILL)
    assert state.volume["pumped"] == 0.0


def test_that_a_pump_pours_on_land_what_it_takes() -> None:
    city = drained(capacity_m3s=[1.0], outlet_x=[300.0], outlet_y=[105.0], place=shapely.Point(95, 105))
    model, state = flooded(city, 120.0, **STILL)
    assert state.volume["pumped_over"] == pytest.approx(120.0)
    assert state.volume["pumped"] == 0.0
    assert east(state) + state.volume["into_water"] == pytest.approx(120.0)
    assert model.indicators(state)["volume_pumped_elsewhere"][0] == pytest.approx(120.0)
    balanced(model, state)


@pytest.mark.parametrize(("text", "said"), [("0 1, 3 2", "does not fall"), ("3 1, 0 2", "does not fall"), ("full", "is no pump curve"),
                                             ("0 -1", "does not fall"), ("0 nan", "does not fall")])  # fmt: skip
def test_that_a_curve_that_does_not_fall_is_refused(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said) as caught:
        start(drained(curve=[text]), **STILL)
    assert "pump/0" in str(caught.value)
    assert curve_of("0 2.0; 3 1.5, 6 0") == ((0.0, 2.0), (3.0, 1.5), (6.0, 0.0))


def test_that_a_pump_drowns_is_told_with_its_name_and_runs_again_when_switched_on_in_shallow_water() -> None:
    layers = {
        "pumps": features("pumps", [shapely.Point(200, 100)], capacity_m3s=[0.5], fails_at_m=[0.3]),
        "inflows": features("inflows", [shapely.box(0, 0, 400, 200)], discharge_m3s=[100.0], duration_s=[360.0]),
    }
    layers["pumps"].table["name"] = "North"
    model, state = start(ground(np.zeros((20, 40)), layers=layers), **STILL)
    model.update(state, {}, 180.0)
    assert state.volume["pumped"] == pytest.approx(90.0, rel=0.05)
    model.update(state, {}, 600.0)
    assert state.volume["pumped"] < 140
    told = [text for _, code, text in model.notices(state) if code == "pump-failed-pump/0"]
    assert told == ["Pump North stood in more than 0.3 m of water and failed after 4 min."]
    switch(model, state, "pump/0", on=True)
    model.update(state, {}, 610.0)
    assert np.isfinite(state.pumps.failed_s).all(), "it still stands in 0.45 m"


def test_that_pumps_stop_when_what_they_hang_on_fails_and_go_on_when_it_is_back() -> None:
    pump = features("pumps", [shapely.Point(95, 105), shapely.Point(95, 55)], capacity_m3s=1.0, substation=["substation/A", None])
    city = ground(np.zeros((20, 40)), layers={"pumps": pump, "standing_water": pond(0.5)})
    model, state = start(city, **STILL)
    found = [0.0]
    for minute, on in ((1, False), (2, True), (3, True)):
        model.update(state, {}, 60.0 * minute)
        found.append(state.volume["pumped"])
        switch(model, state, "substation/A", on=on)
    assert np.diff(found) == pytest.approx([120.0, 60.0, 120.0])
    derived = apply_change(city, Change(0.0, "switch", ("substation/A",), None, {"on": False}, "s"))
    _, state = flooded(derived, 60.0, **STILL)
    assert state.volume["pumped"] == pytest.approx(60.0)
    with pytest.raises(ScenarioError, match="no substation 'substation/B'"):
        apply_change(city, Change(0.0, "switch", ("substation/B",), None, {"on": False}, "s"))


# metro
def metro(level: float = 0.65, **columns: Any) -> Any:
    given = {"station": ["People's Square"], **columns}
    entrances = features("metro_entrances", [shapely.Point(35, 35)], **given)
    water = features("standing_water", [shapely.box(0, 0, 70, 70)], level_z_m=[level])
    return ground(np.zeros((7, 7)), layers={"metro_entrances": entrances, "standing_water": water})


@SCHEMED
def test_that_water_runs_into_a_metro_entrance_as_over_a_broad_weir(scheme: str) -> None:
    """Pond of area A over a weir of width b: H(t) = (H0^-1/2 + 1.705 b t / (2 A))^-2."""
    model, state = flooded(metro(), 900.0, **STILL, scheme=scheme)
    area, head = 70.0 * 70.0, (0.5**-0.5 + 0.5 * 1.705 * 3.0 * 900.0 / 4900.0) ** -2
    expected = area * (0.5 - head)
    assert state.volume["metro"] == pytest.approx(expected, rel=0.04)
    assert model.indicators(state)["volume_into_metro"][0] == state.volume["metro"]
    assert state.structures.entrances.in_stations() == {"People's Square": pytest.approx(state.volume["metro"])}
    assert "Water runs into People's Square from 0 min after the start." in [text for _, _, text in model.notices(state)]
    balanced(model, state)


def test_that_a_flood_gate_at_an_entrance_raises_its_sill() -> None:
    city = apply_change(metro(), Change(0.0, "flood_gate", (), shapely.Point(40, 40), {"height_m": 0.7}, "g"))
    model, state = flooded(city, 300.0, **STILL)
    assert state.volume["metro"] == 0.0
    assert not any(code.startswith("metro-metro") for _, code, _ in model.notices(state))
    model, state = start(metro(), **STILL)
    model.update(state, {}, 60.0)
    model.apply(state, Change(60.0, "flood_gate", (), shapely.Point(40, 40), {"height_m": 0.7}, "g"))
    before = state.volume["metro"]
    model.update(state, {}, 300.0)
    assert state.volume["metro"] == before > 0
    with pytest.raises(ScenarioError, match="no metro entrance"):
        model.apply(state, Change(300.0, "flood_gate", (), shapely.Point(5, 65), {"height_m": 0.7}, "h"))


def test_that_entrances_among_the_points_of_interest_count_once() -> None:
    poi = features("poi", [shapely.Point(35, 35), shapely.Point(45, 35)])
    poi.table["kind"] = ["subway_entrance", "bank"]
    city = metro()
    city.layers["poi"] = poi
    _, state = start(city, **STILL)
    assert state.structures.entrances.ids == ("metro_entrance/0", "poi/0")
    assert state.structures.entrances.sill.tolist() == [0.15, 0.15]


# kerbs
@SCHEMED
def test_that_a_kerb_holds_back_ten_centimetres_and_is_overtopped_by_twenty(scheme: str) -> None:
    def behind(level: float) -> float:
        layers = {
            "barriers": features("barriers", [line((200, -5), (200, 205))], crest_m=[0.12]),
            "standing_water": features("standing_water", [shapely.box(0, 0, 200, 200)], level_z_m=[level]),
        }
        model, state = flooded(ground(np.zeros((20, 40)), layers=layers), 120.0, **STILL, scheme=scheme)
        balanced(model, state)
        return east(state)

    assert behind(0.10) == 0.0
    assert behind(0.20) > 100.0


# all of it
def town() -> Any:
    z = bank()
    return ground(z, layers={
        "standing_water": pond(1.8),
        "culverts": features("culverts", [line((185, 105), (215, 105)), line((185, 55), (215, 55))], width_m=1.5, height_m=1.0),
        "barriers": features("barriers", [line((300, -5), (300, 205))], crest_z_m=[1.0]),
        "gates": features("gates", [shapely.Point(300, 105), shapely.Point(188, 55)], opening_m=[0.3, 0.2], open=[True, False]),
        "pumps": features(
            "pumps", [line((255, 105), (345, 105)), shapely.Point(50, 50)], curve=["0 2, 5 0", None], capacity_m3s=[1.0, 0.4],
            fails_at_m=[0.05, np.nan], power=["substation/A", ""],
        ),
        "metro_entrances": features("metro_entrances", [shapely.Point(355, 105), shapely.Point(150, 150)], station=["East", "West"]),
    }, networks={"roads": roads(line((180, 155), (220, 155)), tunnel=True)})  # fmt: skip


@SCHEMED
def test_that_a_town_of_structures_goes_on_from_a_save_as_if_nothing_had_been(scheme: str) -> None:
    city = town()
    model, state = start(city, **{**STILL, "rain_mm": 20.0}, scheme=scheme)
    model.update(state, {}, 120.0)
    switch(model, state, "gate/1", "substation/A", on=True, opening_m=0.4)
    model.apply(state, Change(120.0, "culvert", (), line((185, 25), (215, 25)), {"diameter_m": 0.8}, "new"))
    model.apply(state, Change(120.0, "gate", (), shapely.Point(300, 35), {"opening_m": 0.2, "begin": 100.0}, "late"))
    model.apply(state, Change(120.0, "flood_gate", (), shapely.Point(150, 150), {"height_m": 0.9}, "guard"))
    model.update(state, {}, 180.0)
    other = model.restore(model.save(state), city, {})
    assert model.indicators(other) == model.indicators(state)
    for s in (state, other):
        model.update(s, {}, 600.0)
        balanced(model, s)
    np.testing.assert_array_equal(state.w, other.w)
    assert model.indicators(other) == model.indicators(state)
    assert model.notices(other) == model.notices(state)
    assert model.save(state) == model.save(other)
    for name in ("metro", "linked"):
        assert state.volume[name] > 0, name
    assert np.isfinite(state.pumps.failed_s).tolist() == [True, False]


@SCHEMED
def test_that_a_town_of_structures_runs_twice_to_the_same_bits(scheme: str) -> None:
    one, two = (flooded(town(), 300.0, **STILL, scheme=scheme)[1] for _ in range(2))
    np.testing.assert_array_equal(one.w, two.w)


def test_that_measures_of_a_scenario_make_the_layers_that_the_flood_reads() -> None:
    wall = features("barriers", [line((300, -5), (300, 205))], crest_z_m=[3.0])
    city = ground(bank(), layers={"standing_water": pond(), "barriers": wall})
    for change in (
        Change(0.0, "culvert", (), line((185, 105), (215, 105)), {"width_m": 2.0, "height_m": 1.0}, "c"),
        Change(0.0, "gate", (), shapely.Point(300, 105), {"open": False}, "g"),
        Change(0.0, "switch", ("gate/g",), None, {"on": True, "opening_m": 0.5}, "s"),
    ):
        city = apply_change(city, change)
    model, state = flooded(city, 600.0, **STILL)
    assert state.structures.links.flow_of("culvert/c") > 1.0
    assert state.structures.gates.opening_at(0.0).tolist() == [0.5]
    assert (state.w[:, 31:] > 0.01).any()
    balanced(model, state)


def test_that_a_run_opens_a_gate_and_stops_a_supply_at_the_moments_of_its_triggers() -> None:
    from twin.scenario.engine import run
    from twin.scenario.events import Finished
    from twin.scenario.scenario import scenario_from_toml

    text = """
    schema = 1
    [scenario]
    name = "gates"
    duration = "PT5M"
    [[hazard]]
    id = "water"
    model = "flood"
    params = { rain_mm = 0, drainage_mm_h = 0, infiltration = "none", boundary = "closed" }
    [[edit]]
    id = "sluice"
    kind = "gate"
    geometry = "POINT (300 105)"
    open = false
    [[edit]]
    id = "main"
    kind = "culvert"
    geometry = "LINESTRING (185 105, 215 105)"
    [[edit]]
    id = "north"
    kind = "pump"
    geometry = "POINT (95 105)"
    power = "substation/A"
    [[trigger]]
    id = "open"
    at = "PT3M"
    change = { kind = "switch", object = "gate/sluice", on = true, opening_m = 0.4 }
    [[trigger]]
    id = "outage"
    at = "PT2M"
    change = { kind = "switch", object = "substation/A", on = false }
    """
    wall = features("barriers", [line((300, -5), (300, 205))], crest_z_m=[3.0])
    city = ground(bank(), layers={"standing_water": pond(), "barriers": wall})
    end = list(run(city, scenario_from_toml(text), use_cache=False))[-1]
    assert isinstance(end, Finished)
    assert end.ok, end.message
    assert end.indicators["volume_pumped"].value == pytest.approx(120.0)
    closed = scenario_from_toml(text.replace('"PT3M"', '"PT6M"'))
    shut = list(run(city, closed, use_cache=False))[-1]
    assert end.indicators["volume_through_structures"].value > shut.indicators["volume_through_structures"].value + 10


def test_that_a_gate_or_pump_that_is_switched_is_seen_among_the_measures() -> None:
    from layers.measures import _of_objects

    city = town()
    for named, places in (("gate/0", 1), ("substation/A", 1), ("pump/1", 1), ("gate/9", 0)):
        shape = _of_objects(city, Change(0.0, "switch", (named,), None, {"on": True}, "s"))
        assert (0 if shape is None or shape.is_empty else len(shapely.get_parts(shape))) == places

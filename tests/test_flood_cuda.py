"""The flood on a graphics card against the flood on the processor, on numba's simulator of a card: small grids, in programs of their own,
since the simulator must be chosen before numba is imported."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, ground, line, start
from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood import Flood, FloodState
from twin.models.hazard.flood_terrain import WATER

SCHEMED = pytest.mark.parametrize("scheme", ["local_inertial", "finite_volume"])
ROOT = Path(__file__).parents[1]


# what runs in the simulator


def hills(rows: int, columns: int) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    rough = gaussian_filter(np.random.default_rng(1).normal(size=(rows, columns)), 3)
    return (3.0 * rough / np.abs(rough).max()).astype(np.float32)


def dam(rows: int = 16, columns: int = 24) -> tuple[City, dict[str, Any]]:
    """Water held in the west of hilly ground in a storm, a thin wall in its way, an open rim."""
    wall = features("barriers", [line((10 * columns // 2, 0), (10 * columns // 2, 10 * rows))], crest_m=0.6)
    return ground(hills(rows, columns), layers={"barriers": wall}), {"rain_mm": 80.0, "rain_duration": 1800.0}


def river() -> tuple[City, dict[str, Any]]:
    """A risen river that spills over its bank, in which a wall stands, and rises on with the tide."""
    layers = {
        "water": features("waters", [shapely.box(0, 0, 40, 140)], level_m=[2.0]),
        "barriers": features("barriers", [line((61, -9), (63, 80))], crest_z_m=3.5),
    }
    return ground(np.full((14, 20), 2.2), layers=layers), {**STILL, "river_rise_m": 0.8, "tide_range_m": 0.4, "tide_high": 60.0}


def run(city: City, until_s: float, held: float = 0.0, **params: Any) -> tuple[Flood, FloodState]:
    """held: level of water in the western two fifths."""
    model, state = start(city, **params)
    if held:
        west = state.w[:, : state.w.shape[1] * 2 // 5]
        west[:] = np.maximum(west, held)
        state.top[0] = (state.w - state.z).max()
        state.volume["standing"] = float((state.w - state.z).sum()) * city.terrain.grid.cell_m ** 2
    model.update(state, {}, until_s)
    return model, state


def apart(city: City, until_s: float, held: float = 0.0, **params: Any) -> dict[str, Any]:
    """How far card and processor are from each other."""
    model, here = run(city, until_s, held, **params, device="cpu")
    _, card = run(city, until_s, held, **params, device="gpu")
    return {
        "level": float(np.abs(here.w - card.w).max()), "flow": float(np.abs(here.flow.a - card.flow.a).max()),
        "speed": float(np.nanmax(model.outputs(card)["water_speed"])), "shore": sorted(set(card.w[card.ground.kind == WATER])),
        "balance": [model.balance(s)[1] for s in (here, card)], "steps": [here.steps, card.steps],
        "left": [s.volume["left"] for s in (here, card)], "into_water": [s.volume["into_water"] for s in (here, card)],
        "soaked": card.volume["infiltrated"], "told": [[n for n in model.notices(s) if n[1] == "graphics-card"] for s in (here, card)],
    }  # fmt: skip


def dammed(scheme: str) -> dict[str, Any]:
    city, params = dam()
    return apart(city, 40.0, 3.0, scheme=scheme, **params)


def dammed_long(scheme: str) -> dict[str, Any]:
    city, params = dam(24, 32)
    return apart(city, 240.0, 3.0, scheme=scheme, **params)


def spilling(scheme: str) -> dict[str, Any]:
    city, params = river()
    return apart(city, 90.0, scheme=scheme, **params)


def resting(scheme: str) -> dict[str, Any]:
    """A lake with an island, and a wall across it, a step in its bed."""
    z = np.zeros((12, 16), np.float32)
    z[4:7, 4:7], z[8:, 10:] = 3.0, -1.5
    wall = features("barriers", [line((83, -9), (83, 90))], crest_z_m=1.0)
    city = ground(z, layers={"barriers": wall})
    model, state = start(city, **STILL, scheme=scheme, device="gpu")
    state.w[:] = np.maximum(z, 1.3)
    state.top[0] = 2.8
    model.update(state, {}, 45.0)
    lake = state.z < 1.3
    return {
        "speed": float(np.nanmax(model.outputs(state)["water_speed"])), "off": float(np.abs(state.w[lake] - 1.3).max()),
        "steps": state.steps, "dry": float((state.w - state.z)[~lake].max()),
    }  # fmt: skip


def saving(scheme: str) -> dict[str, Any]:
    """A flood goes on from a save: on the card to the same bits, on the processor to almost the same."""
    city, params = dam(10, 16)
    model, state = run(city, 10.0, 3.0, scheme=scheme, device="gpu", **params)
    model.apply(state, Change(10.0, "breach", ("barrier/0",)))
    model.update(state, {}, 12.0)
    kept = model.save(state)
    again = model.restore(kept, city, {})
    elsewhere = model.restore(on_the_processor(kept), city, {})
    for one in (state, again, elsewhere):
        model.update(one, {}, 25.0)
    return {"same": model.save(state) == model.save(again), "elsewhere": float(np.abs(elsewhere.w - state.w).max())}


def on_the_processor(blob: bytes) -> bytes:
    """A save of a run that does not ask for the card."""
    with np.load(io.BytesIO(blob)) as kept:
        arrays = dict(kept)
    facts = json.loads(arrays["facts"].tobytes())
    facts["params"]["device"] = "cpu"
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


def second_order(scheme: str) -> dict[str, Any]:
    city, params = dam(8, 12)
    model, state = run(city, 2.0, scheme="finite_volume_2", device="gpu", **params)
    return {"told": [n[2] for n in model.notices(state) if n[1] == "graphics-card"], "class": type(state.flow).__name__}


CASES = {f.__name__: f for f in (dammed, dammed_long, spilling, resting, saving, second_order)}


# what must be true of it


def simulated(case: str, scheme: str) -> dict[str, Any]:
    if find_spec("numba.cuda") is None:
        pytest.skip("numba has no simulator of a graphics card here: pip install numba-cuda")
    env = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run([sys.executable, "-m", __name__, case, scheme], cwd=ROOT, env=env, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def as_on_the_processor(found: dict[str, Any]) -> None:
    assert found["level"] < 1e-4
    assert found["steps"][0] == found["steps"][1]
    assert max(map(abs, found["balance"])) < 1e-5
    for name in ("left", "into_water"):
        assert found[name][1] == pytest.approx(found[name][0], rel=1e-4, abs=1e-3)
    assert not found["told"][0]
    assert "graphics card computes" in found["told"][1][0][2]


@SCHEMED
def test_that_a_dam_break_over_a_wall_in_a_storm_is_that_of_the_processor(scheme: str) -> None:
    found = simulated("dammed", scheme)
    as_on_the_processor(found)
    assert found["left"][1] > 1000.0
    assert found["soaked"] > 0.0
    assert found["speed"] > 1.0


@SCHEMED
@pytest.mark.slow
def test_that_it_still_is_after_hundreds_of_steps(scheme: str) -> None:
    found = simulated("dammed_long", scheme)
    as_on_the_processor(found)
    assert found["steps"][1] > 150


@SCHEMED
def test_that_permanent_water_stays_at_its_level_and_spills_as_on_the_processor(scheme: str) -> None:
    found = simulated("spilling", scheme)
    as_on_the_processor(found)
    assert found["shore"] == [pytest.approx(3.0, abs=1e-4)]
    assert found["into_water"][1] < -100.0


@SCHEMED
def test_that_a_lake_at_rest_stays_at_rest_on_the_card(scheme: str) -> None:
    found = simulated("resting", scheme)
    assert found["steps"] > 30
    assert found["speed"] < 1e-5
    assert found["off"] <= 2 * np.spacing(np.float32(1.3))
    assert found["dry"] == 0.0


@SCHEMED
def test_that_a_flood_saved_on_the_card_goes_on_to_the_same_bits(scheme: str) -> None:
    found = simulated("saving", scheme)
    assert found["same"]
    assert found["elsewhere"] < 1e-4


def test_that_second_order_is_computed_by_the_processor_and_says_so() -> None:
    found = simulated("second_order", "-")
    assert found["class"] == "Volumes"
    assert found["told"] == ["The processor computes the flow, not the graphics card: second order is not made for it."]


def test_that_asking_for_a_card_where_there_is_none_says_what_is_missing() -> None:
    from twin.models.hazard import flood_cuda

    if not flood_cuda.missing():
        pytest.skip("there is a graphics card here")
    with pytest.raises(ScenarioError, match=r"No graphics card can compute the flood: .*(numba-cuda|CUDA device)"):
        start(ground(np.zeros((8, 8))), **STILL, device="gpu")


def test_that_few_cells_are_computed_by_the_processor_without_a_word() -> None:
    model, state = start(ground(np.zeros((8, 8))), **STILL)
    assert type(state.flow).__name__ == "Inertial"
    assert not [n for n in model.notices(state) if n[1] == "graphics-card"]


if __name__ == "__main__":
    sys.setswitchinterval(1e-4)  # the simulator's threads wait for each other at every barrier
    print(json.dumps(CASES[sys.argv[1]](sys.argv[2])))

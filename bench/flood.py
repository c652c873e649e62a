"""The cloudburst model: time of the demo city's storm, cell updates a second beside landlab, and how exact its books are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.measure import Row, interleaved, seconds
from twin.city.city import City
from twin.city.demo import demo_city
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame
from twin.models.hazard.flood import Flood, warm_up

STORM = {"rain_mm": 120.0, "rain_duration": 7200.0}


def rows(quick: bool = False) -> list[Row]:
    found = [Row("kernels ready", "-", seconds(warm_up), "s")]
    city = demo_city(4.0 if quick else 25.0)
    for cell_m in (10.0,) if quick else (10.0, 5.0):
        found += storm(city, cell_m, 7200.0)
    found += dam_break(300 if quick else 1000, 3 if quick else 7)
    return found


def storm(city: City, cell_m: float, until_s: float) -> list[Row]:
    """The whole storm, as a user waits for it."""
    model, states = Flood(), []
    set_up = seconds(lambda: states.append(model.initialize(city, {}, Flood.checked({**STORM, "cell_m": cell_m}), 0)))
    state = states[0]
    first = seconds(lambda: model.update(state, {}, 300.0))
    rest = seconds(lambda: model.update(state, {}, until_s))
    size = f"demo city, {cell_m:g} m, {state.w.size:,} cells, {until_s / 3600:g} h"
    return [
        Row("storm, set-up", size, set_up, "s"),
        Row("storm, first 5 minutes", size, first, "s"),
        Row("storm, whole", size, set_up + first + rest, "s"),
        Row("storm, cell updates", size, state.steps * state.w.size / (first + rest) / 1e6, "M/s", more_is_better=True),
        Row("storm, volume balance error", size, abs(model.balance(state)[1]), "1"),
    ]


def dam_break(cells: int, rounds: int) -> list[Row]:
    """Wet dam break, 2 m on 1 m, flat, n 0.03: the same scheme (de Almeida et al. 2012) in landlab's OverlandFlow."""
    steps = 20
    grid = Grid(0.0, 0.0, 10.0, cells, cells)
    dry = {"rain_mm": 0.0, "drainage_mm_h": 0.0, "infiltration": "none", "boundary": "closed", "manning_built_up": 0.03}
    model = Flood()
    city = City("plain", LocalFrame(None), terrain=Terrain(grid, np.zeros(grid.shape, np.float32)))
    state = model.initialize(city, {}, Flood.checked(dry), 0)
    state.w[:] = 1.0
    state.w[:, : cells // 2] = 2.0
    state.top[0] = 2.0
    made = [0]

    def ours() -> None:
        before = state.steps
        while state.steps < before + steps:
            model.update(state, {}, state.now_s + 5.0)
        made[0] = state.steps - before

    works: list[Callable[[], Any]] = [ours]
    peer = landlab_dam_break(cells, steps)
    if peer is not None:
        works.append(peer)
    for work in works:
        work()
    times = interleaved(works, rounds)
    rate = made[0] * cells**2 / times[0] / 1e6
    other = None if peer is None else steps * cells**2 / times[1] / 1e6
    return [Row("wet dam break, cell updates", f"{cells**2:,} cells", rate, "M/s", other, "landlab OverlandFlow" if peer else "", True)]


def landlab_dam_break(cells: int, steps: int) -> Callable[[], None] | None:
    """None where landlab is not installed (`pip install -e .[bench]`)."""
    try:
        from landlab import RasterModelGrid
        from landlab.components import OverlandFlow
    except ImportError:
        return None
    grid = RasterModelGrid((cells, cells), xy_spacing=10.0)
    grid.add_zeros("topographic__elevation", at="node")
    depth = grid.add_zeros("surface_water__depth", at="node")
    depth[:] = np.where(grid.x_of_node < grid.x_of_node.mean(), 2.0, 1.0)
    flow = OverlandFlow(grid, mannings_n=0.03)

    def run() -> None:
        for _ in range(steps):
            flow.overland_flow(dt=flow.calc_time_step())

    return run

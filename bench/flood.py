"""The flood model: time of the demo city's storm, cell updates a second of each scheme beside its peers, and what accuracy costs.

Peers run in processes of their own, in turns with ours, on the same number of threads. landlab comes with `pip install -e .[bench]`.
itzi and ANUGA want environments of their own: put the path of an interpreter that imports itzi in BENCH_ITZI_PYTHON, of one that imports
anuga in BENCH_ANUGA_PYTHON (`pip install itzi`, `pip install anuga`). Rows of an absent peer have none. An update is one cell (ANUGA: one
triangle) over one step, whatever a step costs.

`python -m bench.flood --plot FILE` measures errors against cell size on cases with exact solutions and draws them, with fitted orders.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numba
import numpy as np

from bench.measure import Row, interleaved, seconds
from tests import flood_cases, flood_convergence
from twin.city.city import City
from twin.city.demo import demo_city
from twin.city.terrain import Grid, Terrain
from twin.frame import LocalFrame
from twin.models.hazard.flood import Flood, FloodState, warm_up

STORM = {"rain_mm": 120.0, "rain_duration": 7200.0}
NAMES = {
    "local_inertial": "local inertial",
    "finite_volume": "finite volume, first order",
    "finite_volume_2": "finite volume, second order",
}
ORDERS = ("first order", "second order")
STEPS = 20


def rows(quick: bool = False) -> list[Row]:
    found = [Row("kernels ready", "-", seconds(warm_up), "s")]
    city = demo_city(4.0 if quick else 25.0)
    for cell_m in (10.0,) if quick else (10.0, 5.0):
        found += storm(city, cell_m, 7200.0)
    side, rounds = (400, 2) if quick else (1000, 5)
    for threads in (1, 2):
        found += dam_break(side, rounds, threads)
    found += on_card(rounds)
    found += fifth_wet(side, rounds)
    found += accuracy(0.002 if quick else 0.001, rounds)
    found += orders(flood_convergence.table()) if not quick else []
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


# a wet dam break, 2 m on 1 m, flat, 10 m cells, n 0.03


def plain(side: int, scheme: str, wet: float = 1.0, device: str = "cpu") -> FloodState:
    """The dam break in the western part of the plain; the rest is dry and too high for water."""
    grid, columns = Grid(0.0, 0.0, 10.0, side, side), round(side * wet)
    ground = np.zeros(grid.shape, np.float32)
    ground[:, columns:] = 9.0
    dry = {"rain_mm": 0.0, "drainage_mm_h": 0.0, "infiltration": "none", "boundary": "closed", "manning_built_up": 0.03}
    city = City("plain", LocalFrame(None), terrain=Terrain(grid, ground))
    state = Flood().initialize(city, {}, Flood.checked({**dry, "scheme": scheme, "device": device}), 0)
    state.w[:, :columns] = 1.0
    state.w[:, : columns // 2] = 2.0
    state.top[0] = 2.0
    return state


class Steps:
    """STEPS more of the flow alone, on some threads; each call goes on from the last."""

    def __init__(self, state: FloodState, threads: int) -> None:
        self._flow, self._threads, self._now = state.flow, threads, 0.0
        self.updates = STEPS * state.w.size

    def __call__(self) -> None:
        before = numba.get_num_threads()
        numba.set_num_threads(self._threads)
        try:
            left = STEPS
            while left:
                self._now, made, _, _ = self._flow.advance(self._now, 1e9, left)
                left -= made
        finally:
            numba.set_num_threads(before)


_SERVE = """
import sys, warnings
warnings.simplefilter("ignore")
side = int(sys.argv[1])
def held():
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0
def serve(run, before):
    run()
    print("bench", (held() - before) / side**2, flush=True)
    for _ in sys.stdin:
        print("bench", run(), flush=True)
"""

_OURS = """
from bench.flood import Steps, plain
Steps(plain(250, "SCHEME"), 1)()
before = held()
work = Steps(plain(side, "SCHEME"), 1)
serve(work, before)
"""

_LANDLAB = """
import numpy as np
from landlab import RasterModelGrid
from landlab.components import OverlandFlow
before = held()
grid = RasterModelGrid((side, side), xy_spacing=10.0)
grid.add_zeros("topographic__elevation", at="node")
depth = grid.add_zeros("surface_water__depth", at="node")
depth[:] = np.where(grid.x_of_node < grid.x_of_node.mean(), 2.0, 1.0)
flow = OverlandFlow(grid, mannings_n=0.03)
def run():
    for _ in range(20):
        flow.overland_flow(dt=flow.calc_time_step())
    return 20 * side**2
serve(run, before)
"""

_ITZI = """
import numpy as np
from itzi.const import DefaultValues
from itzi.rasterdomain import RasterDomain
from itzi.surfaceflow import SurfaceFlowSimulation
before = held()
domain = RasterDomain(dtype=np.float32, arr_mask=np.zeros((side, side), bool), cell_shape=(10.0, 10.0))
depth = np.ones((side, side), np.float32)
depth[:, : side // 2] = 2.0
for name, value in (("dem", np.zeros_like(depth)), ("friction", np.full_like(depth, 0.03)), ("water_depth", depth)):
    domain.update_array(name, value)
d = DefaultValues
names = {"dtmax": d.DTMAX, "cfl": d.CFL, "g": d.G, "theta": d.THETA, "hmin": d.HFMIN, "slmax": d.SLMAX, "vrouting": d.VROUTING}
flow = SurfaceFlowSimulation(domain, names)
flow.update_flow_dir()
def run():
    for _ in range(20):
        flow.solve_dt().step()
    return 20 * side**2
serve(run, before)
"""

# Mode 2 and a runtime whose idle threads sleep: the quicker of ANUGA's ways on a shared machine.
_ANUGA = """
import anuga
before = held()
half = side // 2
domain = anuga.rectangular_cross_domain(half, half, len1=10.0 * side, len2=10.0 * side)
domain.set_flow_algorithm("DE0")
domain.set_store(False)
domain.set_quantity("elevation", 0.0)
domain.set_quantity("friction", 0.03)
domain.set_quantity("stage", lambda x, y: 1.0 + (x < 5.0 * side))
wall = anuga.Reflective_boundary(domain)
domain.set_boundary({name: wall for name in ("left", "right", "top", "bottom")})
domain.set_multiprocessor_mode(2)
ahead = domain.evolve(yieldstep=5.0, finaltime=1e9)
next(ahead)
def run():
    next(ahead)
    return max(1, domain.number_of_steps) * len(domain)
serve(run, before)
"""


class Peer:
    """A program that steps its own dam break when told to, and says how many updates that were; bytes: what it took for a cell."""

    def __init__(self, python: str, script: str, side: int, threads: int) -> None:
        some = {"OMP_NUM_THREADS": str(threads), "NUMBA_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
        self._process = subprocess.Popen(
            [python, "-c", _SERVE + script, str(side)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, env={**os.environ, **some},
        )  # fmt: skip
        self.bytes, self.updates = self._said(), 0.0

    def _said(self) -> float:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("bench "):
                return float(line.split()[1])
        raise OSError(f"the peer ended with {self._process.wait()}")

    def __call__(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.updates = self._said()

    def close(self) -> None:
        self._process.communicate()


def peer(name: str, side: int, threads: int) -> Peer | None:
    """None where it is not installed, or does not run (which stderr tells)."""
    script = {"landlab": _LANDLAB, "itzi": _ITZI, "ANUGA": _ANUGA}[name]
    own = sys.executable if name == "landlab" and find_spec("landlab") else ""
    python = own or os.environ.get(f"BENCH_{name.upper()}_PYTHON", "")
    if not python:
        return None
    try:
        return Peer(python, script, side, threads)
    except OSError as error:
        print(f"{name} does not run: {error}", file=sys.stderr)
        return None


BESIDE = (("local_inertial", "landlab"), ("local_inertial", "itzi"), ("finite_volume", "ANUGA"), ("finite_volume_2", "ANUGA"))


def dam_break(side: int, rounds: int, threads: int) -> list[Row]:
    """M cell updates a second, and on one thread the memory a cell takes. landlab and itzi solve the local inertial equations, ANUGA (DE0:
    second order in space, first in time) the shallow-water equations on as many triangles."""
    if threads > numba.config.NUMBA_NUM_THREADS:
        return []
    works: dict[str, Any] = {name: Steps(plain(side, name), threads) for name in NAMES}
    peers = {name: found for name in ("landlab", "itzi", "ANUGA") if (found := peer(name, side, threads)) is not None}
    works |= peers
    for work in works.values():
        work()
    times = dict(zip(works, interleaved(list(works.values()), rounds), strict=True))
    for found in peers.values():
        found.close()
    rates = {name: work.updates / times[name] / 1e6 for name, work in works.items()}
    size = f"{side**2:,} cells, {threads} thread{'s' * (threads > 1)}"
    made = [Row(f"wet dam break, {NAMES[own]}", size, rates[own], "M/s", rates.get(other), other, True) for own, other in BESIDE]
    return made + (memory(side, {name: found.bytes for name, found in peers.items()}) if threads == 1 else [])


def on_card(rounds: int) -> list[Row]:
    """M cell updates a second of the graphics card, with what goes there and back in every STEPS steps; the peer is our own processor.
    Nothing where there is no card."""
    try:
        from twin.models.hazard import flood_cuda
    except ImportError:
        return []
    if flood_cuda.SIMULATED or flood_cuda.missing():
        return []
    found, threads = [], min(2, numba.config.NUMBA_NUM_THREADS)
    for name in flood_cuda.BYTES:
        for side in (1000, 2000):
            works = [Steps(plain(side, name, device=device), threads) for device in ("gpu", "cpu")]
            for work in works:
                work()
            card, own = (work.updates / time / 1e6 for work, time in zip(works, interleaved(list(works), rounds), strict=True))
            size = f"{side**2:,} cells, {flood_cuda.name()}"
            peer_name = f"own processor, {threads} threads"
            found.append(Row(f"wet dam break on a graphics card, {NAMES[name]}", size, card, "M/s", own, peer_name, True))
    return found


def memory(side: int, peers: dict[str, float]) -> list[Row]:
    """What set-up and first steps add to a process, a cell: ours is the whole state of the flood model, with its records of what was
    highest and when. Nothing where the system does not tell (no /proc)."""
    taken = dict(peers)
    for name in NAMES:
        own = Peer(sys.executable, _OURS.replace("SCHEME", name), side, 1)
        taken[name] = own.bytes
        own.close()
    size = f"{side**2:,} cells"
    found = [Row(f"memory, {NAMES[own]}", size, taken[own], "bytes/cell", taken.get(other), other) for own, other in BESIDE]
    return [row for row in found if row.ours > 0]


def fifth_wet(side: int, rounds: int) -> list[Row]:
    """How much quicker a step is where four fifths of the ground are dry: 5 at best."""
    found, threads = [], min(2, numba.config.NUMBA_NUM_THREADS)
    for name, title in NAMES.items():
        works: list[Callable[[], object]] = [Steps(plain(side, name, wet), threads) for wet in (1.0, 0.2)]
        for work in works:
            work()
        whole, fifth = interleaved(works, rounds)
        found.append(Row(f"a fifth wet, times quicker, {title}", f"{side**2:,} cells", whole / fifth, "1", more_is_better=True))
    return found


# accuracy


def accuracy(aim: float, rounds: int) -> list[Row]:
    """Order of convergence, and the time that a mean error of depth of `aim` costs after Stoker's dam break; the peer is our own first
    order."""
    found = []
    for case in ("smooth", "stoker"):
        for sloped, title in enumerate(ORDERS):
            errors, order = flood_cases.convergence(case, bool(sloped))
            size = f"{case}, 100 to 800 cells"
            found.append(Row(f"order of convergence, {title}", size, sum(order) / len(order), "1", more_is_better=True))
            found.append(Row(f"mean error of depth, {title}", f"{case}, 800 cells", 100 * errors[-1], "%"))
    costs = []
    for sloped, title in enumerate(ORDERS):
        cells = 100
        while flood_cases.line_error("stoker", cells, bool(sloped), np.float32)[0] > aim:
            cells *= 2
        [time] = interleaved([partial(flood_cases.line_error, "stoker", cells, bool(sloped), np.float32)], rounds)
        costs.append((time, f"{title}, {cells} cells"))
    (first, first_name), (second, second_name) = costs
    found.append(Row(f"Stoker to {100 * aim:g} % error", second_name, second, "s", first, f"own {first_name}"))
    return found


def orders(table: dict[tuple[str, str], list[float]]) -> list[Row]:
    """Fitted order and least error of each scheme on each case with an exact solution."""
    found = []
    for (case, scheme), errors in table.items():
        cells = flood_convergence.CASES[case]
        size, title = f"{case}, {cells[0]} to {cells[-1]} cells", NAMES[scheme]
        found.append(Row(f"fitted order, {title}", size, flood_convergence.order(cells, errors), "1", more_is_better=True))
        found.append(Row(f"mean error of depth, {title}", f"{case}, {cells[-1]} cells", 100 * errors[-1], "%"))
    return found


def plot(file: Path, table: dict[tuple[str, str], list[float]]) -> None:
    """Draw errors against cell size, a panel to a case and a line to a scheme, each with the order that fits it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.0, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, (case, cells) in zip(figure.subplots(1, len(flood_convergence.CASES)), flood_convergence.CASES.items(), strict=True):
        size = flood_convergence.SIZE_M[case] / np.array(cells)
        for (scheme, title), mark in zip(NAMES.items(), "os^", strict=True):
            errors = 100 * np.array(table[case, scheme])
            axes.loglog(size, errors, mark, label=f"{title}: {flood_convergence.order(cells, errors.tolist()):.2f}")
            axes.loglog(size, np.exp(np.polyval(np.polyfit(np.log(size), np.log(errors), 1), np.log(size))), "-", color="0.6", zorder=0)
        axes.set(title=case, xlabel="cell size, m", ylabel="mean error of depth, %")
        axes.set_xticks(size, [f"{m:g}" for m in size])
        axes.minorticks_off()
        axes.legend(title="fitted order", fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.15))
        axes.grid(visible=True, which="both", alpha=0.2)
    figure.savefig(file)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description="Draw how the error falls with the cells.")
    parser.add_argument("--plot", type=Path, required=True, metavar="FILE", help="PNG, SVG or PDF to write")
    given = parser.parse_args(arguments)
    table = flood_convergence.table()
    plot(given.plot, table)
    for row in orders(table):
        print(f"{row.case}, {row.size}: {row.ours:.3g} {row.unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

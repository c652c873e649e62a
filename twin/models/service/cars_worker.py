"""Cars on the clock: the kinematic wave model of UXsim (Seo 2025, doi:10.21105/joss.07617) in a process of its own, since it holds the
interpreter's lock and takes seconds to load. One process serves all runs; it is ended when a run is cancelled."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import ModelError
from twin.models.service.child import Child, Refused, answer_all

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STRIDE_S = 600.0
JAM_PER_M = 0.2
"""Vehicles on a metre of lane in a queue; with a reaction time of 1 s the default of UXsim."""
_lock = threading.Lock()
_child: Child | None = None


@dataclass(frozen=True)
class Scene:
    """What drives where. Links by (links,): start, end (rows of nodes), length_m, speed_ms, lanes, capacity_vps (what can leave it a
    second; NaN: what its lanes can carry). Platoons of `platoon` cars by (platoons,): origin, goal, depart_s."""

    nodes: int
    start: Ints
    end: Ints
    length_m: Floats
    speed_ms: Floats
    lanes: Ints
    capacity_vps: Floats
    origin: Ints
    goal: Ints
    depart_s: Floats
    platoon: int
    until_s: float
    seed: int


@dataclass(frozen=True)
class Driven:
    """arrive_s: by platoon, NaN where it was still on its way. cars: by link, that have left it. total_s: vehicle-seconds of those that
    arrived."""

    arrive_s: Floats
    cars: Floats
    total_s: float


def drive(scene: Scene, checkpoint: Callable[[float], Any] = lambda part: None) -> Driven:
    """The simulation; checkpoint is called with the part done, and what it raises ends the process. Raises ModelError."""
    global _child
    if not len(scene.origin):
        return Driven(np.empty(0), np.zeros(len(scene.start)), 0.0)
    with _lock:
        if _child is None or not _child.is_alive:
            _child = Child("twin.models.service.cars_worker", "traffic on the clock")
        part = 0.0
        look = lambda: checkpoint(part)  # noqa: E731
        try:
            _child.asked(("begin", scene), look)
            now, is_done = 0.0, False
            while not is_done and now < scene.until_s:
                now = min(now + STRIDE_S, scene.until_s)
                is_done = _child.asked(("go", now), look)
                part = now / scene.until_s
            answer: Driven = _child.asked(("end",), look)
        except Refused as error:
            what = f"Traffic on the clock cannot be computed: {error}"
            raise ModelError(what, do="Look at the roads, or leave this model out.") from None
    return answer


@atexit.register
def _end() -> None:
    if _child is not None:
        _child.close()


def serve() -> None:
    """In the child."""
    import warnings

    warnings.simplefilter("ignore")
    world: Any = None
    scene: Any = None
    vehicles: list[Any] = []

    def answer(request: tuple[Any, ...]) -> Any:
        nonlocal world, scene, vehicles
        if request[0] == "begin":
            scene = request[1]
            world, vehicles = _built(scene)
            return None
        if request[0] == "go":
            world.exec_simulation(until_t=request[1])
            return all(v.state == "end" for v in vehicles)
        step = world.DELTAT
        arrive = np.array([v.arrival_time * step if v.state == "end" else np.nan for v in vehicles], float)
        cars = np.array([np.max(link.cum_departure, initial=0.0) for link in world.LINKS], float)
        took = [v.travel_time for v in vehicles if v.state == "end"]
        world, vehicles = None, []
        return Driven(arrive, cars, float(sum(took)) * scene.platoon)

    answer_all(answer)


def _built(scene: Scene) -> tuple[Any, list[Any]]:
    try:
        from uxsim import World  # type: ignore[import-untyped]
    except ImportError as error:
        raise Refused("it needs the package uxsim, which is not installed: pip install uxsim") from error
    world = World(
        name="", deltan=scene.platoon, tmax=scene.until_s, print_mode=0, save_mode=0, show_mode=0, show_progress=0, random_seed=scene.seed,
        cpp=True,
    )  # fmt: skip
    nodes = [world.addNode(f"n{i}", float(i), 0.0) for i in range(scene.nodes)]
    for i in range(len(scene.start)):
        capacity = float(scene.capacity_vps[i])
        world.addLink(
            f"l{i}", nodes[scene.start[i]], nodes[scene.end[i]], length=float(scene.length_m[i]), free_flow_speed=float(scene.speed_ms[i]),
            jam_density_per_lane=JAM_PER_M, number_of_lanes=int(scene.lanes[i]), capacity_out=capacity if np.isfinite(capacity) else None,
        )  # fmt: skip
    made = [world.addVehicle(nodes[o], nodes[g], float(t)) for o, g, t in zip(scene.origin, scene.goal, scene.depart_s)]
    return world, made

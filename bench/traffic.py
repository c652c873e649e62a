"""Traffic assignment: Sioux Falls to gaps beside AequilibraE (bi-conjugate Frank-Wolfe both), and on the clock beside UXsim; the demo
city's traffic model, static and dynamic.

AequilibraE and the network's data come with `pip install -e .[bench]`; it runs in a process of its own, its progress bars off, and says
how long its assignment alone took.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bench.measure import Row, interleaved, seconds
from twin.city.demo import demo_city
from twin.city.routing import Graph
from twin.models.base import Inputs
from twin.models.service.assignment import assign
from twin.models.service.cars_worker import Scene, drive
from twin.models.service.road_links import RoadLinks
from twin.models.service.traffic import Traffic, warm_up
from twin.models.service.traffic_clock import Clock, Ways
from twin.models.service.traffic_departures import Departures, Doors
from twin.scenario.plan import view

_PEER = """
import json, os, sys, time, warnings
warnings.simplefilter("ignore")
told, sys.stdout = os.fdopen(os.dup(1), "w"), open(os.devnull, "w")
sys.path.insert(0, sys.argv[1])
import numpy as np
import pandas as pd
from aequilibrae.matrix import AequilibraeMatrix
from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass
from tests.sioux_falls import sioux_falls
network, links, trips = sioux_falls()
columns = {"free_flow_time": links.free_s, "capacity": links.capacity_vph, "b": links.b, "power": links.power}
table = pd.DataFrame({k: v[:, 0] for k, v in columns.items()})
table["link_id"], table["direction"] = np.arange(1, len(table) + 1), 1
table["a_node"], table["b_node"] = network.edges["start"] + 1, network.edges["end"] + 1
for line in sys.stdin:
    graph = Graph()
    graph.network = table.copy()
    graph.prepare_graph(np.arange(1, 25))
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(False)
    graph.set_skimming([])
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=24, matrix_names=["m"], memory_only=True)
    matrix.index[:] = np.arange(1, 25)
    matrix.matrix["m"][:] = trips
    matrix.computational_view(["m"])
    work = TrafficAssignment()
    work.set_classes([TrafficClass("car", graph, matrix)])
    work.set_vdf("BPR")
    work.set_vdf_parameters({"alpha": "b", "beta": "power"})
    work.set_capacity_field("capacity")
    work.set_time_field("free_flow_time")
    work.set_algorithm("bfw")
    work.max_iter, work.rgap_target = 5000, float(line)
    begin = time.perf_counter()
    work.execute()
    answer = {"s": time.perf_counter() - begin, "rounds": int(work.assignment.iter), "gap": float(work.assignment.rgap)}
    print(json.dumps(answer), file=told, flush=True)
"""


def rows(quick: bool = False) -> list[Row]:
    found = [Row("kernels ready", "-", seconds(warm_up), "s")]
    found += sioux((1e-4,) if quick else (1e-4, 1e-6), 1 if quick else 3) + sioux_on_the_clock(1 if quick else 3)
    return found + demo(4.0 if quick else 25.0, 2 if quick else 5) + demo_on_the_clock(4.0 if quick else 25.0)


def sioux(gaps: tuple[float, ...], rounds: int) -> list[Row]:
    """Seconds to a relative gap, in turns."""
    from tests.sioux_falls import BEST, sioux_falls

    try:
        network, links, trips = sioux_falls()
    except ImportError:
        print("Sioux Falls comes with AequilibraE: pip install -e .[bench]", file=sys.stderr)
        return []
    graph, places = Graph.of(network), np.arange(24, dtype=np.int32)
    root = str(Path(__file__).resolve().parents[1])
    peer = subprocess.Popen(
        [sys.executable, "-c", _PEER, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "AEQ_SHOW_PROGRESS": "FALSE"},
    )  # fmt: skip
    assert peer.stdin is not None
    assert peer.stdout is not None
    found = []
    for gap in gaps:
        ours, theirs, said = list[float](), list[float](), {}
        for _ in range(rounds):
            peer.stdin.write(f"{gap}\n")
            peer.stdin.flush()
            answer = peer.stdout.readline()
            if answer:
                said = json.loads(answer)
                theirs.append(said["s"])
            begin = time.perf_counter()
            result = assign(graph, links, places, trips, gap, 5000)
            ours.append(time.perf_counter() - begin)
        size = f"gap {gap:g}, {result.iterations} rounds" + (f" (AequilibraE {said['rounds']})" if said else "")
        other = statistics.median(theirs) if theirs else None
        found.append(Row("Sioux Falls", size, statistics.median(ours), "s", other, "AequilibraE" if theirs else ""))
        found.append(Row("Sioux Falls, objective over the best known", size, result.objective / BEST - 1.0, "1"))
    peer.stdin.close()
    peer.wait()
    return found


def demo(km2: float, rounds: int) -> list[Row]:
    """The traffic model of the demo city at eight in the morning: its set-up, and routes chosen anew after 40 busy roads close."""
    city = demo_city(km2)
    seen, n = view(city, Traffic.reads), len(city.networks["roads"].edges)
    dry = Inputs({"road_speed_factor": np.ones(n, np.float32), "road_state": np.zeros(n, np.int8)})
    model, states = Traffic(), []
    begin = lambda: states.append(model.initialize(seen, dry, Traffic.checked({"start_hour": 8}), 0))  # noqa: E731
    begin()
    factor = np.ones(n, np.float32)
    factor[np.argsort(-states[0].flow.sum(1))[:40]] = 0.0
    shut = Inputs({"road_speed_factor": factor, "road_state": np.zeros(n, np.int8)})

    def anew() -> None:
        state = states[0]
        state.key, state.assigned_s = "", -1e18
        model.update(state, shut, 900.0)

    size = f"demo city, {km2:g} km2, {n:,} roads, {len(states[0].place)} zones"
    times = interleaved([begin, anew], rounds)
    return [
        Row("traffic model, set-up and undisturbed hour", size, times[0], "s"),
        Row("traffic model, routes anew after 40 closures", size, times[1], "s"),
    ]


def sioux_clock(platoon: int, trips_an_hour: float) -> Clock:
    """Sioux Falls with the trips of one hour, none of which has set out. Roads of 15 m/s and as many lanes as their capacity needs. Raises
    ImportError where the network's data are not installed."""
    from tests.sioux_falls import sioux_falls

    network, links, trips = sioux_falls()
    free, one = links.free_s[:, 0] * 60.0, np.ones(len(links.free_s))
    roads = RoadLinks(one > 0, free * 15.0, free, links.capacity_vph, one * 0.15, one * 4.0, one * 0.0)
    places = np.arange(24, dtype=np.int32)
    world = Clock.of(Ways.of(network, roads, Graph.of(network), places, platoon), 120.0, 0.0)
    origin, goal, at = Departures(lambda hour: trips * (trips_an_hour / trips.sum()), Doors.of(places, None), platoon, 0).hour(8)
    world.add(origin, goal, at, np.full(len(at), np.inf))
    return world


def sioux_on_the_clock(rounds: int) -> list[Row]:
    """82,440 trips of an hour until all are home, in platoons of five, beside UXsim's compiled mode (its building of the world included,
    the loading of its process not)."""
    try:
        world = sioux_clock(5, 82_440.0)
    except ImportError:
        return []
    ways, cars = world.ways, world.cars
    ends = world.ways.net
    start = np.repeat(ends.node, np.diff(ends.first))
    order = np.argsort(ends.link)
    scene = Scene(
        24, start[order].astype(np.int64), ends.node[ends.head][order].astype(np.int64), ways.length_m, ways.length_m / ways.free_s,
        np.ceil(ways.lanes).astype(np.int64), 5.0 / ways.road["out_gap"], cars["origin"], cars["goal"], cars["depart"], 5, 6 * 3600.0, 0,
    )  # fmt: skip
    drive(scene)
    homes: list[float] = []

    def ours() -> None:
        clock = sioux_worlds.pop()
        clock.advance(6 * 3600.0)
        homes.append(float((clock.cars["end"] - clock.cars["depart"]).mean()))

    sioux_worlds = [world.fork() for _ in range(rounds)]
    peers: list[float] = []
    times = interleaved([ours, lambda: peers.append(drive(scene).total_s / 82_440.0)], rounds)
    size = f"82,440 trips in platoons of 5; mean {homes[-1]:.0f} s (UXsim {peers[-1]:.0f} s)"
    return [Row("Sioux Falls on the clock, until all are home", size, times[0], "s", times[1], "UXsim")]


def demo_on_the_clock(km2: float) -> list[Row]:
    """The demo city from eight to nine: undisturbed, and with 40 busy roads closed, where the undisturbed world runs beside it."""
    city = demo_city(km2)
    seen, n = view(city, Traffic.reads), len(city.networks["roads"].edges)
    dry = Inputs({"road_speed_factor": np.ones(n, np.float32), "road_state": np.zeros(n, np.int8)})
    model, states = Traffic(), []
    given = Traffic.checked({"start_hour": 8, "assignment": "dynamic"})
    set_up = seconds(lambda: states.append(model.initialize(seen, dry, given, 0)))
    state = states[0]
    blob, trips = model.save(state), model.indicators(state)["car_trips"][0]
    hour = seconds(lambda: [model.update(state, dry, at) for at in np.arange(60.0, 3601.0, 60.0)])
    factor = np.ones(n, np.float32)
    factor[np.argsort(-state.flow.sum(1))[:40]] = 0.0
    shut = Inputs({"road_speed_factor": factor, "road_state": np.zeros(n, np.int8)})
    other = model.restore(blob, seen, dry)
    with_closures = seconds(lambda: [model.update(other, shut, at) for at in np.arange(60.0, 3601.0, 60.0)])
    size = f"demo city, {km2:g} km2, {n:,} roads, {trips:,.0f} trips in the hour, one by one"
    return [
        Row("traffic on the clock, set-up and half an hour before", size, set_up, "s"),
        Row("traffic on the clock, one hour undisturbed", size, hour, "s"),
        Row("traffic on the clock, one hour with 40 closures, both worlds", size, with_closures, "s"),
    ]

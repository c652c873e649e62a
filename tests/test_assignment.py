"""Traffic assignment against equilibria that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.sioux_falls import BEST, sioux_falls
from tests.test_routing import network, turns
from twin.city.routing import Graph
from twin.errors import ModelError
from twin.models.base import Cancelled
from twin.models.service.assignment import Links, assign


def braess(closed: bool = False) -> tuple[Graph, Links, np.ndarray, np.ndarray]:
    """Braess 1968 (doi:10.1007/BF01918335), six trips from 0 to 3: t = 10 x on 0-1 and 2-3, 50 + x on 0-2 and 1-3, 10 + x on 1-2."""
    graph = Graph.of(network(4, [0, 2, 0, 1, 1], [1, 3, 2, 3, 2], True))
    # a free time of 1e-6 that grows by the wished slope, and the constant as fixed cost
    slope = np.array([10.0, 10.0, 1.0, 1.0, 1.0])
    links = Links.both(np.full(5, 1e-6), np.ones(5), slope / 1e-6, 1.0, [0, 0, 50, 50, 10], [True] * 4 + [not closed])
    return graph, links, np.array([0, 3], np.int32), np.array([[0.0, 6.0], [0.0, 0.0]])


def test_that_closing_the_fifth_link_of_braess_lowers_everybodys_cost_from_92_to_83() -> None:
    with_it = assign(*braess(), gap=1e-10)
    without = assign(*braess(closed=True), gap=1e-10)
    assert with_it.cost[0, 1] == pytest.approx(92.0, abs=1e-3)
    assert without.cost[0, 1] == pytest.approx(83.0, abs=1e-3)
    assert with_it.flow_vph[:, 0] == pytest.approx([4, 4, 2, 2, 2], abs=1e-4)
    assert without.flow_vph[:, 0] == pytest.approx([3, 3, 3, 3, 0], abs=1e-4)


def test_that_two_ways_share_trips_so_that_they_cost_alike() -> None:
    # 10 (1 + x / 50) = 20 (1 + y / 100), x + y = 100: 10 + x / 5 = 20 + y / 5, x = 75, cost 25
    graph = Graph.of(network(2, [0, 0], [1, 1], True))
    links = Links.both([10.0, 20.0], [50.0, 100.0], 1.0, 1.0)
    found = assign(graph, links, np.array([0, 1]), np.array([[0, 100.0], [0, 0]]), 1e-12)
    assert found.flow_vph[:, 0] == pytest.approx([75.0, 25.0])
    assert found.cost[0, 1] == pytest.approx(25.0)
    assert found.vehicle_hours == pytest.approx(2500 / 3600)
    assert found.is_converged


def test_that_a_toll_moves_trips_to_the_free_road() -> None:
    graph = Graph.of(network(2, [0, 0], [1, 1], True))
    place, demand = np.array([0, 1]), np.array([[0, 100.0], [0, 0]])
    free = assign(graph, Links.both([10.0, 10.0], [100.0, 100.0], 1.0, 1.0), place, demand, 1e-12)
    toll = assign(graph, Links.both([10.0, 10.0], [100.0, 100.0], 1.0, 1.0, [4.0, 0.0]), place, demand, 1e-12)
    assert free.flow_vph[:, 0] == pytest.approx([50, 50])
    assert toll.flow_vph[:, 0] == pytest.approx([30, 70])  # 4 + 10 + x/10 = 10 + y/10
    assert toll.time_s[:, 0] == pytest.approx([13, 17]), "the toll is no time"


def sioux() -> tuple[Graph, Links, np.ndarray, np.ndarray]:
    pytest.importorskip("aequilibrae", reason="Sioux Falls comes with the AequilibraE wheel of the bench extra")
    net, links, trips = sioux_falls()
    return Graph.of(net), links, np.arange(24), trips


def test_that_sioux_falls_reaches_its_best_known_objective() -> None:
    found = assign(*sioux(), gap=1e-6, most=5000)
    assert found.is_converged
    assert found.gap <= 1e-6
    assert found.objective == pytest.approx(BEST, rel=2e-7)
    assert found.objective > BEST - 0.01, "nothing lies below the optimum"


def test_that_flows_carry_every_trip() -> None:
    graph, links, place, trips = sioux()
    found = assign(graph, links, place, trips, 1e-4)
    net, _, _ = sioux_falls()
    start, end = net.edges["start"].to_numpy(), net.edges["end"].to_numpy()
    flow = found.flow_vph[:, 0]
    surplus = np.bincount(start, flow, 24) - np.bincount(end, flow, 24)
    assert surplus == pytest.approx(trips.sum(1) - trips.sum(0), abs=1e-6)
    assert found.lost == 0


def test_that_threads_change_no_bit_of_the_flows() -> None:
    random = np.random.default_rng(5)
    net = network(400, random.integers(0, 400, 1600), random.integers(0, 400, 1600))
    graph, links = Graph.of(net), Links.both(random.uniform(1, 9, 1600), random.uniform(50, 200, 1600))
    place, demand = np.arange(0, 400, 2), random.uniform(0, 2, (200, 200))
    runs = [assign(graph, links, place, demand, 1e-3, 12, threads=t) for t in (1, 2, 3)]
    assert len({r.flow_vph.tobytes() for r in runs}) == 1
    assert len({r.cost.tobytes() for r in runs}) == 1


def test_that_a_start_from_the_answer_is_done_at_once() -> None:
    graph, links, place, trips = sioux()
    first = assign(graph, links, place, trips, 1e-4)
    again = assign(graph, links, place, trips, 1e-4, start=first.flow_vph)
    assert again.iterations == 1
    assert (again.flow_vph == first.flow_vph).all()


def test_that_trips_without_a_way_are_counted_and_the_rest_is_carried() -> None:
    graph = Graph.of(network(4, [0, 2], [1, 3], False))
    demand = np.array([[5.0, 10, 3, 0], [0, 0, 0, 0], [0, 0, 0, 4], [0, 0, 0, 0]])
    found = assign(graph, Links.both([60.0, 60.0], [100.0, 100.0]), np.arange(4), demand)
    assert found.lost == 3.0
    assert found.flow_vph.tolist() == [[10, 0], [4, 0]]
    assert np.isinf(found.cost[0, 2])


def test_that_trips_are_made_until_they_cost_as_much_as_staying() -> None:
    # 10 (1 + x / 50) = 20 at x = 50: of 80 trips 30 stay
    graph = Graph.of(network(2, [0], [1], True))
    demand = np.array([[0, 80.0], [0, 0]])
    found = assign(graph, Links.both([10.0], [50.0], 1.0, 1.0), np.array([0, 1]), demand, 1e-12, limit=np.full((2, 2), 20.0))
    assert found.flow_vph[0, 0] == pytest.approx(50.0)
    assert found.given_up[0, 1] == pytest.approx(30.0)
    assert found.cost[0, 1] == pytest.approx(20.0)
    assert found.lost == 0
    all_go = assign(graph, Links.both([10.0], [50.0], 1.0, 1.0), np.array([0, 1]), demand, 1e-12, limit=np.full((2, 2), np.inf))
    assert all_go.flow_vph[0, 0] == 80.0
    assert all_go.given_up.sum() == 0


def test_that_trips_keep_to_closed_turns_and_directions() -> None:
    net = network(5, [0, 1, 2, 3, 1], [1, 2, 3, 0, 4], [True] * 5, turns((0, 1, 1, "no")))
    found = assign(Graph.of(net), Links.both(np.ones(5), np.ones(5)), np.array([0, 2]), np.array([[0, 7.0], [2.0, 0]]))
    assert found.lost == 7.0, "the only way to 2 turns at 1"
    assert found.flow_vph[:, 0].tolist() == [0, 0, 2, 2, 0]
    assert found.flow_vph[:, 1].tolist() == [0] * 5


def test_that_nobody_on_no_roads_is_an_answer() -> None:
    graph = Graph.of(network(1, [], []))
    found = assign(graph, Links.both([], []), np.array([0]), np.zeros((1, 1)))
    assert found.is_converged
    assert found.vehicle_hours == 0
    loop = assign(Graph.of(network(2, [0, 0], [0, 1])), Links.both([0.0, 0.0], [1.0, 1.0]), np.array([0, 1]), np.ones((2, 2)))
    assert loop.flow_vph.tolist() == [[0, 0], [1, 1]], "a road of no length carries what must pass, a loop nothing"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"free_s": [np.nan, 1]}, "free travel time"), ({"capacity_vph": [1, 0]}, "capacity"), ({"b": -1.0}, "factor"),
        ({"power": 0.5}, "power"),
    ],
)  # fmt: skip
def test_that_costs_that_cannot_be_are_refused(change: dict[str, Any], word: str) -> None:
    links = Links.both(**{"free_s": [1.0, 1.0], "capacity_vph": [1.0, 1.0], **change})
    with pytest.raises(ModelError, match=word):
        assign(Graph.of(network(2, [0, 0], [1, 1])), links, np.array([0, 1]), np.zeros((2, 2)))


def test_that_trips_that_cannot_be_are_refused() -> None:
    graph, links = Graph.of(network(2, [0], [1])), Links.both([1.0], [1.0])
    for place, demand, word in (
        ([0, 0], np.zeros((2, 2)), "one node"), ([0, 5], np.zeros((2, 2)), "not in the network"),
        ([0, 1], np.zeros((3, 3)), "shape"), ([0, 1], np.full((2, 2), -1.0), "negative"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=word):
            assign(graph, links, np.array(place), demand)


def test_that_a_cancelled_assignment_stops() -> None:
    def checkpoint(part: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        assign(*braess(), gap=1e-12, checkpoint=checkpoint)


def test_that_a_closed_road_costs_time_on_the_detour() -> None:
    graph, links, place, trips = sioux()
    usual = assign(graph, links, place, trips, 1e-4)
    is_open = links.open.copy()
    is_open[int(np.argmax(usual.flow_vph[:, 0]))] = False
    shut = Links(links.free_s, links.capacity_vph, links.b, links.power, links.fixed_s, is_open)
    now = assign(graph, shut, place, trips, 1e-4)
    assert now.lost == 0
    assert now.vehicle_hours > usual.vehicle_hours * 1.01
    assert (now.flow_vph[~is_open] == 0).all()
    assert pd.notna(now.objective)

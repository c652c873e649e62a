"""Joints of lines: near ends are one node wherever they lie, and nothing else is."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
import shapely

from twin.city.lines import SNAP_M, network_of
from twin.city.network import Network
from twin.city.snapping import snapped


def network(lines: list[object]) -> Network:
    return network_of("roads", np.array(lines, object), pd.DataFrame({"id": [f"road/{i}" for i in range(len(lines))]}))


def test_that_a_chain_of_roads_whose_ends_differ_by_a_millimetre_holds_together() -> None:
    rng = np.random.default_rng(1)
    x = np.cumsum(rng.uniform(20, 60, 2001))
    ends = np.column_stack([x, rng.uniform(0, 50, 2001)])
    off = rng.uniform(-0.0005, 0.0005, (2000, 2, 2))
    lines = [shapely.LineString([ends[i] + off[i, 0], ends[i + 1] + off[i, 1]]) for i in range(2000)]
    made = network(lines)
    assert len(made.nodes) == 2001
    assert len(made.edges) == 2000
    assert (made.edges["end"].to_numpy()[:-1] == made.edges["start"].to_numpy()[1:]).all()


def test_that_ends_on_both_sides_of_a_round_centimetre_are_one_node() -> None:
    made = network([shapely.LineString([(0, 0), (10.0049, 5.0)]), shapely.LineString([(10.0051, 5.0), (20, 0)])])
    assert len(made.nodes) == 3


@pytest.mark.parametrize(("apart", "nodes"), [(0.8 * SNAP_M, 3), (1.5 * SNAP_M, 4)])
@pytest.mark.parametrize("shift", np.linspace(0, SNAP_M, 7))
def test_that_only_the_distance_decides_what_is_one_node(apart: float, nodes: int, shift: float) -> None:
    a = (10.0 + shift, 5.0 + shift / 3)
    b = (a[0] + 0.6 * apart, a[1] + 0.8 * apart)
    assert len(network([shapely.LineString([(0, 0), a]), shapely.LineString([b, (20, 0)])]).nodes) == nodes


def test_that_a_line_drawn_finer_than_the_tolerance_keeps_its_length() -> None:
    t = np.arange(0, 5, 0.004)
    made = network([shapely.LineString(np.column_stack([t, 0 * t]))])
    assert made.edges["length_m"].tolist() == pytest.approx([5.0], abs=0.02)


def test_that_no_place_is_wider_than_two_tolerances() -> None:
    rng = np.random.default_rng(2)
    xy = np.concatenate([rng.uniform(0, 0.3, (3000, 2)), np.column_stack([np.arange(1, 2, 0.003), np.zeros(334)])])
    place = snapped(xy, SNAP_M)
    for one in np.unique(place):
        assert np.ptp(xy[place == one], axis=0).max() <= 2.05 * SNAP_M
    assert (place == snapped(xy, SNAP_M)).all()


def test_that_places_do_not_depend_on_the_order_of_the_lines() -> None:
    rng = np.random.default_rng(3)
    xy = np.round(rng.uniform(0, 100, (500, 2)), 3)
    xy = np.concatenate([xy, xy + rng.uniform(-0.002, 0.002, xy.shape)])
    order = rng.permutation(len(xy))
    place = snapped(xy, SNAP_M)
    assert (snapped(xy[order], SNAP_M) == place[order]).all()
    assert (place[:500] == place[500:]).all()


def test_that_a_million_vertices_snap_in_seconds_though_they_are_crowded() -> None:
    rng = np.random.default_rng(4)
    begun = time.perf_counter()
    snapped(np.round(rng.uniform(0, 3e4, (1_000_000, 2)), 3), SNAP_M)
    snapped(rng.uniform(0, 0.2, (200_000, 2)), SNAP_M)  # degrees taken for metres
    assert time.perf_counter() - begun < 20

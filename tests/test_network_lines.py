"""Networks drawn by width, at their depth, and with arrows the way things flow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from layers.drawing import Lines, Surface
from layers.flow import Arrows, direction_of
from layers.ground import Ground
from layers.moment import Moment
from layers.networks import LOOKS, NetworkLayer, sunk, widths_by
from layers.tubes import tubes
from twin.city.network import Network


def drains() -> Network:
    """Two drains 100 m long, the second below the first; inverts 3 m to 5 m below the ground at 10 m."""
    nodes = pd.DataFrame({"id": list("abc"), "x": [0.0, 100, 200], "y": 0.0, "z": [7.0, 6.0, 5.0], "kind": "manhole"})
    edges = pd.DataFrame({"id": ["1", "2"], "start": [0, 1], "end": [1, 2], "length_m": 100.0, "oneway": False, "kind": "conduit",
                          "diameter_m": [0.3, 1.2], "load": [5.0, 50.0], "name": ["u", "v"]})  # fmt: skip
    lines = np.array([shapely.LineString([(0, 0), (100, 0)]), shapely.LineString([(100, 0), (200, 0)])], object)
    return Network("drainage", nodes, edges, lines)


def layer(network: Network | None = None, level: float = 10.0) -> NetworkLayer:
    ground = Ground(None, None, level)
    return NetworkLayer("network-drainage", "Drainage", network or drains(), ground, LOOKS["drainage"], True)


def width_of(layer: NetworkLayer, row: int) -> float:
    d = next(d for d in layer.draw() if isinstance(d, Surface))
    return float(np.ptp(d.points[d.triangles[d.rows == row]].reshape(-1, 3)[:, 1]))


def test_that_a_tube_has_its_radius_all_along() -> None:
    points = np.array([[0.0, 0, 0], [10, 0, 0], [10, 10, 0], [10, 10, 10]])
    body, triangles, line = tubes(points, np.array([0, 2, 4]), np.array([1.0, 0.5]), sides=8)
    assert body.shape == (32, 3)
    assert np.linalg.norm(body[:8] - points[0], axis=1) == pytest.approx(1.0)
    assert np.linalg.norm(body[24:] - points[3], axis=1) == pytest.approx(0.5)
    assert len(triangles) == 2 * 2 * 8
    assert set(line[triangles.max(1) >= 16]) == {1}


def test_that_lines_are_as_wide_as_the_column_chosen_says() -> None:
    it = layer()
    assert set(it.width_fields()) >= {"diameter_m", "load"}
    assert "name" not in it.width_fields()
    before = it.draw()
    it.style = replace(it.style, width_by="load")
    assert width_of(it, 1) > 3 * width_of(it, 0)
    after = it.draw()
    assert after[0].points is not before[0].points
    it.style = replace(it.style, color="#ff0000")
    assert it.draw()[0].points is after[0].points, "another colour moves no points"


def test_that_sizes_that_differ_a_hundredfold_are_drawn_by_their_logarithm() -> None:
    metres, _ = widths_by(pd.Series([1.0, 31.6, 1000.0]), 1e9)
    assert metres[1] - metres[0] == pytest.approx(metres[2] - metres[1], rel=0.1)
    metres, pixels = widths_by(pd.Series([np.nan, 10.0, 20.0]), 1e9)
    assert np.isfinite(metres).all()
    assert pixels.max() <= 3


def test_that_drains_at_their_depth_lie_at_their_inverts() -> None:
    it = layer()
    assert it.can_be_deep
    it.style = replace(it.style, deep=True)
    tube, axis = it.draw()
    assert isinstance(tube, Surface)
    assert isinstance(axis, Lines)
    assert axis.points[0, 2] == pytest.approx(7.0)
    assert axis.points[-1, 2] == pytest.approx(5.0)
    assert tube.points[:, 2].max() < 10.0
    assert not it.is_buried, "it is seen below the ground, not drawn on it as on a map"


def test_that_pipes_whose_depth_nobody_says_lie_below_a_usual_cover() -> None:
    pipes = replace(drains(), kind="water")
    assert sunk(pipes, Ground(None, None, 10.0), 1.2).points[:, 2] == pytest.approx(8.8)
    it = NetworkLayer("network-water", "Water", pipes, Ground(None, None, 10.0), LOOKS["water"], True)
    assert "assumed 1.2 m" in it.attributes(0)["depth"]
    assert "depth" not in layer().attributes(0)


def test_that_arrows_go_down_a_drain_and_move_with_time() -> None:
    it = layer()
    assert it.has_direction
    assert it.moves_within_m == 0
    it.style = replace(it.style, arrows=True)
    assert it.moves_within_m > 0
    arrows = it.draw()[-1]
    assert isinstance(arrows, Arrows)
    a, b = arrows.at(Moment(run_s=0.0)), arrows.at(Moment(run_s=1.0))
    assert np.sin(a[1]) == pytest.approx(1.0)
    assert (b[0][:, 0] - a[0][:, 0]) == pytest.approx(9.0)


def test_that_a_flow_measured_backwards_turns_the_arrows() -> None:
    network = drains()
    network.edges["flow_m3s"] = [-0.4, 0.0]
    assert direction_of(network).tolist() == [-1.0, 0.0]
    it = layer(network)
    it.style = replace(it.style, arrows=True)
    points, heading, *_ = it.draw()[-1].at(Moment())
    assert np.sin(heading) == pytest.approx(-1.0)
    assert (points[:, 0] <= 100.0).all(), "none where it stands still"


def test_that_nobody_invents_which_way_a_looped_supply_flows() -> None:
    pipes = replace(drains(), kind="water")
    assert direction_of(pipes) is None


def test_that_buried_lines_go_to_their_depth_while_the_ground_is_faded() -> None:
    it = layer()
    on_map = next(d for d in it.draw() if isinstance(d, Surface))
    assert on_map.points[:, 2].min() > 9.9
    assert it.is_buried
    it.below = True
    tube = it.draw()[0]
    assert isinstance(tube, Surface)
    assert tube.points[:, 2].max() < 9.0
    assert not it.is_buried
    it.below = False
    assert next(d for d in it.draw() if isinstance(d, Surface)).points[:, 2].min() > 9.9


def test_that_overhead_lines_stay_where_they_are() -> None:
    wires = replace(drains(), kind="power")
    it = NetworkLayer("network-power", "Power", wires, Ground(None, None, 10.0), LOOKS["power"], True)
    assert not it.can_be_deep
    it.below = True
    assert next(d for d in it.draw() if isinstance(d, Surface)).points[:, 2].min() > 9.9

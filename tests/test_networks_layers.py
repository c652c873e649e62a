"""Networks as layers: lines by what flows, markers by kind, routes in their colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from layers.catalogue import city_layers
from layers.drawing import Dots, Lines, Points, Surface
from layers.layer import Layer
from layers.networks import MARKS
from layers.roads import RoadsLayer
from tests.little_city import little_city
from tests.network_files import written
from twin.city.city import City
from twin.city.recipe import open_city


def opened(folder: Path, kind: str, crs: str = "engineering") -> City:
    return open_city(written(folder, kind), crs=crs, use_cache=False)


def shown(city: City) -> dict[str, Layer]:
    return {layer.id: layer for layer in city_layers(city)}


def test_that_a_water_network_has_pipes_tanks_and_pumps(tmp_path: Path) -> None:
    layers = shown(opened(tmp_path, "epanet"))
    pipes, nodes, devices = (layers[f"network-water{end}"] for end in ("", "-nodes", "-devices"))
    assert [x.title for x in (pipes, nodes, devices)] == ["Water supply", "Tanks and junctions", "Pumps and valves"]
    assert pipes.attributes(0)["diameter_m"] == pytest.approx(0.3048)
    assert devices.table()["id"].tolist() == ["pump/U", "valve/V"]
    assert {e.text for e in nodes.legend().entries} == {"reservoir", "tank", "junction"}
    assert {e.color for e in nodes.legend().entries} == {MARKS[k][0] for k in ("reservoir", "tank", "junction")}


def test_that_wider_pipes_are_drawn_wider(tmp_path: Path) -> None:
    pipes = shown(opened(tmp_path, "epanet"))["network-water"]
    far = {row: d.width for d in pipes.draw() if isinstance(d, Lines) for row in d.rows.tolist()}
    assert far[0] > far[1]  # 12 inches against 8
    ribbons = next(d for d in pipes.draw() if isinstance(d, Surface))
    width = [np.ptp(ribbons.points[ribbons.triangles[ribbons.rows == row]].reshape(-1, 3)[:, 1]) for row in (0,)]
    assert width[0] == pytest.approx(6 * 0.3048, rel=0.05)


def test_that_a_change_of_style_moves_no_points(tmp_path: Path) -> None:
    pipes = shown(opened(tmp_path, "epanet"))["network-water"]
    before = [d for d in pipes.draw() if isinstance(d, Lines)]
    pipes.style = type(pipes.style)(color="#ff0000")
    after = [d for d in pipes.draw() if isinstance(d, Lines)]
    assert [d.geometry_version for d in before] == [d.geometry_version for d in after]
    assert all((d.colors[:, :3] == (255, 0, 0)).all() for d in after)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(before, after, strict=True))


def test_that_markers_differ_by_kind_and_plain_nodes_are_dots(tmp_path: Path) -> None:
    drawn = shown(opened(tmp_path, "epanet"))["network-water-nodes"].draw()
    assert [type(d) for d in drawn] == [Dots, Points, Points]
    dots, plain, chief = drawn
    assert isinstance(dots, Dots)
    assert isinstance(plain, Points)
    assert isinstance(chief, Points)
    assert len(dots.points) == len(plain.points) == 2  # junctions
    assert chief.shapes is not None
    assert len(set(chief.shapes.tolist())) == 2  # a reservoir and a tank
    assert not set(chief.shapes.tolist()) & {2, 3}  # those mean warning and alert
    assert chief.size > plain.size


def test_that_drains_have_manholes_outfalls_and_catchments(tmp_path: Path) -> None:
    layers = shown(opened(tmp_path, "swmm"))
    assert set(layers["network-drainage-nodes"].table()["kind"]) == {"manhole", "outfall", "storage"}
    assert set(layers["network-drainage-devices"].table()["kind"]) == {"pump", "weir"}
    assert "zones" in layers


def test_that_a_grid_has_its_supply_and_its_transformers(tmp_path: Path) -> None:
    layers = shown(opened(tmp_path, "pandapower", ""))
    assert set(layers["network-power-nodes"].table()["kind"]) == {"grid", "load", "bus"}
    assert layers["network-power-devices"].table()["id"].tolist() == ["trafo/T", "switch/S2"]
    assert not layers["network-power"].is_buried


def test_that_routes_have_their_own_colours(tmp_path: Path) -> None:
    layer = shown(opened(tmp_path, "gtfs", ""))["network-transit"]
    assert [(e.color, e.text) for e in layer.legend().entries] == [("#ee352e", "4")]
    lines = [d for d in layer.draw() if isinstance(d, Lines)]
    assert all((d.colors[:, :3] == (0xEE, 0x35, 0x2E)).all() for d in lines)


def test_that_a_network_is_hidden_among_buildings_and_seen_alone(tmp_path: Path) -> None:
    alone = opened(tmp_path, "epanet")
    among = little_city().derived(networks=alone.networks)
    assert shown(alone)["network-water"].visible
    assert not shown(among)["network-water"].visible


def test_that_a_second_network_of_roads_is_drawn_as_roads(tmp_path: Path) -> None:
    city = opened(tmp_path, "sumo", "")
    layers = shown(city.derived(networks=city.networks | {"roads 2": city.networks["roads"]}))
    assert isinstance(layers["roads 2"], RoadsLayer)
    assert isinstance(layers["roads"], RoadsLayer)


@pytest.mark.parametrize("kind", ["epanet", "swmm", "pandapower", "gtfs", "sumo", "tntp"])
def test_that_every_drawing_is_finite_and_ids_are_unique(tmp_path: Path, kind: str) -> None:
    city = opened(tmp_path, kind, "engineering" if kind in ("epanet", "swmm", "tntp") else "")
    layers = city_layers(city)
    assert len({x.id for x in layers}) == len(layers)
    for layer in layers:
        for drawing in layer.draw():
            points = getattr(drawing, "points", None)
            if points is not None:
                assert np.isfinite(points).all(), (layer.id, drawing.key)
    for network in city.networks.values():
        assert network.edges["id"].is_unique
        assert network.nodes["id"].is_unique

# ruff: noqa: E501, one element of XML a line
"""CityGML, feature by feature (OGC 12-019, 20-010, 21-006; PLATEAU product specification), and real files."""

from __future__ import annotations

import gzip
import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.citygml_documents import (
    CORNERS,
    ORIGIN,
    SIDES,
    building,
    document,
    envelope,
    members,
    multi_surface,
    only_solids,
    polygon,
    positions,
    read,
    root,
    side,
    solid,
)  # fmt: skip
from twin.city.city import City
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.citygml import read_citygml
from twin.city.readers.citygml_crs import comes_north_first, crs_of
from twin.city.readers.parts import Hints, Parts
from twin.city.recipe import open_city
from twin.errors import InputError

KINDS = {"ground": "GroundSurface", "roof": "RoofSurface"}
SQUARE: list[tuple[float, ...]] = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0)]


def walls(prefix: str = "", space: str = "bldg", lod: int = 2, prop: str = "bldg:boundedBy", lod_space: str = "bldg") -> str:
    """The six sides of a cube as semantic surfaces."""
    return "".join(
        f'<{prop}><{space}:{KINDS.get(s, "WallSurface")} gml:id="{prefix}{s}"><{lod_space}:lod{lod}MultiSurface>'
        f"{multi_surface(side(s, prefix + s + '_p'))}</{lod_space}:lod{lod}MultiSurface></{space}:{KINDS.get(s, 'WallSurface')}></{prop}>"
        for s in SIDES
    )


def links(prefix: str = "", hash_: str = "#") -> str:
    return "".join(f'<gml:surfaceMember xlink:href="{hash_}{prefix}{s}_p"/>' for s in SIDES)


def linked_solid(prefix: str = "") -> str:
    return f"<gml:Solid><gml:exterior><gml:CompositeSurface>{links(prefix)}</gml:CompositeSurface></gml:exterior></gml:Solid>"


def volume(mesh: Mesh) -> float:
    p = mesh.points[mesh.triangles] - mesh.points[0]
    return float(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6)


def area(mesh: Mesh) -> float:
    p = mesh.points[mesh.triangles]
    return float(np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1).sum() / 2)


def codes(parts: Parts) -> set[str]:
    return {p.code for p in parts.problems}


def opened(folder: Path, content: str, name: str = "a.gml") -> City:
    (folder / name).write_text(content, "utf-8")
    return open_city(folder / name, use_cache=False)


# Geometry


def test_that_a_solid_is_closed_and_faces_outwards(tmp_path: Path) -> None:
    solids = only_solids(read(tmp_path, document(building())))
    assert volume(solids.mesh) == pytest.approx(600)
    assert len(solids.mesh) == 12
    assert len(solids.mesh.points) == 8
    assert np.allclose(solids.mesh.points.min(0), ORIGIN)


def test_that_a_solid_of_links_to_its_walls_is_read_once_with_their_kinds(tmp_path: Path) -> None:
    for order in (
        f"<bldg:lod2Solid>{linked_solid()}</bldg:lod2Solid>{walls()}",
        f"{walls()}<bldg:lod2Solid>{linked_solid()}</bldg:lod2Solid>",
    ):
        parts = read(tmp_path, document(f'<bldg:Building gml:id="B">{order}</bldg:Building>'))
        mesh = only_solids(parts).mesh
        assert volume(mesh) == pytest.approx(600)
        assert len(mesh) == 12
        counts = np.bincount(mesh.surface, minlength=9)
        assert (counts[SurfaceClass.WALL], counts[SurfaceClass.ROOF], counts[SurfaceClass.GROUND]) == (8, 2, 2)
        assert not codes(parts)


def test_that_links_without_the_hash_sign_are_followed(tmp_path: Path) -> None:
    content = f'<bldg:Building gml:id="B"><bldg:lod2Solid>{linked_solid().replace("#", "")}</bldg:lod2Solid>{walls()}</bldg:Building>'
    parts = read(tmp_path, document(content))
    assert volume(only_solids(parts).mesh) == pytest.approx(600)
    assert not codes(parts)


def test_that_walls_made_of_links_give_their_kind_to_the_faces_of_the_solid(tmp_path: Path) -> None:
    faces = members(*(side(s, f"{s}_p") for s in SIDES))
    shell = f"<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>{faces}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>"
    roof = '<bldg:boundedBy><bldg:RoofSurface><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#roof_p"/></gml:MultiSurface></bldg:lod2MultiSurface></bldg:RoofSurface></bldg:boundedBy>'
    mesh = only_solids(read(tmp_path, document(f'<bldg:Building gml:id="B">{shell}{roof}</bldg:Building>'))).mesh
    assert len(mesh) == 12
    assert (mesh.surface == SurfaceClass.ROOF).sum() == 2


def test_that_a_link_to_a_later_object_brings_its_face_turned_round(tmp_path: Path) -> None:
    turned = (
        '<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:OrientableSurface orientation="-"><gml:baseSurface xlink:href="#east_p"/>'
        "</gml:OrientableSurface></gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>"
    )
    content = document(f'<bldg:Building gml:id="A">{turned}</bldg:Building>', f'<bldg:Building gml:id="B">{walls()}</bldg:Building>')
    parts = read(tmp_path, content)
    solids = only_solids(parts)
    mine = solids.mesh.triangles[solids.mesh.object == 0]
    p = solids.mesh.points[mine]
    assert len(mine) == 2
    assert (np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 0] < 0).all()
    assert (solids.mesh.object == 1).sum() == 12
    assert not codes(parts)


def test_that_a_link_to_a_whole_surface_brings_all_its_faces(tmp_path: Path) -> None:
    whole = multi_surface(*(side(s) for s in SIDES), name="all")
    a = f'<bldg:Building gml:id="A"><bldg:lod1MultiSurface>{whole}</bldg:lod1MultiSurface></bldg:Building>'
    b = '<bldg:Building gml:id="B"><bldg:lod1MultiSurface xlink:href="#all"/><bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#all"/></gml:MultiSurface></bldg:lod2MultiSurface></bldg:Building>'
    solids = only_solids(read(tmp_path, document(a, b)))
    assert np.bincount(solids.mesh.object).tolist() == [12, 12]


def test_that_links_to_nothing_and_to_other_files_are_told_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "b.gml").write_text(document(building("Other")), "utf-8")
    bad = '<bldg:lod2MultiSurface><gml:MultiSurface><gml:surfaceMember xlink:href="#gone"/><gml:surfaceMember xlink:href="b.gml#Other"/><gml:surfaceMember xlink:href="http://127.0.0.1:9/x.gml#y"/></gml:MultiSurface></bldg:lod2MultiSurface>'
    parts = read(tmp_path, document(building(inside=bad)))
    told = {p.code: p for p in parts.problems}
    assert told["links_lost"].count == 1
    assert told["links_lost"].examples == ("gone",)
    assert told["links_outside"].count == 2
    assert len(only_solids(parts).mesh) == 12


def test_that_a_hole_stays_a_hole(tmp_path: Path) -> None:
    hole: list[tuple[float, ...]] = [(2, 2, 0), (2, 5, 0), (5, 5, 0), (5, 2, 0)]
    use = f'<luse:LandUse gml:id="L"><luse:lod1MultiSurface>{multi_surface(polygon(SQUARE, holes=(hole,)))}</luse:lod1MultiSurface></luse:LandUse>'
    assert area(only_solids(read(tmp_path, document(use))).mesh) == pytest.approx(91)


@pytest.mark.parametrize(
    "ring",
    [
        f"<gml:posList srsDimension='3'>{positions([*SQUARE, SQUARE[0]])}</gml:posList>",
        "".join(f"<gml:pos>{positions([c])}</gml:pos>" for c in [*SQUARE, SQUARE[0]]),
        "<gml:coordinates>" + " ".join(positions([c]).replace(" ", ",") for c in [*SQUARE, SQUARE[0]]) + "</gml:coordinates>",
        "".join(f"<gml:pointProperty><gml:Point><gml:pos>{positions([c])}</gml:pos></gml:Point></gml:pointProperty>" for c in [*SQUARE, SQUARE[0]]),
        f"<gml:posList>\n\t{positions(SQUARE)}\n\t{positions(SQUARE[:1])} </gml:posList>",
    ],
)  # fmt: skip
def test_that_all_ways_to_write_a_ring_are_read(tmp_path: Path, ring: str) -> None:
    face = f"<gml:Polygon><gml:exterior><gml:LinearRing>{ring}</gml:LinearRing></gml:exterior></gml:Polygon>"
    use = f'<luse:LandUse gml:id="L"><luse:lod1MultiSurface>{multi_surface(face)}</luse:lod1MultiSurface></luse:LandUse>'
    mesh = only_solids(read(tmp_path, document(use))).mesh
    assert area(mesh) == pytest.approx(100)
    assert len(mesh.points) == 4


def test_that_places_of_two_numbers_are_flat_and_open_rings_are_closed(tmp_path: Path) -> None:
    pairs = " ".join(f"{x + ORIGIN[0]} {y + ORIGIN[1]}" for x, y, _ in [*SQUARE, SQUARE[0]])
    open_ = positions(SQUARE)
    faces = [
        f"<gml:Polygon><gml:exterior><gml:LinearRing><gml:posList>{p}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>"
        for p in (pairs, open_)
    ]
    uses = [
        f'<luse:LandUse gml:id="L{i}"><luse:lod1MultiSurface>{multi_surface(f)}</luse:lod1MultiSurface></luse:LandUse>'
        for i, f in enumerate(faces)
    ]
    parts = read(tmp_path, document(*uses))
    mesh = only_solids(parts).mesh
    assert area(mesh) == pytest.approx(200)
    assert {p.code: p.count for p in parts.problems} == {"unclosed_ring": 1}
    assert np.ptp(mesh.points[:, 2]) == ORIGIN[2]


@pytest.mark.parametrize("wrong", ["1 2 3 nonsense 5 6", "1 2 3 4 5 6", "1e999 2 3 4 5 6 7 8 9 1e999 2 3", "nan 2 3 4 5 6 7 8 9 1 2 3", ""])
def test_that_broken_faces_are_left_out_and_told(tmp_path: Path, wrong: str) -> None:
    face = f'<gml:Polygon gml:id="bad"><gml:exterior><gml:LinearRing><gml:posList>{wrong}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>'
    parts = read(tmp_path, document(building(inside=f"<bldg:lod1MultiSurface>{multi_surface(face)}</bldg:lod1MultiSurface>")))
    assert next(p for p in parts.problems if p.code == "broken_geometry").count == 1
    assert volume(only_solids(parts).mesh) == pytest.approx(600)


def test_that_faces_outside_the_coordinate_system_are_left_out_of_the_city(tmp_path: Path) -> None:
    near = [(35.0, 139.0, 5.0), (35.0, 139.001, 5.0), (35.001, 139.001, 5.0)]
    far = [(-89.0, -41.0, 5.0), (35.0, 139.001, 5.0), (4e8, 139.001, 5.0)]
    faces = multi_surface(polygon(near, at=(0.0, 0.0, 0.0)), polygon(far, at=(0.0, 0.0, 0.0)))
    use = f'<wtr:WaterBody gml:id="W"><wtr:lod1MultiSurface>{faces}</wtr:lod1MultiSurface></wtr:WaterBody>'
    city = opened(tmp_path, document(use, srs="http://www.opengis.net/def/crs/EPSG/0/6697"))
    mesh = city.layers["water"].mesh
    assert mesh is not None
    assert len(mesh) == 1
    assert any(p.code == "outside_crs" and p.examples == ("W",) for p in city.problems)


def test_that_surfaces_of_patches_triangles_and_composites_are_read(tmp_path: Path) -> None:
    patch = polygon(SQUARE).replace("gml:Polygon", "gml:PolygonPatch")
    triangle = polygon(SQUARE[:3]).replace("gml:Polygon", "gml:Triangle")
    shapes = [
        f"<gml:Surface><gml:patches>{patch}{patch}</gml:patches></gml:Surface>",
        f"<gml:Surface><gml:polygonPatches>{patch}</gml:polygonPatches></gml:Surface>",
        f"<gml:TriangulatedSurface><gml:trianglePatches>{triangle}{triangle}{triangle}</gml:trianglePatches></gml:TriangulatedSurface>",
        f"<gml:MultiSolid><gml:solidMember>{solid()}</gml:solidMember></gml:MultiSolid>",
        f"<gml:CompositeSolid><gml:solidMember>{solid()}</gml:solidMember></gml:CompositeSolid>",
        f"<gml:MultiSurface><gml:surfaceMembers>{polygon(SQUARE)}{polygon(SQUARE)}</gml:surfaceMembers></gml:MultiSurface>",
        f"<gml:MultiGeometry><gml:geometryMember>{polygon(SQUARE)}</gml:geometryMember></gml:MultiGeometry>",
        f"<gml:CompositeSurface>{members(f'<gml:CompositeSurface>{members(polygon(SQUARE))}</gml:CompositeSurface>', polygon(SQUARE))}</gml:CompositeSurface>",
    ]
    objects = [
        f'<gen:GenericCityObject gml:id="G{i}"><gen:lod1Geometry>{s}</gen:lod1Geometry></gen:GenericCityObject>'
        for i, s in enumerate(shapes)
    ]
    solids = only_solids(read(tmp_path, document(*objects)))
    assert np.bincount(solids.mesh.object).tolist() == [4, 2, 3, 12, 12, 4, 2, 4]


def test_that_a_concave_face_in_degrees_is_cut_up_rightly(tmp_path: Path) -> None:
    corners = [(0, 0), (30, 0), (30, 10), (10, 10), (10, 30), (0, 30)]  # metres east, north of a place in Japan
    ring = [(35.0 + y / 111000, 139.0 + x / 91000, 5.0) for x, y in corners]
    use = f'<wtr:WaterBody gml:id="W"><wtr:lod1MultiSurface>{multi_surface(polygon(ring, at=(0.0, 0.0, 0.0)))}</wtr:lod1MultiSurface></wtr:WaterBody>'
    city = opened(tmp_path, document(use, srs="http://www.opengis.net/def/crs/EPSG/0/6697"))
    water = city.layers["water"]
    assert float(shapely.area(water.geometry[0])) == pytest.approx(500, rel=0.01)
    assert area(water.mesh) == pytest.approx(500, rel=0.01)  # type: ignore[arg-type]


# Objects


def test_that_parts_and_installations_have_rows_under_their_building_and_rooms_are_counted(tmp_path: Path) -> None:
    inside = (
        f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="P"><bldg:lod1Solid>{solid()}</bldg:lod1Solid><bldg:outerBuildingInstallation>'
        f'<bldg:BuildingInstallation gml:id="I"><bldg:lod2Geometry>{solid(2)}</bldg:lod2Geometry></bldg:BuildingInstallation>'
        "</bldg:outerBuildingInstallation></bldg:BuildingPart></bldg:consistsOfBuildingPart>"
        f"<bldg:interiorRoom><bldg:Room><bldg:lod4Solid>{solid()}</bldg:lod4Solid></bldg:Room></bldg:interiorRoom>"
    )
    parts = read(tmp_path, document(building("B", inside), building("C")))
    table = only_solids(parts).table
    assert table["id"].tolist() == ["B", "P", "I", "C"]
    assert table["parent"].tolist() == [0, 0, 0, 3]
    assert next(p for p in parts.problems if p.code == "inside_objects").count == 1
    city = opened(tmp_path, document(building("B", inside), building("C")))
    assert city.buildings.table["parts"].tolist() == [1, 0]


def test_that_every_module_becomes_its_layer(tmp_path: Path) -> None:
    flat = multi_surface(polygon(SQUARE))
    kinds = {
        "roads": f'<tran:Road gml:id="1"><tran:trafficArea><tran:TrafficArea><tran:lod2MultiSurface>{flat}</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea></tran:Road>',
        "rail": f'<tran:Railway gml:id="2"><tran:lod1MultiSurface>{flat}</tran:lod1MultiSurface></tran:Railway>',
        "bridges": f'<brid:Bridge gml:id="3"><brid:lod1Solid>{solid()}</brid:lod1Solid></brid:Bridge>',
        "tunnels": f'<tun:Tunnel gml:id="4"><tun:lod1Solid>{solid()}</tun:lod1Solid></tun:Tunnel>',
        "water": f'<wtr:WaterBody gml:id="5"><wtr:boundedBy><wtr:WaterSurface><wtr:lod2Surface>{polygon(SQUARE)}</wtr:lod2Surface></wtr:WaterSurface></wtr:boundedBy></wtr:WaterBody>',
        "landuse": f'<luse:LandUse gml:id="6"><luse:lod1MultiSurface>{flat}</luse:lod1MultiSurface></luse:LandUse>',
        "green": f'<veg:PlantCover gml:id="7"><veg:lod1MultiSurface>{flat}</veg:lod1MultiSurface></veg:PlantCover>',
        "trees": f'<veg:SolitaryVegetationObject gml:id="8"><veg:lod1Geometry>{solid()}</veg:lod1Geometry></veg:SolitaryVegetationObject>',
        "city furniture": f'<frn:CityFurniture gml:id="9"><frn:lod1Geometry>{solid()}</frn:lod1Geometry></frn:CityFurniture>',
        "other": f'<gen:GenericCityObject gml:id="10"><gen:lod1Geometry>{flat}</gen:lod1Geometry></gen:GenericCityObject>',
    }
    square = f'<tran:Square gml:id="11"><tran:lod1MultiSurface>{flat}</tran:lod1MultiSurface></tran:Square>'
    track = f'<tran:Track gml:id="12"><tran:lod1MultiSurface>{flat}</tran:lod1MultiSurface></tran:Track>'
    city = opened(tmp_path, document(*kinds.values(), square, track, "<grp:CityObjectGroup/>"))
    assert {name: len(layer) for name, layer in city.layers.items()} == {**dict.fromkeys(kinds, 1), "roads": 3}
    assert (city.layers["roads"].mesh.surface == SurfaceClass.ROAD).all()  # type: ignore[union-attr]
    assert (city.layers["water"].mesh.surface == SurfaceClass.WATER).all()  # type: ignore[union-attr]
    assert city.layers["trees"].geometry[0].geom_type == "Point"
    assert any(p.code == "not_shown" and "CityObjectGroup" in p.message for p in city.problems)


def test_that_lines_become_a_layer_and_points_a_place(tmp_path: Path) -> None:
    line = f"<gml:LineString><gml:posList>{positions([(0, 0, 0), (50, 0, 0)])}</gml:posList></gml:LineString>"
    road = f'<tran:Road gml:id="R"><tran:function>1</tran:function><tran:lod0Network><gml:CompositeCurve><gml:curveMember>{line}</gml:curveMember></gml:CompositeCurve></tran:lod0Network></tran:Road>'
    tree = f'<veg:SolitaryVegetationObject gml:id="T"><veg:height uom="m">12.5</veg:height><veg:lod0Geometry><gml:Point><gml:pos>{positions([(5, 5, 2)])}</gml:pos></gml:Point></veg:lod0Geometry></veg:SolitaryVegetationObject>'
    parts = read(tmp_path, document(road, tree))
    assert [(x.name, x.role, len(x.table)) for x in parts.layers] == [("Road", "roads", 1)]
    assert parts.layers[0].geometry[0].length == pytest.approx(50)
    assert parts.layers[0].table["function"].tolist() == ["1"]
    solids = only_solids(parts)
    assert np.allclose(solids.points, [[ORIGIN[0] + 5, ORIGIN[1] + 5, ORIGIN[2] + 2]])
    city = opened(tmp_path, document(road, tree))
    x, y = city.frame.to_crs(*shapely.get_coordinates(city.layers["trees"].geometry)[0])
    assert (float(x), float(y)) == pytest.approx((ORIGIN[0] + 5, ORIGIN[1] + 5))
    assert city.layers["trees"].table["height"].tolist() == [12.5]


def test_that_a_tin_is_the_ground_also_from_control_points(tmp_path: Path) -> None:
    corners = [(0, 0, 0), (100, 0, 0), (100, 100, 10), (0, 100, 10)]
    triangles = "".join(polygon([corners[i] for i in t]).replace("gml:Polygon", "gml:Triangle") for t in ((0, 1, 2), (0, 2, 3)))
    tin = f"<gml:TriangulatedSurface><gml:trianglePatches>{triangles}</gml:trianglePatches></gml:TriangulatedSurface>"
    points = (
        f"<gml:Tin><gml:trianglePatches/><gml:controlPoint><gml:posList>{positions(corners)}</gml:posList></gml:controlPoint></gml:Tin>"
    )
    for shape in (tin, points):
        relief = f'<dem:ReliefFeature gml:id="R"><dem:lod>1</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="T"><dem:lod>1</dem:lod><dem:tin>{shape}</dem:tin></dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>'
        city = opened(tmp_path, document(relief))
        x, y = city.frame.to_local(ORIGIN[0] + 50, ORIGIN[1] + 50)
        assert city.terrain is not None
        assert float(city.terrain.sample(x, y)) == pytest.approx(ORIGIN[2] + 5, abs=0.01)


def test_that_mass_points_are_ground_too(tmp_path: Path) -> None:
    places = "".join(
        f"<gml:pointMember><gml:Point><gml:pos>{positions([p])}</gml:pos></gml:Point></gml:pointMember>"
        for p in [(0, 0, 0), (9, 0, 0), (9, 9, 9), (0, 9, 9)]
    )
    points = f"<dem:reliefPoints><gml:MultiPoint>{places}</gml:MultiPoint></dem:reliefPoints>"
    relief = f'<dem:ReliefFeature gml:id="R"><dem:reliefComponent><dem:MassPointRelief gml:id="M">{points}</dem:MassPointRelief></dem:reliefComponent></dem:ReliefFeature>'
    city = opened(tmp_path, document(relief))
    x, y = city.frame.to_local(ORIGIN[0] + 4.5, ORIGIN[1] + 4.5)
    assert city.terrain is not None
    assert float(city.terrain.sample(x, y)) == pytest.approx(ORIGIN[2] + 4.5, abs=0.3)


def test_that_templates_stand_where_they_are_put(tmp_path: Path) -> None:
    template = multi_surface(*(side(s, at=(0.0, 0.0, 0.0)) for s in SIDES), name="lamp")
    twice = "2 0 0 0 0 2 0 0 0 0 2 0 0 0 0 1"

    def lamp(name: str, geometry: str, x: float) -> str:
        return (
            f'<frn:CityFurniture gml:id="{name}"><frn:lod1ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>{twice}'
            f"</core:transformationMatrix>{geometry}<core:referencePoint><gml:Point><gml:pos>{positions([(x, 0, 0)])}</gml:pos></gml:Point>"
            "</core:referencePoint></core:ImplicitGeometry></frn:lod1ImplicitRepresentation></frn:CityFurniture>"
        )

    first = lamp("A", '<core:relativeGMLGeometry xlink:href="#lamp"/>', 100)
    second = lamp("B", f"<core:relativeGMLGeometry>{template}</core:relativeGMLGeometry>", 200)
    far = lamp("C", "<core:libraryObject>http://127.0.0.1:9/lamp.wrl</core:libraryObject>", 300)
    parts = read(tmp_path, document(first, second, far))
    solids = only_solids(parts)
    assert np.bincount(solids.mesh.object).tolist() == [12, 12]
    for row, x in ((0, 100), (1, 200)):
        p = solids.mesh.points[np.unique(solids.mesh.triangles[solids.mesh.object == row])]
        assert np.allclose(p.min(0), np.add(ORIGIN, (x, 0, 0)))
        assert np.allclose(np.ptp(p, axis=0), (20, 20, 12))
    assert codes(parts) == {"library_objects"}


def test_that_a_template_in_metres_stands_at_a_place_in_degrees(tmp_path: Path) -> None:
    template = multi_surface(*(side(s, at=(0.0, 0.0, 0.0)) for s in SIDES))
    lamp = (
        f'<frn:CityFurniture gml:id="A"><frn:lod1ImplicitRepresentation><core:ImplicitGeometry><core:referencePoint><gml:Point><gml:pos>35.0 139.0 7'
        f"</gml:pos></gml:Point></core:referencePoint><core:relativeGMLGeometry>{template}</core:relativeGMLGeometry></core:ImplicitGeometry>"
        "</frn:lod1ImplicitRepresentation></frn:CityFurniture>"
    )
    city = opened(tmp_path, document(lamp, srs="http://www.opengis.net/def/crs/EPSG/0/6697"))
    mesh = city.layers["city furniture"].mesh
    assert mesh is not None
    assert np.ptp(mesh.points, axis=0) == pytest.approx((10, 10, 6), rel=0.03)
    assert mesh.points[:, 2].min() == pytest.approx(7)


# Levels of detail


def test_that_the_best_level_is_shown_the_others_kept_and_a_hint_chooses(tmp_path: Path) -> None:
    foot = f"<bldg:lod0FootPrint>{multi_surface(polygon(SQUARE))}</bldg:lod0FootPrint>"
    edge = f"<bldg:lod0RoofEdge>{multi_surface(polygon([(x, y, 6) for x, y, _ in SQUARE]))}</bldg:lod0RoofEdge>"
    content = document(building("B", f"{foot}{edge}{walls()}"), building("C"))
    solids = only_solids(read(tmp_path, content))
    assert solids.table["lod"].tolist() == ["2", "1"]
    assert sorted(solids.lods) == ["0", "1"]
    assert np.bincount(solids.lods["0"].object).tolist() == [2, 12]
    assert (solids.mesh.surface == SurfaceClass.ROOF).sum() == 2
    low = only_solids(read(tmp_path, content, lod="0"))
    assert low.table["lod"].tolist() == ["0", "1"]
    assert np.bincount(low.mesh.object).tolist() == [2, 12]
    only_edge = only_solids(read(tmp_path, document(f'<bldg:Building gml:id="E">{edge}</bldg:Building>')))
    assert only_edge.table["lod"].tolist() == ["0"]
    assert len(only_edge.mesh) == 2


def test_that_a_footprint_alone_is_raised_by_the_measured_height(tmp_path: Path) -> None:
    foot = f"<bldg:lod0FootPrint>{multi_surface(polygon(SQUARE))}</bldg:lod0FootPrint>"
    city = opened(
        tmp_path, document(f'<bldg:Building gml:id="E"><bldg:measuredHeight uom="ft">100</bldg:measuredHeight>{foot}</bldg:Building>')
    )
    assert city.buildings.table["height_m"].tolist() == pytest.approx([30.48])


def test_that_parts_of_a_higher_level_stand_for_their_building(tmp_path: Path) -> None:
    part = f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="P">{walls()}</bldg:BuildingPart></bldg:consistsOfBuildingPart>'
    solids = only_solids(read(tmp_path, document(building("B", part))))
    assert solids.table["lod"].tolist() == ["", "2"]
    assert set(solids.mesh.object.tolist()) == {1}


# Attributes


def test_that_standard_generic_and_nested_attributes_come_in_one_flat_table(tmp_path: Path) -> None:
    inside = (
        "<gml:name>Town hall</gml:name><bldg:function>1000</bldg:function><bldg:function>1010</bldg:function><bldg:yearOfConstruction>1931</bldg:yearOfConstruction>"
        '<bldg:measuredHeight uom="m">6.5</bldg:measuredHeight><bldg:storeysAboveGround>2</bldg:storeysAboveGround><bldg:storeysBelowGround>9999</bldg:storeysBelowGround>'
        '<gen:stringAttribute name="owner"><gen:value>Smith &amp; Co</gen:value></gen:stringAttribute><gen:intAttribute name="beds"><gen:value>12</gen:value></gen:intAttribute>'
        '<gen:measureAttribute name="area"><gen:value uom="m2">99.5</gen:value></gen:measureAttribute>'
        '<gen:genericAttributeSet name="energy"><gen:doubleAttribute name="demand"><gen:value>1.5</gen:value></gen:doubleAttribute></gen:genericAttributeSet>'
        "<uro:buildingDisasterRiskAttribute><uro:BuildingTsunamiRiskAttribute><uro:rank>2</uro:rank><uro:depth uom='m'>1.25</uro:depth></uro:BuildingTsunamiRiskAttribute></uro:buildingDisasterRiskAttribute>"
        "<uro:buildingDisasterRiskAttribute><uro:BuildingTsunamiRiskAttribute><uro:rank>3</uro:rank></uro:BuildingTsunamiRiskAttribute></uro:buildingDisasterRiskAttribute>"
        "<uro:keyValuePairAttribute><uro:KeyValuePairAttribute><uro:key>104</uro:key><uro:codeValue>1</uro:codeValue></uro:KeyValuePairAttribute></uro:keyValuePairAttribute>"
        "<core:externalReference><core:informationSystem>http://x</core:informationSystem><core:externalObject><core:name>7</core:name></core:externalObject></core:externalReference>"
        "<bldg:address><core:Address><core:xalAddress><xAL:AddressDetails><xAL:Country><xAL:CountryName>Germany</xAL:CountryName><xAL:Locality><xAL:LocalityName>Moosach</xAL:LocalityName>"
        "<xAL:Thoroughfare><xAL:ThoroughfareNumber>15</xAL:ThoroughfareNumber><xAL:ThoroughfareName>Am Hang</xAL:ThoroughfareName></xAL:Thoroughfare></xAL:Locality></xAL:Country></xAL:AddressDetails></core:xalAddress></core:Address></bldg:address>"
    )
    solids = only_solids(read(tmp_path, document(building("B", inside), building("C"))))
    row = solids.attributes.iloc[0].to_dict()
    assert row == {
        "name": "Town hall", "function": "1000; 1010", "yearOfConstruction": 1931.0, "measuredHeight": 6.5, "storeysAboveGround": 2.0,
        "owner": "Smith & Co", "beds": 12.0, "area": 99.5, "energy.demand": 1.5, "BuildingTsunamiRiskAttribute.rank": "2",
        "BuildingTsunamiRiskAttribute.depth": 1.25, "BuildingTsunamiRiskAttribute.2.rank": "3", "KeyValuePairAttribute.104": "1",
        "externalReference.informationSystem": "http://x", "externalReference.externalObject.name": "7",
        "address": "Am Hang 15, Moosach, Germany",
    }  # fmt: skip
    assert solids.attributes.iloc[1].isna().all()


def data_set(folder: Path) -> Path:
    """A folder as PLATEAU has them: code lists beside udx; the file goes into udx/bldg."""
    (folder / "city" / "codelists").mkdir(parents=True)
    (folder / "city" / "udx" / "bldg").mkdir(parents=True)
    entry = "<gml:dictionaryEntry><gml:Definition gml:id='{0}'><gml:description>{1}</gml:description><gml:name>{0}</gml:name></gml:Definition></gml:dictionaryEntry>"
    body = entry.format("422", "文教厚生施設") + entry.format("411", "住宅")
    content = f'<gml:Dictionary xmlns:gml="http://www.opengis.net/gml">{body}</gml:Dictionary>'
    for place in (folder / "city" / "codelists", folder):
        (place / "Building_usage.xml").write_text(content.replace("住宅", "outside") if place == folder else content, "utf-8")
    (folder / "secret.xml").write_text(content.replace("住宅", "secret"), "utf-8")
    return folder / "city" / "udx" / "bldg"


def test_that_codes_become_words_by_the_lists_of_the_data_set_and_no_other_file(tmp_path: Path) -> None:
    folder = data_set(tmp_path)
    spaces = [
        "../../codelists/Building_usage.xml",
        "../../../secret.xml",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://127.0.0.1:9/x.xml",
        "../../codelists/none.xml",
    ]
    uses = [
        building(f"B{i}", f'<bldg:usage codeSpace="{s}">411</bldg:usage>', at=(ORIGIN[0] + 20 * i, ORIGIN[1], 0.0))
        for i, s in enumerate(spaces)
    ]
    parts = read(folder, document(*uses))
    table = only_solids(parts).attributes
    assert table["usage"].tolist() == ["住宅", "411", "411", "411", "411", "411"]
    assert table["usage_code"].tolist()[0] == "411"
    assert next(p for p in parts.problems if p.code == "codelist_refused").examples == ("../../../secret.xml",)
    city = open_city(folder, use_cache=False)
    assert city.buildings.table["use"].tolist()[0] == "residential"


def test_that_a_link_from_the_data_set_to_elsewhere_is_no_way_out(tmp_path: Path) -> None:
    folder = data_set(tmp_path)
    (tmp_path / "city" / "codelists" / "link.xml").symlink_to(tmp_path / "secret.xml")
    parts = read(folder, document(building("B", '<bldg:usage codeSpace="../../codelists/link.xml">411</bldg:usage>')))
    assert only_solids(parts).attributes["usage"].tolist() == ["411"]


@pytest.mark.parametrize(
    ("code", "use"),
    [
        ("31001_1010", "residential"),
        ("31001_2020", "office"),
        ("31001_2112", "industrial"),
        ("31001_3021", "education"),
        ("31001_9998", "other"),
        ("1010", "other"),
    ],
)
def test_that_functions_of_the_german_cadastre_tell_the_use(tmp_path: Path, code: str, use: str) -> None:
    city = opened(tmp_path, document(building("B", f"<bldg:function>{code}</bldg:function>")))
    assert city.buildings.table["use"].tolist() == [use]
    assert city.buildings.attributes["function"].tolist() == [code]


def test_that_layers_of_a_recipe_are_types(tmp_path: Path) -> None:
    use = f'<luse:LandUse gml:id="L"><luse:lod1MultiSurface>{multi_surface(polygon(SQUARE))}</luse:lod1MultiSurface></luse:LandUse>'
    solids = only_solids(read(tmp_path, document(building(), use), layers=("LandUse",)))
    assert solids.table["type"].tolist() == ["LandUse"]
    assert len(solids.mesh) == 2


def test_that_members_of_a_group_are_objects(tmp_path: Path) -> None:
    group = f'<grp:CityObjectGroup gml:id="G"><grp:groupMember>{building("B")}</grp:groupMember><grp:groupMember xlink:href="#B"/></grp:CityObjectGroup>'
    parts = read(tmp_path, document(group, building("C")))
    assert only_solids(parts).table["id"].tolist() == ["B", "C"]


def test_that_surfaces_and_curves_turned_round_are_so(tmp_path: Path) -> None:
    turned = "".join(
        f'<gml:surfaceMember><gml:OrientableSurface orientation="{sign}"><gml:baseSurface>{polygon(SQUARE)}</gml:baseSurface></gml:OrientableSurface></gml:surfaceMember>'
        for sign in "-+"
    )
    line = f"<gml:LineString><gml:posList>{positions([(0, 0, 0), (50, 0, 0)])}</gml:posList></gml:LineString>"
    curve = f'<gml:MultiCurve><gml:curveMember><gml:OrientableCurve orientation="-"><gml:baseCurve>{line}</gml:baseCurve></gml:OrientableCurve></gml:curveMember></gml:MultiCurve>'
    use = f'<luse:LandUse gml:id="L"><luse:lod1MultiSurface><gml:MultiSurface>{turned}</gml:MultiSurface></luse:lod1MultiSurface></luse:LandUse>'
    road = f'<tran:Railway gml:id="R"><tran:lod0Network>{curve}</tran:lod0Network></tran:Railway>'
    parts = read(tmp_path, document(use, road))
    p = only_solids(parts).mesh.points[only_solids(parts).mesh.triangles]
    up = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2]
    assert np.sign(up).tolist() == [-1, -1, 1, 1]
    assert parts.layers[0].geometry[0].coords[0][0] == ORIGIN[0] + 50


def test_that_a_hazard_map_is_no_water(tmp_path: Path) -> None:
    risk = "<uro:floodingRiskAttribute><uro:WaterBodyTsunamiRiskAttribute><uro:rankOrg>3</uro:rankOrg></uro:WaterBodyTsunamiRiskAttribute></uro:floodingRiskAttribute>"
    water = f'<wtr:WaterBody gml:id="W"><wtr:lod1MultiSurface>{multi_surface(polygon(SQUARE))}</wtr:lod1MultiSurface>{risk}</wtr:WaterBody>'
    city = opened(tmp_path, document(water))
    assert list(city.layers) == ["tsunami hazard"]
    assert city.layers["tsunami hazard"].table["WaterBodyTsunamiRiskAttribute.rankOrg"].tolist() == ["3"]
    assert city.layers["tsunami hazard"].mesh is not None


# Appearance


def test_that_materials_colour_faces_and_whole_surfaces_and_textures_are_counted(tmp_path: Path) -> None:
    material = "<app:surfaceDataMember><app:X3DMaterial><app:diffuseColor>{0}</app:diffuseColor><app:transparency>{1}</app:transparency>{2}</app:X3DMaterial></app:surfaceDataMember>"
    texture = '<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>../../secret.jpg</app:imageURI><app:target uri="#east"><app:TexCoordList><app:textureCoordinates ring="#r">0 0</app:textureCoordinates></app:TexCoordList></app:target></app:ParameterizedTexture></app:surfaceDataMember>'
    appearance = "<core:appearanceMember><app:Appearance><app:theme>{0}</app:theme>{1}</app:Appearance></core:appearanceMember>"
    red = material.format("1 0 0", "0.5", "<app:target>#roof_p</app:target>")
    blue = material.format("0 0 1", "0", "<app:target>#south</app:target><app:target>#none</app:target>")
    other = material.format("0 1 0", "0", "<app:target>#roof_p</app:target>")
    text = document(f'<bldg:Building gml:id="B">{walls()}</bldg:Building>')
    text = text.replace(
        "</core:CityModel>", appearance.format("visual", red + blue + texture) + appearance.format("heat", other) + "</core:CityModel>"
    )
    parts = read(tmp_path, text)
    mesh = only_solids(parts).mesh
    assert mesh.color is not None
    assert (mesh.color[mesh.surface == SurfaceClass.ROOF] == (255, 0, 0, 127)).all()
    assert (mesh.color == (0, 0, 255, 255)).all(1).sum() == 2
    assert (mesh.color[:, 3] == 0).sum() == 8
    assert next(p for p in parts.problems if p.code == "textures").count == 1


# Coordinate systems


@pytest.mark.parametrize(
    ("name", "plan", "height"),
    [
        ("EPSG:25832", 25832, None),
        ("urn:ogc:def:crs:EPSG::25832", 25832, None),
        ("urn:ogc:def:crs:EPSG:6.12:31468", 31468, None),
        ("http://www.opengis.net/def/crs/EPSG/0/6697", 6668, 6695),
        ("http://www.opengis.net/gml/srs/epsg.xml#4326", 4326, None),
        ("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", 25832, 5783),
        ("urn:ogc:def:crs,crs:EPSG:6.12:3068,crs:EPSG:6.12:5783", 3068, 5783),
        ("EPSG:25832+5783", 25832, 5783),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHN92_NH", 31468, 5783),
        ("urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH*GCG2016", 25832, 7837),
        ("urn:adv:crs:ETRS89_UTM33", 25833, None),
    ],
)  # fmt: skip
def test_that_names_of_coordinate_systems_are_understood(name: str, plan: int, height: int | None) -> None:
    crs = crs_of(name)
    assert crs is not None
    flat = crs.sub_crs_list if crs.is_compound else [crs]
    assert flat[0].to_epsg() == plan
    assert (flat[1].to_epsg() if len(flat) > 1 else None) == height


@pytest.mark.parametrize("name", ["", "nonsense", "#local", "EPSG:999999", "urn:ogc:def:crs:EPSG::", "x" * 20_000])
def test_that_unknown_coordinate_systems_are_not_guessed(name: str) -> None:
    assert crs_of(name) is None


@pytest.mark.parametrize(
    ("name", "at", "north_first"),
    [
        ("http://www.opengis.net/def/crs/EPSG/0/6697", (35.25, 139.73), True),
        ("http://www.opengis.net/def/crs/EPSG/0/6697", (139.73, 35.25), False),
        ("urn:ogc:def:crs:EPSG::31468", (5482714.0, 4424750.0), True),
        ("urn:ogc:def:crs:EPSG::31468", (4424750.0, 5482714.0), False),
        ("urn:adv:crs:DE_DHDN_3GK4*DE_DHN92_NH", (4424750.0, 5482714.0), False),
        ("urn:ogc:def:crs:EPSG::4326", (48.1, 11.5), True),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", (11.5, 48.1), False),
        ("EPSG:25832", (458000.0, 5438000.0), False),
    ],
)
def test_that_the_order_of_coordinates_is_that_in_which_they_lie_where_the_system_is_for(
    name: str, at: tuple[float, float], north_first: bool
) -> None:
    crs = crs_of(name)
    assert crs is not None
    assert comes_north_first(crs, name, at) == north_first


def test_that_a_file_without_coordinate_system_says_so_and_a_hint_helps(tmp_path: Path) -> None:
    (tmp_path / "a.gml").write_text(document(building(), srs=""), "utf-8")
    assert read_citygml(tmp_path / "a.gml", Hints()).solids[0].crs is None
    with pytest.raises(InputError, match="coordinate system"):
        open_city(tmp_path / "a.gml", use_cache=False)
    assert len(open_city(tmp_path / "a.gml", use_cache=False, crs="EPSG:25832").buildings) == 1


def test_that_a_geometry_may_name_the_system_when_the_file_does_not_and_another_one_too(tmp_path: Path) -> None:
    own = building().replace("<gml:Solid>", '<gml:Solid srsName="EPSG:25832">')
    shifted = building("C", at=(0.0, 0.0, 100.0)).replace("<gml:Solid>", '<gml:Solid srsName="urn:ogc:def:crs:EPSG::4326">')
    lat, lon = 49.095, 8.424
    for x, y, z in sorted(CORNERS, reverse=True):
        shifted = shifted.replace(f"{float(x)} {float(y)} {z + 100.0}", f"{lat + y * 9e-6:.8f} {lon + x * 1.37e-5:.8f} {z + 100.0}")
    parts = read(tmp_path, document(own, shifted, srs=""))
    solids = only_solids(parts)
    assert solids.crs is not None
    assert solids.crs.to_epsg() == 25832
    second = solids.mesh.points[np.unique(solids.mesh.triangles[solids.mesh.object == 1])]
    assert np.allclose(second[:, :2].min(0), (457954, 5438123), atol=60)
    assert np.ptp(second[:, 0]) == pytest.approx(10, abs=0.5)


def test_that_a_local_system_with_an_anchor_stands_on_the_map_and_without_one_does_not(tmp_path: Path) -> None:
    anchor = (
        '<gml:anchorDefinition codeSpace="urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"> 458868.0 5438343.0 112.0</gml:anchorDefinition>'
    )
    system = f'<core:engineeringCRS><gml:EngineeringCRS gml:id="here"><gml:engineeringDatum><gml:EngineeringDatum>{anchor}</gml:EngineeringDatum></gml:engineeringDatum></gml:EngineeringCRS></core:engineeringCRS>'
    text = document(building(at=(0.0, 0.0, 0.0)), version="3.0", srs="#here")
    placed = only_solids(read(tmp_path, text.replace("<core:cityObjectMember>", system + "<core:cityObjectMember>", 1)))
    assert np.allclose(placed.mesh.points.min(0), (458868, 5438343, 112))
    assert placed.crs is not None
    parts = read(tmp_path, text)
    assert parts.solids[0].crs is None
    assert "crs_unknown" in codes(parts)


# Versions


def test_that_version_3_is_read_with_its_boundaries_spaces_and_attributes(tmp_path: Path) -> None:
    inside = (
        walls(space="con", prop="core:boundary", lod_space="core")
        + f"<core:lod2Solid>{linked_solid().replace('CompositeSurface', 'Shell')}</core:lod2Solid>"
        + "<core:genericAttribute><gen:StringAttribute><gen:name>StandLK</gen:name><gen:value>2014</gen:value></gen:StringAttribute></core:genericAttribute>"
        + "<con:height><con:Height><con:value uom='m'>8.5</con:value></con:Height></con:height><con:dateOfConstruction>1985-01-01</con:dateOfConstruction>"
        + f'<bldg:buildingPart><bldg:BuildingPart gml:id="P"><core:lod1Solid>{solid()}</core:lod1Solid></bldg:BuildingPart></bldg:buildingPart>'
        + "<bldg:buildingSubdivision><bldg:Storey/></bldg:buildingSubdivision>"
    )
    road = (
        '<tran:Road gml:id="R"><tran:section><tran:Section><tran:trafficSpace><tran:TrafficSpace><core:boundary><tran:TrafficArea><core:lod2MultiSurface>'
        f"{multi_surface(polygon(SQUARE))}</core:lod2MultiSurface></tran:TrafficArea></core:boundary></tran:TrafficSpace></tran:trafficSpace></tran:Section></tran:section></tran:Road>"
    )
    parts = read(tmp_path, document(f'<bldg:Building gml:id="B">{inside}</bldg:Building>', road, version="3.0"))
    solids = only_solids(parts)
    assert solids.table["type"].tolist() == ["Building", "BuildingPart", "Road"]
    assert solids.attributes.iloc[0].to_dict() == {
        "StandLK": "2014", "measuredHeight": 8.5, "yearOfConstruction": 1985.0, "dateOfConstruction": "1985-01-01",
    }  # fmt: skip
    assert np.bincount(solids.mesh.object, minlength=3).tolist() == [12, 0, 2]
    assert codes(parts) == {"inside_objects"}
    assert (solids.mesh.surface[solids.mesh.object == 2] == SurfaceClass.ROAD).all()


def test_that_version_1_and_features_of_a_web_service_are_read(tmp_path: Path) -> None:
    assert len(only_solids(read(tmp_path, document(building(), version="1.0"))).mesh) == 12
    text = document(building("A"), building("B"))
    text = (
        text.replace("core:CityModel", "wfs:FeatureCollection")
        .replace("<wfs:Feature", "<wfs:Feature", 1)
        .replace(" xmlns:core", ' xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:core', 1)
    )
    plural = (
        text.replace("<core:cityObjectMember>", "")
        .replace("</core:cityObjectMember>", "")
        .replace("</gml:boundedBy>", "</gml:boundedBy><gml:featureMembers>", 1)
    )
    plural = plural.replace("</wfs:FeatureCollection>", "</gml:featureMembers></wfs:FeatureCollection>")
    for content in (text, text.replace("core:cityObjectMember", "wfs:member"), plural):
        assert opened(tmp_path, content).buildings.ids.tolist() == ["building/A", "building/B"]


def test_that_plain_gml_goes_to_the_reader_of_layers(tmp_path: Path) -> None:
    text = (
        '<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"><gml:featureMember><ogr:lakes fid="1"><ogr:geometryProperty>'
        '<gml:Polygon srsName="EPSG:25832"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>458000,5438000 458100,5438000 458100,5438100 458000,5438000'
        "</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></ogr:geometryProperty><ogr:name>Lake</ogr:name></ogr:lakes></gml:featureMember></ogr:FeatureCollection>"
    )
    assert sum(len(layer) for layer in opened(tmp_path, text).layers.values()) == 1


# Bytes


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "shift_jis", "iso-8859-1", "euc-jp", "gb18030"]
)
def test_that_encodings_are_read_as_declared(tmp_path: Path, encoding: str) -> None:
    word = "Café" if encoding == "iso-8859-1" else "横須賀美術館"
    declared = {"utf-8-sig": "UTF-8"}.get(encoding, encoding.upper())
    text = document(building("B", f"<gml:name>{word}</gml:name>")).replace("UTF-8", declared)
    parts = read(tmp_path, text.encode(encoding))
    assert only_solids(parts).attributes["name"].tolist() == [word]
    assert not codes(parts)


def test_that_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    content = document(building("B", "<gml:name>Caf@</gml:name>")).encode().replace(b"@", b"\xe9")
    parts = read(tmp_path, content)
    assert codes(parts) == {"bad_text"}
    assert volume(only_solids(parts).mesh) == pytest.approx(600)
    assert only_solids(read(tmp_path, content, encoding="latin-1")).attributes["name"].tolist() == ["Café"]


@pytest.mark.parametrize("name", ["base64_codec", "zlib_codec", "rot13", "idna", "unicode_escape", "none-such"])
def test_that_only_encodings_of_text_are_believed(tmp_path: Path, name: str) -> None:
    assert len(only_solids(read(tmp_path, document(building()).replace("UTF-8", name))).mesh) == 12


def test_that_undeclared_prefixes_are_those_of_citygml(tmp_path: Path) -> None:
    text = document(
        building("B", '<gen:stringAttribute name="a"><gen:value>1</gen:value></gen:stringAttribute><uro:x>2</uro:x>'),
        without=("gen", "xlink", "uro", "gml"),
    )
    parts = read(tmp_path, text)
    assert only_solids(parts).attributes.iloc[0].to_dict() == {"a": "1", "x": "2"}
    assert "gen" in next(p for p in parts.problems if p.code == "undeclared_prefix").message
    stranger = document(building("B", "<nobody:knows>3</nobody:knows>"))
    assert only_solids(read(tmp_path, stranger)).attributes["knows"].tolist() == ["3"]


def test_that_gzip_and_zip_are_opened(tmp_path: Path) -> None:
    text = document(building()).encode()
    (tmp_path / "a.gml.gz").write_bytes(gzip.compress(text))
    assert len(open_city(tmp_path / "a.gml.gz", use_cache=False).buildings) == 1
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("udx/bldg/a.gml", text)
    assert len(open_city(tmp_path / "b.zip", use_cache=False).buildings) == 1
    cut = gzip.compress(document(*(building(f"B{i}") for i in range(200))).encode())
    parts = read(tmp_path, cut[: len(cut) * 2 // 3], "c.gml.gz")
    assert "xml_broken" in codes(parts)
    assert 20 < len(only_solids(parts).table) < 200


def test_that_what_comes_before_the_end_of_a_cut_file_is_kept_whole(tmp_path: Path) -> None:
    text = document(*(building(f"B{i}", at=(ORIGIN[0] + 20 * i, ORIGIN[1], 0.0)) for i in range(10)))
    for share in (0.35, 0.5, 0.9):
        parts = read(tmp_path, text[: int(len(text) * share)])
        solids = only_solids(parts)
        assert len(solids.table) == text[: int(len(text) * share)].count("</core:cityObjectMember>")
        assert np.bincount(solids.mesh.object).tolist() == [12] * len(solids.table)
        problem = next(p for p in parts.problems if p.code == "xml_broken")
        assert problem.severity == "error"
        assert "last object" in problem.did


def test_that_a_wrong_tag_in_the_middle_does_not_lose_the_rest(tmp_path: Path) -> None:
    text = document(building("A"), building("B", "<bldg:usage>1</bldg:function>"), building("C"))
    parts = read(tmp_path, text)
    assert {"A", "B"} <= set(only_solids(parts).table["id"])
    assert "xml_broken" in codes(parts)


# Harm


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY a{i} '{'&a' + str(i - 1) + ';' if i else ''}{('&a' + str(i - 1) if i else '&a') + ';'}'>" for i in range(40))
    + "]>"
)


@pytest.mark.parametrize(
    "declaration",
    [
        LAUGHS,
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        "<!-- a comment --><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
        "<!doctype x>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_that_document_types_are_refused_at_once(tmp_path: Path, declaration: str, encoding: str) -> None:
    text = document(building("B", "<gml:name>&a39;&e;</gml:name>")).replace("?>\n", f"?>\n{declaration}", 1)
    begin = time.perf_counter()
    with pytest.raises(InputError, match="document type"):
        read(tmp_path, text.encode(encoding))
    assert time.perf_counter() - begin < 5


def test_that_entities_nobody_declared_are_nothing(tmp_path: Path) -> None:
    parts = read(tmp_path, document(building("B", "<gml:name>a&e;b</gml:name>")))
    assert volume(only_solids(parts).mesh) == pytest.approx(600)


def test_that_deep_and_endless_nesting_ends_in_a_sentence(tmp_path: Path) -> None:
    deep = "<bldg:lod1MultiSurface>" + "<gml:MultiSurface><gml:surfaceMember>" * 100_000
    begin = time.perf_counter()
    with pytest.raises(InputError):
        opened(tmp_path, document(f'<bldg:Building gml:id="B">{deep}'))
    solids = only_solids(read(tmp_path, document(building("A"), f'<bldg:Building gml:id="B">{deep}')))
    assert solids.table["id"].iloc[0] == "A"
    assert np.bincount(solids.mesh.object).tolist() == [12]
    assert time.perf_counter() - begin < 10


def test_that_an_object_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gml.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write((root() + envelope() + '<core:cityObjectMember><bldg:Building gml:id="B">').encode())
        for _ in range(30):
            file.write(b"<a/>" * 260_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError, match="elements|unpacks"):
        read_citygml(path, Hints())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<",
        "<?xml version='1.0'?>",
        "<core:CityModel",
        "<!--",
        "<x/>",
        "not xml at all",
        root() + "</core:CityModel>",
        root() + envelope(),
    ],
)
def test_that_what_is_no_citygml_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError):
        read(tmp_path, content)


SAMPLE = document(
    building("A", f'{walls("a")}<bldg:measuredHeight uom="m">6</bldg:measuredHeight><gen:intAttribute name="n"><gen:value>3</gen:value></gen:intAttribute>'),
    f'<bldg:Building gml:id="B"><bldg:lod2Solid>{linked_solid("a")}</bldg:lod2Solid></bldg:Building>',
    f'<luse:LandUse gml:id="L"><luse:lod1MultiSurface>{multi_surface(polygon(SQUARE))}</luse:lod1MultiSurface></luse:LandUse>',
).encode()  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.binary(max_size=4), st.integers(0, 40)), min_size=1, max_size=5),
    st.integers(0, 3),
)
def test_that_broken_copies_end_in_a_city_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, bytes, int]], cut: int
) -> None:
    content = bytearray(SAMPLE)
    for at, new, removed in changes:
        content[at : at + removed] = new
    if not cut:
        content = content[: changes[0][0]]
    path = tmp_path_factory.mktemp("broken") / "a.gml"
    path.write_bytes(bytes(content))
    try:
        city = open_city(path, use_cache=False)
    except InputError:
        city = None
    assert city is None or np.isfinite(city.buildings.mesh.points).all()
    shutil.rmtree(path.parent)


# Real files


def test_that_munich_is_the_same_as_in_cityjson(data: Path) -> None:
    folder = data / "city_munich"
    parts = read_citygml(folder / "LOD2_4424_5482_solid.gml", Hints())
    solids = only_solids(parts)
    other = json.loads((folder / "LOD2_4424_5482_solid_compressed.json").read_text("utf-8"))
    corners = np.array(other["vertices"]) * other["transform"]["scale"] + other["transform"]["translate"]
    assert set(solids.table["id"]) == set(other["CityObjects"])
    assert len(solids.table) == 111
    assert not codes(parts)
    for row, name in enumerate(solids.table["id"]):
        rings = [r for g in other["CityObjects"][name]["geometry"] for shell in g["boundaries"] for face in shell for r in face]
        z = corners[np.concatenate(rings), 2]
        p = solids.mesh.points[solids.mesh.triangles[solids.mesh.object == row]]
        areas = [np.cross(c := corners[r] - corners[r[0]], np.roll(c, -1, 0)).sum(0) / 2 for r in rings]
        assert np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1).sum() / 2 == pytest.approx(
            np.linalg.norm(areas, axis=1).sum(), rel=0.01
        )
        assert (p[..., 2].min(), p[..., 2].max()) == pytest.approx((z.min(), z.max()), abs=0.01)
    assert solids.attributes["measuredHeight"].iloc[0] == 2.644
    assert solids.attributes["address"].iloc[0] == "Fürth, Germany"


def test_that_munich_stands_in_fuerth(data: Path) -> None:
    city = open_city(data / "city_munich" / "LOD2_4424_5482_solid.gml", use_cache=False)
    lon, lat = city.frame.to_lonlat(0.0, 0.0)
    assert (float(lon), float(lat)) == pytest.approx((10.9588, 49.4757), abs=0.003)
    assert city.frame.vertical == "EPSG:5783"


@pytest.mark.parametrize(
    ("file", "layers"),
    [
        ("numazu-shi/udx/fld", {"river flood hazard": 3}),
        ("numazu-shi/udx/tnm", {"tsunami hazard": 3}),
        ("numazu-shi/udx/lsld", {"sediment disaster prone area": 81}),
        ("numazu-shi/udx/luse", {"landuse": 225}),
        ("numazu-shi/udx/urf", {"area classification": 3, "use district": 38, "special use district": 2, "scenic district": 4}),
    ],
)
def test_that_layers_of_plateau_have_the_counts_of_their_manifest(data: Path, file: str, layers: dict[str, int]) -> None:
    city = open_city(data / "plateau" / "nusamai" / file, use_cache=False)
    assert {name: len(layer) for name, layer in city.layers.items()} == layers
    lon, lat = city.frame.to_lonlat(0.0, 0.0)
    assert 138.7 < float(lon) < 138.95
    assert 34.9 < float(lat) < 35.2
    if file.endswith("luse"):
        assert city.layers["landuse"].table["kind"].value_counts().to_dict()["farmland"] == 52
        assert city.layers["landuse"].table["class"].iloc[0] == "道路用地（道路、駅前広場）"


def test_that_yokosuka_has_its_museum_and_its_ground(data: Path) -> None:
    folder = data / "plateau" / "nusamai" / "yokosuka-shi" / "udx"
    city = open_city(folder / "bldg", use_cache=False)
    assert len(city.buildings) == 13
    assert city.buildings.lod == "2"
    assert sorted(city.buildings.lods) == ["0", "1"]
    museum = city.buildings.table[city.buildings.table["parts"] == 2].iloc[0]
    assert museum["height_m"] == pytest.approx(15.03, abs=0.01)
    assert "Project PLATEAU" in city.sources[0].attribution
    lon, lat = city.frame.to_lonlat(0.0, 0.0)
    assert (float(lon), float(lat)) == pytest.approx((139.739, 35.259), abs=0.002)
    ground = open_city(folder / "dem", use_cache=False)
    assert ground.terrain is not None
    assert float(np.nanmax(ground.terrain.elevation)) == pytest.approx(24.2, abs=2)
    assert len(read_citygml(next((folder / "dem").glob("*.gml")), Hints()).solids[0].mesh) == 1066


@pytest.mark.slow
def test_that_memory_does_not_grow_with_the_text_of_a_file(tmp_path: Path, data: Path) -> None:
    """40 copies of Munich (68 MB) are read within 150 MB more than one copy: its triangles take 10 of them."""
    text = (data / "city_munich" / "LOD2_4424_5482_solid.gml").read_text("utf-8")
    begin, end = text.index("<cityObjectMember>"), text.rindex("</CityModel>")
    many = tmp_path / "many.gml"
    with open(many, "w", encoding="utf-8") as file:
        file.write(text[:begin])
        for i in range(40):
            file.write(text[begin:end].replace("DEBY_LOD2_", f"T{i}_"))
        file.write(text[end:])
    code = (
        "import resource, sys; from pathlib import Path; from twin.city.readers.citygml import read_citygml; from twin.city.readers.parts import Hints\n"
        "p = read_citygml(Path(sys.argv[1]), Hints()); print(len(p.solids[0].table), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for path, count in ((data / "city_munich" / "LOD2_4424_5482_solid.gml", 111), (many, 4440)):
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
        rows, peak = map(int, done.stdout.split())
        assert rows == count
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 150 << 10

"""Meshes as cities: OBJ, PLY, STL, glTF, DAE, IFC; where they stand, and what they may not do."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gltf_files import BOX, FACES, Document, two_houses, y_up
from twin.city.city import City
from twin.city.mesh import SurfaceClass
from twin.city.placed import on_ground, placed_points
from twin.city.readers import read_file
from twin.city.readers.parts import Hints, Parts, Placement
from twin.city.recipe import open_city
from twin.errors import InputError
from twin.frame import LocalFrame, parse_crs

CRS = "EPSG:28992"


def opened(*what: Path) -> City:
    return open_city(list(what), use_cache=False)


def recipe(folder: Path, *sources: str) -> Path:
    path = folder / "city.toml"
    path.write_text("\n".join(f"[[source]]\n{s}" for s in sources), "utf-8")
    return path


def heights(city: City) -> dict[str, float]:
    return dict(zip(city.buildings.table["id"], city.buildings.table["height_m"].round(3), strict=True))


# what is in a file
def test_that_each_node_of_a_gltf_is_an_object_z_up(tmp_path: Path) -> None:
    city = opened(two_houses().save(tmp_path / "town.glb"))
    assert heights(city) == {"building/tower": 30.0, "building/house": 6.0}
    assert shapely.area(city.buildings.footprints).round(3).tolist() == [200.0, 64.0]
    x = shapely.get_x(shapely.centroid(city.buildings.footprints))
    assert x[1] - x[0] == pytest.approx(54 - 5)


def test_that_a_gltf_beside_its_buffer_is_the_same(tmp_path: Path) -> None:
    document = two_houses()
    document.glb()
    document.json["buffers"][0]["uri"] = "town%20data.bin"
    (tmp_path / "town data.bin").write_bytes(document.binary)
    (tmp_path / "town.gltf").write_text(json.dumps(document.json))
    assert heights(opened(tmp_path / "town.gltf")) == {"building/tower": 30.0, "building/house": 6.0}


def test_that_materials_give_colours_in_srgb(tmp_path: Path) -> None:
    document = two_houses()
    shades = np.tile([0, 0, 32768, 65535], (8, 1)).astype("<u2")
    color = document.accessor(shades, "VEC4", 5123, normalized=True)
    document.box("blue", (5, 5, 5), (90, 0, 0), attributes={"COLOR_0": color})
    solids = read_file(document.save(tmp_path / "t.glb"), Hints()).solids[0]
    assert solids.mesh.color is not None
    of = [solids.mesh.color[solids.mesh.object == k] for k in range(3)]
    assert (of[0] == [255, 0, 0, 255]).all()
    assert (of[1][:, 3] == 0).all()  # nothing said
    assert (of[2] == [0, 0, 188, 255]).all()  # half the light is 188 of 255 in sRGB (IEC 61966-2-1)


def test_that_a_texture_colours_the_triangles_it_lies_on(tmp_path: Path) -> None:
    from PIL import Image

    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[:, 1] = [0, 255, 0]
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    document = Document()
    document.json["images"] = [{"bufferView": document.view(file.getvalue()), "mimeType": "image/png"}]
    document.json["textures"] = [{"source": 0}]
    document.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
    uv = document.accessor(np.full((8, 2), 0.75, "<f4"), "VEC2", 5126)
    document.box("green", (5, 5, 5), (0, 0, 0), attributes={"TEXCOORD_0": uv}, material=0)
    color = read_file(document.save(tmp_path / "t.glb"), Hints()).solids[0].mesh.color
    assert color is not None
    assert (color == [0, 255, 0, 255]).all()


def test_that_a_mirrored_node_still_faces_outwards(tmp_path: Path) -> None:
    document = Document()
    document.box("m", (10, 10, 10), (0, 0, 0))["scale"] = [-1, 1, 1]
    mesh = read_file(document.save(tmp_path / "m.glb"), Hints()).solids[0].mesh
    p = mesh.points[mesh.triangles]
    volume = np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6
    assert volume == pytest.approx(1000)


def test_that_strips_fans_and_sparse_places_are_read(tmp_path: Path) -> None:
    document = Document()
    flat = y_up(np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [10, 10, 0]], float)).astype("<f4")
    for mode, order in ((5, [0, 1, 2, 3]), (6, [0, 1, 3, 2])):
        node = document.box(f"mode{mode}", (1, 1, 1), (0, 0, 0))
        primitive = document.json["meshes"][node["mesh"]]["primitives"][0]
        primitive["mode"] = mode
        primitive["attributes"]["POSITION"] = document.accessor(flat, "VEC3", 5126)
        primitive["indices"] = document.accessor(np.array(order, "<u2"), "SCALAR", 5123)
    where, what = document.view(np.array([3], "<u2").tobytes()), document.view(np.array([[10, 7, -10]], "<f4").tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": what}}
    document.json["accessors"][primitive["attributes"]["POSITION"]]["sparse"] = sparse
    mesh = read_file(document.save(tmp_path / "s.glb"), Hints(role="other")).solids[0].mesh
    up = np.cross(*(mesh.points[mesh.triangles][:, k] - mesh.points[mesh.triangles][:, 0] for k in (1, 2)))[:, 2]
    assert (np.bincount(mesh.object) == 2).all()
    assert (up > 0).all()
    assert mesh.points[:, 2].max() == 7


CONCAVE = """
v 0 0 0
v 30 0 0
v 30 10 0
v 10 10 0
v 10 30 0
v 0 30 0
v 0 0 8
v 30 0 8
v 30 10 8
v 10 10 8
v 10 30 8
v 0 30 8
mtllib a.mtl
g L house
usemtl brick
f 6 5 4 3 2 1
f 7//1 8//1 9//1 10//1 11//1 12//1
f -12 -11 -5 -6
g pond water
f 1 2 3 99
f 1 2 3
"""


def test_that_a_concave_face_of_an_obj_keeps_its_area(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(CONCAVE)
    (tmp_path / "a.mtl").write_text("newmtl brick\nKd 0.5 0.25 0\n")
    parts = read_file(tmp_path / "a.obj", Hints())
    solids = parts.solids[0]
    assert solids.table["id"].tolist() == ["L house", "pond water"]
    assert solids.table["type"].tolist() == ["Building", "WaterBody"]
    assert solids.mesh.color is not None
    assert (solids.mesh.color[solids.mesh.object == 0] == [128, 64, 0, 255]).all()
    city = opened(tmp_path / "a.obj")
    assert city.buildings.table["height_m"].tolist() == [8.0]
    assert shapely.area(city.buildings.footprints).tolist() == [500.0]
    assert [p.count for p in parts.problems if p.code == "not_triangles"] == [1]  # the face with vertex 99


def test_that_an_obj_without_its_materials_opens_without_colours(tmp_path: Path) -> None:
    (tmp_path / "a.obj").write_text(CONCAVE)
    assert read_file(tmp_path / "a.obj", Hints()).solids[0].mesh.color is None


def _trimesh_box(tmp_path: Path, suffix: str) -> Path:
    import trimesh

    box = trimesh.Trimesh(BOX * (10, 20, 30), FACES, process=False)
    if suffix == ".ply":
        box.visual.face_colors = np.tile([10, 20, 30, 255], (12, 1))
    path = tmp_path / f"box{suffix}"
    path.write_bytes(box.export(file_type=suffix[1:]))
    return path


@pytest.mark.parametrize("suffix", [".ply", ".stl"])
def test_that_ply_and_stl_are_one_building(tmp_path: Path, suffix: str) -> None:
    path = _trimesh_box(tmp_path, suffix)
    city = opened(path)
    assert heights(city) == {"building/box": 30.0}
    assert shapely.area(city.buildings.footprints)[0] == pytest.approx(200)
    color = read_file(path, Hints()).solids[0].mesh.color
    assert color is None or (color == [10, 20, 30, 255]).all()


def _dae(path: Path, up: str, metre: float) -> Path:
    import collada

    document = collada.Collada()
    document.assetInfo.upaxis, document.assetInfo.unitmeter, document.assetInfo.unitname = up, metre, "unit"
    points = BOX * (10, 20, 30) / metre
    source = collada.source.FloatSource("p", (y_up(points) if up == "Y_UP" else points).ravel(), ("X", "Y", "Z"))
    geometry = collada.geometry.Geometry(document, "g", "tower", [source])
    inputs = collada.source.InputList()
    inputs.addInput(0, "VERTEX", "#p")
    geometry.primitives.append(geometry.createTriangleSet(FACES.ravel(), inputs, "m"))
    document.geometries.append(geometry)
    scene = collada.scene.Scene("s", [collada.scene.Node("tower", [collada.scene.GeometryNode(geometry)])])
    document.scenes.append(scene)
    document.scene = scene
    file = io.BytesIO()
    document.write(file)
    path.write_bytes(file.getvalue())
    return path


@pytest.mark.parametrize(("up", "metre"), [("Y_UP", 1.0), ("Z_UP", 0.0254)])
def test_that_a_dae_says_its_up_axis_and_unit(tmp_path: Path, up: str, metre: float) -> None:
    city = opened(_dae(tmp_path / "t.dae", up, metre))
    assert len(city.buildings) == 1
    assert city.buildings.table["height_m"].tolist() == pytest.approx([30.0])
    assert shapely.area(city.buildings.footprints)[0] == pytest.approx(200)


# where it stands
def test_that_a_mesh_without_a_place_stands_on_a_grid_when_alone(tmp_path: Path) -> None:
    city = opened(two_houses().save(tmp_path / "t.glb"))
    assert city.frame.crs is None
    assert "engineering" in [p.code for p in city.problems]


def test_that_a_mesh_without_a_place_is_left_out_beside_others(tmp_path: Path) -> None:
    two_houses().save(tmp_path / "t.glb")
    ring = [[4.36, 52.01], [4.361, 52.01], [4.361, 52.011], [4.36, 52.011], [4.36, 52.01]]
    feature = {
        "type": "Feature",
        "properties": {"id": "g", "building": "yes", "height": 5},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (tmp_path / "b.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    city = opened(tmp_path / "t.glb", tmp_path / "b.geojson")
    assert city.buildings.table["id"].tolist() == ["building/g"]
    problem = next(p for p in city.problems if p.code == "no_place")
    assert problem.severity == "error"
    assert "recipe" in problem.message


def test_that_a_recipe_puts_a_mesh_in_its_place(tmp_path: Path) -> None:
    two_houses().save(tmp_path / "t.glb")
    city = opened(recipe(tmp_path, f'path = "t.glb"\nplace = {{ x = 85000, y = 447500, z = 2.5, heading = 90, scale = 2, crs = "{CRS}" }}'))
    assert city.frame.crs == CRS
    t = city.buildings.table.set_index("id")
    assert t.loc["building/tower", "height_m"] == pytest.approx(60)
    assert t.loc["building/tower", "ground_z_m"] == pytest.approx(2.5)
    e, n = city.frame.to_crs(*shapely.get_coordinates(shapely.centroid(city.buildings.footprints)).T)
    # The tower's middle is 5 m east and 10 m north of its origin; twice as large and turned to the east that is 20 m east, 10 m south.
    assert (e[0], n[0]) == pytest.approx((85020, 447490))
    assert (e[1], n[1]) == pytest.approx((85008, 447500 - 108))


def test_that_heading_counts_from_true_north_where_the_place_is_geographic() -> None:
    frame = LocalFrame("EPSG:32631", (500000.0, 5760000.0))
    place = Placement(6.0, 52.0, 0.0)  # three degrees east of the zone's middle: grid north is 2.4 degrees off
    out = placed_points(np.array([[0.0, 0, 0], [0, 1000, 0]]), place, frame)
    lon, lat = frame.to_lonlat(out[:, 0], out[:, 1])
    assert lon[1] == pytest.approx(lon[0], abs=1e-6)
    assert (lat[1] - lat[0]) * 111_250 == pytest.approx(1000, rel=2e-3)


def test_that_without_a_height_the_lowest_point_stands_on_the_ground(tmp_path: Path) -> None:
    hints = Hints(place=Placement(85000, 447500, None, CRS))
    solids = read_file(two_houses().save(tmp_path / "t.glb"), hints).solids[0]
    points = placed_points(solids.mesh.points, hints.place, LocalFrame(CRS, (85000.0, 447500.0)))
    assert on_ground(solids, points, lambda x, y: np.full(np.shape(x), 7.5))[:, 2].min() == pytest.approx(7.5)


def test_that_coordinates_of_a_crs_are_taken_as_they_are(tmp_path: Path) -> None:
    text = CONCAVE.replace("\nv ", "\nv 85")  # x becomes 850, 8530 ...: somewhere in the CRS
    (tmp_path / "a.obj").write_text(text)
    solids = read_file(tmp_path / "a.obj", Hints(crs=parse_crs(CRS))).solids[0]
    assert solids.crs == parse_crs(CRS)
    assert solids.mesh.points[:, 0].max() == 8530


# what it may not do
@pytest.mark.parametrize(
    "uri", ["../secret.bin", "/etc/hostname", "https://example.org/a.bin", "file:///etc/hostname", "%2e%2e/secret.bin", "a\0b"]
)
def test_that_a_file_is_read_only_with_what_lies_in_its_folder(tmp_path: Path, uri: str) -> None:
    document = two_houses()
    document.glb()
    document.json["buffers"][0]["uri"] = uri
    (tmp_path / "secret.bin").write_bytes(document.binary)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.gltf").write_text(json.dumps(document.json))
    with pytest.raises(InputError, match="refers to"):
        opened(tmp_path / "in" / "t.gltf")


@pytest.mark.parametrize("name", ["KHR_draco_mesh_compression", "EXT_meshopt_compression"])
def test_that_packed_geometry_is_refused_by_name(tmp_path: Path, name: str) -> None:
    document = two_houses()
    document.json["extensionsRequired"] = [name]
    with pytest.raises(InputError, match="Draco|meshopt"):
        opened(document.save(tmp_path / "t.glb"))


def test_that_xml_entities_of_a_dae_are_refused(tmp_path: Path) -> None:
    path = _dae(tmp_path / "t.dae", "Z_UP", 1.0)
    path.write_text('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>' + path.read_text().partition("?>")[2])
    with pytest.raises(InputError, match="entities"):
        opened(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda j: j["nodes"][0].update(children=[0]), "child"),
        (lambda j: j["accessors"][0].update(count=10**9), "values"),
        (lambda j: j["accessors"][0].update(count=100), "beyond"),
        (lambda j: j["bufferViews"][0].update(byteLength=10**9), "beyond"),
        (lambda j: j["nodes"][0].update(matrix=[0.0] * 5), "16 numbers"),
        (lambda j: j["meshes"][0]["primitives"][0].update(indices=77), "does not exist"),
        (lambda j: j["asset"].update(version="1.0"), "only 2.0"),
    ],
)
def test_that_a_broken_gltf_is_told(tmp_path: Path, change, why: str) -> None:
    document = two_houses()
    change(document.json)
    with pytest.raises(InputError, match=why):
        opened(document.save(tmp_path / "t.glb"))


def test_that_places_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    document = two_houses()
    bad = y_up(BOX * 5).astype("<f4")
    bad[3] = np.nan
    node = document.box("bad", (5, 5, 5), (0, 0, 0))
    document.json["meshes"][node["mesh"]]["primitives"][0]["attributes"]["POSITION"] = document.accessor(bad, "VEC3", 5126)
    city = opened(document.save(tmp_path / "t.glb"))
    assert "building/tower" in heights(city)
    assert [p.count for p in city.problems if p.code == "no_coordinates"] == [int((FACES == 3).any(1).sum())]


def _samples(folder: Path) -> dict[str, bytes]:
    (folder / "a.obj").write_text(CONCAVE)
    files = [two_houses().save(folder / "a.glb"), folder / "a.obj", _dae(folder / "a.dae", "Z_UP", 1.0)]
    files += [_trimesh_box(folder, ".ply"), _trimesh_box(folder, ".stl")]
    return {f.suffix: f.read_bytes() for f in files}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("samples")
    return folder, _samples(folder)


@pytest.mark.parametrize("suffix", [".glb", ".obj", ".dae", ".ply", ".stl"])
@settings(max_examples=40, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12), cut=st.floats(0.2, 1.4))
def test_that_changed_bytes_end_in_parts_or_a_sentence(samples, suffix: str, changes, cut: float) -> None:
    folder, known = samples
    data = bytearray(known[suffix])
    for at, value in changes:
        data[int(at * (len(data) - 1))] = value
    path = folder / f"changed{suffix}"
    path.write_bytes(bytes(data[: max(1, int(min(cut, 1.0) * len(data)))]))
    with suppress(InputError):
        assert isinstance(read_file(path, Hints()), Parts)


# real data
def test_that_the_obj_of_a_real_city_is_its_cityjson(data: Path, tmp_path: Path) -> None:
    folder = data / "delft_3dfier" / "output"
    meshes = opened(recipe(tmp_path, f'path = "{folder / "testarea.obj"}"\ncrs = "{CRS}"'))
    model = opened(folder / "testarea.json")
    assert len(meshes.buildings) == len(model.buildings) == 160
    assert {k: len(v) for k, v in meshes.layers.items() if k in ("water", "roads", "bridges")} == {"water": 3, "roads": 143, "bridges": 3}
    a, b = (shapely.total_bounds(c.frame.geometry_to_crs(c.buildings.footprints)) for c in (meshes, model))
    assert a == pytest.approx(b, abs=0.01)
    assert np.median(meshes.buildings.table["height_m"]) == pytest.approx(np.median(model.buildings.table["height_m"]), abs=0.3)


# IFC
def _ifc(path: Path, georeferenced: bool = True) -> Path:
    """A building of two storeys, a red wall of 10 x 0.3 x 3 m each, and a slab."""
    pytest.importorskip("ifcopenshell")
    from ifcopenshell import api
    from ifcopenshell.api import aggregate, context, geometry, georeference, project, pset, root, spatial, style, unit

    assert api
    file = project.create_file(version="IFC4")
    whole = root.create_entity(file, ifc_class="IfcProject", name="Plan")
    unit.assign_unit(file, units=[unit.add_si_unit(file, unit_type="LENGTHUNIT", prefix="MILLI")])
    model = context.add_context(file, context_type="Model")
    body = context.add_context(file, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=model)
    site, house = (root.create_entity(file, ifc_class=c, name=n) for c, n in (("IfcSite", "Site"), ("IfcBuilding", "Town hall")))
    aggregate.assign_object(file, products=[site], relating_object=whole)
    aggregate.assign_object(file, products=[house], relating_object=site)
    for k in range(2):
        storey = root.create_entity(file, ifc_class="IfcBuildingStorey", name=f"Level {k}")
        aggregate.assign_object(file, products=[storey], relating_object=house)
        for n, (kind, size) in enumerate((("IfcWall", (10, 3, 0.3)), ("IfcSpace", (50, 3, 50)))):
            product = root.create_entity(file, ifc_class=kind, name=f"{kind} {k}")
            shape = geometry.add_wall_representation(file, context=body, length=size[0], height=size[1], thickness=size[2])
            geometry.assign_representation(file, product=product, representation=shape)
            matrix = np.eye(4)
            matrix[2, 3] = 3.0 * k
            geometry.edit_object_placement(file, product=product, matrix=matrix)
            if n == 0:
                spatial.assign_container(file, products=[product], relating_structure=storey)
                red = style.add_style(file, name="red")
                shade = {"SurfaceColour": {"Name": None, "Red": 1.0, "Green": 0.0, "Blue": 0.0}}
                style.add_surface_style(file, style=red, ifc_class="IfcSurfaceStyleShading", attributes=shade)
                style.assign_representation_styles(file, shape_representation=shape, styles=[red])
            else:
                aggregate.assign_object(file, products=[product], relating_object=storey)
    properties = pset.add_pset(file, product=house, name="Pset_BuildingCommon")
    pset.edit_pset(file, pset=properties, properties={"NumberOfStoreys": 2, "YearOfConstruction": "1999"})
    if georeferenced:
        georeference.add_georeferencing(file)
        operation = {"Eastings": 85000.0, "Northings": 447500.0, "OrthogonalHeight": 2.0, "XAxisAbscissa": 0.0, "XAxisOrdinate": 1.0}
        georeference.edit_georeferencing(file, projected_crs={"Name": CRS}, coordinate_operation={**operation, "Scale": 0.001})
    else:
        site.RefLatitude, site.RefLongitude, site.RefElevation = (52, 0, 30, 0), (4, 21, 0, 0), 1500.0
    file.write(str(path))
    return path


def test_that_an_ifc_building_has_its_storeys_as_parts_and_stands_on_the_map(tmp_path: Path) -> None:
    city = opened(_ifc(tmp_path / "a.ifc"))
    t = city.buildings.table.iloc[0]
    assert (t["name"], t["height_m"], t["ground_z_m"], t["storeys"], t["year"]) == ("Town hall", 6.0, 2.0, 2.0, 1999.0)
    assert city.buildings.parts["min_height_m"].tolist() == [0.0, 3.0]
    x, y = city.frame.to_crs(*shapely.get_coordinates(city.buildings.footprints).T)
    # The wall runs along the model's x axis, which the map conversion turns to the north; the spaces of 50 m are not drawn.
    assert (x.min(), x.max(), y.min(), y.max()) == pytest.approx((84999.7, 85000, 447500, 447510), abs=1e-3)


def test_that_products_of_an_ifc_have_their_class_and_colour(tmp_path: Path) -> None:
    mesh = read_file(_ifc(tmp_path / "a.ifc"), Hints()).solids[0].mesh
    assert set(mesh.surface) == {SurfaceClass.WALL}
    assert mesh.color is not None
    assert (mesh.color == [255, 0, 0, 255]).all()


def test_that_an_ifc_with_latitude_and_longitude_stands_there(tmp_path: Path) -> None:
    city = opened(_ifc(tmp_path / "a.ifc", georeferenced=False))
    lon, lat = city.frame.to_lonlat(*shapely.get_coordinates(city.buildings.footprints).T)
    assert (lon.min(), lat.min()) == pytest.approx((4.35, 52.00833), abs=2e-5)
    assert city.buildings.table["ground_z_m"][0] == pytest.approx(1.5)
    assert "site_place" in [p.code for p in city.problems]


def test_that_without_the_extra_a_sentence_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "ifcopenshell", None)
    (tmp_path / "a.ifc").write_text("ISO-10303-21;")
    with pytest.raises(InputError, match="pip install"):
        opened(tmp_path / "a.ifc")


@pytest.mark.parametrize("data_", [b"ISO-10303-21;\nHEADER;\nFILE_SCHEMA(('IFC4'));\nENDSEC;\nDATA;\n#1=IFCWALL(#1);\n", b"nothing"])
def test_that_a_broken_ifc_is_a_sentence(tmp_path: Path, data_: bytes) -> None:
    pytest.importorskip("ifcopenshell")
    (tmp_path / "a.ifc").write_bytes(data_)
    with pytest.raises(InputError):
        opened(tmp_path / "a.ifc")

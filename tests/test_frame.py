"""Coordinates: local metres and the world."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from pyproj import CRS

from twin.city.recipe import open_city
from twin.errors import InputError
from twin.frame import LocalFrame, crs_name, parse_crs, reproject, split_compound, utm_of


def test_that_lonlat_goes_to_local_metres_and_back() -> None:
    frame = LocalFrame("EPSG:32651", (356000.0, 3457000.0))
    lon, lat = np.array([121.49, 121.52]), np.array([31.23, 31.25])
    x, y = frame.from_lonlat(lon, lat)
    back = frame.to_lonlat(x, y)
    assert np.allclose(back, [lon, lat], atol=1e-9)
    assert np.hypot(*np.diff([x, y])) == pytest.approx(3621, rel=0.01)  # great circle 3.62 km


def test_that_utm_is_that_of_the_place() -> None:
    assert crs_name(utm_of(121.5, 31.2)) == "EPSG:32651"
    assert crs_name(utm_of(-46.6, -23.5)) == "EPSG:32723"
    assert crs_name(utm_of(180.0, 10)) == "EPSG:32660"
    assert crs_name(utm_of(-180.0, 10)) == "EPSG:32601"


def test_that_a_compound_crs_is_split() -> None:
    horizontal, vertical = split_compound(CRS.from_epsg(7415))
    assert (crs_name(horizontal), crs_name(vertical)) == ("EPSG:28992", "EPSG:5709")
    flat, none = split_compound(CRS.from_epsg(4979))
    assert len(flat.axis_info) == 2
    assert none is None


def test_that_feet_become_metres_at_the_door() -> None:
    """New York Long Island state plane, US survey feet: one local metre is one metre."""
    frame = LocalFrame.around(parse_crs("EPSG:2263"), [980000, 190000, 990000, 200000])
    assert frame.unit_m == pytest.approx(1200 / 3937)
    x, y = frame.to_local([985000, 986000], [195000, 195000])
    assert np.diff(x)[0] == pytest.approx(1000 * 1200 / 3937)
    assert np.allclose(frame.to_crs(x, y), [[985000, 986000], [195000, 195000]])
    lon, lat = frame.to_lonlat(x[0], y[0])
    utm = LocalFrame("EPSG:32618", (580000.0, 4500000.0))
    a, b = utm.from_lonlat(lon, lat)
    lon2, lat2 = frame.to_lonlat(x[0] + 100, y[0])
    c, d = utm.from_lonlat(lon2, lat2)
    assert np.hypot(c - a, d - b) == pytest.approx(100, rel=1e-3)


def test_that_latitude_first_systems_are_read_longitude_first() -> None:
    """EPSG:4326 and 6668 write latitude first; every door of ours takes x or longitude first."""
    e, n = reproject(139.7, 35.6, CRS.from_epsg(6668), CRS.from_epsg(32654))
    assert 300_000 < e < 500_000
    assert 3_900_000 < n < 4_000_000


def test_that_an_engineering_grid_has_no_map() -> None:
    frame = LocalFrame.around(None, [0, 0, 10, 10])
    assert not frame.has_map
    assert [float(v) for v in frame.to_local(6, 7)] == [1, 2]
    with pytest.raises(InputError, match="no place on the map"):
        frame.to_lonlat(0, 0)


@pytest.mark.parametrize("name", ["", "Nowhere/None", "../UTC", "America", "x" * 300])
def test_that_a_time_zone_nobody_knows_is_that_of_greenwich(name: str) -> None:
    assert LocalFrame(None, timezone=name).zone is UTC
    assert LocalFrame(None, timezone="Asia/Shanghai").zone == ZoneInfo("Asia/Shanghai")


def test_that_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="not a coordinate reference system"):
        parse_crs("EPSG:banana")
    with pytest.raises(InputError, match="no finite extent"):
        LocalFrame.around(parse_crs("EPSG:32651"), [np.nan, 0, 1, 1])


def test_that_geometry_keeps_its_height() -> None:
    frame = LocalFrame("EPSG:28992", (84970.0, 447518.0))
    line = shapely.LineString([(84970, 447518, 3), (84980, 447518, 4)])
    local = frame.geometry_to_local(np.array([line]))[0]
    assert list(local.coords) == [(0, 0, 3), (10, 0, 4)]
    assert list(frame.geometry_to_crs(np.array([local]))[0].coords) == list(line.coords)


def test_that_sources_of_three_systems_lie_on_each_other(tmp_path: Path) -> None:
    """The same square in lon/lat, UTM and New York feet: within a centimetre. Of three roles, since one thing told twice is left out."""
    square = np.array([[-74.0, 40.7], [-73.999, 40.7], [-73.999, 40.701], [-74.0, 40.701], [-74.0, 40.7]])
    for code, name in ((4326, "a_buildings"), (32618, "b_landuse"), (2263, "c_districts")):
        x, y = reproject(square[:, 0], square[:, 1], CRS.from_epsg(4326), CRS.from_epsg(code))
        (tmp_path / f"{name}.geojson").write_text(
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "crs": {
                        "type": "name",
                        "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}" if code != 4326 else "urn:ogc:def:crs:OGC:1.3:CRS84"},
                    },
                    "features": [
                        {
                            "type": "Feature",
                            "properties": {"height": 10},
                            "geometry": {"type": "Polygon", "coordinates": [np.column_stack([x, y]).tolist()]},
                        }
                    ],
                }  # fmt: skip
            )
        )
    city = open_city(tmp_path)
    assert city.frame.crs == "EPSG:32618"
    shapes = [city.buildings.footprints[0], *(layer.geometry[0] for layer in city.layers.values())]
    assert len(shapes) == 3
    for other in shapes[1:]:
        assert shapely.hausdorff_distance(shapes[0], other) < 0.01

"""Viewshed and hours of sun against cases worked out by hand and against the slow and exact way."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest
from numba import njit

from tests.known_worlds import world
from twin.city.facets import Facets, facets
from twin.city.height_grid import COMPILED, BareGround, Solids, height_grid
from twin.city.sight import EARTH_M, line_of_sight
from twin.city.sun_hours import shadow_top, sun_hours
from twin.city.suns import Sun, place_of, suns_of
from twin.city.terrain import Grid
from twin.city.viewshed import horizon, viewshed
from twin.frame import LocalFrame


def test_that_an_open_plain_is_seen_to_the_rim() -> None:
    v = viewshed(world(None), (0, 0, 1.7), 100.0)
    assert v.seen.sum() == v.inside.sum()
    assert v.ground_seen_m2 == pytest.approx(math.pi * 100**2, rel=0.02)
    assert v.farthest_m == pytest.approx(100, abs=2)


def test_that_a_wall_hides_as_far_as_its_shadow_from_the_eye() -> None:
    # Eye at 10 m, a wall of 5 m up to 52 m away: hidden to 52 * 10 / 5 = 104 m.
    v = viewshed(world(None, [(50, -150, 52, 150, 0, 5)]), (0.0, 0.0, 10.0), 150.0, cell_m=1.0)
    middle = v.grid.rows // 2
    x = np.arange(-middle, middle + 1)
    line = v.seen[middle]
    assert line[(x > -140) & (x < 50)].all()
    assert not line[(x > 53) & (x < 102)].any()
    assert line[(x > 106) & (x < 148)].all()
    assert list(v.seen_rows) == [0]
    # What rises above the shadow is seen before it ends: at 78 m, half way, from 2.5 m on.
    assert v.least[middle, middle + 78] == pytest.approx(2.5, abs=0.1)


def test_that_a_sector_sees_only_its_way() -> None:
    v = viewshed(world(None), (0, 0, 1.7), 100.0, heading=90, width=60)
    assert v.ground_seen_m2 == pytest.approx(math.pi * 100**2 / 6, rel=0.04)
    rows, columns = np.nonzero(v.seen)
    assert (columns >= v.grid.columns // 2).all()


def test_that_the_sun_of_a_day_is_that_of_the_place_and_its_clock() -> None:
    frame = LocalFrame("EPSG:32651", (356000.0, 3457000.0), timezone="Asia/Shanghai")
    suns = suns_of(replace(world(None), frame=frame), (0.0, 0.0), date(2026, 6, 21))
    highest = max(suns, key=lambda s: s.elevation)
    assert highest.elevation == pytest.approx(90 - 31.24 + 23.43, abs=0.3)
    assert suns.index(highest) / 6 == pytest.approx(11.9, abs=0.2)  # local noon of Shanghai
    assert sum(s.hours for s in suns) == pytest.approx(24.0)


def test_that_a_city_of_an_unknown_time_zone_has_a_sun_too() -> None:
    frame = LocalFrame("EPSG:32651", (356000.0, 3457000.0))
    known, unknown = (replace(world(None), frame=replace(frame, timezone=z)) for z in ("UTC", "Mars/Base"))
    assert suns_of(unknown, (0, 0), date(2026, 6, 21)) == suns_of(known, (0, 0), date(2026, 6, 21))


def test_that_a_city_on_no_map_has_its_noon_at_twelve() -> None:
    city = replace(world(None), frame=LocalFrame(None, timezone="Asia/Shanghai"))
    suns = suns_of(city, (0.0, 0.0), date(2026, 3, 20))
    highest = max(suns, key=lambda s: s.elevation)
    assert suns.index(highest) / 6 == pytest.approx(12.0, abs=0.35)
    assert highest.elevation == pytest.approx(45.0, abs=0.5)
    assert place_of(city, datetime(2026, 3, 20, tzinfo=timezone(timedelta(hours=2)))) == (30.0, 45.0)
    assert place_of(city, datetime(2026, 3, 20, tzinfo=UTC), (9.0, 9.0)) == (0.0, 45.0)


def test_that_a_low_house_behind_a_high_one_is_not_seen() -> None:
    city = world(None, [(20, -10, 30, 10, 0, 20), (50, -5, 60, 5, 0, 10), (80, -5, 90, 5, 0, 90)])
    v = viewshed(city, (0, 0, 1.7), 150.0)
    assert list(v.rows) == [0, 1, 2]
    assert list(v.seen_rows) == [0, 2]


def test_that_the_earth_ends_the_view_over_the_sea() -> None:
    eye, cell = 2.0, 20.0
    reach = 420
    least = horizon(np.zeros((2 * reach + 1, 2 * reach + 1), np.float32), cell, eye)
    seen = least[reach, reach:] <= 0.02
    # Distance to the horizon with refraction: sqrt(2 R h / (1 - k)).
    edge = math.sqrt(2 * EARTH_M * eye / 0.87)
    assert np.flatnonzero(seen).max() * cell == pytest.approx(edge, rel=0.12)
    assert (horizon(np.zeros((81, 81), np.float32), cell, eye, k=1.0) <= 0.02).all()


@njit(**COMPILED)
def horizon_exact(top, cell, eye, curve):
    """The horizon by a ray of its own to the centre of every cell (R3 of Franklin and Ray 1994)."""
    side = top.shape[0]
    reach = side // 2
    least = np.full(top.shape, -np.inf, np.float32)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            n = max(abs(dx), abs(dy))
            best = -np.inf
            for i in range(1, n):
                x, y = reach + dx * i / n, reach + dy * i / n
                if abs(dx) >= abs(dy):
                    c, r = int(math.floor(x + 0.5)), int(math.floor(y))
                    f = y - r
                    z = top[r, c] * (1.0 - f) + (top[r + 1, c] * f if f > 0 else 0.0)
                else:
                    c, r = int(math.floor(x)), int(math.floor(y + 0.5))
                    f = x - c
                    z = top[r, c] * (1.0 - f) + (top[r, c + 1] * f if f > 0 else 0.0)
                d = cell * math.sqrt(float(dx * dx + dy * dy)) * i / n
                t = (z - curve * d * d - eye) / d
                if t > best:
                    best = t
            d = cell * math.sqrt(float(dx * dx + dy * dy))
            if n > 0:
                least[reach + dy, reach + dx] = eye + best * d + curve * d * d
    return least


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_that_the_fast_way_agrees_with_a_ray_to_every_cell(seed: int) -> None:
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    top = gaussian_filter(rng.normal(0, 60, (241, 241)), 6).astype(np.float32)
    for _ in range(40):
        r, c = rng.integers(0, 230, 2)
        top[r : r + rng.integers(3, 12), c : c + rng.integers(3, 12)] += rng.uniform(5, 25)
    eye = float(top[120, 120]) + 12.0
    fast, slow = horizon(top, 2.0, eye, 0.13), horizon_exact(top, 2.0, eye, 0.87 / 2 / EARTH_M)
    seen, truly = top >= fast, top >= slow
    assert 0.1 < truly.mean() < 0.9
    assert (seen == truly).mean() > 0.985
    assert abs(int(seen.sum()) - int(truly.sum())) < 0.01 * truly.sum() + 20


def test_that_it_agrees_with_lines_of_sight_to_real_triangles() -> None:
    rng = np.random.default_rng(7)
    boxes = []
    for _ in range(25):
        x, y = rng.uniform(-110, 90, 2)
        if max(abs(x + 8), abs(y + 8)) > 18:
            boxes.append((x, y, x + rng.uniform(8, 20), y + rng.uniform(8, 20), 0.0, rng.uniform(4, 30)))
    city = world(None, boxes, half=140)
    eye = np.array([0.5, 0.5, 14.0])
    v = viewshed(city, eye, 130.0, cell_m=1.0)
    rows, columns = np.nonzero(v.inside & v.heights.is_ground)
    some = rng.permutation(len(rows))[:400]
    agree = 0
    for r, c in zip(rows[some], columns[some], strict=True):
        clear = line_of_sight(city, eye, (v.grid.x[c], v.grid.y[r], 0.02)).is_clear
        agree += clear == v.seen[r, c]
    assert agree >= 0.96 * len(some)


def test_that_two_kilometres_at_two_metres_take_less_than_two_seconds() -> None:
    rng = np.random.default_rng(0)
    boxes = [(x, y, x + 15, y + 12, 0.0, rng.uniform(5, 40)) for x in range(-1900, 1900, 40) for y in range(-1900, 1900, 40)]
    city = world(None, boxes)
    viewshed(city, (-10, -10, 1.7), 50.0)  # compiled
    began = time.process_time()  # of all threads: a busy machine changes nothing
    v = viewshed(city, (-10, -10, 60.0), 2000.0)
    took = time.process_time() - began
    assert v.grid.rows == 2001
    assert took < 2.0


# -- sun -----------------------------------------------------------------------------------------------------------------------------------
def test_that_a_shadow_is_as_long_as_the_sun_is_low() -> None:
    h = height_grid(world(None, [(-5, -5, 5, 5, 0, 20)]), Grid(-100.5, -100.5, 1.0, 201, 201))
    for azimuth, behind in ((180.0, (0, 1)), (0.0, (0, -1)), (90.0, (-1, 0)), (270.0, (1, 0)), (135.0, (-1, 1)), (202.0, None)):
        top = shadow_top(h.top, 1.0, azimuth, 45.0)
        shaded = (h.top + 0.05 < top) & h.is_ground
        a = math.radians(azimuth)
        way = np.array([-math.sin(a), -math.cos(a)]) if behind is None else np.array(behind) / np.hypot(*behind)
        along = np.array([[shaded[round(100 + way[1] * d), round(100 + way[0] * d)] for d in np.arange(0, 60, 0.5)]]).ravel()
        edge = 5 / max(abs(way[0]), abs(way[1]))  # from the middle of the house to its wall
        assert along.nonzero()[0].max() * 0.5 == pytest.approx(edge + 20, abs=1.6)
        assert not shaded[round(100 - way[1] * 12), round(100 - way[0] * 12)]


def test_that_a_courtyard_has_less_sun_than_an_open_field_and_a_north_wall_none() -> None:
    city = world(None, [(-10, -10, 10, 10, 0, 20)], half=100)
    h = height_grid(city, Grid(-100.5, -100.5, 1.0, 201, 201))
    faces = facets(*Solids.of(city).triangles(np.array([0])), edge_m=4.0)
    suns = [Sun(a, 30.0, 0.5) for a in np.linspace(91, 269, 24)]  # from east over south to west
    found = sun_hours(h, faces, suns)
    assert found.possible == pytest.approx(12)
    assert found.surface[0, 0] == pytest.approx(12)  # far in the south-west: nothing towards the sun
    assert found.surface[100, 100] == pytest.approx(12)  # the roof
    assert found.surface[115, 100] < 4  # close behind the house
    north, south = (faces.normal[:, 1] * s > 0.9 for s in (1, -1))
    assert found.facets[north].max() == 0
    assert found.facets[south].mean() == pytest.approx(12, rel=0.05)
    assert found.roof[0] == pytest.approx(12, rel=0.01)
    assert found.walls[0] == pytest.approx((0 + 12 + 6 + 6) / 4, rel=0.1)


def test_that_a_house_shades_the_wall_of_the_one_behind_it() -> None:
    city = world(None, [(-20, 10, 20, 12, 0, 10), (-50, -12, 50, -10, 0, 10)])
    h = height_grid(city, Grid(-60.0, -60.0, 1.0, 120, 120))
    faces = facets(*Solids.of(city).triangles(np.array([0])), edge_m=2.0)
    south = faces.normal[:, 1] < -0.9
    # 20 m apart at 30 degrees: the shadow reaches 10 - 20 * tan 30 < 0. At 20 degrees up to 10 - 20 * tan 20 = 2.72 m.
    low, high = (sun_hours(h, faces, [Sun(180.0, e, 1.0)]).facets for e in (20.0, 30.0))
    assert high[south].all()
    z = faces.middle[:, 2]
    assert not low[south & (z < 2.0)].any()
    assert low[south & (z > 3.5)].all()


def test_that_pieces_keep_the_area_of_their_faces() -> None:
    city = world(None, [(0, 0, 30, 20, 0, 25)])
    corners, rows = Solids.of(city).triangles(np.array([0]))
    cut = facets(corners, rows, edge_m=5.0)
    whole = Facets(corners, rows)
    assert cut.area.sum() == pytest.approx(whole.area[whole.normal[:, 2] > -0.5].sum())
    assert np.linalg.norm(cut.corners - np.roll(cut.corners, 1, axis=1), axis=2).max() <= 5.0
    assert len(facets(corners, rows, most=100)) < 300


def test_that_the_ground_below_is_not_lifted_by_buildings() -> None:
    city = world(lambda x, y: 3 + 0 * x, [(-5, -5, 5, 5, 3, 20)])
    h = height_grid(city, Grid(-20, -20, 1.0, 40, 40))
    assert h.floor == pytest.approx(np.full((40, 40), 3.0))
    assert float(BareGround.of(city).height(0, 0)) == pytest.approx(3)

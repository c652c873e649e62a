"""Selecting by an outline over the picture, by a condition, and what is told of many rows."""

from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest
import shapely

from gui.scene.camera import Eye
from tests.little_city import little_city
from twin.city.choosing import Lens, Outline, buildings_in, extents_of, shapes_in
from twin.city.summary import Spread, Words, summary_of
from twin.city.where import comparison, is_condition, rows_where
from twin.errors import InputError


def lens_of(eye: Eye, width: int = 1600, height: int = 900) -> Lens:
    tall = math.tan(math.radians(eye.angle / 2))
    return Lens(eye.position, eye.axes, tall * width / height, tall)


def brute(city, lens: Lens, outline: Outline) -> np.ndarray:
    """Every triangle before the eye, one by one."""
    mesh = city.buildings.mesh
    xy, depth = lens.seen(mesh.points)
    before = (depth > 0.2)[mesh.triangles].all(1)
    shapes = shapely.polygons(xy[mesh.triangles])
    hit = before & shapely.intersects(outline.shape, shapes)
    return np.unique(mesh.object[hit])


RECTANGLE = [(0.3, 0.25), (0.62, 0.25), (0.62, 0.7), (0.3, 0.7)]
LASSO = [(0.5, 0.1), (0.8, 0.6), (0.55, 0.45), (0.3, 0.9), (0.2, 0.4)]


@pytest.mark.parametrize("corners", [RECTANGLE, LASSO])
@pytest.mark.parametrize("eye", [Eye(0, 0, 3, 700, 24, -27), Eye(0, 0, 3, 900, 0, -89.9), Eye(20, 20, 9, 120, 200, -8)])
def test_that_an_outline_holds_the_buildings_whose_bodies_are_in_it(corners: list[tuple[float, float]], eye: Eye) -> None:
    city, lens, outline = little_city(), lens_of(eye), Outline(corners)
    assert buildings_in(city.buildings, lens, outline).tolist() == brute(city, lens, outline).tolist()


def test_that_a_city_in_tiles_gives_what_its_triangles_do(tiled) -> None:
    box = tiled.buildings.bounds
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    for corners in (RECTANGLE, LASSO):
        lens, outline = lens_of(Eye(*middle, 0, 1800, 24, -27)), Outline(corners)
        found, wanted = buildings_in(tiled.buildings, lens, outline), brute(tiled, lens, outline)
        odd = np.setxor1d(found, wanted)  # those of a pixel or two are where their middle is
        assert len(wanted) > 300
        assert len(odd) <= 0.02 * len(wanted)
        lens = lens_of(Eye(*middle, 0, 300, 24, -27))
        assert buildings_in(tiled.buildings, lens, outline).tolist() == brute(tiled, lens, outline).tolist()


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory):
    from twin.city.demo import demo_city
    from twin.city.store import load_city, save_city
    from twin.city.tiles import LARGE_ROWS

    return load_city(save_city(demo_city(LARGE_ROWS + 5_000, use_cache=False), tmp_path_factory.mktemp("city") / "store"))


def test_that_an_outline_over_a_whole_large_city_takes_no_longer_than_a_moment(tiled) -> None:
    box = tiled.buildings.bounds
    lens = lens_of(Eye((box[0] + box[2]) / 2, (box[1] + box[3]) / 2, 0, 9000, 24, -40))
    buildings_in(tiled.buildings, lens, Outline(RECTANGLE))
    began = time.process_time()
    found = buildings_in(tiled.buildings, lens, Outline([(0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98)]))
    assert time.process_time() - began < 1.0
    assert len(found) > 0.9 * len(tiled.buildings)


def test_that_what_is_behind_the_eye_is_not_chosen() -> None:
    city = little_city()
    eye = Eye(0, 0, 9, 2, 0, 0, 58)  # in the middle, looking north
    found = buildings_in(city.buildings, lens_of(eye), Outline([(0, 0), (1, 0), (1, 1), (0, 1)]))
    assert len(found)
    assert extents_of(city.buildings)[found, 4].min() > -1.0


def test_that_an_outline_without_an_inside_chooses_nothing() -> None:
    city = little_city()
    for corners in ([], [(0.1, 0.1)], [(0.1, 0.1), (0.5, 0.5), (0.9, 0.9)], [(math.nan, 0), (1, 0), (1, 1)]):
        assert not len(buildings_in(city.buildings, lens_of(Eye()), Outline(corners)))


def test_that_shapes_on_the_ground_are_chosen_and_those_behind_the_eye_are_not() -> None:
    lens = lens_of(Eye(0, 0, 0, 300, 0, -30))
    shapes = np.array([
        shapely.Point(0, 0), shapely.Point(0, -4000), shapely.LineString([(0, -5000), (0, 5000)]), shapely.box(-20, -20, 20, 20),
        shapely.Point(3000, 0), None, shapely.Point(),
    ], object)  # fmt: skip
    found = shapes_in(shapes, lambda x, y: np.zeros(np.shape(x)), lens, Outline([(0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6)]))
    assert found.tolist() == [0, 2, 3]


TABLE = pd.DataFrame({
    "id": ["a", "b", "c", "d"],
    "name": ["North Tower", "", "Old Mill", "Tower of Song"],
    "height_m": [120.0, 8.0, np.nan, 40.0],
    "use": ["office", "residential", "", "office"],
    "is old": [True, False, True, False],
    "stopp": np.array(["12", "x", None, "7"], object),
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("height_m > 30", "ad"),
        ("HEIGHT_M <= 40", "bd"),
        ("height_m between 8 and 40", "bd"),
        ("height_m is missing", "c"),
        ("height_m is known and not use = office", "b"),
        ("use = Office", "ad"),
        ("use != office", "b"),
        ("use in (residential, office) and height_m < 100", "bd"),
        ("use not in (office)", "bc"),
        ("name contains tower", "ad"),
        ("name begins with tower", "d"),
        ("name = Tower of Song or id = b", "bd"),
        ("not (height_m > 30 or use = residential)", "c"),
        ('name = "Old Mill"', "c"),
        ("`is old` = true", "ac"),
        ("stopp > 6", "ad"),
        ("use is missing", "c"),
        ("height_m > 10 and height_m < 50 or id = c", "cd"),
    ],
)
def test_that_a_condition_finds_its_rows(text: str, rows: str) -> None:
    found = rows_where(text, TABLE.columns, lambda name: TABLE[name].to_numpy(), len(TABLE))
    assert "".join(TABLE["id"][found]) == rows


@pytest.mark.parametrize(
    "text",
    ["", "height_m", "height_m >", "heigth_m > 3", "height_m > 3 and", "(height_m > 3", "height_m > 3 )", "use in office", "> 3",
     "height_m between 3", "__import__('os')", "use is blue", "not " * 100 + "height_m > 3", "height_m > 3 id"],
)  # fmt: skip
def test_that_what_is_no_condition_is_told_plainly(text: str) -> None:
    with pytest.raises(InputError) as told:
        rows_where(text, TABLE.columns, lambda name: TABLE[name].to_numpy(), len(TABLE))
    assert told.value.do


@pytest.mark.parametrize(
    ("text", "yes"),
    [("height_m > 3", True), ("not use = x", True), ("tower", False), ("old mill", False), ("name contains x", True), ("'", False)],
)
def test_that_words_to_look_for_are_told_from_conditions(text: str, yes: bool) -> None:
    assert is_condition(text, TABLE.columns) is yes


WORDS = [
    "St. John's", 'the "Old" Mill', """it's "both" `kinds`""", "'", '"', "''", "a\nb", " led", "and", "10 000", "1e3", "(x), >=",
    "教堂", "",
]  # fmt: skip


@pytest.mark.parametrize("field", ["name", "is old", "it's `here`", 'a "b"', "not", "and", "addr:street", "高度"])
@pytest.mark.parametrize("word", WORDS)
def test_that_a_comparison_finds_its_value_whatever_stands_in_it(field: str, word: str) -> None:
    column = np.array(WORDS, object)
    text = comparison(field, "=", word)
    assert is_condition(text, [field])
    for condition in (text, f"not ({comparison(field, '!=', word)}) and {text}"):
        found = rows_where(condition, [field], lambda _: column, len(column))
        assert [w for w, hit in zip(WORDS, found, strict=True) if hit] == [word]


def test_that_a_comparison_reads_as_one_would_write_it() -> None:
    assert comparison("height_m", ">=", 25.5) == "height_m >= 25.5"
    assert comparison("name", "contains", "House 5") == "name contains 'House 5'"
    assert comparison("use", "=", "St. John's") == "use = 'St. John''s'"
    assert comparison("is old", "is missing") == "`is old` is missing"


def test_that_a_quote_that_is_not_closed_is_told_soon() -> None:
    began = time.process_time()
    for quote in ("'", '"', "`"):
        with pytest.raises(InputError):
            rows_where(f"name = {quote}" + "a" * 20_001 + 2 * quote * 20_000, TABLE.columns, lambda n: TABLE[n].to_numpy(), len(TABLE))
    assert time.process_time() - began < 1.0


def test_that_words_of_other_languages_are_values() -> None:
    places = np.array(["Haus und Hof", "Haus", "entweder oder"], object)
    for word, row in (("Haus und Hof", 0), ("entweder oder", 2)):
        assert np.flatnonzero(rows_where(f"name = {word}", ["name"], lambda _: places, 3)).tolist() == [row]


def test_that_a_condition_on_a_million_rows_is_quick() -> None:
    n = 1_000_000
    height = np.random.default_rng(1).uniform(3, 90, n)
    use = np.resize(np.array(["office", "school", "home"], object), n)
    columns = {"height_m": height, "use": use}
    began = time.process_time()
    found = rows_where("height_m > 30 and use in (office, school)", columns, columns.__getitem__, n)
    assert time.process_time() - began < 1.0
    assert found.sum() == ((height > 30) & (use != "home")).sum()


def test_that_many_rows_are_told_in_figures_and_words() -> None:
    frame = pd.DataFrame({
        "id": list("abcd"), "height_m": [3.0, 9.0, np.nan, 6.0], "value": [1.0, 2.0, 3.0, 4.0], "use": ["x", "x", "", "y"],
        "code": np.array([f"k{i}" for i in range(4)], object), "empty": [np.nan] * 4,
    })  # fmt: skip
    told = {t.column: t for t in summary_of(frame)}
    height, value, use = told["height_m"], told["value"], told["use"]
    assert isinstance(height, Spread)
    assert isinstance(value, Spread)
    assert isinstance(use, Words)
    assert (height.count, height.missing, height.least, height.median, height.most, height.total) == (3, 1, 3.0, 6.0, 9.0, None)
    assert value.total == 10.0
    assert sum(height.bins) == 3
    assert use.common == (("x", 2), ("y", 1))
    assert use.missing == 1
    assert not {"id", "empty"} & set(told)


def test_that_thousands_selected_are_marked_in_a_city_of_tiles_and_far_boxes_by_their_share(tiled) -> None:
    from layers.buildings import BuildingsLayer
    from layers.tiles import MARK, MOST_CHOSEN, arranged

    layer = BuildingsLayer(tiled)
    moved, order = arranged(tiled.buildings)
    assert order is None
    before = layer.draw()[0].version
    layer.select([1, 2, 3])
    assert layer.draw()[0].version == before
    assert layer.coat().marked is None
    half = np.arange(0, len(tiled.buildings), 2)
    layer.select(half)
    drawn = layer.draw()[0]
    assert drawn.version > before
    coat = drawn.coat()
    assert np.flatnonzero(coat.marked).tolist() == half.tolist()
    leaf = int(np.flatnonzero(moved.tiles.leaves)[0])
    surface = drawn.tile(leaf, coat)
    orange = np.abs(surface.colors[:, :3].astype(float) - MARK).sum(1)
    chosen = np.isin(surface.rows, half)
    assert orange[chosen].mean() < 0.5 * orange[~chosen].mean()
    far = drawn.tile(0, coat)
    assert np.abs(far.colors[:, :3].astype(float) - MARK).sum(1).mean() < orange[~chosen].mean()
    layer.select([1])
    assert layer.coat().marked is None
    assert layer.draw()[0].version > drawn.version
    assert len(half) > MOST_CHOSEN
    layer.isolate([4, 5])
    assert np.flatnonzero(layer.coat().rows[:, 3]).tolist() == [4, 5]
    layer.isolate(None)
    assert layer.coat().rows[:, 3].all()


@pytest.mark.parametrize("eye", [Eye(118, 118, 3, 120, 0, -6), Eye(118, -100, 4.7, 2, 8, 0, 58), Eye(0, 0, 3, 700, 24, -27)])
def test_that_what_others_hide_is_not_seen_and_what_a_ray_meets_is(eye: Eye) -> None:
    from twin.city.choosing import seen_of
    from twin.city.index import TriangleIndex

    city, lens = little_city(), lens_of(eye)
    rows = buildings_in(city.buildings, lens, Outline([(0, 0), (1, 0), (1, 1), (0, 1)]))
    seen = seen_of(city.buildings, rows, lens)
    mesh = city.buildings.mesh
    index = TriangleIndex(mesh.points, mesh.triangles)
    met = set()
    for u in np.linspace(0.01, 0.99, 28):
        for v in np.linspace(0.01, 0.99, 16):
            way = np.array([(2 * u - 1) * lens.tan_x, (1 - 2 * v) * lens.tan_y, 1.0]) @ lens.axes
            found = index.pick(lens.position, way)
            if found is not None:
                met.add(int(mesh.object[found[0]]))
    assert len(met) > 3
    assert len(met - set(seen.tolist())) <= 0.05 * len(met)
    assert len(seen) < len(rows)

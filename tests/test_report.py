"""The report: numbers as people read them, everything inside one file."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.engine_world import small_city, tub_scenario
from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import InputError
from twin.figures import figure, figures_of_change, indicator_title, is_better, line_chart, rounded
from twin.frame import LocalFrame
from twin.plan_map import colours, plan_map
from twin.report import write_report
from twin.results import RunResult, open_result
from twin.scenario.compare import compare
from twin.scenario.engine import run
from twin.scenario.events import Field

WALL = {"id": "west wall", "kind": "barrier", "geometry": "LINESTRING (355090 3456000, 355090 3456400)", "crest_m": 1.5, "cost": 450_000}
PUMP = {"id": "p", "kind": "pump", "geometry": "POINT (355050 3456200)", "capacity_m3s": 2.0}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunResult, RunResult]:
    place = tmp_path_factory.mktemp("report")
    runs = []
    for name, edits in (("base", []), ("better", [WALL, PUMP])):
        end = list(run(small_city(), tub_scenario(edit=edits, scenario={"name": name}), place / name))[-1]
        assert end.ok, end.message
        runs.append(end.result)
    return runs[0], runs[1]


class _Checker(HTMLParser):
    """Every tag is closed, nothing is fetched from elsewhere."""

    VOID = {"meta", "img", "br", "line", "link", "hr", "input"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[str] = []
        self.images = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        for key, value in attrs:
            if key in ("src", "href") and not str(value).startswith("data:"):
                self.outside.append(str(value))
        self.images += tag == "img"

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(path: Path) -> tuple[str, _Checker]:
    html = path.read_text("utf-8")
    checker = _Checker()
    checker.feed(html)
    assert checker.open == []
    assert checker.outside == []
    assert "http://" not in html.replace("http://www.w3.org", "")
    return re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S)), checker


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (123_456, 123_000), (99_949, 99_900), (1_234, 1_200), (987, 990), (104, 100), (57.3, 57), (0.1234, 0.12), (0, 0),
        (-123_456, -123_000),
    ],
)
def test_that_figures_are_rounded_as_the_rule_says(value: float, shown: float) -> None:
    assert rounded(value) == pytest.approx(shown)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (951_282, "persons", "951,000"), (7, "persons", "7"), (15_348_293_389.4, "CNY", "15.3 billion CNY"),
        (450_000, "CNY", "450,000 CNY"),
        (7_072_100, "m2", "7.1 km²"), (23_000, "m2", "2.3 ha"), (125.59, "km", "130 km"), (0.2, "km", "0.2 km"),
        (float("nan"), "km", "\u2013"), (1_814_022, "m3", "1.8 million m³"), (0.0, "persons", "0"),
    ],
)
def test_that_figures_read_like_figures(value: float, unit: str, text: str) -> None:
    assert figure(value, unit) == text


@pytest.mark.parametrize(
    ("baseline", "other", "unit", "said"),
    [
        (5613.0, 5626.0, "persons", ("5,613", "5,626", "+13")),
        (118_960.0, 118_770.0, "persons", ("118,960", "118,770", "\u2212190")),
        (712.3e6, 712.1e6, "CNY", ("712.3 million CNY", "712.1 million CNY", "\u22120.2 million CNY")),
        (1.204e6, 1.213e6, "m2", ("1.204 km²", "1.213 km²", "+0.009 km²")),
        (12.0, 118_988.0, "persons", ("12", "119,000", "+119,000")),
        (3.2e6, 1.1e6, "CNY", ("3.2 million CNY", "1.1 million CNY", "\u22122.1 million CNY")),
        (5600.0, 5600.0, "persons", ("5,600", "5,600", "0")),
    ],
)
def test_that_two_figures_and_their_change_do_not_contradict_each_other(
    baseline: float, other: float, unit: str, said: tuple[str, str, str]
) -> None:
    assert figures_of_change(baseline, other, other - baseline, unit) == said


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(712e6, "CNY", "7.12 亿 CNY"), (3.2e6, "CNY", "320 万 CNY"), (2.5e6, "m3", "250 万 m³"), (119_000.0, "persons", "119,000")],
)
def test_that_large_numbers_in_chinese_are_counted_in_ten_thousands(value: float, unit: str, text: str) -> None:
    assert figure(value, unit, lang="zh") == text


def test_that_changes_carry_their_sign() -> None:
    assert figure(-1234, "persons", sign=True) == "\u22121,200"
    assert figure(1234, "persons", sign=True) == "+1,200"
    assert is_better("people_affected", -5.0) is True
    assert is_better("people_affected", 5.0) is False
    assert is_better("volume_rain", -5.0) is None


def test_that_unknown_indicators_have_a_readable_name() -> None:
    assert indicator_title("people_affected", "zh") == "受影响人数"
    assert indicator_title("snow_on_roofs") == "Snow on roofs"


def test_that_a_chart_leaves_out_what_is_not_known_and_never_divides_by_zero() -> None:
    svg = line_chart([0, 3600, 7200], [("a", [0, float("nan"), 4], "#123456")], "km", "A & B")
    points = re.search(r'points="([^"]+)"', svg)
    assert points is not None
    assert len(points.group(1).split()) == 2
    assert "A &amp; B" in svg
    assert "nan" not in line_chart([0], [("flat", [0.0], "#000")], "", "t")
    assert "nan" not in line_chart([0, 60], [("flat", [-3.0, -3.0], "#000")], "", "t")


def test_that_a_run_brings_its_report_with_answer_assumptions_limits_and_provenance(pair: tuple[RunResult, RunResult]) -> None:
    text, page = checked(pair[0].path / "report.html")
    assert "SYNTHETIC DEMONSTRATION CITY" in text
    assert "How far does it rise?" in text
    assert "stands at 2 buildings, where 210 people are present" in text
    assert figure(pair[0].indicators["direct_loss"].value, "CNY") in text
    assert "0.2 km of road are impassable" in text
    assert "Huizinga" in text  # where default values come from
    assert "A tub is no river." in text
    assert "0" * 64 in text  # checksum of the source
    assert pair[0].manifest["run"] in text
    assert "School" in text
    assert page.images == 1


def test_that_a_comparison_says_what_the_measures_do_and_cost(pair: tuple[RunResult, RunResult], tmp_path: Path) -> None:
    picture = tmp_path / "shot.png"
    Image.new("RGB", (3000, 1000), "#336699").save(picture)
    out = write_report(tmp_path / "out", small_city(), compare(*pair), [("At its worst <now>", picture)])
    text, page = checked(out)
    assert "with west wall, p:" in text
    before, after = (p.indicators["direct_loss"].value for p in pair)
    less = round(100 * (before - after) / before)
    assert f"direct loss {figure(after, 'CNY')} instead of {figure(before, 'CNY')} (\u2212{less} %)" in text
    assert "people affected 210 as before" in text
    assert "saved per unit spent" in text
    assert "At its worst &lt;now&gt;" in text
    assert page.images == 4  # baseline, alternative, difference, picture
    assert "450,000 CNY" in text


def test_that_a_report_can_have_a_name_of_its_own(pair: tuple[RunResult, RunResult], tmp_path: Path) -> None:
    assert write_report(tmp_path, small_city(), pair[0], name="for the council.html") == tmp_path / "for the council.html"
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".html"] == ["for the council.html"]


def test_that_a_report_written_into_a_result_keeps_it_whole(pair: tuple[RunResult, RunResult]) -> None:
    write_report(pair[1].path, small_city(), pair[1], [], lang="zh")
    assert "合成演示城市" in (pair[1].path / "report.html").read_text("utf-8")
    assert open_result(pair[1].path).problems == []


def test_that_a_real_city_has_no_synthetic_banner(tmp_path: Path) -> None:
    end = list(run(small_city(synthetic=False), tub_scenario(), tmp_path / "r"))[-1]
    assert "SYNTHETIC" not in (end.result.path / "report.html").read_text("utf-8")


def test_that_a_broken_picture_is_named(pair: tuple[RunResult, RunResult], tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"x\.png"):
        write_report(tmp_path, small_city(), pair[0], [("x", tmp_path / "x.png")])


def test_that_names_from_data_cannot_break_the_page(tmp_path: Path) -> None:
    city = small_city()
    city.buildings.table.loc[1, "name"] = "<script>alert(1)</script>"
    end = list(run(city, tub_scenario(scenario={"name": "<b>x</b>"}), tmp_path / "r"))[-1]
    html = (end.result.path / "report.html").read_text("utf-8")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def picture(jpeg: bytes) -> Any:
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def test_that_the_map_puts_water_where_it_is() -> None:
    grid = Grid(-50.0, -50.0, 10.0, 10, 10)
    depth = np.zeros(grid.shape, np.float32)
    depth[9, 0] = 2.0  # the north-west corner
    image = picture(plan_map(City("x", LocalFrame(None)), Field("water_depth_max", "grid", depth, grid), width=400))
    blue = colours(np.array([2.0]), "water", 0.05, 2.0)[0]
    assert np.abs(np.array(image.getpixel((30, 30))) - blue).max() < 25
    for x, y in ((370, 30), (370, 370), (200, 200)):
        assert min(image.getpixel((x, y))) > 230, (x, y)


def test_that_a_view_of_one_house_in_a_large_grid_stays_small_and_in_place() -> None:
    city = small_city(1)  # its house stands at 100 to 120 m
    grid = Grid(-10_000.0, -10_000.0, 10.0, 2_000, 2_000)
    depth = np.zeros(grid.shape, np.float32)
    depth[1009, 1000:1020] = 2.0  # the ten metres south of its wall
    field = Field("water_depth_max", "grid", depth, grid)
    image = picture(plan_map(city.derived(networks={}), field, width=300, bounds=(90, 80, 130, 130)))
    blue = colours(np.array([2.0]), "water", 0.05, 2.0)[0]
    middle = [image.getpixel((150, round(image.height * (130 - y) / 50))) for y in (127, 95, 84)]
    assert np.abs(np.array(middle[1]) - blue).max() < 25
    assert min(middle[0]) > 230
    assert min(middle[2]) > 230

"""What the command line prints of a city and its problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.little_city import little_city
from twin.city.info import describe
from twin.errors import Problem
from twin.terminal import facts, findings

LONG = "Roads cross at 9 places without a node, and nothing says bridge or tunnel, so that nobody can turn there"


@pytest.fixture(params=[60, 80, 120])
def columns(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def test_that_no_line_is_wider_than_the_terminal(columns: int) -> None:
    problems = [Problem("crossing", "warning", 9, LONG, f"file {i}.geojson", did=LONG) for i in range(9)]
    lines = [*facts(describe(little_city())), *findings(problems, "    ", details=True)]
    assert max(map(len, lines)) <= columns
    assert not any("│" in line or "…" in line for line in lines)


def test_that_facts_are_those_of_the_city() -> None:
    city = little_city()
    told = "\n".join(facts(describe(city)))
    assert told.startswith(city.name)
    assert f"buildings   {len(city.buildings):,}" in told
    assert "© made for tests" in told
    assert str(city.frame.crs) in told


def test_that_the_same_of_several_files_is_said_once() -> None:
    same = [Problem("unknown_format", "info", 1, "No layer that is known here.", f"{n}.xml") for n in "abcdefg"]
    bad = Problem("no_crs", "error", 1, "a.shp does not say its coordinate system", "a.shp")
    lines = list(findings([*same, bad]))
    assert lines[0].startswith("error: no_crs: a.shp does not")
    assert lines[0].count("a.shp") == 1
    text = " ".join(line.strip() for line in lines[1:])
    assert text == "note: 7x unknown_format: No layer that is known here. (a.xml, b.xml, c.xml, d.xml and 3 more)"


def test_that_info_of_a_plan_says_that_it_has_no_map(tmp_path: Path) -> None:
    from twin.city.recipe import open_city

    path = tmp_path / "little.inp"
    path.write_text(
        "[JUNCTIONS]\n J1 10 5\n[RESERVOIRS]\n R1 50\n[PIPES]\n P1 R1 J1 100 300 100 0 Open\n"
        "[COORDINATES]\n R1 5000 7000\n J1 5100 7000\n[END]\n",
        "utf-8",
    )
    told = "\n".join(facts(describe(open_city(path, crs="engineering"))))
    assert "none: a plan" in told
    assert "water: 2 nodes, 1 edges" in told

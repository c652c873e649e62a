"""The command line: what other programs rely on."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from twin import cli


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command in this process: arguments -> (exit code, stdout, stderr)."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["twin", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def square(x: float, y: float, side: float = 0.0002) -> list[list[list[float]]]:
    return [[[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Four houses in a GeoJSON file."""
    features = [
        {
            "type": "Feature",
            "properties": {"id": k, "height": 10 + k, "building": "yes"},
            "geometry": {"type": "Polygon", "coordinates": square(121.49 + 0.0005 * k, 31.23)},
        }
        for k in range(4)
    ]
    path = tmp_path / "buildings.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


def test_that_info_gives_one_json_object_with_the_agreed_keys(twin, town: Path) -> None:
    code, out, _ = twin("info", town, "--json")
    data = json.loads(out)
    assert code == 0
    assert set(data) >= {
        "name",
        "crs",
        "vertical_crs",
        "bbox",
        "buildings",
        "building_parts",
        "height_m",
        "triangles",
        "layers",
        "terrain",
        "networks",
        "sources",
        "problems",
    }
    assert data["crs"] == "EPSG:32651"
    assert data["buildings"] == 4
    assert data["height_m"]["max"] == 13


def test_that_a_missing_file_ends_with_2_and_a_plain_sentence(twin, tmp_path: Path) -> None:
    code, out, err = twin("info", tmp_path / "nowhere.geojson", "--json")
    assert code == 2
    assert json.loads(out)["ok"] is False
    assert "nowhere.geojson" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("nonsense",),
        ("info",),
        ("shot", "x", "-o", "y.jpg"),
        ("shot", "x", "-o", "y.png", "--size", "big"),
        ("shot", "x", "-o", "y.png", "--scale", "3"),
        ("film", "x", "-o", "y.mp4"),
        ("film", "x", "-o", "y.mp4", "--turntable", "5", "--timelapse"),
        ("film", "x", "-o", "y.avi", "--turntable", "5"),
        ("film", "x", "-o", "y.mp4", "--sun", "tomorrow"),
    ],
)
def test_that_wrong_usage_ends_with_2(twin, arguments: tuple[str, ...]) -> None:
    code, _, err = twin(*arguments)
    assert code == 2
    assert err.strip()
    assert "Traceback" not in err


def test_that_check_ends_with_2_when_one_source_is_unusable(twin, town: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.geojson"
    empty.write_text("", "utf-8")
    code, out, _ = twin("check", town, empty, "--json")
    rows = json.loads(out)["sources"]
    assert code == 2
    assert [r["usable"] for r in rows] == [True, False]
    assert rows[1]["problems"]


def test_that_a_model_tells_its_parameters_units_limits_and_sources(twin) -> None:
    code, out, _ = twin("models", "flood", "--json")
    flood = json.loads(out)["flood"]
    assert code == 0
    assert {"rain_mm", "cell_m"} <= {p["name"] for p in flood["params"]}
    assert flood["limits"]
    assert flood["cite"]


def test_that_an_unknown_scenario_names_the_ready_ones(twin, town: Path, tmp_path: Path) -> None:
    code, _, err = twin("run", "cloudbrust", "--city", town, "-o", tmp_path / "out")
    assert code == 2
    assert "cloudburst" in err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("flood.rain_mm=-5", "out of range"),
        ("flood.rain_mm=much", "cannot be"),
        ("flood.snow=1", "not a parameter"),
        ("rain", "not understood"),
    ],
)
def test_that_a_wrong_parameter_ends_with_2_before_anything_runs(twin, town: Path, tmp_path: Path, change: str, says: str) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text('schema = 1\n[scenario]\nname = "s"\n[[hazard]]\nid = "rain"\nmodel = "flood"\n', "utf-8")
    code, _, err = twin("run", scenario, "--city", town, "-o", tmp_path / "out", "--set", change)
    assert code == 2
    assert says in err
    assert not (tmp_path / "out").exists()


def test_that_a_run_leaves_a_complete_result_and_says_its_indicators(twin, town: Path, tmp_path: Path) -> None:
    scenario = tmp_path / "s.toml"
    scenario.write_text(
        'schema = 1\n[scenario]\nname = "s"\nduration = "PT10M"\n[[hazard]]\nid = "rain"\nmodel = "flood"\n'
        'params = { rain_mm = 50, rain_duration = "PT10M", cell_m = 10 }\n[[hazard]]\nid = "loss"\nmodel = "impact"\n',
        "utf-8",
    )
    code, out, err = twin("run", scenario, "--city", town, "-o", tmp_path / "out", "--no-pictures", "--json")
    assert code == 0, err
    answer = json.loads(out)
    assert answer["ok"]
    assert answer["indicators"]
    assert {"manifest.json", "indicators.json", "grids.nc", "report.html"} <= {p.name for p in (tmp_path / "out").iterdir()}
    code, out, _ = twin("compare", tmp_path / "out", tmp_path / "out", "--json")
    assert code == 0
    assert all(row["change"] == 0 for row in json.loads(out)["indicators"] if row["change"] is not None)


def test_that_a_picture_and_a_film_are_made_without_a_screen(twin, town: Path, tmp_path: Path) -> None:
    from PIL import Image

    code, out, _ = twin("shot", town, "-o", tmp_path / "x.png", "--size", "200x120", "--scale", 2, "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (400, 240)
    code, out, _ = twin(
        "film", town, "-o", tmp_path / "f", "--path", "iso,top", "--seconds", 1, "--fps", 4, "--size", "128x96", "--draft", "--json"
    )
    assert (code, json.loads(out)["ok"]) == (0, True)
    assert len(list((tmp_path / "f").glob("*.png"))) == 4

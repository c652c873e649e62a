"""GTFS feeds become a network of stations; metro lines are cut at theirs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings

from tests.network_files import FEW, GTFS, MUTATIONS, mutated, opens_or_says_why, written
from twin.city.features import Features
from twin.city.lines import network_of
from twin.city.readers.gtfs import mode_of, read_gtfs
from twin.city.readers.parts import Hints, Parts
from twin.city.recipe import open_city
from twin.city.stops import split_at_stations
from twin.errors import InputError


def feed(folder: Path, **changed: str) -> Parts:
    path = folder / "feed"
    path.mkdir(exist_ok=True)
    for name, text in (GTFS | changed).items():
        (path / f"{name}.txt").write_text(text, "utf-8")
    return read_gtfs(path, Hints())


@pytest.mark.parametrize("kind", ["gtfs", "gtfs folder"])
def test_that_a_feed_opens_as_zip_and_as_folder(tmp_path: Path, kind: str) -> None:
    city = open_city(written(tmp_path, kind), use_cache=False)
    network = city.networks["transit"]
    assert network.nodes["id"].tolist() == [
        "stop/S",
        "stop/M",
        "stop/P",
    ]  # the platform stands for its station, who is not served is not there
    assert network.nodes["kind"].tolist() == ["tram"] * 3
    assert network.edges["id"].tolist() == ["tram/4/S-M", "tram/4/M-P"]
    assert network.edges["color"].tolist() == ["#ee352e"] * 2
    assert network.edges["time_s"].tolist() == [300, 390]
    assert city.layers["stations"].table["name"].tolist() == ["Station", "Market", "Park"]
    assert city.attribution == "Town Trams"


def test_that_edges_follow_the_shape_between_their_stops(tmp_path: Path) -> None:
    part = feed(tmp_path).networks[0]
    first, second = part.geometry
    assert shapely.get_coordinates(first)[:, 1].tolist() == pytest.approx([50.0, 50.010])
    assert shapely.get_coordinates(second).tolist() == pytest.approx(np.array([[8.0, 50.01], [8.01, 50.011], [8.02, 50.01]]))
    assert part.edges["length_m"].tolist() == pytest.approx([1106, 1449], rel=0.01)


def test_that_stops_against_the_shape_are_joined_straight_and_told(tmp_path: Path) -> None:
    lines = GTFS["shapes"].splitlines()
    backwards = "\n".join([lines[0], *(f"sh,{9 - k},{line.split(',', 2)[2]}" for k, line in enumerate(lines[1:]))])
    parts = feed(tmp_path, shapes=backwards)
    assert [(p.code, p.count) for p in parts.problems] == [("shape_unfit", 2)]
    assert [len(shapely.get_coordinates(g)) for g in parts.networks[0].geometry] == [2, 2]


def test_that_the_busiest_day_counts(tmp_path: Path) -> None:
    part = feed(tmp_path).networks[0]
    assert part.edges["trips"].tolist() == [3, 3]
    assert part.edges["trips_per_day"].tolist() == [2, 2]  # two on weekdays, one on Sundays
    headways = part.tables["headways"]
    assert headways[["hour", "trips", "headway_s"]].to_numpy().tolist() == [[8, 1, 3600], [24, 1, 3600]]  # hour 24 is after midnight
    assert len(part.tables["timetable"]) == 9
    sunday = feed(tmp_path, calendar_dates="service_id,date,exception_type\n" + "".join(f"week,202501{d:02},2\n" for d in range(6, 20)))
    assert sunday.networks[0].edges["trips_per_day"].tolist() == [1, 1]


def test_that_frequencies_multiply_trips(tmp_path: Path) -> None:
    often = "trip_id,start_time,end_time,headway_secs\na,08:00:00,10:00:00,600\n"
    part = feed(tmp_path, frequencies=often).networks[0]
    assert part.edges["trips_per_day"].tolist() == [13, 13]
    hours = part.tables["headways"].set_index("hour")["headway_s"]
    assert hours[[8, 9]].tolist() == [600, 600]


def test_that_route_types_have_names() -> None:
    assert [mode_of(t) for t in ("0", "1", "2", "3", "4", "400", "109", "715", "900", "", "x")] == [
        "tram", "metro", "rail", "bus", "ferry", "metro", "rail", "bus", "tram", "bus", "bus",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"stops": "stop_id,stop_lat,stop_lon\nS1,,\n"}, "No stop of this timetable has a place"),
        ({"stop_times": "trip_id,stop_id\na,S\n"}, "stop_times.txt has no column 'stop_sequence'"),
        ({"stop_times": "trip_id,stop_id,stop_sequence\na,S1,1\n"}, "No trip"),
        ({"routes": ""}, "no routes.txt"),
    ],
)
def test_that_feeds_without_a_network_are_refused_plainly(tmp_path: Path, changed: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        feed(tmp_path, **changed)


def test_that_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in GTFS.items():
            archive.writestr(f"{name}.txt", text if name != "stop_times" else b"0" * (64 << 20))
    with pytest.raises(InputError, match="more than is read"):
        open_city(path, use_cache=False)


def test_that_new_york_runs_along_its_subway_lines(data: Path) -> None:
    """Manifest: 273 stops, 1,990 trips, 86,150 stop times; the lines are New York's own, from another source."""
    part = read_gtfs(data / "nyc/gtfs/nyc_subway_gtfs.zip", Hints()).networks[0]
    assert len(part.tables["timetable"]) == 86150
    assert part.tables["timetable"]["trip_id"].nunique() == 1990
    assert set(part.edges["kind"]) == {"metro"}
    city = open_city(data / "nyc/derived/nysubways.geojson", use_cache=False)
    lines = shapely.union_all(city.networks["metro"].geometry)
    own = city.frame.geometry_to_local(part.geometry, part.crs)
    middles = shapely.line_interpolate_point(own, 0.5, normalized=True)
    assert np.median(shapely.distance(middles, lines)) < 25
    ratio = shapely.length(own) / part.edges["length_m"].to_numpy()
    assert np.abs(ratio - 1).max() < 0.01


def test_that_a_line_is_cut_at_its_stations() -> None:
    lines = np.array([shapely.LineString([(0, 0), (3000, 0)]), shapely.LineString([(3000, 0), (3000, 2000)])], object)
    network = network_of("metro", lines, pd.DataFrame({"id": ["metro/1", "metro/2"], "name": "1", "kind": "subway", "oneway": False}))
    points = [(1000, 40), (2990, 20), (1000, 500), (1030, 60)]
    table = pd.DataFrame({"id": [f"station/{i}" for i in range(4)], "name": ["Middle", "Corner", "Elsewhere", "Middle"], "kind": "station"})
    split = split_at_stations(network, Features("other", table, shapely.points(points)))
    stations = split.nodes[split.nodes["kind"] == "station"]
    assert stations["name"].tolist() == ["Middle", "Corner"]  # one of the two entrances; what is half a kilometre away is no stop
    assert split.edges["id"].tolist() == ["metro/1/1", "metro/1/2", "metro/2"]
    assert split.edges["length_m"].tolist() == [1000, 2000, 2000]
    corner = int(stations.index[1])
    assert split.edges.loc[1, "end"] == split.edges.loc[2, "start"] == corner
    assert len(np.unique(split.islands())) == 1


def test_that_shanghai_has_its_stations_on_its_lines(data: Path) -> None:
    network = open_city(data / "shanghai/osm_layers", use_cache=False).networks["metro"]
    assert {"商城路", "东昌路", "浦东大道", "豫园"} == set(network.nodes["name"]) - {""}
    assert network.edges["id"].is_unique
    assert network.edges.drop_duplicates("route").set_index("route")["color"]["2"] == "#97d700"


@settings(FEW, max_examples=30)
@given(MUTATIONS)
def test_that_broken_copies_end_in_a_city_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, changes) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path_factory.mktemp("broken")
    path = written(folder, "gtfs")
    path.write_bytes(mutated(path.read_bytes(), changes))
    opens_or_says_why(path, "")
    inside = written(folder, "gtfs folder")
    file = inside / f"{sorted(GTFS)[len(changes) % len(GTFS)]}.txt"
    file.write_bytes(mutated(file.read_bytes(), changes))
    opens_or_says_why(inside, "")

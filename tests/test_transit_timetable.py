"""Earliest arrivals by Connection Scan, held against a time-dependent Dijkstra written here, and days made of timetables."""

from __future__ import annotations

import heapq
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.transit_town import network_of, rows_of
from twin.city.network import Network
from twin.city.readers.gtfs import read_gtfs
from twin.city.readers.parts import Hints
from twin.city.timetable import Timetable, footpaths, together
from twin.city.timetable_day import day_of, has_trips
from twin.city.timetable_kernels import NEVER

HOUR = 3600


def dijkstra(t: Timetable, origin: int, at_s: int) -> np.ndarray:
    """Earliest arrivals over states (waiting at a stop: may board) and (on a trip at its k-th hop); nothing shared with the kernel."""
    hops: dict[int, list[tuple[int, int]]] = {}
    by_stop: dict[int, list[int]] = {}
    for i in range(len(t)):
        hops.setdefault(int(t.trip[i]), []).append((int(t.step[i]), i))
        by_stop.setdefault(int(t.start[i]), []).append(i)
    after = {i: later for trip in hops.values() for (_, i), (_, later) in zip(sorted(trip), sorted(trip)[1:])}
    arrive = np.full(len(t.stops), NEVER, np.int64)
    arrive[origin] = at_s
    queue: list[tuple[int, int, int]] = [(at_s, 0, origin)]
    walks = [(int(t.foot_to[k]), int(t.foot_s[k])) for k in range(t.foot_first[origin], t.foot_first[origin + 1])]
    for stop, seconds in walks:
        arrive[stop] = min(arrive[stop], at_s + seconds)
        queue.append((at_s + seconds, 0, stop))
    heapq.heapify(queue)
    seen: set[tuple[int, int]] = set()
    while queue:
        now, kind, what = heapq.heappop(queue)
        if (kind, what) in seen:
            continue
        seen.add((kind, what))
        if kind == 0:
            for i in by_stop.get(what, []):
                if t.leave[i] >= now:
                    heapq.heappush(queue, (int(t.come[i]), 1, i))
            continue
        stop = int(t.end[what])
        arrive[stop] = min(arrive[stop], now)
        if what in after:
            heapq.heappush(queue, (int(t.come[after[what]]), 1, after[what]))
        heapq.heappush(queue, (now + t.change_s, 0, stop))
        for k in range(t.foot_first[stop], t.foot_first[stop + 1]):
            there, seconds = int(t.foot_to[k]), int(t.foot_s[k])
            arrive[there] = min(arrive[there], now + seconds)
            heapq.heappush(queue, (now + seconds, 0, there))
    return arrive


def random_timetable(seed: int) -> Timetable:
    rng = np.random.default_rng(seed)
    stops, trips = int(rng.integers(5, 40)), int(rng.integers(5, 120))
    rows: list[tuple[int, int, int, int, int, int]] = []
    for k in range(trips):
        way = rng.integers(0, stops, int(rng.integers(2, 12)))
        now = int(rng.integers(0, 3 * HOUR))
        for j, (a, b) in enumerate(zip(way[:-1], way[1:])):
            if a == b:
                break
            there = now + int(rng.integers(0, 900))  # in the same minute as well
            rows.append((a, b, now, there, k, j))
            now = max(there, now + 1) + int(rng.integers(0, 120))
    xy = rng.random((stops, 2)) * 3000
    return Timetable.sorted(
        np.arange(stops), xy, *np.array(rows).reshape(-1, 6).T, walk_m=float(rng.choice([0, 400, 900])), change_s=int(rng.choice([0, 90]))
    )


@pytest.mark.parametrize("seed", range(40))
def test_that_earliest_arrivals_equal_those_of_dijkstra_on_random_timetables(seed: int) -> None:
    """Dibbelt et al. 2013, doi:10.1007/978-3-642-38527-8_6."""
    t = random_timetable(seed)
    origins = np.arange(min(6, len(t.stops)))
    for at in (0, 1800, 2 * HOUR):
        ours = t.arrivals(origins, at)
        for o in origins:
            assert ours[o].tolist() == dijkstra(t, int(o), at).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_that_the_profile_counts_the_journeys_that_a_later_start_does_not_beat(seed: int) -> None:
    t = random_timetable(seed)
    count, least = t.journeys(0, 0, 2 * HOUR, 6 * HOUR)
    by_second = t.arrivals(np.zeros(2 * HOUR, int), np.arange(2 * HOUR), 6 * HOUR)
    later = np.minimum.accumulate(by_second[::-1], axis=0)[::-1]
    fresh = by_second[:-1] < later[1:]
    last = by_second[-1:] < NEVER
    assert (count[1:] >= 0).all()
    rides = np.concatenate([fresh, last]).sum(0)
    walk = np.full(len(t.stops), NEVER)
    walk[t.foot_to[: t.foot_first[1]]] = t.foot_s[: t.foot_first[1]]
    own = walk == NEVER  # who only walks sets out at any second
    own[0] = False
    # what the window ends with sets out after it, as it never ends for who waits
    end = by_second[-1] < NEVER
    assert (count[own & ~end] == rides[own & ~end]).all()
    assert (least[count == 0] == NEVER).all()
    assert (least[count > 0] > 0).all()


def test_that_what_is_no_stop_is_refused() -> None:
    t = shuttle()
    for wrong in (-1, 5):
        with pytest.raises(IndexError, match="from 0 to 4"):
            t.arrivals([wrong], 0)
        with pytest.raises(IndexError, match="from 0 to 4"):
            t.journeys(wrong, 0, HOUR)


def test_that_nobody_boards_later_than_asked() -> None:
    t = Timetable.sorted(["a", "b", "c"], np.zeros((3, 2)), [0, 1], [1, 2], [100, 5000], [200, 5100], [0, 1], [0, 0])
    assert t.arrivals([0], 0).tolist() == [[0, 200, 5100]]
    assert t.arrivals([0], 0, 3600).tolist() == [[0, 200, NEVER]]


def test_that_ways_on_foot_go_both_ways_and_take_the_streets_detour() -> None:
    first, to, seconds = footpaths(np.array([[0.0, 0.0], [100.0, 0.0], [1000.0, 0.0]]), 200.0, 1.0)
    assert first.tolist() == [0, 1, 2, 2]
    assert to.tolist() == [1, 0]
    assert seconds.tolist() == [120, 120]


def test_that_two_timetables_are_one_with_ways_between_them() -> None:
    metro = Timetable.sorted(["a", "b"], np.array([[0.0, 0], [5000, 0]]), [0], [1], [100], [400], [0], [0])
    bus = Timetable.sorted(["c", "d"], np.array([[5050.0, 0], [9000, 0]]), [0], [1], [600], [900], [0], [0], [True])
    t = together([metro, bus], 300.0, 1.0, 0)
    assert t.arrivals([0], 0).tolist() == [[0, 400, 460, 900]]


# lines that are cut


def shuttle() -> Timetable:
    """Five stops in a row, a train every ten minutes, two minutes from stop to stop."""
    rows = [(k, k + 1, 600 * r + 120 * k, 600 * r + 120 * (k + 1), r, k) for r in range(6) for k in range(4)]
    return Timetable.sorted(list("abcde"), np.zeros((5, 2)) + np.arange(5)[:, None] * 5000.0, *zip(*rows))


def test_that_trains_turn_back_at_the_last_station_that_works() -> None:
    t = shuttle()
    cut = t.cut(np.array([False, False, True, False, False]))
    assert t.arrivals([0], 0).tolist() == [[0, 120, 240, 360, 480]]
    assert cut.arrivals([0], 0).tolist() == [[0, 120, NEVER, NEVER, NEVER]]
    assert cut.arrivals([3], 0)[0].tolist() == [NEVER, NEVER, NEVER, 0, 480]


def test_that_nobody_stays_on_a_train_through_a_station_that_is_down() -> None:
    t = Timetable.sorted(list("abc"), np.zeros((3, 2)), [0, 1, 0], [1, 0, 2], [0, 100, 200], [50, 150, 300], [0, 0, 0], [0, 1, 2])
    assert t.arrivals([0], 0)[0].tolist() == [0, 50, 300]
    cut = t.cut(np.array([False, True, False]))
    assert cut.arrivals([0], 0)[0].tolist() == [0, NEVER, 300]


def test_that_nothing_changes_where_nothing_is_down() -> None:
    t = random_timetable(5)
    same = t.cut(np.zeros(len(t.stops), bool))
    assert (same.arrivals([0, 1], 0) == t.arrivals([0, 1], 0)).all()


def test_that_buses_pass_a_station_that_is_down_and_not_a_closed_hop() -> None:
    t = Timetable.sorted(list("abc"), np.zeros((3, 2)), [0, 1], [1, 2], [0, 100], [50, 150], [0, 0], [0, 1], [True, True])
    down = np.array([False, True, False])
    assert t.cut(down).arrivals([0], 0)[0].tolist() == [0, 50, 150]
    assert t.cut(down, np.array([False, True])).arrivals([0], 0)[0].tolist() == [0, 50, NEVER]


# days out of the tables of a network

LINE = [(0.0, 0.0), (2000.0, 0.0), (4000.0, 0.0)]
TRIP = [("station/0", 0, 20), ("station/1", 140, 160), ("station/2", 280, 300)]


def line(trips: dict[str, list[tuple[str, float, float]]], **tables: pd.DataFrame):  # type: ignore[no-untyped-def]
    return network_of(LINE, [(0, 1), (1, 2)], {"timetable": rows_of(trips), **tables})


def often(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["trip_id", "start_s", "end_s", "headway_s"])


def codes(notes: list[tuple[str, str, str]]) -> list[str]:
    return [code for _, code, _ in notes]


def test_that_frequencies_are_written_out() -> None:
    t, notes = day_of(line({"T": TRIP}, frequencies=often(("T", 8 * HOUR, 9 * HOUR, 600))))
    mine = t.leave[(t.start == 0) & (t.leave < 12 * HOUR)]
    assert mine.tolist() == [8 * HOUR + 600 * k for k in range(6)]
    assert not notes
    assert t.arrivals([0], 8 * HOUR + 1)[0].tolist() == [8 * HOUR + 1, 8 * HOUR + 720, 8 * HOUR + 860]


def test_that_trips_after_midnight_run_in_the_small_hours_too() -> None:
    late = [(s, a + 25 * HOUR, d + 25 * HOUR) for s, a, d in TRIP]
    t, _ = day_of(line({"T": late}))
    assert t.arrivals([0], HOUR)[0].tolist()[1] == HOUR + 140
    assert t.arrivals([0], 25 * HOUR)[0].tolist()[1] == 25 * HOUR + 140


def test_that_a_timetable_without_frequencies_says_that_its_few_trips_run_once() -> None:
    _, notes = day_of(line({"T": TRIP}))
    said = "The timetable of network metro has no frequencies; its 1 trips on 1 routes run once a day as they stand."
    assert notes == [("warning", "transit-no-frequencies", said)]


def test_that_trips_which_go_back_in_time_are_named_and_end_there() -> None:
    back = [("station/0", 0, 500), ("station/1", 140, 160), ("station/2", 280, 300)]
    t, notes = day_of(line({f"T{k}": TRIP if k else back for k in range(15)}))
    said = "1 trips go back in time (T0); where they do, they are taken to end and to begin anew."
    assert notes == [("warning", "transit-back-in-time", said)]
    assert len(t) == (14 * 2 + 1) * 2  # the small hours of the next day among them


def test_that_rows_of_frequencies_without_a_headway_are_left_out() -> None:
    table = often(("T", 0, HOUR, 0), ("T", 2 * HOUR, HOUR, 60), ("T", HOUR, 2 * HOUR, np.nan), ("T", 3 * HOUR, 4 * HOUR, 1800))
    t, notes = day_of(line({"T": TRIP}, frequencies=table))
    assert codes(notes) == ["transit-frequencies-wrong"]
    assert "3 rows" in notes[0][2]
    assert t.leave[(t.start == 0) & (t.leave < 24 * HOUR)].tolist() == [3 * HOUR, int(3.5 * HOUR)]


def test_that_stops_which_the_network_lacks_are_passed() -> None:
    odd = [TRIP[0], ("station/9", 80, 90), *TRIP[1:]]
    t, notes = day_of(line({f"T{k}": odd for k in range(15)}))
    assert codes(notes) == ["transit-unknown-stops"]
    assert set(zip(t.start.tolist(), t.end.tolist())) == {(0, 1), (1, 2)}


def test_that_a_weekday_without_service_takes_all_services() -> None:
    days = {k: ["0"] for k in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday")} | {"sunday": ["1"]}
    services = pd.DataFrame({"service_id": ["daily"], **days, "start": ["20260101"], "end": ["20261231"]})
    network = line({f"T{k}": TRIP for k in range(15)}, services=services)
    t, notes = day_of(network, "wednesday")
    assert codes(notes) == ["transit-no-service"]
    assert len(t)
    assert not day_of(network, "sunday")[1]


def test_that_a_network_without_a_timetable_has_no_trips() -> None:
    assert not has_trips(network_of(LINE, [(0, 1)]))
    assert not has_trips(None)
    assert has_trips(line({"T": TRIP}))


def test_that_an_empty_timetable_makes_an_empty_day() -> None:
    t, notes = day_of(line({}))
    assert len(t) == 0
    assert not notes
    assert t.arrivals([0], 0).tolist() == [[0, NEVER, NEVER]]


def test_that_the_subway_of_new_york_is_travelled_as_dijkstra_does(data: Path) -> None:
    part = read_gtfs(data / "nyc/gtfs/nyc_subway_gtfs.zip", Hints()).networks[0]
    network = Network("transit", part.nodes, part.edges, part.geometry, "", part.tables)
    bare, notes = day_of(network)
    assert not notes
    assert len(bare) > 20_000
    xy = bare.xy * (84_000, 111_000)  # degrees there, near enough for ways on foot
    t = together([replace(bare, xy=xy)], 400.0, 1.33, 120)
    assert len(t.foot_to)
    for origin in (0, 40, 80):
        ours = t.arrivals([origin], 8 * HOUR, 2 * HOUR)[0].astype(np.int64)
        theirs = dijkstra(t, origin, 8 * HOUR)
        soon = theirs <= 10 * HOUR  # within two hours of setting out, both look at the same departures
        assert (ours[soon] == theirs[soon]).all()
        assert soon.mean() > 0.5

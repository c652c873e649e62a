"""Unchanged parts are not computed again, and changed ones always are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine_world import Tub, small_city, tub_scenario
from twin.folders import cache_dir
from twin.scenario import cache as caching
from twin.scenario.engine import run
from twin.scenario.events import Finished, Frame, Notice

PUMP = {"id": "p", "kind": "pump", "geometry": "POINT (355050 3456200)", "capacity_m3s": 1.0}
FAILS = {"id": "fails", "at": "PT32M", "change": {"kind": "switch", "object": "pump/p", "on": False}}

TRIANGLE = "POLYGON ((355100 3456100, 355200 3456100, 355200 3456200, 355100 3456100))"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every model is worth keeping here, in a folder of this test's own."""
    monkeypatch.setenv("TWIN_HOME", str(tmp_path))
    monkeypatch.setattr(caching, "WORTH_S", 0.0)
    return


def tapes() -> list[Path]:
    return sorted((cache_dir() / "runs").glob("*"))


def played(use_cache: bool = True, **changes: Any) -> tuple[bool, list[Frame], Finished]:
    events = list(run(small_city(), tub_scenario(**changes), use_cache=use_cache))
    assert events[-1].ok, events[-1].message
    again = any(isinstance(e, Notice) and e.code == "from-cache" for e in events)
    return again, [e for e in events if isinstance(e, Frame) and e.kept], events[-1]


def test_that_the_same_run_is_played_back_bit_for_bit() -> None:
    first, second = played(), played()
    assert (first[0], second[0]) == (False, True)
    for one, two in zip(first[1], second[1], strict=True):
        for a, b in zip(one.fields, two.fields, strict=True):
            assert (a.quantity, a.grid) == (b.quantity, b.grid)
            np.testing.assert_array_equal(a.array, b.array)
    assert first[2].indicators == second[2].indicators


def test_that_what_a_model_does_not_read_leaves_its_tape_valid() -> None:
    played()
    assert played(edit=[{"id": "c", "kind": "close_road", "object": "road/north"}])[0]
    assert played(edit=[{"id": "d", "kind": "demolish", "object": "building/0"}])[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"params": {"rise_m_h": 2.1}},
        {"scenario": {"seed": 4}},
        {"scenario": {"coupling": "PT4M"}},
        {"edit": [PUMP]},
        {"edit": [{"id": "r", "kind": "raise_ground", "geometry": TRIANGLE}]},
    ],
)
def test_that_whatever_a_model_depends_on_makes_it_run_again(changes: dict[str, Any]) -> None:
    played()
    assert not played(**changes)[0]


def test_that_timed_changes_belong_to_the_key() -> None:
    plain = played(edit=[PUMP])
    failing = played(edit=[PUMP], trigger=[FAILS])
    assert not failing[0]
    replay = played(edit=[PUMP], trigger=[FAILS])
    assert replay[0]
    np.testing.assert_array_equal(failing[1][-1].fields[0].array, replay[1][-1].fields[0].array)
    assert plain[1][-1].fields[0].array[0, 0] < replay[1][-1].fields[0].array[0, 0]


def test_that_runs_with_conditions_are_never_kept() -> None:
    condition = {"id": "t", "when": "road/west.road_water_depth > 0.1", "change": {"kind": "close_road", "object": "road/north"}}
    played(trigger=[condition])
    assert tapes() == []


def test_that_a_short_computation_is_not_worth_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "WORTH_S", 100.0)
    played()
    assert tapes() == []


def test_that_a_run_that_was_closed_or_failed_leaves_no_tape() -> None:
    events = run(small_city(), tub_scenario(params={"slow_s": 0.2}))
    for event in events:
        if isinstance(event, Frame) and event.at_s > 0:
            break
    events.close()
    list(run(small_city(), tub_scenario(params={"fail_at_s": 1200})))
    assert [p for p in tapes() if p.suffix == ".zip"] == []


def test_that_a_broken_tape_is_dropped_and_the_model_runs() -> None:
    first = played()
    tape = tapes()[0]
    tape.write_bytes(tape.read_bytes()[:200])
    again = played()
    assert not again[0]
    np.testing.assert_array_equal(first[1][-1].fields[0].array, again[1][-1].fields[0].array)


def test_that_the_folder_stays_within_its_bound_and_the_least_used_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    import os
    import time

    played()
    oldest = tapes()[0]
    os.utime(oldest, (time.time() - 100, time.time() - 100))
    monkeypatch.setattr(caching, "TOTAL_BYTES", int(oldest.stat().st_size * 1.5))
    played(params={"rise_m_h": 2.5})
    assert len(tapes()) == 1
    assert oldest not in tapes()


def test_that_it_can_be_turned_off() -> None:
    played(use_cache=False)
    assert tapes() == []
    played()
    assert not played(use_cache=False)[0]


def test_that_changed_code_is_another_model(monkeypatch: pytest.MonkeyPatch) -> None:
    played()
    monkeypatch.setattr(caching, "_code_hash", lambda model: "other code")
    assert not played()[0]
    assert Tub.version == "1"


def test_that_the_key_of_a_model_goes_through_all_that_it_takes_something_from() -> None:
    """tub -> equipment -> repairs -> cascade: another number of crews is another cascade, but the same tub and the same equipment."""
    from dataclasses import replace

    from twin.scenario.plan import make_plan

    city, plan = small_city(), make_plan(small_city(), tub_scenario())
    units = plan.units
    other = [replace(u, params={**u.params, "crews_sites": 5}) if u.model.name == "repairs" else u for u in units]
    cache = caching.Cache([60.0], [])

    def keys(several: Any) -> dict[str, str]:
        return {u.model.name: cache.key(several, i, city) for i, u in enumerate(several)}

    before, after = keys(units), keys(other)
    assert {n for n in before if before[n] != after[n]} >= {"repairs", "cascade"}
    assert (before["tub"], before["equipment"]) == (after["tub"], after["equipment"])


def test_that_a_costly_service_is_kept_until_something_above_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    from twin.models.service.cascade import Cascade

    monkeypatch.setattr(Cascade, "costly", True)

    def kept(**changes: Any) -> set[str]:
        events = list(run(small_city(), tub_scenario(**changes)))
        assert events[-1].ok, events[-1].message
        return {e.text.partition(":")[0] for e in events if isinstance(e, Notice) and e.code == "from-cache"}

    assert kept() == set()
    assert kept() == {"Tub", Cascade.title}
    assert kept(hazard=[
        {"id": "tub", "model": "tub", "params": {"rise_m_h": 2.0}}, {"id": "crews", "model": "repairs", "params": {"crews_sites": 5}},
    ]) == {"Tub"}  # fmt: skip

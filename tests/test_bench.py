"""The door to the benchmarks."""

from __future__ import annotations

import pytest

from bench.__main__ import main, names
from bench.measure import Row, interleaved


def test_that_an_unknown_benchmark_ends_with_2_and_the_known_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fluud"]) == 2
    assert "flood" in capsys.readouterr().err
    assert "flood" in names()


def test_that_a_ratio_over_one_means_better_whatever_the_unit() -> None:
    assert Row("a", "-", ours=2.0, unit="s", peer=6.0).ratio == 3.0
    assert Row("a", "-", ours=6.0, unit="M/s", peer=2.0, more_is_better=True).ratio == 3.0
    assert Row("a", "-", ours=6.0, unit="s").ratio is None
    assert list(Row("a", "-", 1.0, "s").as_dict()) == ["case", "size", "ours", "peer", "peer_name", "unit", "ratio"]


def test_that_works_take_turns() -> None:
    order: list[str] = []
    interleaved([lambda: order.append("a"), lambda: order.append("b")], 2)
    assert order == ["a", "b", "a", "b"]

"""Where stations go: optimum on small cases, bound on large ones."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import floyd_warshall

from tests.conftest import DATA
from twin.errors import ModelError
from twin.models.base import Cancelled
from twin.models.service.location import max_coverage, p_median


def brute(value: object, sites: int, count: int) -> float:
    return min(value(list(c)) for c in combinations(range(sites), count))  # type: ignore[operator]


@pytest.mark.parametrize("seed", range(6))
def test_that_the_p_median_is_that_of_trying_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    cost, weight = random.random((20, 9)), random.random(20)
    best = brute(lambda c: (cost[:, c].min(1) * weight).sum(), 9, 3)
    exact, quick = p_median(cost, 3, weight), p_median(cost, 3, weight, exact=False)
    assert exact.value == pytest.approx(best)
    assert exact.gap < 1e-6
    assert quick.bound <= best + 1e-9
    assert best - 1e-9 <= quick.value <= best * 1.05
    assert (exact.nearest == exact.sites[cost[:, exact.sites].argmin(1)]).all()


@pytest.mark.parametrize("seed", range(6))
def test_that_the_greatest_coverage_is_that_of_trying_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    cost, weight = random.random((30, 9)), random.random(30)
    best = -brute(lambda c: -weight[(cost[:, c] <= 0.2).any(1)].sum(), 9, 3)
    exact, quick = max_coverage(cost, 0.2, 3, weight), max_coverage(cost, 0.2, 3, weight, exact=False)
    assert exact.value == pytest.approx(best)
    assert exact.gap < 1e-6
    assert quick.bound >= best - 1e-9
    assert best * 0.95 <= quick.value <= best + 1e-9


def on_plane(places: int, sites: int) -> np.ndarray:
    random = np.random.default_rng(4)
    a, b = random.random((places, 2)), random.random((sites, 2))
    return np.hypot(a[:, None, 0] - b[:, 0], a[:, None, 1] - b[:, 1])


def test_that_swaps_on_a_plane_are_within_a_hundredth_of_their_bound() -> None:
    cost = on_plane(800, 60)
    found = p_median(cost, 8, exact=False)
    assert 0 <= found.gap < 0.01
    assert found.value == pytest.approx(cost[:, found.sites].min(1).sum())
    assert len(np.unique(found.sites)) == 8


def test_that_stations_that_are_there_stay() -> None:
    cost = on_plane(100, 12)
    for exact in (True, False):
        kept = np.array([0, 11])
        assert set(kept) <= set(p_median(cost, 4, kept=kept, exact=exact).sites)
        assert set(kept) <= set(max_coverage(cost, 0.2, 4, kept=kept, exact=exact).sites)
        assert p_median(cost, 2, kept=kept, exact=exact).sites.tolist() == [0, 11]


def test_that_places_nobody_can_serve_are_left_out_and_the_rest_is_served() -> None:
    cost = np.array([[1.0, np.inf], [np.inf, 2.0], [np.inf, np.inf]])
    found = p_median(cost, 2)
    assert found.value == 3.0
    assert found.nearest.tolist() == [0, 1, -1]
    alone = p_median(cost, 1)
    assert alone.nearest.tolist() in ([0, -1, -1], [-1, 1, -1])
    nobody = p_median(np.full((2, 2), np.inf), 1)
    assert nobody.nearest.tolist() == [-1, -1]
    assert max_coverage(np.full((2, 2), 9.0), 1.0, 1).value == 0.0


def test_that_what_cannot_be_is_refused() -> None:
    for change, word in (
        ({"count": 3}, "cannot be chosen"), ({"count": 0}, "cannot be chosen"), ({"cost": np.array([[-1.0, 1]])}, "negative"),
        ({"weight": np.array([np.nan])}, "weights"), ({"kept": np.array([5])}, "stay"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=word):
            p_median(**{"cost": np.array([[1.0, 2.0]]), "count": 1, **change})  # type: ignore[arg-type]


def test_that_a_search_can_be_cancelled() -> None:
    def stop() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        p_median(on_plane(300, 30), 5, exact=False, checkpoint=stop)


@pytest.mark.parametrize(("number", "best"), [(1, 5819), (2, 4093), (3, 4250), (4, 3034), (5, 1355)])
def test_that_or_librarys_medians_are_met(number: int, best: int) -> None:
    """Beasley 1985 (doi:10.1016/0377-2217(85)90040-2), where pmed1.txt ... lie in the folder orlib of the test data."""
    file = Path(DATA) / "orlib" / f"pmed{number}.txt"
    if not file.exists():
        pytest.skip(f"{file} is not there")
    values = np.array(file.read_text().split(), int)
    nodes, _, count = values[:3]
    cost = np.full((nodes, nodes), np.inf)
    for a, b, length in values[3:].reshape(-1, 3):  # the last word on an edge counts
        cost[a - 1, b - 1] = cost[b - 1, a - 1] = length
    cost = floyd_warshall(np.where(np.isinf(cost), 0, cost))
    assert p_median(cost, int(count)).value == best
    assert p_median(cost, int(count), exact=False).value == pytest.approx(best, rel=0.01)

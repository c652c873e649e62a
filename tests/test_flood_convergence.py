"""The order of each scheme where the exact solution is known (Delestre et al. 2013, doi:10.1002/fld.3741), and the plot of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.flood import plot
from tests.flood_convergence import CASES, errors, order
from twin.models.hazard.flood_schemes import SCHEMES

CELLS = {"Ritter": (100, 200, 400), "Stoker": (100, 200, 400), "Thacker": (50, 100, 200)}
LEAST = {  # what theory and practice give shocks and wet-dry fronts: at most one where the solution has kinks
    ("Ritter", "finite_volume"): 0.6, ("Ritter", "finite_volume_2"): 0.8, ("Stoker", "finite_volume"): 0.6,
    ("Stoker", "finite_volume_2"): 0.8, ("Thacker", "finite_volume"): 0.5, ("Thacker", "finite_volume_2"): 1.2,
}  # fmt: skip


@pytest.mark.parametrize("case", CELLS)
def test_that_finite_volumes_converge_and_the_second_order_is_nearer(case: str) -> None:
    found = {scheme: errors(case, scheme, CELLS[case]) for scheme in ("finite_volume", "finite_volume_2")}
    for scheme, several in found.items():
        assert order(CELLS[case], several) > LEAST[case, scheme]
    assert all(b < 2 / 3 * a for a, b in zip(found["finite_volume"], found["finite_volume_2"], strict=True))


def test_that_local_inertial_flow_does_not_converge_on_a_dam_break_over_dry_ground() -> None:
    """8 % at every grid, as the model's limits say."""
    found = errors("Ritter", "local_inertial", CELLS["Ritter"])
    assert found == pytest.approx([0.08] * 3, abs=0.015)
    assert order(CELLS["Ritter"], found) < 0.2


def test_that_the_plot_shows_every_case_and_scheme(tmp_path: Path) -> None:
    made = {(case, scheme): [0.1, 0.05, 0.025, 0.0125] for case in CASES for scheme in SCHEMES}
    plot(tmp_path / "orders.png", made)
    assert (tmp_path / "orders.png").read_bytes()[:4] == b"\x89PNG"

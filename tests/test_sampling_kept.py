"""What is worked out of shapes on a grid is kept for as long as the shapes are the same ones."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from twin.city.terrain import Grid
from twin.models.hazard.flood_terrain import cover
from twin.models.sampling import MOST_KEPT, Touch, _kept

GRID = Grid(0.0, 0.0, 10.0, 10, 10)


def boxes(x: float) -> np.ndarray:
    return np.array([shapely.box(x, 20, x + 20, 40), None], object)[:-1]


def test_that_the_same_shapes_on_the_same_grid_are_worked_out_once() -> None:
    shapes = boxes(20.0)
    assert cover(shapes, GRID) is cover(shapes, GRID)
    assert Touch.around(shapes, GRID) is Touch.around(shapes, GRID)
    with pytest.raises(ValueError, match="read-only"):
        cover(shapes, GRID)[0, 0] = 1.0


def test_that_other_shapes_and_other_grids_are_not_mixed_up() -> None:
    first, second = boxes(20.0), boxes(60.0)
    finer = Grid(0.0, 0.0, 5.0, 20, 20)
    assert cover(first, GRID)[2, 2] == 1.0
    assert cover(second, GRID)[2, 2] == 0.0
    assert cover(first, finer).shape == (20, 20)
    for k in range(40):  # ids of arrays that are gone come again
        assert cover(boxes(10.0 * (k % 8)), GRID)[2, k % 8] == 1.0
    assert len(_kept) <= MOST_KEPT + 1

"""Trees in the shapes of their kinds and the colours of the season."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gui.scene.trees import tree_shapes
from layers.features import BROAD, COLUMN, CONIFER, OVAL, TREE_KINDS, TreeLayer, tree_kinds
from layers.ground import Ground
from twin.city.features import Features


@pytest.mark.parametrize("fine", [False, True])
def test_that_all_shapes_of_trees_have_the_same_triangles_and_stand_on_the_ground(fine: bool) -> None:
    points, faces, bright = tree_shapes(fine)
    assert len(points) == len(TREE_KINDS)
    assert bright.shape == (len(points), len(faces))
    assert faces.max() < points.shape[1]
    assert points[..., 2].min() >= -0.02
    assert points[..., 2].max() <= 1.06
    wide = np.hypot(points[..., 0], points[..., 1]).max(1)
    assert wide[BROAD] > wide[OVAL] > wide[COLUMN]
    assert len(faces) <= (8 if not fine else 110), "software GL draws hundreds of them"


def test_that_species_tell_the_shape() -> None:
    table = pd.DataFrame({"species": ["Pinus sylvestris", "Populus nigra", "Betula pendula", "Firmiana simplex"],
                          "leaf_type": [None, None, None, "broadleaved"]})  # fmt: skip
    kinds = tree_kinds(table)
    assert kinds[:3].tolist() == [CONIFER, COLUMN, OVAL]
    assert kinds[3] in (BROAD, OVAL)
    assert set(tree_kinds(pd.DataFrame({"height_m": np.ones(200)})).tolist()) == {BROAD, OVAL}


def trees() -> TreeLayer:
    table = pd.DataFrame({"id": [f"tree/{k}" for k in range(60)], "genus": ["Picea"] * 20 + ["Quercus"] * 40})
    return TreeLayer(Features("trees", table, shapely.points(np.arange(60.0), 0.0)), Ground(None, None))


def tone(layer: TreeLayer, conifer: bool) -> np.ndarray:
    (drawn,) = layer.draw()
    return drawn.colors[(drawn.rows < 20) == conifer, :3].mean(0)


def test_that_leaves_turn_in_autumn_and_needles_do_not() -> None:
    layer = trees()
    summer, needles = tone(layer, False), tone(layer, True)
    layer.set_season(10)
    autumn = tone(layer, False)
    assert autumn[0] - autumn[1] > summer[0] - summer[1] + 20, "redder"
    assert tone(layer, True) == pytest.approx(needles)
    layer.set_season(None)
    assert tone(layer, False) == pytest.approx(summer)


def test_that_october_is_spring_in_the_south_and_nothing_in_the_tropics() -> None:
    layer = trees()
    layer.set_season(4)
    spring = tone(layer, False)
    layer.set_season(10, latitude=-35.0)
    assert tone(layer, False) == pytest.approx(spring)
    layer.set_season(10, latitude=5.0)
    tropics = tone(layer, False)
    layer.set_season(None)
    assert tone(layer, False) == pytest.approx(tropics)

"""Compiled code gives what numpy gives where it stands in for it."""

from __future__ import annotations

import numpy as np
import pytest

from layers import painting
from layers.tiles import Bodies, Coat
from twin.city import index, rays


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"lighter_roofs": False},
        {"roofs": True},
        {"hush": 0.7},
        {"hush_walls": 0.5},
        {"as_source": True},
        {"marked": True},
        {"roofs": True, "hush": 0.3, "marked": True, "hides": True},
    ],
)
def test_that_compiled_paint_has_the_colours_of_the_slow_one(options: dict[str, object], runs: bool) -> None:
    painting.warm_up()
    random = np.random.default_rng(7)
    n, t = 60, 400
    rows = random.integers(0, 256, (n, 4)).astype(np.uint8)
    rows[:, 3] = 255
    if options.get("hides"):
        rows[random.uniform(size=n) < 0.4, 3] = 0
    start = np.sort(random.integers(0, n - 8, t)).astype(np.int32)
    bodies = Bodies(
        np.zeros((3, 3)), np.zeros((t, 3), np.int32), start, random.uniform(size=t) < 0.4,
        random.uniform(size=t) < 0.2, np.column_stack([start, start + random.integers(1, 8, t)]).astype(np.int32) if runs else None,
        random.integers(0, 256, (t, 4)).astype(np.uint8),
    )  # fmt: skip
    coat = Coat(
        rows, random.integers(0, 5, n).astype(np.uint8) if options.get("roofs") else None,
        hush=float(options.get("hush", 0.0)), hush_walls=float(options.get("hush_walls", 0.0)),  # type: ignore[arg-type]
        lighter_roofs=bool(options.get("lighter_roofs", True)), as_source=bool(options.get("as_source")),
        marked=random.uniform(size=n) < 0.5 if options.get("marked") else None,
    )  # fmt: skip
    slow, slow_seen = coat._by_arrays(bodies)
    fast, seen = coat.on(bodies)
    assert (seen == slow_seen).all()
    assert np.abs(fast[seen].astype(int) - slow[seen]).max() <= 2  # hushed colours are rounded there, cut here
    assert (fast[:, 3] == 255).all()
    assert (slow[:, 3] == 255).all()


def test_that_compiled_rays_meet_what_the_slow_ones_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    rays.warm_up()
    random = np.random.default_rng(3)
    low = random.uniform(-10, 10, (500, 3)).astype(np.float32)
    high = low + random.uniform(0, 4, (500, 3)).astype(np.float32)
    low[7] = np.nan
    corners = random.uniform(-10, 10, (500, 3, 3))
    corners[3, 1] = corners[3, 0]
    for way in (random.normal(size=3), np.array([0.0, 0.0, -1.0]), np.array([1.0, 0.0, 0.0])):
        d = way / np.linalg.norm(way)
        o = -12.0 * d + random.uniform(-3, 3, 3)
        fast = index.box_hits(low, high, o, d, 60.0), index.triangle_distances(corners, o, d)
        with monkeypatch.context() as m:
            m.setattr(rays, "is_ready", False)
            slow = index.box_hits(low, high, o, d, 60.0), index.triangle_distances(corners, o, d)
        assert (fast[0] == slow[0]).all()
        assert not fast[0][7]
        assert np.allclose(fast[1], slow[1], rtol=1e-9)
        assert np.isfinite(fast[1]).any()

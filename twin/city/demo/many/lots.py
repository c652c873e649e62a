"""What stands on the lots of a block: form, height and use by the kind of block and how urban its place is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.city.demo.many.blocks import KINDS, Blocks, turned

Floats = NDArray[np.float64]
FORMS = ("box", "ell", "tee", "you", "yard", "eight", "gable", "tower")
"""Plans of many.forms; gable: a house with a ridge; tower: a shaft on a podium."""


@dataclass(frozen=True)
class Lots:
    """Buildings before they are raised: centre (N, 2), half (N, 2), angle, block row, form: row of FORMS, height of the top above
    ground, eaves above ground (gables) or podium (towers), use."""

    centre: Floats
    half: Floats
    angle: Floats
    block: NDArray[np.int64]
    form: NDArray[np.int64]
    height: Floats
    shoulder: Floats
    use: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.form)

    def some(self, rows: NDArray[np.int64]) -> Lots:
        return Lots(*(getattr(self, f)[rows] for f in self.__dataclass_fields__))


LOT_M = {
    "core": (36.0, 36.0),
    "inner": (21.0, 99.0),
    "rows": (7.2, 99.0),
    "villas": (17.0, 99.0),
    "estate": (70.0, 34.0),
    "industry": (68.0, 62.0),
}
"""Along and across; 99: two rows back to back."""


def lots_of(blocks: Blocks, random: np.random.Generator) -> Lots:
    """Every building of every block, block by block."""
    parts = [
        _lots(KINDS[k], np.flatnonzero(blocks.kind == k), blocks, random) for k in range(len(KINDS)) if KINDS[k] != "park"
    ]  # fmt: skip
    whole = Lots(*(np.concatenate([getattr(p, f) for p in parts]) for f in Lots.__dataclass_fields__))
    return whole.some(np.argsort(whole.block, kind="stable"))


def _lots(kind: str, rows: NDArray[np.int64], blocks: Blocks, random: np.random.Generator) -> Lots:
    lot_x, lot_y = LOT_M[kind]
    half = blocks.half[rows]
    own = random.uniform(0.85, 1.18, len(rows))
    nx = np.maximum(1, np.round(2 * half[:, 0] / (lot_x * own))).astype(np.int64)
    ny = np.full(len(rows), 2) if lot_y == 99.0 else np.maximum(1, np.round(2 * half[:, 1] / (lot_y * own))).astype(np.int64)
    if kind == "inner":  # every third block is one building around a yard
        whole = random.random(len(rows)) < 0.3
        nx[whole] = ny[whole] = 1
    count = nx * ny
    of = np.repeat(np.arange(len(rows)), count)
    k = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    i, j = k % nx[of], k // nx[of]
    cell = np.column_stack([half[of, 0] / nx[of], half[of, 1] / ny[of]])
    middle = np.column_stack([(2 * i + 1 - nx[of]) * cell[:, 0], (2 * j + 1 - ny[of]) * cell[:, 1]])
    n = len(of)
    u = blocks.urbanity[rows][of]
    mood = random.normal(1.0, 0.16, len(rows))[of]  # neighbours are built alike
    made = _BUILDERS[kind](cell, middle, np.where(j == 0, -1.0, 1.0), nx[of] * ny[of] == 1, u, mood, random)
    keep = random.random(n) > {"villas": 0.05, "rows": 0.02, "inner": 0.02, "core": 0.03, "estate": 0.06, "industry": 0.12}[kind]
    middle, size, turn, form, height, shoulder, use = made
    angle = blocks.angle[rows][of]
    centre = blocks.centre[rows][of] + turned(middle[:, None], angle)[:, 0]
    lots = Lots(centre, size, angle + turn, rows[of], form, np.maximum(height, 2.8), shoulder, use)
    return lots.some(np.flatnonzero(keep))


def _core(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    height = 18 + 26 * u * mood + 150 * np.clip(u - 0.45, 0, 1) ** 1.6 * random.gamma(1.6, 0.9, n)
    height = np.minimum(height, 60 + 360 * np.clip(u - 0.25, 0, 1) * random.uniform(0.75, 1.0, n))
    slim = height > 75
    form = np.where(
        slim,
        np.where(random.random(n) < 0.62, FORMS.index("tower"), FORMS.index("box")),
        _pick(random, n, {"box": 5, "ell": 2, "you": 1, "yard": 1}),
    )
    form[slim & (random.random(n) < 0.12)] = FORMS.index("eight")
    size = cell * random.uniform(0.80, 0.94, (n, 2))
    size = np.where((form == FORMS.index("eight"))[:, None], size.min(1, keepdims=True), size)
    use = _words(random, n, {"office": 60, "commercial": 22, "residential": 14, "public": 4})
    return middle, size, np.zeros(n), form, height, np.minimum(height * 0.4, random.uniform(9, 20, n)), use


def _inner(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    height = (11 + 24 * u) * mood * random.uniform(0.85, 1.15, n)
    depth = np.minimum(cell[:, 1] * 0.95, random.uniform(6.5, 8.5, n))
    size = np.column_stack([cell[:, 0] * 0.995, depth])
    at = middle.copy()
    at[:, 1] += side * (cell[:, 1] - depth - 0.6)
    form = _pick(random, n, {"box": 6, "ell": 1, "gable": 3})
    size[whole], at[whole], form[whole] = cell[whole] * 0.97, middle[whole], FORMS.index("yard")
    use = _words(random, n, {"residential": 66, "commercial": 14, "office": 13, "education": 3, "public": 3, "health": 1})
    return at, size, np.zeros(n), form, height, height * 0.82, use


def _rows(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    height = np.round((2.4 + 3.2 * u) * mood + random.uniform(-0.3, 0.5, n)).clip(2, 5) * 3.1 + 2.4
    depth = np.minimum(cell[:, 1] * 0.8, 4.6 + 0.8 * mood)
    at = middle.copy()
    at[:, 1] += side * (cell[:, 1] - depth - 2.2)
    size = np.column_stack([cell[:, 0], depth])
    form = np.where(random.random(n) < 0.85, FORMS.index("gable"), FORMS.index("box"))
    return (
        at,
        size,
        np.zeros(n),
        form,
        height,
        height - 2.4 * random.uniform(0.8, 1.15, n),
        _words(random, n, {"residential": 93, "commercial": 6, "education": 1}),
    )


def _villas(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    size = np.column_stack([cell[:, 0] * random.uniform(0.52, 0.78, n), np.minimum(cell[:, 1] * 0.6, random.uniform(4.2, 6.2, n))])
    at = middle.copy()
    at[:, 1] += side * (cell[:, 1] - size[:, 1] - random.uniform(3.5, 6.0, n))
    height = random.choice([6.4, 7.6, 9.0], n, p=[0.4, 0.4, 0.2]) * np.clip(mood, 0.85, 1.2)
    form = _pick(random, n, {"gable": 82, "box": 8, "ell": 10})
    return (
        at,
        size,
        random.normal(0, 0.03, n),
        form,
        height,
        height * 0.62,
        _words(random, n, {"residential": 97, "commercial": 2, "religious": 1}),
    )


def _estate(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    form = _pick(random, n, {"box": 6, "eight": 1, "tee": 2})
    point = form == FORMS.index("eight")
    size = np.column_stack([cell[:, 0] * random.uniform(0.6, 0.85, n), np.full(n, 6.8)])
    size[form == FORMS.index("tee"), 1] = 11.0
    size[point] = random.uniform(10, 13, (int(point.sum()), 1))
    height = (20 + 42 * u + np.where(point, 24, 0)) * mood
    return middle, size, np.zeros(n), form, height, height, _words(random, n, {"residential": 92, "education": 5, "health": 3})


def _industry(cell: Floats, middle: Floats, side: Floats, whole: NDArray[np.bool_], u: Floats, mood: Floats, random: np.random.Generator):  # type: ignore[no-untyped-def]
    n = len(cell)
    size = cell * random.uniform(0.55, 0.9, (n, 2))
    form = _pick(random, n, {"box": 7, "gable": 2, "ell": 2})
    height = random.uniform(6, 12, n) * mood
    return middle, size, np.zeros(n), form, height, height * 0.78, _words(random, n, {"industrial": 88, "commercial": 8, "transport": 4})


_BUILDERS = {"core": _core, "inner": _inner, "rows": _rows, "villas": _villas, "estate": _estate, "industry": _industry}


def _pick(random: np.random.Generator, n: int, weights: dict[str, float]) -> NDArray[np.int64]:
    share = np.array(list(weights.values()), float)
    return np.array([FORMS.index(f) for f in weights])[random.choice(len(weights), n, p=share / share.sum())]


def _words(random: np.random.Generator, n: int, weights: dict[str, float]) -> NDArray[np.object_]:
    share = np.array(list(weights.values()), float)
    return np.array(list(weights), object)[random.choice(len(weights), n, p=share / share.sum())]

"""The table of a large city."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from gui.items import LARGE, FrameModel, texts_of


def test_that_a_large_table_is_there_at_once_and_is_searched_with_texts_made_elsewhere(qapp: object) -> None:
    n = 3 * LARGE
    frame = pd.DataFrame({
        "id": [f"building/{i:07d}" for i in range(n)], "use": pd.Series(np.where(np.arange(n) % 3, "office", "Industrial"), dtype=object),
        "name": pd.Series([None, "Käthe"] * (n // 2), dtype=object), "height_m": np.arange(n) / 10.0,
    })  # fmt: skip
    model = FrameModel()
    begin = time.perf_counter()
    model.set_frame(frame)
    assert time.perf_counter() - begin < 0.5  # a few ms on a quiet machine
    assert model.rowCount() == n
    assert not model.has_texts
    texts = texts_of(frame)
    model.take_texts(frame.copy(), texts)
    assert not model.has_texts
    model.take_texts(frame, texts)
    assert model.has_texts
    model.filter("OFFICE käthe")
    expected = (frame["use"] == "office") & (frame["name"] == "Käthe")
    assert model.rowCount() == int(expected.sum())
    assert model.table_row(0) == int(np.flatnonzero(expected)[0])
    model.filter("0000017")
    assert [model.table_row(k) for k in range(model.rowCount())] == [17]
    model.filter("height_m > 14999.85")
    assert model.rowCount() == 1


def test_that_what_meets_a_condition_is_sorted_and_kept_within(qapp: object) -> None:
    model = FrameModel()
    model.set_frame(pd.DataFrame({"id": list("abcd"), "height_m": [9.0, 30.0, 12.0, 50.0]}))
    model.filter("height_m > 10")
    model.sort(1)
    assert model.order.tolist() == [2, 1, 3]
    model.keep(np.array([0, 3, 1]))
    assert model.order.tolist() == [1, 3]
    model.filter("heigt_m > 10 and")
    assert model.rowCount() == 0
    model.filter("height_m >")
    assert (model.rowCount(), bool(model.trouble)) == (3, True)
    model.filter("")
    assert (model.order.tolist(), model.trouble) == ([0, 1, 3], "")
    model.filter("height_m > 40")
    model.set_frame(pd.DataFrame({"id": ["x"]}))
    assert model.rowCount() == 1


def test_that_a_small_table_needs_no_help(qapp: object) -> None:
    model = FrameModel()
    model.set_frame(pd.DataFrame({"id": ["a", "b"], "kind": ["river", None]}))
    assert model.has_texts
    model.filter("riv")
    assert model.rowCount() == 1

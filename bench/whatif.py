"""A cloudburst on the demonstration city, run from its window: time to water, stalls of the window, time of the run."""

from __future__ import annotations

import os
import tempfile

from bench.measure import Row
from bench.window import measured


def rows(quick: bool = False) -> list[Row]:
    what = "demo:2" if quick else "demo"
    with tempfile.TemporaryDirectory() as home:
        home = os.environ.get("TWIN_HOME", home)
        measured([what], home=home)  # makes the city and compiles the kernels
        said = measured([what], flood=True, home=home)
    return [
        Row("water visible after Run", what, said["water_visible_s"], "s"),
        Row("run in the window", what, said["run_s"], "s"),
        Row("stall of the window, p95", what, said["stall_p95_ms"], "ms"),
        Row("stall of the window, maximum", what, said["stall_max_ms"], "ms"),
        Row("longest drawing", what, said["frame_max_ms"], "ms"),
        Row("peak memory", what, said["peak_mb"], "MB"),
    ]

"""Seconds from the command to the window, and to the first picture of a city; idle load of the open window."""

from __future__ import annotations

import tempfile

from bench.measure import Row
from bench.window import measured, shanghai


def rows(quick: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as home:
        measured(["demo:2"], home=home)  # byte code and file cache
        empty = measured([], home=home)
        found = [Row("window", "no city", empty["window_s"], "s")]
        real = shanghai()
        if real is not None:
            with tempfile.TemporaryDirectory() as cold:
                first = measured([str(real)], home=cold)
                again = measured([str(real)], home=cold)
            found += [
                Row("first picture, cold", "Shanghai OSM layers", first["first_picture_s"], "s"),
                Row("first picture, from cache", "Shanghai OSM layers", again["first_picture_s"], "s"),
            ]
        if not quick:
            made = measured(["demo"], home=home)
            found.append(Row("first picture, city made anew", "demo city", made["first_picture_s"], "s"))
            demo = measured(["demo"], home=home)
            found += [
                Row("first picture, from cache", "demo city", demo["first_picture_s"], "s"),
                Row("idle CPU", "demo city", demo["idle_cpu_percent"], "%"),
                Row("peak memory", "demo city", demo["peak_mb"], "MB"),
            ]
    return found

"""Failures through power, water, dependencies and people: one on Micropolis, and which of the demonstration city's objects hurts most."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from bench.measure import Row
from twin.city.city import City
from twin.city.demo import demo_city
from twin.scenario.criticality import MOST, RUN_WHOLE, candidates, ranking, run_whole
from twin.scenario.scenario import Hazard, Head, Outputs, Scenario


def rows(quick: bool) -> list[Row]:
    return [*_micropolis(), *_demo(quick)]


def _run(city: City, objects: str, hours: float, coupling_s: float) -> float:
    """Wall time of a run, everything set up anew."""
    from twin.scenario.engine import run
    from twin.scenario.events import Finished

    scenario = Scenario(
        schema=1, scenario=Head(name="out", duration=hours * 3600.0, coupling=coupling_s),
        hazard=[
            Hazard(id="out", model="failure", params={"objects": objects, "begin": 0.0, "damaged": True}),
            Hazard(id="crews", model="repairs", params={f"crews_{t}": 0 for t in ("power", "water", "roads", "sites")}),
        ],
        outputs=Outputs(interval=3600.0),
    )  # fmt: skip
    begin = time.perf_counter()
    for event in run(city, scenario, use_cache=False):
        if isinstance(event, Finished) and not event.ok:
            raise RuntimeError(event.message)
    return time.perf_counter() - begin


def _micropolis() -> list[Row]:
    """The grid connection of Micropolis out for a day: power, 3 motors, 8 pumps, water by EPANET step by step."""
    from tests.infrarisk_city import micropolis

    data = Path(os.environ.get("TWIN_TEST_DATA", "../shared/data"))
    if not (data / "infrarisk" / "micropolis").is_dir():
        return []
    with tempfile.TemporaryDirectory() as folder:
        city = micropolis(data, Path(folder))
    nodes = city.networks["power"].nodes
    grid = ",".join(nodes.loc[nodes["kind"] == "grid", "id"])
    _run(city, grid, 1, 3600.0)  # processes are up, kernels are compiled
    taken = sorted(_run(city, grid, 24, 900.0) for _ in range(3))[1]
    return [Row("grid connection out, 24 h in steps of 15 min", "Micropolis: 1,225 buses, 1,577 water nodes", taken, "s")]


def _demo(quick: bool) -> list[Row]:
    city = demo_city()
    _run(city, "substation/5", 1, 3600.0)
    one = _run(city, "substation/5", 24, 900.0)
    begin = time.perf_counter()
    found = ranking(city)
    screened = time.perf_counter() - begin
    worst = 4 if quick else RUN_WHOLE
    begin = time.perf_counter()
    run_whole(city, found, worst)
    whole = time.perf_counter() - begin
    from twin.city.assets import Assets

    count = min(MOST, len(candidates(city, Assets.of(city))))
    size = "demonstration city: 6,600 parts of networks"
    return [
        Row("one substation out, 24 h in steps of 15 min", size, one, "s"),
        Row(f"{count} single failures screened, 24 h each", size, screened, "s"),
        Row(f"the worst {worst} run whole, 24 h each", size, whole, "s"),
    ]

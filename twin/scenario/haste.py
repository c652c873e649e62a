"""A scenario on coarse cells: an answer within seconds, to explore with while the full one is computed."""

from __future__ import annotations

import math

from twin.city.city import City
from twin.models.base import Model, models
from twin.scenario.plan import chosen_models
from twin.scenario.scenario import Hazard, Scenario

PREVIEW_CELLS = 16_000
"""Cells of a preview: 25 km2 at 40 m."""
QUICK = {"scheme": "local_inertial", "sewer": "sink"}
"""What is left out of a preview, where a model has it."""
COUPLING_S = 300.0
"""Roads and buildings look at the water no oftener in a preview."""
FOLLOW = ("roads", "impact")
"""What joins a preview by itself; power, water and whoever leans on them wait for the full run."""


def preview_of(city: City, scenario: Scenario) -> tuple[Scenario, float]:
    """The same scenario on cells so large that there are PREVIEW_CELLS at most, and their size in m; 0 where no model has cells."""
    x0, y0, x1, y1 = city.core_bounds
    wanted = math.sqrt(max((x1 - x0) * (y1 - y0), 1.0) / PREVIEW_CELLS)
    quick, largest = scenario.model_copy(deep=True), 0.0
    for hazard in quick.hazard:
        model = models().get(hazard.model)
        if model is None:
            continue
        cell = _cell_of(model, hazard.params, wanted)
        if cell > 0:
            known = {p.name: p for p in model.params}
            left_out = {k: v for k, v in QUICK.items() if k in known and v in known[k].choices}
            hazard.params = {**hazard.params, **left_out, "cell_m": cell}
            largest = max(largest, cell)
    quick.scenario.coupling = max(quick.scenario.coupling, min(COUPLING_S, quick.outputs.interval))
    named = {h.model for h in quick.hazard}
    joining = {m.name for _, m, _ in chosen_models(scenario, city)}
    quick.hazard += [Hazard(id=name, model=name) for name in FOLLOW if name in joining - named]
    quick.outputs.follow = "named"
    return quick, largest


def _cell_of(model: type[Model], params: dict[str, object], wanted: float) -> float:
    """Size that a model's cells get: never smaller than asked for, never larger than it takes."""
    p = next((p for p in model.params if p.name == "cell_m"), None)
    if p is None:
        return 0.0
    own = float(p.checked(params.get("cell_m", p.default)))
    return max(own, min(math.ceil(wanted / 5) * 5.0, p.high if p.high is not None else wanted))

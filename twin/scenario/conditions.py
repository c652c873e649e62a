"""`when` of a trigger: "id.quantity > number", read by a pattern and never evaluated as code."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely

from twin.city.city import City
from twin.errors import ScenarioError
from twin.quantities import quantities
from twin.scenario.events import Field

_FORM = re.compile(r"^\s*(\S+)\.([A-Za-z_]\w*)\s*(>=|<=|==|!=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne,
}
LEVEL = "water_level_m"
"""Water surface at a place, metres in the city's vertical datum; from `water_depth` and the ground."""


@dataclass(frozen=True)
class Condition:
    """object: an object's id, or "city" for an indicator. row: of the object table where the quantity lies on objects,
    else -1 and the quantity is taken at point (local metres)."""

    text: str
    object: str
    quantity: str
    compare: str
    number: float
    row: int = -1
    point: tuple[float, float] = (0.0, 0.0)
    ground_z: float = 0.0

    @staticmethod
    def parse(text: str, city: City, gives: set[str], where: str = "") -> Condition:
        """Raises ScenarioError for a form, an object or a quantity that is not known in this run."""
        match = _FORM.match(text)
        if not match:
            form = "Write it as id.quantity > number, for example road/12.road_state >= 2."
            raise ScenarioError(f"The condition '{text}' is not understood", where=where, do=form)
        id, name, sign, number = match.groups()
        base = Condition(text, id, name, sign, float(number))
        if id == "city":
            return base
        grid_name = "water_depth" if name == LEVEL else name
        if grid_name not in gives:
            known = ", ".join(sorted(gives | ({LEVEL} if "water_depth" in gives else set())))
            raise ScenarioError(f"No model of this run gives '{name}'", where=where, do=f"It can ask for: {known}.")
        support = quantities()[grid_name].support
        if support == "grid":
            x, y = _place(id, city, where)
            return Condition(text, id, name, sign, float(number), -1, (x, y), float(city.ground_z(x, y)))
        return Condition(text, id, name, sign, float(number), _row(id, support, city, where))

    def holds(self, fields: Mapping[str, Field], indicators: Mapping[str, float]) -> bool:
        """Whether it is true now. Raises ScenarioError for an indicator that no model of the run has."""
        if self.object == "city":
            if self.quantity not in indicators:
                known = ", ".join(sorted(indicators))
                raise ScenarioError(f"No model of this run has the indicator '{self.quantity}'", where=self.text, do=f"There are: {known}.")
            value = indicators[self.quantity]
        else:
            field = fields.get("water_depth" if self.quantity == LEVEL else self.quantity)
            if field is None:
                return False
            if field.grid is not None:
                row, column = field.grid.cell_of(*self.point)
                value = float(field.array[row, column]) if row >= 0 else np.nan
                if self.quantity == LEVEL and value > 0:
                    value += self.ground_z
                elif self.quantity == LEVEL:
                    return False
            else:
                value = float(field.array[self.row])
        return bool(_COMPARE[self.compare](value, self.number)) if np.isfinite(value) else False


def _row(id: str, support: str, city: City, where: str) -> int:
    """Row of an object in the table of a support."""
    if support == "building":
        ids = city.buildings.ids
    else:
        part, _, network = support.partition(":")
        net = city.networks.get(network)
        table = None if net is None else (net.edges if part == "edge" else net.nodes)
        ids = np.empty(0, object) if table is None else table["id"].to_numpy(object)
    rows = np.flatnonzero(ids == id)
    if not len(rows):
        raise ScenarioError(f"There is no object '{id}' with that quantity", where=where, do="Pick the object in the view to see its id.")
    return int(rows[0])


def _place(id: str, city: City, where: str) -> tuple[float, float]:
    """A point of an object: of a building or a feature of any layer."""
    candidates = [(city.buildings.ids, city.buildings.footprints)] if len(city.buildings) else []
    candidates += [(f.ids, f.geometry) for f in city.layers.values() if len(f)]
    for ids, shapes in candidates:
        rows = np.flatnonzero(ids == id)
        if len(rows):
            point = shapely.point_on_surface(shapes[rows[0]])
            return float(point.x), float(point.y)
    raise ScenarioError(f"There is no object '{id}'", where=where, do="Pick the object in the view to see its id.")

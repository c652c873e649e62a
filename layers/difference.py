"""What a measure changes: other minus base, blue for less and brown for more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Drape, Drawing
from layers.fields import near_shown, spread_out
from layers.ground import Ground
from layers.layer import Layer
from layers.results import BuildingResultLayer, EdgeResultLayer, PlaceResultLayer, places_of
from layers.style import Style, ramp
from twin.city.city import City
from twin.quantities import quantities
from twin.scenario.events import Field

if TYPE_CHECKING:
    from twin.scenario.compare import Comparison


class DifferenceLayer(Layer):
    """A grid of differences, symmetric about zero; what hardly changed is not drawn.

    field: grid-supported Field of other - base. Raises ValueError for a field without a grid.
    """

    def __init__(self, city: City, field: Field, title: str = "", **options: Any) -> None:
        if field.grid is None:
            raise ValueError(f"'{field.quantity}' is not a grid")
        q = quantities().get(field.quantity)
        values = np.asarray(field.array, np.float32)
        known = np.abs(values[np.isfinite(values) & (np.abs(values) > 1e-6)])
        most = float(np.percentile(known, 98)) if len(known) else 1.0
        unit, name = (q.unit, q.title["en"]) if q else ("", field.quantity)
        style = Style(kind="graduated", field=field.quantity, palette="vik", low=-_nice(most), high=_nice(most), unit=unit)
        super().__init__(f"difference-{field.quantity}", title or f"Change: {name}", "results", style=style, order=15, **options)
        self._grid, self._values, self._z = field.grid, values, Ground.of(city).on(field.grid) + np.float32(0.05)
        self._version = 0
        self._shown: Drape | None = None
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        if aspect == "style":
            self._version += 1
            self._shown = None

    def draw(self) -> list[Drawing]:
        if self._shown is None:
            s = self.style
            span = (s.high - s.low) or 1.0
            with np.errstate(invalid="ignore"):
                known = np.isfinite(self._values) & (np.abs(self._values) > 0.02 * span / 2)
            table = np.round(ramp(s.palette, np.linspace(0, 1, 256)) * 255).astype(np.uint8)
            spread = spread_out(self._values, known)
            rgba = np.empty((*self._grid.shape, 4), np.uint8)
            rgba[..., :3] = table[np.clip((spread - s.low) / span * 255, 0, 255).astype(np.uint8)]
            # Small changes stay pale: strength grows with size.
            rgba[..., 3] = np.where(known, np.clip(90 + 300 * np.abs(spread) / (span / 2), 0, 235), 0).astype(np.uint8)
            self._shown = Drape(self.id, self._version, 0, grid=self._grid, z=near_shown(self._z, known), rgba=rgba, material="data")
        self._shown.opacity, self._shown.order = self.opacity, self.order
        return [self._shown]

    def table(self) -> pd.DataFrame:
        return pd.DataFrame({"id": []})

    def fields(self) -> list[str]:
        return []

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        x0, y0, x1, y1 = self._grid.bounds
        return x0, x1, y0, y1, float(self._z.min()), float(self._z.max())


def _nice(value: float) -> float:
    """The next of 1, 2, 5 x 10^n not below a value."""
    if not value > 0:
        return 1.0
    ten = 10.0 ** np.floor(np.log10(value))
    return float(next(k * ten for k in (1, 2, 5, 10) if k * ten >= value * 0.999))


class _OneField:
    """A FieldStore that holds one field."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self.times: list[float] = [0.0]

    def quantities(self) -> list[str]:
        return [self._field.quantity]

    def at(self, quantity: str, time_s: float | None = None) -> Field | None:
        return self._field if quantity == self._field.quantity else None


def difference_layer(city: City, change: Field | Comparison, what: str = "") -> Layer:
    """Layer of what changes: a Field of `Comparison.difference` (what: its title), or a Comparison (what: the quantity).

    Raises ScenarioError for a quantity only one side has, ValueError for one of objects that the city does not have.
    """
    field, title = (change, what) if isinstance(change, Field) else (change.difference(what), "")
    if field.support == "grid":
        return DifferenceLayer(city, field, title)
    q = quantities()[field.quantity]
    known = np.abs(np.asarray(field.array, float))
    known = known[np.isfinite(known) & (known > 1e-9)]
    most = _nice(float(np.percentile(known, 98)) if len(known) else 1.0)
    style = Style(kind="graduated", field=q.name, palette="vik", low=-most, high=most, unit=q.unit)
    layer: Layer
    if field.support == "building":
        layer = BuildingResultLayer(city, _OneField(field), q, signed=True, style=style, order=30)
    elif field.support.startswith("edge:") and field.support[5:] in city.networks:
        layer = EdgeResultLayer(city, Ground.of(city), _OneField(field), q, signed=True, style=style, order=18)
    elif (places := places_of(city, field.support)) is not None:
        layer = PlaceResultLayer(places, Ground.of(city), _OneField(field), q, signed=True, style=style, order=21)
    else:
        raise ValueError(f"there is no layer for differences on '{field.support}'")
    layer.id, layer.title = f"difference-{field.quantity}", title or f"Change: {q.title['en']}"
    return layer

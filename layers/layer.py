"""Layer: the model of what is shown, observable, without any toolkit.

The scene listens to `changed` (aspect: "visible", "opacity", "order", "style", "data", "selection", "quiet"); one method `draw`
says everything there is to draw now.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import Signal

from layers.drawing import Drawing
from layers.legend import Legend, LegendEntry
from layers.style import Style, ramp

GROUPS = ("results", "live", "city", "networks", "facilities", "base")


def ascending(rows: Any) -> NDArray[np.int32]:
    """Rows in ascending order, each once; those that are so already cost nothing, be they a million."""
    found = np.asarray(rows, np.int32)
    return found if bool((found[1:] > found[:-1]).all()) else np.unique(found)


class Layer:
    """id: stable name (project files, command line); title: what people read; group: one of GROUPS.

    Subclasses give `draw`, `table`, `geometry_bounds`; and `values(field)` if they can be coloured by an attribute.
    """

    changed = Signal(str)
    moves_within_m = 0.0
    """Something in it moves by itself, and is seen to move by an eye so near to what it looks at; 0: it stands still."""
    has_materials = False
    """Its colours are those of materials (walls, roofs), which a plain look leaves out."""
    theme = ""
    """What a result is about, of assets/tables/themes.toml: results are listed by it where there are many."""
    caution = ""
    """What every picture with it says beside its credits."""
    can_be_deep = False
    is_buried = False
    """Below ground, drawn on it as on a map: not seen by an eye in the street."""

    def __init__(
        self, id: str, title: str, group: str, *, style: Style | None = None, visible: bool = True, order: int = 0, source: str = ""
    ) -> None:
        self.id, self.title, self.group, self.source = id, title, group, source
        self._visible, self._opacity, self._order = visible, 1.0, order
        self._style = style or Style()
        self.selected: NDArray[np.int32] = np.empty(0, np.int32)
        self.time_s: float | None = None
        self._quiet = self._plain = self._below = False

    @property
    def has_source_colors(self) -> bool:
        """Whether its source gives faces colours of their own (materials, textures)."""
        return False

    @property
    def quiet(self) -> bool:
        """Stepping back, so that results over it carry the colour; layers that cannot do it stay as they are."""
        return self._quiet

    @quiet.setter
    def quiet(self, value: bool) -> None:
        if value != self._quiet:
            self._quiet = value
            if self.group not in ("results", "live"):
                self.changed.emit("quiet")

    @property
    def carries_data(self) -> bool:
        """Whether its colours mean something: no look of the city and no hour changes them."""
        return self.group == "results"

    @property
    def plain(self) -> bool:
        """Drawn as if of one material, where a look of the city wants it so; layers that have no materials stay as they are."""
        return self._plain

    @plain.setter
    def plain(self, value: bool) -> None:
        if value != self._plain:
            self._plain = value
            if self.has_materials:
                self.changed.emit("quiet")

    @property
    def below(self) -> bool:
        """The ground is faded: what lies below it is shown at its depth, where the layer can do that."""
        return self._below

    @below.setter
    def below(self, value: bool) -> None:
        if value != self._below:
            self._below = value
            if self.can_be_deep:
                self.changed.emit("data")

    @property
    def visible(self) -> bool:
        return self._visible

    @visible.setter
    def visible(self, value: bool) -> None:
        if value != self._visible:
            self._visible = value
            self.changed.emit("visible")

    @property
    def opacity(self) -> float:
        return self._opacity

    @opacity.setter
    def opacity(self, value: float) -> None:
        value = min(1.0, max(0.0, float(value)))
        if value != self._opacity:
            self._opacity = value
            self.changed.emit("opacity")

    @property
    def order(self) -> int:
        return self._order

    @order.setter
    def order(self, value: int) -> None:
        if value != self._order:
            self._order = value
            self.changed.emit("order")

    @property
    def style(self) -> Style:
        return self._style

    @style.setter
    def style(self, value: Style) -> None:
        if value != self._style:
            self._style = value
            self.changed.emit("style")

    def select(self, rows: Any) -> None:
        """Highlight table rows."""
        self.selected = ascending(rows)
        self.changed.emit("selection")

    def set_time(self, time_s: float) -> None:
        """Layers with a series show the moment time_s; the others ignore it."""
        self.time_s = time_s

    def draw(self) -> list[Drawing]:
        """Everything to draw now, drawn in the style of now."""
        raise NotImplementedError

    def table(self) -> pd.DataFrame:
        """Rows a person can read, `id` first; empty where the layer has no objects."""
        return pd.DataFrame({"id": []})

    def some(self, rows: Any) -> pd.DataFrame:
        """Some rows of the table, numbered anew."""
        return self.table().iloc[np.asarray(rows, np.int64)].reset_index(drop=True)

    def attributes(self, row: int) -> dict[str, Any]:
        """Everything known of one object, for the inspector."""
        return {str(k): v for k, v in self.table().iloc[row].items()}

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.table())

    def columns(self) -> list[str]:
        """Everything rows can be chosen by, the source's own fields too."""
        return [str(c) for c in self.table().columns]

    def column(self, name: str) -> NDArray[Any]:
        """One of `columns`."""
        return np.asarray(self.table()[name].to_numpy())

    def shapes(self) -> NDArray[np.object_] | None:
        """Shapely geometry of all rows, local metres; None where rows have none."""
        return None

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        """min x, max x, min y, max y, min z, max z of the layer or of some rows; None for nothing."""
        return None

    def fields(self) -> list[str]:
        """Columns it can be coloured by."""
        table = self.table()
        return [c for c in table.columns if c not in ("id", "name")]

    def values(self, field: str) -> NDArray[Any]:
        return np.asarray(self.table()[field].to_numpy())

    def legend(self) -> Legend:
        s = self.style
        if s.kind == "graduated":
            t = np.linspace(0, 1, s.classes or 32)
            colors = tuple("#" + "".join(f"{round(v * 255):02x}" for v in c) for c in ramp(s.palette, t))
            return Legend(self.title, s.unit, s.low, s.high, colors)
        if s.kind == "categorised":
            return Legend(self.title, s.unit, entries=tuple(LegendEntry(color, value) for value, color in s.categories))
        return Legend(self.title, entries=(LegendEntry(s.color, self.title),))

    def legends(self) -> list[Legend]:
        """All that the picture explains: `legend`, and of what else is drawn."""
        return [self.legend()]

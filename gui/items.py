"""Qt item models: a table of any size over a pandas frame, sorted and filtered without copying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from gui.i18n import declared

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
Role = Qt.ItemDataRole


def shown(value: Any) -> str:
    """A cell as a person reads it: nothing for what is missing, at most six figures."""
    if value is None:
        return ""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "✓" if value else "–"
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        if value != value:
            return ""
        if value == int(value) and abs(value) < 1e15:
            return f"{int(value):,}"
        text = f"{value:,.3f}" if abs(value) < 10 else f"{value:,.1f}"
        return text.rstrip("0").rstrip(".")
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


UNIT_OF = {"m": "m", "m3s": "m³/s", "kmh": "km/h", "s": "s", "mm": "mm", "m2": "m²"}
OURS = (
    "height_m", "height_source", "ground_z_m", "storeys", "use", "year", "structure", "people_day", "people_night", "value", "source",
    "parts", "class", "lanes", "speed_kmh", "length_m", "oneway", "bridge", "tunnel", "capacity", "capacity_m3s", "on", "crest_z_m",
    "level_m", "levels", "id", "name", "kind", "cost", "form", "floor_m2", "state", "simulated", "topic", "road", "observed", "unit",
    "age_s", "quality", "place", "trend",
)  # fmt: skip
"""Columns of the city's own tables; a source's own fields keep their names."""


WORDS = ("kind", "input", "effect", "use", "structure", "class", "state", "height_source", "form", "roof_shape", "quality")
"""Columns whose values are words of ours or of OpenStreetMap."""


def said_value(column: str, value: Any) -> str:
    """A value as people read it: words translated where we know them, without underscores."""
    text = shown(value)
    if column == "year":
        return text.replace(",", "")
    if not isinstance(value, str) or not (column in WORDS or column.endswith(", quality")):
        return text
    return declared(text.replace("_", " "))


def heading(column: str) -> str:
    """A column as people read it."""
    if ", " in column:  # a sensor's "Traffic, age"
        return ", ".join(declared(part) for part in column.split(", "))
    said = declared(column)
    if said != column or column not in OURS:
        return said
    words, _, last = column.rpartition("_")
    text = f"{words} ({UNIT_OF[last]})" if words and last in UNIT_OF else column
    text = text.replace("_z (", " level (").replace("_", " ")
    return text[:1].upper() + text[1:]


LARGE = 50_000
"""Rows of a table whose texts a worker makes ready."""


def texts_of(frame: pd.DataFrame) -> list[Any]:
    """Columns of text as Arrow dictionaries, in which a word is found in a million rows in some hundredths of a second."""
    import pyarrow as pa

    columns = [frame.iloc[:, i].to_numpy() for i in range(frame.shape[1])]
    texts = [c for c in columns if c.dtype.kind in "OUS"] or columns[:1]
    return [pa.array([str(v) for v in c] if c.dtype.kind == "O" else c.astype(str)).dictionary_encode() for c in texts]


class FrameModel(QAbstractTableModel):
    """Rows of a DataFrame through an order: `order[i]` is the table row shown at place i."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._frame: pd.DataFrame | None = None
        self._columns: list[Any] = []
        self._years: set[int] = set()
        self._needle, self._sort = "", (-1, Qt.SortOrder.AscendingOrder)
        self._hits: NDArray[np.bool_] | None = None
        self._only: NDArray[Any] | None = None
        self.trouble = ""
        """Why the condition filters nothing."""
        self._order: NDArray[np.int64] | None = None
        self._texts: Any = None

    def set_frame(self, frame: pd.DataFrame | None) -> None:
        self.beginResetModel()
        self._frame, self._needle, self._sort, self._texts = frame, "", (-1, Qt.SortOrder.AscendingOrder), None
        self._only = self._hits = None
        self._columns = [] if frame is None else [frame.iloc[:, i].to_numpy() for i in range(frame.shape[1])]
        self._years = set() if frame is None else {i for i, c in enumerate(frame.columns) if str(c) in ("year", "levels", "storeys")}
        self._reorder()
        self.endResetModel()

    @property
    def frame(self) -> pd.DataFrame | None:
        return self._frame

    @property
    def has_texts(self) -> bool:
        """Whether words are found at once; else `texts_of` the frame is to be given to `take_texts` first, where it is large."""
        return self._texts is not None or self._frame is None or len(self._frame) < LARGE

    def take_texts(self, frame: pd.DataFrame, texts: list[Any]) -> None:
        """What a worker has made with `texts_of`; nothing where another table has come since."""
        if frame is self._frame:
            self._texts = texts

    def filter(self, needle: str) -> None:
        """Keep rows that hold the words anywhere, upper and lower case alike, or that meet a condition (twin.city.where)."""
        self.beginResetModel()
        self._needle, self.trouble = needle.strip(), ""
        self._hits = self._matches() if self._needle and self._frame is not None else None
        self._reorder()
        self.endResetModel()

    def keep(self, rows: Any) -> None:
        """Show these table rows only; None: all of them."""
        self.beginResetModel()
        self._only = rows
        self._reorder()
        self.endResetModel()

    @property
    def order(self) -> NDArray[np.int64]:
        """Table rows in the order they are shown."""
        import numpy as np

        return np.empty(0, np.int64) if self._order is None else self._order

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.beginResetModel()
        self._sort = (column, order)
        self._reorder()
        self.endResetModel()

    def table_row(self, place: int) -> int:
        assert self._order is not None
        return int(self._order[place])

    def places_of(self, rows: Any) -> NDArray[np.int64]:
        """Places where table rows are shown; those filtered away are left out."""
        import numpy as np

        if self._order is None or self._frame is None:
            return np.empty(0, np.int64)
        wanted = np.zeros(len(self._frame), bool)
        index = np.asarray(rows, np.int64)
        wanted[index[index < len(wanted)]] = True
        return np.nonzero(wanted[self._order])[0]

    def _reorder(self) -> None:
        import numpy as np

        if self._frame is None:
            self._order = None
            return
        keep = np.nonzero(self._hits)[0] if self._hits is not None else np.arange(len(self._frame))
        if self._only is not None:
            keep = keep[np.isin(keep, self._only)]
        column, direction = self._sort
        if 0 <= column < len(self._columns):
            values = self._columns[column][keep]
            keys = values.astype(float) if values.dtype.kind in "fiub" else np.array([str(v).casefold() for v in values])
            order = np.argsort(keys, kind="stable")
            if direction == Qt.SortOrder.DescendingOrder:
                order = order[::-1]
                if keys.dtype.kind == "f":  # what is missing stays last
                    order = np.concatenate([order[~np.isnan(keys[order])], order[np.isnan(keys[order])]])
            keep = keep[order]
        self._order = keep

    def _matches(self) -> Any:
        import numpy as np

        from twin.city.where import is_condition, rows_where
        from twin.errors import InputError

        assert self._frame is not None
        frame, names = self._frame, [str(c) for c in self._frame.columns]
        if is_condition(self._needle, names):
            try:
                return rows_where(self._needle, names, lambda name: frame[name].to_numpy(), len(frame))
            except InputError as error:  # still being written
                self.trouble = str(error)
                return np.ones(len(frame), bool)
        import pyarrow.compute as pc

        if self._texts is None:
            self._texts = texts_of(self._frame)
        found = np.ones(len(self._frame), bool)
        for word in self._needle.split():
            here = np.zeros(len(self._frame), bool)
            for column in self._texts:
                hit = pc.match_substring(column.dictionary, word, ignore_case=True).to_numpy(zero_copy_only=False)
                here |= hit[column.indices.to_numpy()]
            found &= here
        return found

    # Qt asks
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() or self._order is None else len(self._order)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        if not index.isValid() or self._order is None:
            return None
        if role == Role.DisplayRole or role == Role.ToolTipRole:
            value = self._columns[index.column()][self._order[index.row()]]
            if index.column() in self._years and isinstance(value, float) and value == value:
                return str(int(value))
            return shown(value)
        if role == Role.TextAlignmentRole and self._columns[index.column()].dtype.kind in "fiu":
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and self._frame is not None:
            name = str(self._frame.columns[section])
            if role == Role.DisplayRole:
                return heading(name)
            if role == Role.ToolTipRole:
                return name
            if role == Role.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

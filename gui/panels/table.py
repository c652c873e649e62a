"""Attribute table of any layer: sorted, filtered, its selection the same as in the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHBoxLayout, QLabel, QLineEdit, QTableView, QToolButton, QVBoxLayout, QWidget

from gui.i18n import declared, language, say, tr
from gui.items import FrameModel, texts_of
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.session import Session
    from layers.layer import Layer

FILTER_MS = 150
MOST_RUNS = 2_000
"""Pieces of a selection that are marked in the table."""


class TablePanel(QWidget):
    """The table of a layer is made in a worker; the model reads it without copying."""

    zoom_to = Signal(object, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.layer: Layer | None = None
        self._ours = False
        self.model = FrameModel(self)
        self.view = QTableView()
        self.view.setModel(self.model)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.view.setAlternatingRowColors(True)
        self.view.setShowGrid(False)
        self.view.setWordWrap(False)
        self.view.verticalHeader().hide()
        self.view.verticalHeader().setDefaultSectionSize(26)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.doubleClicked.connect(lambda index: self.layer and self.zoom_to.emit(self.layer, [self.model.table_row(index.row())]))
        say(self.view.setAccessibleName, "Attribute table")
        self.view.selectionModel().selectionChanged.connect(self._picked)
        self.which = QComboBox()
        self.which.setMinimumWidth(190)
        say(self.which.setAccessibleName, "Layer")
        self.which.currentIndexChanged.connect(lambda: self.show_layer(self.which.currentData()))
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        say(self.filter.setPlaceholderText, "Filter: words, or height_m > 100 and use = office")
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(FILTER_MS)
        self._wait.timeout.connect(self._filter)
        self.filter.textChanged.connect(self._wait.start)
        self.count = QLabel(objectName="quiet")
        self.fly = QToolButton()
        say(self.fly.setToolTip, "Fly to the rows selected")
        self.fly.clicked.connect(lambda: self.layer and self.zoom_to.emit(self.layer, self._rows()))
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(8)
        bar.addWidget(self.which)
        self.only, self.take = QToolButton(), QToolButton()
        self.only.setCheckable(True)
        say(self.only.setToolTip, "Show only the rows selected")
        say(self.take.setToolTip, "Select all rows shown")
        self.only.toggled.connect(self._keep)
        self.take.clicked.connect(self._take_shown)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.count)
        bar.addWidget(self.take)
        bar.addWidget(self.only)
        bar.addWidget(self.fly)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.view, 1)
        session.layers_changed.connect(self._layers)
        session.selected_changed.connect(self._selected)
        language.changed.connect(self._layers)
        look.changed.connect(self._paint_icons)
        self._paint_icons()

    def show_something(self, seen: bool = True) -> None:
        """Not an empty table: that of the thing selected, else the buildings, else the topmost layer."""
        if seen and self.layer is None and self.session.layers:
            chosen = self.session.selected[0]
            self.show_layer(chosen or next((x for x in self.session.layers if x.id == "buildings"), self.session.layers[-1]))

    def show_layer(self, layer: Layer | None) -> None:
        """Make the table of a layer, in a worker, and show it."""
        if layer is self.layer or layer is None:
            return
        self.layer = layer
        at = self.which.findData(layer)
        self.which.blockSignals(True)
        self.which.setCurrentIndex(at)
        self.which.blockSignals(False)
        self.model.set_frame(None)
        self.count.setText("…")

        def work(_: Control) -> Any:
            return layer.table()

        def done(frame: Any) -> None:
            if self.layer is layer:
                self._wait.stop()
                self.filter.blockSignals(True)
                self.filter.clear()
                self.filter.blockSignals(False)
                self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
                self.model.set_frame(frame)
                self.only.setChecked(False)
                self._widths()
                self._counted()
                self._selected(*self.session.selected)

        self.session.jobs.start(tr("Table of {layer}", layer=layer.title), work, quiet=True, done=done, failed=self.session.notices.trouble)

    def _layers(self, *_: Any) -> None:
        now = self.layer
        self.which.blockSignals(True)
        self.which.clear()
        for layer in self.session.layers:
            self.which.addItem(declared(layer.title), layer)
        self.which.setCurrentIndex(self.which.findData(now) if now is not None else -1)
        self.which.blockSignals(False)
        if now is not None and now not in self.session.layers:
            self.layer = None
            self.model.set_frame(None)
            self.count.setText("")
            again = self.session.layer(now.id)
            if again is not None:
                self.show_layer(again)

    def _filter(self) -> None:
        frame = self.model.frame
        needle = self.filter.text()
        if frame is not None and needle.strip() and not self.model.has_texts and not _is_condition(needle, frame):

            def done(texts: Any) -> None:
                self.model.take_texts(frame, texts)
                if self.model.frame is frame:
                    self._filter()

            self.session.jobs.start(tr("Table"), lambda _: texts_of(frame), quiet=True, done=done, failed=self.session.notices.trouble)
            return
        self.model.filter(needle)
        self.filter.setToolTip(self.model.trouble)
        self._counted()
        self._selected(*self.session.selected)

    def _counted(self) -> None:
        frame = self.model.frame
        total, here = 0 if frame is None else len(frame), self.model.rowCount()
        text = tr("{n:,} rows", n=total) if here == total else tr("{k:,} of {n:,} rows", k=here, n=total)
        layer, rows = self.session.selected
        if layer is not None and layer is self.layer and len(rows):
            text += "  ·  " + tr("{n:,} selected", n=len(rows))
        self.count.setText(text)

    def _widths(self) -> None:
        metrics = self.view.fontMetrics()
        for column in range(self.model.columnCount()):
            texts = [str(self.model.headerData(column, Qt.Orientation.Horizontal)) + "MM"]
            texts += [str(self.model.index(r, column).data() or "") for r in range(min(30, self.model.rowCount()))]
            self.view.setColumnWidth(column, min(260, max(metrics.horizontalAdvance(t) for t in texts) + 30))

    def _rows(self) -> Any:
        """Table rows selected here, ascending; by runs, for there may be a million."""
        import numpy as np

        order = self.model.order
        runs = [order[r.top() : r.bottom() + 1] for r in self.view.selectionModel().selection()]
        return np.unique(np.concatenate(runs)) if runs else np.empty(0, np.int64)

    def _keep(self, on: bool) -> None:
        """Only the rows selected, or all of them again."""
        layer, rows = self.session.selected
        self.model.keep(rows if on and layer is self.layer and self.layer is not None else None)
        self._counted()
        self._selected(*self.session.selected)

    def _take_shown(self) -> None:
        import numpy as np

        if self.layer is not None and len(self.model.order):
            self.session.select(self.layer, np.sort(self.model.order))

    def _picked(self, *_: Any) -> None:
        if self._ours or self.layer is None:
            return
        self._ours = True
        rows = self._rows()
        if len(rows):
            self.session.select(self.layer, rows)
        else:
            self.session.clear_selection()
        self._ours = False
        self._counted()

    def _selected(self, layer: Layer | None, rows: Any) -> None:
        if self._ours:
            return
        self._ours = True
        chosen = QItemSelection()
        places = self.model.places_of(rows) if layer is not None and layer is self.layer else []
        last = max(0, self.model.columnCount() - 1)
        for first, end in _runs(places)[:MOST_RUNS]:  # a selection in more pieces is shown in the view only
            chosen.select(self.model.index(first, 0), self.model.index(end, last))
        self.view.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if len(places):
            self.view.selectionModel().setCurrentIndex(self.model.index(int(places[0]), 0), QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(self.model.index(int(places[0]), 0), QAbstractItemView.ScrollHint.PositionAtCenter)
        self._ours = False
        self._counted()

    def keyPressEvent(self, event: Any) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)

    def _copy(self) -> None:
        frame = self.model.frame
        if frame is not None:
            QGuiApplication.clipboard().setText(frame.iloc[self._rows()].to_csv(sep="\t", index=False))

    def _paint_icons(self, *_: Any) -> None:
        self.fly.setIcon(icon("ph.crosshair-simple"))
        self.only.setIcon(icon("ph.funnel-simple"))
        self.take.setIcon(icon("ph.selection-all"))


def _runs(places: Any) -> list[tuple[int, int]]:
    """First and last of each run of neighbours among ascending numbers."""
    import numpy as np

    if not len(places):
        return []
    cut = np.flatnonzero(np.diff(places) > 1)
    starts, ends = np.append(places[0], places[cut + 1]), np.append(places[cut], places[-1])
    return [(int(a), int(z)) for a, z in zip(starts.tolist(), ends.tolist(), strict=True)]


def _is_condition(text: str, frame: Any) -> bool:
    from twin.city.where import is_condition

    return is_condition(text, [str(c) for c in frame.columns])

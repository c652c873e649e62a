"""The thing selected: every attribute, where it came from, what the scenario shown did to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.forms import UNITS
from gui.i18n import declared, language, say, titled, tr
from gui.items import heading, said_value, shown
from gui.panels.spreads import Spreads
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.consequences import Consequences
    from gui.jobs import Control
    from gui.session import Session
    from layers.layer import Layer


GAP_PX = 14
"""Between a key and its value."""
PADDING_PX, MOST_LINES = 8, 4
MOST_FOLLOWED = 12


class _Lines(QStyledItemDelegate):
    """Rows as high as their text needs in the width of its column; a style sheet would give each one line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        size, tree = super().sizeHint(option, index), self.parent()
        assert isinstance(tree, QTreeWidget)
        if not index.parent().isValid():
            return size
        width = tree.columnWidth(index.column()) - PADDING_PX - (2 * tree.indentation() if index.column() == 0 else 0)
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        box = tree.fontMetrics().boundingRect(QRect(0, 0, max(20, width), 10_000), Qt.TextFlag.TextWordWrap.value, text)
        lines = min(MOST_LINES, max(1, round(box.height() / tree.fontMetrics().lineSpacing())))
        return QSize(size.width(), size.height() + (lines - 1) * tree.fontMetrics().lineSpacing())


class _Attributes(QTreeWidget):
    """Keys have the room that they need, up to half; values take the rest, in several lines where they are long. Both columns stay in
    sight at any width; sized by itself, for the panel has a size before this is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setItemDelegate(_Lines(self))
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.header().setStretchLastSection(True)
        self.header().setMinimumSectionSize(20)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def fit(self) -> None:
        """Share the width out."""
        groups = [self.topLevelItem(i) for i in range(self.topLevelItemCount())]
        keys = [group.child(k).text(0) for group in groups for k in range(group.childCount())]
        needed = max((self.fontMetrics().horizontalAdvance(k) for k in keys), default=0) + 2 * self.indentation() + GAP_PX
        self.header().resizeSection(0, min(needed, self.viewport().width() // 2))
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self.fit()


class InspectorPanel(QWidget):
    """Reads the selection of the session; values copy with Ctrl+C."""

    zoom_to = Signal(object, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.title, self.subtitle = QLabel(objectName="title"), QLabel(objectName="quiet")
        for label in (self.title, self.subtitle):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.zoom = QToolButton()
        say(self.zoom.setToolTip, "Fly to it")
        self.zoom.clicked.connect(lambda: self.zoom_to.emit(*self.session.selected))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.zoom, 0, Qt.AlignmentFlag.AlignTop)
        self.tree = _Attributes()
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(8)
        self.tree.setRootIsDecorated(False)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        say(self.tree.setAccessibleName, "Attributes")
        self._box = QWidget()
        column = QVBoxLayout(self._box)
        column.setContentsMargins(12, 10, 6, 4)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.subtitle)
        column.addSpacing(6)
        column.addWidget(self.tree, 1)
        self.spreads = Spreads()
        self._wanted: object | None = None
        self._told_of: tuple[Any, Any] | None = None
        self._consequences: Consequences | None = None
        column.addWidget(self.spreads, 1)
        self.setMinimumWidth(self.fontMetrics().horizontalAdvance("0") * 20)
        self.empty = QLabel(objectName="quiet")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty.setContentsMargins(14, 12, 14, 12)
        say(self.empty.setText, "Click a building, road or other thing in the view, or a row of a table, to read all about it.")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.empty)
        outer.addWidget(self._box)
        for signal in (session.selected_changed, session.time_changed, session.store_changed, language.changed, look.changed):
            signal.connect(self.refresh)
        session.layer_changed.connect(self._layer_changed)
        self.refresh()

    def _layer_changed(self, layer: Layer, aspect: str) -> None:
        """A sensor's value is another one now."""
        if aspect == "data" and layer is self.session.selected[0]:
            at = self.tree.verticalScrollBar().value()
            self.refresh()
            self.tree.verticalScrollBar().setValue(at)

    def refresh(self, *_: Any) -> None:
        layer, rows = self.session.selected
        there = layer is not None and len(rows) > 0
        self.empty.setVisible(not there)
        self._box.setVisible(there)
        if not there:
            return
        assert layer is not None
        self.zoom.setIcon(icon("ph.crosshair-simple"))
        row = int(rows[0])
        attributes = layer.attributes(row)
        id = str(attributes.get("id", ""))
        name = str(attributes.get("name") or "") or id
        one = len(rows) == 1
        self.title.setText(name if one else tr("{n:,} selected", n=len(rows)))
        self.subtitle.setText("  ·  ".join(x for x in (declared(layer.title), id if id != name and one else "") if x))
        self.tree.clear()
        self.tree.setVisible(one)
        self.spreads.setVisible(not one)
        self._wanted = None
        if not one:
            if self._told_of is None or self._told_of[0] is not layer or self._told_of[1] is not rows:
                self.spreads.tell([])
            self._told_of = (layer, rows)
            self._summary(layer, rows)
            return
        city = self.session.city
        self._results(layer, row)
        self._why(layer, row, id)
        known = {k: v for k, v in attributes.items() if k not in ("id", "name", "source") and shown(v)}
        self._group(
            tr("Attributes"),
            [(heading(str(k)), said_value(str(k), v) if str(k) != "year" else str(v).removesuffix(".0")) for k, v in known.items()],
        )
        source = str(attributes.get("source") or layer.source)
        found = next((s for s in city.sources if s.name == source), None) if city is not None else None
        lines = [(tr("Name"), source)]
        if found is not None:
            lines += [
                (tr("Licence"), found.licence),
                (tr("Credit"), found.attribution),
                (tr("Date"), found.date),
                (tr("File"), found.path),
                (tr("Reference system"), found.crs or ""),
            ]
        self._group(tr("Source"), [(k, v) for k, v in lines if v])
        self.tree.fit()

    def _results(self, layer: Layer, row: int) -> None:
        """Fields of the result shown that speak of objects of this layer."""
        store = self.session.store
        support = support_of(layer)
        if self._consequences is not None and support != "building":
            found = self._consequences.part_of(str(layer.attributes(row).get("id", "")))
            support, row = found or (support, row)
        if store is None or not support:
            return
        from layers.results import INNER
        from twin.city.assets import FAILED
        from twin.quantities import quantities

        untold = {*FAILED.values(), *INNER}  # what models hand to one another; the state of a thing and its reasons say it better
        lines = []
        for name, q in quantities().items():
            if q.support == support and name in store.quantities() and name not in untold:
                field = store.at(name, self.session.time_s)
                if field is not None and row < len(field.array) and field.array[row] == field.array[row]:
                    value = field.array[row]
                    text = declared(q.states[int(value)]) if q.states and 0 <= int(value) < len(q.states) else shown(float(value))
                    unit = (self.session.city.currency if self.session.city else "") if q.unit == "currency" else UNITS.get(q.unit, q.unit)
                    lines.append((titled(q.title), f"{text} {unit if not q.states else ''}".strip()))
        self._group(tr("Result: {name}", name=self.session.current), lines)

    def explained_by(self, consequences: Consequences) -> None:
        """Where the reasons of what objects suffer come from."""
        self._consequences = consequences
        consequences.changed.connect(self.refresh)

    def _why(self, layer: Layer, row: int, id: str) -> None:
        """What the thing suffers from at this moment, and what that follows from; of a building, of what serves it."""
        c, at_s = self._consequences, self.session.time_s
        if c is None or not len(c.story):
            return
        lines = [line for cause in c.story.troubles(id, at_s) for line in c.lines(cause)]
        if not lines and support_of(layer) == "building":
            shape = layer.geometry(row)
            if shape is not None and not shape.is_empty:
                middle = shape.centroid
                for node in c.serving(middle.x, middle.y):
                    lines += c.lines(c.why(node, at_s))
        self._group(tr("Why?"), [(f"{at}  {name}", what) for at, name, what in lines])
        after = c.together(c.story.followed(id, at_s))
        self._group(tr("What followed"), [(f"{c.clock(r.first.at_s)}  {c.title(r)}", c.what(r.first)) for r in after[:MOST_FOLLOWED]])

    def _summary(self, layer: Layer, rows: Any) -> None:
        """Many rows in a few figures; read in a worker, for they may be a million."""
        wanted = object()
        self._wanted = wanted
        results = self._results_of(layer)

        def work(_: Control) -> Any:
            import pandas as pd

            from twin.city.summary import summary_of

            computed = pd.DataFrame({name: array[rows] for name, array in results.items() if len(array) > rows[-1]})
            return summary_of(computed) + summary_of(layer.some(rows))

        def done(told: Any) -> None:
            if self._wanted is wanted:
                self.spreads.tell(told)

        self.session.jobs.start(tr("Summary"), work, quiet=True, done=done, failed=self.session.notices.trouble)

    def _results_of(self, layer: Layer) -> dict[str, Any]:
        """Numbers of the result shown, by title and unit, that speak of objects of this layer."""
        store, support = self.session.store, support_of(layer)
        if store is None or not support:
            return {}
        from twin.quantities import quantities

        out = {}
        for name, q in quantities().items():
            field = store.at(name, self.session.time_s) if q.support == support and name in store.quantities() else None
            if field is not None and not q.states:
                unit = (self.session.city.currency if self.session.city else "") if q.unit == "currency" else UNITS.get(q.unit, q.unit)
                out[f"{titled(q.title)} ({unit})" if unit else titled(q.title)] = field.array
        return out

    def _group(self, title: str, lines: list[tuple[str, str]]) -> None:
        if not lines:
            return
        head = QTreeWidgetItem([title])
        font = head.font(0)
        font.setBold(True)
        head.setFont(0, font)
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        self.tree.addTopLevelItem(head)
        head.setFirstColumnSpanned(True)
        for key, value in lines:
            item = QTreeWidgetItem([key, value])
            item.setToolTip(0, key)
            item.setToolTip(1, value)
            head.addChild(item)
        head.setExpanded(True)

    def _menu(self, at: QPoint) -> None:
        item = self.tree.itemAt(at)
        if item is None or item.parent() is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("ph.copy"), tr("Copy value"), lambda: QGuiApplication.clipboard().setText(item.text(1)))
        menu.addAction(icon("ph.copy"), tr("Copy all"), self._copy_all)
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def keyPressEvent(self, event: Any) -> None:
        item = self.tree.currentItem()
        if event.matches(QKeySequence.StandardKey.Copy) and item is not None:
            QGuiApplication.clipboard().setText(item.text(1) or item.text(0))
        else:
            super().keyPressEvent(event)

    def _copy_all(self) -> None:
        lines = []
        for i in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(i)
            lines += [f"{group.child(k).text(0)}\t{group.child(k).text(1)}" for k in range(group.childCount())]
        QGuiApplication.clipboard().setText("\n".join(lines))


def support_of(layer: Layer) -> str:
    """The support whose rows are the rows of this layer's table, "" where there is none."""
    ids = layer.id.split(":")
    if "buildings" in ids:
        return "building"
    for network in ("roads", "metro", "power", "water", "drainage"):
        if network in ids and layer.group != "results":
            return f"edge:{network}"
    return ""

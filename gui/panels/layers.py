"""The tree of layers: groups, visibility, order by drag, and below it the look, legend and origin of the one chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import declared, language, mark, say, tr
from gui.panels.style import LegendView, StyleEditor, ramp_icon, swatch
from gui.theme import icon, look
from twin.figures import theme_title, themes

if TYPE_CHECKING:
    from gui.session import Session
    from layers.layer import Layer

GROUPS = {
    "results": mark("Results"),
    "live": mark("Live"),
    "facilities": mark("Facilities"),
    "networks": mark("Networks"),
    "city": mark("City"),
    "base": mark("Base map"),
}
LAYER = Qt.ItemDataRole.UserRole
KEY = LAYER + 1
"""Of a group or of a theme in it."""
MANY = 10
"""Layers of a group that are listed by what they are about, where that is known."""


class _Tree(QTreeWidget):
    """Items move within their group only."""

    moved = Signal()

    def dropEvent(self, event: QDropEvent) -> None:
        item, target = self.currentItem(), self.itemAt(event.position().toPoint())
        if item is None or item.parent() is None or target is None:
            event.ignore()
            return
        group = target if target.data(0, LAYER) is None else target.parent()
        if group is not item.parent():
            event.ignore()
            return
        group.removeChild(item)
        at = 0 if target is group else group.indexOfChild(target)
        if target is not group and self.dropIndicatorPosition() == QAbstractItemView.DropIndicatorPosition.BelowItem:
            at += 1
        group.insertChild(at, item)
        self.setCurrentItem(item)
        event.setDropAction(Qt.DropAction.IgnoreAction)  # moved already: Qt must not remove it again
        event.accept()
        self.moved.emit()


class LayersPanel(QWidget):
    """Tree above, properties of the chosen layer below."""

    zoom_to = Signal(object)
    table_of = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._opened: dict[str, bool] = {}
        """By heading, whether it is open."""
        self.tree = _Tree()
        self.tree.setHeaderHidden(True)
        self.tree.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        say(self.tree.setAccessibleName, "Layers")
        self.tree.itemChanged.connect(self._checked)
        self.tree.currentItemChanged.connect(self._chosen)
        self.tree.itemDoubleClicked.connect(lambda item: self._ask(self.zoom_to, item))
        self.tree.customContextMenuRequested.connect(self._menu)
        self.tree.moved.connect(self._moved)
        self.empty = QLabel()
        self.empty.setObjectName("quiet")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty.setContentsMargins(14, 12, 14, 12)
        say(self.empty.setText, "The layers of a city appear here once one is open.")
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.tree)
        split.addWidget(self._properties())
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        self._split, self._has_share = split, False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.empty)
        column.addWidget(split)
        session.layers_changed.connect(self.refresh)
        session.layer_changed.connect(self._layer_changed)
        session.selected_changed.connect(lambda layer, rows: self.choose(layer) if layer is not None else None)
        language.changed.connect(self.refresh)
        look.changed.connect(self.refresh)
        self.refresh()

    @property
    def layer(self) -> Layer | None:
        """The layer chosen."""
        item = self.tree.currentItem()
        return item.data(0, LAYER) if item is not None else None

    def choose(self, layer: Layer) -> None:
        item = self._item(layer)
        if item is not None:
            self.tree.setCurrentItem(item)

    def refresh(self, *_: Any) -> None:
        """Tree of what is there now, the chosen layer and closed groups kept."""
        chosen = self.layer.id if self.layer is not None else ""
        self._opened |= {str(x.data(0, KEY)): x.isExpanded() for x in self._holders()}
        self.tree.blockSignals(True)
        self.tree.clear()
        for key, title in GROUPS.items():
            # Of one order, the one added later is drawn over the others.
            members = sorted((x for x in reversed(self.session.layers) if x.group == key), key=lambda x: -x.order)
            if not members:
                continue
            group = self._holder(tr(title), key, members, is_open=True)
            self.tree.addTopLevelItem(group)
            themed = [x for x in members if x.theme] if len(members) > MANY else []
            for theme in [t for t in themes() if any(x.theme == t for x in themed)]:
                about = [x for x in themed if x.theme == theme]
                holder = self._holder(theme_title(theme, language.name[:2]), f"{key}/{theme}", about, any(x.visible for x in about))
                group.addChild(holder)
                for layer in about:
                    self._add(holder, layer, chosen)
                holder.setExpanded(self._opened[f"{key}/{theme}"])
            for layer in members:
                if layer not in themed:
                    self._add(group, layer, chosen)
            group.setExpanded(self._opened[key])
        self.tree.blockSignals(False)
        self.empty.setVisible(not self.session.layers)
        self._split.setVisible(bool(self.session.layers))
        self._zoom.setIcon(icon("ph.crosshair-simple"))
        self._open_table.setIcon(icon("ph.table"))
        self._chosen()

    def _holder(self, title: str, key: str, members: list[Layer], is_open: bool) -> QTreeWidgetItem:
        """A heading; open as it was left, at first as is_open says."""
        holder = QTreeWidgetItem([f"{title}   {len(members)}"])
        holder.setData(0, KEY, key)
        holder.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsDropEnabled)
        font = holder.font(0)
        font.setBold("/" not in key)
        holder.setFont(0, font)
        self._opened.setdefault(key, is_open)
        return holder

    def _add(self, holder: QTreeWidgetItem, layer: Layer, chosen: str) -> None:
        item = QTreeWidgetItem([declared(layer.title)])
        item.setData(0, LAYER, layer)
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled
        item.setFlags(flags)
        item.setCheckState(0, Qt.CheckState.Checked if layer.visible else Qt.CheckState.Unchecked)
        item.setIcon(0, _mark_of(layer))
        item.setToolTip(0, declared(layer.title))
        holder.addChild(item)
        if layer.id == chosen:
            self.tree.setCurrentItem(item)

    def _holders(self) -> list[QTreeWidgetItem]:
        """Headings of groups, and of themes in them."""
        groups = [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]
        children = [g.child(k) for g in groups for k in range(g.childCount())]
        return groups + [c for c in children if c.data(0, LAYER) is None]

    def _properties(self) -> QWidget:
        self.title, self.origin = QLabel(), QLabel()
        self.title.setObjectName("heading")
        self.title.setWordWrap(True)
        self.origin.setObjectName("quiet")
        self.origin.setWordWrap(True)
        self._zoom, self._open_table = QToolButton(), QToolButton()
        say(self._zoom.setToolTip, "Zoom to the layer")
        say(self._open_table.setToolTip, "Attribute table")
        self._zoom.clicked.connect(lambda: self._ask(self.zoom_to, self.tree.currentItem()))
        self._open_table.clicked.connect(lambda: self._ask(self.table_of, self.tree.currentItem()))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self._zoom)
        head.addWidget(self._open_table)
        self.editor, self.legend = StyleEditor(self.session), LegendView()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(9)
        column.addLayout(head)
        column.addWidget(self.editor)
        column.addWidget(self.legend)
        column.addWidget(self.origin)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        self._area = area
        return area

    def _chosen(self, *_: Any) -> None:
        layer = self.layer
        self._area.setVisible(layer is not None)
        self.editor.show_layer(layer)
        if layer is None:
            return
        if not self._has_share:  # by itself the box would take no more than it needs least
            self._has_share = True
            self._split.setSizes([3000, 2000])
        self.title.setText(declared(layer.title))
        self.legend.show_legend(layer.legend())
        self.origin.setText(self._origin(layer))

    def _origin(self, layer: Layer) -> str:
        city = self.session.city
        source = next((s for s in city.sources if s.name == layer.source), None) if city is not None and layer.source else None
        if source is None:
            return tr("Source: {source}", source=layer.source) if layer.source else ""
        lines = [tr("Source: {source}", source=source.name)]
        lines += [tr("Licence: {licence}", licence=source.licence)] if source.licence else []
        lines += [source.attribution] if source.attribution and source.attribution != source.name else []
        lines += [tr("As of {date}", date=source.date)] if source.date else []
        return "\n".join(lines)

    def _checked(self, item: QTreeWidgetItem) -> None:
        layer = item.data(0, LAYER)
        if layer is not None:
            self.session.set_layer(layer, "visible", item.checkState(0) == Qt.CheckState.Checked)

    def _moved(self) -> None:
        orders: dict[str, int] = {}
        for holder in self._holders():
            layers = [x for k in range(holder.childCount()) if (x := holder.child(k).data(0, LAYER)) is not None]
            ranks = sorted((x.order for x in layers), reverse=True)
            for k in range(1, len(ranks)):  # drawn order must differ for the drag to mean something
                ranks[k] = min(ranks[k], ranks[k - 1] - 1)
            if [x.order for x in layers] != ranks and [x.order for x in layers] != sorted((x.order for x in layers), reverse=True):
                orders |= {x.id: rank for x, rank in zip(layers, ranks, strict=True)}
        if orders:
            self.session.set_orders(orders)

    def _layer_changed(self, layer: Layer, aspect: str) -> None:
        item = self._item(layer)
        if item is None:
            return
        if aspect == "visible":
            self.tree.blockSignals(True)
            item.setCheckState(0, Qt.CheckState.Checked if layer.visible else Qt.CheckState.Unchecked)
            self.tree.blockSignals(False)
        if aspect == "style":
            item.setIcon(0, _mark_of(layer))
        if layer is self.layer and aspect in ("style", "data"):
            self.legend.show_legend(layer.legend())

    def _item(self, layer: Layer) -> QTreeWidgetItem | None:
        for holder in self._holders():
            for k in range(holder.childCount()):
                if holder.child(k).data(0, LAYER) is layer:
                    return holder.child(k)
        return None

    def _ask(self, signal: Any, item: QTreeWidgetItem | None) -> None:
        layer = item.data(0, LAYER) if item is not None else None
        if layer is not None:
            signal.emit(layer)

    def _menu(self, at: QPoint) -> None:
        item = self.tree.itemAt(at)
        layer = item.data(0, LAYER) if item is not None else None
        if layer is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("ph.crosshair-simple"), tr("Zoom to the layer"), lambda: self.zoom_to.emit(layer))
        menu.addAction(icon("ph.table"), tr("Attribute table"), lambda: self.table_of.emit(layer))
        menu.addAction(icon("ph.eye"), tr("Show only this one of its group"), lambda: self._only(layer))
        menu.popup(self.tree.viewport().mapToGlobal(at))

    def _only(self, layer: Layer) -> None:
        self.session.undo.beginMacro(tr("show only {layer}", layer=declared(layer.title)))
        for other in self.session.layers:
            if other.group == layer.group:
                self.session.set_layer(other, "visible", other is layer)
        self.session.undo.endMacro()


def _mark_of(layer: Layer) -> Any:
    style = layer.style
    if style.kind == "graduated":
        return ramp_icon(style.palette, 14, 14)
    if style.kind == "categorised" and style.categories:
        return swatch(style.categories[0][1])
    return swatch(style.color)

"""What failed when, and why: a list in the order of the clock, and the chain of causes of what is chosen."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.elided import Elided
from gui.i18n import language, mark, say, tr
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.consequences import Consequences, Row
    from twin.models.base import Happening

MOST_ROWS, MOST_CHILDREN = 3000, 500
ROLE = Qt.ItemDataRole.UserRole


class HappeningsPanel(QWidget):
    """go_to: a moment and an object's id; csv_wanted: a file is to be chosen."""

    go_to = Signal(float, str)
    chosen = Signal(str)
    csv_wanted = Signal()

    def __init__(self, consequences: Consequences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.consequences = consequences
        self.filter = QLineEdit()
        self.filter.setClearButtonEnabled(True)
        say(self.filter.setPlaceholderText, "Filter: hospital, no power, Substation 3 ...")
        say(self.filter.setAccessibleName, "Filter of what happened")
        self.head = Elided(objectName="quiet")
        self.fly, self.csv = QToolButton(), QToolButton()
        for button, tip in ((self.fly, mark("Go to this moment and place")), (self.csv, mark("Save the list as CSV"))):
            button.setAutoRaise(True)
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(6)
        bar.addWidget(self.filter, 1)
        bar.addWidget(self.head, 1)
        bar.addWidget(self.fly)
        bar.addWidget(self.csv)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(4)
        self.tree.setUniformRowHeights(True)
        self.tree.setAlternatingRowColors(True)
        self.tree.header().setStretchLastSection(True)
        self.tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        say(self.tree.setAccessibleName, "What happened")
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setTextFormat(Qt.TextFormat.RichText)
        self.why.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.why.setContentsMargins(12, 8, 12, 8)
        self.why.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.why.setMinimumWidth(120)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.tree)
        self._split.addWidget(self.why)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 1)
        self._split.setSizes([820, 250])
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Run a scenario: what fails, when, and what it follows from will be listed here.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty, 1)
        column.addWidget(self._split, 1)
        self.filter.textChanged.connect(self.refresh)
        self.tree.currentItemChanged.connect(self._current)
        self.tree.itemClicked.connect(lambda item: self._current(item, None))  # also the one that is current already
        self.tree.itemExpanded.connect(self._expanded)
        self.tree.itemActivated.connect(lambda *_: self._go())
        self.fly.clicked.connect(self._go)
        self.csv.clicked.connect(self.csv_wanted)
        self._is_due = False
        consequences.changed.connect(self._again)
        look.changed.connect(self._retitled)
        language.changed.connect(self._retitled)
        self._retitled()

    def _retitled(self, *_: Any) -> None:
        self.tree.setHeaderLabels([tr("Time"), tr("Object"), tr("What happened"), tr("Because of")])
        self.fly.setIcon(icon("ph.crosshair-simple"))
        self.csv.setIcon(icon("ph.download-simple"))
        self.refresh()

    def _again(self) -> None:
        """There is more to tell: at once where it is seen, else when it is next seen."""
        self._is_due = self.visibleRegion().isEmpty()
        if not self._is_due:
            self.refresh()

    def seen(self, on: bool = True) -> None:
        """Its dock is seen, or no longer; a tab that comes to the front gets no show event."""
        if on and self._is_due:
            self.refresh()

    def refresh(self, *_: Any) -> None:
        self._is_due = False
        c = self.consequences
        rows, total = c.rows(), len(c.story)
        self.tree.blockSignals(True)  # nobody chooses what is listed anew
        self.tree.clear()
        needle = self.filter.text().strip().casefold()
        shown = 0
        for row in rows:
            texts = self._texts(row)
            if needle and not self._fits(needle, texts, row):
                continue
            if shown == MOST_ROWS:
                self.tree.addTopLevelItem(QTreeWidgetItem(["", "", tr("more happened; filter to see it"), ""]))
                break
            shown += 1
            self.tree.addTopLevelItem(self._item(texts, row.first, row if len(row.happenings) > 1 else None))
        self.tree.setCurrentItem(None)
        self.tree.blockSignals(False)
        for column in range(3):
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, min(self.tree.columnWidth(column) + 8, (130, 190, 260)[column]))
        self.head.setText(tr("{n:,} things happened", n=total) if total else "")
        self.empty.setVisible(total == 0)
        self._split.setVisible(total > 0)
        for widget in (self.filter, self.csv):
            widget.setEnabled(total > 0)
        self.why.clear()
        self.fly.setEnabled(False)

    def _fits(self, needle: str, texts: list[str], row: Row) -> bool:
        names = (self.consequences.name(h.object) for h in row.happenings[:MOST_CHILDREN])
        return needle in " ".join(texts).casefold() or any(needle in name.casefold() for name in names)

    def _texts(self, row: Row) -> list[str]:
        c, h = self.consequences, row.first
        causes = {b for x in row.happenings for b in x.because}
        because = ", ".join(c.name(b) for b in sorted(causes)[:2]) + (" ..." if len(causes) > 2 else "")
        return [c.clock(h.at_s), c.title(row), c.what(h), because]

    def _item(self, texts: list[str], h: Happening, row: Row | None) -> QTreeWidgetItem:
        from twin.happenings import WHAT

        item = QTreeWidgetItem(texts)
        item.setData(0, ROLE, h)
        item.setData(1, ROLE, row)
        state = WHAT[h.what].state if h.what in WHAT else 3
        tint = {0: colors().good, 1: colors().warning, 2: colors().warning, 3: colors().error}[state]
        item.setForeground(2, QColor(tint))
        if row is not None:
            item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
        return item

    def _expanded(self, item: QTreeWidgetItem) -> None:
        row, c = item.data(1, ROLE), self.consequences
        if row is None or item.childCount():
            return
        for h in row.happenings[:MOST_CHILDREN]:
            item.addChild(self._item([c.clock(h.at_s), c.name(h.object), c.what(h), ", ".join(c.name(b) for b in h.because)], h, None))
        if len(row.happenings) > MOST_CHILDREN:
            item.addChild(QTreeWidgetItem(["", tr("and {n:,} more", n=len(row.happenings) - MOST_CHILDREN), "", ""]))

    def _current(self, item: QTreeWidgetItem | None, _: Any) -> None:
        h = None if item is None else item.data(0, ROLE)
        self.fly.setEnabled(h is not None)
        if h is None:
            self.why.clear()
            return
        self.why.setText(self.told(h))
        self.chosen.emit(h.object)

    def told(self, h: Happening) -> str:
        """The chain of causes of a happening and what came of it, as rich text."""
        c = self.consequences
        lines = c.lines(c.story.why(h.object, h.at_s)) or [(c.clock(h.at_s), c.name(h.object), c.what(h))]
        text = []
        for i, (at, name, what) in enumerate(lines):
            arrow = "" if i == 0 else f"<span style='color:{colors().quiet}'>{html.escape(tr('because'))}</span><br>"
            text.append(f"<p style='margin:0 0 6px 0'>{arrow}<b>{html.escape(name)}</b> {html.escape(what)} "
                        f"<span style='color:{colors().quiet}'>{at}</span></p>")  # fmt: skip
        after = [x for x in c.story.followed(h.object) if x.at_s >= h.at_s - 1e-6]
        if after:
            names = ", ".join(html.escape(c.name(n)) for n in list(dict.fromkeys(x.object for x in after))[:6])
            more = len({x.object for x in after}) - 6
            tail = "" if more <= 0 else " " + html.escape(tr("and {n:,} more", n=more))
            text.append(f"<p style='margin:6px 0 0 0;color:{colors().quiet}'>{html.escape(tr('From it follow:'))} {names}{tail}</p>")
        return "".join(text)

    def _go(self) -> None:
        item = self.tree.currentItem()
        h = None if item is None else item.data(0, ROLE)
        if h is not None:
            self.go_to.emit(h.at_s, h.object)

    def text(self) -> str:
        """The whole list as CSV, one line for each happening, with the beginning of its chain of causes."""
        import csv
        import io

        c, out = self.consequences, io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["at_s", "clock", "object", "name", "what", "sentence", "because", "root"])
        for h in c.story.happenings:
            cause = c.story.why(h.object, h.at_s)
            root = "" if cause is None else cause.root.happening.object
            writer.writerow([f"{h.at_s:g}", c.clock(h.at_s), h.object, c.name(h.object), h.what, c.what(h), " ".join(h.because), root])
        return out.getvalue()

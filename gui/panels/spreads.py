"""Many rows in the inspector: a line of figures and a small histogram for numbers, bars for words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from gui.i18n import language, tr
from gui.items import heading, said_value, shown
from gui.theme import colors
from twin.figures import large

if TYPE_CHECKING:
    from twin.city.summary import Spread, Words

BARS_PX = 34
YEARS = ("year", "levels", "storeys")


class Bars(QWidget):
    """Counts as bars from left to right; in the accent colour on the panel."""

    def __init__(self, counts: tuple[int, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.counts = counts
        self.setFixedHeight(BARS_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Histogram"))

    def sizeHint(self) -> QSize:
        return QSize(160, BARS_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = colors()
        most, wide = max(self.counts, default=0), self.width() / max(1, len(self.counts))
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), QColor(c.line))
        for k, count in enumerate(self.counts):
            if count:
                tall = max(1.5, (self.height() - 2) * count / most)
                painter.fillRect(QRectF(k * wide + 0.5, self.height() - 1 - tall, max(1.0, wide - 1.0), tall), QColor(c.accent))
        painter.end()


class Share(QWidget):
    """One bar as long as a share of the whole."""

    def __init__(self, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = share
        self.setFixedHeight(8)
        self.setMinimumWidth(40)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        c = colors()
        painter.fillRect(self.rect(), QColor(c.line))
        painter.fillRect(QRectF(0, 0, max(1.0, self.width() * self._share), self.height()), QColor(c.accent))
        painter.end()


class Spreads(QScrollArea):
    """What `twin.city.summary` says of many rows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.told: list[Any] = []

    def tell(self, told: list[Spread | Words]) -> None:
        """Show it."""
        from twin.city.summary import Spread

        self.told = told
        body = QWidget()
        body.setAutoFillBackground(False)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 2, 12, 8)
        column.setSpacing(12)
        for line in told:
            column.addWidget(_numbers(line) if isinstance(line, Spread) else _words(line))
        column.addStretch(1)
        self.setWidget(body)


def _figure(column: str, value: float) -> str:
    if column in YEARS:
        return f"{value:g}"
    size, word = large(value, language.name[:2])
    if size > 1 and abs(value) >= 1e6:
        return f"{float(f'{value / size:.3g}'):,.10g} {word}".rstrip()
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return shown(round(value, 2))


def _numbers(line: Spread) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(2)
    name = QLabel(heading(line.column))
    font = name.font()
    font.setBold(True)
    name.setFont(font)
    grid.addWidget(name, 0, 0, 1, 2)
    total = QLabel("" if line.total is None else f"Σ {_figure(line.column, line.total)}", objectName="quiet")
    total.setMinimumWidth(1)
    total.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    grid.addWidget(total, 0, 2, Qt.AlignmentFlag.AlignRight)
    if len(line.bins) > 1:
        grid.addWidget(Bars(line.bins), 1, 0, 1, 3)
    ends = (
        (_figure(line.column, line.least), Qt.AlignmentFlag.AlignLeft),
        (tr("median {value}", value=_figure(line.column, line.median)), Qt.AlignmentFlag.AlignHCenter),
        (_figure(line.column, line.most), Qt.AlignmentFlag.AlignRight),
    )
    for k, (text, side) in enumerate(ends):
        label = QLabel(text, objectName="quiet")
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setMinimumWidth(1)
        label.setToolTip(tr("mean {value}, of {n:,} rows", value=_figure(line.column, line.mean), n=line.count))
        grid.addWidget(label, 2, k, side)
        grid.setColumnStretch(k, 1)
    if line.missing:
        grid.addWidget(QLabel(tr("{n:,} unknown", n=line.missing), objectName="quiet"), 3, 0, 1, 3)
    return box


def _words(line: Words) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(3)
    grid.setColumnStretch(1, 1)
    name = QLabel(heading(line.column))
    font = name.font()
    font.setBold(True)
    name.setFont(font)
    grid.addWidget(name, 0, 0, 1, 3)
    most = max((n for _, n in line.common), default=1)
    for k, (word, n) in enumerate(line.common, 1):
        label = QLabel(said_value(line.column, word))
        label.setMaximumWidth(110)
        label.setToolTip(word)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(label, k, 0)
        grid.addWidget(Share(n / most), k, 1)
        grid.addWidget(QLabel(f"{n:,}", objectName="quiet"), k, 2, Qt.AlignmentFlag.AlignRight)
    more = [tr("{n:,} other values", n=line.others)] if line.others else []
    more += [tr("{n:,} unknown", n=line.missing)] if line.missing else []
    if more:
        grid.addWidget(QLabel("  ·  ".join(more), objectName="quiet"), len(line.common) + 1, 0, 1, 3)
    return box

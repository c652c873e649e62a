"""What the application has to tell: a banner with a plain sentence and details, never a modal dialog; all of it in the log."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.i18n import language, say, tr
from gui.spoken import error_spoken, spoken
from gui.theme import colors, icon, look
from twin.errors import TwinError

BELOW_BADGE = 54
"""Pixels from the top: the badge of the picture stays in sight."""
READ_S = 10.0
"""After which a notice goes by itself that only informs."""
LOOK_MS = 1000
ICONS = {"info": "ph.info", "good": "ph.check-circle", "warning": "ph.warning", "error": "ph.warning-octagon"}


@dataclass(frozen=True)
class Stay:
    """How long a notice is there. so: whether what it says is still so, asked once a second; held: it does not go because it has
    been there for long (what to do with the tool in hand)."""

    so: Callable[[], bool] = lambda: True
    held: bool = False


class Notices(QObject):
    """The one place that is told; banner and log listen."""

    told = Signal(str, str, str, object, object)
    """level, sentence, details, [(label, callable)], Stay."""
    logged = Signal(object, str, str)

    def tell(
        self,
        level: str,
        text: str,
        details: str = "",
        actions: list[tuple[str, Callable[[], None]]] | None = None,
        stay: Stay | None = None,
    ) -> None:
        """Banner and log. level: info, good, warning, error."""
        text = spoken(text)
        self.log(level, text + (f"\n{details}" if details else ""))
        self.told.emit(level, text, details, actions or [], stay or Stay())

    def log(self, level: str, text: str) -> None:
        """Log only."""
        self.logged.emit(datetime.now(), level, spoken(text))

    def trouble(self, error: Exception, doing: str = "") -> None:
        """An exception as a sentence: ours as it is, any other with its traceback in the details."""
        if isinstance(error, TwinError):
            self.tell("error", error_spoken(error), doing)
        else:
            details = "".join(traceback.format_exception(error))
            self.tell(
                "error",
                tr("Something went wrong inside the program. Your work is kept; the details help to repair it."),
                f"{doing}\n{details}",
            )


class Banner(QFrame):
    """Lies over the top of the view; one notice at a time, the newest. What only informs goes by itself; errors and what asks for
    something stay until they are closed, or what they say is no longer so."""

    def __init__(self, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("notice")
        self._icon, self.text = QLabel(), QLabel()
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setMaximumHeight(150)
        self._more = QPushButton(objectName="link")
        self._more.setCheckable(True)
        self._more.setCursor(Qt.CursorShape.PointingHandCursor)
        say(self._more.setText, "Details")
        self._more.toggled.connect(self._show_details)
        close = QToolButton()
        close.setIcon(icon("ph.x"))
        say(close.setToolTip, "Dismiss")
        say(close.setAccessibleName, "Dismiss")
        close.clicked.connect(self.hide)
        self._close = close
        self._actions = QHBoxLayout()
        self.offered: list[str] = []
        """What its buttons say."""
        self.is_low: Callable[[], bool] = lambda: False
        self.read_s = READ_S
        self._stay, self._since = Stay(), 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_MS)
        self._clock.timeout.connect(self.look_again)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addLayout(self._actions)
        row.addWidget(self._more)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 6, 8)
        column.addLayout(row)
        column.addWidget(self._details)
        self.hide()
        notices.told.connect(self.show_notice)
        look.changed.connect(self._paint_icons)
        language.changed.connect(self.hide)  # its sentence is one of the other language

    def _paint_icons(self, *_: object) -> None:
        c, level = colors(), str(self.property("level") or "info")
        tint = {"error": c.error, "warning": c.warning, "good": c.good}.get(level, c.info)
        self._icon.setPixmap(icon(ICONS.get(level, "ph.info"), tint).pixmap(20, 20))
        self._close.setIcon(icon("ph.x"))

    def show_notice(self, level: str, text: str, details: str, actions: list[tuple[str, Callable[[], None]]], stay: Stay) -> None:
        self._stay, self._since = stay, time.monotonic()
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self._paint_icons()
        self.text.setText(text)
        self._details.setPlainText(details.strip())
        self._more.setVisible(bool(details.strip()))
        self._more.setChecked(False)
        self._details.hide()
        while self._actions.count():
            self._actions.takeAt(0).widget().deleteLater()
        self.offered = [label for label, _ in actions]
        for label, call in actions:
            button = QPushButton(label)
            button.clicked.connect(call)
            button.clicked.connect(self.hide)
            self._actions.addWidget(button)
        self.show()
        self.raise_()
        self.place()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    @property
    def goes_by_itself(self) -> bool:
        return self.property("level") in ("info", "good") and not self.offered and not self._stay.held

    def look_again(self) -> None:
        """Whether it is still of use; one under the pointer is being read."""
        read = time.monotonic() - self._since > self.read_s and not self.underMouse() and self._details.isHidden()
        if not self._stay.so() or (self.goes_by_itself and read):
            self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._clock.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._clock.stop()

    def show_again(self) -> None:
        """The last notice: what it asked is still open."""
        if self.text.text():
            self.show()
            self.raise_()
            self.place()

    def place(self) -> None:
        """Along the top of its parent; along the bottom while the start page is there, whose title is at the top."""
        parent = self.parentWidget()
        width = max(200, min(parent.width() - 32, 860))
        self.setFixedWidth(width)
        self.layout().invalidate()  # what buttons there are decides how many lines the text takes
        self.layout().activate()
        self.setFixedHeight(self.layout().totalHeightForWidth(width))
        top = parent.height() - self.height() - 16 if self.is_low() else BELOW_BADGE
        self.move((parent.width() - self.width()) // 2, top)

    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self.place()

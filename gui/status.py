"""The status bar: reference system, cursor, running job with Cancel, feed, and a badge that is impossible to miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QToolButton, QWidget

from gui.elided import Elided
from gui.i18n import language, mark, say, tr
from gui.progress import ProgressLine
from gui.spoken import spoken
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.scene.canvas import Drawing
    from gui.session import Session

WHOLE_PX = 1000
"""Narrower than this the cursor's latitude and longitude are left out."""
BADGES = {"LIVE": mark("LIVE"), "REPLAY": mark("REPLAY"), "WHAT-IF": mark("WHAT-IF"), "EXERCISE": mark("EXERCISE")}


class Status(QStatusBar):
    """Its texts give way to each other and never make the window wider."""

    crs_clicked = Signal()
    alerts_clicked = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setSizeGripEnabled(False)
        self.crs = QToolButton()
        self.crs.setAutoRaise(True)
        self.crs.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        say(self.crs.setToolTip, "Reference system of this city: click for details")
        self.crs.clicked.connect(self.crs_clicked)
        self.cursor_xy = Elided(room="E 0,000,000.0  N 0,000,000.0")
        self.cursor_lonlat = Elided(room="00.000000° N  000.000000° E")
        self.height, self.feed, self.badge = Elided(room="0,000.0 m"), Elided(), QLabel(objectName="badge")
        say(self.cursor_xy.setAccessibleName, "Cursor, projected")
        say(self.cursor_lonlat.setAccessibleName, "Cursor, latitude and longitude")
        say(self.height.setAccessibleName, "Height under the cursor")
        self.drawing = Elided(objectName="quiet")
        say(self.drawing.setAccessibleName, "What draws the view")
        self.drawing.hide()
        self._drawing: Drawing | None = None
        self.job = QWidget()
        row = QHBoxLayout(self.job)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.job_text, self.job_bar, self.job_cancel = Elided(), ProgressLine(), QToolButton()
        self.job_bar.setMinimumWidth(40)
        self.job_bar.setMaximumWidth(120)
        say(self.job_cancel.setToolTip, "Cancel")
        say(self.job_cancel.setAccessibleName, "Cancel")
        self.job_cancel.clicked.connect(self._cancel)
        for widget in (self.job_text, self.job_bar, self.job_cancel):
            row.addWidget(widget)
        self.alerts = QToolButton(objectName="alerts")
        self.alerts.setAutoRaise(True)
        self.alerts.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        say(self.alerts.setToolTip, "Alerts of sensors that nobody has acknowledged: click to see them")
        self.alerts.clicked.connect(self.alerts_clicked)
        self.waiting = 0
        self.addWidget(self.crs)
        self.addWidget(self.cursor_xy)
        self.addWidget(self.cursor_lonlat)
        self.addWidget(self.height)
        self.addPermanentWidget(self.job)
        self.addPermanentWidget(self.drawing)
        self.addPermanentWidget(self.alerts)
        self.addPermanentWidget(self.feed)
        self.addPermanentWidget(self.badge)
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._tell)
        session.jobs.changed.connect(self._jobs)
        session.city_changed.connect(self.refresh)
        language.changed.connect(self.refresh)
        look.changed.connect(self.refresh)
        self.refresh()
        self._jobs()
        self.set_badge("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window what runs and what warns has the room; the cursor is told once."""
        super().resizeEvent(event)
        self.cursor_lonlat.setVisible(event.size().width() >= WHOLE_PX)

    def refresh(self, *_: Any) -> None:
        if self._drawing is not None:
            self.set_drawing(self._drawing)
        city = self.session.city
        self.crs.setVisible(city is not None)
        for label in (self.cursor_xy, self.cursor_lonlat, self.height):
            label.setText("")
        if city is not None:
            crs = city.frame.crs
            self.crs.setText(tr("no map") if crs is None else crs if len(crs) < 30 else tr("own reference system"))
        self.crs.setIcon(icon("ph.globe-hemisphere-west"))
        self.job_cancel.setIcon(icon("ph.x-circle"))
        self.set_alerts(self.waiting)
        self.set_badge(str(self.badge.property("mode") or ""))

    def show_cursor(self, x: float, y: float, z: float) -> None:
        """Local metres under the cursor; NaN: over nothing."""
        city = self.session.city
        if city is None or x != x:
            for label in (self.cursor_xy, self.cursor_lonlat, self.height):
                label.setText("")
            return
        e, n = city.frame.to_crs(x, y)
        self.cursor_xy.setText(f"E {float(e):,.1f}  N {float(n):,.1f}")
        if city.frame.has_map:
            lon, lat = (float(v) for v in city.frame.to_lonlat(x, y))
            self.cursor_lonlat.setText(f"{abs(lat):.6f}° {'N' if lat >= 0 else 'S'}  {abs(lon):.6f}° {'E' if lon >= 0 else 'W'}")
        self.height.setText(f"{round(z, 1) + 0.0:,.1f} m  {city.frame.vertical or tr('height datum unknown')}")

    def set_drawing(self, drawing: Drawing) -> None:
        """What draws the view, in plain words; what that means and what to do is in the tooltip."""
        self._drawing = drawing
        kind, name = drawing.kind, " ".join(drawing.name.split("/")[0].split("(")[0].split())
        titles = {
            "gpu": name,
            "software": tr("Software drawing"),
            "picture": tr("Picture drawing"),
            "none": tr("No drawing"),
        }
        tips = {
            "gpu": tr("This graphics card draws the view: {name}", name=drawing.name),
            "software": tr(
                "The processor draws the view ({name}): coarser while it moves, fine when it stands still. A graphics card with its "
                "driver makes it quicker; over remote desktop it may not be reachable.",
                name=drawing.name,
            ),
            "picture": tr(
                "No window with OpenGL is to be had here ({why}), so the view is drawn out of sight and shown as a picture: everything "
                "works, more slowly. On a desktop, installing the driver of the graphics card or Mesa (libgl1-mesa-dri) brings it back.",
                why=drawing.why,
            ),
            "none": drawing.why,
        }
        self.drawing.setText(titles[kind])
        self.drawing.setToolTip(tips[kind])
        self.drawing.setVisible(True)

    def set_badge(self, mode: str) -> None:
        """LIVE, REPLAY, WHAT-IF, EXERCISE or nothing."""
        self.badge.setProperty("mode", mode)
        self.badge.setText(tr(BADGES[mode]) if mode in BADGES else "")
        self.badge.setVisible(bool(mode))
        self.badge.setAccessibleName(tr("Mode: {mode}", mode=self.badge.text()))
        self.badge.style().unpolish(self.badge)
        self.badge.style().polish(self.badge)

    def set_feed(self, text: str) -> None:
        self.feed.setText(text)
        self.feed.setVisible(bool(text))

    def set_alerts(self, new: int) -> None:
        """How many alerts wait to be acknowledged; nothing is there for none."""
        self.waiting = new
        self.alerts.setIcon(icon("ph.bell-ringing", colors().warning))
        self.alerts.setText(tr("1 alert") if new == 1 else tr("{n:,} alerts", n=new))
        self.alerts.setVisible(new > 0)

    def _jobs(self) -> None:
        busy = bool(self.session.jobs.shown)
        self.job.setVisible(busy)
        if busy and not self._clock.isActive():
            self._clock.start()
        elif not busy:
            self._clock.stop()
        self._tell()

    def rest(self) -> None:
        """Nothing more to tell: the window closes."""
        self._clock.stop()
        self.clearMessage()

    def _tell(self) -> None:
        shown = self.session.jobs.shown
        if not shown:
            return
        job = shown[-1]
        left = f", {tr('{s:.0f} s left', s=job.remaining_s)}" if job.remaining_s is not None else ""
        self.job_text.setText(f"{job.title}   {spoken(job.stage)}   {job.elapsed_s:.0f} s{left}")
        self.job_bar.set_value(job.fraction)

    def _cancel(self) -> None:
        if self.session.jobs.shown:
            self.session.jobs.shown[-1].cancel()

"""The start page: recent work with its picture, open, demonstration city. It lies over the view and goes when a city is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.i18n import language, mark, say, tr
from gui.progress import ProgressLine
from gui.spoken import spoken
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.jobs import Jobs

THUMBNAIL = QSize(96, 60)


class StartPage(QWidget):
    opened = Signal(list)
    browse = Signal()
    browse_folder = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("start")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.jobs = jobs
        self._recent: list[tuple[str, bytes, bool]] = []
        hero, below = QLabel(objectName="hero"), QLabel(objectName="quiet")
        say(hero.setText, "What would happen to your city?")
        say(below.setText, "Open a city in 3D, ask what a cloudburst would do, put up a barrier, and see the difference.")
        hero.setWordWrap(True)
        below.setWordWrap(True)
        self._tiles = QGridLayout()
        self._tiles.setSpacing(12)
        self.demo = self._tile(
            "ph.buildings",
            mark("Demonstration city"),
            mark("A river metropolis made up for trying things out, with a cloudburst ready"),
            lambda: self.opened.emit(["demo"]),
        )
        self.file = self._tile(
            "ph.folder-open", mark("Open files…"), mark("City models, GIS layers, rasters, projects; several at once"), self.browse.emit
        )
        self.folder = self._tile(
            "ph.folders", mark("Open a folder…"), mark("A folder of layers, or a city with its recipe"), self.browse_folder.emit
        )
        for i, tile in enumerate((self.demo, self.file, self.folder)):
            self._tiles.addWidget(tile, 0, i)
        self._recent_title = QLabel(objectName="section")
        say(self._recent_title.setText, "Recent")
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(6)
        self.stage, self.bar, self.cancel = QLabel(objectName="quiet"), ProgressLine(), QPushButton()
        say(self.cancel.setText, "Cancel")
        self.cancel.clicked.connect(self._cancel)
        self._work = QFrame(objectName="card")
        row = QHBoxLayout(self._work)
        row.setContentsMargins(16, 12, 12, 12)
        row.setSpacing(14)
        row.addWidget(self.stage, 2)
        row.addWidget(self.bar, 3)
        row.addWidget(self.cancel)
        drop = QLabel(objectName="quiet")
        say(drop.setText, "Or drop anything on this window.")
        middle = QWidget()
        middle.setMaximumWidth(900)
        column = QVBoxLayout(middle)
        column.setSpacing(10)
        column.addWidget(hero)
        column.addWidget(below)
        column.addSpacing(14)
        column.addLayout(self._tiles)
        column.addSpacing(4)
        column.addWidget(self._work)
        column.addWidget(drop)
        column.addSpacing(8)
        column.addWidget(self._recent_title)
        column.addLayout(self._recent_box)
        page = QWidget(objectName="start")
        outer = QVBoxLayout(page)
        outer.addStretch(2)
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(middle, 8)
        across.addStretch(1)
        outer.addLayout(across)
        outer.addStretch(3)
        scroll = QScrollArea()  # a low window shows all of it too
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scroll)
        jobs.changed.connect(self._follow)
        language.changed.connect(self._fill)
        look.changed.connect(self._fill)
        self._follow()
        self._fill()

    def show_recent(self, recent: list[tuple[str, bytes, bool]]) -> None:
        """(what, PNG or b"", whether it is still there), newest first."""
        self._recent = recent[:5]
        self._fill()

    def _tile(self, symbol: str, title: str, text: str, press: Any) -> QPushButton:
        button = QPushButton(objectName="tile")
        button.setMinimumHeight(button.fontMetrics().height() * 8)
        button.setProperty("symbol", symbol)
        box = QVBoxLayout(button)
        box.setContentsMargins(16, 14, 16, 14)
        box.setSpacing(6)
        picture, head, line = QLabel(), QLabel(objectName="heading"), QLabel(objectName="quiet")
        picture.setObjectName("symbol")
        say(head.setText, title)
        say(line.setText, text)
        say(button.setAccessibleName, title)
        head.setWordWrap(True)
        line.setWordWrap(True)
        for label in (picture, head, line):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            box.addWidget(label)
        line.setAlignment(Qt.AlignmentFlag.AlignTop)
        line.setMinimumHeight(line.fontMetrics().lineSpacing() * 3)
        box.addStretch(1)
        button.clicked.connect(press)
        return button

    def _fill(self, *_: Any) -> None:
        for tile in (self.demo, self.file, self.folder):
            tile.findChild(QLabel, "symbol").setPixmap(icon(tile.property("symbol"), colors().accent).pixmap(28, 28))
        while self._recent_box.count():
            self._recent_box.takeAt(0).widget().deleteLater()
        self._recent_title.setVisible(bool(self._recent))
        for what, png, there in self._recent:
            names = what.split("\n")
            title = Path(names[0]).name or names[0]
            title = tr("Demonstration city") if names[0] == "demo" else title + (f"  +{len(names) - 1}" if len(names) > 1 else "")
            button = QPushButton(objectName="tile")
            button.setEnabled(there)
            row = QHBoxLayout(button)
            row.setContentsMargins(8, 6, 12, 6)
            row.setSpacing(12)
            picture = QLabel()
            image = QImage.fromData(png) if png else QImage()
            if image.isNull():
                picture.setPixmap(icon("ph.map-trifold", colors().quiet).pixmap(24, 24))
                picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
            else:
                size = THUMBNAIL * self.devicePixelRatioF()
                fitted = QPixmap.fromImage(
                    image.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation)
                )
                fitted.setDevicePixelRatio(self.devicePixelRatioF())
                picture.setPixmap(fitted)
            picture.setFixedSize(THUMBNAIL)
            text, where = (
                QLabel(title, objectName="heading"),
                QLabel("" if names[0] == "demo" else str(Path(names[0]).parent), objectName="quiet"),
            )
            if not there:
                where.setText(tr("missing: {path}", path=names[0]))
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addStretch(1)
            words.addWidget(text)
            if where.text():
                words.addWidget(where)
            words.addStretch(1)
            row.addWidget(picture)
            row.addLayout(words, 1)
            for label in (picture, text, where):
                label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            button.setMinimumHeight(THUMBNAIL.height() + 12)
            button.setAccessibleName(title)
            button.clicked.connect(lambda _=False, w=names: self.opened.emit(w))
            self._recent_box.addWidget(button)

    def _follow(self) -> None:
        shown = self.jobs.shown
        self._work.setVisible(bool(shown))
        for tile in (self.demo, self.file, self.folder):
            tile.setEnabled(not shown)
        if shown and shown[-1].property("start_page") is None:
            shown[-1].setProperty("start_page", True)
            shown[-1].progressed.connect(self._progress)
            self._progress("", -1.0, None)
            self.stage.setText(shown[-1].title)

    def _progress(self, stage: str, fraction: float, _: Any) -> None:
        if stage:
            self.stage.setText(spoken(stage))
        self.bar.set_value(fraction)

    def _cancel(self) -> None:
        for job in self.jobs.shown:
            job.cancel()

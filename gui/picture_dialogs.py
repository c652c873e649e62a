"""What a person says of a picture or a film before it is made. Neither dialog is modal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import mark, say, tr
from gui.pictures import Wish
from gui.progress import ProgressLine
from gui.theme import icon

if TYPE_CHECKING:
    from gui.jobs import Job

SIZES = (
    (mark("As the view"), None),
    (mark("Slide 16:9"), (1600, 900)),
    (mark("Full HD"), (1920, 1080)),
    (mark("4K"), (3840, 2160)),
    (mark("A4 landscape, 150 dpi"), (1754, 1240)),
    (mark("A3 landscape, 150 dpi"), (2480, 1754)),
    (mark("Square"), (1200, 1200)),
    (mark("Other"), (0, 0)),
)
FILM_SIZES = ((mark("HD 720p"), (1280, 720)), (mark("Full HD 1080p"), (1920, 1080)), (mark("4K"), (3840, 2160)))


class PictureDialog(QDialog):
    """save and copy are asked for with a Wish."""

    save = Signal(object)
    copy = Signal(object)

    def __init__(self, view_size: tuple[int, int], views: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        say(self.setWindowTitle, "Save picture")
        self._view_size = view_size
        self.size_box, self.width_box, self.height_box, self.scale = QComboBox(), QSpinBox(), QSpinBox(), QComboBox()
        for title, size in SIZES:
            self.size_box.addItem(tr(title) if not size or not size[0] else f"{tr(title)}   {size[0]} × {size[1]}", size)
        for box in (self.width_box, self.height_box):
            box.setRange(64, 16_000)
            box.valueChanged.connect(self._tell)
        for n, words in ((1, mark("1× for the screen")), (2, mark("2× sharp")), (4, mark("4× for print"))):
            self.scale.addItem(tr(words), n)
        self.scale.setCurrentIndex(1)
        self.title, self.legend, self.bar, self.labels = QLineEdit(), QCheckBox(), QCheckBox(), QCheckBox()
        say(self.title.setPlaceholderText, "none")
        for box, text in (
            (self.legend, mark("Legend")),
            (self.bar, mark("Scale bar and north arrow")),
            (self.labels, mark("Names in the city")),
        ):
            say(box.setText, text)
            box.setChecked(True)
        self.whole = QCheckBox()
        say(self.whole.setText, "All views (otherwise the one in use)")
        self.whole.setChecked(True)
        self.whole.setVisible(views > 1)
        always, self.told = QLabel(objectName="quiet"), QLabel(objectName="quiet")
        say(always.setText, "Badge, date of the data and credits are always in it.")
        always.setWordWrap(True)
        self.told.setWordWrap(True)
        self.size_box.currentIndexChanged.connect(self._sized)
        self.scale.currentIndexChanged.connect(self._tell)
        row = QHBoxLayout()
        row.addWidget(self.width_box)
        row.addWidget(QLabel("×"))
        row.addWidget(self.height_box)
        row.addStretch(1)
        for widget, name in (
            (self.size_box, mark("Size")),
            (self.width_box, mark("Width in pixels")),
            (self.height_box, mark("Height in pixels")),
            (self.scale, mark("Sharpness")),
            (self.title, mark("Title in the picture")),
        ):
            say(widget.setAccessibleName, name)
        form = QFormLayout()
        for text, field in (("Size", self.size_box), ("", row), ("Sharpness", self.scale), ("Title in the picture", self.title)):
            label = QLabel()
            say(label.setText, text) if text else None
            form.addRow(label, field)
        for field in (self.legend, self.bar, self.labels, self.whole, always, self.told):
            form.addRow("", field)
        self.save_button, self.copy_button, buttons = QPushButton(objectName="primary"), QPushButton(), QDialogButtonBox()
        say(self.save_button.setText, "Save…")
        say(self.copy_button.setText, "Copy to clipboard")
        self.copy_button.setIcon(icon("ph.copy"))
        self.save_button.setDefault(True)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.AcceptRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        say(close.setText, "Close")
        close.clicked.connect(self.close)
        self.save_button.clicked.connect(lambda: self.save.emit(self.wish))
        self.copy_button.clicked.connect(lambda: self.copy.emit(self.wish))
        whole = QVBoxLayout(self)
        whole.addLayout(form)
        self.line, self.cancel = ProgressLine(), QPushButton()
        say(self.cancel.setText, "Cancel")
        self._at_work = QWidget()
        told = QHBoxLayout(self._at_work)
        told.setContentsMargins(0, 0, 0, 0)
        told.addWidget(self.line, 1)
        told.addWidget(self.cancel)
        self._at_work.hide()
        self.job: Job | None = None
        self.cancel.clicked.connect(lambda: self.job.cancel() if self.job is not None else None)
        whole.addWidget(self._at_work)
        whole.addWidget(buttons)
        self._sized()

    def follow(self, job: Job | None) -> None:
        """Show how far the picture is; nothing else is asked for meanwhile."""
        if job is None:
            return
        self.job = job
        self.line.set_value(-1.0)
        self._at_work.show()
        for button in (self.save_button, self.copy_button):
            button.setEnabled(False)
        self.told.setText(tr("The picture is being drawn, piece by piece."))
        job.progressed.connect(self._progress)
        job.ended.connect(self._ended)

    def _progress(self, _: str, fraction: float, __: object) -> None:
        self.line.set_value(fraction)

    def _ended(self) -> None:
        self.job = None
        self._at_work.hide()
        self._tell()

    @property
    def wish(self) -> Wish:
        return Wish(
            size=(self.width_box.value(), self.height_box.value()),
            scale=int(self.scale.currentData()),
            title=self.title.text().strip(),
            legend=self.legend.isChecked(),
            scale_bar=self.bar.isChecked(),
            labels=self.labels.isChecked(),
            whole=self.whole.isChecked(),
        )

    def _sized(self, *_: Any) -> None:
        size = self.size_box.currentData()
        free = size is not None and not size[0]
        for box in (self.width_box, self.height_box):
            box.setEnabled(free)
        if not free:
            width, height = size or self._view_size
            self.width_box.setValue(width)
            self.height_box.setValue(height)
        self._tell()

    def _tell(self, *_: Any) -> None:
        """How large it gets, or why it cannot be made."""
        if self.job is not None:
            return
        from gui.scene.offscreen import check_room
        from gui.spoken import error_spoken
        from twin.errors import InputError

        width, height = self.wish.pixels
        text, fits = tr("{w} × {h} pixels", w=f"{width:,}", h=f"{height:,}"), True
        try:
            check_room((width, height))
        except InputError as error:
            text, fits = error_spoken(error), False
        self.told.setText(text)
        for button in (self.save_button, self.copy_button):
            button.setEnabled(fits)


@dataclass(frozen=True)
class FilmWish:
    """kind: turntable, path, result or sun; stops: names of bookmarks, in order; as_mp4: else a folder of pictures."""

    kind: str = "turntable"
    seconds: float = 12.0
    fps: int = 30
    size: tuple[int, int] = (1920, 1080)
    smooth: bool = True
    stops: tuple[str, ...] = ()
    as_mp4: bool = True
    title: str = ""
    legend: bool = True


class FilmDialog(QDialog):
    """make is asked for with a FilmWish. kinds: what can be made now, with words for it; bookmarks: names in order."""

    make = Signal(object)

    def __init__(self, kinds: Mapping[str, str], bookmarks: Sequence[str], mp4: bool, how_to_get: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        say(self.setWindowTitle, "Make a film")
        self.kind, self.seconds, self.fps, self.size_box, self.quality = QComboBox(), QSpinBox(), QComboBox(), QComboBox(), QComboBox()
        self.format, self.title, self.legend, self.stops = QComboBox(), QLineEdit(), QCheckBox(), QListWidget()
        for key, words in kinds.items():
            self.kind.addItem(tr(words), key)
        self.seconds.setRange(1, 600)
        self.seconds.setValue(12)
        self.seconds.setSuffix(" s")
        for n in (24, 25, 30, 60):
            self.fps.addItem(f"{n}", n)
        self.fps.setCurrentIndex(2)
        for words, size in FILM_SIZES:
            self.size_box.addItem(f"{tr(words)}   {size[0]} × {size[1]}", size)
        self.size_box.setCurrentIndex(1)
        for words, smooth in ((mark("Fine, edges smoothed"), True), (mark("Draft, four times as fast"), False)):
            self.quality.addItem(tr(words), smooth)
        if mp4:
            self.format.addItem(tr("MP4 film (H.264)"), True)
        self.format.addItem(tr("Folder of PNG pictures"), False)
        say(self.title.setPlaceholderText, "none")
        say(self.legend.setText, "Legend")
        self.legend.setChecked(True)
        self.stops.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.stops.setMaximumHeight(150)
        for name in bookmarks:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.stops.addItem(item)
        self.told, self.missing = QLabel(objectName="quiet"), QLabel(objectName="quiet")
        for label in (self.told, self.missing):
            label.setWordWrap(True)
            label.setMinimumHeight(label.fontMetrics().lineSpacing() * 2)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.missing.setText(tr("For MP4 films install ffmpeg: {how}", how=how_to_get))
        self.missing.setVisible(not mp4)
        form = QFormLayout()
        self._rows: dict[str, QLabel] = {}
        for text, field in (
            (mark("What moves"), self.kind),
            (mark("Places, in order"), self.stops),
            (mark("Length"), self.seconds),
            (mark("Frames a second"), self.fps),
            (mark("Size"), self.size_box),
            (mark("Quality"), self.quality),
            (mark("File"), self.format),
            (mark("Title in the picture"), self.title),
        ):
            self._rows[text] = QLabel()
            say(self._rows[text].setText, text)
            say(field.setAccessibleName, text)
            form.addRow(self._rows[text], field)
        for field in (self.legend, self.missing, self.told):
            form.addRow("", field)
        self.make_button, buttons = QPushButton(objectName="primary"), QDialogButtonBox()
        say(self.make_button.setText, "Make film…")
        self.make_button.setDefault(True)
        buttons.addButton(self.make_button, QDialogButtonBox.ButtonRole.AcceptRole)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        say(close.setText, "Close")
        close.clicked.connect(self.close)
        self.make_button.clicked.connect(lambda: self.make.emit(self.wish))
        for box in (self.kind, self.fps, self.size_box, self.quality):
            box.currentIndexChanged.connect(self._tell)
        self.seconds.valueChanged.connect(self._tell)
        self.stops.itemChanged.connect(self._tell)
        whole = QVBoxLayout(self)
        whole.addLayout(form)
        whole.addWidget(buttons)
        self._tell()

    @property
    def wish(self) -> FilmWish:
        items = [self.stops.item(i) for i in range(self.stops.count())]
        return FilmWish(
            kind=str(self.kind.currentData()),
            seconds=float(self.seconds.value()),
            fps=int(self.fps.currentData()),
            size=self.size_box.currentData(),
            smooth=bool(self.quality.currentData()),
            stops=tuple(i.text() for i in items if i.checkState() is Qt.CheckState.Checked),
            as_mp4=bool(self.format.currentData()),
            title=self.title.text().strip(),
            legend=self.legend.isChecked(),
        )

    def _tell(self, *_: Any) -> None:
        """How many frames, and what is missing."""
        wish = self.wish
        is_path = wish.kind == "path"
        self.stops.setVisible(is_path)
        self._rows["Places, in order"].setVisible(is_path)
        frames = round(wish.seconds * wish.fps)
        text = tr("{n} frames. Progress, the time left and Cancel are in the status bar; the window stays usable.", n=f"{frames:,}")
        ready = not is_path or len(wish.stops) > 1
        self.told.setText(text if ready else tr("A path needs two bookmarks at least: Ctrl+B keeps the present view as one."))
        self.make_button.setEnabled(ready)
        self.adjustSize()

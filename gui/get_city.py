"""File > Get a city, and File > Open URL or database: what is wanted, asked for in a dialog that holds nothing up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import mark, say, tr
from gui.preferences import settings
from gui.theme import icon
from twin.net.get import Wanted, folder_for, parse_box

SOURCES = {
    "osm": (mark("OpenStreetMap"), mark("Place"), mark("Rotterdam, Delfshaven")),
    "3dbag": (mark("3DBAG (Netherlands)"), mark("Tile or building"), mark("9/284/556 or a BAG number of 16 digits")),
    "plateau": (mark("Project PLATEAU (Japan)"), mark("Code of the city"), mark("13101")),
    "3dtiles": (mark("3D Tiles"), mark("Address"), mark("https://…/tileset.json")),
    "url": (mark("An address"), mark("Address"), mark("https://…/city.gpkg")),
}
CREDITS = {
    "osm": mark("© OpenStreetMap contributors, ODbL. The public servers take up to 120 km² at once."),
    "3dbag": mark("© 3DBAG by tudelft3d and 3DGI, CC BY 4.0."),
    "plateau": mark("Project PLATEAU, Ministry of Land, Infrastructure, Transport and Tourism of Japan. Archives are large."),
    "3dtiles": mark("Whose data it is, its tiles say. Only the server you name is asked."),
    "url": mark("Whose data it is, its page says. Only the server you name is asked."),
}
WITH_BOX = ("osm", "3dbag", "3dtiles")


class GetCity(QDialog):
    """Not modal. wanted: called with what is wanted and the folder, which raises nothing; it stays open where a field is wrong."""

    def __init__(self, parent: QWidget, wanted: Callable[[Wanted, Path], None], wrong: Callable[[Exception], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("get_city")
        self.setMinimumWidth(520)
        say(self.setWindowTitle, "Get a city")
        self._wanted, self._wrong = wanted, wrong
        self._named = ""
        self.source, self.what, self.box, self.modules, self.folder = QComboBox(), QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        for key, (title, _, _) in SOURCES.items():
            self.source.addItem(tr(title), key)
        self.box.setPlaceholderText("4.42,51.90,4.46,51.93")
        self.modules.setPlaceholderText("bldg,dem,brid,tran")
        browse = QToolButton()
        browse.setIcon(icon("ph.folder-open"))
        say(browse.setToolTip, "Choose a folder")
        say(browse.setAccessibleName, "Choose a folder")
        browse.clicked.connect(self._browse)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(browse)
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(18)
        self.form.setVerticalSpacing(10)
        rows: tuple[tuple[str, QWidget], ...] = (
            (mark("Source"), self.source),
            (mark("Place"), self.what),
            (mark("Or west, south, east, north"), self.box),
            (mark("Modules"), self.modules),
        )
        for title, widget in rows:
            self.form.addRow(" ", widget)
            say(self.form.labelForField(widget).setText, title)
            say(widget.setAccessibleName, title)
        self.form.addRow(" ", place)
        say(self.form.labelForField(place).setText, "Into the folder")
        say(self.folder.setAccessibleName, "Into the folder")
        self.credit = QLabel(objectName="quiet")
        self.credit.setWordWrap(True)
        self.get, cancel = QPushButton(), QPushButton()
        say(self.get.setText, "Get")
        say(cancel.setText, "Cancel")
        self.get.setDefault(True)
        self.get.clicked.connect(self._go)
        cancel.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.get)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addLayout(self.form)
        column.addWidget(self.credit)
        column.addLayout(buttons)
        self.source.currentIndexChanged.connect(self._fit)
        self.what.textChanged.connect(self._name)
        self.box.textChanged.connect(self._name)
        self._fit()

    def _fit(self, *_: object) -> None:
        """Fields and words of the source chosen."""
        key = str(self.source.currentData())
        _, label, example = SOURCES[key]
        self.form.labelForField(self.what).setText(tr(label))
        self.what.setAccessibleName(tr(label))
        self.what.setPlaceholderText(tr(example))
        self.form.setRowVisible(self.box, key in WITH_BOX)
        self.form.setRowVisible(self.modules, key == "plateau")
        self.credit.setText(tr(CREDITS[key]))
        self._name()

    def _name(self, *_: object) -> None:
        """A folder named after what is wanted, until another was chosen."""
        ready = bool(self.what.text().strip() or (not self.box.isHidden() and self.box.text().strip()))
        self.get.setEnabled(ready)
        if self.folder.text() in ("", self._named):
            home = Path(str(settings().value("folder", str(Path.home()))))
            self._named = str(home / folder_for(Wanted(str(self.source.currentData()), self.what.text().strip())))
            self.folder.setText(self._named)

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Choose a folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setDirectory(str(Path(self.folder.text()).parent))
        name = Path(self.folder.text()).name
        dialog.fileSelected.connect(
            lambda p: self.folder.setText(str(Path(p) / name if Path(p).name != name and any(Path(p).iterdir()) else p))
        )
        dialog.open()

    def _go(self) -> None:
        from twin.errors import TwinError

        key = str(self.source.currentData())
        try:
            box = parse_box(self.box.text()) if key in WITH_BOX and self.box.text().strip() else None
        except TwinError as error:
            self._wrong(error)
            return
        modules = tuple(m.strip() for m in self.modules.text().split(",") if m.strip()) if key == "plateau" else ()
        self._wanted(Wanted(key, self.what.text().strip(), box, modules), Path(self.folder.text().strip() or self._named))
        self.close()


class OpenAddress(QDialog):
    """An address to open, or to add to the city that is open. Not modal."""

    def __init__(self, parent: QWidget, opened: Callable[[str], None], added: Callable[[str], None] | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("open_address")
        self.setMinimumWidth(560)
        say(self.setWindowTitle, "Open URL or database")
        self.address = QLineEdit()
        self.address.setPlaceholderText("https://…   wfs:https://…   https://…/{z}/{x}/{y}.png   postgresql://user@host/database?table=…")
        say(self.address.setAccessibleName, "Address")
        self.address.setClearButtonEnabled(True)
        hint = QLabel(objectName="quiet")
        hint.setWordWrap(True)
        say(
            hint.setText,
            "A file, a tileset, a WFS or OGC API service, map tiles or a PostGIS database. What is fetched is kept, so that it opens again "
            "without a connection. A password is forgotten when the program ends.",
        )
        self.open, self.add, cancel = QPushButton(), QPushButton(), QPushButton()
        say(self.open.setText, "Open")
        say(self.add.setText, "Add to this city")
        say(cancel.setText, "Cancel")
        self.add.setVisible(added is not None)
        self.open.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, self.add, self.open):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(14)
        column.addWidget(self.address)
        column.addWidget(hint)
        column.addLayout(buttons)
        cancel.clicked.connect(self.close)
        self.open.clicked.connect(lambda: self._give(opened))
        if added is not None:
            self.add.clicked.connect(lambda: self._give(added))
        self.address.textChanged.connect(self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        from twin.net.address import is_url

        ready = is_url(self.address.text().strip())
        self.open.setEnabled(ready)
        self.add.setEnabled(ready)

    def _give(self, to: Callable[[str], None]) -> None:
        from twin.net.address import without_password

        to(without_password(self.address.text().strip()))
        self.close()

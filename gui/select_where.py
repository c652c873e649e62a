"""Select by attribute: rows of field, comparison and value that write a condition, which can be written by hand too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from gui.i18n import declared, mark, say, tr
from gui.items import heading
from gui.spoken import error_spoken
from gui.theme import icon

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.window import MainWindow
    from layers.layer import Layer

SIGNS = {
    "=": mark("is"), "!=": mark("is not"), ">": mark("greater than"), ">=": mark("at least"), "<": mark("less than"), "<=": mark("at most"),
    "contains": mark("contains"), "begins with": mark("begins with"), "is missing": mark("is missing"), "is known": mark("is known"),
}  # fmt: skip
BARE = ("is missing", "is known")
HOW = {
    "replace": mark("New selection"), "add": mark("Add to the selection"), "remove": mark("Take from the selection"),
    "within": mark("Within the selection"),
}  # fmt: skip
FIRST = ("height_m", "depth_m", "class", "kind", "use", "name")
"""The field asked about at first."""
WAIT_MS = 250
MOST_SUGGESTED = 40


class _Row(QWidget):
    """field, comparison, value; a button takes it away."""

    def __init__(self, dialog: SelectWhere) -> None:
        super().__init__(dialog)
        self.field, self.sign, self.value, self.drop = QComboBox(), QComboBox(), QComboBox(), QToolButton()
        self.field.setMinimumWidth(170)
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.value.setMinimumWidth(170)
        for key, title in SIGNS.items():
            self.sign.addItem(tr(title), key)
        self.drop.setIcon(icon("ph.x"))
        say(self.drop.setToolTip, "Take this line away")
        for box, name in ((self.field, mark("Field")), (self.sign, mark("Comparison")), (self.value, mark("Value"))):
            say(box.setAccessibleName, name)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.field, self.sign, self.value, self.drop):
            line.addWidget(widget, 1 if widget is self.value else 0)
        self.sign.currentIndexChanged.connect(lambda: self.value.setEnabled(self.sign.currentData() not in BARE))
        self.field.currentIndexChanged.connect(lambda: dialog.suggest(self))
        for signal in (self.field.currentIndexChanged, self.sign.currentIndexChanged, self.value.editTextChanged):
            signal.connect(dialog.write)
        self.drop.clicked.connect(lambda: dialog.drop(self))

    def fill(self, names: list[str]) -> None:
        self.field.blockSignals(True)
        self.field.clear()
        for name in names:
            self.field.addItem(heading(name), name)
            self.field.setItemData(self.field.count() - 1, name, Qt.ItemDataRole.ToolTipRole)
        self.field.blockSignals(False)

    @property
    def condition(self) -> str:
        """As text; "" where it is not finished."""
        name, sign, value = self.field.currentData(), self.sign.currentData(), self.value.currentText().strip()
        if not name or (not value and sign not in BARE):
            return ""
        from twin.city.where import comparison

        return comparison(str(name), str(sign), None if sign in BARE else value)


class SelectWhere(QDialog):
    """Not modal; says how many rows meet the condition while it is written."""

    def __init__(self, window: MainWindow, layer: Layer) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(620)
        say(self.setWindowTitle, "Select by attribute")
        self._window, self.layer = window, layer
        self._names: list[str] = []
        self._job: Job | None = None
        self._hints: dict[str, list[str]] = {}
        self._ours = False
        self.which, self.join, self.how = QComboBox(), QComboBox(), QComboBox()
        for x in window.session.layers:
            self.which.addItem(declared(x.title), x)
        self.which.setCurrentIndex(self.which.findData(layer))
        say(self.which.setAccessibleName, "Layer")
        for text, key in ((tr("all of these hold"), " and "), (tr("any of these holds"), " or ")):
            self.join.addItem(text, key)
        for key, title in HOW.items():
            self.how.addItem(tr(title), key)
        self.more = QPushButton(icon("ph.plus"), tr("Another line"))
        self.text = QPlainTextEdit()
        self.text.setFixedHeight(self.fontMetrics().lineSpacing() * 3 + 14)
        self.text.setTabChangesFocus(True)
        say(self.text.setAccessibleName, "Condition")
        self.text.setPlaceholderText("height_m > 30 and (use = office or name contains tower)")
        self.told = QLabel(objectName="quiet")
        self.told.setWordWrap(True)
        self.ok, close = QPushButton(), QPushButton()
        say(self.ok.setText, "Select")
        say(close.setText, "Close")
        self.ok.setDefault(True)
        self.ok.setEnabled(False)
        top, foot = QHBoxLayout(), QHBoxLayout()
        for widget in (QLabel(tr("In")), self.which, QLabel(tr("where")), self.join):
            top.addWidget(widget)
        top.addStretch(1)
        foot.addWidget(self.how)
        foot.addStretch(1)
        foot.addWidget(close)
        foot.addWidget(self.ok)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(top)
        column.addLayout(self._lines)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(QLabel(tr("Condition"), objectName="quiet"))
        column.addWidget(self.text)
        column.addWidget(self.told)
        column.addLayout(foot)
        self.rows: list[_Row] = []
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._count)
        self.more.clicked.connect(lambda: self.add())
        self.join.currentIndexChanged.connect(self.write)
        self.text.textChanged.connect(self._changed)
        self.which.currentIndexChanged.connect(lambda: self.take(self.which.currentData()))
        self.ok.clicked.connect(self._select)
        close.clicked.connect(self.close)
        self.add()
        self.take(layer)

    def take(self, layer: Layer) -> None:
        """Ask about another layer; its fields are read in a worker."""
        self.layer, self._hints = layer, {}

        def done(names: list[str]) -> None:
            if self.layer is layer:
                self._names = names
                for row in self.rows:
                    row.fill(names)
                    first = next((n for n in FIRST if n in names), names[0] if names else "")
                    row.field.setCurrentIndex(max(0, row.field.findData(first)))
                if self.rows:
                    self.suggest(self.rows[0])
                self._wait.start()

        self._work(lambda _: layer.columns(), done)

    def _work(self, work: Any, done: Any, failed: Any = None) -> Job:
        """In a worker; a dialog that was closed meanwhile hears nothing."""
        alive = [True]
        self.destroyed.connect(lambda: alive.clear())
        tell = failed or self._window.notices.trouble
        return self._window.jobs.start(
            tr("Select by attribute"), work, quiet=True, done=lambda x: alive and done(x), failed=lambda e: alive and tell(e)
        )

    def add(self) -> _Row:
        row = _Row(self)
        row.fill(self._names)
        self.rows.append(row)
        self._lines.addWidget(row)
        if self._names:
            self.suggest(row)
        return row

    def drop(self, row: _Row) -> None:
        if len(self.rows) > 1:
            self.rows.remove(row)
            self._lines.removeWidget(row)
            row.deleteLater()
            self.adjustSize()
        else:
            row.value.clearEditText()
        self.write()

    def suggest(self, row: _Row) -> None:
        """Values that are there, the most frequent first; read in a worker."""
        name, layer = row.field.currentData(), self.layer
        if not name:
            return

        def show(values: list[str]) -> None:
            self._hints[name] = values
            if row in self.rows and row.field.currentData() == name:
                written = row.value.currentText()
                row.value.blockSignals(True)
                row.value.clear()
                row.value.addItems(values)
                row.value.setEditText(written)
                row.value.blockSignals(False)

        if name in self._hints:
            show(self._hints[name])
        else:
            self._work(lambda _: _common(layer.column(name)), show)

    def write(self) -> None:
        """The lines as a condition."""
        parts = [r.condition for r in self.rows if r.condition]
        self._ours = True
        self.text.setPlainText(str(self.join.currentData()).join(parts))
        self._ours = False

    def _changed(self) -> None:
        self.ok.setEnabled(False)
        self._wait.start()

    @property
    def condition(self) -> str:
        return self.text.toPlainText().strip()

    def _count(self, *_: Any) -> None:
        condition, layer = self.condition, self.layer
        if self._job is not None:
            self._job.cancel()
        if not condition:
            self.told.setText(tr("Choose a field and a value, or write a condition."))
            self.ok.setEnabled(False)
            return

        def work(_: Control) -> tuple[int, int]:
            from layers.choosing import meeting

            return len(meeting(layer, condition)), layer.count

        def done(found: tuple[int, int]) -> None:
            self._job = None
            if condition == self.condition and layer is self.layer:
                self.told.setText(tr("{k:,} of {n:,} rows", k=found[0], n=found[1]))
                self.ok.setEnabled(True)

        def failed(error: Exception) -> None:
            self._job = None
            self.told.setText(error_spoken(error))

        self._job = self._work(work, done, failed)

    def _select(self) -> None:
        self._window.select_where(self.layer, self.condition, str(self.how.currentData()))


def _common(values: Any) -> list[str]:
    """Words of a column by how many rows have them; none of a column of numbers that are all different."""
    import pandas as pd

    counts = pd.Series(values).dropna().value_counts()
    if values.dtype.kind in "f" and len(counts) > MOST_SUGGESTED:
        return []
    return [str(v) for v in counts.index[:MOST_SUGGESTED] if str(v)]

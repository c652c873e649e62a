"""What a scenario did, and two side by side: baseline, alternative, change; difference layer and report a press away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QHeaderView, QLabel, QPushButton, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from gui.i18n import language, say, tr
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.running import Runs
    from gui.session import Session


class ComparePanel(QWidget):
    """Indicators of the scenario shown; with a second one chosen, both and their difference."""

    difference_wanted = Signal(object)
    report_wanted = Signal(object)
    """Comparison or RunResult."""

    def __init__(self, session: Session, runs: Runs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.runs = session, runs
        self.comparison: Any = None
        self._names = ("", "")
        self._kept: tuple[str, str] | None = None
        """Of a project whose results are still being opened."""
        self.base, self.other = QComboBox(), QComboBox()
        say(self.base.setAccessibleName, "Baseline")
        say(self.other.setAccessibleName, "Alternative")
        for box in (self.base, self.other):
            box.setMinimumWidth(90)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMaximumWidth(380)
            box.currentIndexChanged.connect(self._asked)
        against = QLabel(objectName="quiet")
        say(against.setText, "against")
        self.difference, self.report = QPushButton(), QPushButton()
        say(self.difference.setText, "Show difference")
        say(self.difference.setToolTip, "A layer of where the water stands deeper and shallower than in the baseline")
        say(self.report.setText, "Report…")
        say(self.report.setToolTip, "Write a report of this with pictures, table, assumptions and limits")
        self.difference.clicked.connect(lambda: self.difference_wanted.emit(self.comparison))
        self.report.clicked.connect(lambda: self.report_wanted.emit(self.subject))
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(8)
        for widget in (self.other, against, self.base):
            bar.addWidget(widget)
        bar.addStretch(1)
        bar.addWidget(self.difference)
        bar.addWidget(self.report)
        self.table = QTableWidget()
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        say(self.table.setAccessibleName, "Indicators")
        self.empty = QLabel(objectName="quiet")
        self.empty.setContentsMargins(14, 10, 14, 10)
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Figures appear here after a run. Add a measure, run again, and the two are compared.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty)
        column.addWidget(self.table, 1)
        session.cases_changed.connect(self.refresh)
        session.current_changed.connect(self.refresh)
        runs.compared.connect(self._compared)
        language.changed.connect(self.refresh)
        look.changed.connect(self.refresh)
        self.refresh()

    @property
    def subject(self) -> Any:
        """What a report is written of: the comparison shown, else the result shown."""
        if self.comparison is not None:
            return self.comparison
        return self.session.case.result if self.session.case is not None else None

    def state(self) -> dict[str, Any]:
        """What a project keeps of it; empty where nothing is compared."""
        return {"against": list(self._names)} if self.comparison is not None else {}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave, as soon as both results are open; what cannot be understood is left."""
        names = state.get("against")
        self._kept = (str(names[0]), str(names[1])) if isinstance(names, list) and len(names) == 2 else None
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Choices, and the figures of the scenario shown."""
        if self._kept is not None and all(n in self.session.cases and self.session.cases[n].result is not None for n in self._kept):
            (base, other), self._kept = self._kept, None
            self.runs.compare(base, other)
        done = [n for n, c in self.session.cases.items() if c.result is not None]
        current = self.session.current if self.session.current in done else (self._names[1] if self._names[1] in done else "")
        if self.comparison is not None and (self._names[1] != current or self._names[0] not in done):
            self.comparison, self._names = None, ("", "")
        for box, chosen, none in ((self.other, current, "–"), (self.base, self._names[0], tr("nothing"))):
            box.blockSignals(True)
            box.clear()
            box.addItem(none, "")
            for name in done:
                box.addItem(name, name)
            box.setCurrentIndex(max(0, box.findData(chosen)))
            box.blockSignals(False)
        self._show(current)

    def _show(self, current: str) -> None:
        case = self.session.cases.get(current)
        self.empty.setVisible(case is None)
        self.table.setVisible(case is not None)
        self.difference.setEnabled(self.comparison is not None)
        self.report.setEnabled(case is not None)
        self.difference.setIcon(icon("ph.intersect"))
        self.report.setIcon(icon("ph.file-text"))
        if case is None or case.result is None:
            return
        from twin.figures import by_theme, figure, figures_of_change, indicator_title, is_better, theme_title

        lang = language.name[:2]
        rows: list[tuple[str, ...]] = []
        good: list[bool | None] = []
        if self.comparison is None:
            figures = case.result.indicators
            for theme, names in by_theme({n: i.value for n, i in figures.items()}):
                rows.append((theme_title(theme, lang),))
                rows += [(indicator_title(n, lang), figure(figures[n].value, self._unit(figures[n].unit), lang=lang)) for n in names]
            self._fill([tr("Indicator"), current], rows, [None] * len(rows))
            return
        lines = {str(x["indicator"]): x for x in self.comparison.table.to_dict("records")}
        told = {n: abs(x["baseline"]) + abs(x["other"]) for n, x in lines.items()}
        for theme, name in [(t, n) for t, names in by_theme(told) for n in ("", *names)]:
            if not name:
                rows.append((theme_title(theme, lang),))
                good.append(None)
                continue
            line, unit = lines[name], self._unit(str(lines[name]["unit"]))
            change, percent = line["change"], line["percent"]
            share = "" if percent != percent or not change or unit in ("%", "1") else f"{percent:+.1f} %".replace("-", "\u2212")
            before, after, by = figures_of_change(line["baseline"], line["other"], change, unit, lang)
            rows.append((indicator_title(name, lang), before, after, by if change else "=", share))
            good.append(is_better(name, change))
        self._fill([tr("Indicator"), self._names[0], self._names[1], tr("Change"), "%"], rows, good)

    def _unit(self, unit: str) -> str:
        return self.session.city.currency if unit == "currency" and self.session.city is not None else unit

    def _fill(self, titles: list[str], rows: list[Any], good: list[bool | None]) -> None:
        """rows: a heading is alone in its row. good: whether the change of a row is for the better, None for neither."""
        self.table.clear()
        self.table.clearSpans()
        self.table.setColumnCount(len(titles))
        self.table.setRowCount(len(rows))
        self.table.setHorizontalHeaderLabels(titles)
        c, right = colors(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, row in enumerate(rows):
            for k, text in enumerate(row):
                item = QTableWidgetItem(text)
                if k:
                    item.setTextAlignment(right)
                if k > 2 and good[i] is not None:
                    item.setForeground(QColor(c.good if good[i] else c.error))
                self.table.setItem(i, k, item)
            if len(row) == 1:
                self.table.setSpan(i, 0, 1, len(titles))
                font = item.font()
                font.setBold(True)
                item.setFont(font)
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        header = self.table.horizontalHeader()
        for k in range(len(titles)):
            self.table.horizontalHeaderItem(k).setTextAlignment(right if k else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            header.setSectionResizeMode(k, QHeaderView.ResizeMode.Stretch if k == 0 else QHeaderView.ResizeMode.ResizeToContents)

    def _asked(self) -> None:
        base, other = self.base.currentData() or "", self.other.currentData() or ""
        if other:
            self.session.set_current(other)
        if not base or base == other:
            self.comparison, self._names = None, ("", "")
            self.refresh()
        elif other:
            self.runs.compare(base, other)

    def _compared(self, comparison: Any, base: str, other: str) -> None:
        self.comparison, self._names = comparison, (base, other)
        self.refresh()

"""The import report: what is wrong with the city, where, what was done about it, and a button that mends it."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.i18n import language, mark, say, tr
from gui.notices import ICONS
from gui.spoken import spoken
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from gui.session import Session
    from twin.errors import Problem

SEVERITY = {"error": mark("error"), "warning": mark("warning"), "info": mark("note")}
PROBLEM = Qt.ItemDataRole.UserRole
LOST = ("no_crs", "crs_unknown", "far_away", "outside_crs")
"""Problems of a source whose reference system is not known, or not the right one."""
SOURCE_PX = 150
"""Widest the column of sources is by itself; the sentence is worth more."""


def lang() -> str:
    """Language of the doctor's own words."""
    return language.name[:2]


class DoctorPanel(QWidget):
    """Signals ask the window for what they say; the panel only shows the problems of the session's city."""

    example_wanted = Signal(str, object)
    """Id of an object, or '', and its place (x, y) or None."""
    repair_wanted = Signal(list)
    """Names of repairs of the city."""
    source_wanted = Signal(str, str)
    """Source and change of the recipe ("crs=EPSG:28992")."""
    system_wanted = Signal(str, list)
    """Source whose reference system is to be asked for, and those it might be in."""
    check_wanted = Signal()
    export_wanted = Signal()
    recipe_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.summary = QLabel(objectName="section")
        self.check, self.safe, self.more = QPushButton(), QPushButton(), QToolButton()
        say(self.check.setText, "Check thoroughly")
        say(self.check.setToolTip, "Make all checks, also those of every face and edge")
        say(self.safe.setText, "Repair all safe ones")
        say(self.safe.setToolTip, "Make the repairs that change nothing that could be right; Undo takes them back")
        self.check.clicked.connect(self.check_wanted)
        self.safe.clicked.connect(self._repair_safe)
        menu = QMenu(self.more)
        export, recipe = menu.addAction(""), menu.addAction("")
        say(export.setText, "Export report…")
        say(recipe.setText, "Save recipe…")
        export.triggered.connect(self.export_wanted)
        recipe.triggered.connect(self.recipe_wanted)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        say(self.more.setText, "Export")
        say(self.more.setToolTip, "Report as a page or as data, or a recipe that opens the city as it is now")
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 4)
        bar.setSpacing(8)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        bar.addWidget(self.summary, 1)
        for widget in (self.check, self.safe, self.more):
            bar.addWidget(widget)

        self.list = QTreeWidget()
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAlternatingRowColors(True)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setAllColumnsShowFocus(True)
        self.list.setColumnCount(4)
        say(self.list.setAccessibleName, "Problems found")
        self.list.currentItemChanged.connect(lambda item, _: self._show(item))
        self.list.itemActivated.connect(lambda item, _: self._first_example(item))

        self.title, self.says, self.did, self.why, self.examples = QLabel(objectName="heading"), *(QLabel() for _ in range(4))
        self.why.setObjectName("quiet")
        for label in (self.title, self.says, self.did, self.why, self.examples):
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # one long word must not push all out of sight
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.examples.setTextFormat(Qt.TextFormat.RichText)
        self.examples.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.examples.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        say(self.examples.setAccessibleName, "Examples")
        self.examples.linkActivated.connect(self._follow)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(6)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addWidget(self.title)
        column.addLayout(self.buttons)  # high up: in sight however low the dock is
        for widget in (self.says, self.did, self.examples, self.why):
            column.addWidget(widget)
        column.addStretch(1)
        detail = QScrollArea()
        detail.setWidgetResizable(True)
        detail.setFrameShape(QFrame.Shape.NoFrame)
        detail.setMinimumWidth(200)
        detail.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        detail.setWidget(inner)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.list)
        split.addWidget(detail)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        split.setSizes([3000, 2000])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(bar)
        whole.addWidget(split, 1)
        session.city_changed.connect(self.refresh)
        session.problems_changed.connect(self.refresh)
        language.changed.connect(self.refresh)
        look.changed.connect(self.refresh)
        self.refresh()

    @property
    def problem(self) -> Problem | None:
        """The one chosen."""
        item = self.list.currentItem()
        return None if item is None else item.data(0, PROBLEM)

    def refresh(self, *_: Any) -> None:
        """The problems of the city as it is now; the one chosen stays chosen where it is still there."""
        city, was = self.session.city, self.problem
        self.more.setIcon(icon("ph.export"))
        self.check.setIcon(icon("ph.heartbeat"))
        self.safe.setIcon(icon("ph.first-aid-kit"))
        self.list.setHeaderLabels([tr("Problem"), tr("Count"), tr("What was found"), tr("Source")])
        self.list.blockSignals(True)
        # Sized once at the end: sizing by contents at every row is seconds for some hundred problems.
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.list.clear()
        for widget in (self.check, self.more):
            widget.setEnabled(city is not None)
        safe: list[str] = []
        if city is not None:
            from twin.city.doctor import asked
            from twin.city.doctor.report import sorted_problems

            safe = asked(city, safe_only=True)
            self.list.addTopLevelItems([self._item(problem) for problem in sorted_problems(city.problems)])
            if not city.problems:
                nothing = QTreeWidgetItem(["", "", tr("Nothing wrong was found."), ""])
                nothing.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.list.addTopLevelItem(nothing)
        self.safe.setEnabled(bool(safe))
        self._sizes()
        chosen = self.list.topLevelItem(0)
        for i in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(i)
            if was is not None and item.data(0, PROBLEM) is not None and item.data(0, PROBLEM).message == was.message:
                chosen = item
        self.list.setCurrentItem(chosen)
        self.list.blockSignals(False)
        self.summary.setText(summary(self.session.city))
        self._show(chosen)

    def _item(self, problem: Problem) -> QTreeWidgetItem:
        from twin.city.doctor import words
        from twin.city.doctor.report import told

        c = colors()
        tint = {"error": c.error, "warning": c.warning}.get(problem.severity, c.info)
        item = QTreeWidgetItem([words.title(problem.code, lang()), f"{problem.count:,}", told(problem, lang(), spoken), problem.source])
        item.setData(0, PROBLEM, problem)
        item.setIcon(0, icon(ICONS[problem.severity], tint))
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{tr(SEVERITY[problem.severity])}: {item.text(0)}")
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setToolTip(2, item.text(2))
        item.setForeground(3, QColor(c.quiet))
        return item

    def _sizes(self) -> None:
        header = self.list.header()
        header.setStretchLastSection(False)
        for k, mode in enumerate(
            (
                QHeaderView.ResizeMode.ResizeToContents,
                QHeaderView.ResizeMode.ResizeToContents,
                QHeaderView.ResizeMode.Stretch,
                QHeaderView.ResizeMode.Interactive,
            )
        ):
            header.setSectionResizeMode(k, mode)
        header.resizeSection(3, min(SOURCE_PX, max(60, self.list.sizeHintForColumn(3))))

    def _show(self, item: QTreeWidgetItem | None) -> None:
        """The one chosen, in full."""
        problem: Problem | None = None if item is None else item.data(0, PROBLEM)
        while self.buttons.count():
            widget = self.buttons.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for label in (self.title, self.says, self.did, self.why, self.examples):
            label.setVisible(problem is not None)
        if problem is None:
            return
        from twin.city.doctor import REPAIRS, words  # pandas: not before there is something to tell
        from twin.city.doctor.report import repair_words, told

        self.title.setText(words.title(problem.code, lang()))
        sentence = told(problem, lang(), spoken)
        self.says.setText(f"{sentence} ({problem.source})" if problem.source and problem.source not in sentence else sentence)
        did = words.sentence(problem.code, problem.did, lang())
        self.did.setText(tr("What was done: {did}", did=spoken(did)) if did else "")
        self.did.setVisible(bool(did))
        self.why.setText(words.why(problem.code, lang()))
        self.why.setVisible(bool(self.why.text()))
        self._link(problem)
        ways = [(c, text) for c, text in repair_words(problem.repair, lang()) if "=" in c or c in REPAIRS]
        for i, (change, text) in enumerate(ways):
            button = QPushButton(text, objectName="primary" if i == 0 else "")
            button.setIcon(icon("ph.first-aid-kit", colors().on_accent if i == 0 else None))
            button.setAccessibleName(tr("Repair: {what}", what=text))
            button.clicked.connect(lambda _=False, p=problem, c=change: self._ask(p, c))
            self.buttons.addWidget(button)
        if problem.code in LOST and problem.source:
            self.buttons.addWidget(self._state_button(problem, first=not ways))
        self.buttons.addStretch(1)

    def _state_button(self, problem: Problem, first: bool) -> QPushButton:
        """Where no way to read a source was found, or not the right one, a person may know it."""
        button = QPushButton(tr("State reference system…"), objectName="primary" if first else "")
        choices = [c.removeprefix("crs=") for c in problem.repair.split("|") if c.startswith("crs=") and " " not in c]
        button.clicked.connect(lambda: self.system_wanted.emit(problem.source, choices))
        return button

    def _ask(self, problem: Problem, change: str) -> None:
        if "=" in change:
            self.source_wanted.emit(problem.source, change)
        else:
            self.repair_wanted.emit([change])

    def _link(self, problem: Problem) -> None:
        """Examples as links, those without an object as numbered places; files and what was left out as plain text."""
        from twin.city.doctor.report import leads_somewhere

        city = self.session.city
        again = {e for e in problem.examples if problem.examples.count(e) > 1}  # a road that many others cross
        names = [f"{e} ({i + 1})" if e in again else e for i, e in enumerate(problem.examples)]
        names += [tr("place {n}", n=i + 1) for i in range(len(names), len(problem.places))]
        said = []
        for i, name in enumerate(names):
            text = escape(breakable(name))
            there = city is not None and leads_somewhere(city, problem, i)
            said.append(f'<a href="example:{i}">{text}</a>' if there else text)
        accent = colors().accent
        self.examples.setText(f"<style>a {{ color: {accent}; }}</style>{escape(tr('Examples'))}: " + " &nbsp; ".join(said) if said else "")
        self.examples.setVisible(bool(said))

    def _follow(self, link: str) -> None:
        problem = self.problem
        if problem is not None:
            self.fly(problem, int(link.partition(":")[2]))

    def _first_example(self, item: QTreeWidgetItem) -> None:
        problem = item.data(0, PROBLEM)
        city = self.session.city
        if problem is None or city is None:
            return
        from twin.city.doctor.report import leads_somewhere

        count = max(len(problem.examples), len(problem.places))
        first = next((i for i in range(count) if leads_somewhere(city, problem, i)), None)
        if first is not None:
            self.fly(problem, first)

    def fly(self, problem: Problem, number: int) -> None:
        """Ask for one of the examples of a problem to be seen."""
        example = problem.examples[number] if number < len(problem.examples) else ""
        place = problem.places[number] if number < len(problem.places) else None
        self.example_wanted.emit(example, place)

    def _repair_safe(self) -> None:
        from twin.city.doctor import asked

        if self.session.city is not None:
            self.repair_wanted.emit(asked(self.session.city, safe_only=True))


def breakable(name: str) -> str:
    """A long id or path that may go on in the next line."""
    return re.sub(r"([_/.-])(?=.)", "\\1\u200b", name)


def summary(city: Any) -> str:
    """How many kinds of trouble of each severity."""
    if city is None:
        return ""
    count = {s: sum(p.severity == s for p in city.problems) for s in SEVERITY}
    words = {
        "error": (tr("1 error"), tr("{n} errors", n=count["error"])),
        "warning": (tr("1 warning"), tr("{n} warnings", n=count["warning"])),
        "info": (tr("1 note"), tr("{n} notes", n=count["info"])),
    }
    said = [words[s][0] if n == 1 else words[s][1] for s, n in count.items() if n]
    if city.repairs:
        said.append(tr("1 repair made") if len(city.repairs) == 1 else tr("{n} repairs made", n=len(city.repairs)))
    return ", ".join(said) if said else tr("Nothing wrong was found.")

"""Scenarios: the tree of what-ifs, Run and Cancel, and forms generated from what models and measures declare."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui import measures
from gui.elided import Elided
from gui.forms import Form
from gui.i18n import declared, language, say, tr
from gui.panels.style import _quiet
from gui.progress import ProgressLine
from gui.spoken import spoken
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.running import Runs
    from gui.session import Session
    from twin.city.city import City
    from twin.models.base import Model, Param
    from twin.scenario.scenario import Scenario

NAME = Qt.ItemDataRole.UserRole
NARROW = 100
"""Pixels that a button and a field get at least, so that two go beside each other in a narrow panel."""
MOST_ROWS = 9
"""Scenarios that are seen without scrolling."""


class _Section(QWidget):
    """A heading that opens and closes a form; the form is made when it is first needed."""

    def __init__(self, title: str, tip: str, make: Callable[[], Form]) -> None:
        super().__init__()
        self._make = make
        self._form: Form | None = None
        self.button = QPushButton(title, objectName="link")
        self.button.setCheckable(True)
        self.button.setToolTip(tip)
        self.button.toggled.connect(self._toggled)
        self._head = QHBoxLayout()
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.addWidget(self.button, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addLayout(self._head)
        self._toggled(False)

    def removable(self, remove: Callable[[], None]) -> None:
        gone = QToolButton()
        gone.setIcon(icon("ph.trash"))
        gone.setAutoRaise(True)
        gone.setToolTip(tr("Remove it from this scenario"))
        gone.setAccessibleName(tr("Remove it from this scenario"))
        gone.clicked.connect(lambda: remove())
        self._head.addWidget(gone)

    def open(self, on: bool) -> None:
        self.button.setChecked(on)

    def make(self) -> Form:
        """The form, also where it is not seen."""
        if self._form is None:
            self._form = self._make()
            self._form.setVisible(self.button.isChecked())
            self._column.addWidget(self._form)
        return self._form

    def _toggled(self, on: bool) -> None:
        self.button.setIcon(icon("ph.caret-down" if on else "ph.caret-right"))
        if on or self._form is not None:
            self.make().setVisible(on)


class ScenarioPanel(QWidget):
    """All of it reads the session and writes through it."""

    draw = Signal(str)
    """A kind of measure is to be drawn."""
    show_shape = Signal(object)
    """Fly to a shape in local metres."""

    def __init__(self, session: Session, runs: Runs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.runs = session, runs
        self._forms: dict[str, Form] = {}
        self._sections: dict[str, _Section] = {}
        self.edit_form: Form | None = None
        self._is_due = False
        """The forms are of another scenario, or of another language or look."""
        self._building = False
        self._new = ""
        """Hazard just added, to be scrolled to once its form is there."""
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.setIndentation(14)
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.DoubleClicked)
        say(self.tree.setAccessibleName, "Scenarios")
        self.tree.currentItemChanged.connect(self._chosen)
        self.tree.itemChanged.connect(self._renamed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.empty = _quiet("")
        self.empty.setContentsMargins(14, 12, 14, 12)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        say(self.empty.setText, "Open a city, then ask what would happen: press Cloudburst for a first answer.")
        column.addWidget(self.empty)
        self._all = QWidget()
        inner = QVBoxLayout(self._all)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self.tree)
        inner.addWidget(self._controls())
        line = QFrame(objectName="line")
        inner.addWidget(line)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner.addWidget(self.area, 1)
        column.addWidget(self._all, 1)
        session.cases_changed.connect(self.refresh)
        session.current_changed.connect(self.rebuild)
        session.case_edited.connect(self._edited)
        runs.started.connect(self._follow)
        runs.ended.connect(self.refresh)
        language.changed.connect(self.rebuild)
        look.changed.connect(self.rebuild)
        self.rebuild()

    # tree
    def refresh(self, *_: Any) -> None:
        """The tree and the buttons, as things are now."""
        session = self.session
        self.tree.blockSignals(True)
        self.tree.clear()
        items: dict[str, QTreeWidgetItem] = {}
        for name, case in session.cases.items():
            item = QTreeWidgetItem([name, ""])
            item.setData(0, NAME, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable)
            item.setToolTip(0, case.scenario.scenario.question or name)
            running = self.runs.is_running and self.runs._case is case
            stale = session.is_stale(case)
            name_of = (
                "ph.play-circle" if running else "ph.warning" if stale else "ph.check-circle" if case.result is not None else "ph.circle"
            )
            c = colors()
            item.setIcon(0, icon(name_of, c.warning if stale else c.good if case.result is not None else c.quiet))
            state = "running" if running else "stale" if stale else "preview" if case.coarse_m else "cancelled"
            told = {"running": tr("running"), "stale": tr("stale"), "preview": tr("preview"), "cancelled": tr("cancelled")}
            item.setText(1, told[state] if state != "cancelled" or (case.partial and case.store) else "")
            if case.coarse_m:
                item.setToolTip(1, tr("A first answer on cells of {m:g} m. Run gives the full one.", m=case.coarse_m))
            items[name] = item
        for name, item in items.items():
            parent = items.get(session.cases[name].scenario.scenario.parent)
            if parent is not None and parent is not item:
                parent.addChild(item)
            else:
                self.tree.addTopLevelItem(item)
        self.tree.expandAll()
        row = self.tree.sizeHintForRow(0) if items else 24
        self.tree.setFixedHeight(min(max(1, len(items)), MOST_ROWS) * row + 6)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        if session.current in items:
            self.tree.setCurrentItem(items[session.current])
        self.tree.blockSignals(False)
        self.empty.setVisible(not session.cases)
        self._all.setVisible(bool(session.cases))
        self._buttons()

    def _chosen(self, item: QTreeWidgetItem | None, _: Any = None) -> None:
        if item is not None:
            self.session.set_current(item.data(0, NAME))

    def _renamed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == 0 and item.text(0) != item.data(0, NAME):
            self.session.rename_case(item.data(0, NAME), item.text(0))
            self.refresh()

    # run and cancel
    def _controls(self) -> QWidget:
        self.run_button, self.cancel_button = QPushButton(objectName="primary"), QPushButton()
        say(self.run_button.setText, "Run")
        say(self.run_button.setToolTip, "Run this scenario (Ctrl+R)")
        say(self.cancel_button.setText, "Cancel")
        self.run_button.clicked.connect(lambda: self.runs.run(self.session.current))
        self.cancel_button.clicked.connect(self.runs.cancel)
        self.branch_button, self.remove_button, self.live_button, self.new_button = (QToolButton() for _ in range(4))
        say(self.new_button.setToolTip, "New scenario of a hazard")
        say(self.new_button.setAccessibleName, "New scenario of a hazard")
        self.new_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.new_button)
        menu.aboutToShow.connect(lambda: (menu.clear(), hazard_menu(menu, self.new_scenario)))
        self.new_button.setMenu(menu)
        self.live_button.setCheckable(True)
        say(self.live_button.setToolTip, "Preview each change: a first answer on coarse cells, refined while you look")
        say(self.branch_button.setToolTip, "Branch: a new scenario that starts as this one is")
        say(self.remove_button.setToolTip, "Remove this scenario")
        self.branch_button.clicked.connect(lambda: self.session.branch(self.session.current) if self.session.case else None)
        self.remove_button.clicked.connect(lambda: self.session.remove_case(self.session.current))
        self.stale = QLabel(objectName="stale")
        say(self.stale.setText, "stale")
        say(self.stale.setToolTip, "Something changed since this result was computed. Run again to bring it up to date.")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.run_button)
        row.addWidget(self.cancel_button)
        row.addWidget(self.stale)
        row.addWidget(self.live_button)
        row.addStretch(1)
        row.addWidget(self.new_button)
        row.addWidget(self.branch_button)
        row.addWidget(self.remove_button)
        self.bar, self.stage = ProgressLine(), Elided(objectName="quiet")
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(12, 8, 12, 10)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addWidget(self.stage)
        return box

    def _buttons(self) -> None:
        running, case = self.runs.is_running, self.session.case
        self.run_button.setEnabled(case is not None and not self.runs.is_busy)
        self.cancel_button.setVisible(running)
        self.bar.setVisible(running)
        self.stage.setVisible(running)
        self.stale.setVisible(case is not None and not running and self.session.is_stale(case))
        self.remove_button.setEnabled(case is not None and not running)
        self.live_button.setIcon(icon("ph.lightning"))
        self.new_button.setIcon(icon("ph.plus"))
        self.branch_button.setIcon(icon("ph.git-branch"))
        self.remove_button.setIcon(icon("ph.trash"))
        self.run_button.setIcon(icon("ph.play-fill", colors().on_accent))

    def _follow(self, _: str) -> None:
        """A run begins; nothing of the one before is said of it."""
        self.bar.set_value(-1.0)
        self.stage.setText(tr("Getting ready"))
        if self.runs.job is not None:
            self.runs.job.progressed.connect(self._progress)
        self.refresh()

    def _progress(self, stage: str, fraction: float, remaining: float | None) -> None:
        self.bar.set_value(fraction)
        job = self.runs.job
        elapsed = job.elapsed_s if job is not None else 0.0
        left = tr("{s:.0f} s left", s=remaining) if remaining is not None else ""
        self.stage.setText("   ".join(x for x in (spoken(stage), tr("{s:.0f} s", s=elapsed), left) if x))

    def new_scenario(self, model: type[Model]) -> None:
        """A scenario of one hazard, to be told what happens."""
        self.session.add_case(scenario_of(model))

    # forms
    def rebuild(self, *_: Any) -> None:
        """Forms of the scenario chosen, made anew when the events that told so are over, however many they are, and seen."""
        self.refresh()
        self._is_due = True
        self.build_soon()

    def build_soon(self, *_: Any) -> None:
        """Once, when the events that ask for it are over."""
        QTimer.singleShot(0, self, self._build_if_seen)

    def _build_if_seen(self) -> None:
        """Behind another tab nothing is made."""
        if not self.visibleRegion().isEmpty():
            self._build_if_due()

    @property
    def forms(self) -> dict[str, Form]:
        """By hazard, and the clock's."""
        self._build_if_due()
        for section in self._sections.values():
            section.make()
        return self._forms

    @property
    def edits(self) -> QTreeWidget:
        """The measures of the scenario chosen."""
        self._build_if_due()
        return self._edits

    def _build_if_due(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        self._forms, self._sections, self.edit_form = {}, {}, None
        case = self.session.case
        if case is None:
            return
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 8, 12, 14)
        column.setSpacing(8)
        scenario = case.scenario
        if scenario.scenario.question:
            column.addWidget(_quiet(declared(scenario.scenario.question)))
        column.addWidget(self._measures())
        column.addLayout(self._hazard_bar())
        named = {h.id for h in scenario.hazard}
        for id, model, given in hazards_of(scenario, self.session.city):
            section = _Section(declared(model.title), declared(model.question), lambda i=id, m=model, g=given: self._form_of(i, m, g))
            if id in named and len(named) > 1:
                section.removable(lambda i=id: self._remove_hazard(i))
            self._sections[id] = section
            column.addWidget(section)
            section.open(id in named)
        column.addWidget(QLabel(tr("Clock"), objectName="section"))
        clock = Form(
            clock_params(), {
                "duration": scenario.scenario.duration, "interval": scenario.outputs.interval, "seed": scenario.scenario.seed,
                "follow": scenario.outputs.follow == "all",
            },
        )
        clock.changed.connect(self._set_clock)
        self._forms["clock"] = clock
        column.addWidget(clock)
        column.addStretch(1)
        self.area.setWidget(body)
        self._fill_edits()
        new, self._new = self._sections.get(self._new), ""
        if new is not None:
            QTimer.singleShot(0, new, lambda: self.area.ensureWidgetVisible(new, 0, 40))

    def _hazard_bar(self) -> QHBoxLayout:
        """Heading of the models, and the button that adds one."""
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("What happens"), objectName="section"), 1)
        self.add_hazard = QToolButton()
        self.add_hazard.setIcon(icon("ph.plus"))
        self.add_hazard.setToolTip(tr("Add a hazard to this scenario"))
        self.add_hazard.setAccessibleName(tr("Add a hazard to this scenario"))
        self.add_hazard.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.add_hazard)
        hazard_menu(menu, self._put_hazard)
        self.add_hazard.setMenu(menu)
        row.addWidget(self.add_hazard)
        return row

    def _put_hazard(self, model: type[Model]) -> None:
        def change(scenario: Scenario) -> None:
            self._new = with_hazard(scenario, model)

        self._change(tr("add {name}", name=declared(model.title)), change, "")
        self.rebuild()

    def _remove_hazard(self, id: str) -> None:
        def change(scenario: Scenario) -> None:
            scenario.hazard = [h for h in scenario.hazard if h.id != id]

        self._change(tr("remove {name}", name=id), change, "")
        self.rebuild()

    def _form_of(self, id: str, model: type[Model], given: dict[str, Any]) -> Form:
        """The form of a model, made when its section is first opened."""
        form = Form(self._params_of(model), given)
        form.changed.connect(lambda key, value: self._set_param(id, model.name, key, value))
        self._forms[id] = form
        return form

    def _params_of(self, model: type[Model]) -> list[Param]:
        """What a model can be told; the hour of the day is that of the scenario's start where it has one."""
        from twin.scenario.plan import start_hour

        case, city = self.session.case, self.session.city
        hour = start_hour(case.scenario.scenario.start, city) if case is not None and city is not None else None
        return [replace(p, default=hour) if p.name == "start_hour" and hour is not None else p for p in model.params]

    def _set_param(self, id: str, model: str, key: str, value: Any) -> None:
        def change(scenario: Scenario) -> None:
            from twin.scenario.scenario import Hazard

            hazard = next((h for h in scenario.hazard if h.id == id), None)
            if hazard is None:
                hazard = Hazard(id=id, model=model)
                scenario.hazard.append(hazard)
            hazard.params = {**hazard.params, key: value}

        self._change(tr("change {name}", name=key), change, f"{id}.{key}")

    def _set_clock(self, key: str, value: Any) -> None:
        def change(scenario: Scenario) -> None:
            if key == "interval":
                scenario.outputs.interval = value
            elif key == "follow":
                scenario.outputs.follow = "all" if value else "named"
            else:
                setattr(scenario.scenario, key, value)

        self._change(tr("change {name}", name=key), change, f"clock.{key}")

    def _change(self, text: str, change: Any, merge: str) -> None:
        self._building = True
        self.session.edit_case(self.session.current, text, change, merge)
        self._building = False

    def _edited(self, name: str) -> None:
        if name != self.session.current or self._is_due:
            return
        self._fill_edits()
        if self._building:
            return
        scenario = self.session.cases[name].scenario  # an undo: show the values of now
        found = hazards_of(scenario, self.session.city)
        if [id for id, _, _ in found] != list(self._sections):  # one was added or taken away
            self.rebuild()
            return
        for id, _, given in found:
            form = self._forms.get(id)
            for key, p in (form.params if form is not None else {}).items():
                form.set_value(key, given.get(key, p.default))  # type: ignore[union-attr]
        clock = self._forms.get("clock")
        if clock is not None:
            for key, value in (
                ("duration", scenario.scenario.duration),
                ("interval", scenario.outputs.interval),
                ("seed", scenario.scenario.seed),
                ("follow", scenario.outputs.follow == "all"),
            ):
                clock.set_value(key, value)

    # measures
    def _measures(self) -> QWidget:
        from twin.scenario.edits import EDITS

        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(QLabel(tr("Measures"), objectName="section"))
        grid = QGridLayout()
        grid.setSpacing(4)
        self.draw_buttons: dict[str, QPushButton] = {}
        for i, (kind, declaration) in enumerate(EDITS.items()):
            button = QPushButton(icon(measures.ICONS.get(kind, "ph.pencil-simple")), declared(declaration.title))
            how = {
                "line": tr("Draw a line in the view."),
                "polygon": tr("Draw an area in the view."),
                "point": tr("Click a place in the view."),
                "object": tr("For the objects selected."),
            }.get(declaration.geometry, tr("For the objects selected, or draw an area in the view."))
            button.setToolTip(f"{declared(declaration.help)}\n{how}".strip())
            button.setMinimumWidth(NARROW)
            button.setMinimumHeight(button.fontMetrics().height() + 12)  # its style is not known yet when the form is laid out
            button.clicked.connect(lambda _=False, k=kind: self.draw.emit(k))
            self.draw_buttons[kind] = button
            grid.addWidget(button, i // 2, i % 2)
        column.addLayout(grid)
        self._edits = QTreeWidget()
        self._edits.setColumnCount(3)
        self._edits.setHeaderLabels([tr("Measure"), tr("Value"), tr("Cost")])
        self._edits.setRootIsDecorated(False)
        self._edits.setAccessibleName(tr("Measures"))
        self._edits.currentItemChanged.connect(lambda *_: self._show_edit())
        self._edits.itemDoubleClicked.connect(self._fly)
        self.edits_empty = _quiet(tr("None yet: this is the city as it is."))
        column.addWidget(self.edits_empty)
        column.addWidget(self._edits)
        self._edit_box = QVBoxLayout()
        column.addLayout(self._edit_box)
        return box

    def _fill_edits(self) -> None:
        from layers.measures import called_by
        from twin.scenario.edits import EDITS

        case = self.session.case
        if case is None:
            return
        chosen = self._edits.currentItem().data(0, NAME) if self._edits.currentItem() is not None else ""
        if case.scenario.edit and len(case.scenario.edit) > self._edits.topLevelItemCount() > 0:
            chosen = case.scenario.edit[-1].id  # the one just added
        self._edits.blockSignals(True)
        self._edits.clear()
        for edit in case.scenario.edit:
            kind = EDITS.get(edit.kind)
            first = next(((p, edit.values[p.name]) for p in (kind.params if kind else ()) if p.name in edit.values), None)
            value = (
                f"{first[1]:g} {first[0].unit}" if first and isinstance(first[1], (int, float)) and not isinstance(first[1], bool) else ""
            )
            item = QTreeWidgetItem([called_by(declared(kind.title) if kind else edit.kind, edit.id), value, f"{edit.cost:,.0f}"])
            item.setData(0, NAME, edit.id)
            item.setIcon(0, icon(measures.ICONS.get(edit.kind, "ph.pencil-simple")))
            item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
            self._edits.addTopLevelItem(item)
            if edit.id == chosen:
                self._edits.setCurrentItem(item)
        header = self._edits.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for k in (1, 2):
            header.setSectionResizeMode(k, QHeaderView.ResizeMode.ResizeToContents)
        if self._edits.currentItem() is None and self._edits.topLevelItemCount():
            self._edits.setCurrentItem(self._edits.topLevelItem(self._edits.topLevelItemCount() - 1))
        self._edits.blockSignals(False)
        rows = min(len(case.scenario.edit), 6)
        self._edits.setFixedHeight(header.sizeHint().height() + rows * max(24, self._edits.sizeHintForRow(0)) + 6)
        self._edits.setVisible(bool(case.scenario.edit))
        self.edits_empty.setVisible(not case.scenario.edit)
        now = self._edits.currentItem().data(0, NAME) if self._edits.currentItem() is not None else ""
        if not (self._building and self.edit_form is not None and now == chosen):
            self._show_edit()

    def _show_edit(self) -> None:
        while self._edit_box.count():
            self._edit_box.takeAt(0).widget().deleteLater()
        self.edit_form = None
        case, item = self.session.case, self._edits.currentItem()
        edit = next((e for e in case.scenario.edit if e.id == item.data(0, NAME)), None) if case is not None and item is not None else None
        if edit is None:
            return
        from twin.models.base import Param
        from twin.scenario.edits import EDITS

        kind, id, name = EDITS.get(edit.kind), edit.id, self.session.current
        cost = Param(
            "cost",
            "Cost (assumed)" if edit.kind in measures.COST else "Cost",
            0.0,
            self.session.city.currency if self.session.city else "",
            low=0,
            help="What it costs to build; used to compare alternatives.",
        )
        form = Form([*(kind.params if kind else ()), cost], {**edit.values, "cost": edit.cost})

        def told(key: str, value: Any) -> None:
            self._building = True
            measures.put(self.session, name, id, key, value)
            self._building = False

        form.changed.connect(told)
        card = QFrame(objectName="card")
        column = QVBoxLayout(card)
        column.setContentsMargins(10, 8, 10, 8)
        column.addWidget(form)
        if edit.kind in measures.COST:
            guess = {
                "barrier": tr("{n:,.0f} per metre", n=measures.COST["barrier"]),
                "pump": tr("{n:,.0f} per m³/s", n=measures.COST["pump"]),
            }
            column.addWidget(_quiet(tr("First guess without a source: {guess}. Put in your own figure.", guess=guess[edit.kind])))
        row = QHBoxLayout()
        fly, gone = QPushButton(icon("ph.crosshair-simple"), tr("Show")), QPushButton(icon("ph.trash"), tr("Remove"))
        fly.clicked.connect(lambda: self._fly())
        gone.clicked.connect(lambda: measures.remove(self.session, name, id))
        row.addWidget(fly)
        row.addWidget(gone)
        row.addStretch(1)
        column.addLayout(row)
        self.edit_form = form
        self._edit_box.addWidget(card)

    def _fly(self, *_: Any) -> None:
        case, item = self.session.case, self._edits.currentItem()
        if case is None or item is None:
            return
        edit = next((e for e in case.scenario.edit if e.id == item.data(0, NAME)), None)
        shape = measures.shape_of(self.session, case.scenario, edit) if edit is not None else None
        if shape is not None:
            self.show_shape.emit(shape)


def hazards_of(scenario: Scenario, city: City | None) -> list[tuple[str, type[Model], dict[str, Any]]]:
    """Models of a scenario, and those the engine adds by itself, each with the parameters given."""
    from twin.models.base import models
    from twin.scenario.plan import chosen_models

    known = models()
    some = scenario.model_copy(update={"hazard": [h for h in scenario.hazard if h.model in known]})
    if city is None or not some.hazard:
        return [(h.id, known[h.model], h.params) for h in some.hazard]
    return [(entry or model.name, model, given) for entry, model, given in chosen_models(some, city) if entry or model.params]


def hazard_menu(menu: QMenu, choose: Callable[[type[Model]], None]) -> None:
    """Fill a menu with every hazard there is, whoever wrote it."""
    from twin.models.base import models

    menu.setToolTipsVisible(True)
    for model in models().values():
        if model.role == "hazard":
            action = menu.addAction(icon("ph.warning"), declared(model.title), lambda m=model: choose(m))
            action.setToolTip(declared(model.question))


def with_hazard(scenario: Scenario, model: type[Model]) -> str:
    """Add a model to a scenario; returns the id it got."""
    from twin.scenario.scenario import Hazard

    taken, id, n = {h.id for h in scenario.hazard}, model.name, 2
    while id in taken:
        id, n = f"{model.name}-{n}", n + 1
    scenario.hazard.append(Hazard(id=id, model=model.name))
    return id


def scenario_of(model: type[Model]) -> Scenario:
    """A new scenario of one hazard with its defaults."""
    from twin.scenario.scenario import Hazard, Head, Scenario

    head = Head(name=declared(model.title), question=declared(model.question), duration=6 * 3600.0)
    return Scenario(schema=1, scenario=head, hazard=[Hazard(id=model.name, model=model.name)])


def clock_params() -> list[Any]:
    from twin.models.base import Param

    return [
        Param("duration", "Length of the run", 7200.0, "s", "duration", low=60, high=60 * 86400, help="Scenario time from start to end."),
        Param(
            "interval",
            "A picture every",
            300.0,
            "s",
            "duration",
            low=1,
            high=86400,
            help="How often results are kept and shown.",
            advanced=True,
        ),
        Param("follow", "Follow through all services", True, kind="flag",
              help="Power, water, roads, hospitals and people join the run where the city has them; else only what is named above."),
        Param("seed", "Seed", 0, kind="integer", low=0, high=2**31 - 1, help="Same seed, same result.", advanced=True),
    ]

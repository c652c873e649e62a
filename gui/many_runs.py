"""A scenario run many times: how sure its answer is, or how often water comes and what that costs a year."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from gui.forms import Form
from gui.i18n import say, tr
from twin.models.base import Param

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.session import Session
    from twin.scenario.scenario import Scenario

MEMBERS, YEARS, SPREAD = "members", "years", "rain_spread"


def sure_params(scenario: Scenario) -> list[Param]:
    """What is asked before an ensemble: nothing of the rain where the scenario says what is uncertain."""
    told = [Param(MEMBERS, "Runs", 30, kind="integer", low=2, high=10_000, help="More runs make chances finer and take longer.")]
    if not scenario.uncertain:
        told.append(
            Param(
                SPREAD, "Spread of the rain", 25.0, "%", low=1, high=200,
                help="Standard deviation of the logarithm of its depth: two thirds of the runs have that much less to that much more rain.",
                source="assumed; put in what your weather service says",
            )
        )  # fmt: skip
    return told


def often_params() -> list[Param]:
    return [
        Param(
            YEARS, "Return periods, years", "2, 5, 10, 20, 50, 100", kind="text",
            help="One run for each; the depth of the rain is that of the flood model's law of storms.",
        )
    ]  # fmt: skip


class ManyRunsDialog(QDialog):
    """asked(kind, values): 'sure' or 'often', and what the form says."""

    asked = Signal(str, dict)

    def __init__(self, scenario: Scenario, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        say(self.setWindowTitle, "Run many times")
        self.tabs, self.forms = QTabWidget(), {}
        for kind, title, text, params in (
            ("sure", tr("How sure is it?"),
             tr("The scenario is run with less and more of what is uncertain. You see how likely water is at each place, and the range of "
                "every figure."), sure_params(scenario)),
            ("often", tr("How often does it come?"),
             tr("The scenario is run with rarer and rarer storms. You see how often water comes to each place, and the damage to expect in "
                "a year on average."), often_params()),
        ):  # fmt: skip
            page = QWidget()
            column = QVBoxLayout(page)
            words = QLabel(text, objectName="quiet")
            words.setWordWrap(True)
            column.addWidget(words)
            self.forms[kind] = form = Form(params, {})
            column.addWidget(form)
            if kind == "sure" and scenario.uncertain:
                stated = ", ".join(f"{u.param} {u.spread}" for u in scenario.uncertain)
                more = QLabel(tr("Uncertain in this scenario: {what}", what=stated), objectName="quiet")
                more.setWordWrap(True)
                column.addWidget(more)
            column.addStretch(1)
            self.tabs.addTab(page, title)
        self.run_button, close = QPushButton(objectName="primary"), QPushButton()
        say(self.run_button.setText, "Run")
        say(close.setText, "Close")
        self.run_button.setDefault(True)
        self.run_button.clicked.connect(self._run)
        close.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        row.addWidget(self.run_button)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs)
        column.addLayout(row)

    def _run(self) -> None:
        kind = list(self.forms)[self.tabs.currentIndex()]
        self.asked.emit(kind, self.forms[kind].values())
        self.accept()


def run_many(session: Session, name: str, kind: str, values: dict[str, Any], done: Any) -> None:
    """Begin it as a job; done(folder) when the result is there."""
    from gui.running import new_run_folder

    city, scenario = session.city, session.cases[name].scenario.model_copy(deep=True)
    if city is None:
        return
    scenario.scenario.name = tr("{name}, many runs", name=name) if kind == "sure" else tr("{name}, return periods", name=name)
    scenario.scenario.parent = ""
    out = new_run_folder(scenario.scenario.name)
    cv = values[SPREAD] / 100 if SPREAD in values else None

    def work(control: Control) -> Any:
        from twin.errors import ScenarioError
        from twin.scenario.ensemble import ensemble, returns

        def report(stage: str, fraction: float) -> None:
            control.progress(stage, fraction, None)

        if kind == "sure":
            return ensemble(city, scenario, out, int(values[MEMBERS]), 0, report, control.check, cv).path
        try:
            years = [float(y) for y in str(values[YEARS]).replace(";", ",").split(",") if y.strip()]
        except ValueError:
            raise ScenarioError(f"'{values[YEARS]}' are no return periods", do="Write years with commas: 2, 10, 100") from None
        return returns(city, scenario, out, years, 0, report, control.check).path

    session.jobs.start(tr("Running {name}", name=scenario.scenario.name), work, done=done, failed=session.notices.trouble)

"""What happened in a run, and why: the panel of happenings, and the chain of causes of the thing selected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from gui.i18n import tr
from gui.spoken import spoken

if TYPE_CHECKING:
    from gui.consequences import Consequences
    from gui.jobs import Control
    from gui.panels.happenings import HappeningsPanel
    from gui.window import MainWindow
    from twin.scenario.scenario import Scenario

    Base = MainWindow
else:
    Base = object


class WhatHappened(Base):
    """`make_happenings` is called once while panels are made."""

    consequences: Consequences
    happenings: HappeningsPanel

    def make_happenings(self) -> HappeningsPanel:
        """The panel; after the inspector, which asks the same story."""
        from gui.consequences import Consequences
        from gui.panels.happenings import HappeningsPanel

        self.consequences = Consequences(self.session)
        self.happenings = panel = HappeningsPanel(self.consequences)
        panel.go_to.connect(self._go_to_happening)
        panel.chosen.connect(self._choose_object)
        panel.csv_wanted.connect(lambda: self._save_text(tr("Save the list"), tr("What happened"), panel.text))
        self.inspector.explained_by(self.consequences)
        return panel

    def do_what_happened(self) -> None:
        """The list of what failed when."""
        self.show_dock("happenings")

    # who leans on whom
    def is_dependencies(self, item: str) -> bool:
        """Whether a file is a table of dependencies."""
        from twin.city.dependencies import looks_like_dependencies

        return Path(item).suffix.lower() == ".csv" and looks_like_dependencies(Path(item))

    def do_dependencies_open(self) -> None:
        def take(paths: list[str]) -> None:
            for path in paths:
                self.take_dependencies(Path(path))

        self._dialog(tr("Open dependencies"), QFileDialog.FileMode.ExistingFile, take, "CSV (*.csv)")

    def take_dependencies(self, path: Path) -> None:
        """A table of dependencies goes into the scenario shown; what is wrong with it is told."""
        session = self.session
        city, case = session.city, session.case
        if city is None or case is None:
            self.notices.tell("warning", tr("Open a city first, then its dependencies."))
            return

        def work(_: Control) -> Any:
            from twin.city.assets import Assets
            from twin.city.dependencies import COLUMNS, checked, dependencies_of, read_csv

            good, wrong = checked(read_csv(path), Assets.of(city), path.name)
            return good[list(COLUMNS)].to_dict("records"), wrong, len(dependencies_of(city)[0])

        def done(found: Any) -> None:
            rows, wrong, before = found
            for sentence in wrong[:50]:
                self.notices.log("warning", f"{spoken(sentence)}.")
            more = tr("{n:,} remarks on its rows are in the log.", n=len(wrong)) if wrong else ""
            if not rows:
                text = tr("No row of {name} can be used; the scenario stays as it is.", name=path.name)
                self.notices.tell("error", f"{text} {more}".strip())
                return

            def change(scenario: Scenario) -> None:
                from twin.scenario.scenario import Dependency

                scenario.dependency = [Dependency(**row) for row in rows]

            session.edit_case(case.name, tr("dependencies"), change)
            text = tr("{n:,} dependencies are in the scenario now, in the place of the {m:,} of the city; whatever they do not name leans "
                      "on nothing.", n=len(rows), m=before)  # fmt: skip
            self.notices.tell("warning" if wrong or len(rows) < before else "good", f"{text} {more}".strip())

        session.jobs.start(tr("Dependencies"), work, done=done, failed=self.notices.trouble)

    def do_dependencies_save(self) -> None:
        """Who leans on whom, as a table to edit."""
        city, case = self.session.city, self.session.case
        if city is None:
            return

        def text() -> str:
            import pandas as pd

            from twin.city.dependencies import csv_of

            own = case.scenario.dependency if case is not None else []
            if own:
                return str(pd.DataFrame([d.model_dump() for d in own]).to_csv(index=False, lineterminator="\n"))
            return csv_of(city)[0]

        self._save_text(tr("Save dependencies"), tr("Dependencies"), text)

    def _choose_object(self, object: str) -> None:
        found = self.consequences.place(object)
        if found is not None:
            self.session.select(found[0], [found[1]])

    def _go_to_happening(self, at_s: float, object: str) -> None:
        self.timeline.go_to(at_s)
        found = self.consequences.place(object)
        if found is not None:
            self.session.select(found[0], [found[1]])
            self.fly_to_rows(found[0], [found[1]])

"""What happened in a run, and why: the panel of happenings, and the chain of causes of the thing selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.consequences import Consequences
    from gui.panels.happenings import HappeningsPanel
    from gui.window import MainWindow

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

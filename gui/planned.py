"""The measures of the scenario chosen, as a layer of the view: what is planned is seen before and after a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from gui.i18n import declared, language, tr

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.session import Session
    from layers.layer import Layer

ID = "measures"


class Planned(QObject):
    """Keeps one layer in step with the edits of the scenario chosen; made in a worker."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self._shown: Any = None
        self._ground: tuple[Any, Any] = (None, None)
        self._job: Job | None = None
        for signal in (session.city_changed, session.current_changed, session.case_edited, language.changed):
            signal.connect(self.refresh)

    def refresh(self, *_: Any) -> None:
        session, case = self.session, self.session.case
        city, scenario = session.city, case.scenario if case is not None else None
        if self._job is not None:
            return
        if city is None or scenario is None or not scenario.edit:
            self._shown = None
            if session.layer(ID) is not None:
                session.replace_layers(ID, [])
            return
        wanted = (city, tuple(e.model_dump_json() for e in scenario.edit), scenario.scenario.crs, language.name)
        if self._shown == wanted and session.layer(ID) is not None:
            return

        def work(_: Control) -> Layer:
            from layers.ground import Ground
            from layers.measures import MeasuresLayer
            from twin.scenario.edits import EDITS

            if self._ground[0] is not city:
                self._ground = (city, Ground.of(city))
            return MeasuresLayer(city, scenario, self._ground[1], {k: declared(e.title) for k, e in EDITS.items()})

        def done(layer: Layer) -> None:
            if session.city is city:
                self._shown = wanted
                session.replace_layers(ID, [layer])

        def ended() -> None:
            self._job = None
            self.refresh()  # what came in the meantime

        def failed(error: Exception) -> None:
            self._shown = wanted
            session.notices.trouble(error)

        self._job = session.jobs.start(tr("Measures"), work, quiet=True, done=done, failed=failed)
        self._job.ended.connect(ended)

"""Best places for more ambulance or fire stations: sought in a worker, put into the scenario as measures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.i18n import tr
from gui.spoken import spoken

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.window import MainWindow
    from twin.scenario.siting import Siting

    Base = MainWindow
else:
    Base = object


class StationPlaces(Base):
    """Scenario > Best places for stations."""

    def do_siting(self) -> None:
        from gui.siting import SitingDialog

        SitingDialog(self, bool(self._worst_roads()), self.look_for_places).show()

    def _worst_roads(self) -> dict[str, Any]:
        from twin.scenario.siting import roads_at_worst

        city, store = self.session.city, self.session.store
        network = city.networks.get("roads") if city is not None else None
        return {} if store is None or network is None else roads_at_worst(store, len(network.edges))

    def look_for_places(self, values: dict[str, Any], at_worst: bool) -> None:
        city, case = self.session.city, self.session.case
        if city is None or case is None:
            return
        roads, name = self._worst_roads() if at_worst else {}, case.name

        def work(control: Control) -> Siting:
            from twin.scenario.siting import best_sites

            def report(stage: str, share: float) -> None:
                control.check()
                control.progress(stage, share)

            return best_sites(city, values, roads or None, report)

        def done(found: Siting) -> None:
            if self.session.city is city and name in self.session.cases:
                self._put_stations(name, found)

        self.session.jobs.start(tr("Best places for stations"), work, done=done, failed=self.notices.trouble)

    def _put_stations(self, name: str, found: Siting) -> None:
        """One step of undo for all of them, and the first is seen."""
        import shapely

        from gui import measures
        from twin.scenario.siting import kind_of, told

        session = self.session
        session.set_current(name)
        session.undo.beginMacro(tr("best places for stations"))
        for x, y in found.xy.tolist():
            id = measures.add(session, "facility", shapely.Point(x, y))
            measures.put(session, session.current, id, "sort", kind_of(found.service))
        session.undo.endMacro()
        self.show_dock("scenarios")
        self.notices.tell("good", spoken(told(found)))

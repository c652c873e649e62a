"""What hurts most when it fails, and in which order to mend what is broken: both computed in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.panels.weak_points import WeakPointsPanel
    from gui.window import MainWindow
    from twin.scenario.restoration import Order
    from twin.scenario.scenario import Scenario

    Base = MainWindow
else:
    Base = object

WORST = 10
"""So many are run whole."""
BROKEN = ("flooded", "damaged")
MOST_FAILING = 200
MOST_MENDED = 12
"""An order is sought for so many at most: those that others follow from first."""


class WeakPoints(Base):
    """`make_weak_points` is called once while panels are made, after `make_happenings`."""

    weak_points: WeakPointsPanel
    _weak_job: Job | None = None

    def make_weak_points(self) -> WeakPointsPanel:
        from gui.panels.weak_points import WeakPointsPanel

        self.weak_points = panel = WeakPointsPanel()
        panel.wanted.connect(self._look_for_weak_points)
        panel.whole.connect(self._run_worst)
        panel.chosen.connect(lambda objects: self._choose_object(objects[0]))
        panel.fly_to.connect(self._fly_to_objects)
        panel.scenario_wanted.connect(lambda objects: self._scenario_of_failure(objects, panel.hours.value()))
        panel.csv_wanted.connect(lambda: self._save_text(tr("Save the ranking"), tr("Weak points"), panel.text))
        self.session.city_changed.connect(lambda: panel.tell([]))
        return panel

    def do_weak_points(self) -> None:
        """The panel, with a ranking if there is none."""
        self.show_dock("weak_points")
        if not self.weak_points.found:
            self._look_for_weak_points(self.weak_points.hours.value(), self.weak_points.pairs.isChecked())

    def _look_for_weak_points(self, hours: int, pairs: bool) -> None:
        city = self.session.city
        if city is None or (self._weak_job is not None and not self._weak_job.is_over):
            return

        def work(control: Control) -> Any:
            from twin.scenario.criticality import ranking

            def report(stage: str, share: float) -> None:
                control.check()
                control.progress(stage, share)

            return ranking(city, None, hours, pairs, report)

        self._weak_job = self.session.jobs.start(tr("Weak points"), work, done=self._take_weak, failed=self.notices.trouble)

    def _take_weak(self, found: Any) -> None:
        self.weak_points.tell(found)

    def _run_worst(self) -> None:
        city, found, hours = self.session.city, self.weak_points.found, self.weak_points.hours.value()
        if city is None or not found or (self._weak_job is not None and not self._weak_job.is_over):
            return

        def work(control: Control) -> Any:
            from twin.scenario.criticality import run_whole

            def report(stage: str, share: float) -> None:
                control.check()
                if stage:
                    control.progress(stage, share)

            return run_whole(city, found, WORST, hours, 0, report)

        self._weak_job = self.session.jobs.start(tr("Running the worst"), work, done=self._take_weak, failed=self.notices.trouble)

    def _fly_to_objects(self, objects: Any) -> None:
        found = self.consequences.place(objects[0]) if objects else None
        if found is not None:
            self.fly_to_rows(found[0], [found[1]])

    def _scenario_of_failure(self, objects: Any, hours: int = 0) -> None:
        """A scenario in which these fail, ready to be run and changed."""
        from gui.panels.scenario import scenario_of
        from twin.models.base import model_named

        if not objects:
            return
        scenario = scenario_of(model_named("failure"))
        names = " + ".join(self.consequences.name(o) for o in objects)
        scenario.scenario.name = tr("Failure of {name}", name=names)
        scenario.hazard[0].params = {"objects": ",".join(objects)}
        if hours:
            scenario.scenario.duration = hours * 3600.0
            scenario.hazard[0].params |= {"begin": 0.0}
        self.session.add_case(scenario)
        self.show_dock("scenarios")

    def do_fail_selected(self) -> None:
        """What is selected fails: in this scenario where it has a failure, else in a new one."""
        layer, rows = self.session.selected
        case, assets = self.session.case, self.consequences.assets
        ids = [str(layer.attributes(int(r)).get("id", "")) for r in list(rows)[:MOST_FAILING]] if layer is not None else []
        known = [str(assets.ids[r]) for i in ids if (r := assets.row_of(i)) >= 0] if assets is not None else []
        if not known:
            text = tr("Select what fails first: a substation, line, pump, pipe, road, hospital or mast.")
            if ids:
                text = tr("What is selected cannot fail; a substation, line, pump, pipe, road, hospital or mast can.")
            self.notices.tell("info", text)
            return
        failure = next((h.id for h in case.scenario.hazard if h.model == "failure"), "") if case is not None else ""
        if case is None or not failure:
            self._scenario_of_failure(tuple(known))
            return

        def change(scenario: Scenario) -> None:
            hazard = next(h for h in scenario.hazard if h.id == failure)
            before = [x.strip() for x in str(hazard.params.get("objects", "")).split(",") if x.strip()]
            hazard.params = {**hazard.params, "objects": ",".join(dict.fromkeys([*before, *known]))}

        self.session.edit_case(case.name, tr("let it fail"), change)
        self.show_dock("scenarios")

    # the order of repairs
    def do_repair_order(self) -> None:
        """The order in which crews should mend what the run shown has broken; it goes into the scenario."""
        case, city = self.session.case, self.session.city
        broken = self._broken()
        if case is None or city is None:
            return
        if len(broken) < 2:
            text = tr("There is nothing to put in order: the run shown has fewer than two broken objects. Run a flood or a failure first.")
            self.notices.tell("info", text)
            return
        params = next((dict(h.params) for h in case.scenario.hazard if h.model == "repairs"), {})
        name = case.name

        def work(control: Control) -> Any:
            from twin.scenario.restoration import best_order

            def report(stage: str, share: float) -> None:
                control.check()
                control.progress(stage, share)

            return best_order(city, broken, {k: v for k, v in params.items() if k not in ("order", "listed")}, report)

        def done(order: Order) -> None:
            self._take_order(name, order)

        self.session.jobs.start(tr("Order of repairs"), work, done=done, failed=self.notices.trouble)

    def _broken(self) -> list[str]:
        """Objects that need a repair in the run shown, those that others follow from first."""
        story = self.consequences.story
        found = list(dict.fromkeys(h.object for h in story.happenings if h.what in BROKEN))
        followed = {o: sum(o in h.because for h in story.happenings) for o in found}
        return sorted(found, key=lambda o: -followed[o])[:MOST_MENDED]

    def _take_order(self, name: str, order: Order) -> None:
        session = self.session
        if name not in session.cases:
            return

        spared = order.usual_person_hours - order.person_hours
        if spared < 0.5:
            self.notices.tell("info", tr("No order spares people more than the usual one; the scenario stays as it is."))
            return

        def change(scenario: Scenario) -> None:
            from twin.scenario.scenario import Hazard

            repairs = next((h for h in scenario.hazard if h.model == "repairs"), None)
            if repairs is None:
                repairs = Hazard(id="repairs", model="repairs")
                scenario.hazard.append(repairs)
            repairs.params = {**repairs.params, "order": "listed", "listed": ",".join(order.objects)}

        session.edit_case(name, tr("order of repairs"), change)
        names = ", ".join(self.consequences.name(o) for o in order.objects[:6]) + (" ..." if len(order.objects) > 6 else "")
        text = tr("Best order: {names}. It spares {n:,.0f} person-hours without service; it is in the scenario now.", names=names, n=spared)
        self.notices.tell("good", text)

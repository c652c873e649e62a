"""Import doctor: checks and repairs in a worker, undo, report and recipe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from gui.i18n import language, tr
from gui.opening import told
from gui.spoken import spoken
from gui.theme import look

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.scene.ready import Ready
    from gui.window import MainWindow
    from twin.city.city import City

    Base = MainWindow
else:
    Base = object


HIGH_PX = 300
"""Height at which a problem and its explanation are seen together."""


NEAR_M = 22.0
"""Half the side of the box flown to for an example."""
STEEP = -80.0
"""Degrees at which places in the street are looked at: between towers nothing else shows them."""


class Doctor(Base):
    """The import report panel and its actions."""

    _is_thorough = False
    """All checks were made of the city that is open."""
    _wanted: Any = None
    """The city that is being made ready to be shown; others that come later are dropped."""
    _made: Any = None
    """A city just made, with its layers, before it is shown."""

    def do_problems(self) -> None:
        self.show_dock("doctor")
        if self.doctor_panel.height() < HIGH_PX:
            self.resizeDocks([self.docks["doctor"]], [HIGH_PX], Qt.Orientation.Vertical)
        self.doctor_panel.list.setFocus()

    def do_doctor_check(self) -> None:
        """All checks, in a worker."""
        city = self.session.city
        if city is None:
            return

        def work(control: Control) -> City:
            return _examined(control, city, thorough=True)

        def done(found: City) -> None:
            if self.session.city is city:
                self._is_thorough = True
                self.session.set_problems(found)
                self.show_dock("doctor")
                bad = sum(p.severity != "info" for p in found.problems)
                if not bad:
                    self.notices.tell("good", tr("All checks were made; nothing needs repair."))

        self.jobs.start(tr("Checking {name}", name=city.name), work, done=done, failed=self.notices.trouble)

    def do_doctor_repair(self) -> None:
        """Everything that can be mended without doubt."""
        from twin.city.doctor import asked

        if self.session.city is not None:
            names = asked(self.session.city, safe_only=True)
            if names:
                self.repair_city(names)
            else:
                self.notices.tell("info", tr("There is nothing that can be repaired without doubt."))

    def repair_city(self, names: list[str]) -> None:
        """Repairs of the city by name; one step of undo."""
        from twin.city.doctor import words

        city, thorough = self.session.city, self._is_thorough
        if city is None:
            return

        def make(control: Control) -> City:
            from twin.city.doctor import repaired

            mended = city
            for i, name in enumerate(names):
                control.progress(words.repair_title(name, language.name[:2]), 0.4 * i / len(names))
                mended = repaired(mended, [name])
            return mended if mended is city else _examined(control, mended, thorough)

        self._mend(", ".join(words.repair_title(n, language.name[:2]) for n in names), make)

    def repair_source(self, source: str, change: str) -> None:
        """Read one source in another way ("crs=EPSG:28992 swap_axes=true"), which opens the city anew; one step of undo."""
        from twin.city.doctor.report import repair_words

        city, thorough = self.session.city, self._is_thorough
        if city is None:
            return
        said: dict[str, Any] = dict(part.split("=", 1) for part in change.split())
        if "swap_axes" in said:
            said["swap_axes"] = said["swap_axes"] == "true"

        def make(control: Control) -> City:
            from twin.city.recipe import reopened, with_source_changed

            again = reopened(city, lambda recipe: with_source_changed(recipe, source, **said), told(control, 0.9))
            return _examined(control, again, thorough) if thorough else again

        self._mend(f"{source}: {repair_words(change, language.name[:2])[0][1]}", make)

    def _mend(self, title: str, make: Callable[[Control], City]) -> None:
        def said(city: City) -> tuple[str, str]:
            left = sum(p.severity != "info" for p in city.problems)
            rest = tr("{n} problems are left.", n=left) if left else tr("No problem is left.")
            return "good", f"{tr('Repaired: {what}.', what=title)} {rest}"

        self.change_city(tr("Repairing"), tr("repair: {what}", what=title), make, said, tr("There was nothing left to repair."))

    def change_city(
        self,
        job: str,
        undo: str,
        make: Callable[[Control], City],
        said: Callable[[City], tuple[Any, ...]],
        same: str | Callable[[], tuple[str, str, str]],
    ) -> None:
        """Make a city out of the one open in a worker, then show it as a step that can be undone.

        job, undo: what the work and the step are called; said: level and text of what to tell once it is shown, and actions besides
        Undo; same: what to tell where nothing changed, or level, text and details of it.
        """
        before = self.session.city

        def work(control: Control) -> Ready:
            from gui.scene.ready import made_ready
            from layers.catalogue import city_layers

            made = make(control)
            control.progress(tr("Drawing layers"), 0.9)
            return made_ready(made, city_layers(made), control.check)

        def done(ready: Ready) -> None:
            if self.session.city is not before:
                return  # another city was opened meanwhile
            if ready.city is before:
                self.notices.tell(*(("info", same, "") if isinstance(same, str) else same()))
                return
            self._made = ready
            self.session.change_city(undo, self._put, before, ready.city)
            level, text, *actions = said(ready.city)
            self.notices.tell(level, text, "", [*actions, (tr("Undo"), self.session.undo.undo)])

        self.jobs.start(job, work, done=done, failed=self.notices.trouble)

    def show_level(self, name: str) -> None:
        """Buildings at another of their levels of detail; one step of undo. Results stay: nothing was computed from it."""
        before = self.session.city
        if before is None or name == before.buildings.lod:
            return

        def work(control: Control) -> Ready:
            from gui.scene.ready import made_ready
            from layers.catalogue import city_layers

            control.progress(tr("Drawing layers"))
            city = before.derived(buildings=before.buildings.at_lod(name))
            return made_ready(city, city_layers(city), control.check)

        def done(ready: Ready) -> None:
            if self.session.city is before:
                self._made = ready
                self.session.change_city(tr("level of detail {name}", name=name), self._put, before, ready.city)

        self.jobs.start(tr("Level of detail"), work, done=done, failed=self.notices.trouble)

    def _put(self, city: City) -> None:
        """Show a city that was mended, or the one before; its layers are made in a worker where they are not there yet."""
        self._wanted = city
        ready, self._made = self._made, None
        if ready is not None and ready.city is city:
            self._shown_again(ready)
            return

        def work(control: Control) -> Ready:
            from gui.scene.ready import made_ready
            from layers.catalogue import city_layers

            control.progress(tr("Drawing layers"))
            return made_ready(city, city_layers(city), control.check)

        self.jobs.start(tr("Undoing"), work, done=self._shown_again, failed=self.notices.trouble)

    def _shown_again(self, ready: Ready) -> None:
        if ready.city is not self._wanted or self.session.city is None:
            return
        same = self.session.city.frame == ready.city.frame
        camera = self.view.scene.camera.state() if self.view is not None and same else None
        self.ready = ready
        self.runs.forget_layers()
        chosen = self.layers_panel.layer
        self.session.put_city(ready.city, ready.layers)
        again = None if chosen is None else self.session.layer(chosen.id)
        if again is not None:
            self.layers_panel.choose(again)
        if camera is not None and self.view is not None:
            self.view.scene.camera.restore(camera)

    def show_example(self, example: str, place: Any) -> None:
        """Fly to an object of a problem and select it; to its place where it is no object of a layer."""
        import numpy as np

        from twin.city.doctor.report import place_of, row_of

        city = self.session.city
        if city is None:
            return
        found = row_of(city, example) if example else None
        if found is not None and found[0] == "buildings":  # of a part, its building
            example = str(city.buildings.ids[found[1]])
        for layer in reversed(self.session.layers) if example else ():
            table = layer.table()
            if "id" in table:
                rows = np.flatnonzero((table["id"] == example).to_numpy(bool))
                if len(rows):
                    self.session.select(layer, rows[:1])
                    if place is None:
                        self._fly_near(layer.bounds(rows[:1].astype(np.int32)))
                        return
                    break
        place = place or (place_of(city, example) if example else None)
        if place is None:
            self.notices.tell("info", tr("{id} is not in the city: it was left out, or is in no layer.", id=example))
        else:
            z = float(city.ground_z(place[0], place[1]))
            self._fly_near((place[0], place[0], place[1], place[1], z, z), pitch=STEEP)

    def _fly_near(self, bounds: Any, pitch: float | None = None) -> None:
        """Nearer than to things found: a defect is small."""
        if self.view is not None and bounds is not None and all(abs(v) < 1e12 for v in bounds):
            x0, x1, y0, y1, z0, z1 = bounds
            more = [max(2.0, NEAR_M - (b - a) / 2) for a, b in ((x0, x1), (y0, y1))]
            near = (x0 - more[0], x1 + more[0], y0 - more[1], y1 + more[1], z0, z1)
            self.view.scene.camera.fly_to(tuple(float(v) for v in near), animate=not look.reduced_motion, pitch=pitch)

    # reports and recipes
    def do_doctor_export(self) -> None:
        city = self.session.city
        if city is not None:
            names = tr("Web page") + " (*.html);;JSON (*.json)"
            self._save_dialog(tr("Export report"), f"{city.name} - {tr('import report')}.html", names, self.export_check)

    def export_check(self, path: Path) -> None:
        """The import report as a page, or as JSON by the name of the file."""
        city, lang = self.session.city, language.name[:2]
        if city is None:
            return
        source = ", ".join(self.session.what) or city.name

        def work(_: Control) -> Path:
            import json

            from twin.city.doctor.report import Verdict, as_json, write_html
            from twin.project import write_atomic

            verdicts = [Verdict(source, city, city.problems)]
            if path.suffix.lower() == ".json":
                write_atomic(path, json.dumps(as_json(verdicts), ensure_ascii=False, indent=1).encode("utf-8"))
                return path
            return write_html(path, verdicts, lang, spoken)

        def done(written: Path) -> None:
            from PySide6.QtCore import QUrl
            from PySide6.QtGui import QDesktopServices

            opening = (tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(written))))
            self.notices.tell("good", tr("Report written: {path}", path=written), "", [opening])

        self.jobs.start(tr("Report"), work, done=done, failed=self.notices.trouble)

    def do_recipe_save(self) -> None:
        from twin.city.recipe import recipe_of

        city = self.session.city
        if city is None:
            return
        if recipe_of(city) is None:
            self.notices.tell("info", tr("This city comes from no files, so that there is no recipe of it; save a project."))
            return
        dialog = self._file_dialog(tr("Save recipe"), tr("Recipes") + " (*.toml)", saving=True)
        dialog.setDefaultSuffix("toml")
        dialog.selectFile("city.toml")
        dialog.fileSelected.connect(lambda p: self.save_recipe(Path(p)))
        dialog.open()

    def save_recipe(self, path: Path) -> None:
        """A city.toml that opens the city as it is now, repairs included."""
        from twin.city.recipe import recipe_of, recipe_toml
        from twin.errors import TwinError
        from twin.project import write_atomic

        city = self.session.city
        recipe = recipe_of(city) if city is not None else None
        if city is None or recipe is None:
            return
        try:
            write_atomic(path, recipe_toml(recipe, path.absolute().parent, city.problems).encode("utf-8"))
        except TwinError as error:
            self.notices.trouble(error)
            return
        self.notices.tell("good", tr("Recipe saved: {path}. It opens this city with its repairs.", path=path))

    def _wire_doctor(self) -> None:
        panel = self.doctor_panel
        panel.example_wanted.connect(self.show_example)
        panel.repair_wanted.connect(self.repair_city)
        panel.source_wanted.connect(self.repair_source)
        panel.system_wanted.connect(self.state_source)
        panel.check_wanted.connect(self.do_doctor_check)
        panel.export_wanted.connect(self.do_doctor_export)
        panel.recipe_wanted.connect(self.do_recipe_save)


def _examined(control: Control, city: City, thorough: bool) -> City:
    from twin.city.doctor import examined, words

    def progress(code: str, share: float) -> None:
        control.progress(words.title(code, language.name[:2]), 0.4 + 0.5 * share)

    return examined(city, thorough, progress)

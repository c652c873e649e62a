"""What each of several views shows: results of other scenarios, other moments, other quantities; the city is that of the session.

A view of what the session shows uses the layers of the session. For anything else layers of its own are made, in a worker; they
take their style from the session's layer of the same quantity, so that equal colours mean equal values.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.i18n import declared, language, mark, tr
from gui.panels.timeline import elapsed
from gui.planned import ID as MEASURES
from gui.running import DIFFERENCE, RESULT

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control, Job
    from gui.session import Session
    from layers.layer import Layer

PRESETS = {
    "baseline": mark("Baseline and scenario"),
    "scenarios": mark("Two scenarios"),
    "quantities": mark("Results side by side"),
    "moments": mark("Moments of one result"),
    "sides": mark("The city from several sides"),
    "own": mark("Chosen one by one"),
}
SIDES = ("iso", "top", "north", "street")
OWN = "view:"
TELLING = ("water_depth", "building_damage", "road_state", "water_arrival", "water_depth_max")


@dataclass(frozen=True)
class Content:
    """What a view shows over the city. case: scenario by name, '' none; quantities: of its result, () those visible in the
    layers panel; at_s: a fixed moment, None the time of the window; name: said before the name of the scenario."""

    case: str = ""
    quantities: tuple[str, ...] = ()
    at_s: float | None = None
    side: str = ""
    """Where it looks from, for views that are not linked."""
    is_base: bool = False

    @property
    def title(self) -> str:
        from twin.quantities import quantities

        if self.side:
            return {"iso": tr("Overview"), "top": tr("From above"), "north": tr("Looking north"), "street": tr("Street level")}[self.side]
        if not self.case:
            return tr("City without results")
        name = tr("Baseline: {name}", name=self.case) if self.is_base else self.case
        titles = [declared(quantities()[q].title["en"]) for q in self.quantities if q in quantities()]
        return " – ".join([*titles, name]) if titles else name

    @property
    def clock(self) -> str:
        return "" if self.at_s is None else elapsed(self.at_s)


class _Own:
    """Layers made for one content: those of its result, and of what its scenario plans."""

    def __init__(self, key: Any, layers: list[Layer]) -> None:
        self.key, self.layers = key, layers


class Comparing(QObject):
    """Which views there are. `changed` tells of another number, content or link."""

    changed = Signal()

    def __init__(self, session: Session, view: Callable[[], Any]) -> None:
        super().__init__(session)
        self.session, self._view = session, view
        self.contents: list[Content] = []
        self.swipe, self.linked = False, True
        self.preset = ""
        self._own: dict[tuple[str, float | None], _Own] = {}
        self._job: Job | None = None
        self._again = False
        self._kept: dict[str, Any] = {}
        """Of a project whose results are still being opened."""
        session.time_changed.connect(self._timed)
        session.layer_changed.connect(self._layer_changed)
        session.layers_changed.connect(self._follow)
        for signal in (session.cases_changed, session.current_changed, session.store_changed):
            signal.connect(self._refresh)
        session.city_changed.connect(self.close)
        language.changed.connect(self._refresh)

    @property
    def count(self) -> int:
        """Views beside each other; 1 for a divided one too."""
        return 1 if self.swipe else max(1, len(self.contents))

    @property
    def is_on(self) -> bool:
        return bool(self.contents)

    @property
    def shows_results(self) -> bool:
        """Whether any view shows what was computed."""
        return any(c.case for c in self.contents)

    # -- what there is to choose from ----------------------------------------------------------------------------------
    def with_results(self) -> list[str]:
        """Scenarios that can be shown, the present one last."""
        names = [n for n, c in self.session.cases.items() if c.store is not None and len(c.store.times)]
        current = self.session.current
        return [n for n in names if n != current] + ([current] if current in names else [])

    def _quantities(self, name: str) -> list[str]:
        case = self.session.cases.get(name)
        have = list(case.store.quantities()) if case is not None and case.store is not None else []
        return [q for q in TELLING if q in have]

    def _times(self, name: str) -> list[float]:
        case = self.session.cases.get(name)
        return [float(t) for t in case.store.times] if case is not None and case.store is not None else []

    def presets(self, count: int, swipe: bool = False) -> list[str]:
        """Those that make sense now."""
        names, found = self.with_results(), []
        if names:
            found.append("baseline")
        if len(names) > 1:
            found.append("scenarios")
        if names and len(self._quantities(names[-1])) > 1:
            found.append("quantities")
        if names and len(self._times(names[-1])) >= count:
            found.append("moments")
        return found if swipe else [*found, "sides"]

    def contents_of(self, preset: str, count: int) -> list[Content]:
        """What a preset puts into so many views."""
        names = self.with_results()
        now = names[-1] if names else ""
        if preset == "baseline":
            base = self.session.base_of(now) if now else ""
            pair = [Content(base, is_base=bool(base)), Content(now)]
            if count == 2:
                return pair
            telling = [(q,) for q in self._quantities(now)[:2]] or [()]
            return [replace(c, quantities=q if c.case else ()) for q in (telling * 2)[:2] for c in pair]
        if preset == "scenarios":
            return [Content(n) for n in (names * count)[-count:]]
        if preset == "quantities":
            found = self._quantities(now)
            return [Content(now, (q,)) for q in (found * count)[:count]]
        if preset == "moments":
            times = self._times(now)
            return [Content(now, at_s=times[round((k + 1) * (len(times) - 1) / count)]) for k in range(count)]
        return [Content(now, side=s) for s in SIDES[:count]]

    def choices(self) -> list[Content]:
        """What a single view can show."""
        out = [Content()]
        for name in reversed(self.with_results()):
            out.append(Content(name))
            quantities = self._quantities(name)
            out += [Content(name, (q,)) for q in quantities] if len(quantities) > 1 else []
        names = self.with_results()
        if names and len(self._times(names[-1])) > 3:
            times = self._times(names[-1])
            out += [Content(names[-1], at_s=times[round(part * (len(times) - 1))]) for part in (0.25, 0.5, 0.75, 1.0)]
        return out

    # -- choosing ------------------------------------------------------------------------------------------------------
    def show(self, count: int, swipe: bool = False, preset: str = "") -> bool:
        """So many views, or one in two halves. False where there is nothing to put into it."""
        if count == 1 and not swipe:
            self.close()
            return True
        fitting = self.presets(2 if swipe else count, swipe)
        if not fitting:
            return False
        chosen = preset if preset in fitting else self.preset if self.preset in fitting else fitting[0]
        self._kept = {}
        self.swipe, self.preset = swipe, chosen
        self.contents = self.contents_of(chosen, 2 if swipe else count)
        self.linked = chosen != "sides"
        self._apply(aim=chosen == "sides")
        return True

    def choose(self, index: int, content: Content) -> None:
        """Another content of one view."""
        if self.contents[index] != content:
            self.contents[index] = content
            self.preset = "own"
            self._apply()

    def link(self, yes: bool) -> None:
        """All views look from where the one in use does, or each from its own place."""
        if self.is_on and not self.swipe and yes != self.linked:
            self.linked = yes
            if yes:
                self.contents = [replace(c, side="") for c in self.contents]
            self._apply()

    def move_divider(self, by: float) -> None:
        view = self._view()
        if view is not None and self.swipe:
            view.scene.panes.set_divider(view.scene.panes.divider + by)
            view.scene.request_render()

    def close(self) -> None:
        """One view again."""
        was = self.is_on
        self._kept = {}
        self.contents, self.swipe, self.linked = [], False, True
        if was:
            self._apply()

    # -- in a project --------------------------------------------------------------------------------------------------
    def state(self) -> dict[str, Any]:
        """What a project keeps of it; empty for one view."""
        view = self._view()
        if not self.is_on or view is None:
            return {}
        eyes = [] if self.linked else [asdict(p.eye) for p in view.scene.panes if p.eye is not None]
        kept = {"swipe": self.swipe, "preset": self.preset, "divider": view.scene.panes.divider, "eyes": eyes}
        return kept | {"contents": [asdict(c) for c in self.contents]}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave, as soon as the results it shows are open; what cannot be understood is left."""
        self._kept = dict(state)
        self._take_kept()

    def _take_kept(self) -> None:
        try:
            contents = [Content(**{**c, "quantities": tuple(c["quantities"])}) for c in self._kept["contents"]]
            swipe, divider = bool(self._kept["swipe"]), float(self._kept["divider"])
            eyes = [dict(e) for e in self._kept["eyes"]]
        except (KeyError, TypeError, ValueError):
            self._kept = {}
            return
        if len(contents) != 2 and (swipe or len(contents) != 4):
            self._kept = {}
            return
        view, have = self._view(), self.with_results()
        if view is None or any(c.case and c.case not in have for c in contents):
            return  # when they are there
        self.preset = str(self._kept.get("preset")) if self._kept.get("preset") in PRESETS else "own"
        self._kept = {}
        self.contents, self.swipe, self.linked = contents, swipe, len(eyes) != len(contents)
        self._apply()
        from gui.scene.camera import Eye

        view.scene.panes.set_divider(divider)
        for pane, eye in zip(view.scene.panes, eyes if not self.linked else [], strict=False):
            pane.eye = Eye(**{k: float(v) for k, v in eye.items() if k in Eye.__dataclass_fields__})
        if not self.linked:
            view.scene.camera.set(view.scene.panes.panes[view.scene.panes.active].eye)
        view.scene.request_render()

    # -- into the scene ------------------------------------------------------------------------------------------------
    def attach(self) -> None:
        """The view is there now, or another city in it."""
        if self._kept:
            self._take_kept()
        if self.is_on:
            self._apply()

    def _key(self, content: Content) -> tuple[str, float | None] | None:
        """Of the layers it needs beyond those of the session; None where it needs none."""
        if not content.case or (content.case == self.session.current and content.at_s is None):
            return None
        return content.case, content.at_s

    def _made_of(self, content: Content) -> Any:
        """What its layers depend on."""
        case = self.session.cases.get(content.case)
        store = None if case is None else case.store
        return (self.session.city, store, tuple(store.quantities()) if store is not None else (), language.name)

    def _refresh(self, *_: Any) -> None:
        """Scenarios came, went or were run again."""
        if self._kept:
            self._take_kept()
        if not self.is_on:
            return
        gone = {c.case for c in self.contents if c.case and c.case not in self.with_results()}
        if gone:
            self.contents = [Content() if c.case in gone else c for c in self.contents]
        self._apply()

    def _apply(self, aim: bool = False) -> None:
        """Bring the views of the scene up to date; layers that are missing come when they are made."""
        view = self._view()
        if view is None:
            self.changed.emit()
            return
        self._forget()
        scene = view.scene
        from gui.scene.compare import Pane, Panes

        old = scene.panes
        same = len(old) == len(self.contents) and old.swipe == self.swipe
        panes = []
        for k, content in enumerate(self.contents):
            pane = old.panes[k] if same else Pane(lambda layer: layer.visible)
            pane.shows, pane.title, pane.clock = self._shows(content), content.title, content.clock
            panes.append(pane)
        divider = old.divider if old.swipe else 0.5
        active = old.active if same else 0
        if same and not old.linked and self.linked:  # all go where the active one looks from
            for pane in panes:
                pane.eye = None
        scene.set_panes(Panes(panes, self.swipe, divider, self.linked, active))
        if aim and panes:
            self._aim(scene)
        self.changed.emit()
        self._make()

    def _aim(self, scene: Any) -> None:
        """Each view from its side."""
        camera = scene.camera
        camera.finish()
        scene.camera.aspect = scene.panes.frame(0, scene.picture_size).size
        for pane, content in zip(scene.panes.panes, self.contents, strict=True):
            eye = {
                "iso": lambda: camera.framed(24.0, -27.0),
                "top": lambda: camera.framed(0.0, -89.9),
                "north": lambda: camera.framed(0.0, -18.0),
                "street": lambda: camera.street() or camera.framed(180.0, -18.0),
            }[content.side]()
            pane.eye = eye
        first = scene.panes.panes[scene.panes.active].eye
        if first is not None:
            camera.go(first, animate=False)

    def _shows(self, content: Content) -> Callable[[Layer], bool]:
        session = self.session
        key = self._key(content)

        def wanted(quantity: str, fallback: bool) -> bool:
            if content.quantities:
                return quantity in content.quantities
            same = session.layer(RESULT + quantity)
            return same.visible if same is not None else fallback

        def shows(layer: Layer) -> bool:
            if layer.id.startswith(OWN):
                own = self._own.get(key) if key is not None else None
                if own is None or all(x.id != layer.id for x in own.layers):
                    return False
                quantity = layer.id.rpartition(":")[2]
                return quantity == MEASURES or wanted(quantity, layer.visible)
            if layer.id.startswith(RESULT):
                return bool(content.case) and key is None and wanted(layer.id.removeprefix(RESULT), layer.visible)
            if layer.id.startswith(DIFFERENCE):
                return layer.visible and key is None and bool(content.case) and not content.quantities
            if layer.id == MEASURES:
                return layer.visible and content.case == session.current
            return layer.visible

        return shows

    def running(self) -> list[tuple[str, Any]]:
        """Prefix of the ids and store of the layers that show the time of the window: those of the session, and those made here."""
        session = self.session
        found = [(RESULT, session.store)] if session.store is not None else []
        for (name, at_s), own in self._own.items():
            case = session.cases.get(name)
            if at_s is None and own.layers and case is not None and case.store is not None:
                found.append((own.layers[0].id.rpartition(":")[0] + ":", case.store))
        return found

    # -- layers of its own ---------------------------------------------------------------------------------------------
    def _forget(self) -> None:
        """Take out what no view needs any more."""
        view = self._view()
        needed = {k: c for c in self.contents if (k := self._key(c)) is not None}
        for key in list(self._own):
            if key not in needed or self._own[key].key != self._made_of(needed[key]):
                for layer in self._own.pop(key).layers:
                    if view is not None:
                        view.scene.remove(layer)

    def _make(self) -> None:
        """Make the layers that are missing, one content after the other."""
        if self._job is not None:
            self._again = True
            return
        session = self.session
        lacking = next(
            (c for c in self.contents if (k := self._key(c)) is not None and k not in self._own and self._made_of(c)[1] is not None), None
        )
        city = session.city
        if lacking is None or city is None:
            return
        key, made_of, case = self._key(lacking), self._made_of(lacking), session.cases[lacking.case]
        assert key is not None
        store, scenario = case.store, case.scenario.model_copy(deep=True)
        at_s = session.time_s if lacking.at_s is None else lacking.at_s
        prefix = f"{OWN}{len(session.cases)}:{lacking.case}:{lacking.at_s}:"

        def work(control: Control) -> list[Layer]:
            from gui.headless import measures
            from layers.results import result_layers

            assert store is not None
            layers = result_layers(city, store)
            for layer in layers:
                control.check()
                layer.id = f"{prefix}{layer.id}"
                layer.set_time(at_s)
                if layer.visible:
                    layer.draw()
            for layer in measures(city, scenario):
                layer.id = f"{prefix}{MEASURES}"
                layers.append(layer)
            return layers

        def done(layers: list[Layer]) -> None:
            view = self._view()
            if view is None or self._made_of(lacking) != made_of or key not in {self._key(c) for c in self.contents}:
                return
            self._own[key] = _Own(made_of, layers)
            for layer in layers:
                self._styled(layer)
                layer.set_time(session.time_s if lacking.at_s is None else lacking.at_s)
                view.scene.add(layer)

        def ended() -> None:
            self._job = None
            self._again = False
            if self.is_on:
                self._make()

        self._job = session.jobs.start(tr("Result layers"), work, quiet=True, done=done, failed=session.notices.trouble)
        self._job.ended.connect(ended)

    def _styled(self, layer: Layer) -> None:
        """The same look as the session's layer of the same quantity."""
        same = self.session.layer(RESULT + layer.id.rpartition(":")[2])
        if same is not None:
            layer.style, layer.opacity = same.style, same.opacity

    # -- what happens meanwhile ----------------------------------------------------------------------------------------
    def _timed(self, time_s: float) -> None:
        for (_, at_s), own in self._own.items():
            if at_s is None:
                for layer in own.layers:
                    layer.set_time(time_s)

    def _layer_changed(self, layer: Layer, aspect: str) -> None:
        if not self.is_on or not layer.id.startswith(RESULT):
            return
        if aspect in ("style", "opacity"):
            for own in self._own.values():
                for other in own.layers:
                    if other.id.rpartition(":")[2] == layer.id.removeprefix(RESULT):
                        self._styled(other)
        elif aspect == "visible":
            self._follow()

    def _follow(self) -> None:
        """Other layers are visible, or others are there."""
        view = self._view()
        if self.is_on and view is not None:
            view.scene.set_panes(view.scene.panes)

"""What is open: the city, its layers, the scenarios and their results, the thing selected, the time. No widgets here.

Panels listen to its signals and call its methods; everything a person can undo goes through `undo`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from gui.i18n import declared, mark, tr
from gui.jobs import Jobs
from gui.notices import Notices

if TYPE_CHECKING:
    from layers.layer import Layer
    from twin.city.city import City
    from twin.models.base import Happening
    from twin.results import FieldStore, FrameBuffer, RunResult
    from twin.scenario.scenario import Scenario


WHAT = {
    "visible": mark("show or hide {layer}"),
    "opacity": mark("opacity of {layer}"),
    "order": mark("order of {layer}"),
    "style": mark("style of {layer}"),
    "kind": mark("style of {layer}"),
    "field": mark("field of {layer}"),
    "color": mark("colour of {layer}"),
    "palette": mark("palette of {layer}"),
    "range": mark("range of {layer}"),
    "classes": mark("classes of {layer}"),
    "width_by": mark("width of {layer}"),
}
"""What Undo says of a change of a layer, by what was changed."""
MERGING = ("opacity", "color", "range", "classes")
"""What is changed by moving something."""


@dataclass
class Case:
    """One scenario of the tree and what it gave."""

    scenario: Scenario
    result: RunResult | None = None
    buffer: FrameBuffer | None = None
    ran: str = ""
    """Digest of the inputs the result was made from."""
    partial: bool = False
    """The frames are those of a run that goes on or was cancelled."""
    told: list[Happening] = field(default_factory=list)
    """What befell objects in the run that goes on, or was cancelled; a result keeps its own."""
    coarse_m: float = 0.0
    """The frames are those of a preview on cells of this size; 0: they are not."""

    @property
    def name(self) -> str:
        return self.scenario.scenario.name

    @property
    def store(self) -> FieldStore | None:
        """What can be shown: the result on disk, else the frames so far."""
        return self.result if self.result is not None else self.buffer


MERGE_S = 1.0
"""Changes of one thing that follow each other within this time (a slider being moved) are one step of undo."""


class _Change(QUndoCommand):
    """Set before or after; changes of one thing in quick succession merge."""

    _ids: dict[str, int] = {}

    def __init__(
        self, text: str, set_value: Callable[[Any], None], before: Any, after: Any, merge: str = "", within_s: float = MERGE_S
    ) -> None:
        super().__init__(text)
        self._set, self._before, self._after, self._merge = set_value, before, after, merge
        self._within_s, self._at = within_s, time.monotonic()

    def redo(self) -> None:
        self._set(self._after)

    def undo(self) -> None:
        self._set(self._before)

    def id(self) -> int:
        return self._ids.setdefault(self._merge, len(self._ids) + 1) if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or other._merge != self._merge or other._at - self._at > other._within_s:
            return False
        self._after, self._at = other._after, other._at
        return True


class Session(QObject):
    """State of one window. All methods belong to the GUI thread."""

    city_changed = Signal()
    problems_changed = Signal()
    """More or less is known to be wrong with the city; the city itself is the same."""
    layers_changed = Signal()
    layer_changed = Signal(object, str)
    cases_changed = Signal()
    """Names, parents, results or staleness of scenarios."""
    case_edited = Signal(str)
    """Parameters or edits of the scenario named."""
    current_changed = Signal()
    store_changed = Signal()
    """Another result is shown, or the one shown has more times."""
    told_changed = Signal()
    """Something befell an object in the run that goes on."""
    time_changed = Signal(float)
    bookmarks_changed = Signal()
    selected_changed = Signal(object, object)
    """Layer or None, rows (int32)."""

    def __init__(self, jobs: Jobs, notices: Notices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs, self.notices = jobs, notices
        self.undo = QUndoStack(self)
        self.undo.setUndoLimit(500)
        self.merge_s = MERGE_S
        self.city: City | None = None
        self.what: list[str] = []
        self.plain: tuple[str, tuple[str, ...]] | None = None
        """Recipe and repairs of the city as `what` alone opens it; None where that is not known."""
        self.layers: list[Layer] = []
        self._slots: dict[str, Callable[[str], None]] = {}
        self.cases: dict[str, Case] = {}
        self.current = ""
        self.time_s = 0.0
        self.selected: tuple[Layer | None, Any] = (None, [])
        self.bookmarks: dict[str, dict[str, Any]] = {}
        self.selections: dict[str, dict[str, Any]] = {}
        """Kept by name: layer (id) and ids of its rows."""
        self.is_dirty = False
        self.undo.indexChanged.connect(self._touched)

    # the city
    def set_city(self, city: City, what: list[str], layers: list[Layer], mended: bool = False) -> None:
        """Put another city in place of the one open; scenarios of the old one go. mended: it is more than `what` opened."""
        self.clear_selection()
        self.undo.clear()
        self.cases.clear()
        self.current, self.time_s, self.bookmarks, self.selections = "", 0.0, {}, {}
        self.bookmarks_changed.emit()
        self.city, self.what = city, list(what)
        self.plain = None if mended else (city.recipe, city.repairs)
        self.replace_layers("", [])
        self.city_changed.emit()
        self.add_layers(layers)
        self.cases_changed.emit()
        self.current_changed.emit()
        self.store_changed.emit()
        self.is_dirty = False

    def put_city(self, city: City, layers: list[Layer]) -> None:
        """The same city mended, or as it was before: scenarios, bookmarks and looks stay; results of the other one are stale."""
        looks = {x.id: (x.visible, x.opacity, x.order, x.style) for x in self.layers}
        self.clear_selection()
        self.city = city
        self.replace_layers("", [])
        self.city_changed.emit()
        for layer in layers:
            if layer.id in looks:
                layer.visible, layer.opacity, layer.order, layer.style = looks[layer.id]
        self.add_layers(layers)
        self._touched()
        self.cases_changed.emit()
        self.store_changed.emit()

    def set_problems(self, city: City) -> None:
        """The city that is open, with more found out about it."""
        self.city = city
        self.problems_changed.emit()

    def change_city(self, text: str, put: Callable[[City], None], before: City | None, after: City) -> None:
        """One city for another, with undo; put shows it."""
        self.undo.push(_Change(text, put, before, after))

    @property
    def is_mended(self) -> bool:
        """Whether opening `what` again would give another city: it was repaired, or a source is read in another way."""
        return self.city is not None and (self.plain is None or (self.city.recipe, self.city.repairs) != self.plain)

    def close_city(self) -> None:
        """Nothing is open any more."""
        self.clear_selection()
        self.undo.clear()
        self.replace_layers("", [])
        self.cases.clear()
        self.current, self.city, self.what, self.bookmarks, self.selections = "", None, [], {}, {}
        self.bookmarks_changed.emit()
        for signal in (self.city_changed, self.cases_changed, self.current_changed, self.store_changed):
            signal.emit()
        self.is_dirty = False

    # layers
    def layer(self, id: str) -> Layer | None:
        return next((x for x in self.layers if x.id == id), None)

    def add_layers(self, layers: list[Layer]) -> None:
        """Below those that are there in the list; drawing goes by their order."""
        self._take(layers)
        self.layers = layers + self.layers
        self.layers_changed.emit()

    def replace_layers(self, prefix: str, layers: list[Layer], seen: dict[str, bool] | None = None) -> None:
        """Layers whose id begins with prefix go, these come; look and visibility are kept for ids that stay. seen: visibility by id in
        the place of what those that go had; others are as they come."""
        old = {x.id: x for x in self.layers if x.id.startswith(prefix)}
        for id in old:
            old[id].changed.disconnect(self._slots.pop(id))
        for layer in layers:
            if layer.id in old:
                was = old[layer.id]
                layer.opacity, layer.order, layer.style = was.opacity, was.order, was.style
                layer.visible = was.visible if seen is None else layer.visible
            if seen is not None:
                layer.visible = seen.get(layer.id, layer.visible)
        self.layers = [x for x in self.layers if x.id not in old] + layers
        self._take(layers)
        if self.selected[0] is not None and self.selected[0].id in old:
            self.clear_selection()
        self.layers_changed.emit()

    def _slot(self, layer: Layer) -> Callable[[str], None]:
        def tell(aspect: str) -> None:
            self.layer_changed.emit(layer, aspect)

        return tell

    def _take(self, layers: list[Layer]) -> None:
        for layer in layers:
            layer.set_time(self.time_s)
            self._slots[layer.id] = self._slot(layer)
            layer.changed.connect(self._slots[layer.id])

    def set_layer(self, layer: Layer, aspect: str, value: Any) -> None:
        """Change visible, opacity, order or style, with undo."""
        before = getattr(layer, aspect)
        if before == value:
            return
        def put(to: Any) -> None:
            now = self.layer(layer.id)  # results are made anew after a run
            if now is not None:
                setattr(now, aspect, to)

        changed = changed_of(aspect, before, value)
        merge = f"{changed} {layer.id}" if changed in MERGING else ""
        title = WHAT[changed] if changed in WHAT else WHAT["style"]
        self.undo.push(_Change(tr(title, layer=declared(layer.title)), put, before, value, merge, self.merge_s))

    def set_orders(self, orders: dict[str, int]) -> None:
        """New drawing order of several layers by id, one step of undo."""
        before = {x.id: x.order for x in self.layers if x.id in orders}

        def put(to: dict[str, int]) -> None:
            for layer in self.layers:
                if layer.id in to:
                    layer.order = to[layer.id]
            self.layers_changed.emit()

        if before != orders:
            self.undo.push(_Change(tr("order of layers"), put, before, orders))

    def change(self, text: str, put: Callable[[Any], None], before: Any, after: Any, merge: str = "") -> None:
        """Any other change that can be undone: put shows one state or the other."""
        self.undo.push(_Change(text, put, before, after, merge, self.merge_s))

    # selection
    def select(self, layer: Layer, rows: Any) -> None:
        """Highlight rows of a layer everywhere: view, table, inspector."""
        import numpy as np

        from layers.layer import ascending

        chosen = ascending(rows)
        old = self.selected[0]
        if old is layer and np.array_equal(chosen, self.selected[1]):
            return
        self.selected = (layer, chosen)
        if old is not None and old is not layer:
            old.select([])
        layer.select(chosen)
        self.selected_changed.emit(layer, chosen)

    def clear_selection(self) -> None:
        layer = self.selected[0]
        if layer is not None:
            self.selected = (None, [])
            layer.select([])
            self.selected_changed.emit(None, [])

    # scenarios
    @property
    def case(self) -> Case | None:
        return self.cases.get(self.current)

    def add_case(self, scenario: Scenario) -> Case:
        """Another scenario; a name that is taken gets a number."""
        name = self.free_name(scenario.scenario.name)
        scenario.scenario.name = name
        case = Case(scenario)
        self.cases[name] = case
        self._touched()
        self.cases_changed.emit()
        self.set_current(name)
        return case

    def branch(self, name: str, text: str = "", change: Callable[[Scenario], None] | None = None) -> Case:
        """A child that starts as its parent is, with a change where one is given; one step of undo takes it away again."""
        child = self.cases[name].scenario.model_copy(deep=True)
        if change is not None:
            change(child)
        child.scenario.parent = name
        child.scenario.name = self.free_name(tr("{name} with measures", name=self._root(name)))
        case, title = Case(child), child.scenario.name

        def put(there: bool) -> None:
            if not there:
                self.remove_case(title)
            elif title not in self.cases:
                self.cases[title] = case
                self._touched()
                self.cases_changed.emit()
                self.set_current(title)

        self.undo.push(_Change(text or tr("branch of {name}", name=name), put, False, True))
        return case

    def remove_case(self, name: str) -> None:
        """Children of what goes hang on its parent."""
        gone = self.cases.pop(name, None)
        if gone is None:
            return
        for case in self.cases.values():
            if case.scenario.scenario.parent == name:
                case.scenario.scenario.parent = gone.scenario.scenario.parent
        self._touched()
        self.cases_changed.emit()
        if self.current == name:
            self.set_current(gone.scenario.scenario.parent or next(iter(self.cases), ""))

    def rename_case(self, name: str, to: str) -> None:
        to = to.strip()
        if not to or to == name or name not in self.cases:
            return
        to = self.free_name(to)
        self.cases = {(to if k == name else k): v for k, v in self.cases.items()}
        self.cases[to].scenario.scenario.name = to
        for case in self.cases.values():
            if case.scenario.scenario.parent == name:
                case.scenario.scenario.parent = to
        if self.current == name:
            self.current = to
        self.undo.clear()  # its steps speak of the old name
        self._touched()
        self.cases_changed.emit()
        self.current_changed.emit()

    def free_name(self, name: str) -> str:
        taken, n = name, 2
        while taken in self.cases:
            taken, n = f"{name} {n}", n + 1
        return taken

    def set_current(self, name: str) -> None:
        if name == self.current or (name and name not in self.cases):
            return
        self.current = name
        self.current_changed.emit()
        self.store_changed.emit()

    def edit_case(self, name: str, text: str, change: Callable[[Scenario], None], merge: str = "") -> None:
        """Change a scenario, with undo. change works on a copy."""
        before = self.cases[name].scenario
        after = before.model_copy(deep=True)
        change(after)
        if after == before:
            return

        def put(scenario: Scenario) -> None:
            if name in self.cases:
                self.cases[name].scenario = scenario
                self.case_edited.emit(name)
                self.cases_changed.emit()

        self.undo.push(_Change(text, put, before, after, merge and f"{name} {merge}", self.merge_s))

    def digest(self, case: Case) -> str:
        """Of everything a result of this scenario depends on."""
        inputs = case.scenario.model_copy(deep=True)
        inputs.scenario.name, inputs.scenario.parent, inputs.scenario.notes, inputs.scenario.question = "x", "", "", ""
        for edit in inputs.edit:
            edit.cost = 0.0
        made_of = [*self.what, self.city.recipe, *self.city.repairs] if self.city is not None and self.is_mended else self.what
        return hashlib.sha256((inputs.to_toml() + "|".join(made_of)).encode()).hexdigest()

    def is_stale(self, case: Case) -> bool:
        return bool(case.ran) and case.store is not None and case.ran != self.digest(case)

    def base_of(self, name: str) -> str:
        """The scenario to compare with: the nearest ancestor that has a result, else any other that has one."""
        seen, at = {name}, self.cases[name].scenario.scenario.parent if name in self.cases else ""
        while at in self.cases and at not in seen:
            if self.cases[at].result is not None:
                return at
            seen.add(at)
            at = self.cases[at].scenario.scenario.parent
        return next((n for n, c in self.cases.items() if n != name and c.result is not None), "")

    def _root(self, name: str) -> str:
        seen: set[str] = set()
        while name in self.cases and self.cases[name].scenario.scenario.parent in self.cases and name not in seen:
            seen.add(name)
            name = self.cases[name].scenario.scenario.parent
        return name

    # time
    @property
    def store(self) -> FieldStore | None:
        """Fields of the scenario shown."""
        return self.case.store if self.case is not None else None

    def set_time(self, time_s: float) -> None:
        """Every layer with a series shows this moment."""
        self.time_s = float(time_s)
        for layer in self.layers:
            layer.set_time(self.time_s)
        self.time_changed.emit(self.time_s)

    def _touched(self, *_: Any) -> None:
        self.is_dirty = self.city is not None


def changed_of(aspect: str, before: Any, after: Any) -> str:
    """What a change of a layer changes: its aspect, of a style the part that is another."""
    if aspect != "style":
        return aspect
    parts = {f.name for f in fields(after) if getattr(before, f.name) != getattr(after, f.name)}
    if "kind" in parts or "field" in parts:
        return "kind" if "kind" in parts else "field"
    if parts <= {"low", "high"}:
        return "range"
    return parts.pop() if len(parts) == 1 else "style"

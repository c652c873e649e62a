"""What was measured, seen and shaded: a list that stays until it is cleared, drawn in the view, with undo."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.i18n import language, mark, tr
from twin.figures import large

if TYPE_CHECKING:
    import numpy as np

    from gui.jobs import Control, Job
    from gui.session import Session
    from layers.layer import Layer
    from layers.measured import Shape
    from twin.city.measuring import Value

TITLES = {
    "distance": mark("Distance"),
    "height": mark("Height"),
    "area": mark("Area"),
    "slope": mark("Slope"),
    "volume": mark("Volume"),
    "sight": mark("Line of sight"),
    "viewshed": mark("Viewshed"),
    "sun_hours": mark("Hours of sun"),
}
NAMES = {
    "space": mark("Length in space"),
    "plan": mark("Length in plan"),
    "along": mark("Along the ground"),
    "straight": mark("First to last point"),
    "bearing": mark("Bearing"),
    "rise": mark("Rise"),
    "height": mark("Height difference"),
    "z_first": mark("Level of the first point"),
    "z_last": mark("Level of the last point"),
    "angle": mark("Angle of elevation"),
    "area_plan": mark("Area in plan"),
    "area_ground": mark("Area on the ground"),
    "area_corners": mark("Area between the corners"),
    "outline": mark("Outline"),
    "ground_known": mark("Ground with known heights"),
    "slope": mark("Mean slope"),
    "slope_deg": mark("Mean slope, degrees"),
    "steepest": mark("Steepest"),
    "steepest_deg": mark("Steepest, degrees"),
    "climb": mark("Climb"),
    "fall": mark("Descent"),
    "cut": mark("Cut (ground above)"),
    "fill": mark("Fill (ground below)"),
    "net": mark("Cut less fill"),
    "buildings_volume": mark("Volume of buildings"),
    "buildings": mark("Buildings"),
    "level": mark("Reference level"),
    "plane_slope": mark("Slope of the plane"),
    "free": mark("Seen as far as"),
    "raise": mark("Eye must be higher by"),
    "in_the_way": mark("Buildings in the way"),
    "sag": mark("Curvature less refraction (k = 0.13)"),
    "ground_seen": mark("Ground seen"),
    "ground_share": mark("Share of the ground"),
    "buildings_seen": mark("Buildings seen"),
    "buildings_near": mark("Buildings within reach"),
    "faces_seen": mark("Walls and roofs seen"),
    "farthest": mark("Farthest ground seen"),
    "radius": mark("Radius"),
    "eye_height": mark("Height of the eye"),
    "sun_ground": mark("Mean on the ground"),
    "sun_roofs": mark("Mean on roofs"),
    "sun_walls": mark("Mean on walls"),
    "sun_possible": mark("Sun above the horizon"),
}
UNITS = {"m2": "m²", "m3": "m³", "deg": "°"}
ON_DRAWN_M = 0.05
"""A point this near to the ground that is drawn was put on it."""
LAYERS = ("view:", "sun:")
ID = "measured"
SLOW = ("viewshed", "sun_hours")
"""Long enough to be shown as work, with progress and cancel."""


def said(amount: float, unit: str = "m") -> str:
    """A value as people read it, rounded to what can be known by clicking."""
    if amount != amount:
        return "–"
    size = abs(amount)
    if unit == "":
        return f"{amount:,.0f}"
    if unit == "m" and size >= 10_000:
        return f"{amount / 1000:,.2f} km"
    if unit == "m2" and size >= 1_000_000:
        return f"{amount / 1e6:,.3f} km²"
    if unit == "m3" and size >= 10_000_000:
        part, word = large(amount, language.name[:2])
        return f"{amount / part:,.2f} {word}m³"
    if unit == "m":
        places = 2 if size < 10 else 1 if size < 1000 else 0
    elif unit in ("m2", "m3"):
        places = 2 if size < 10 else 1 if size < 100 else 0
    else:
        places = 1
    text = f"{amount:,.{places}f}"
    text = text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
    return f"{text}{'' if unit in ('deg', '%') else ' '}{UNITS.get(unit, unit)}"


@dataclass(frozen=True, eq=False)
class Item:
    """One measurement. points: (N, 3) local metres; values: the first is the one shown beside it; found: what the computation gave
    besides (a Sight), layer: what it painted."""

    number: int
    kind: str
    points: np.ndarray
    values: tuple[Value, ...]
    options: dict[str, Any] = field(default_factory=dict)
    found: Any = None
    layer: Layer | None = None
    by: str = ""
    """Name of what is in the way."""

    def get(self, name: str) -> float:
        """Amount of a value. Raises KeyError."""
        return {v.name: v.amount for v in self.values}[name]

    @property
    def title(self) -> str:
        return f"{tr(TITLES[self.kind])} {self.number}"

    @property
    def text(self) -> str:
        """What is written beside it."""
        v = {x.name: x for x in self.values}

        def amount(name: str) -> str:
            return said(v[name].amount, v[name].unit)

        if self.kind == "slope":
            return f"{amount('slope')}  {amount('slope_deg')}"
        if self.kind == "volume":
            parts = [tr("cut {v}", v=amount("cut")), tr("fill {v}", v=amount("fill"))]
            if v["buildings"].amount:
                parts.append(tr("buildings {v}", v=amount("buildings_volume")))
            return "  ·  ".join(parts)
        if self.kind == "sight":
            if self.found.is_clear:
                return tr("Clear  {v}", v=amount("free"))
            return tr("Blocked after {v} by {what}", v=amount("free"), what=self.by or tr("the ground"))
        if self.kind == "viewshed":
            return tr("{area} of ground, {n} buildings seen", area=amount("ground_seen"), n=amount("buildings_seen"))
        if self.kind == "sun_hours":
            return tr("{h} of sun on the ground", h=amount("sun_ground"))
        return amount(self.values[0].name)

    def rows(self) -> list[tuple[str, str]]:
        """Everything known of it, as (name, value)."""
        found = [(tr(NAMES[x.name]), said(x.amount, x.unit)) for x in self.values]
        if self.kind == "sight" and not self.found.is_clear:
            found.insert(1, (tr("In the way"), self.by or tr("the ground")))
        return found


class Measurements(QObject):
    """The list of one window and its layers. `add`, `remove`, `clear` and `redo` are steps that can be undone."""

    changed = Signal()
    added = Signal(object)
    """Item just measured."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.items: list[Item] = []
        self._of: Any = None
        self._job: Job | None = None
        session.city_changed.connect(self._city_changed)
        language.changed.connect(self._show)

    # the list
    def next_number(self, kind: str) -> int:
        return 1 + max((i.number for i in self.items if i.kind == kind), default=0)

    def add(self, item: Item) -> None:
        self._change(tr("measure {what}", what=item.title), [*self.items, item])
        self.added.emit(item)

    def remove(self, gone: list[Item]) -> None:
        if gone:
            self._change(tr("remove {what}", what=", ".join(i.title for i in gone)), [i for i in self.items if i not in gone])

    def clear(self) -> None:
        if self.items:
            self._change(tr("clear measurements"), [])

    def _change(self, text: str, after: list[Item]) -> None:
        self.session.change(text, self._put, self.items, after)

    def _put(self, items: list[Item]) -> None:
        self.items = items
        self._show()

    def _city_changed(self) -> None:
        """On a city that was mended, or shown in another level of detail, everything is worked out again. Another city has a list of
        its own."""
        city = self.session.city
        same = city is not None and self._of is not None and city.frame == self._of.frame and city.name == self._of.name
        kept = self.state() if same else []
        self._of, self.items = city, []
        self._show()
        self.restore(kept)

    def _show(self, *_: Any) -> None:
        """Layers in step with the list."""
        session = self.session
        if session.city is not None:
            shapes = [shape_of(session.city, i) for i in self.items]
            if shapes or session.layer(ID) is not None:
                from layers.measured import MeasuredLayer

                session.replace_layers(ID, [MeasuredLayer(shapes)] if shapes else [])
            wanted = [i.layer for i in self.items if i.layer is not None]
            for prefix in LAYERS:
                now = [x for x in session.layers if x.id.startswith(prefix)]
                then = [x for x in wanted if x.id.startswith(prefix)]
                if now != then:
                    session.replace_layers(prefix, then)
        self.changed.emit()

    # measuring
    def measure(self, kind: str, points: Any, options: dict[str, Any] | None = None, instead_of: Item | None = None) -> None:
        """Work out a measurement in a worker; it joins the list, or takes the place of an item.

        points: (N, 3) where it was clicked, local metres. options: of a volume reference and level_m; of a line of sight eye_m and
        target_m; of a viewshed eye_m, radius_m, heading, width and target_m; of hours of sun radius_m and day (2026-06-21).
        """
        session, city = self.session, self.session.city
        if city is None:
            return
        number = instead_of.number if instead_of is not None else self.next_number(kind)

        def work(control: Control) -> Item:
            return made(city, kind, number, points, dict(options or {}), control)

        def done(item: Item) -> None:
            if session.city is not city:
                return
            if instead_of is not None and instead_of in self.items:
                self._change(tr("change {what}", what=item.title), [item if i is instead_of else i for i in self.items])
                self.added.emit(item)
            else:
                if any(i.kind == kind and i.number == item.number for i in self.items):  # another was quicker
                    item = replace(item, number=self.next_number(kind))
                self.add(item)

        slow = kind in SLOW
        if slow and self._job is not None and not self._job.is_over:
            self._job.cancel()  # one at a time: another one takes its place
        job = session.jobs.start(tr(TITLES[kind]), work, quiet=not slow, done=done, failed=session.notices.trouble)
        if slow:
            self._job = job

    # kept with a project
    def state(self) -> list[dict[str, Any]]:
        """The list as a project keeps it: kind, number, options and points in the city's CRS; values are worked out again."""
        city, kept = self.session.city, []
        for item in self.items if city is not None else ():
            assert city is not None
            east, north = city.frame.to_crs(item.points[:, 0], item.points[:, 1])
            points = [[round(float(v), 3) for v in p] for p in zip(east, north, item.points[:, 2], strict=True)]
            kept.append({"kind": item.kind, "number": item.number, "points": points, "options": item.options})
        return kept

    def restore(self, kept: list[dict[str, Any]]) -> None:
        """Take a list over from a project, in a worker; what cannot be understood is left out."""
        session, city = self.session, self.session.city
        if city is None or not kept:
            return

        def work(control: Control) -> list[Item]:
            import numpy as np

            items = []
            for k, entry in enumerate(kept):
                control.progress(tr("Measuring"), k / len(kept))
                try:
                    points = np.array(entry["points"], float).reshape(-1, 3)
                    x, y = city.frame.to_local(points[:, 0], points[:, 1])
                    xyz = np.column_stack([x, y, points[:, 2]])
                    items.append(made(city, str(entry["kind"]), int(entry["number"]), xyz, dict(entry["options"]), control))
                except (KeyError, TypeError, ValueError):
                    continue
            return items

        def done(items: list[Item]) -> None:
            if session.city is city:
                known = {(i.kind, i.number) for i in self.items}
                self._put([i for i in items if (i.kind, i.number) not in known] + self.items)

        session.jobs.start(tr("Measurements"), work, done=done, failed=session.notices.trouble)


def made(city: Any, kind: str, number: int, points: Any, options: dict[str, Any], control: Control) -> Item:
    """Work out one measurement; a worker's. Raises KeyError for an unknown kind, ValueError for too few points."""
    import numpy as np

    p = on_ground(city, np.asarray(points, float).reshape(-1, 3))
    if kind == "sight":
        return _sight(city, number, p, options)
    if kind == "viewshed":
        return _viewshed(city, number, p, options, control)
    if kind == "sun_hours":
        return _sun_hours(city, number, p, options, control)
    from twin.city.measuring import measured

    m = measured(city, kind, p, options)
    return Item(number, kind, m.points, m.values, m.options)


def on_ground(city: Any, points: Any) -> Any:
    """Points put on the ground get the height of the terrain itself, of which what is drawn may be a coarser picture."""
    import numpy as np

    from layers.ground import Ground
    from twin.city.height_grid import BareGround

    drawn = Ground.of(city).height(points[:, 0], points[:, 1])
    true = BareGround.of(city).height(points[:, 0], points[:, 1])
    return np.column_stack([points[:, :2], np.where(np.abs(points[:, 2] - drawn) < ON_DRAWN_M, true, points[:, 2])])


def _sight(city: Any, number: int, points: Any, options: dict[str, Any]) -> Item:
    from twin.city.measuring import Value
    from twin.city.sight import FAR_M, line_of_sight

    eye_m, target_m = float(options["eye_m"]), float(options["target_m"])
    s = line_of_sight(city, points[0] + (0.0, 0.0, eye_m), points[-1] + (0.0, 0.0, target_m))
    values = [Value("free", s.free_m), Value("plan", s.plan_m), Value("eye_height", eye_m)]
    if not s.is_clear:
        values += [Value("in_the_way", float(len(s.rows)), ""), Value("raise", s.raise_m)]
    if s.plan_m >= FAR_M:
        values.append(Value("sag", s.sag_m))
    by = name_of(city, s.row) if s.row >= 0 else ""
    return Item(number, "sight", points, tuple(values), options, s, by=by)


def _viewshed(city: Any, number: int, points: Any, options: dict[str, Any], control: Control) -> Item:
    from layers.sight import ViewshedLayer
    from twin.city.measuring import Value
    from twin.city.viewshed import viewshed

    eye_m, radius, heading, width, target = (float(options[k]) for k in ("eye_m", "radius_m", "heading", "width", "target_m"))
    control.progress(tr("Looking around"))
    eye = points[0] + (0.0, 0.0, eye_m)
    seen = viewshed(city, eye, radius, heading, width, cell_m=cell_for(radius), target_m=target, check=control.check)
    control.progress(tr("Painting what is seen"), 0.6)
    layer = ViewshedLayer(city, seen, f"view:{number}", f"{tr(TITLES['viewshed'])} {number}")
    share = 100 * seen.ground_seen_m2 / seen.ground_m2 if seen.ground_m2 else float("nan")
    values = (
        Value("ground_seen", seen.ground_seen_m2, "m2"),
        Value("ground_share", share, "%"),
        Value("buildings_seen", float(len(seen.seen_rows)), ""),
        Value("buildings_near", float(len(seen.rows)), ""),
        Value("faces_seen", layer.faces_seen_m2, "m2"),
        Value("farthest", seen.farthest_m),
        Value("eye_height", eye_m),
        Value("radius", radius),
    )
    return Item(number, "viewshed", points[:1], values, options, layer=layer)


def _sun_hours(city: Any, number: int, points: Any, options: dict[str, Any], control: Control) -> Item:
    from datetime import date

    import numpy as np

    from layers.sight import sun_layer
    from twin.city.measuring import Value
    from twin.city.suns import suns_of

    radius, day = float(options["radius_m"]), date.fromisoformat(str(options["day"]))

    def tell(done: float) -> None:
        control.progress(tr("Following the sun"), done)

    tell(0.0)
    cell_m = 0.5 if radius <= 100 else cell_for(radius)
    title = f"{tr(TITLES['sun_hours'])} {day.isoformat()}"
    middle = float(points[0, 0]), float(points[0, 1])
    layer = sun_layer(city, middle, radius, suns_of(city, middle, day), cell_m, f"sun:{number}", title, tell)
    h = layer.hours

    def mean(a: Any) -> float:
        return float(np.nanmean(a)) if np.isfinite(a).any() else float("nan")

    values = (
        Value("sun_ground", layer.ground_mean_h, "h"),
        Value("sun_roofs", mean(h.roof), "h"),
        Value("sun_walls", mean(h.walls), "h"),
        Value("sun_possible", h.possible, "h"),
        Value("buildings", float(len(h.rows)), ""),
        Value("radius", radius),
    )
    return Item(number, "sun_hours", points[:1], values, options, layer=layer)


def cell_for(radius_m: float) -> float:
    """Side of the cells, metres: fine near by, 2 m up to three kilometres."""
    return 1.0 if radius_m <= 800 else 2.0


def name_of(city: Any, row: int) -> str:
    """What people call a building, else its id."""
    found = city.buildings.take([row]).iloc[0]
    return str(found["name"] or "") or tr("building {id}", id=str(found["id"]).removeprefix("building/"))


def shape_of(city: Any, item: Item) -> Shape:
    """How an item is drawn."""
    import numpy as np

    from layers.ground import Ground
    from layers.measured import BLOCKED, CLEAR, Shape

    p, ground = item.points, Ground.of(city)
    id, name, text = f"{item.kind}-{item.number}", item.title, item.text

    def raised(xyz: np.ndarray) -> np.ndarray:
        """Not below the ground as it is drawn."""
        return np.column_stack([xyz[:, :2], np.maximum(xyz[:, 2], ground.height(xyz[:, 0], xyz[:, 1]))])

    def draped(xy: np.ndarray) -> np.ndarray:
        import shapely

        step = max(2.0, float(np.linalg.norm(np.diff(xy, axis=0), axis=1).sum()) / 400)
        flat = shapely.get_coordinates(shapely.segmentize(shapely.LineString(xy), step))
        return np.column_stack([flat, ground.height(flat[:, 0], flat[:, 1])])

    def middle(path: np.ndarray) -> tuple[float, float, float]:
        s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
        return tuple(float(np.interp(s[-1] / 2, s, path[:, k])) for k in range(3))  # type: ignore[return-value]

    if item.kind == "height":
        a, b = raised(p[:1])[0], raised(p[-1:])[0]
        top, low = (a, b) if a[2] >= b[2] else (b, a)
        corner = np.array([low[0], low[1], top[2]])  # upright above the lower point
        path = np.array([low, corner, top])
        at = (float(corner[0]), float(corner[1]), float((low[2] + top[2]) / 2))
        return Shape(id, name, text, at, ((path, ""),), (), ((np.array([a, b]), ""),))
    if item.kind in ("area", "volume"):
        ring = np.vstack([p, p[:1]])
        corners = raised(p)
        rim = draped(ring[:, :2]) if item.kind == "volume" else raised(ring)
        top = corners.mean(0)
        return Shape(id, name, text, tuple(float(v) for v in top), ((rim, ""),), (corners,), ((corners, ""),))  # type: ignore[arg-type]
    if item.kind == "sight":
        s = item.found
        if s.is_clear:
            return Shape(id, name, text, middle(s.path), ((s.path, CLEAR),), (), ((np.array([s.eye, s.target]), CLEAR),))
        free = np.vstack([s.path[np.hypot(*(s.path - s.eye)[:, :2].T) < s.free_m], s.at])
        rest = np.vstack([s.at, s.path[np.hypot(*(s.path - s.eye)[:, :2].T) > s.free_m]])
        marks = ((s.eye[None], CLEAR), (np.array([s.at, s.target]), BLOCKED))
        return Shape(id, name, text, tuple(float(v) for v in s.at), ((free, CLEAR), (rest, BLOCKED)), (), marks)  # type: ignore[arg-type]
    if item.kind in ("viewshed", "sun_hours"):
        eye = p[0] + (0.0, 0.0, float(item.options.get("eye_m", 0.0)))
        return Shape(id, name, text, tuple(float(v) for v in eye))  # type: ignore[arg-type]
    path = draped(p[:, :2]) if item.kind == "slope" else raised(p)
    return Shape(id, name, text, middle(path), ((path, ""),), (), ((raised(p), ""),))


def live_text(kind: str, p: np.ndarray) -> str:
    """What is said of the points so far, while they are being put."""
    import math

    import numpy as np

    last = p[-1]
    level = tr("level {z}", z=said(float(last[2])))
    if len(p) < 2 or kind in ("viewshed", "sun_hours"):
        return level
    step = np.diff(p, axis=0)
    plan = float(np.hypot(step[:, 0], step[:, 1]).sum())
    rise = float(last[2] - p[0, 2])
    if kind == "height":
        return f"{said(abs(rise))}   {tr('{d} apart in plan', d=said(plan))}"
    if kind == "slope":
        share = rise / plan if plan else 0.0
        return f"{said(100 * share, '%')}   {said(math.degrees(math.atan(share)), 'deg')}   {said(plan)}"
    if kind in ("area", "volume") and len(p) > 2:
        x, y = p[:, 0] - p[0, 0], p[:, 1] - p[0, 1]
        area = abs(float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())) / 2
        return said(area, "m2")
    if kind in ("section", "sight"):
        return f"{said(plan)}   {level}"
    space = float(np.linalg.norm(step, axis=1).sum())
    return f"{said(space)}   {tr('{d} in plan', d=said(plan))}   {tr('rise {d}', d=said(rise))}"

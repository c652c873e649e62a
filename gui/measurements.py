"""What was measured, seen and shaded: a list that stays until it is cleared, drawn in the view, with undo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.i18n import language, mark, tr

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
    "sag": mark("Curvature and refraction"),
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
LAYERS = ("view:", "sun:")
ID = "measured"


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
        return tr("{n} million m³", n=f"{amount / 1e6:,.2f}")
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
            return tr("Blocked after {v}", v=amount("free")) + (f"  {self.by}" if self.by else "")
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
        """Points stay on a city that was mended; what was computed of its buildings does not. Another city has a list of its own."""
        city = self.session.city
        same = city is not None and self._of is not None and city.frame == self._of.frame and city.name == self._of.name
        self._of = city
        self.items = [i for i in self.items if i.layer is None] if same else []
        self._show()

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
        """Work out a distance, height, area, slope or volume in a worker; it joins the list, or takes the place of an item."""
        session, city = self.session, self.session.city
        if city is None:
            return

        def work(_: Control) -> Any:
            from twin.city.measuring import measured

            return measured(city, kind, points, options)

        def done(m: Any) -> None:
            if session.city is not city:
                return
            number = instead_of.number if instead_of is not None else self.next_number(kind)
            item = Item(number, kind, m.points, m.values, m.options)
            if instead_of is not None and instead_of in self.items:
                self._change(tr("change {what}", what=item.title), [item if i is instead_of else i for i in self.items])
                self.added.emit(item)
            else:
                self.add(item)

        session.jobs.start(tr("Measuring"), work, quiet=True, done=done, failed=session.notices.trouble)

    def sight(self, a: Any, b: Any, eye_m: float, target_m: float) -> None:
        """Line of sight from above one point to above another."""
        import numpy as np

        session, city = self.session, self.session.city
        if city is None:
            return
        eye, target = np.asarray(a, float) + (0.0, 0.0, eye_m), np.asarray(b, float) + (0.0, 0.0, target_m)

        def work(_: Control) -> Any:
            from twin.city.sight import line_of_sight

            return line_of_sight(city, eye, target)

        def done(s: Any) -> None:
            from twin.city.measuring import Value
            from twin.city.sight import FAR_M

            if session.city is not city:
                return
            values = [Value("free", s.free_m), Value("plan", s.plan_m), Value("eye_height", eye_m)]
            if not s.is_clear:
                values += [Value("in_the_way", float(len(s.rows)), ""), Value("raise", s.raise_m)]
            if s.plan_m >= FAR_M:
                values.append(Value("sag", s.sag_m))
            by = name_of(city, s.row) if s.row >= 0 else "" if s.is_clear else tr("the ground")
            options = {"eye_m": eye_m, "target_m": target_m}
            self.add(Item(self.next_number("sight"), "sight", np.array([eye, target]), tuple(values), options, s, by=by))

        session.jobs.start(tr("Line of sight"), work, quiet=True, done=done, failed=session.notices.trouble)

    def viewshed(self, at: Any, eye_m: float, radius_m: float, heading: float, width: float, target_m: float = 0.0) -> None:
        """What is seen from above a point; a layer comes of it."""
        import numpy as np

        session, city = self.session, self.session.city
        if city is None:
            return
        number = self.next_number("viewshed")
        foot = np.asarray(at, float)
        eye = foot + (0.0, 0.0, eye_m)

        def work(control: Control) -> Any:
            from layers.sight import ViewshedLayer
            from twin.city.viewshed import viewshed

            control.progress(tr("Looking around"))
            seen = viewshed(city, eye, radius_m, heading, width, cell_m=cell_for(radius_m), target_m=target_m, check=control.check)
            control.progress(tr("Painting what is seen"), 0.6)
            return ViewshedLayer(city, seen, f"view:{number}", f"{tr(TITLES['viewshed'])} {number}")

        def done(layer: Any) -> None:
            from twin.city.measuring import Value

            if session.city is not city:
                return
            v = layer.viewshed
            values = (
                Value("ground_seen", v.ground_seen_m2, "m2"),
                Value("ground_share", 100 * v.ground_seen_m2 / v.ground_m2 if v.ground_m2 else float("nan"), "%"),
                Value("buildings_seen", float(len(v.seen_rows)), ""),
                Value("buildings_near", float(len(v.rows)), ""),
                Value("faces_seen", layer.faces_seen_m2, "m2"),
                Value("farthest", v.farthest_m),
                Value("eye_height", eye_m),
                Value("radius", radius_m),
            )
            options = {"eye_m": eye_m, "radius_m": radius_m, "heading": heading, "width": width, "target_m": target_m}
            self.add(Item(number, "viewshed", foot[None], values, options, layer=layer))

        self._start(tr("Viewshed"), work, done)

    def sun_hours(self, at: Any, radius_m: float, day: Any) -> None:
        """Hours of direct sun on a date around a point; a layer comes of it."""
        import numpy as np

        session, city = self.session, self.session.city
        if city is None:
            return
        number, foot = self.next_number("sun_hours"), np.asarray(at, float)
        title = f"{tr(TITLES['sun_hours'])} {day.isoformat()}"

        def work(control: Control) -> Any:
            from layers.sight import sun_layer

            def tell(done: float) -> None:
                control.progress(tr("Following the sun"), done)

            suns = suns_of(city, foot, day)
            cell_m = 0.5 if radius_m <= 100 else cell_for(radius_m)
            return sun_layer(city, (float(foot[0]), float(foot[1])), radius_m, suns, cell_m, f"sun:{number}", title, tell)

        def done(layer: Any) -> None:
            from twin.city.measuring import Value

            if session.city is not city:
                return
            h = layer.hours
            values = (
                Value("sun_ground", layer.ground_mean_h, "h"),
                Value("sun_roofs", float(np.nanmean(h.roof)) if np.isfinite(h.roof).any() else float("nan"), "h"),
                Value("sun_walls", float(np.nanmean(h.walls)) if np.isfinite(h.walls).any() else float("nan"), "h"),
                Value("sun_possible", h.possible, "h"),
                Value("buildings", float(len(h.rows)), ""),
                Value("radius", radius_m),
            )
            options = {"radius_m": radius_m, "day": day.isoformat()}
            self.add(Item(number, "sun_hours", foot[None], values, options, layer=layer))

        self._start(tr("Hours of sun"), work, done)

    def _start(self, title: str, work: Any, done: Any) -> None:
        """One long computation at a time: another one takes its place."""
        if self._job is not None and not self._job.is_over:
            self._job.cancel()
        self._job = self.session.jobs.start(title, work, done=done, failed=self.session.notices.trouble)


def cell_for(radius_m: float) -> float:
    """Side of the cells, metres: fine near by, 2 m up to three kilometres."""
    return 1.0 if radius_m <= 800 else 2.0


def name_of(city: Any, row: int) -> str:
    """What people call a building, else its id."""
    found = city.buildings.take([row]).iloc[0]
    return str(found["name"] or "") or str(found["id"]).removeprefix("building/")


def suns_of(city: Any, at: Any, day: Any, step_min: float = 10.0) -> list[Any]:
    """Where the sun stands through a civil day; a city on no map has that of latitude 45."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from twin.city.sun_hours import Sun
    from twin.sun import sun_position

    start = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(city.frame.timezone))
    if city.frame.has_map:
        longitude, latitude = (float(v) for v in city.frame.to_lonlat(float(at[0]), float(at[1])))
    else:
        offset = start.utcoffset()
        longitude, latitude = (0.0 if offset is None else offset.total_seconds() / 240), 45.0
    found = []
    for k in range(int(24 * 60 / step_min)):
        sun = sun_position(longitude, latitude, start + timedelta(minutes=(k + 0.5) * step_min))
        found.append(Sun(sun.azimuth, sun.elevation, step_min / 60))
    return found


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

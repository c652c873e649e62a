"""Sensors as pins: shape and colour tell the state, a label the value; stale data is hollow and never in its last colour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import ICONS, Drawing, Labels, Points
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb
from twin.live.board import HOLLOW, STATE_NAMES, Snapshot
from twin.live.sensors import FLAGS, observed_property

STATE_COLORS = ("#12876f", "#7a828c", "#c47d00", "#d32f2f")
"""ok, stale, warning, alert: contrast 3:1 on light ground; the shape says the same."""
PICTURES = {
    "rainfall_rate": "rain", "rainfall": "rain", "water_level": "level", "flow": "level", "pm2_5": "air", "air_temperature": "temperature",
    "water_temperature": "temperature", "relative_humidity": "humidity", "air_pressure": "pressure", "wind_speed": "wind",
    "wind_direction": "wind", "traffic_flow": "traffic",
}  # fmt: skip
"""What is observed: the small picture on its pin."""
STEM_M = 18.0
"""Height of a pin's head above the ground, so that it stands clear of the street."""
_GRAVITY = np.array([1, 0, 2, 3], np.uint8)
"""Of the states ok, hollow, warning, alert."""
_BARS = "▁▂▃▄▅▆▇█"
Series = tuple[NDArray[np.float64], NDArray[np.float64]]


class SensorLayer(Layer):
    """One row a thing; the gravest state of its datastreams is shown, with the first of them in that state.

    bounds: x0, y0, x1, y1 in local metres outside which a thing is in the table only. recent: datastream id -> (Unix
    seconds, values) of the newest readings, for sparklines.
    """

    def __init__(
        self, snapshot: Snapshot | None = None, *, bounds: tuple[float, float, float, float] | None = None,
        recent: Callable[[str], Series] | None = None, source: str = "",
    ) -> None:
        style = Style(kind="categorised", field="state", categories=tuple(zip(STATE_NAMES, STATE_COLORS)), size=20.0)
        super().__init__("sensors", "Sensors", "live", style=style, order=90, source=source)
        self.limits, self.recent = bounds, recent
        self._version = self._geometry = 0
        self.snapshot = Snapshot.empty()
        self._stream_of = np.empty(0, np.int64)
        self._state_of = np.empty(0, np.uint8)
        self._drawn = np.empty(0, np.int64)
        if snapshot is not None:
            self.show(snapshot)

    def show(self, snapshot: Snapshot) -> None:
        """Show the latest values; listeners are told when anything to be seen is different."""
        before, old_state, old_stream = self.snapshot, self._state_of, self._stream_of
        roster = snapshot.roster
        things = len(roster.things)
        # By gravity: a thing one of whose datastreams is fresh is not stale.
        gravity = _GRAVITY[snapshot.state]
        worst = np.zeros(things, np.uint8)
        np.maximum.at(worst, roster.thing_row, gravity)
        state = np.argsort(_GRAVITY).astype(np.uint8)[worst]
        first = np.full(things, -1, np.int64)
        rows = np.flatnonzero(gravity == worst[roster.thing_row])[::-1]
        first[roster.thing_row[rows]] = rows
        self.snapshot, self._stream_of, self._state_of = snapshot, first, state
        if roster.version != before.roster.version or len(self._drawn) > things:
            self._drawn = self._placed()
            self._geometry += 1
        elif not np.array_equal(state, old_state):
            self._geometry += 1  # the shapes differ
        same = (
            roster.version == before.roster.version and np.array_equal(state, old_state) and np.array_equal(first, old_stream)
            and np.array_equal(snapshot.value, before.value, equal_nan=True)
        )
        if not same:
            self._version += 1
            self.changed.emit("data")

    def _placed(self) -> NDArray[np.int64]:
        roster = self.snapshot.roster
        inside = np.isfinite(roster.x) & np.isfinite(roster.y)
        if self.limits is not None:
            x0, y0, x1, y1 = self.limits
            with np.errstate(invalid="ignore"):
                inside &= (roster.x >= x0) & (roster.x <= x1) & (roster.y >= y0) & (roster.y <= y1)
        return np.flatnonzero(inside)

    def draw(self) -> list[Drawing]:
        rows = self._drawn
        if not len(rows):
            return []
        roster = self.snapshot.roster
        foot = np.column_stack([roster.x[rows], roster.y[rows], np.nan_to_num(roster.z[rows])])
        head = foot + (0.0, 0.0, STEM_M)
        row32 = rows.astype(np.int32)
        pins = Points(
            "sensors/pins", self._version, self._geometry, self.opacity, self.order, points=head, rows=row32, colors=self._colors()[rows],
            size=self.style.size, shapes=self._state_of[rows], stem_m=STEM_M, icons=self._icons()[rows], counted=True,
        )
        labels = Labels(
            "sensors/labels", self._version, self._version, self.opacity, self.order, points=head + (0.0, 0.0, STEM_M / 3),
            texts=[self._label(int(r)) for r in rows], priority=_GRAVITY[self._state_of[rows]].astype(np.float64) + 10.0, rows=row32,
        )
        return [pins, labels]

    def _icons(self) -> NDArray[np.uint8]:
        """Row of ICONS for each thing, by what its datastream shown observes."""
        streams = self.snapshot.roster.streams
        return np.array([ICONS.index(PICTURES.get(streams[k].observed, "")) if k >= 0 else 0 for k in self._stream_of], np.uint8)

    def _colors(self) -> NDArray[np.uint8]:
        """uint8 (things, 4): by state, or by value where the style says so; what is stale stays grey."""
        style = self.style
        if style.field == "value" and len(self.snapshot.value):
            rgba = style.rgba(self._of_thing(self.snapshot.value))
            stale = self._state_of == HOLLOW
            rgba[stale] = (*(round(255 * c) for c in hex_rgb(STATE_COLORS[HOLLOW])), 255)
            return rgba
        return Style(kind="categorised", categories=style.categories or tuple(zip(STATE_NAMES, STATE_COLORS))).rgba(
            np.array(STATE_NAMES)[self._state_of]
        )

    def _label(self, thing: int) -> str:
        k = int(self._stream_of[thing])
        if k < 0:
            return ""
        snapshot = self.snapshot
        value, unit = snapshot.value[k], snapshot.roster.streams[k].unit
        if not np.isfinite(snapshot.t[k]) or not np.isfinite(value):
            return ""  # the hollow pin says it
        text = f"{value_text(value)} {unit}"
        return f"{text} · {age_text(snapshot.age_s[k])}" if snapshot.state[k] == HOLLOW else text

    def table(self) -> pd.DataFrame:
        """One row a thing, as drawn: id, name, kind, observed, value, unit, age_s, state, quality, place, trend."""
        s, things, k = self.snapshot, self.snapshot.roster.things, self._stream_of
        streams = s.roster.streams
        return pd.DataFrame(
            {
                "id": [t.id for t in things],
                "name": [t.name for t in things],
                "kind": [t.kind for t in things],
                "observed": [streams[i].observed if i >= 0 else "" for i in k],
                "value": self._of_thing(s.value),
                "unit": [streams[i].unit if i >= 0 else "" for i in k],
                "age_s": np.round(self._of_thing(s.age_s), 1),
                "state": np.array(STATE_NAMES, object)[self._state_of],
                "quality": [FLAGS[int(s.flag[i])] if i >= 0 else "" for i in k],
                "place": [t.note or ("" if t.x is not None else "no place") for t in things],
                "trend": [self._trend(streams[i].id) if i >= 0 else "" for i in k],
            }
        )

    def attributes(self, row: int) -> dict[str, Any]:
        s = self.snapshot
        thing = s.roster.things[row]
        found: dict[str, Any] = {"id": thing.id, "name": thing.name, "kind": thing.kind, "state": STATE_NAMES[self._state_of[row]]}
        if thing.note:
            found["place"] = thing.note
        for k in np.flatnonzero(s.roster.thing_row == row):
            stream = s.roster.streams[k]
            title = stream.name or observed_property(stream.observed).title["en"]
            heard = np.isfinite(s.t[k])
            found[title] = f"{value_text(s.value[k])} {stream.unit}" if heard else "nothing heard"
            if heard:
                found[f"{title}, age"] = age_text(s.age_s[k])
                found[f"{title}, quality"] = FLAGS[int(s.flag[k])]
                found[f"{title}, trend"] = self._trend(stream.id)
            for word, level in (("warning", stream.warning), ("alarm", stream.alarm)):
                if level is not None:
                    found[f"{title}, {word} level"] = f"{value_text(level)} {stream.unit}"
            if stream.simulated:
                found["simulated"] = True
        return found | {k: v for k, v in thing.attributes.items() if k not in found}

    def series(self, row: int) -> list[tuple[str, str, NDArray[np.float64], NDArray[np.float64]]]:
        """(title, unit, Unix seconds, values) of the newest readings of each datastream of a thing, for plots."""
        s = self.snapshot
        if self.recent is None:
            return []
        streams = [s.roster.streams[k] for k in np.flatnonzero(s.roster.thing_row == row)]
        return [(x.name or observed_property(x.observed).title["en"], x.unit, *self.recent(x.id)) for x in streams]

    def _trend(self, stream: str) -> str:
        return sparkline(self.recent(stream)[1]) if self.recent is not None else ""

    def _of_thing(self, array: NDArray[np.float64]) -> NDArray[np.float64]:
        """An array over datastreams as one over things: that of the datastream shown, NaN without one."""
        found = np.full(len(self._stream_of), np.nan)
        known = self._stream_of >= 0
        found[known] = array[self._stream_of[known]]
        return found

    def row_of(self, thing: str) -> int:
        """Row of a thing's id, -1 where there is none."""
        return next((k for k, t in enumerate(self.snapshot.roster.things) if t.id == thing), -1)

    def bounds(self, rows: NDArray[np.int32] | None = None) -> tuple[float, float, float, float, float, float] | None:
        chosen = self._drawn if rows is None else np.intersect1d(self._drawn, rows)
        if not len(chosen):
            return None
        roster = self.snapshot.roster
        x, y, z = roster.x[chosen], roster.y[chosen], np.nan_to_num(roster.z[chosen])
        return float(x.min()), float(x.max()), float(y.min()), float(y.max()), float(z.min()), float(z.max()) + STEM_M

    def fields(self) -> list[str]:
        return ["state", "value"]

    def values(self, field: str) -> NDArray[Any]:
        if field == "value":
            return self._of_thing(self.snapshot.value)
        return np.array(STATE_NAMES, object)[self._state_of] if field == "state" else super().values(field)

    def legend(self) -> Legend:
        if self.style.field == "value":
            return super().legend()
        words = ("Normal", "Stale or no data (hollow)", "Warning", "Alert")
        colors = dict(self.style.categories)
        return Legend(self.title, entries=tuple(LegendEntry(colors.get(n, c), w) for n, c, w in zip(STATE_NAMES, STATE_COLORS, words)))


def value_text(value: float) -> str:
    """Three to four figures, as on a dial."""
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def age_text(seconds: float) -> str:
    """42 s, 5 min, 3 h, 2 d."""
    if not np.isfinite(seconds):
        return "–"
    for size, name in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size or (name == "min" and seconds >= 60):
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def sparkline(values: NDArray[np.float64], width: int = 24) -> str:
    """The newest values as a row of bars, for tables and inspectors that show text."""
    tail = values[-width:]
    tail = tail[np.isfinite(tail)]
    if not len(tail):
        return ""
    low, span = float(tail.min()), float(np.ptp(tail))
    steps = np.zeros(len(tail), int) if span == 0 else np.minimum((tail - low) / span * len(_BARS), len(_BARS) - 1).astype(int)
    return "".join(_BARS[i] for i in steps)

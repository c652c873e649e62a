"""The hub: owns the feed, the latest values, history, alerts and clock. See twin/live/__init__.py for how a window uses it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import InputError, StorageError
from twin.folders import data_dir
from twin.frame import LocalFrame
from twin.live.alerts import Alerts, Rule
from twin.live.board import HOLLOW, Board, Roster, Snapshot
from twin.live.clock import Clock
from twin.live.feeds.feed import Declared, Feed, Inbox, Item, Mode
from twin.live.history import History
from twin.live.rain import GaugeSeries, MeasuredRain, measured_rain
from twin.live.sensors import FAIL, Datastream, Observation, Thing, city_sensors, observed_property

CHUNK = 200
"""Items taken in at once, so that no reader waits longer than a few milliseconds."""
TROUBLES = (
    "duplicates", "contradictory", "gaps", "late", "malformed", "dropped", "unstored", "suspect", "failed", "missing", "reconnects",
)
PLACES = ("without a place", "outside this city")
NEAR_M = 10_000.0
"""How far around the city's extent a sensor still counts as its own."""


Said = tuple[str, dict[str, Any]]
"""A text with {places} and their values, so that a window can translate it."""
_NOTHING: tuple[int, int, int, str, Said] = (-1, -1, -1, "", ("", {}))


@dataclass(frozen=True)
class Update:
    """What `drain` found. mode: LIVE, REPLAY or ''; said: the words beside the badge; health: Hub.health_parts;
    changed: values, states or mode may differ; roster_changed, alerts_changed: since the drain before; running: a feed is on."""

    snapshot: Snapshot
    mode: str
    said: Said
    health: list[Said]
    running: bool
    changed: bool
    roster_changed: bool
    alerts_changed: bool

    @property
    def text(self) -> str:
        """The words beside the badge, in English."""
        return self.said[0].format(**self.said[1])


class Hub:
    """rules: alert rules, None for those of assets/sensors.toml. inbox_limit: readings waiting at most."""

    def __init__(self, frame: LocalFrame | None = None, *, rules: Sequence[Rule] | None = None, inbox_limit: int = 20_000) -> None:
        self.frame = frame
        self.limits: tuple[float, float, float, float] | None = None
        """min x, min y, max x, max y within which a thing is the city's own, local metres; None: everywhere."""
        self.clock = Clock()
        self.alerts = Alerts(rules)
        self.board = Board(self.alerts)
        self.history = History()
        self.feed: Feed | None = None
        self.city: City | None = None
        self.storage_problem, self.unstored = "", 0
        self._inbox_limit = inbox_limit
        self._inbox = Inbox(inbox_limit)
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._digested = threading.Condition()
        self._seen: tuple[int, int, int, str, Said] = _NOTHING
        self._placed: tuple[Roster | None, dict[str, int]] = (None, {})
        self._states: NDArray[np.uint8] = np.empty(0, np.uint8)

    # -- city and feeds ---------------------------------------------------------------------------------------

    def set_city(self, city: City | None) -> None:
        """The city the sensors belong to; its "sensors" layer is on the board at once. Stops a running feed."""
        self.stop()
        self.city, self.limits, self.frame = city, None, None
        if city is not None:
            x0, y0, x1, y1 = city.bounds
            self.limits, self.frame = (x0 - NEAR_M, y0 - NEAR_M, x1 + NEAR_M, y1 + NEAR_M), city.frame
        self._clear()

    def _clear(self) -> None:
        """A new board with the city's sensors and nothing heard."""
        self.alerts.forget()
        self.board = Board(self.alerts)
        self.history.close()
        self.history = History()
        self._seen = _NOTHING
        if self.city is not None:
            things, streams, _ = city_sensors(self.city)
            self.board.declare(tuple(things), tuple(streams))

    def start_demo(self, *, seed: int = 7, every_s: float = 10.0) -> None:
        """Simulated readings for the city's "sensors" layer, through a broker on loopback. InputError without the layer."""
        from twin.live.demo import DemoFeed

        if self.city is None or not len(city_sensors(self.city)[0]):
            raise InputError("This city has no sensors", do="Open the demo city, replay a recording or connect to a broker.")
        self.start(DemoFeed(self.city, seed=seed, every_s=every_s))

    def start_replay(self, path: Path | str, *, rate: float = 60.0, at: float | None = None) -> None:
        """Play a recording (see feeds/recordings.py) from its beginning or Unix second `at`. It is read in the feed's thread:
        a file that is none ends in the phase "failed" with a message. InputError for a file that is not there."""
        from twin.live.feeds.replay import ReplayFeed

        if not Path(path).is_file():
            raise InputError("There is no such recording", where=str(path), do="Choose a TSV or CSV file of readings.")
        self.start(ReplayFeed(Path(path), self.frame, rate=rate, at=at))

    def start_mqtt(
        self, host: str, port: int = 1883, site: str = "+", *, username: str = "", password: str = "", tls: bool = False, keep: bool = True
    ) -> None:
        """Listen to a broker. keep: readings stay in the data folder. InputError for a host, port or site that cannot be."""
        from twin.live.feeds.messages import topic_part
        from twin.live.feeds.mqtt import MqttFeed

        known = self.known_topics()
        feed = MqttFeed(host, port, site, username=username, password=password, tls=tls, known=known, frame=self.frame)
        self.start(feed, History(data_dir() / "history" / f"{topic_part(host)}-{port}.sqlite") if keep else None)

    def known_topics(self) -> dict[str, Datastream]:
        """MQTT topic -> datastream of the city's own sensors."""
        if self.city is None:
            return {}
        _, streams, topics = city_sensors(self.city)
        return {topic: stream for topic, stream in zip(topics, streams) if topic}

    def start(self, feed: Feed, history: History | None = None) -> None:
        """Run a feed; one that ran is stopped, the board starts afresh. history: where readings go, None: memory."""
        self.stop()
        self._clear()
        if history is not None:
            self.history.close()
            self.history = history
        self.clock = getattr(feed, "clock", None) or Clock()
        self.storage_problem, self.unstored = "", 0
        self._inbox = Inbox(self._inbox_limit)
        self._stop.clear()
        self.feed = feed
        self._thread = threading.Thread(target=self._take_in, name="live hub", daemon=True)
        self._thread.start()
        feed.start(self._inbox)

    def stop(self) -> None:
        """Stop the feed and its threads (within a second or so). What was heard stays to be read and grows old."""
        if self.feed is None:
            return
        self.feed.stop()
        self._inbox.close()
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)
        self.feed = self._thread = None

    def close(self) -> None:
        """Stop and let go of the history."""
        self.stop()
        self.history.close()

    @property
    def running(self) -> bool:
        return self.feed is not None

    # -- the hub's thread -------------------------------------------------------------------------------------

    def _take_in(self) -> None:
        board, inbox, clock = self.board, self._inbox, self.clock
        while True:
            items = inbox.take(CHUNK, 0.5)
            if items:
                self._digest(items, board, clock)
            elif self._stop.is_set():
                return
            board.silence(clock.now())
            with self._digested:
                self._digested.notify_all()

    def _digest(self, items: list[Item], board: Board, clock: Clock) -> None:
        kept: list[tuple[str, float, float, int]] = []
        spiked: list[tuple[str, float, int]] = []
        now = clock.now()
        for item in items:
            if isinstance(item, Observation):
                taken = board.take(item, now)
                if taken is not None:
                    flag, earlier = taken
                    kept.append((item.stream, item.t, item.value, flag))
                    if earlier is not None:
                        spiked.append((item.stream, *earlier))
            elif isinstance(item, Declared):
                board.declare(tuple(self._with_place(t) for t in item.things), item.streams)
            else:
                kept.clear()
                spiked.clear()
                board.forget_values()
                self.history.clear()
        try:
            if kept:
                self.history.append(kept)
            for stream, t, flag in spiked:
                self.history.flag(stream, t, flag)
            self.storage_problem = ""
        except StorageError as error:
            self.storage_problem = str(error)
            self.unstored += len(kept)

    def _with_place(self, thing: Thing) -> Thing:
        """A thing placed on the ground where its height is unknown."""
        if thing.x is None or thing.y is None or thing.z is not None or self.city is None:
            return thing
        return replace(thing, z=float(self.city.ground_z(np.array([thing.x]), np.array([thing.y]))[0]))

    def wait_for(self, condition: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until a condition on what was heard is true, looking after each batch taken in; False after timeout_s.
        For programs without a window."""
        with self._digested:
            return self._digested.wait_for(condition, timeout_s)

    # -- for the reader ---------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The latest of everything, now. Without a feed nothing is fresh, whatever its age."""
        snapshot = self.board.snapshot(self.clock.now())
        return snapshot if self.running else replace(snapshot, state=np.full_like(snapshot.state, HOLLOW))

    def drain(self) -> Update:
        """Everything new since the last drain; never waits for a feed. Meant for a timer of 2 to 10 Hz."""
        snapshot = self.snapshot()
        mode, said = self._mode(snapshot)
        seen = (self.board.version, snapshot.roster.version, self.alerts.version, mode, said)
        changed = seen[0] != self._seen[0] or not np.array_equal(snapshot.state, self._states)
        update = Update(
            snapshot, mode, said, self.health_parts(), self.running, changed or seen[3:] != self._seen[3:],
            seen[1] != self._seen[1], seen[2] != self._seen[2],
        )
        self._seen, self._states = seen, snapshot.state
        return update

    def _mode(self, snapshot: Snapshot) -> tuple[Mode | str, Said]:
        """LIVE only while connected and at least one datastream is fresh; REPLAY while a recording is on."""
        feed = self.feed
        if feed is None:
            return "", ("", {})
        if feed.mode == "REPLAY":
            return "REPLAY", ("recording, paused", {}) if self.clock.paused else ("recording, {rate:g} x", {"rate": self.clock.rate})
        simulated = feed.state.simulated or any(s.simulated for s in snapshot.roster.streams)
        fresh = feed.state.phase == "connected" and bool((snapshot.state != HOLLOW).any())
        return ("LIVE" if fresh else ""), ("simulated feed", {}) if simulated else ("{name}", {"name": feed.name})

    def health(self) -> dict[str, Any]:
        """Counters: things, streams, readings, duplicates, contradictory, late, gaps, suspect, failed, missing, unknown,
        without a place, outside this city; of the feed: received, malformed, ignored, reconnects, refused, phase, message; of
        the inbox: waiting, dropped; of the history: storage (what is wrong with it), unstored."""
        found = {**self.board.counts(), "waiting": len(self._inbox), "dropped": self._inbox.dropped}
        found |= {"storage": self.storage_problem, "unstored": self.unstored, **self._places()}
        if self.feed is not None:
            state = self.feed.state
            found |= {"feed": self.feed.name, "phase": state.phase, "message": state.message, **vars(state.counters)}
            found["simulated"] = state.simulated
        return found

    def _places(self) -> dict[str, int]:
        """How many things are in the table only."""
        roster = self.board.roster()
        if self._placed[0] is not roster:
            nowhere = int(np.isnan(roster.x).sum())
            here = sum(self.is_here(t) for t in roster.things if t.x is not None)
            self._placed = roster, dict(zip(PLACES, (nowhere, len(roster.things) - nowhere - here)))
        return self._placed[1]

    @property
    def credit(self) -> str:
        """Whom a picture with this feed's data must name; '' nobody."""
        return self.feed.credit if self.feed is not None else ""

    def health_parts(self) -> list[Said]:
        """What there is to say of the feed: who, state, how much came and what was wrong with it."""
        h = self.health()
        if "feed" not in h:
            return [("No feed", {}), *([("{n:,} sensors known", {"n": h["things"]})] if h["things"] else [])]
        parts: list[Said] = [("simulated feed", {})] if h["simulated"] else []
        parts += [("{name}", {"name": h["feed"]}), (h["phase"], {})]
        parts += [("{n:,} sensors", {"n": h["things"]}), ("{n:,} readings", {"n": h["readings"]})]
        parts += [(f"{{n:,}} {k}", {"n": h[k]}) for k in (*PLACES, *TROUBLES) if h[k]]
        return parts + [("{name}", {"name": p}) for p in (h["message"], h["storage"]) if p]

    def health_line(self) -> str:
        """health_parts as one English line."""
        return " · ".join(text.format(**values) for text, values in self.health_parts())

    def series(self, stream: str, last_s: float = 3 * 3600.0) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int16]]:
        """(Unix seconds, values, flags) of a datastream in the last last_s seconds of the clock."""
        now = self.clock.now()
        return self.history.window(stream, now - last_s, now)

    def is_here(self, thing: Thing) -> bool:
        """Whether a thing stands in or close to the city; true for all where no city is open."""
        if self.limits is None:
            return True
        if thing.x is None or thing.y is None:
            return False
        x0, y0, x1, y1 = self.limits
        return x0 <= thing.x <= x1 and y0 <= thing.y <= y1

    def rain(self, window_s: float = 3 * 3600.0) -> MeasuredRain | None:
        """Rain measured by the gauges in the city in the last window_s; None where it was dry or nobody measured."""
        roster = self.snapshot().roster
        gauges = []
        counted: set[str] = set()
        for stream, row in zip(roster.streams, roster.thing_row):
            prop = observed_property(stream.observed)
            # A gauge that reports its rain in two ways counts once.
            if stream.observed not in ("rainfall", "rainfall_rate") or stream.thing in counted or not self.is_here(roster.things[row]):
                continue
            counted.add(stream.thing)
            t, value, flag = self.series(stream.id, window_s)
            good = flag < FAIL
            gauges.append(GaugeSeries(t[good], value[good], prop.sum, stream.interval_s))
        return measured_rain(gauges, self.clock.now(), window_s)

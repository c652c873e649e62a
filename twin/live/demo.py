"""The demo feed: simulated sensors of the city, published to a broker on loopback and heard back through the MQTT client."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from twin.city.city import City
from twin.errors import TwinError
from twin.live.broker import LOOPBACK, LocalBroker
from twin.live.feeds.feed import FeedState, Inbox, Mode
from twin.live.feeds.messages import Reading, Topic, encode_meta, encode_reading, encode_status, parse_topic, topic_part
from twin.live.feeds.mqtt import MqttFeed
from twin.live.sensors import Datastream, Thing, city_sensors
from twin.live.simulate import Weather, is_silent, simulated

BACK_S, BACK_STEP_S = 3 * 3600.0, 300.0
"""What the sensors "measured" before the feed began is published first, so that there is a past to look at."""
_DOMAINS = {"rain_gauge": "weather", "river_gauge": "hydrology", "air_quality": "air", "traffic_counter": "traffic"}


class DemoFeed:
    """every_s: time between the readings of one sensor. start: Unix seconds at which the simulation is anchored (default
    now); the same seed and start give the same values. Everything it sends says that it is simulated."""

    mode: Mode = "LIVE"
    credit = ""
    name = "Demo sensors (simulated)"

    def __init__(self, city: City, *, seed: int = 7, every_s: float = 10.0, start: float | None = None) -> None:
        self.city, self.every_s = city, every_s
        things, streams, topics = city_sensors(city)
        self._bases = water_levels(city, [t for t in things if t.kind == "river_gauge"])
        site = topic_part(city.name.lower())
        self.things = [replace(t, name=f"{t.name} (simulated)") for t in things]
        self.streams = [replace(self._levels(s, t), interval_s=every_s, simulated=True) for s, t in zip(streams, things)]
        self.topics = [
            text if parse_topic(text) else str(Topic(site, _DOMAINS.get(t.kind, "sensors"), topic_part(t.id), s.observed))
            for text, t, s in zip(topics, things, streams)
        ]
        x0, y0, x1, y1 = city.core_bounds
        reach = max(500.0, (x1 - x0 + y1 - y0) / 4)
        anchor = time.time() if start is None else start
        self.weather = Weather(seed, anchor, ((x0 + x1) / 2, (y0 + y1) / 2), reach, str(city.frame.zone))
        self._state = FeedState(simulated=True)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._receiver: MqttFeed | None = None
        self._seq = [0] * len(things)

    def _levels(self, stream: Datastream, thing: Thing) -> Datastream:
        """Warning and alarm of a river gauge that states none: 1.2 m and 1.6 m above its mean level."""
        if thing.kind != "river_gauge":
            return stream
        base = self._base(thing)
        warning = base + 1.2 if stream.warning is None else stream.warning
        return replace(stream, warning=warning, alarm=base + 1.6 if stream.alarm is None else stream.alarm)

    def _base(self, thing: Thing) -> float:
        """Mean level at a gauge, m in the city's datum: that of the water next to it, else 0."""
        return self._bases.get(thing.id, 0.0)

    @property
    def state(self) -> FeedState:
        """That of the MQTT client that hears the readings."""
        if self._receiver is None or self._state.phase in ("failed", "stopped"):
            return self._state
        self._receiver.state.simulated = True
        return self._receiver.state

    def start(self, inbox: Inbox) -> None:
        self._thread = threading.Thread(target=self._run, args=(inbox,), name="demo feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(2.0)
        self._state.phase = "stopped"

    def _run(self, inbox: Inbox) -> None:
        broker = LocalBroker()
        sender = paho.Client(CallbackAPIVersion.VERSION2)
        status = f"city/{topic_part(self.city.name.lower())}/status"
        try:
            broker.start()
            known = dict(zip(self.topics, self.streams))
            self._receiver = MqttFeed(LOOPBACK, broker.port, known=known, frame=self.city.frame, first_wait_s=0.2, longest_wait_s=2.0)
            self._receiver.start(inbox)
            while not self._stop.is_set() and not self._receiver.connected.wait(0.2):
                pass
            sender.will_set(status, encode_status(False, True), qos=1, retain=True)
            sender.connect(LOOPBACK, broker.port)
            sender.loop_start()
            sender.publish(status, encode_status(True, True), qos=1, retain=True)
            self._publish(sender)
        except (TwinError, OSError) as error:
            self._state.phase, self._state.message = "failed", str(error)
        finally:
            if self._receiver is not None:
                self._receiver.stop()
            sender.disconnect()
            sender.loop_stop()
            broker.stop()

    def _publish(self, sender: paho.Client) -> None:
        """Meta of all, the past, then each sensor in its turn until told to stop."""
        for topic, thing, stream in zip(self.topics, self.things, self.streams):
            sender.publish(f"{topic}/meta", encode_meta(thing, stream, self._lonlat(thing)), qos=1, retain=True)
        now = time.time()
        past = np.arange(now - BACK_S, now - BACK_STEP_S / 2, BACK_STEP_S)
        values = [self.value(k, past) for k in range(len(self.things))]
        for i, t in enumerate(past):
            for k, v in enumerate(values):
                self._send(sender, k, float(t), float(v[i]))
            if self._stop.is_set():
                return
        n = len(self.things)
        turn, first = 0, time.monotonic()
        while not self._stop.is_set():
            t = time.time()
            if turn < n or not is_silent(self.weather.seed, turn % n, t):
                self._send(sender, turn % n, t, float(self.value(turn % n, np.array([t]))[0]))
            turn += 1
            # The first round comes at once, later ones are spread evenly over every_s.
            due = first + max(0, turn - n) * self.every_s / n
            if due > time.monotonic():
                self._stop.wait(due - time.monotonic())

    def _lonlat(self, thing: Thing) -> tuple[float, float] | None:
        if thing.x is None or thing.y is None or not self.city.frame.has_map:
            return None
        lon, lat = self.city.frame.to_lonlat(thing.x, thing.y)
        return float(lon), float(lat)

    def value(self, row: int, t: np.ndarray) -> np.ndarray:
        """Simulated values of a sensor at Unix seconds t."""
        thing = self.things[row]
        return simulated(thing.kind, thing, row, self.weather, t, self._base(thing))

    def _send(self, sender: paho.Client, row: int, t: float, value: float) -> None:
        stream = self.streams[row]
        reading = Reading(round(t, 3), value, stream.unit, seq=self._seq[row])
        self._seq[row] += 1
        sender.publish(self.topics[row], encode_reading(reading), qos=0)


def water_levels(city: City, gauges: list[Thing]) -> dict[str, float]:
    """Normal level of the water nearest to each gauge (column `level_m` of the layer "water"), m in the city's datum."""
    import shapely

    layer = city.layers.get("water")
    placed = [g for g in gauges if g.x is not None]
    if layer is None or "level_m" not in layer.table or not placed:
        return {}
    level = layer.table["level_m"].to_numpy(float)
    known = np.flatnonzero(np.isfinite(level))
    if not len(known):
        return {}
    points = shapely.points([(g.x, g.y) for g in placed])
    nearest = shapely.STRtree(layer.geometry[known]).nearest(points)
    return {g.id: float(level[known[k]]) for g, k in zip(placed, nearest)}

"""Readings from an MQTT 3.1.1 broker: paho-mqtt in a thread of its own, into the bounded inbox."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from twin.errors import InputError
from twin.frame import LocalFrame
from twin.live.feeds.feed import Declared as Declared
from twin.live.feeds.feed import FeedState, Inbox, Mode
from twin.live.feeds.messages import MalformedError, Topic, decode_meta, decode_reading, decode_status, parse_topic
from twin.live.quality import worst
from twin.live.sensors import SUSPECT, Datastream, Observation, Thing, unit_conversion

MAX_STREAMS = 50_000
CONNECT_TIMEOUT_S = 5.0


class MqttFeed:
    """Subscribes to `city/{site}/#`; tries again by itself with a pause that doubles from first_wait_s to longest_wait_s.

    site: '+' for every site. known: topic -> datastream id of sensors the city has already; others are declared as they
    come, placed by their meta. frame: where longitude and latitude go; None: nothing is placed.
    tls: encrypted with the system's certificates. Raises InputError for a host, port or site that cannot be.
    """

    mode: Mode = "LIVE"
    credit = ""

    def __init__(
        self, host: str, port: int = 1883, site: str = "+", *, username: str = "", password: str = "", tls: bool = False,
        known: Mapping[str, Datastream] | None = None, frame: LocalFrame | None = None,
        first_wait_s: float = 1.0, longest_wait_s: float = 60.0,
    ) -> None:
        if not host.strip() or not 0 < int(port) < 65536:
            raise InputError(f"'{host}:{port}' is not a broker", do="Give a host name and a port such as 1883.")
        if not site or (site != "+" and any(c in site for c in "/+#\x00")):
            raise InputError(f"'{site}' is not a site", do="Give one level of the topic city/SITE/..., or + for all.")
        self.host, self.port, self.site = host.strip(), int(port), site
        self.name = f"MQTT {self.host}:{self.port}"
        self.state = FeedState()
        self.connected = threading.Event()
        self._waits = first_wait_s, longest_wait_s
        self._frame, self._known = frame, dict(known or {})
        self._streams: dict[str, Datastream] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._inbox: Inbox | None = None
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2)
        client.connect_timeout = CONNECT_TIMEOUT_S
        if username:
            client.username_pw_set(username, password or None)
        if tls:
            client.tls_set()
        client.on_connect, client.on_message, client.on_subscribe = self._on_connect, self._on_message, self._on_subscribe

    def start(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._thread = threading.Thread(target=self._run, name=f"mqtt {self.host}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._client.disconnect()  # wakes the thread, which may be waiting for a message
        if self._thread is not None:
            # A connection attempt that hangs ends by its own time limit; nobody waits for it.
            self._thread.join(1.0)
        self.state.phase = "stopped"

    def _run(self) -> None:
        first, longest = self._waits
        wait = first
        tried = False
        while not self._stop.is_set():
            try:
                if tried:
                    self.state.counters.reconnects += 1
                tried = True
                self._client.connect(self.host, self.port, keepalive=30)
                # paho's own loop_forever sleeps through a stop; this one looks five times a second.
                while not self._stop.is_set() and self._client.loop(timeout=0.2) == paho.MQTT_ERR_SUCCESS:
                    pass
                if self.connected.is_set():
                    wait = first
            except (OSError, ValueError) as error:
                self.state.message = f"{error}"
            self.connected.clear()
            if self._stop.is_set():
                break
            self.state.phase = "waiting"
            self._stop.wait(wait)
            wait = min(wait * 2, longest)

    def _on_connect(self, client: paho.Client, userdata: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self.state.message = f"the broker refused: {reason}"
            return
        client.subscribe(f"city/{self.site}/#", qos=1)

    def _on_subscribe(self, client: paho.Client, userdata: Any, mid: int, reasons: Any, properties: Any) -> None:
        if any(r.is_failure for r in reasons):
            self.state.message = f"the broker refused the subscription: {reasons[0]}"
            return
        self.state.phase, self.state.message = "connected", ""
        self.connected.set()

    def _on_message(self, client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        counters = self.state.counters
        counters.received += 1
        try:
            self._take(message.topic, bytes(message.payload))
        except (MalformedError, UnicodeDecodeError):
            counters.malformed += 1

    def _take(self, text: str, payload: bytes) -> None:
        parts = text.split("/")
        if len(parts) == 3 and parts[2] == "status":
            online, simulated = decode_status(payload)
            self.state.simulated = simulated
            self.state.message = "" if online else f"{parts[1]} says it is offline"
            return
        parsed = parse_topic(text)
        if parsed is None:
            self.state.counters.ignored += 1
            return
        topic, is_meta = parsed
        if is_meta:
            self._declare(topic, *decode_meta(payload, topic, self._frame))
            return
        reading = decode_reading(payload)
        stream = self._streams.get(str(topic)) or self._known.get(str(topic)) or self._declare(
            topic,
            Thing(topic.thing_id, topic.thing, topic.domain),
            Datastream(topic.stream_id, topic.thing_id, topic.datastream, reading.unit),
        )
        if stream is None:
            return
        value, flag = reading.value, reading.flag
        if reading.unit and reading.unit != stream.unit:
            value, flag = _converted(value, flag, reading.unit, stream)
        if self._inbox is not None:
            self._inbox.put(Observation(stream.id, reading.t, value, flag, reading.seq))

    def _declare(self, topic: Topic, thing: Thing, stream: Datastream) -> Datastream | None:
        """Make a datastream known; None beyond the limit."""
        key = str(topic)
        if key not in self._streams and len(self._streams) >= MAX_STREAMS:
            self.state.counters.refused += 1
            return None
        known = self._known.get(key)
        if known is not None:
            # The city knows the id, the place and the levels; the feed may name it and say how often it sends.
            thing = dataclasses.replace(thing, id=known.thing)
            changes: dict[str, Any] = {k: getattr(known, k) for k in ("id", "thing", "observed", "name")}
            changes |= {k: getattr(known, k) for k in ("warning", "alarm") if getattr(stream, k) is None}
            changes["unit"] = stream.unit or known.unit
            stream = dataclasses.replace(stream, **changes)
        self._streams[key] = stream
        if self._inbox is not None:
            self._inbox.put(Declared((thing,), (stream,)))
        return stream


def _converted(value: float, flag: int, unit: str, stream: Datastream) -> tuple[float, int]:
    """Value in the datastream's unit; a unit that cannot be turned into it makes the value suspect."""
    sent, kept = unit_conversion(unit), unit_conversion(stream.unit)
    if sent and kept and sent[0] == kept[0]:
        return (value * sent[1] + sent[2] - kept[2]) / kept[1], flag
    return value, worst(flag, SUSPECT)

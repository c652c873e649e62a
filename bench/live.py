"""Live sensors: what a reader of the hub pays, and how fast readings are tested, stored and looked at by the alert rules."""

from __future__ import annotations

import shutil
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bench.measure import Row, seconds
from twin.live.feeds.feed import Declared, FeedState, Inbox, Mode
from twin.live.feeds.messages import Reading, encode_reading
from twin.live.feeds.mqtt import MqttFeed
from twin.live.hub import Hub
from twin.live.sensors import Datastream, Observation, Thing

STATIONS = 2178


class _Given:
    """A feed that hands over what is put into its inbox."""

    name, credit = "given", ""
    mode: Mode = "LIVE"
    state = FeedState(phase="connected")
    inbox: Inbox

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def stop(self) -> None:
        return


def rows(quick: bool) -> list[Row]:
    return [*_hub(5 if quick else 20), *_mqtt(4_000 if quick else 20_000)]


def _hub(rounds: int) -> list[Row]:
    things = tuple(Thing(f"sensor/{k}", f"S{k}", x=float(k), y=0.0, z=0.0) for k in range(STATIONS))
    streams = tuple(Datastream(f"{t.id}/rain", t.id, "rainfall_rate", "mm/h", interval_s=900) for t in things)
    hub, feed = Hub(inbox_limit=STATIONS * rounds + 10), _Given()
    hub.start(feed)
    feed.inbox.put(Declared(things, streams))
    hub.wait_for(lambda: hub.health()["streams"] == STATIONS, 30)
    now, drains = time.time() - rounds, []
    begin = time.perf_counter()
    for turn in range(rounds):
        for stream in streams:
            feed.inbox.put(Observation(stream.id, now + turn, float(turn)))
        at = time.perf_counter()
        hub.drain()
        drains.append(time.perf_counter() - at)
    hub.wait_for(lambda: hub.board.tally.readings == STATIONS * rounds, 120)
    taken = STATIONS * rounds / (time.perf_counter() - begin)
    calm = statistics.median(seconds(hub.drain) for _ in range(50))
    hub.close()
    size = f"{STATIONS:,} stations"
    return [
        Row("drain, nothing coming", size, calm * 1e3, "ms"),
        Row("drain, readings at full speed, median", size, statistics.median(drains) * 1e3, "ms"),
        Row("drain, readings at full speed, longest", size, max(drains) * 1e3, "ms"),
        Row("taken in: quality, alerts, history", size, taken, "1/s", more_is_better=True),
    ]


def _mqtt(count: int) -> list[Row]:
    """The same messages through mosquitto: into the hub, and to a bare paho client that only counts them."""
    with _broker() as port:
        if not port:
            return []
        topics = [f"city/bench/rain/S{k}/rainfall_rate" for k in range(100)]
        hub = Hub(inbox_limit=count + 1000)
        feed = MqttFeed("127.0.0.1", port)
        hub.start(feed)
        feed.connected.wait(10)
        ours = count / _published(port, topics, count, lambda: hub.wait_for(lambda: hub.board.tally.readings >= count, 120))
        hub.close()
        heard, all_heard, ready = [0], threading.Event(), threading.Event()

        def counted(*_: object) -> None:
            heard[0] += 1
            if heard[0] >= count:
                all_heard.set()

        bare = paho.Client(CallbackAPIVersion.VERSION2)
        bare.on_message = counted
        bare.on_subscribe = lambda *_: ready.set()
        bare.connect("127.0.0.1", port)
        bare.subscribe("city/+/#", qos=1)
        bare.loop_start()
        ready.wait(10)
        peer = count / _published(port, topics, count, lambda: all_heard.wait(120))
        bare.disconnect()
        bare.loop_stop()
    return [Row("heard through mosquitto", f"{count:,} messages", ours, "1/s", peer, "bare paho client", more_is_better=True)]


def _published(port: int, topics: list[str], count: int, heard: object) -> float:
    sender = paho.Client(CallbackAPIVersion.VERSION2)
    sender.connect("127.0.0.1", port)
    sender.loop_start()
    begin, now = time.perf_counter(), time.time()
    for k in range(count):
        sender.publish(topics[k % len(topics)], encode_reading(Reading(now + k * 1e-3, float(k % 50), "mm/h", seq=k // len(topics))))
    heard()  # type: ignore[operator]
    took = time.perf_counter() - begin
    sender.disconnect()
    sender.loop_stop()
    return took


@contextmanager
def _broker() -> Iterator[int]:
    """Port of a mosquitto of our own on loopback; 0 where it is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        yield 0
        return
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = int(s.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        with subprocess.Popen([program, "-v", "-c", str(config)], stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            while "running" not in process.stderr.readline():
                if process.poll() is not None:
                    break
            # What it says later is read away, or its pipe would fill and hold it up.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            try:
                yield port
            finally:
                process.terminate()

"""What travels over MQTT: topic `city/{site}/{domain}/{thing}/{datastream}` with JSON {t, v, u, q, seq}, the same topic
with `/meta` appended (retained), and `city/{site}/status` (retained, also the last will).

A message is data only: sizes are bounded, types are checked, nothing in it is run.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from twin.frame import LocalFrame
from twin.live.sensors import FLAGS, MISSING, NOT_EVALUATED, Datastream, Thing

MAX_READING, MAX_META = 2048, 16_384
"""Bytes of the largest message accepted."""

_PART = re.compile(r"[^/+#\x00-\x1f\x7f]{1,128}")
_EARLIEST, _LATEST = 0.0, 4_102_444_800.0  # 1970 to 2100


class MalformedError(ValueError):
    """A message that is not what the topic promises."""


@dataclass(frozen=True)
class Topic:
    site: str
    domain: str
    thing: str
    datastream: str

    def __str__(self) -> str:
        return f"city/{self.site}/{self.domain}/{self.thing}/{self.datastream}"

    @property
    def thing_id(self) -> str:
        return f"sensor/{self.site}/{self.domain}/{self.thing}"

    @property
    def stream_id(self) -> str:
        return f"{self.thing_id}/{self.datastream}"


@dataclass(frozen=True)
class Reading:
    """t: Unix seconds; value: NaN when missing; unit: '' unless sent."""

    t: float
    value: float
    unit: str = ""
    flag: int = NOT_EVALUATED
    seq: int = -1


def parse_topic(text: str) -> tuple[Topic, bool] | None:
    """(topic, whether it is its meta), None for a topic of another scheme."""
    parts = text.split("/")
    if len(parts) not in (5, 6) or parts[0] != "city" or not all(_PART.fullmatch(p) for p in parts):
        return None
    if len(parts) == 6 and parts[5] != "meta":
        return None
    return Topic(*parts[1:5]), len(parts) == 6


def topic_part(text: str) -> str:
    """A text made fit to be one level of a topic."""
    return re.sub(r"[/+#\s\x00-\x1f\x7f]+", "-", text).strip("-")[:128] or "x"


def _object(payload: bytes, most: int) -> dict[str, Any]:
    if len(payload) > most:
        raise MalformedError(f"more than {most} bytes")
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MalformedError("not JSON") from error
    if not isinstance(content, dict):
        raise MalformedError("not a JSON object")
    return content


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MalformedError(f"{name} is not a number")
    try:
        number = float(value)
    except OverflowError as error:
        raise MalformedError(f"{name} is too large") from error
    if not math.isfinite(number):
        raise MalformedError(f"{name} is not finite")
    return number


def _moment(value: Any) -> float:
    if isinstance(value, str):
        try:
            stamp = datetime.fromisoformat(value[:40])
        except ValueError as error:
            raise MalformedError("t is not a time") from error
        if stamp.tzinfo is None:
            raise MalformedError("t has no time zone")
        value = stamp.timestamp()
    t = _number(value, "t")
    if not _EARLIEST < t < _LATEST:
        raise MalformedError("t is not a moment in Unix seconds")
    return t


def decode_reading(payload: bytes) -> Reading:
    """t: Unix seconds or ISO 8601 with zone; v: number or null (missing); u, q, seq optional. Raises MalformedError."""
    content = _object(payload, MAX_READING)
    if "t" not in content or "v" not in content:
        raise MalformedError("t or v is missing")
    value = math.nan if content["v"] is None else _number(content["v"], "v")
    flag, seq, unit = content.get("q", NOT_EVALUATED), content.get("seq", -1), content.get("u", "")
    if isinstance(flag, bool) or not isinstance(flag, int) or flag not in FLAGS:
        raise MalformedError("q is not a quality flag")
    if isinstance(seq, bool) or not isinstance(seq, int) or not -1 <= seq < 2**63:
        raise MalformedError("seq is not a running number")
    if not isinstance(unit, str) or len(unit) > 32:
        raise MalformedError("u is not a unit")
    return Reading(_moment(content["t"]), value, unit, MISSING if value != value else flag, seq)


def encode_reading(reading: Reading) -> bytes:
    value = None if reading.value != reading.value else reading.value
    content: dict[str, Any] = {"t": reading.t, "v": value, "u": reading.unit, "q": reading.flag, "seq": reading.seq}
    return json.dumps(content, separators=(",", ":")).encode()


def encode_meta(thing: Thing, stream: Datastream, lonlat: tuple[float, float] | None = None) -> bytes:
    """Retained description of a datastream and its thing; lonlat: WGS 84 degrees."""
    content: dict[str, Any] = {
        "name": thing.name, "kind": thing.kind, "note": thing.note, "observed": stream.observed, "unit": stream.unit,
        "interval_s": stream.interval_s, "simulated": stream.simulated,
    }
    content |= {k: v for k, v in (("warning", stream.warning), ("alarm", stream.alarm)) if v is not None}
    if stream.span is not None:
        content["span"] = list(stream.span)
    if lonlat is not None:
        content |= {"lon": lonlat[0], "lat": lonlat[1]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def decode_meta(payload: bytes, topic: Topic, frame: LocalFrame | None) -> tuple[Thing, Datastream]:
    """Thing and datastream of a meta message; the place is projected to the frame, None without either. Raises MalformedError."""
    c = _object(payload, MAX_META)

    def text(key: str, default: str) -> str:
        value = c.get(key, default)
        if not isinstance(value, str) or len(value) > 500:
            raise MalformedError(f"{key} is not a text")
        return value

    def level(key: str) -> float | None:
        return None if c.get(key) is None else _number(c[key], key)

    x = y = None
    if c.get("lon") is not None and c.get("lat") is not None and frame is not None and frame.has_map:
        lon, lat = _number(c["lon"], "lon"), _number(c["lat"], "lat")
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise MalformedError("lon, lat are not degrees")
        ex, ny = frame.from_lonlat(lon, lat)
        x, y = (float(ex), float(ny)) if math.isfinite(float(ex)) and math.isfinite(float(ny)) else (None, None)
    span = c.get("span")
    if span is not None:
        if not isinstance(span, list) or len(span) != 2:
            raise MalformedError("span is not a pair")
        span = (_number(span[0], "span"), _number(span[1], "span"))
    thing = Thing(topic.thing_id, text("name", topic.thing), text("kind", topic.domain), x, y, note=text("note", ""))
    observed = text("observed", topic.datastream)
    stream = Datastream(
        topic.stream_id, topic.thing_id, observed, text("unit", ""), "" if topic.datastream == observed else topic.datastream,
        interval_s=max(0.0, level("interval_s") or 0.0), span=span, warning=level("warning"), alarm=level("alarm"),
        simulated=c.get("simulated") is True,
    )
    return thing, stream


def decode_status(payload: bytes) -> tuple[bool, bool]:
    """(online, simulated). Raises MalformedError."""
    c = _object(payload, MAX_READING)
    return c.get("state") == "online", c.get("simulated") is True


def encode_status(online: bool, simulated: bool) -> bytes:
    return json.dumps({"state": "online" if online else "offline", "simulated": simulated}).encode()

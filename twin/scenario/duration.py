"""ISO 8601 durations ("PT2H30M") and seconds."""

from __future__ import annotations

import re
from typing import Any

from twin.errors import ScenarioError

_ISO = re.compile(r"^P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$")


def parse_duration(value: Any) -> float:
    """Seconds of an ISO 8601 duration; a number is taken as seconds. Raises ScenarioError."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    match = _ISO.match(str(value).strip().upper())
    if not match or not any(match.groups()):
        try:
            return float(str(value))
        except ValueError:
            raise ScenarioError(f"{value!r} is not a duration", do="Write for example PT2H, PT30M or P1D.") from None
    days, hours, minutes, seconds = (float(g or 0) for g in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + seconds


def format_duration(seconds: float) -> str:
    """ISO 8601 form of seconds, the shortest exact one."""
    whole = round(seconds, 6)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    text = (f"{hours:g}H" if hours else "") + (f"{minutes:g}M" if minutes else "") + (f"{left:g}S" if left else "")
    return "PT" + (text or "0S")

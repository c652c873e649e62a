"""What befell the objects of a city during a run, told in plain sentences, and what followed from what."""

from __future__ import annotations

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from twin.models.base import Happening


@dataclass(frozen=True)
class What:
    """en: the sentence after the object's name, with the happening's values. state: 0 well again, 1 carries on, 2 hurt, 3 out."""

    en: str
    state: int


WHAT: dict[str, What] = {
    "flooded": What("stands in {depth_m:.2f} m of water", 3),
    "failed": What("is put out of order", 3),
    "damaged": What("is damaged", 3),
    "crew-sent": What("gets a crew, {travel_min:.0f} min away", 3),
    "repaired": What("is repaired", 0),
    "back": What("is in order again", 0),
    "no-power": What("has no power", 3),
    "no-water": What("has no water", 3),
    "low-pressure": What("has too little pressure", 2),
    "tank-empty": What("is empty", 3),
    "overloaded": What("carries more than it can", 2),
    "tripped": What("is cut off by its protection", 3),
    "shed": What("is shed to save the rest", 3),
    "restored": What("is supplied again", 0),
    "lost-power": What("lost its power; its reserve lasts {reserve_h:.1f} h", 1),
    "lost-water": What("lost its water; its reserve lasts {reserve_h:.1f} h", 1),
    "lost-comms": What("lost its connection; it carries on for {reserve_h:.1f} h", 1),
    "lost-access": What("cannot be reached by road; it carries on for {reserve_h:.1f} h", 1),
    "stopped-power": What("stops: no power", 3),
    "stopped-water": What("stops: no water", 3),
    "stopped-comms": What("stops: no connection", 3),
    "stopped-access": What("stops: no road leads there", 3),
    "impaired-power": What("works in part: no power", 2),
    "impaired-water": What("works in part: no water", 2),
    "impaired-comms": What("works in part: no connection", 2),
    "impaired-access": What("works in part: no road leads there", 2),
    "regained-power": What("has power again", 0),
    "regained-water": What("has water again", 0),
    "regained-comms": What("is connected again", 0),
    "regained-access": What("can be reached again", 0),
    "works": What("works as usual again", 0),
}


INPUTS = ("power", "water", "comms", "access")
"""What an object can lack; sorts of happenings end in it."""


def _state(h: Happening) -> int:
    known = WHAT.get(h.what)
    return 3 if known is None else known.state


def clock(at_s: float, start_hour: float | None = None) -> str:
    """HH:MM of the run's clock: local time where its start is known, else since its start; days are counted where there are some."""
    minutes = round(at_s / 60 + (0 if start_hour is None else start_hour * 60))
    days, minutes = divmod(minutes, 1440)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text} (day {days + 1})" if days else text


def sentence(h: Happening, name: str, texts: Mapping[str, str] | None = None) -> str:
    """"Hospital 3 lost its power; its reserve lasts 8.0 h". texts: the same sentences in another language."""
    known = WHAT.get(h.what)
    if known is None:
        return f"{name}: {h.what}"
    text = (texts or {}).get(known.en, known.en)
    try:
        return f"{name} {text.format(**h.values)}"
    except (KeyError, ValueError):
        return f"{name} {h.what}"


@dataclass(frozen=True)
class Cause:
    """A happening and those that explain it, the nearest first."""

    happening: Happening
    because: tuple[Cause, ...] = field(default=())

    @property
    def root(self) -> Cause:
        """Where it began, along the first cause each time."""
        return self.because[0].root if self.because else self


class Story:
    """All happenings of a run, oldest first, and who explains whom. names: what objects are called, by id, of those that have one."""

    def __init__(self, happenings: Sequence[Happening], names: Mapping[str, str] | None = None) -> None:
        self.names = dict(names or {})
        self.happenings = sorted(happenings, key=lambda h: h.at_s)
        self._of: dict[str, list[Happening]] = {}
        for h in self.happenings:
            self._of.setdefault(h.object, []).append(h)
        self._times = {k: [h.at_s for h in v] for k, v in self._of.items()}

    def __len__(self) -> int:
        return len(self.happenings)

    def of(self, object: str) -> list[Happening]:
        """What befell one object, oldest first."""
        return self._of.get(object, [])

    def last(self, object: str, at_s: float = float("inf")) -> Happening | None:
        """The last that befell an object up to a moment."""
        i = bisect.bisect_right(self._times.get(object, []), at_s + 1e-6)
        return self._of[object][i - 1] if i else None

    def suffers(self, object: str, at_s: float = float("inf")) -> list[Happening]:
        """What troubles an object at a moment, the worst first: the last word on each of its inputs and on itself."""
        now: dict[str, Happening] = {}
        for h in self.of(object):
            if h.at_s > at_s + 1e-6:
                break
            _, _, about = h.what.partition("-") if h.what.partition("-")[2] in INPUTS else ("", "", "")
            if h.what == "crew-sent" and about in now:
                continue  # help on the way is no new trouble
            if _state(h) > 0:
                now[about] = h
            elif about or h.what in ("back", "repaired"):
                now.pop(about, None)
            else:
                now.clear()
        return sorted(now.values(), key=lambda h: (-_state(h), h.at_s))

    def why(self, object: str, at_s: float = float("inf"), deepest: int = 300) -> Cause | None:
        """What an object suffers from most at a moment, and what that follows from; None where it is well."""
        found = self.suffers(object, at_s)
        return self._cause(found[0], frozenset(), deepest) if found else None

    def troubles(self, object: str, at_s: float = float("inf")) -> list[Cause]:
        """All that an object suffers from at a moment, the worst first, each with what it follows from."""
        return [self._cause(h, frozenset(), 300) for h in self.suffers(object, at_s)]

    def _cause(self, h: Happening, seen: frozenset[str], left: int) -> Cause:
        found = []
        for name in h.because if left else ():
            if name == h.object or name in seen:
                continue
            found += [self._cause(other, seen | {h.object}, left - 1) for other in self.suffers(name, h.at_s)[:1]]
        return Cause(h, tuple(found))

    def followed(self, object: str, at_s: float = float("inf")) -> list[Happening]:
        """What came of an object's state: the happenings that name it as a cause, up to a moment."""
        return [h for h in self.happenings if object in h.because and h.at_s <= at_s + 1e-6]


def path(cause: Cause) -> list[Happening]:
    """From what is suffered to where it began, along the first cause each time. Of several in a row that suffer the same (bus after
    bus without power) only the first is told."""
    found, here = list[Happening](), cause
    while True:
        if not found or found[-1].what != here.happening.what:
            found.append(here.happening)
        if not here.because:
            return found
        here = here.because[0]


def chain(cause: Cause, names: Mapping[str, str], start_hour: float | None = None) -> str:
    """"Hospital 3 stops: no water at 05:40: Pump P2 has no power at 03:10: Substation 1 stands in 0.62 m of water at 02:55"."""
    return ": ".join(f"{sentence(h, names.get(h.object) or h.object)} at {clock(h.at_s, start_hour)}" for h in path(cause))

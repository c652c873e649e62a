"""What befell the objects of a city during a run, told in plain sentences, and what followed from what."""

from __future__ import annotations

import bisect
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from twin.models.base import Happening


@dataclass(frozen=True)
class What:
    """A sort of happening, of assets/tables/happenings.toml: sentence in English and Chinese, and how it leaves the object."""

    en: str
    zh: str
    state: int


WHAT: dict[str, What] = {
    name: What(**entry) for name, entry in tomllib.loads(files("assets").joinpath("tables", "happenings.toml").read_text("utf-8")).items()
}
INPUTS = ("power", "water", "comms", "access")
"""What an object can lack; sorts of happenings end in it."""


def _state(h: Happening) -> int:
    known = WHAT.get(h.what)
    return 3 if known is None else known.state


def clock(at_s: float, start_hour: float | None = None, lang: str = "en") -> str:
    """HH:MM of the run's clock: local time where its start is known, else since its start; days are counted where there are some."""
    minutes = round(at_s / 60 + (0 if start_hour is None else start_hour * 60))
    days, minutes = divmod(minutes, 1440)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}"
    day = f"（第 {days + 1} 天）" if lang == "zh" else f" (day {days + 1})"
    return text + day if days else text


def befell(h: Happening, lang: str = "en") -> str:
    """"lost its power; its reserve lasts 8.0 h"; its key where that is not known, or its values are not those of the sentence."""
    known = WHAT.get(h.what)
    try:
        return h.what if known is None else (known.zh if lang == "zh" else known.en).format(**h.values)
    except (KeyError, ValueError):
        return h.what


def sentence(h: Happening, name: str, lang: str = "en") -> str:
    """"Hospital 3 lost its power; its reserve lasts 8.0 h"."""
    return f"{name}{'：' if lang == 'zh' else ' ' if h.what in WHAT else ': '}{befell(h, lang)}"


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


def chain(cause: Cause, names: Mapping[str, str], start_hour: float | None = None, lang: str = "en") -> str:
    """"Hospital 3 stops: no water at 05:40: Pump P2 has no power at 03:10: Substation 1 stands in 0.62 m of water at 02:55"."""
    told = [(sentence(h, names.get(h.object) or h.object, lang), clock(h.at_s, start_hour, lang)) for h in path(cause)]
    return " ← ".join(f"{at} {text}" for text, at in told) if lang == "zh" else ": ".join(f"{text} at {at}" for text, at in told)

"""Quality tests of readings as they arrive, after the QARTOD manuals (US IOOS, real-time quality control): gross range,
spike and flat line. Flags: 1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing; the worst test decides."""

from __future__ import annotations

import math

from twin.live.sensors import FAIL, MISSING, NOT_EVALUATED, PASS, SUSPECT, Datastream, observed_property

_RANK = {NOT_EVALUATED: 0, PASS: 1, SUSPECT: 2, FAIL: 3, MISSING: 4}


def worst(a: int, b: int) -> int:
    """The graver of two flags; any verdict beats 'not evaluated'."""
    return a if _RANK[a] >= _RANK[b] else b


FLAT_LEAST = 5
"""Equal readings that make a flat line at the least (QARTOD: REP_CNT_FAIL)."""


class QualityTests:
    """The tests of one datastream; keeps the two readings before and the flat line."""

    def __init__(self, stream: Datastream) -> None:
        prop = observed_property(stream.observed)
        self._fail = stream.span or prop.fail
        self._suspect, self._spike, self._flat = prop.suspect, prop.spike, prop.flat
        self._evaluated = math.isfinite(self._fail[0]) or math.isfinite(self._fail[1])
        self._before: list[float] = []
        self._same, self._since = 0, 0.0

    def test(self, t: float, value: float, given: int = NOT_EVALUATED) -> tuple[int, int]:
        """(flag of this reading, flag of the spike test of the reading before it). given: the source's own flag.

        The spike test needs both neighbours, so a reading is judged when the next one is there (QARTOD test 6: difference
        from the mean of the neighbours). The flat-line test (8) goes by time, since intervals differ from seconds to days.
        t: Unix seconds.
        """
        if given == MISSING or not math.isfinite(value):
            self._before.clear()
            self._same = 0
            return MISSING, NOT_EVALUATED
        flag = given
        if self._evaluated:
            low, high = self._fail
            odd_low, odd_high = self._suspect
            flag = worst(flag, FAIL if not low <= value <= high else SUSPECT if not odd_low <= value <= odd_high else PASS)
        if self._flat:
            if self._before and value == self._before[-1]:
                self._same += 1
            else:
                self._same, self._since = 1, t
            flat_s = t - self._since if self._same >= FLAT_LEAST else 0.0
            flag = worst(flag, FAIL if flat_s >= self._flat[1] else SUSPECT if flat_s >= self._flat[0] else PASS)
        earlier = NOT_EVALUATED
        if self._spike and len(self._before) == 2:
            jump = abs(self._before[1] - (self._before[0] + value) / 2)
            earlier = FAIL if jump > self._spike[1] else SUSPECT if jump > self._spike[0] else PASS
        # A failed value is no neighbour to judge others by.
        if flag != FAIL:
            self._before = [*self._before[-1:], value]
        return flag, earlier

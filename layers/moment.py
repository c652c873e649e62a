"""The moment a picture shows: civil time for what keeps a timetable, and running seconds for what only has to move."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

USUAL = datetime(2026, 3, 17, 8, 30)
"""A Tuesday morning: shown while nothing says what time it is."""


@dataclass
class Moment:
    """civil: local time of the city, without a zone. run_s: seconds that waves and cars have run; they stand while motion is off."""

    civil: datetime = field(default_factory=lambda: USUAL)
    run_s: float = 0.0

    @property
    def day_s(self) -> float:
        """Seconds since midnight."""
        return self.civil.hour * 3600.0 + self.civil.minute * 60.0 + self.civil.second + self.civil.microsecond * 1e-6

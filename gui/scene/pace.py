"""How many triangles this machine draws in the time there is: measured, not guessed."""

from __future__ import annotations

FAST_MS, SLOW_MS, LONG_MS = 14.0, 40.0, 450.0
"""Quicker frames can show more; slower ones must show less while the view moves, and when it stands still."""
LEAST, LEAST_STILL, MOST = 0.35, 0.6, 40.0
STEP, HASTE = 1.25, 0.8
CALM = 3
"""Frames of one kind in a row before something is changed: one slow frame is somebody else's."""


class Pace:
    """`moving` and `still` are 1 on software GL of a common machine, and multiply the budgets of triangles. Tell it each frame."""

    def __init__(self) -> None:
        self.moving = self.still = 1.0
        self._runs = {True: 0, False: 0}

    def of(self, moving: bool) -> float:
        return self.moving if moving else self.still

    def measured(self, frame_ms: float, moving: bool, full: bool) -> bool:
        """After a frame. full: the budget of triangles left something out. Returns whether the pace of such frames has changed."""
        slow, before, run = SLOW_MS if moving else LONG_MS, self.of(moving), self._runs[moving]
        if frame_ms > slow:
            run = min(run, 0) - 1
        elif full and frame_ms < (FAST_MS if before >= 1 else 0.6 * slow):
            run = max(run, 0) + 1
        else:
            run = 0
        self._runs[moving] = run if abs(run) < CALM else 0
        if abs(run) < CALM:
            return False
        if moving:
            self.moving = min(max(before * (STEP if run > 0 else HASTE), LEAST), MOST)
            self.still = max(self.still, self.moving)  # what can be shown in haste can be shown at rest
        else:
            self.still = min(max(before * (STEP if run > 0 else HASTE), LEAST_STILL), MOST)
            self.moving = min(self.moving, self.still)
        return self.of(moving) != before

    def rested(self) -> bool:
        """The view has been left alone for a while: time enough for one whole picture. Returns whether it would show more."""
        less = self.still < 1.0
        self.still = max(self.still, 1.0)
        return less

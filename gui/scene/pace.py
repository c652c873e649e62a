"""How many triangles this machine draws in the time there is: measured, not guessed."""

from __future__ import annotations

FAST_MS, SLOW_MS, LONG_MS = 14.0, 40.0, 450.0
"""Quicker frames can show more; slower ones must show less while the view moves, and when it stands still."""
LEAST, MOST = 0.35, 40.0
STEP, HASTE = 1.25, 0.8
CALM = 3
"""Frames of one kind in a row before something is changed: one slow frame is somebody else's."""


class Pace:
    """`now` is 1 on software GL of a common machine, and multiplies the budgets of triangles. Tell it each frame."""

    def __init__(self) -> None:
        self.now = 1.0
        self._run = 0

    def measured(self, frame_ms: float, moving: bool, full: bool) -> bool:
        """After a frame. full: the budget of triangles left something out. Returns whether `now` has changed."""
        slow = SLOW_MS if moving else LONG_MS
        if frame_ms > slow:
            self._run = min(self._run, 0) - 1
        elif full and frame_ms < (FAST_MS if self.now >= 1 else 0.6 * slow):
            self._run = max(self._run, 0) + 1
        else:
            self._run = 0
        if abs(self._run) < CALM:
            return False
        before, self.now = self.now, min(max(self.now * (STEP if self._run > 0 else HASTE), LEAST), MOST)
        self._run = 0
        return self.now != before

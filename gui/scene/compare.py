"""Several views in one picture: beside each other, or two halves of one with a divider between them.

All are drawn by the same renderer into the same window, one after the other, each into its own part; so the city is in the memory
of the graphics once, whatever the number of views. Pixels count from the lower left here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkCamera

    from gui.scene.camera import Eye
    from gui.scene.hud import Hud
    from layers.layer import Layer

GRIDS = {1: (1, 1), 2: (2, 1), 4: (2, 2)}
"""Columns and rows of so many views."""
NARROWEST = 0.04
"""Of the picture, left of the divider and right of it."""
LETTERS = "ABCD"


class Box(NamedTuple):
    """Pixels from (x0, y0) up to (x1, y1), without the latter."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def size(self) -> tuple[int, int]:
        return self.x1 - self.x0, self.y1 - self.y0

    def within(self, other: Box) -> Box | None:
        """What both have; None for nothing."""
        x0, y0, x1, y1 = max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1)
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def holds(self, x: float, y: float) -> bool:
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1


@dataclass(eq=False)
class Pane:
    """One view. shows: whether it draws a layer; title and clock: what it is of; eye: its own when views are not linked."""

    shows: Callable[[Layer], bool]
    title: str = ""
    clock: str = ""
    eye: Eye | None = None
    hud: Hud | None = None
    """Of its own, for views beside each other; two halves share that of the scene."""


@dataclass
class Panes:
    """Which views there are and where. No panes: one view of everything, as if this was not here."""

    panes: list[Pane] = field(default_factory=list)
    swipe: bool = False
    divider: float = 0.5
    """Place of the divider, 0 left to 1 right."""
    linked: bool = True
    """All views look from the same place."""
    active: int = 0
    """The view that mouse and keys move."""
    marks_active: bool = True
    """Whether it is framed; in a picture nothing is in use."""

    def __len__(self) -> int:
        return len(self.panes)

    def __iter__(self) -> Iterator[Pane]:
        return iter(self.panes)

    def set_divider(self, place: float) -> None:
        self.divider = min(1.0 - NARROWEST, max(NARROWEST, place))

    def box(self, index: int, size: tuple[int, int]) -> Box:
        """Where a view is drawn, in a picture of so many pixels."""
        width, height = size
        if self.swipe:
            cut = round(self.divider * width)
            return Box(0, 0, cut, height) if index == 0 else Box(cut, 0, width, height)
        columns, rows = GRIDS[len(self.panes)]
        column, row = index % columns, rows - 1 - index // columns
        return Box(
            round(width * column / columns),
            round(height * row / rows),
            round(width * (column + 1) / columns),
            round(height * (row + 1) / rows),
        )

    def frame(self, index: int, size: tuple[int, int]) -> Box:
        """The picture a view is part of: itself, or all of it where there is a divider."""
        return Box(0, 0, *size) if self.swipe else self.box(index, size)

    def at(self, x: float, y: float, size: tuple[int, int]) -> int:
        """The view at a pixel; the nearest one outside the picture."""
        x, y = min(max(x, 0.0), size[0] - 1.0), min(max(y, 0.0), size[1] - 1.0)
        return next((k for k in range(len(self.panes)) if self.box(k, size).holds(x, y)), 0)

    def copy(self) -> Panes:
        """The same views for another scene."""
        return replace(self, panes=[replace(p, hud=None) for p in self.panes], marks_active=False)

    def match(self, hud: Hud) -> None:
        """Titles in each view; badge, clock, credits, scale and north arrow once, unless views look from different places."""
        hud.sides = None
        if self.swipe:
            hud.sides = (self.panes[0].title, self.panes[1].title, self.divider)
            return
        columns, rows = GRIDS[len(self.panes)]
        for k, pane in enumerate(self.panes):
            own = pane.hud
            if own is None:
                continue
            own.take(hud)
            own.badge = hud.badge if k == 0 else ""
            own.heading = f"{LETTERS[k]}   {pane.title}" if len(self.panes) > 1 else pane.title
            own.title = hud.title if k == 0 else ""
            own.clock = pane.clock or (hud.clock if k == 0 else "")
            if k != len(self.panes) - 1:
                own.credits = own.data_date = ""
            own.show_scale = hud.show_scale and (k == 0 or not self.linked)
            own.edges = (k % columns > 0, k % columns < columns - 1, k // columns > 0, k // columns < rows - 1)
            own.is_active = self.marks_active and not self.linked and k == self.active

    @property
    def order(self) -> Sequence[int]:
        """In which they are drawn: the active one last, so that what was placed on the screen is that of the view in use."""
        return [k for k in range(len(self.panes)) if k != self.active] + [self.active]


def aim_part(camera: vtkCamera, angle: float, frame: Box, part: Box) -> None:
    """Let a camera see a part only of the picture it is set up for. angle: degrees, of the height of the whole."""
    (_, h), (pw, ph) = frame.size, part.size
    tall = math.tan(math.radians(angle / 2)) * ph / h
    camera.SetViewAngle(math.degrees(2 * math.atan(tall)))
    camera.SetWindowCenter((part.x0 + part.x1 - frame.x0 - frame.x1) / pw, (part.y0 + part.y1 - frame.y0 - frame.y1) / ph)


def viewport(part: Box, seen: Box) -> tuple[float, float, float, float]:
    """Of a part, in a window that shows `seen` of the picture."""
    w, h = seen.size
    return (part.x0 - seen.x0) / w, (part.y0 - seen.y0) / h, (part.x1 - seen.x0) / w, (part.y1 - seen.y0) / h


def shift(props: Sequence[Any], frame: Box, part: Box) -> None:
    """Move what is placed on the screen of the whole picture to where it is in the part of it that is drawn."""
    for prop in props:
        prop.SetPosition(frame.x0 - part.x0, frame.y0 - part.y0)

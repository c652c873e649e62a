"""Pictures and films of the view, made by a copy of its scene: one piece after each turn of the window's events."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gui.film import Plan, Sink
    from gui.scene.scene import Scene

PART_PX = 1024
"""A part of a picture that is drawn between two turns of the window's events; larger ones would keep it waiting."""


@dataclass(frozen=True)
class Wish:
    """size: pixels at scale 1; scale: 1, 2 or 4, of everything, text too. Badge, date of the data and credits are not for
    choice: a picture without them could be taken for something else."""

    size: tuple[int, int] = (1600, 900)
    scale: int = 2
    title: str = ""
    legend: bool = True
    scale_bar: bool = True
    """With the north arrow."""
    labels: bool = True
    whole: bool = True
    """All views of the window; else the one in use."""

    @property
    def pixels(self) -> tuple[int, int]:
        return self.size[0] * self.scale, self.size[1] * self.scale


def copied(scene: Scene, wish: Wish, before: Callable[[Scene], Any] = lambda scene: None) -> Generator[float, None, Scene]:
    """A copy of a scene as it is wished for, made layer by layer. before: what is changed of it first. Close it."""
    copy = scene.copy()
    copy.moment = replace(copy.moment)
    try:
        before(copy)
        if not wish.whole and len(copy.panes):
            keep_one(copy)
        copy.hud.title = wish.title
        copy.hud.show_legend = copy.hud.show_legend and wish.legend
        copy.hud.show_scale = wish.scale_bar
        for layer in copy.layers if not wish.labels else []:
            if all(type(d).__name__ == "Labels" for d in layer.draw()):
                copy.remove(layer)
        yield -1.0
        while copy.catch_up():
            yield -1.0
        while copy.ripen(wish.size):
            yield -1.0
    except BaseException:
        copy.close()
        raise
    return copy


def keep_one(scene: Scene) -> None:
    """The view in use alone, with its title."""
    from gui.scene.compare import Pane, Panes

    pane = scene.panes.panes[scene.panes.active]
    scene.set_panes(Panes([Pane(pane.shows, pane.title, pane.clock)]))


def picture(scene: Scene, wish: Wish) -> Generator[float, None, tuple[NDArray[np.uint8], dict[str, str]]]:
    """RGB of a picture and what its file says of it. Raises InputError where the machine has no memory for it."""
    from gui.scene.offscreen import Developed, check_room, told_of

    check_room(wish.pixels)
    copy = yield from copied(scene, wish)
    try:
        with Developed(copy, wish.pixels, wish.scale, most_side=PART_PX) as developed:
            rgb = yield from developed.steps()
        return rgb, told_of(copy)
    finally:
        copy.close()


def film(
    scene: Scene, wish: Wish, plan: Plan, sink: Callable[[dict[str, str]], Sink], before: Callable[[Scene], Any] = lambda scene: None
) -> Generator[float, None, Path]:
    """Make a film; sink: opens what takes the frames, told what the file says of itself; before: what is changed of the copy first."""
    from gui.film import draw
    from gui.scene.offscreen import told_of

    copy = yield from copied(scene, wish, before)
    try:
        out = sink(told_of(copy))
        yield from draw(copy, plan, out)
        return out.path
    finally:
        copy.close()

"""What is too large to draw at once: squares or tiles in sight, as fine as the eye can tell and the budget of triangles allows.

A worker makes the actors; the GUI thread only chooses tiles and shows them. A tile stays until all that replace it are there, so
there are no holes.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from gui.scene.actors import MeshActor
from gui.scene.camera import Eye

MOVING, STILL, PICTURE = 32_000, 260_000, 400_000
"""Triangles of one layer while the view moves, when it stands still (both at a pace of 1), and in pictures that may take their time."""
COARSE_PX, FINE_PX = 3.0, 1.0
"""Error on the screen that is left, moving and still."""
KEPT = 5
"""Triangles of all tiles that are kept, seen or not, as a multiple of those that may be seen."""
UPLOAD = 40_000
"""Triangles shown for the first time in one frame, at most: the graphics take them over while drawing."""

Node = TypeVar("Node", bound=Hashable)
AnyActor = TypeVar("AnyActor", bound=MeshActor)


@dataclass(frozen=True)
class View:
    """What tiles are chosen for. size: pixels; moving: coarser will do; patient: a picture that waits for all its tiles.

    pace: how many times more triangles than on software GL this machine draws in the time there is; stretch: of heights.
    """

    eye: Eye
    size: tuple[int, int]
    moving: bool = False
    patient: bool = False
    pace: float = 1.0
    stretch: float = 1.0

    @cached_property
    def _planes(self) -> tuple[NDArray[np.float64], ...]:
        """Normals of what one looks along and of the four sides of the view, inwards."""
        f, right, up = self.eye.basis(self.stretch)
        tall = math.tan(math.radians(self.eye.angle / 2))
        wide = tall * self.size[0] / max(1, self.size[1])
        return f, wide * f + right, wide * f - right, tall * f + up, tall * f - up

    @property
    def focal_px(self) -> float:
        """Pixels that a metre takes a metre away."""
        return self.eye.focal_px(self.size[1])

    def shows(self, points: NDArray[Any], margin_m: float = 0.0, margin: float = 1.0) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which points (N, 3) are before the eye and inside the picture, and how far along the view axis. margin_m, margin: metres, and
        factor of the picture's size, that count as inside."""
        f, right, up = self.eye.basis(self.stretch)
        rel = (points - self.eye.position) * np.array([1.0, 1.0, self.stretch])
        depth = rel @ f
        tall = self.size[1] / 2 / self.focal_px * margin
        wide = tall * self.size[0] / max(1, self.size[1])
        inside = (depth > 0.5) & (np.abs(rel @ up) < depth * tall + margin_m) & (np.abs(rel @ right) < depth * wide + margin_m)
        return np.asarray(inside), np.asarray(depth)

    def sees(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Boxes (N, 3) that are not wholly outside one of the four sides of the view, or behind it."""
        rise = np.array([1.0, 1.0, self.stretch])
        middle, half = ((low + high) / 2 - self.eye.position) * rise, (high - low) / 2 * rise
        inside = np.ones(len(half), bool)
        for normal in self._planes:
            inside &= middle @ normal + half @ np.abs(normal) > 0
        return inside

    @property
    def budget(self) -> int:
        if self.patient:
            return max(PICTURE, int(STILL * self.pace))
        return int((MOVING if self.moving else STILL) * self.pace)


@dataclass
class Made(Generic[AnyActor]):
    """An actor, the state of the world it shows, and its number of triangles.

    put: brings an actor that is shown already to that state; called by the thread that draws.
    """

    actor: AnyActor
    state: int
    size: int
    put: Callable[[], None] | None = None


class TileSet(Generic[Node, AnyActor]):
    """All methods belong to one thread, `_make` aside, which the worker calls; `close` ends the worker.

    Subclasses say what to show (`_choice`) and how a tile is made (`_make`).
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._made: OrderedDict[Node, Made[AnyActor]] = OrderedDict()
        self._shown: dict[Node, Made[AnyActor]] = {}
        self._state = 0
        self._visible, self.is_data = True, False
        self.is_full = False
        """Whether the budget left something out of the last picture."""
        self._most_kept = KEPT * STILL
        self._renderer: vtkRenderer | None = None
        self._wanted: list[Node] = []
        self._broken: set[tuple[Node, int]] = set()
        self._ready: deque[tuple[Node, Made[AnyActor]]] = deque()
        self._lock = threading.Condition()
        self._worker: threading.Thread | None = None
        self._ended = False

    # -- for subclasses ------------------------------------------------------------------------------------------------
    def _choice(self, view: View) -> tuple[list[Node], list[Node]]:
        """Nodes to show, and those to be made, the most wanted first. For a patient view the best there are, made or not."""
        raise NotImplementedError

    def _make(self, node: Node) -> Made[AnyActor]:
        raise NotImplementedError

    def _draws(self, node: Node) -> bool:
        """Whether a tile has anything to draw."""
        return True

    def _extra(self) -> list[AnyActor]:
        """Actors shown besides the tiles."""
        return []

    def _is_current(self, node: Node) -> bool:
        """Whether a tile is made as things are now; one that draws nothing always is."""
        if not self._draws(node):
            return True
        made = self._made.get(node)
        return made is not None and made.state == self._state

    # -- what the scene tells and asks ---------------------------------------------------------------------------------
    def attach(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        for actor in self.actors:
            renderer.AddActor(actor.actor)

    def visible(self, yes: bool) -> None:
        if yes != self._visible:
            self._visible = yes
            for actor in self.actors:
                actor.actor.SetVisibility(yes)

    @property
    def is_shown(self) -> bool:
        return self._visible

    @property
    def actors(self) -> list[AnyActor]:
        """What is shown now."""
        return [m.actor for m in self._shown.values()] + self._extra()

    @property
    def is_waiting(self) -> bool:
        """Whether better tiles are on their way."""
        return bool(self._wanted or self._ready)

    @property
    def is_making(self) -> bool:
        """Whether the worker has something to do."""
        return bool(self._wanted)

    @property
    def arrived(self) -> int:
        """Tiles made since the last frame."""
        return len(self._ready)

    @property
    def shown_triangles(self) -> int:
        return sum(m.size for m in self._shown.values())

    def close(self) -> None:
        """End the worker and take everything out of the picture."""
        with self._lock:
            self._ended = True
            self._wanted = []
            self._lock.notify_all()
        if self._worker is not None:
            self._worker.join()
            self._worker = None
        for actor in self.actors:
            if self._renderer is not None:
                self._renderer.RemoveActor(actor.actor)
        self._made.clear()
        self._shown.clear()
        self._ready.clear()

    def follow(self, view: View, also: bool = False) -> None:
        """Show the tiles for a view, and ask for those it lacks. also: what an earlier view of this picture lacks is still wanted."""
        self._most_kept = max(KEPT * view.budget, self._most_kept) if not view.moving else self._most_kept
        self._take_arrivals(view.patient)
        chosen, lacking = self._choice(view)
        if view.patient:
            for node in lacking:
                self._keep(node, self._make(node))
            lacking = []
        self._show(chosen)
        self._forget()
        self._ask([*(n for n in self._wanted if n not in lacking), *lacking] if also else lacking)

    # -- making --------------------------------------------------------------------------------------------------------
    def _ask(self, nodes: list[Node]) -> None:
        with self._lock:
            waiting = {n for n, m in self._ready if m.state == self._state}
            self._wanted = [n for n in nodes if n not in waiting and (n, self._state) not in self._broken]
            if self._wanted and self._worker is None and not self._ended:
                self._worker = threading.Thread(target=self._work, name=f"tiles of {self._name}", daemon=True)
                self._worker.start()
            self._lock.notify_all()

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._wanted and not self._ended:
                    self._lock.wait()
                if self._ended:
                    return
                node = self._wanted[0]
            made: Made[AnyActor] | None = None
            try:
                made = self._make(node)
            except Exception:  # one tile that cannot be made must not end all others, nor be tried for ever
                logging.getLogger(__name__).exception("a tile of %s cannot be drawn", self._name)
            with self._lock:
                if self._ended:
                    return
                if node in self._wanted:
                    self._wanted.remove(node)
                if made is None:
                    self._broken.add((node, self._state))
                else:
                    self._ready.append((node, made))

    def _take_arrivals(self, patient: bool) -> None:
        taken = 0
        while self._ready and (patient or taken < UPLOAD):
            with self._lock:
                node, made = self._ready.popleft()
            taken += made.size if made.put is None else made.size // 8  # colours alone are soon taken over
            self._keep(node, made)

    def _keep(self, node: Node, made: Made[AnyActor]) -> None:
        """Put a tile among those that are there, in place of an older one."""
        old = self._made.pop(node, None)
        if made.put is not None:
            made.put()
            made.put = None
            if node in self._shown:
                self._shown[node] = made
            self._made[node] = made
            return
        if old is not None and self._shown.get(node) is old:
            self._hide(node)
        self._made[node] = made

    def _forget(self) -> None:
        """Let go of the tiles that were not shown for longest, while there are too many; never of the first one made."""
        total = sum(m.size for m in self._made.values())
        if total <= self._most_kept:
            return
        for other in [n for n in self._made if n not in self._shown and not self._is_root(n)]:
            if total <= self._most_kept:
                break
            total -= self._made.pop(other).size

    def _is_root(self, node: Node) -> bool:
        raise NotImplementedError

    # -- showing -------------------------------------------------------------------------------------------------------
    def _show(self, nodes: Iterable[Node]) -> None:
        wanted = set(nodes)
        for node in [n for n in self._shown if n not in wanted]:
            self._hide(node)
        for node in wanted:
            made = self._made[node]
            self._made.move_to_end(node)
            if node not in self._shown:
                self._shown[node] = made
                made.actor.actor.SetVisibility(self._visible)
                if self._renderer is not None:
                    self._renderer.AddActor(made.actor.actor)

    def _hide(self, node: Node) -> None:
        made = self._shown.pop(node)
        if self._renderer is not None:
            self._renderer.RemoveActor(made.actor.actor)

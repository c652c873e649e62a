"""A large city in tiles: those in sight, as fine as the eye can tell and the budget of triangles allows.

A worker makes the actors; the GUI thread only chooses tiles and shows them. A tile stays until all that replace it are there, so
there are no holes.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from gui.scene.actors import MeshActor, SurfaceActor, facade_texture
from gui.scene.camera import Eye
from gui.scene.lighting import Lighting
from layers.tiles import Tiled

MOVING, STILL, PICTURE = 60_000, 260_000, 400_000
"""Triangles of one layer while the view moves, when it stands still, and in pictures that may take their time."""
COARSE_PX, FINE_PX = 3.0, 1.0
"""Error on the screen that is left, moving and still."""
MOST_KEPT = 1_400_000
"""Triangles of all tiles that are kept, seen or not."""
FIRST = 90_000
"""Triangles made before the first picture."""
UPLOAD = 40_000
"""Triangles shown for the first time in one frame, at most: the graphics take them over while drawing."""
MOST_CHOSEN = 3_000
IN_FRONT = 60
"""Order of what is selected: it is seen through the boxes that stand for it from afar."""


@dataclass(frozen=True)
class View:
    """What tiles are chosen for. size: pixels; moving: coarser will do; patient: a picture that waits for all its tiles."""

    eye: Eye
    size: tuple[int, int]
    moving: bool = False
    patient: bool = False

    @property
    def budget(self) -> int:
        return PICTURE if self.patient else MOVING if self.moving else STILL


@dataclass
class _Made:
    """An actor, the state of the city it shows, and its number of triangles."""

    actor: SurfaceActor
    state: int
    size: int


class TilesActor:
    """Draws a Tiled. All methods belong to one thread, the worker's part aside; `close` ends the worker."""

    def __init__(self, drawing: Tiled) -> None:
        tiles = drawing.tiles
        self.drawing = drawing
        self._nodes, self._leaf, self._sizes = tiles.nodes, tiles.leaves, drawing.sizes
        self._low, self._high = tiles.nodes["low"].astype(float), tiles.nodes["high"].astype(float)
        self._error = np.where(self._leaf, 0.0, tiles.nodes["error_m"].astype(float))
        self._facade = facade_texture()
        self._made: OrderedDict[int, _Made] = OrderedDict()
        self._shown: dict[int, _Made] = {}
        self._chosen: SurfaceActor | None = None
        self._coat: tuple[int, Any] | None = None
        self._state = 0
        self._seen: tuple[Any, ...] = ()
        self._selected: NDArray[np.int32] = np.empty(0, np.int32)
        self._visible, self.is_data = True, False
        self._renderer: vtkRenderer | None = None
        self._wanted: list[int] = []
        self._ready: deque[tuple[int, _Made]] = deque()
        self._lock = threading.Condition()
        self._worker: threading.Thread | None = None
        self._ended = False

    # -- what the scene tells ------------------------------------------------------------------------------------------
    def update(self, d: Tiled, lighting: Lighting, selected: NDArray[np.int32]) -> None:
        """Take over colours and light; tiles are made anew one by one, the old ones stay until then."""
        now = (d.version, d.opacity, d.order, d.identity(), lighting.version)
        with self._lock:
            if now != self._seen:
                self._seen, self.drawing, self._lighting = now, d, _copy_of(lighting)
                self._state += 1
        if not np.array_equal(selected, self._selected):
            self._selected = selected.copy()
            self._show_chosen()
        elif self._chosen is not None:
            self._show_chosen()

    def attach(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        for made in self._shown.values():
            renderer.AddActor(made.actor.actor)
        if self._chosen is not None:
            renderer.AddActor(self._chosen.actor)

    def visible(self, yes: bool) -> None:
        self._visible = yes
        for actor in self.actors:
            actor.actor.SetVisibility(yes)

    @property
    def actors(self) -> list[MeshActor]:
        """What is shown now."""
        chosen: list[MeshActor] = [] if self._chosen is None else [self._chosen]
        return [m.actor for m in self._shown.values()] + chosen

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
        self._chosen = None

    # -- choosing ------------------------------------------------------------------------------------------------------
    def first(self) -> None:
        """Make the tiles of a first picture from afar; in the caller's thread."""
        total, now = int(self._sizes[0]), [0]
        while now:
            for node in now:
                if self._sizes[node]:
                    self._keep(node, self._make(node))
            below = self._nodes["children"][now].ravel()
            below = below[below >= 0]
            total = int(self._sizes[below].sum())
            now = below.tolist() if self._sizes[0] and total <= FIRST else []

    def follow(self, view: View) -> None:
        """Show the tiles for a view, and ask for those it lacks."""
        self._take_arrivals(view.patient)
        chosen, lacking = self._choice(view)
        if view.patient:
            for node in lacking:
                self._keep(node, self._make(node))
            lacking = []
        self._show(chosen)
        self._forget()
        self._ask(lacking)

    def _choice(self, view: View) -> tuple[list[int], list[int]]:
        """Nodes to show, and those to be made, the most wanted first. For a patient view the best there are, made or not."""
        eye = view.eye.position
        gap = np.maximum(np.maximum(self._low - eye, eye - self._high), 0.0)
        away = np.maximum(np.sqrt((gap**2).sum(1)), 1.0)
        focal = view.size[1] / 2 / math.tan(math.radians(view.eye.angle / 2))
        error = self._error * focal / away
        inside = self._in_sight(view)
        least = COARSE_PX if view.moving else FINE_PX
        shown: list[int] = []
        lacking: list[tuple[float, int]] = []
        if not inside[0]:
            return shown, []
        queue = [(-float(error[0]), 0)]
        total = int(self._sizes[0])
        if not self._is_current(0):
            lacking.append((-math.inf, 0))
        while queue:
            wish, node = heapq.heappop(queue)
            below = [c for c in self._nodes["children"][node].tolist() if c >= 0]
            if -wish <= least or not below:
                shown.append(node)
                continue
            below = [c for c in below if inside[c]]
            more = int(self._sizes[below].sum()) - int(self._sizes[node])
            if total + more > view.budget:
                shown.append(node)
                continue
            lacking += [(wish, c) for c in below if not self._is_current(c)]
            if view.patient or all(c in self._made or not self._sizes[c] for c in below):
                total += more
                for c in below:
                    heapq.heappush(queue, (-float(error[c]), c))
            else:
                shown.append(node)
        if view.patient:
            shown = [n for n in shown if self._sizes[n]]
            return shown, [n for n in shown if not self._is_current(n)]
        lacking.sort()
        return [n for n in shown if n in self._made], [n for _, n in lacking]

    def _is_current(self, node: int) -> bool:
        """Whether a tile is made as things are now; one that draws nothing always is."""
        if not self._sizes[node]:
            return True
        made = self._made.get(node)
        return made is not None and made.state == self._state

    def _in_sight(self, view: View) -> NDArray[np.bool_]:
        """Boxes that are not wholly outside one of the four sides of the view, or behind it."""
        e = view.eye
        f = e.forward
        h = math.radians(e.heading)
        right = np.array([math.cos(h), -math.sin(h), 0.0])
        up = np.cross(right, f)
        tall = math.tan(math.radians(e.angle / 2))
        wide = tall * view.size[0] / max(1, view.size[1])
        middle, half = (self._low + self._high) / 2 - e.position, (self._high - self._low) / 2
        inside = np.ones(len(half), bool)
        for normal in (f, wide * f + right, wide * f - right, tall * f + up, tall * f - up):
            inside &= middle @ normal + half @ np.abs(normal) > 0
        return inside

    # -- making --------------------------------------------------------------------------------------------------------
    def _make(self, node: int) -> _Made:
        with self._lock:
            state, d, lighting = self._state, self.drawing, self._lighting
            if self._coat is None or self._coat[0] != state:
                self._coat = None
            kept = self._coat
        coat = kept[1] if kept is not None else d.coat()
        if kept is None:
            with self._lock:
                if state == self._state:
                    self._coat = (state, coat)
        surface = d.tile(node, coat)
        actor = SurfaceActor(surface, facade=self._facade)
        actor.update(surface, lighting, np.empty(0, np.int32))
        actor.is_data = self.is_data
        return _Made(actor, state, len(surface.triangles))

    def _ask(self, nodes: list[int]) -> None:
        with self._lock:
            waiting = {n for n, m in self._ready if m.state == self._state}
            self._wanted = [n for n in nodes if n not in waiting]
            if self._wanted and self._worker is None and not self._ended:
                self._worker = threading.Thread(target=self._work, name=f"tiles of {self.drawing.key}", daemon=True)
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
            made = self._make(node)
            with self._lock:
                if self._ended:
                    return
                if node in self._wanted:
                    self._wanted.remove(node)
                self._ready.append((node, made))

    def _take_arrivals(self, patient: bool) -> None:
        taken = 0
        while self._ready and (patient or taken < UPLOAD):
            with self._lock:
                node, made = self._ready.popleft()
            taken += made.size
            self._keep(node, made)

    def _keep(self, node: int, made: _Made) -> None:
        """Put a tile among those that are there, in place of an older one."""
        old = self._made.pop(node, None)
        if old is not None and self._shown.get(node) is old:
            self._hide(node)
        self._made[node] = made

    def _forget(self) -> None:
        """Let go of the tiles that were not shown for longest, while there are too many."""
        total = sum(m.size for m in self._made.values())
        for other in [n for n in self._made if n not in self._shown and n != 0]:
            if total <= MOST_KEPT:
                break
            total -= self._made.pop(other).size

    # -- showing -------------------------------------------------------------------------------------------------------
    def _show(self, nodes: Iterable[int]) -> None:
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

    def _hide(self, node: int) -> None:
        made = self._shown.pop(node)
        if self._renderer is not None:
            self._renderer.RemoveActor(made.actor.actor)

    def _show_chosen(self) -> None:
        if self._chosen is not None and self._renderer is not None:
            self._renderer.RemoveActor(self._chosen.actor)
        self._chosen = None
        rows = self._selected[:MOST_CHOSEN]
        if not len(rows):
            return
        surface = self.drawing.chosen(rows)
        if not len(surface.triangles):
            return
        surface.order += IN_FRONT
        self._chosen = SurfaceActor(surface, facade=self._facade)
        self._chosen.update(surface, self._lighting, rows)
        self._chosen.actor.SetVisibility(self._visible)
        if self._renderer is not None:
            self._renderer.AddActor(self._chosen.actor)

    def pick(self, origin: NDArray[Any], direction: NDArray[Any]) -> tuple[int, float] | None:
        """Row of the building a ray meets first, and how far away."""
        coat = self._coat
        return self.drawing.pick(origin, direction, None if coat is None else coat[1])


def _copy_of(lighting: Lighting) -> Lighting:
    """Light and shadows as they are now: the worker must not see them change."""
    other = Lighting()
    other.light, other.shadows, other.version = lighting.light, lighting.shadows, lighting.version
    return other

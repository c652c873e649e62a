"""When painted squares stand in for what lies on the ground of a scene, and for what: while the view moves, from afar, and where the
ground is faded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gui.scene.groundtiles import GroundTiles
from layers.tiles import TiledSurface

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from gui.scene.tileset import View
    from layers.groundpicture import Box
    from layers.layer import Layer

PLAN_M = 150.0
"""Eye heights from which low houses far off may be painted on the ground."""
WATER_ORDER = 0.6
"""Water lies lower than its banks: over terrain and photographs, under everything else."""


class StandIn:
    """Belongs to a scene. Call `choose` before the tiles of buildings are chosen and `follow` after, once per view.

    is_on: the squares are what is seen. is_stale: something that lies on the ground has changed since they were told.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.squares: GroundTiles | None = None
        self.is_stale, self.is_on = True, False
        self._is_used = self._has_plan = self._has_looked = False
        self._fits = True
        self._replaced: set[int] = set()
        """Identities of the actors that the squares stand in for."""
        self.aprons: set[int] = set()
        """Those of the plain that carries a city without terrain, and would hide what lies in the ground."""

    def take(self, bounds: Box) -> None:
        """Begin with the ground of another city."""
        self.close()
        self._has_looked = self._is_used = self._has_plan = False
        self.is_stale, self._fits = True, True
        self.squares = GroundTiles(self._scene.ground, bounds)
        self.squares.visible(False)
        self.squares.attach(self._scene.renderer)

    def close(self) -> None:
        if self.squares is not None:
            self.show(False)
            self.squares.close()
            self.squares = None

    def replaces(self, actor: Any, layer: Layer) -> bool:
        """Whether an actor is not seen now because the squares are; what is selected stays."""
        if self._scene.relief.is_underground and id(actor) in self.aprons:
            return True
        return self.is_on and id(actor) in self._replaced and not len(layer.selected)

    @property
    def hides_veil(self) -> bool:
        return self.is_on and self._scene.paints_veil

    @property
    def at_work(self) -> list[GroundTiles]:
        """The squares where a picture is waiting for them."""
        return [self.squares] if self.squares is not None and (self.is_on or self._is_used) else []

    @property
    def is_readying(self) -> bool:
        """Whether the ground of the next movement is still being painted; no picture waits for it."""
        return self.squares is not None and self.squares.is_making

    def choose(self, view: View) -> None:
        """Tell the squares what they stand in for, and far tiles of buildings whether low houses are painted there."""
        if self.squares is None:
            return
        if self.is_stale and (view.patient or self._has_looked):
            self.is_stale = False
            self._tell(self.squares)
        if self._has_plan or (view.patient and self._fits and self._is_high(view)):
            for tiles in self._scene.tiles():
                tiles.leave_low()

    def follow(self, view: View, also: bool) -> None:
        """Let the squares stand in where that is quicker and looks the same."""
        scene, squares = self._scene, self.squares
        if squares is None:
            return
        if not view.patient and not self._has_looked:  # the first picture of a city is not kept waiting
            self._has_looked = True
            scene.request_render()
            return
        faded = scene.relief.is_underground  # one faded surface looks right, several over each other do not
        far = self._is_high(view) and any(t.is_coarse for t in scene.tiles())  # low houses have to be painted
        used = self._is_used = faded or ((far or (scene.is_moving and not view.patient)) and self._fits)
        if used or (self._fits and not view.patient):
            half = (max(1, view.size[0] // 2), max(1, view.size[1] // 2))
            squares.follow(view if used else replace(view, size=half, moving=True), also)  # made ready for the next movement
        self.show(used and (squares.is_there or view.patient))
        if self.is_on and not self._has_plan:
            self._has_plan = True
            scene.request_render()

    def _is_high(self, view: View) -> bool:
        x, y, z = view.eye.position
        return bool(z - self._scene.ground.height(x, y) > PLAN_M)

    def _tell(self, squares: GroundTiles) -> None:
        drawn = [
            (WATER_ORDER if getattr(d, "material", "") == "water" else d.order, i, actor, d)
            for i, (layer, actor, d) in enumerate(self._scene.on_ground())
            if squares.holds(d)
        ]
        drawn.sort(key=lambda x: x[:2])
        # Without a terrain the squares are a plane, which would hide what a 3D model has below it.
        base = [d for layer, _, d in self._scene.on_ground() if layer.group == "base"]
        self._fits = self._scene.ground.grid is not None or all(squares.picture.carries(d) for d in base)
        self.show(False)
        self.aprons = set()
        if self._scene.ground.grid is None:
            self.aprons = {id(actor) for _, actor, d in self._scene.on_ground() if d.key == "terrain-beyond"}
        plans = [d for *_, d in drawn if isinstance(d, TiledSurface)]
        flat = [(actor, d) for *_, actor, d in drawn if not isinstance(d, TiledSurface)]
        self._replaced = {id(actor) for actor, d in flat if getattr(d, "material", "") != "water"}
        squares.update([*(d for _, d in flat), *self._scene.painted_veil(), *plans])

    def show(self, yes: bool) -> None:
        """Show the squares and hide what they stand in for, or the other way round."""
        if self.squares is not None and yes != self.is_on:
            self.is_on = yes
            self.squares.visible(yes)
            self._scene.reveal(self._replaced | self.aprons)

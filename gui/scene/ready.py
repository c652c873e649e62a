"""What a worker makes of a city before the GUI thread shows it: its shadows, and the actors of its layers.

Nothing here is in a renderer yet, so no other thread knows of it; the scene takes the actors over and only uploads them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.scene import actor_for, brought_up, veil_of
from gui.scene.sheets import SheetActor
from gui.scene.tiles import TilesActor
from layers.drawing import Drawing
from layers.framing import content_of
from layers.ground import Ground
from layers.layer import Layer
from layers.light import Light, Shadows, cast_shadows
from twin.city.city import City


@dataclass
class Ready:
    """layers: all of them, hidden ones too; actors: by layer id and key of the drawing."""

    city: City
    layers: list[Layer]
    light: Light = field(default_factory=Light)
    shadows: Shadows | None = None
    veil: SheetActor | None = None
    content: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 3)))
    """What a picture of the city has to show (layers.framing)."""
    actors: dict[tuple[str, str], Any] = field(default_factory=dict)


def _drawn(layer: Layer, check: Callable[[], None]) -> list[Drawing]:
    check()
    return layer.draw()


def made_ready(city: City, layers: list[Layer], check: Callable[[], None] = lambda: None) -> Ready:
    """Draw the visible layers in the usual light. check: raises to stop the work."""
    ground = Ground.of(city)
    ready = Ready(city, layers, content=content_of(city, ground))
    with ThreadPoolExecutor(2, "layers") as pool:  # most of it is GEOS and numpy, which let others work
        casting = pool.submit(cast_shadows, city, ground, ready.light)
        drawing = {pool.submit(_drawn, layer, check): layer for layer in layers if layer.visible}
        for work in as_completed(drawing):
            for d in work.result():
                check()
                actor = ready.actors[drawing[work].id, d.key] = actor_for(d)
                brought_up(actor, d, np.empty(0, np.int32), dark=False, scale=1.0)
                if isinstance(actor, TilesActor):
                    actor.first()
        ready.shadows = casting.result()
    if ready.shadows is not None:
        ready.veil = veil_of(ready.shadows, ground)
    return ready

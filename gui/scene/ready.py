"""What a worker makes of a city before the GUI thread shows it: its shadows, and the actors of its layers.

Nothing here is in a renderer yet, so no other thread knows of it; the scene takes the actors over and only uploads them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gui.scene.actors import DrapeActor
from gui.scene.lighting import Lighting
from gui.scene.scene import actor_for, brought_up, veil_of
from gui.scene.tiles import TilesActor
from layers.drawing import Drawing
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
    veil: DrapeActor | None = None
    actors: dict[tuple[str, str], Any] = field(default_factory=dict)


def _drawn(layer: Layer, check: Callable[[], None]) -> list[Drawing]:
    check()
    return layer.draw()


def made_ready(city: City, layers: list[Layer], check: Callable[[], None] = lambda: None) -> Ready:
    """Draw the visible layers in the usual light. check: raises to stop the work."""
    ready = Ready(city, layers)
    ground = Ground.of(city)
    with ThreadPoolExecutor(2, "layers") as pool:  # most of it is GEOS and numpy, which let others work
        casting = pool.submit(cast_shadows, city, ground, ready.light)
        drawn = [(layer, pool.submit(_drawn, layer, check)) for layer in layers if layer.visible]
        drawings = [(layer, d) for layer, work in drawn for d in work.result()]
        ready.shadows = casting.result()
    lighting = Lighting()
    lighting.set(ready.light, ready.shadows)
    if ready.shadows is not None:
        ready.veil = veil_of(ready.shadows, ground)
    for layer, d in drawings:
        check()
        actor = ready.actors[layer.id, d.key] = actor_for(d)
        brought_up(actor, d, lighting, np.empty(0, np.int32), dark=False, scale=1.0)
        if isinstance(actor, TilesActor):
            actor.first()
    return ready

"""How the city looks, whatever is shown on it: realistic, a model of clay, or the dark of an operations room.

A look changes no data: it says which light the city stands in, what becomes of its colours, and how plain its walls are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from layers.light import Light

RGB = tuple[float, float, float]
Row = tuple[float, float, float, float]
Grade = tuple[Row, Row, Row]
"""Rows of a colour matrix over (red, green, blue, 1)."""
SAME: Grade = ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0))
LUMINANCE = np.array([0.30, 0.59, 0.11])
NEUTRAL = Light()


def faded(keep: float, gain: RGB, lift: RGB = (0.0, 0.0, 0.0)) -> Grade:
    """Colours of which a share is kept and the rest is their brightness, in a tone."""
    rows = keep * np.eye(3) + (1 - keep) * np.array(gain)[:, None] * LUMINANCE
    r, g, b = ((float(a), float(b), float(c), float(up)) for (a, b, c), up in zip(rows, lift, strict=True))
    return r, g, b


@dataclass(frozen=True)
class Look:
    """name: of the file and the command line. grade: of everything but results. panes: how much of windows and storeys is seen.
    eaves: how dark the shade below roofs is, and how much light their edges give. plain: buildings are of one material.
    sky: horizon and zenith where they are the same at any hour."""

    name: str
    title: str
    grade: Grade = SAME
    panes: float = 1.0
    eaves_dark: float = 0.2
    eaves_lit: RGB = (0.0, 0.0, 0.0)
    plain: bool = False
    sky: tuple[RGB, RGB] | None = None
    lamp: tuple[RGB, RGB, RGB] = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    """Sun, light of the sky and from below, where `sky` is given."""
    is_dark: bool = False
    ground: float = 1.0
    """How bright what lies on the ground is, beside what stands on it."""

    def light(self, light: Light) -> Light:
        """The light the city stands in. Over a model the sun gives its direction only; by night it stands in an even light."""
        if self.sky is not None:
            sun, sky, bounce = self.lamp
            if not light.casts:  # an even light by night, that still has a side
                sun = (0.5 * sun[0], 0.5 * sun[1], 0.5 * sun[2])
            return replace(light, sun=sun, sky=sky, bounce=bounce, horizon=self.sky[0], zenith=self.sky[1], glow=(0.0, 0.0, 0.0), lamps=0.0)
        return light


REALISTIC = Look("realistic", "Realistic")
CLAY = Look(
    "clay", "Clay model", grade=faded(0.16, (1.035, 1.03, 1.02), (0.012, 0.012, 0.012)), panes=0.10, eaves_dark=0.12, plain=True,
    sky=((0.925, 0.930, 0.932), (0.800, 0.838, 0.866)),
    lamp=((0.40, 0.385, 0.355), (0.665, 0.67, 0.68), (0.63, 0.615, 0.60)),
)  # fmt: skip
OPERATIONS = Look(
    "operations", "Operations room", grade=faded(0.16, (0.20, 0.275, 0.37), (-0.012, -0.008, 0.006)), panes=0.35, eaves_dark=0.0,
    eaves_lit=(0.09, 0.165, 0.24), plain=True, sky=((0.060, 0.082, 0.112), (0.020, 0.030, 0.046)), is_dark=True, ground=0.66,
    lamp=((0.52, 0.52, 0.52), (0.60, 0.60, 0.60), (0.40, 0.40, 0.40)),
)  # fmt: skip
LOOKS = {x.name: x for x in (CLAY, REALISTIC, OPERATIONS)}


def data_light(light: Light) -> Light:
    """For results: shaped by the sun, but as bright as by day, so that colours can be read off the legend."""
    share = 0.25
    mixed = {
        name: tuple(float(v) for v in share * np.array(getattr(light, name)) + (1 - share) * np.array(getattr(NEUTRAL, name)))
        for name in ("sky", "bounce")
    }
    sun = tuple(float(v) for v in np.maximum(0.4 * np.array(NEUTRAL.sun), np.array(light.sun)))
    return replace(light, sun=sun, **mixed)  # type: ignore[arg-type]

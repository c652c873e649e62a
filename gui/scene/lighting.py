"""Light and air of the scene, shared by all actors."""

from __future__ import annotations

from dataclasses import dataclass

from layers.light import Light, Shadows


@dataclass
class Haze:
    """Air between the eye and things far off. color: what they fade to; sky: what water mirrors."""

    start_m: float = 800.0
    density: float = 1.0 / 9000.0
    most: float = 0.94
    color: tuple[float, float, float] = (0.86, 0.89, 0.91)
    sky: tuple[float, float, float] = (0.72, 0.81, 0.88)
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    data_tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """What colours of the city, and of results, are multiplied with: at night the city is dim and the data shines."""
    wave_s: float = 0.0
    """Seconds that waves and dashes have run."""

    def fit(self, distance_m: float) -> None:
        """Clear up to what is looked at, thick at the horizon."""
        self.start_m = max(500.0, distance_m * 1.1)
        self.density = 1.0 / max(3200.0, distance_m * 1.0)


class Lighting:
    """What surfaces need to be lit: the light, and the shadows once they are known."""

    def __init__(self) -> None:
        self.light = Light()
        self.shadows: Shadows | None = None
        self.version = 0
        """The same for the same light and shadows, whichever Lighting holds them."""

    def set(self, light: Light, shadows: Shadows | None) -> None:
        self.light, self.shadows = light, shadows
        self.version = hash((light, id(shadows)))

    def copy(self) -> Lighting:
        """Light and shadows as they are now, for a worker that must not see them change."""
        other = Lighting()
        other.light, other.shadows, other.version = self.light, self.shadows, self.version
        return other

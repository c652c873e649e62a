"""The door to the demonstration city: from the cache, or built."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from twin.city.city import City
from twin.city.demo.recipe import fingerprint
from twin.errors import InputError

SMALLEST_KM2, LARGEST_KM2 = 0.5, 150.0
FEWEST, MOST = 1_000, 3_000_000
"""Numbers of buildings of a city that is not designed."""


def demo_city(size: float = 25.0, use_cache: bool = True, progress: Callable[[str, float], None] | None = None) -> City:
    """The synthetic river metropolis of seeds/demo-city.toml, the same bits every time.

    size: area of the built square in square kilometres; from FEWEST (1,000) on the number of buildings of a city that is varied
    by rule instead of designed (twin.city.demo.many). use_cache: take it from the cache, or keep it there once built.
    progress: called with a stage and the share done, 0..1. Raises InputError for a size out of range.
    """
    if size >= FEWEST:
        return _many(size, use_cache, progress)
    size_km2 = size
    if not np.isfinite(size_km2) or not SMALLEST_KM2 <= size_km2 <= LARGEST_KM2:
        raise InputError(
            f"A demonstration city of {size_km2:g} km2 cannot be built", do=f"Choose a size from {SMALLEST_KM2:g} to {LARGEST_KM2:g} km2."
        )
    tell = progress or (lambda stage, share: None)

    def made() -> City:
        from twin.city.demo.assemble import assembled  # scipy and rasterio: a second that the cache saves

        return assembled(float(size_km2), tell)

    if not use_cache:
        return made()
    from twin.city.store import cached_city

    city = cached_city(f"demo-{size_km2:g}-{fingerprint()[:24]}", made)
    tell("ready", 1.0)
    return city


def _many(size: float, use_cache: bool, progress: Callable[[str, float], None] | None) -> City:
    count = int(min(size, 10 * MOST))

    def made() -> City:
        from twin.city.demo.many.assemble import large_city

        return large_city(count, progress or (lambda stage, share: None))

    if not use_cache:
        return made()
    from twin.city.store import cached_city

    return cached_city(f"demo-many-{count}-{fingerprint()[:24]}", made)

"""The built-in demonstration city: a river metropolis with an invented name, made by our own code."""

from __future__ import annotations

from twin.city.demo.demo import demo_city

__all__ = ["demo_city"]

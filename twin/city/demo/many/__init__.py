"""A demonstration city of any number of buildings: blocks varied by rule rather than designed."""

from twin.city.demo.many.assemble import large_city

__all__ = ["large_city"]

"""Above what heights are measured."""

from __future__ import annotations

from dataclasses import replace

from pyproj import CRS

from twin.city.readers.parts import CloudPart, Parts, Raster
from twin.errors import InputError, Problem
from twin.frame import LocalFrame, crs_name, parse_crs, split_compound


def with_vertical(frame: LocalFrame, parts: Parts, problems: list[Problem]) -> LocalFrame:
    """The frame with the vertical datum of the ground where the buildings say none; a source above another datum is told.

    Heights are not converted: most datums of one country differ by a decimetre or less, and the grids between them are not at hand.
    """
    told: list[tuple[Raster | CloudPart, CRS]] = []
    items: list[Raster | CloudPart] = [*parts.rasters, *parts.clouds]
    for item in items:
        vertical = split_compound(item.crs)[1] if item.crs is not None else None
        if vertical is not None:
            told.append((item, vertical))
    if frame.vertical is None and told:
        frame = replace(frame, vertical=crs_name(told[0][1]))
    if frame.vertical is None:
        return frame
    ours = _datum(frame.vertical)
    for source in dict.fromkeys(item.source for item, vertical in told if _datum_of(vertical) != ours):
        theirs = next(_datum_of(v) for item, v in told if item.source == source)
        what = f"The heights of {source} are above {theirs}, those of the city above {ours}; they were taken as they are"
        problems.append(Problem("vertical_differs", "warning", 1, what, source))
    return frame


def _datum(name: str) -> str:
    try:
        crs = parse_crs(name)
    except InputError:
        return name
    return _datum_of(split_compound(crs)[1] or crs)


def _datum_of(vertical: CRS) -> str:
    return vertical.datum.name if vertical.datum is not None else vertical.name

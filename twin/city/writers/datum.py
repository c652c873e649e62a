"""Above what the heights that are written are measured, as formats can say it."""

from __future__ import annotations

from pyproj import CRS
from pyproj.crs import CompoundCRS
from pyproj.exceptions import CRSError

from twin.errors import InputError, Problem
from twin.frame import LocalFrame, parse_crs, split_compound


def vertical_of(frame: LocalFrame) -> CRS | None:
    """CRS of the city's heights; None where they have none, or one that does not count in metres as the heights written do."""
    if not frame.vertical:
        return None
    try:
        stated = parse_crs(frame.vertical)
    except InputError:
        return None
    vertical = split_compound(stated)[1] or stated
    return vertical if vertical.is_vertical and len(vertical.axis_info) == 1 and vertical.axis_info[0].unit_conversion_factor == 1 else None


def with_heights(frame: LocalFrame) -> CRS | None:
    """The frame's CRS together with that of its heights, with its number where both together have one; None for a city without a map."""
    if frame.crs is None:
        return None
    flat, vertical = parse_crs(frame.crs), vertical_of(frame)
    if vertical is None:
        return flat
    numbers = flat.to_authority(), vertical.to_authority()
    try:
        if numbers[0] is not None and numbers[1] is not None and numbers[0][0] == numbers[1][0]:
            both = CRS.from_user_input(f"{':'.join(numbers[0])}+{numbers[1][1]}")
            number = both.to_authority()
            return CRS.from_authority(*number) if number is not None else both
        return CompoundCRS(f"{flat.name} + {vertical.name}", [flat, vertical])
    except CRSError:
        return flat


def address_of(crs: CRS | None) -> str:
    """OGC address of a CRS; '' where it has no number."""
    number = crs.to_authority() if crs is not None else None
    return f"https://www.opengis.net/def/crs/{number[0]}/0/{number[1]}" if number else ""


def datum_lost(frame: LocalFrame, title: str) -> list[Problem]:
    """What to tell where a format cannot say above what the heights are."""
    told = f"{title} does not say above what its heights are measured: {frame.vertical}"
    return [Problem("vertical_not_written", "warning", 1, told)]

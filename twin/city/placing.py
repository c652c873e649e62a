"""Where things are: which coordinate system a city gets, what can be placed in it, and what lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from twin.city.place import Place, place_of
from twin.city.placed import placed_points
from twin.city.readers.parts import CloudPart, ImagePart, NetworkPart, Parts, Raster, Solids, VectorLayer
from twin.errors import InputError, Problem
from twin.frame import ELLIPSOID, LocalFrame, crs_name, parse_crs, reproject, split_compound, utm_of

Item = VectorLayer | Solids | Raster | NetworkPart | CloudPart | ImagePart
WIDE_KM = 3000.0
"""What reaches farther is a continent, or its coordinates are no longitudes and latitudes."""
FAR_M = 200_000.0
"""What lies farther than this from the middle of the city is another city's."""


@dataclass(frozen=True)
class Wishes:
    """What the recipe states about the whole city; empty: found by looking. engineering: a grid with no place on the map."""

    name: str = ""
    crs: CRS | None = None
    engineering: bool = False
    vertical: str = ""
    timezone: str = ""
    region: str = ""
    currency: str = ""


def placeable(parts: Parts, wishes: Wishes, problems: list[Problem]) -> Parts:
    """Only what can be placed: a source without CRS is an error, unless recipe or engineering grid say otherwise."""
    out = Parts(sources=parts.sources, tables=parts.tables)
    without: set[str] = set()
    items: list[Item] = [*parts.layers, *parts.solids, *parts.rasters, *parts.networks, *parts.clouds, *parts.images]
    alone = all(_is_loose(item) for item in items) and len({item.source for item in items}) == 1
    if alone and not wishes.engineering:
        problems.append(
            Problem(
                "engineering",
                "info",
                1,
                f"{items[0].source} does not say where it stands; it is shown on a grid with no map",
                items[0].source,
            )
        )

    def usable(item: Item) -> bool:
        if isinstance(item, Solids) and item.place is not None:
            return True
        if _is_loose(item) and not wishes.engineering:
            if not alone:
                problems.append(
                    Problem(
                        "no_place",
                        "error",
                        1,
                        f"{_name(item)} does not say where it stands; it was left out. State `place` or `crs` of it in a recipe",
                        item.source,
                    )
                )
            return alone
        if wishes.engineering or item.engineering:
            if item.crs is None or not wishes.engineering:
                return True
            problems.append(
                Problem(
                    "crs_in_engineering_grid",
                    "error",
                    1,
                    f"{_name(item)} lies on the map, but the city has an engineering grid; it was left out",
                    item.source,
                )
            )
            return False
        if item.crs is None:
            if item.source not in without:  # a point cloud with its terrain and its surface is one source
                without.add(item.source)
                message = f"{_name(item)} does not say its coordinate system; it was left out"
                problems.append(Problem("no_crs", "error", 1, message, item.source))
            return False
        if item.crs.is_geocentric:
            problems.append(Problem("geocentric", "error", 1, f"{_name(item)} has geocentric coordinates; it was left out", item.source))
            return False
        return True

    out.layers = [x for x in parts.layers if usable(x)]
    out.solids = [x for x in parts.solids if usable(x)]
    out.rasters = [x for x in parts.rasters if usable(x)]
    out.networks = [x for x in parts.networks if usable(x)]
    out.clouds = [x for x in parts.clouds if usable(x)]
    out.images = [x for x in parts.images if usable(x)]
    return out


def _is_loose(item: Item) -> bool:
    """Whether it says no place, and may stand by itself on a grid."""
    return isinstance(item, (Solids, CloudPart)) and item.loose and item.crs is None and not item.engineering


def _name(item: Item) -> str:
    return f"The {item.kind} network of {item.source}" if isinstance(item, NetworkPart) else item.name


def _plan(item: VectorLayer | Solids | NetworkPart | CloudPart) -> NDArray[np.float64]:
    """Coordinates of an item, (N, 2)."""
    if isinstance(item, VectorLayer):
        return np.asarray(shapely.get_coordinates(item.geometry))
    if isinstance(item, NetworkPart):
        return item.nodes[["x", "y"]].to_numpy(float)
    if isinstance(item, CloudPart):
        return item.points[:, :2]
    return item.mesh.points[:, :2] if len(item.mesh.points) else item.points[:, :2]


def _is_wide(item: Item) -> bool:
    """Whether it claims degrees and reaches over so many that it says nothing of where the city is."""
    if item.crs is None or not item.crs.is_geographic or isinstance(item, ImagePart):
        return False
    if isinstance(item, Raster):
        rows, columns = item.elevation.shape
        return max(abs(item.transform[0]) * columns, abs(item.transform[4]) * rows) > WIDE_KM / 111
    if isinstance(item, Solids) and item.place is not None:
        return False
    if isinstance(item, VectorLayer):  # a few thousand of its features tell as much
        xy = np.asarray(shapely.get_coordinates(item.geometry[:: max(1, len(item.geometry) // 2_000)]))
    else:
        xy = _plan(item)
    xy = xy[np.isfinite(xy).all(1)][:: max(1, len(xy) // 50_000)]
    if not len(xy):
        return False
    low, high = np.quantile(xy, [0.1, 0.9], axis=0)
    return bool((high - low).max() > WIDE_KM / 111)


def _middle(item: Item) -> tuple[float, float] | None:
    """Median place of an item in its own CRS; one wild coordinate does not move it."""
    if isinstance(item, Raster):
        rows, columns = item.elevation.shape
        a, b, c, d, e, f = item.transform
        return a * columns / 2 + b * rows / 2 + c, d * columns / 2 + e * rows / 2 + f
    if isinstance(item, ImagePart):
        return (item.bounds[0] + item.bounds[2]) / 2, (item.bounds[1] + item.bounds[3]) / 2
    if isinstance(item, Solids) and item.place is not None:
        return item.place.x, item.place.y
    xy = _plan(item)
    xy = xy[np.isfinite(xy).all(1)]
    if item.crs is not None and item.crs.is_geographic:
        xy = xy[(np.abs(xy[:, 0]) <= 360) & (np.abs(xy[:, 1]) <= 90)]
    if not len(xy):
        return None
    x, y = np.median(xy, axis=0)
    return float(x), float(y)


def frame_of(parts: Parts, wishes: Wishes) -> tuple[LocalFrame, Place]:
    placed = [s for s in parts.solids if s.place is None]
    chief: list[Item] = [
        *placed, *_chief_layers(parts), *parts.layers, *parts.networks, *parts.clouds, *parts.rasters, *parts.images,
    ]  # fmt: skip
    chief.sort(key=_is_wide)
    for item in [*chief, *(s for s in parts.solids if s.place is not None)]:
        middle = _middle(item)
        if middle is None:
            continue
        if wishes.engineering or item.crs is None and not (isinstance(item, Solids) and item.place is not None):
            x, y = middle
            return LocalFrame.around(None, [x, y, x, y], wishes.vertical or None, wishes.timezone or "UTC"), Place()
        crs = parse_crs(item.place.crs) if isinstance(item, Solids) and item.place is not None else item.crs
        assert crs is not None
        own, vertical = split_compound(crs)
        try:
            lon, lat = reproject(*middle, own, CRS.from_epsg(4326))
        except ProjError:
            continue
        if not (np.isfinite(lon) and np.isfinite(lat)):
            continue
        target = split_compound(wishes.crs)[0] if wishes.crs is not None else (utm_of(float(lon), float(lat)) if own.is_geographic else own)
        if wishes.crs is not None and wishes.crs.is_compound:
            vertical = split_compound(wishes.crs)[1]
        e, n = reproject(*middle, own, target)
        if not (np.isfinite(e) and np.isfinite(n)):
            raise InputError(f"The city lies outside {crs_name(target)}", do="Choose another coordinate system in the recipe.")
        place = place_of(float(lon), float(lat))
        heights = crs_name(vertical) or (ELLIPSOID if crs.is_geographic and len(crs.axis_info) == 3 else None)
        return LocalFrame.around(target, [e, n, e, n], wishes.vertical or heights, wishes.timezone or place.timezone), place
    if not any(_has_places(item) for item in chief):
        raise InputError("No feature here has a geometry")
    from twin.city.doctor.sources import advice, choices

    usual = "Are longitude and latitude within 180 and 90 degrees, longitude first?"
    raise InputError(_beyond_the_globe(chief) or "No source has usable coordinates", do=advice(parts) or usual, choices=choices(parts))


def _beyond_the_globe(items: list[Item]) -> str:
    """What to say of the first source that calls its coordinates degrees although they cannot be."""
    for item in items:
        if item.crs is None or not item.crs.is_geographic or isinstance(item, (Raster, ImagePart)):
            continue
        xy = _plan(item)
        xy = xy[np.isfinite(xy).all(1)]
        if len(xy):
            said = f"{_name(item)} says that its coordinates are longitude and latitude ({crs_name(item.crs)})"
            return f"{said}, but they reach {np.abs(xy).max():,.0f}"
    return ""


def _has_places(item: Item) -> bool:
    return not isinstance(item, VectorLayer) or len(shapely.get_coordinates(item.geometry)) > 0


def _chief_layers(parts: Parts) -> list[VectorLayer]:
    return [x for x in parts.layers if x.role == "buildings"]


def local_points(parts: Parts, frame: LocalFrame) -> tuple[LocalFrame, list[NDArray[np.float64]]]:
    """Local points of all solids; heights in feet become metres."""
    out = []
    for solids in parts.solids:
        if solids.place is not None:
            out.append(placed_points(solids.mesh.points, solids.place, frame))
            continue
        own, vertical = split_compound(solids.crs) if solids.crs is not None else (None, None)
        xyz = solids.mesh.points
        x, y = frame.to_local(xyz[:, 0], xyz[:, 1], own)
        factor = vertical.axis_info[0].unit_conversion_factor if vertical is not None else 1.0
        out.append(np.column_stack([x, y, xyz[:, 2] * factor]))
        if frame.vertical is None and vertical is not None:
            frame = replace(frame, vertical=crs_name(vertical))
    return frame, out


def with_local_places(parts: Parts, frame: LocalFrame) -> Parts:
    """City objects that are only a place get it in local metres, as local_points gives those of their surfaces."""

    def local(solids: Solids) -> Solids:
        own, vertical = split_compound(solids.crs) if solids.crs is not None else (None, None)
        x, y = frame.to_local(solids.points[:, 0], solids.points[:, 1], own)
        factor = vertical.axis_info[0].unit_conversion_factor if vertical is not None else 1.0
        return replace(solids, points=np.column_stack([x, y, solids.points[:, 2] * factor]))

    return replace(parts, solids=[local(s) if s.place is None and np.isfinite(s.points).any() else s for s in parts.solids])


def extent_of(parts: Parts, frame: LocalFrame, points: list[NDArray[np.float64]]) -> tuple[float, float, float, float] | None:
    """Local bounds of the buildings, of all vectors where there are none; what is far away will not be in the city."""
    boxes = []
    for xyz in points:
        good = xyz[np.isfinite(xyz).all(1)]
        if len(good):
            boxes.append(np.r_[good[:, :2].min(0), good[:, :2].max(0)])
    chosen: list[VectorLayer | NetworkPart | CloudPart] = [*_chief_layers(parts)]
    if not chosen and not boxes:
        chosen = [*parts.layers] or [*parts.networks] or [*parts.clouds]
    for vector in [v for v in chosen if not _is_wide(v)]:
        xy = _plan(vector)
        xy = xy[np.isfinite(xy).all(1)]
        if not len(xy):
            continue
        x, y = np.median(xy, axis=0)
        if not _is_far(np.array(frame.to_local(x, y, flat(vector.crs)))):
            low, high = np.quantile(xy, [0.001, 0.999], axis=0)
            x, y = frame.to_local([low[0], high[0], low[0], high[0]], [low[1], high[1], high[1], low[1]], flat(vector.crs))
            if np.isfinite([x, y]).all():
                boxes.append(np.array([x.min(), y.min(), x.max(), y.max()]))
    if not boxes:
        return None
    stacked = np.array(boxes)
    low, high = stacked[:, :2].min(0), stacked[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def flat(crs: CRS | None) -> CRS | None:
    return None if crs is None else split_compound(crs)[0]


def overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def elsewhere(raster: Raster, frame: LocalFrame, near: tuple[float, float, float, float] | None) -> Problem:
    middle = _middle(raster)
    far = ""
    if middle is not None and near is not None:
        x, y = frame.to_local(*middle, flat(raster.crs))
        km = float(np.hypot(x - (near[0] + near[2]) / 2, y - (near[1] + near[3]) / 2)) / 1000
        far = f" ({km:,.0f} km away)" if km * 1000 <= FAR_M else f" (more than {FAR_M / 1000:.0f} km away)"
    return Problem(
        "raster_elsewhere", "error", 1, f"The terrain {raster.source} does not cover the city{far}; it was left out", raster.source
    )


def _is_far(middle: NDArray[np.float64]) -> bool:
    return not np.hypot(*middle) <= FAR_M


def far_away(xy: NDArray[np.float64], name: str, source: str) -> Problem | None:
    """What to tell of local coordinates most of which lie far from the city, None where they do not."""
    good = xy[np.isfinite(xy).all(1)]
    if not len(good):
        return None
    if not _is_far(np.median(good, axis=0)):
        return None
    low, high = np.quantile(good[:: max(1, len(good) // 50_000)], [0.1, 0.9], axis=0)
    if (km := float(np.hypot(*(high - low))) / 1000) > WIDE_KM:
        from twin.city.doctor import words

        return Problem("far_away", "error", 1, words.says("far_away", "wide", name=name, km=f"{km:,.0f}"), source)
    what = f"{name} lies more than {FAR_M / 1000:.0f} km from the city and was left out; open it by itself"
    return Problem("far_away", "error", 1, what, source)

"""Point clouds in LAS, LAZ and COPC: a sample to look at, the ground, and the roofs for heights of buildings."""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.readers.cloud_grids import Bounds, CloudGrids, Thinning, cell_for
from twin.city.readers.copc import copc_nodes, is_copc
from twin.city.readers.parts import CloudPart, Hints, Parts, Raster, source_of
from twin.errors import InputError, Problem
from twin.frame import crs_name, split_compound

MOST_SHOWN = 2_000_000
CHUNK_BYTES = 48 << 20
MOST_READ, LAZ_CHUNK = 150_000_000, 50_000
"""Of more points only every n-th chunk is read: they are of some metres, and gaps in the ground are filled in."""
MOST_GATHERED = 60_000_000
"""Of more points than these only every n-th goes into the grids; all are still decompressed."""
MOST_OF_COPC = 20_000_000
"""Points of a COPC that are read: its coarser levels."""
MOST_EXTENT_M = 200_000.0
MOST_IN_CHUNK = 50_000_000
FARTHEST = 1e8
"""Coordinates beyond this are of no CRS; of heights beyond it float32 knows nothing."""

Chunk = tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_], NDArray[np.uint16]]
"""x, y, z; ASPRS class; whether first echo; colour (N, 3), or intensity (N, 1)."""


def read_pointcloud(path: Path, hints: Hints) -> Parts:
    """A point cloud as a CloudPart of at most MOST_SHOWN points (one of each cube of space), and two rasters of it: `terrain` from its
    ground points (class 2; a morphological filter where it is not classified), `surface` from its building points or first echoes.

    Colour of the sample: that of the points, else their intensity in grey. Noise and withheld points are left out. Heights are
    metres by the recipe, the vertical CRS, or, of a CRS in feet without one, feet as its x and y. Raises InputError.
    """
    label, problems = hints.name or path.name, list[Problem]()
    with _header(path) as reader:
        header = reader.header
        total = int(header.point_count)
        crs = None if hints.engineering else hints.crs or _crs(header)
        low, high = np.asarray(header.mins, float), np.asarray(header.maxs, float)
    if not total:
        raise InputError("This point cloud has no points", where=str(path))
    unit_m, z_m = _units(crs, hints, label, problems)
    bounds = _bounds(path, low, high, total)
    if max(bounds[2] - bounds[0], bounds[3] - bounds[1]) * unit_m > MOST_EXTENT_M and unit_m < 1000:
        raise InputError("This point cloud is larger than 200 km", where=str(path), do="Is its scale right?")
    expected = min(total, MOST_OF_COPC) if is_copc(path) else total // _skipped(total)
    grids = CloudGrids(bounds, cell_for(bounds, expected, unit_m))
    side = float(np.sqrt((bounds[2] - bounds[0]) * (bounds[3] - bounds[1]) / MOST_SHOWN))
    thinning = Thinning(MOST_SHOWN, max(side, 1e-9))
    every = max(1, round(expected / MOST_GATHERED))
    sample = max(1, expected // (2 * MOST_SHOWN))
    read = 0
    for xyz, kind, first, color in _chunks(path):
        read += len(xyz)
        grids.add(xyz[::every], kind[::every], first[::every])
        thinning.add(xyz[::sample], kind[::sample], color[::sample])
    if not read or not grids.points:
        raise InputError("This point cloud has no usable points", where=str(path))
    if read < total and (_skipped(total) > 1 or (total > MOST_OF_COPC and is_copc(path))):
        what = f"The point cloud is large; {read:,} of its {total:,} points were read"
        problems.append(Problem("coarser", "info", 1, what, label))
    elif read < total:
        problems.append(
            Problem("truncated", "warning", total - read, f"{total - read:,} of {total:,} points are missing in the file", label)
        )
    if grids.outside:
        what = f"{grids.outside:,} points lie outside the extent the file states and count for nothing"
        problems.append(Problem("outside_extent", "warning", grids.outside, what, label))
    parts = Parts(problems=problems)
    xyz, kind, color = thinning.taken()
    xyz[:, 2] *= z_m
    parts.clouds.append(CloudPart(path.stem, xyz, kind, _eight_bits(color), total, crs, label, hints.engineering))
    for role, z in (("terrain", grids.terrain(unit_m)), ("surface", grids.surface())):
        if np.isfinite(z).any():
            parts.rasters.append(Raster(f"{path.stem} {role}", z * np.float32(z_m), grids.transform, crs, label, hints.engineering, role))
    if not grids.is_classified:
        what = "The point cloud is not classified; its ground was found by a morphological filter (Zhang et al. 2003)"
        problems.append(Problem("ground_filtered", "info", grids.points, what, label))
    parts.sources.append(source_of(path, hints, crs_name(crs)))
    return parts


@contextmanager
def _header(path: Path) -> Iterator[Any]:
    """A reader of laspy. Raises InputError for whatever goes wrong inside, too: of a broken file laspy raises anything."""
    import laspy

    logging.getLogger("laspy").addHandler(logging.NullHandler())
    try:
        _look(path)
        s = laspy.DecompressionSelection
        wanted = s.XY_RETURNS_CHANNEL | s.Z | s.CLASSIFICATION | s.FLAGS | s.INTENSITY | s.RGB
        parallel = laspy.LazBackend.LazrsParallel
        with laspy.open(path, laz_backend=parallel, read_evlrs=False, decompression_selection=wanted) as reader:
            header = reader.header
            if header.point_format.size > 4096 or not np.isfinite([header.scales, header.offsets]).all():
                raise InputError("This point cloud has points of an impossible size or scale", where=str(path))
            if header.are_points_compressed:
                _look_at_chunks(path, header)
            yield reader
    except InputError:
        raise
    except BaseException as error:
        # A panic in the Rust of lazrs is no Exception.
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        text = " ".join(str(error).split())[:200].rstrip(". ").replace(str(path), path.name)
        raise InputError(
            f"This point cloud cannot be read: {text or type(error).__name__}", where=str(path), do="Is it complete?"
        ) from None


def _look(path: Path) -> None:
    """What a header must satisfy before a library believes it."""
    size = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(375)
        if len(head) < 227 or head[:4] != b"LASF":
            raise InputError("This file ends in its header", where=str(path))
        header_size, start, vlrs = struct.unpack_from("<HII", head, 94)
        if start > size or header_size > start or vlrs * 54 > max(0, start - header_size):
            raise InputError("The header of this point cloud points behind its end", where=str(path))
        if not head[104] & 0xC0:
            return
        file.seek(start)
        raw = file.read(8)
        if len(raw) < 8:
            raise InputError("This point cloud ends before its first point", where=str(path))
        table = struct.unpack("<q", raw)[0]
        if table == -1 and size >= 8:
            file.seek(size - 8)
            table = struct.unpack("<q", file.read(8))[0]
        if not start <= table <= size - 8:
            raise InputError("The table of chunks of this point cloud is missing", where=str(path), do="It was not written to its end.")
        file.seek(table)
        _, chunks = struct.unpack("<II", file.read(8))
        if chunks > (size - start) // 4 + 1:
            raise InputError("The table of chunks of this point cloud is broken", where=str(path))


def _look_at_chunks(path: Path, header: Any) -> None:
    """What the decompressor divides by and allocates: it ends the whole process where it gets no memory."""
    import lazrs  # type: ignore[import-untyped]

    broken = InputError("The compressed points of this point cloud are broken", where=str(path), do="Copy or download it again.")
    record = bytes(header.vlrs.get("LasZipVlr")[0].record_data)
    chunk, count = struct.unpack_from("<I", record, 12)[0], struct.unpack_from("<H", record, 32)[0]
    if chunk == 0 or not count or len(record) < 34 + 6 * count:
        raise broken
    items = [struct.unpack_from("<HH", record, 34 + 6 * i) for i in range(count)]
    size = sum(s for _, s in items)
    if size != header.point_format.size:
        raise broken
    layers = sum({10: 9, 11: 1, 12: 2, 13: 1, 14: s}.get(t, 0) for t, s in items)
    end = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(header.offset_to_point_data)
        table = lazrs.read_chunk_table(file, lazrs.LazVlr(record))
        if sum(b for _, b in table) > end or any(p > MOST_IN_CHUNK for p, _ in table):
            raise broken
        if not layers:
            return
        at = header.offset_to_point_data + 8
        for points, held in table:
            if not points or not held:
                continue
            file.seek(at + size)
            head = file.read(4 + 4 * layers)
            if len(head) < 4 + 4 * layers or sum(struct.unpack(f"<{layers}I", head[4:])) > held:
                raise broken
            at += held


def _chunks(path: Path) -> Iterator[Chunk]:
    """All points, chunk by chunk; of a large COPC the coarser levels of its octree, which are an even sample."""
    with _header(path) as reader:
        header = reader.header
        names = set(header.point_format.dimension_names)
        if header.point_count > MOST_OF_COPC and is_copc(path):
            for points in copc_points(path, header, MOST_OF_COPC):
                yield _chunk(points, names)
            return
        step = _skipped(header.point_count)
        size = LAZ_CHUNK if step > 1 else max(1000, CHUNK_BYTES // (max(1, header.point_format.size) + 64))
        for start in range(0, header.point_count, size * step):
            if step > 1:
                reader.seek(start)
            points = reader.read_points(size)
            if not len(points):
                return
            yield _chunk(points, names)


def _skipped(points: int) -> int:
    """Of how many chunks one is read."""
    return max(1, -(-points // MOST_READ))


def copc_points(path: Path, header: Any, most_points: int) -> Iterator[Any]:
    """Point records of laspy of the nodes of a COPC, of at most most_points. Raises InputError."""
    import lazrs
    from laspy.point.record import PackedPointRecord, ScaleAwarePointRecord

    record = bytes(header.vlrs.get("LasZipVlr")[0].record_data)
    nodes = copc_nodes(path, most_points)
    with open(path, "rb") as file:
        for node in nodes:
            count, held = int(node["points"]), int(node["bytes"])
            if count > MOST_IN_CHUNK:
                raise InputError("The octree of this point cloud is broken", where=str(path))
            file.seek(int(node["offset"]))
            out = np.zeros(count * header.point_format.size, np.uint8)
            lazrs.decompress_points_with_chunk_table(file.read(held), record, out, [(count, held)])
            packed = PackedPointRecord.from_buffer(out.tobytes(), header.point_format)
            yield ScaleAwarePointRecord(packed.array, header.point_format, header.scales, header.offsets)


def _chunk(points: Any, names: set[str]) -> Chunk:
    xyz = np.column_stack([np.asarray(points.x), np.asarray(points.y), np.asarray(points.z)]).astype(np.float64)
    kind = np.asarray(points.classification).astype(np.uint8)
    first = np.asarray(points.return_number) <= 1
    if {"red", "green", "blue"} <= names:
        color = np.column_stack([np.asarray(points[n]) for n in ("red", "green", "blue")]).astype(np.uint16)
    else:
        color = np.asarray(points.intensity).astype(np.uint16)[:, None]
    good = (np.abs(xyz) < FARTHEST).all(1)  # NaN is not
    if "withheld" in names:
        good &= ~np.asarray(points.withheld).astype(bool)
    return (xyz, kind, first, color) if good.all() else (xyz[good], kind[good], first[good], color[good])


def _bounds(path: Path, low: NDArray[np.float64], high: NDArray[np.float64], total: int) -> Bounds:
    """What the header states where its first points lie in it, else that of all points."""
    first = next(_chunks(path), None)
    if first is None or not len(first[0]):
        raise InputError("This point cloud has no points", where=str(path))
    xy = first[0][:, :2]
    with np.errstate(all="ignore"):
        slack = 1e-3 * np.maximum(1.0, np.abs(high[:2] - low[:2]))
    if (
        (np.abs([low[:2], high[:2]]) < FARTHEST).all()
        and (high[:2] >= low[:2]).all()
        and ((xy >= low[:2] - slack) & (xy <= high[:2] + slack)).all()
    ):
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for xyz, _, _, _ in _chunks(path):
        if len(xyz):
            x0, y0 = min(x0, float(xyz[:, 0].min())), min(y0, float(xyz[:, 1].min()))
            x1, y1 = max(x1, float(xyz[:, 0].max())), max(y1, float(xyz[:, 1].max()))
    return x0, y0, x1, y1


def _crs(header: Any) -> CRS | None:
    try:
        crs = header.parse_crs()
    except (CRSError, ValueError, KeyError, IndexError, AttributeError, UnicodeDecodeError):
        return None
    if crs is None:
        return None
    authority = crs.to_authority(min_confidence=70)
    return CRS.from_authority(*authority) if authority else crs


def _units(crs: CRS | None, hints: Hints, label: str, problems: list[Problem]) -> tuple[float, float]:
    """Metres of a unit of x and y, and of z."""
    if crs is None:
        return hints.unit_m, hints.unit_m
    flat, vertical = split_compound(crs)
    unit_m = 111_320.0 if flat.is_geographic else float(flat.axis_info[0].unit_conversion_factor)
    if hints.unit_m != 1.0:
        return unit_m, hints.unit_m
    if vertical is not None and vertical.axis_info:
        return unit_m, float(vertical.axis_info[0].unit_conversion_factor)
    if 0.3 < unit_m < 0.31:
        what = "The heights of the point cloud were taken as feet, as its coordinates are; nothing says their unit"
        problems.append(Problem("height_unit_assumed", "info", 1, what, label))
        return unit_m, unit_m
    return unit_m, 1.0


def _eight_bits(color: NDArray[np.uint16]) -> NDArray[np.uint8] | None:
    """RGB; of intensities a grey between their percentiles 2 and 98. None where there is none."""
    if not len(color) or not color.any():
        return None
    if color.shape[1] == 3:
        return (color if color.max() <= 255 else color >> 8).astype(np.uint8)
    low, high = (float(v) for v in np.percentile(color, [2, 98]))
    grey = np.clip((color.astype(np.float32) - low) * (225 / max(high - low, 1.0)) + 25, 0, 255).astype(np.uint8)
    return np.repeat(grey, 3, axis=1)

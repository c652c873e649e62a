"""The process in which ifcopenshell reads: `python -m twin.city.readers.ifc_products FILE FOLDER` writes mesh.npz and told.json.

Not imported by ours. Ends 1 with a sentence on stderr where the file cannot be used.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.geom
import ifcopenshell.util.element as element_of
import ifcopenshell.util.geolocation as geolocation
import ifcopenshell.util.placement as placement_of
import ifcopenshell.util.unit as unit_of
import numpy as np

from twin.city.mesh import SurfaceClass

MAX_TRIANGLES = 12_000_000
MAX_PROPERTIES = 200
MAX_MEMORY = 4 << 30
NOT_DRAWN = ["IfcSpace", "IfcOpeningElement", "IfcAnnotation", "IfcGrid", "IfcVirtualElement", "IfcSpatialZone"]
SURFACES = {
    "IfcWall": SurfaceClass.WALL, "IfcWallStandardCase": SurfaceClass.WALL, "IfcCurtainWall": SurfaceClass.WALL,
    "IfcWindow": SurfaceClass.WALL, "IfcDoor": SurfaceClass.WALL, "IfcPlate": SurfaceClass.WALL, "IfcMember": SurfaceClass.WALL,
    "IfcRailing": SurfaceClass.WALL, "IfcColumn": SurfaceClass.WALL, "IfcRoof": SurfaceClass.ROOF,
}  # fmt: skip
OUTSIDE = {
    "IfcGeographicElement": "SolitaryVegetationObject", "IfcRoad": "Road", "IfcRailway": "Railway", "IfcBridge": "Bridge",
    "IfcFurnishingElement": "CityFurniture", "IfcFurniture": "CityFurniture", "IfcSite": "TINRelief",
}  # fmt: skip


class _Objects:
    """Rows of the city objects: buildings, their storeys, and what stands outside."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.attributes: list[dict[str, Any]] = []
        self._row_of: dict[int, int] = {}

    def row(self, entity: Any, kind: str, parent: int | None, attributes: dict[str, Any]) -> int:
        known = self._row_of.get(entity.id())
        if known is None:
            known = self._row_of[entity.id()] = len(self.rows)
            self.rows.append({"id": str(entity.GlobalId), "type": kind, "parent": known if parent is None else parent})
            self.attributes.append({"name": entity.Name or "", "ifc class": entity.is_a(), **attributes})
        return known

    def of(self, product: Any) -> int:
        """The storey a product is in, else its building, else the product by itself."""
        building = storey = None
        at, steps = product, 0
        while at is not None and steps < 50:
            if at.is_a("IfcBuildingStorey") and storey is None:
                storey = at
            elif at.is_a("IfcBuilding"):
                building = at
                break
            at, steps = element_of.get_container(at, should_get_direct=False) or element_of.get_aggregate(at), steps + 1
        if building is None and storey is None:
            kind = next((t for c, t in OUTSIDE.items() if product.is_a(c)), "GenericCityObject")
            return self.row(product, kind, None, {})
        if building is None:
            return self.row(storey, "Building", None, {"elevation": getattr(storey, "Elevation", None)})
        whole = self.row(building, "Building", None, _properties(building))
        if storey is None:
            return whole
        return self.row(storey, "BuildingPart", whole, {"elevation": getattr(storey, "Elevation", None)})


def _properties(entity: Any) -> dict[str, Any]:
    """Plain values of the property sets, and how many storeys it has."""
    out: dict[str, Any] = {}
    for values in element_of.get_psets(entity, should_inherit=False).values():
        for name, value in values.items():
            if name != "id" and isinstance(value, (str, int, float, bool)) and len(out) < MAX_PROPERTIES:
                out.setdefault(str(name), value[:1000] if isinstance(value, str) else value)
    for name in ("LongName", "Description", "ObjectType"):
        value = getattr(entity, name, None)
        if value:
            out[name] = str(value)[:1000]
    storeys = [s for r in entity.IsDecomposedBy or () for s in r.RelatedObjects if s.is_a("IfcBuildingStorey")]
    out["storeys"] = int(out.pop("NumberOfStoreys", 0) or 0) or len(storeys) or None
    return out


def _surface(product: Any) -> int:
    kind = str(getattr(product, "PredefinedType", "") or "")
    if product.is_a("IfcSlab"):
        return int({"ROOF": SurfaceClass.ROOF, "BASESLAB": SurfaceClass.GROUND}.get(kind, SurfaceClass.OTHER))
    if product.is_a("IfcSite"):
        return int(SurfaceClass.TERRAIN)
    return int(next((s for c, s in SURFACES.items() if product.is_a(c)), SurfaceClass.OTHER))


def _colors(geometry: Any, triangles: int) -> np.ndarray[Any, Any]:
    """RGBA of each triangle, alpha 0 where it has no style."""
    table = []
    for material in geometry.materials:
        try:
            color = material.diffuse
            rgb = (color.r(), color.g(), color.b()) if callable(getattr(color, "r", None)) else tuple(color.components)
            clear = material.transparency if material.has_transparency() else 0.0
            table.append([*rgb, max(0.05, 1.0 - (clear if clear == clear else 0.0))])
        except (AttributeError, TypeError, ValueError):
            table.append([0.0, 0.0, 0.0, 0.0])
    out = np.zeros((triangles, 4), np.uint8)
    index = np.asarray(geometry.material_ids, np.int64)
    if table and len(index) == triangles:
        known = (index >= 0) & (index < len(table))
        out[known] = np.round(255 * np.clip(np.array(table), 0, 1))[index[known]]
    return out


def _place(file: Any) -> dict[str, Any]:
    unit = float(unit_of.calculate_unit_scale(file)) or 1.0
    told: dict[str, Any] = {"crs": None, "conversion": None, "heading": 0.0}
    site: dict[str, Any] = {"latitude": None, "longitude": None, "elevation": None, "origin": [0.0, 0.0, 0.0]}
    crs = geolocation.get_crs(file) or {}
    found = geolocation.get_helmert_transformation_parameters(file)
    if found is not None and crs.get("Name"):
        map_unit = crs.get("MapUnit")
        told["crs"] = str(crs["Name"])
        told["conversion"] = {
            "e": float(found.e), "n": float(found.n), "h": float(found.h), "xaa": float(found.xaa), "xao": float(found.xao),
            "scale": float(found.scale) * float(found.factor_x), "unit_m": unit,
            "map_unit_m": float(unit_of.get_named_unit_scale(map_unit)) if _is_unit(map_unit) else 1.0,
        }  # fmt: skip
    for entity in file.by_type("IfcSite")[:1]:
        site["latitude"], site["longitude"] = _degrees(entity.RefLatitude), _degrees(entity.RefLongitude)
        site["elevation"] = None if entity.RefElevation is None else float(entity.RefElevation) * unit
        if entity.ObjectPlacement is not None:
            site["origin"] = (placement_of.get_local_placement(entity.ObjectPlacement)[:3, 3] * unit).tolist()
    for context in file.by_type("IfcGeometricRepresentationContext", include_subtypes=False):
        if context.TrueNorth is not None:
            x, y = context.TrueNorth.DirectionRatios[:2]
            told["heading"] = float(np.degrees(np.arctan2(y, x)) - 90.0)
            break
    return {**told, "site": site}


def _is_unit(unit: Any) -> bool:
    return unit is not None and hasattr(unit, "is_a") and unit.is_a("IfcNamedUnit")


def _degrees(parts: Any) -> float | None:
    """Degrees, minutes, seconds and millionths of a second."""
    if not parts:
        return None
    return float(sum(v / k for v, k in zip(parts, (1.0, 60.0, 3600.0, 3.6e9), strict=False)))


def _bound_memory() -> None:
    """A broken file may ask for any amount; where the system can, this process gets no more than MAX_MEMORY."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main(path: str, folder: str) -> None:
    """Raises whatever ifcopenshell raises."""
    _bound_memory()
    file = ifcopenshell.open(path)
    objects = _Objects()
    settings = ifcopenshell.geom.settings()
    settings.set("use-world-coords", True)
    points, triangles, rows, surfaces, colors = [], [], [], [], []
    failed: list[str] = []
    wanted = [p for p in file.by_type("IfcProduct") if p.Representation is not None and not any(p.is_a(c) for c in NOT_DRAWN)]
    count = total = 0
    drawn: set[int] = set()
    if wanted:
        iterator = ifcopenshell.geom.iterator(settings, file, 2, include=wanted)
        going = iterator.initialize()
        while going:
            shape = iterator.get()
            product, geometry = file.by_id(shape.id), shape.geometry
            place = np.asarray(geometry.verts, float).reshape(-1, 3)
            corners = np.asarray(geometry.faces, np.int64).reshape(-1, 3)
            drawn.add(product.id())
            if len(corners):
                total += len(corners)
                if total > MAX_TRIANGLES:
                    raise SystemExit(f"it has more than {MAX_TRIANGLES:,} triangles")
                points.append(place)
                triangles.append(corners + count)
                count += len(place)
                rows.append(np.full(len(corners), objects.of(product), np.int32))
                surfaces.append(np.full(len(corners), _surface(product), np.uint8))
                colors.append(_colors(geometry, len(corners)))
            going = iterator.next()
    failed = [str(p.GlobalId) for p in wanted if p.id() not in drawn]
    project = next(iter(file.by_type("IfcProject")), None)
    author = [str(a) for a in (file.header.file_name.organization or ()) if a]
    told = {
        "name": (project.Name if project is not None else "") or "", "author": ", ".join(author)[:200], "objects": objects.rows,
        "attributes": objects.attributes, "failed": failed, **_place(file),
    }  # fmt: skip
    np.savez(
        Path(folder) / "mesh.npz",
        points=np.concatenate(points) if points else np.empty((0, 3)),
        triangles=(np.concatenate(triangles) if triangles else np.empty((0, 3))).astype(np.int32),
        object=np.concatenate(rows) if rows else np.empty(0, np.int32),
        surface=np.concatenate(surfaces) if surfaces else np.empty(0, np.uint8),
        color=np.concatenate(colors) if colors else np.empty((0, 4), np.uint8),
    )
    (Path(folder) / "told.json").write_text(json.dumps(told, ensure_ascii=False, default=str), "utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2])
    except Exception as error:
        print(f"{type(error).__name__}: {error}" if not str(error) else str(error).splitlines()[0], file=sys.stderr)
        sys.exit(1)

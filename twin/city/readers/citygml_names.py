"""Names of CityGML 1.0, 2.0, 3.0 and PLATEAU: which element is an object, a surface, a geometry, an attribute."""

from __future__ import annotations

from typing import Any

from twin.city.mesh import SurfaceClass
from twin.city.readers.citygml_stream import local
from twin.city.readers.cityjson_objects import SURFACES

ROOF_EDGE = 10
"""Level of detail of lod0RoofEdge until it is known whether there is a footprint."""
TYPES = {
    "MassPointRelief": "TINRelief",
    "Square": "TransportSquare", "Track": "Road", "TransportationComplex": "Road", "HollowSpace": "TunnelHollowSpace",
    "GenericOccupiedSpace": "GenericCityObject", "GenericUnoccupiedSpace": "GenericCityObject", "GenericLogicalSpace": "GenericCityObject",
    "GenericThematicSurface": "GenericCityObject", "BuildingConstructiveElement": "BuildingConstructiveElement",
}  # fmt: skip
KINDS = SURFACES | {
    "WindowSurface": SurfaceClass.WALL, "DoorSurface": SurfaceClass.WALL, "Marking": SurfaceClass.ROAD, "Hole": SurfaceClass.ROAD,
    "HoleSurface": SurfaceClass.ROAD, "TrafficSpace": SurfaceClass.ROAD, "AuxiliaryTrafficSpace": SurfaceClass.ROAD,
}  # fmt: skip
_SURFACE_PROPERTIES = frozenset(
    {"boundedBy", "boundary", "opening", "fillingSurface", "trafficArea", "auxiliaryTrafficArea", "trafficSpace", "auxiliaryTrafficSpace",
     "section", "intersection", "marking", "hole"}
)  # fmt: skip
_CHILD_PROPERTIES = frozenset(
    {"consistsOfBuildingPart", "buildingPart", "outerBuildingInstallation", "buildingInstallation", "buildingConstructiveElement",
     "consistsOfBridgePart", "bridgePart", "outerBridgeInstallation", "bridgeInstallation", "outerBridgeConstruction",
     "bridgeConstructiveElement", "consistsOfTunnelPart", "tunnelPart", "outerTunnelInstallation", "tunnelInstallation",
     "tunnelConstructiveElement", "otherConstruction"}
)  # fmt: skip
_INSIDE_PROPERTIES = frozenset(
    {"interiorRoom", "buildingRoom", "interiorBuildingInstallation", "roomInstallation", "interiorFurniture", "buildingFurniture",
     "buildingSubdivision", "interiorBridgeRoom", "bridgeRoom", "interiorBridgeInstallation", "bridgeFurniture", "interiorHollowSpace",
     "hollowSpace", "interiorTunnelInstallation", "tunnelFurniture", "clearanceSpace"}
)  # fmt: skip
SKIPPED = frozenset({"twin-root", "boundedBy", "name", "description", "engineeringCRS", "metaDataProperty", "appearanceMember",
                      "appearance", "featureMetadata", "identifier", "generalizesTo", "relatedTo", "dynamizer"})  # fmt: skip
_NO_ATTRIBUTE = frozenset({"ridgeOrValleyLines", "extent", "grid", "appearance", "relatedTo", "generalizesTo",
                           "occupiedSpace", "location", "metaDataProperty"})  # fmt: skip
NOT_SHOWN = frozenset({"RasterRelief", "BreaklineRelief", "CityObjectGroup", "Version", "VersionTransition", "Dynamizer"})
# What a hazard map of PLATEAU tells is no water that is there.
HAZARDS = {
    "WaterBodyRiverFloodingRiskAttribute": "RiverFloodHazard", "WaterBodyInlandFloodingRiskAttribute": "InlandFloodHazard",
    "WaterBodyTsunamiRiskAttribute": "TsunamiHazard", "WaterBodyHighTideRiskAttribute": "StormSurgeHazard",
    "WaterBodyReservoirFloodingRiskAttribute": "ReservoirFloodHazard", "RiverFloodingRiskAttribute": "RiverFloodHazard",
    "InlandFloodingRiskAttribute": "InlandFloodHazard", "TsunamiRiskAttribute": "TsunamiHazard",
    "HighTideRiskAttribute": "StormSurgeHazard",
    "ReservoirFloodingRiskAttribute": "ReservoirFloodHazard",
}  # fmt: skip

CURVES = frozenset({"LineString", "Curve", "CompositeCurve", "OrientableCurve", "MultiCurve", "curveMember"})
POINTS = frozenset({"Point", "MultiPoint", "MultiGeometry"})
NO_GEOMETRY = frozenset({"appearance", "stopLines", "breakLines", "maxLength"})

WHAT: dict[Any, tuple[str, int]] = {}
"""What what_is has found so far, by the whole tag."""


def what_is(tag: Any) -> tuple[str, int]:
    """What a property of an object is, by its name: attribute, geometry (and of which level of detail), surfaces, parts ..."""
    name = local(tag)
    lod = 0
    if name[:3] == "lod" and name[3:4].isdigit():
        lod = ROOF_EDGE if name == "lod0RoofEdge" else min(int(name[3]), ROOF_EDGE - 1)
        does = "nothing" if "TerrainIntersection" in name else "geometry"
    elif name in _SURFACE_PROPERTIES:
        does = "surfaces"
    elif name in _CHILD_PROPERTIES:
        does = "parts"
    elif name in _INSIDE_PROPERTIES:
        does = "inside"
    elif name == "floodingRiskAttribute":
        does = "hazard"
    else:
        does = "tin" if name in ("tin", "reliefPoints") else "nothing" if not name or name in _NO_ATTRIBUTE else "attribute"
    if len(WHAT) > 50_000:
        WHAT.clear()
    WHAT[tag] = does, lod
    return does, lod

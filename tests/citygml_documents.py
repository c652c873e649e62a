# ruff: noqa: E501, one element of XML a line
"""CityGML documents for tests, made of a few words."""

from __future__ import annotations

from pathlib import Path

from twin.city.readers.citygml import read_citygml
from twin.city.readers.parts import Hints, Parts, Solids

ORIGIN = (458000.0, 5438000.0, 100.0)
UTM = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"
CORNERS = [(0, 0, 0), (10, 0, 0), (10, 10, 0), (0, 10, 0), (0, 0, 6), (10, 0, 6), (10, 10, 6), (0, 10, 6)]
SIDES = {
    "ground": [3, 2, 1, 0],
    "roof": [4, 5, 6, 7],
    "south": [0, 1, 5, 4],
    "east": [1, 2, 6, 5],
    "north": [2, 3, 7, 6],
    "west": [3, 0, 4, 7],
}
_MODULES = {"bldg": "building", "brid": "bridge", "tun": "tunnel", "tran": "transportation", "veg": "vegetation", "wtr": "waterbody",
            "luse": "landuse", "frn": "cityfurniture", "gen": "generics", "dem": "relief", "app": "appearance", "con": "construction",
            "grp": "cityobjectgroup"}  # fmt: skip


def root(version: str = "2.0", without: tuple[str, ...] = (), more: str = "") -> str:
    """Start tag of a CityModel with the namespaces of a version."""
    spaces = {p: f"http://www.opengis.net/citygml/{m}/{version}" for p, m in _MODULES.items()}
    spaces |= {"core": f"http://www.opengis.net/citygml/{version}", "xlink": "http://www.w3.org/1999/xlink"}
    spaces |= {"gml": "http://www.opengis.net/gml/3.2" if version == "3.0" else "http://www.opengis.net/gml"}
    spaces |= {"xAL": "urn:oasis:names:tc:ciq:xsdschema:xAL:2.0", "uro": "https://www.geospatial.jp/iur/uro/2.0"}
    return "<core:CityModel " + " ".join(f'xmlns:{p}="{u}"' for p, u in spaces.items() if p not in without) + more + ">"


def envelope(srs: str = UTM) -> str:
    return f'<gml:boundedBy><gml:Envelope srsName="{srs}" srsDimension="3"><gml:lowerCorner>0 0 0</gml:lowerCorner></gml:Envelope></gml:boundedBy>'


def document(*members: str, version: str = "2.0", srs: str = UTM, without: tuple[str, ...] = ()) -> str:
    """A whole file."""
    inside = "".join(f"<core:cityObjectMember>{m}</core:cityObjectMember>\n" for m in members)
    head = envelope(srs) if srs else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root(version, without)}{head}\n{inside}</core:CityModel>'


def positions(corners: list[tuple[float, ...]], origin: tuple[float, float, float] = ORIGIN) -> str:
    return " ".join(f"{x + origin[0]} {y + origin[1]} {z + origin[2]}" for x, y, z in corners)


def polygon(
    corners: list[tuple[float, ...]],
    name: str = "",
    holes: tuple[list[tuple[float, ...]], ...] = (),
    at: tuple[float, float, float] = ORIGIN,
) -> str:
    """A closed polygon at a place."""
    rings = [f"<gml:{side}><gml:LinearRing><gml:posList>{positions([*ring, ring[0]], at)}</gml:posList></gml:LinearRing></gml:{side}>"
             for side, ring in (("exterior", corners), *(("interior", h) for h in holes))]  # fmt: skip
    label = f' gml:id="{name}"' if name else ""
    return f"<gml:Polygon{label}>{''.join(rings)}</gml:Polygon>"


def side(which: str, name: str = "", height: float = 6.0, at: tuple[float, float, float] = ORIGIN) -> str:
    """One side of a cube of 10 x 10 m."""
    return polygon([(x, y, z / 6 * height) for x, y, z in (CORNERS[i] for i in SIDES[which])], name, at=at)


def members(*polygons: str) -> str:
    return "".join(f"<gml:surfaceMember>{p}</gml:surfaceMember>" for p in polygons)


def solid(height: float = 6.0, at: tuple[float, float, float] = ORIGIN) -> str:
    """A cube."""
    sides = members(*(side(s, height=height, at=at) for s in SIDES))
    return f"<gml:Solid><gml:exterior><gml:CompositeSurface>{sides}</gml:CompositeSurface></gml:exterior></gml:Solid>"


def multi_surface(*polygons: str, name: str = "") -> str:
    label = f' gml:id="{name}"' if name else ""
    return f"<gml:MultiSurface{label}>{members(*polygons)}</gml:MultiSurface>"


def building(name: str = "B1", inside: str = "", lod: int = 1, at: tuple[float, float, float] = ORIGIN) -> str:
    """A cube at a level of detail, with more inside."""
    return f'<bldg:Building gml:id="{name}">{inside}<bldg:lod{lod}Solid>{solid(at=at)}</bldg:lod{lod}Solid></bldg:Building>'


def read(folder: Path, content: str | bytes, name: str = "a.gml", **hints: object) -> Parts:
    """Parts of a document."""
    path = folder / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_citygml(path, Hints(**hints))  # type: ignore[arg-type]


def only_solids(parts: Parts) -> Solids:
    assert len(parts.solids) == 1
    return parts.solids[0]

"""OpenStreetMap: a name to an area by Nominatim, then what a city is made of by the Overpass API.

Both are run by volunteers: one request a second, a name of our own, answers kept for a week (usage policies of Nominatim and
Overpass). TWIN_NOMINATIM_URL and TWIN_OVERPASS_URL name other servers.
"""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from twin.errors import InputError
from twin.net.address import asked_with
from twin.net.client import Client

NOMINATIM = "https://nominatim.openstreetmap.org/search"
OVERPASS = "https://overpass-api.de/api/interpreter"
MAX_KM2 = 120.0
"""Of one question; beyond it the public servers answer nobody."""
EVERY_S = 1.1
KEPT_S = 7 * 86400.0
SERVER_S, SERVER_BYTES = 300, 1 << 30
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True)
class Area:
    """A place by name. osm: type and number of the relation or way that is its outline, '' where it is only a box."""

    name: str
    box: Box
    osm: str = ""


def area_named(name: str, client: Client) -> Area:
    """The area that Nominatim finds first. Raises InputError where there is none of this name."""
    server = os.environ.get("TWIN_NOMINATIM_URL", NOMINATIM)
    asked = asked_with(server, q=name, format="jsonv2", limit=5, polygon_geojson=0, addressdetails=0)
    found = client.json(asked, every_s=EVERY_S, fresh_s=KEPT_S, what=f"Looking for {name}")
    places = [p for p in found if isinstance(p, dict) and p.get("boundingbox")] if isinstance(found, list) else []
    if not places:
        raise InputError(f"OpenStreetMap knows no place called '{name}'", do="Write it as on the map, or give a bounding box.")
    # An outline rather than the point in the middle of a place of the same name.
    best = next((p for p in places if p.get("osm_type") in ("relation", "way")), places[0])
    try:
        south, north, west, east = (float(v) for v in best["boundingbox"])
    except (TypeError, ValueError) as error:
        raise InputError("The answer of the search for places is not understood", where=server) from error
    kind, number = best.get("osm_type"), best.get("osm_id")
    is_area = kind in ("relation", "way") and isinstance(number, int) and best.get("category") in ("boundary", "place", "landuse", None)
    return Area(str(best.get("display_name") or name), (west, south, east, north), f"{kind}/{number}" if is_area else "")


def km2(box: Box) -> float:
    west, south, east, north = box
    return max(0.0, (east - west) * 111.32 * math.cos(math.radians((south + north) / 2))) * max(0.0, (north - south) * 110.57)


def checked_box(box: Box, most_km2: float = MAX_KM2) -> Box:
    """Raises InputError for what is no box in degrees, and for one too large to be asked for at once."""
    west, south, east, north = box
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InputError("A bounding box is west, south, east, north in degrees, e.g. 4.45,51.90,4.47,51.92")
    size = km2(box)
    if size > most_km2:
        raise InputError(
            f"This area has {size:,.0f} square kilometres, more than the {most_km2:,.0f} that are asked for at once",
            do="Take a district of it, or download an extract (.osm.pbf) and open that.",
        )
    return box


def query_of(area: Area) -> str:
    """In Overpass QL: buildings, their parts, roads, rails, water, land use, trees, places to go; whole ways and relations."""
    west, south, east, north = area.box
    where = f"({south:.7f},{west:.7f},{north:.7f},{east:.7f})"
    begin = ""
    if area.osm:
        kind, _, number = area.osm.partition("/")
        begin = f"{'rel' if kind == 'relation' else 'way'}({number});map_to_area->.a;"
        where = "(area.a)"
    wanted = [
        'wr["building"]', 'wr["building:part"]', 'rel["type"="building"]', 'way["highway"]', 'way["railway"]', 'wr["natural"]',
        'wr["water"]', 'wr["waterway"]', 'wr["landuse"]', 'wr["leisure"]', 'way["barrier"]', 'wr["man_made"]', 'node["natural"="tree"]',
        'nwr["amenity"]', 'nwr["shop"]', 'nwr["tourism"]', 'nwr["office"]', 'nwr["emergency"]', 'nwr["power"]', 'nwr["public_transport"]',
        'node["highway"]', 'node["railway"]', 'rel["type"~"^restriction"]',
    ]  # fmt: skip
    union = "".join(f"{w}{where};" for w in wanted)
    return f"[out:xml][timeout:{SERVER_S}][maxsize:{SERVER_BYTES}];{begin}({union});(._;>;);out body;"


def get_osm(area: Area, file: Path, client: Client) -> None:
    """Write the .osm file of an area. Raises InputError where it is too large or the server has no time for it."""
    checked_box(area.box)
    server = os.environ.get("TWIN_OVERPASS_URL", OVERPASS)
    got = client.fetch(
        server,
        body={"data": query_of(area)},
        every_s=EVERY_S,
        fresh_s=KEPT_S,
        max_bytes=4 << 30,
        what=f"OpenStreetMap is asked for {area.name}",
    )
    with open(got.path, "rb") as data:
        head = data.read(65536)
        data.seek(max(0, got.path.stat().st_size - 4096))
        tail = data.read()
    remark = _remark(head + tail)
    if b"<osm" not in head or remark or b"</osm>" not in tail:
        raise InputError(
            f"Overpass did not answer the question: {remark or 'what came is no OpenStreetMap data'}", where=server,
            do="Take a smaller area, or try again later.",
        )  # fmt: skip
    shutil.copyfile(got.path, file)


def _remark(data: bytes) -> str:
    """What Overpass says in the middle of an answer when it gives up (out of time, out of memory)."""
    begin, end = data.find(b"<remark>"), data.find(b"</remark>")
    return data[begin + 8 : end].decode("utf-8", "replace").strip()[:200] if 0 <= begin < end else ""

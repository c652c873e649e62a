"""Imagery from map tile servers: XYZ templates, and WMTS (OGC 07-057r7) with web Mercator tiles."""

from __future__ import annotations

import math
import re
from urllib.parse import parse_qsl, quote, urlsplit

from twin.city.city import Source
from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError
from twin.net.address import asked_with, shown
from twin.net.client import Client
from twin.net.download import NotThere
from twin.net.wfs import xml_of

MAX_TILE_BYTES = 16 << 20
MOST_TILES = 300
TILES_EVERY_S = 0.03
HIGHEST = 19
SCALE_OF_ZOOM_0 = 559082264.0287178
"""Scale denominator of the coarsest tile of GoogleMapsCompatible (07-057r7, annex E.4)."""
_PLACES = re.compile(r"\{(z|x|y|-y|q|s|r|TileMatrix|TileCol|TileRow)\}", re.IGNORECASE)


def is_template(url: str) -> bool:
    names = {n.lower() for n in _PLACES.findall(url)}
    return {"z", "x"} <= names and bool(names & {"y", "-y"}) or {"tilematrix", "tilecol", "tilerow"} <= names or "q" in names


def is_wmts(url: str) -> bool:
    query = {k.lower(): v.lower() for k, v in parse_qsl(urlsplit(url).query)}
    return url.lower().startswith("wmts:") or query.get("service") == "wmts" or urlsplit(url).path.lower().endswith("wmtscapabilities.xml")


def tile_address(template: str, z: int, x: int, y: int) -> str:
    """The address of one tile; y counts from the north, {-y} from the south, {q} is the quadkey."""
    quadkey = "".join(str((x >> b & 1) + 2 * (y >> b & 1)) for b in range(z - 1, -1, -1))
    values = {"z": z, "x": x, "y": y, "-y": 2**z - 1 - y, "q": quadkey, "s": "a", "r": "", "tilematrix": z, "tilecol": x, "tilerow": y}
    return _PLACES.sub(lambda m: str(values[m[1].lower()]), template)


def read_tiles(url: str, client: Client, hints: Hints, label: str, zooms: tuple[int, int] | None = None) -> Parts:
    """An image of XYZ tiles, fetched where and as finely as the city needs it. `#2-18` at the end tells the zooms there are."""
    from twin.city.readers.maptiles import tiles_image

    template, _, said = url.removeprefix("xyz:").partition("#")
    between = re.search(r"(\d{1,2})-(\d{1,2})$", said)
    low, high = zooms or ((int(between[1]), int(between[2])) if between else (0, HIGHEST))
    failures: list[InputError] = []

    def get(z: int, x: int, y: int) -> bytes | None:
        if len(failures) > 8:  # it will not get better
            return None
        address = tile_address(template, z, x, y)
        try:
            got = client.fetch(address, max_bytes=MAX_TILE_BYTES, fresh_s=7 * 86400.0, every_s=TILES_EVERY_S, what="Fetching imagery")
        except NotThere:
            return None
        except InputError as error:
            failures.append(error)
            return None
        return got.bytes()

    get(low, 0, 0)
    if failures:  # rather than a city without the imagery that was asked for
        raise failures[0]
    parts = Parts()
    parts.images.append(tiles_image(label, None, (low, min(high, 22)), get, label, MOST_TILES))
    parts.sources.append(Source(label, shown(template), hints.licence, hints.attribution, "EPSG:3857", hints.date))
    return parts


def read_wmts(url: str, layers: tuple[str, ...], client: Client, hints: Hints, label: str) -> Parts:
    """The layer of a WMTS named by the hints or `layer=` in the URL, else its first one. Raises InputError."""
    url = re.sub(r"(?i)^wmts:", "", url)
    query = {k.lower(): v for k, v in parse_qsl(urlsplit(url).query)}
    asked = url if urlsplit(url).path.lower().endswith(".xml") else asked_with(url, service="WMTS", request="GetCapabilities", layer=None)
    root = xml_of(client.fetch(asked, max_bytes=64 << 20, what="Asking what there is"))
    contents = root.find("{*}Contents")
    there = {} if contents is None else {(x.findtext("{*}Identifier") or ""): x for x in contents.findall("{*}Layer")}
    if not there:
        raise InputError("This server does not answer as a WMTS", where=shown(url))
    wanted = query.get("layer") or (layers[0] if layers else next(iter(there)))
    layer = there.get(wanted)
    if layer is None:
        raise InputError(f"This service has no layer '{wanted}'", where=shown(url), do=f"It has: {', '.join(list(there)[:20])}.")
    matrices = _mercator(root)
    sets = [(link.findtext("{*}TileMatrixSet") or "") for link in layer.findall("{*}TileMatrixSetLink")]
    chosen = next((s for s in sets if s in matrices), None)
    if chosen is None:
        raise InputError(f"The layer '{wanted}' has no tiles in web Mercator (EPSG:3857)", where=shown(url), do="Ask for another layer.")
    zooms = matrices[chosen]
    template = _resource(layer, chosen, asked, wanted)
    names = [zooms[z] for z in sorted(zooms)]
    low, high = min(zooms), max(zooms)
    prefix = names[0][: -len(str(low))] if names[0].endswith(str(low)) else None
    if prefix is None or any(zooms.get(z) != f"{prefix}{z}" for z in range(low, high + 1)):
        raise InputError("The tiles of this service are numbered in a way that is not known here", where=shown(url))
    template = re.sub(r"\{TileMatrix\}", lambda _: quote(prefix, safe=":") + "{z}", template, flags=re.IGNORECASE)
    return read_tiles(template, client, hints, label, (low, high))


def _mercator(root: object) -> dict[str, dict[int, str]]:
    """Tile matrix sets in web Mercator with the usual pyramid: zoom -> identifier."""
    out: dict[str, dict[int, str]] = {}
    for one in root.iter("{*}TileMatrixSet"):  # type: ignore[attr-defined]
        crs = one.findtext("{*}SupportedCRS") or ""
        if not re.search(r"(3857|900913|102100)$", crs.strip()):
            continue
        zooms: dict[int, str] = {}
        for matrix in one.findall("{*}TileMatrix"):
            try:
                zoom = math.log2(SCALE_OF_ZOOM_0 / float(matrix.findtext("{*}ScaleDenominator") or 0))
                wide = int(matrix.findtext("{*}MatrixWidth") or 0)
            except (ValueError, ZeroDivisionError, OverflowError):
                continue
            if 0 <= round(zoom) < 31 and abs(zoom - round(zoom)) < 0.01 and wide == 2 ** round(zoom):
                zooms[round(zoom)] = (matrix.findtext("{*}Identifier") or "").strip()
        if zooms:
            out[(one.findtext("{*}Identifier") or "").strip()] = zooms
    return out


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _resource(layer: object, chosen: str, asked: str, name: str) -> str:
    """The template of a layer's tiles: its own where it is at the same host, else a question by parameters."""
    style = next((s.findtext("{*}Identifier") or "" for s in layer.findall("{*}Style")), "")  # type: ignore[attr-defined]
    images = [f.text or "" for f in layer.findall("{*}Format") if "image/" in (f.text or "")]  # type: ignore[attr-defined]
    for resource in layer.findall("{*}ResourceURL"):  # type: ignore[attr-defined]
        template = resource.get("template", "")
        if resource.get("resourceType") == "tile" and is_template(template) and _host(template) == urlsplit(asked).hostname:
            for key, value in (("Style", style), ("TileMatrixSet", chosen), ("Layer", name)):
                template = re.sub(rf"\{{{key}\}}", quote(value, safe=":").replace("\\", ""), template, flags=re.IGNORECASE)
            return re.sub(r"\{Time\}", "default", template, flags=re.IGNORECASE)
    base = asked_with(
        asked, service="WMTS", request="GetTile", version="1.0.0", layer=name, style=style, tilematrixset=chosen,
        format=images[0] if images else "image/png",
    )  # fmt: skip
    return base + "&tilematrix={TileMatrix}&tilerow={TileRow}&tilecol={TileCol}"

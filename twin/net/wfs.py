"""WFS 1.0, 1.1 and 2.0 (OGC 04-094, 09-025r2): what there is, then its features page by page."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem
from twin.net.address import asked_with, shown
from twin.net.client import Client
from twin.net.kept import Fetched
from twin.net.named import named
from twin.net.pages import MAX_FEATURES, MAX_PAGE_BYTES, joined

PAGE = 5000
MOST_LAYERS = 40
_JSON = ("application/geo+json", "geojson", "application/json", "json")


@dataclass
class Service:
    """What GetCapabilities tells. layers: names and their CRS; formats: of GetFeature; page: most features of one answer, 0 unsaid."""

    version: str
    layers: dict[str, str]
    formats: list[str] = field(default_factory=list)
    page: int = 0
    licence: str = ""
    provider: str = ""


def is_wfs(url: str) -> bool:
    query = {k.lower(): v.lower() for k, v in parse_qsl(urlsplit(url).query)}
    return url.lower().startswith("wfs:") or query.get("service") == "wfs"


def read_wfs(url: str, layers: tuple[str, ...], client: Client, hints: Hints, label: str) -> Parts:
    """Features of a WFS: the layers named in the URL (typeNames) or the hints, else all.

    What else the query of the URL says is asked along (cql_filter ...); a bbox of four numbers is west, south, east, north in
    degrees. Raises InputError.
    """
    url = re.sub(r"(?i)^wfs:", "", url)
    query = {k.lower(): v for k, v in parse_qsl(urlsplit(url).query)}
    bare = asked_with(url, service=None, request=None, version=None, typename=None, typenames=None, count=None, maxfeatures=None,
                      startindex=None, outputformat=None, bbox=None, acceptversions=None)  # fmt: skip
    service = capabilities(bare, query.get("version", ""), client)
    said = query.get("typenames") or query.get("typename") or ""
    wanted = [w for w in re.split(r"[,;]", said) if w] or list(layers)
    chosen = [_known(w, service) for w in wanted] or list(service.layers)
    problems: list[Problem] = []
    if len(chosen) > MOST_LAYERS:
        told = f"This service has {len(chosen)} layers; the first {MOST_LAYERS} were read. Name those you want"
        problems.append(Problem("too_many", "warning", len(chosen), told, label))
        chosen = chosen[:MOST_LAYERS]
    said_most = query.get("count") or query.get("maxfeatures") or ""
    most = int(said_most) if re.fullmatch(r"\d{1,9}", said_most) else MAX_FEATURES
    pages: dict[str, list[Path]] = {}
    for name in chosen:
        pages[name.rpartition(":")[2]] = _pages(
            bare, name, service, query.get("bbox", ""), query, min(most, MAX_FEATURES), client, problems
        )
    crs = {name.rpartition(":")[2]: query.get("srsname") or service.layers[name] for name in chosen}
    parts = joined(pages, hints, label, crs)
    parts.problems += problems
    return parts


def capabilities(url: str, version: str, client: Client) -> Service:
    """Raises InputError where the server is no WFS."""
    said = {"version": version} if version else {"version": "2.0.0", "acceptversions": "2.0.0,1.1.0,1.0.0"}
    got = client.fetch(asked_with(url, service="WFS", request="GetCapabilities", **said), max_bytes=64 << 20, what="Asking what there is")
    root = xml_of(got)
    if etree.QName(root).localname != "WFS_Capabilities":
        raise InputError("This server does not answer as a WFS", where=shown(url), do="Check the address.")
    layers = {}
    for kind in root.iter("{*}FeatureType"):
        name = (kind.findtext("{*}Name") or "").strip()
        if name:
            layers[name] = (kind.findtext("{*}DefaultCRS") or kind.findtext("{*}DefaultSRS") or kind.findtext("{*}SRS") or "").strip()
    if not layers:
        raise InputError("This WFS has no layers", where=shown(url))
    operation = next((o for o in root.iter("{*}Operation") if o.get("name") == "GetFeature"), None)
    formats: list[str] = []
    if operation is not None:
        for parameter in operation.iter("{*}Parameter"):
            if parameter.get("name", "").lower() == "outputformat":
                formats = [(v.text or "").strip() for v in parameter.iter("{*}Value")]
    page = next((c for c in root.iter("{*}Constraint") if c.get("name") in ("CountDefault", "DefaultMaxFeatures")), None)
    most = (page.findtext(".//{*}DefaultValue") or page.findtext(".//{*}Value") or "") if page is not None else ""
    limit = most.strip()
    fees = (root.findtext(".//{*}ServiceIdentification/{*}Fees") or "").strip()
    provider = (root.findtext(".//{*}ServiceProvider/{*}ProviderName") or "").strip()
    return Service(
        root.get("version", "2.0.0"), layers, formats, int(limit) if re.fullmatch(r"[0-9]{1,9}", limit) else 0, fees[:200], provider[:200]
    )


def xml_of(got: Fetched) -> Any:
    """The root of an XML answer, no entity replaced, nothing fetched; an exception report is raised as InputError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(got.bytes(), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise InputError("This server answered something that is no XML", where=got.url) from error
    if root.getroottree().docinfo.doctype and root.getroottree().docinfo.internalDTD is not None and b"<!ENTITY" in got.bytes():
        raise InputError("This answer declares XML entities, which is not safe to read", where=got.url)
    if etree.QName(root).localname in ("ExceptionReport", "ServiceExceptionReport"):
        text = " ".join(" ".join(root.itertext()).split())[:300]
        raise InputError(f"The server says: {text or 'it cannot do this'}", where=got.url)
    return root


def _known(name: str, service: Service) -> str:
    found = [n for n in service.layers if n == name or n.rpartition(":")[2] == name]
    if not found:
        told = ", ".join(list(service.layers)[:20])
        raise InputError(f"This service has no layer '{name}'", do=f"It has: {told}.")
    return found[0]


def _pages(
    url: str, name: str, service: Service, bbox: str, query: dict[str, str], most: int, client: Client, problems: list[Problem]
) -> list[Path]:
    """Answers of one layer, each kept under a name that tells its format."""
    new = service.version.startswith("2")
    wished = query.get("outputformat") or next((f for w in _JSON for f in service.formats if f.lower().split(";")[0] == w), "")
    is_json = "json" in wished.lower()
    size = min(PAGE, service.page or PAGE, most)
    files: list[Path] = []
    seen, first_ids = 0, ""
    while seen < most:
        count = min(size, most - seen)
        asked = asked_with(
            url, service="WFS", version=service.version, request="GetFeature",
            **{"typenames" if new else "typename": name, "count" if new else "maxfeatures": count},
            startindex=seen if seen or new else None, outputformat=wished or None, bbox=_bbox(bbox, service.version) or None,
        )  # fmt: skip
        got = client.fetch(asked, max_bytes=MAX_PAGE_BYTES, what=f"Fetching {name}, {seen:,} so far")
        found, total, ids = _counted(got, is_json)
        if ids and ids == first_ids:  # it knows no startIndex and sends the same again
            told = f"This service sends no more than {seen:,} features of '{name}'; there may be more"
            problems.append(Problem("too_many", "warning", 1, told, name, did="The first ones were read."))
            break
        first_ids = first_ids or ids
        if found:
            files.append(named(got, f"{name.rpartition(':')[2]}.{'geojson' if is_json else 'gml'}"))
        seen += max(found, 0)
        if found == 0 or (total is not None and seen >= total) or (total is None and found < count):
            break
        size = min(size, found)
    if seen >= MAX_FEATURES:
        problems.append(Problem("too_many", "error", 1, f"The layer '{name}' has more than {MAX_FEATURES:,} features", name, did="cut"))
    return files


def _counted(got: Fetched, is_json: bool) -> tuple[int, int | None, str]:
    """How many features an answer has, how many there are in all (None unsaid), and a mark of its first ones."""
    data = got.bytes()
    if is_json and data.lstrip()[:1] == b"{":
        try:
            said = json.loads(data)
            features = said["features"]
            total = said.get("numberMatched", said.get("totalFeatures"))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InputError("This server answered something that is no GeoJSON", where=got.url) from error
        if not isinstance(features, list):
            raise InputError("This server answered something that is no GeoJSON", where=got.url)
        return len(features), total if isinstance(total, int) and total >= 0 else None, json.dumps(features[:2])[:4000]
    if re.search(rb"<(\w+:)?(Service)?ExceptionReport", data[:2000]):
        xml_of(got)
    head = data[:4096]
    if is_json or b"FeatureCollection" not in head:
        raise InputError("This server answered something that is no features", where=got.url)
    returned = re.search(rb'number(?:Returned|OfFeatures)="(\d+)"', head)
    matched = re.search(rb'numberMatched="(\d+)"', head)
    members = len(re.findall(rb"<(?:\w+:)?(?:member|featureMember)[ >]", data))
    ids = b" ".join(re.findall(rb'(?:gml:id|fid)="([^"]+)"', data)[:4]).decode("utf-8", "replace")
    return int(returned[1]) if returned else members, int(matched[1]) if matched else None, ids


def _bbox(text: str, version: str) -> str:
    """Four numbers are west, south, east, north in degrees; from 1.1 on the axes of EPSG:4326 come latitude first."""
    numbers = text.split(",")
    if len(numbers) != 4 or version.startswith("1.0"):
        return text
    west, south, east, north = numbers
    return f"{south},{west},{north},{east},urn:ogc:def:crs:EPSG::4326"

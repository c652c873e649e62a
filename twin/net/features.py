"""OGC API Features (17-069r4): landing page, collections, items, and the links that lead on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem
from twin.net.address import asked_with, shown
from twin.net.client import Client
from twin.net.named import named
from twin.net.pages import MAX_FEATURES, MAX_PAGE_BYTES, joined

PAGE = 1000
MOST_COLLECTIONS = 40
MOST_PAGES = 4000
ACCEPT = {"Accept": "application/geo+json, application/json;q=0.9"}


def is_api(document: Any) -> bool:
    """Whether a JSON document is a landing page, a list of collections or one of them."""
    if not isinstance(document, dict) or not isinstance(document.get("links", document.get("collections")), list):
        return False
    rels = {str(link.get("rel", "")).rpartition("/")[2] for link in document.get("links") or [] if isinstance(link, dict)}
    return "collections" in document or bool(rels & {"data", "conformance", "items"}) and document.get("type") != "FeatureCollection"


def names_collection(url: str) -> bool:
    return re.search(r"/collections(/[^/]+(/items)?)?/?$", urlsplit(url).path) is not None or url.lower().startswith("oapif:")


def read_features(url: str, layers: tuple[str, ...], client: Client, hints: Hints, label: str) -> Parts:
    """Features of a collection, or of all collections of a service (those the hints name).

    The query of the URL is asked along: bbox (west, south, east, north), limit (of all), datetime, filters. Only addresses of the
    host that was named are asked. Raises InputError.
    """
    url = re.sub(r"(?i)^oapif:", "", url)
    query = {k: v for k, v in parse_qsl(urlsplit(url).query) if k.lower() not in ("limit", "offset", "f")}
    limit = dict(parse_qsl(urlsplit(url).query)).get("limit", "")
    most = min(int(limit), MAX_FEATURES) if re.fullmatch(r"\d{1,9}", limit) else MAX_FEATURES
    bare = asked_with(url, **dict.fromkeys([*query, "limit", "offset", "f"])).rstrip("/")
    problems: list[Problem] = []
    pages: dict[str, list[Path]] = {}
    for name, items in _collections(bare, layers, client, label, problems):
        pages[name] = _pages(items, name, query, most, client, problems)
    parts = joined(pages, hints, label)
    parts.problems += problems
    return parts


def _collections(url: str, layers: tuple[str, ...], client: Client, label: str, problems: list[Problem]) -> list[tuple[str, str]]:
    """Name of each collection and the address of its items."""
    at = re.search(r"^(.*/collections)/([^/?]+)(/items)?$", url)
    if at is not None:
        return [(at[2], f"{at[1]}/{at[2]}/items")]
    if not url.endswith("/collections"):
        url = url + "/collections"
    told = client.json(asked_with(url, f="json"), headers=ACCEPT, what="Asking what there is")
    found = told.get("collections") if isinstance(told, dict) else None
    if not isinstance(found, list) or not found:
        raise InputError("This service has no collections", where=shown(url))
    there = [str(c["id"]) for c in found if isinstance(c, dict) and c.get("id") and c.get("itemType", "feature") == "feature"]
    there = [c for c in there if not re.search(r"[/?#]", c)]
    chosen = [c for c in there if c in layers] if layers else there
    if not chosen:
        raise InputError(f"This service has no collection '{(*layers, '')[0]}'", where=shown(url), do=f"It has: {', '.join(there[:20])}.")
    if len(chosen) > MOST_COLLECTIONS:
        said = f"This service has {len(chosen)} collections; the first {MOST_COLLECTIONS} were read. Name those you want"
        problems.append(Problem("too_many", "warning", len(chosen), said, label))
    return [(c, f"{url}/{c}/items") for c in chosen[:MOST_COLLECTIONS]]


def _pages(items: str, name: str, query: dict[str, str], most: int, client: Client, problems: list[Problem]) -> list[Path]:
    asked: str | None = asked_with(items, **{**query, "limit": min(PAGE, most), "f": "json"})
    files: list[Path] = []
    seen, been = 0, set()
    while asked is not None and seen < most and len(files) < MOST_PAGES:
        been.add(asked)
        got = client.fetch(asked, headers=ACCEPT, max_bytes=MAX_PAGE_BYTES, what=f"Fetching {name}, {seen:,} so far")
        page = _document(got.bytes(), asked)
        features = page.get("features")
        if not isinstance(features, list):
            raise InputError("This server answered something that is no GeoJSON", where=shown(asked))
        if features:
            files.append(named(got, f"{name}.geojson"))
        seen += len(features)
        links = page.get("links")
        link = next(
            (x for x in (links if isinstance(links, list) else []) if isinstance(x, dict) and x.get("rel") == "next" and x.get("href")),
            None,
        )
        if link is None or not features:
            break
        asked = _next(asked, str(link["href"]), items)
        if asked is None or asked in been:
            told = f"The next page of '{name}' is at another server and was not fetched" if asked is None else "Its pages go in a circle"
            problems.append(Problem("pages_missing", "warning", 1, told, name, did="The features so far were read."))
            break
    if seen >= MAX_FEATURES:
        problems.append(
            Problem("too_many", "error", 1, f"The collection '{name}' has more than {MAX_FEATURES:,} features", name, did="cut")
        )
    return files


def _document(data: bytes, url: str) -> dict[str, Any]:
    import json

    try:
        page = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InputError("This server answered something that is no JSON", where=shown(url)) from error
    return page if isinstance(page, dict) else {}


def _next(here: str, href: str, items: str) -> str | None:
    """The address of the next page, by the scheme that was asked; None where it is at another host."""
    try:
        mine, theirs = urlsplit(items), urlsplit(urljoin(here, href))
        if theirs.hostname != mine.hostname or theirs.scheme not in ("http", "https"):
            return None
    except ValueError:
        return None
    return theirs._replace(scheme=mine.scheme, netloc=mine.netloc).geturl()

"""A URL in the place of a file: what it is, found by its form and its answer, and how it is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem
from twin.net.address import shown
from twin.net.client import Client
from twin.net.features import is_api, names_collection, read_features
from twin.net.imagery import is_template, is_wmts, read_tiles, read_wmts
from twin.net.kept import Fetched
from twin.net.named import name_of, named
from twin.net.tileset import is_tileset, read_remote_tileset
from twin.net.wfs import is_wfs, read_wfs

LOOK_INTO = 32 << 20


@dataclass(frozen=True)
class Remote:
    """A source by URL. name: as problems call it. file: where it was fetched to, None for a service.

    stamp: changes with the content; '' where that cannot be told without reading it all. read: its parts, in the coordinates they have.
    """

    name: str
    url: str
    stamp: str
    file: Path | None
    read: Callable[[Hints], Parts]

    @property
    def suffix(self) -> str:
        """As of a path; '' of a service."""
        return "" if self.file is None else self.file.suffix


def not_there(url: str, error: InputError) -> Remote:
    """A source that says why it is not there when it is read."""

    def read(_: Hints) -> Parts:
        raise error

    return Remote(url_name(url), url, "", None, read)


def url_name(url: str) -> str:
    """A short name for an address: its last part, of a database the table or its own name."""
    plain = re.sub(r"(?i)^(wfs|wmts|oapif|xyz):(?=http)", "", url)
    parts = urlsplit(plain)
    if parts.scheme in ("postgres", "postgresql"):
        table = re.search(r"[?&]table=([^&]+)", url)
        return unquote(table[1]) if table else parts.path.strip("/") or parts.hostname or "database"
    if is_template(plain) or is_wmts(url) or is_wfs(url):
        return parts.hostname or "service"
    name = name_of(plain)
    if name.lower() in ("items", "tileset.json", "collections", "city.json", "index.json"):
        steps = [unquote(s) for s in parts.path.split("/") if s]
        name = steps[-2] if len(steps) > 1 else parts.hostname or name
    return name


def remote(url: str, layers: tuple[str, ...], client: Client) -> Remote:
    """What is at a URL that a person named. Files are fetched here, services when they are read. Raises InputError."""
    name = url_name(url)

    def service(function: Callable[[Hints], Parts], stamp: str = "") -> Remote:
        return Remote(name, url, stamp, None, lambda hints: _credited(function(hints), url, name, hints))

    plain = re.sub(r"(?i)^(wfs|wmts|oapif|xyz):(?=http)", "", url)
    if re.match(r"(?i)postgres", url):
        from twin.net.postgis import read_postgis

        return service(lambda hints: read_postgis(url, layers, hints, client.progress))
    if is_template(plain):
        return service(lambda hints: read_tiles(url, client, hints, hints.name or name), "tiles")
    if is_wmts(url):
        return service(lambda hints: read_wmts(url, layers, client, hints, hints.name or name), "tiles")
    if is_wfs(url):
        return service(lambda hints: read_wfs(url, layers, client, hints, hints.name or name))
    if names_collection(url):
        return service(lambda hints: read_features(url, layers, client, hints, hints.name or name))
    got = client.fetch(url)
    document = _json(got)
    if is_tileset(document):
        return service(lambda hints: read_remote_tileset(url, client, hints, hints.name or name), got.stamp)
    if is_api(document):
        return service(lambda hints: read_features(url, layers, client, hints, hints.name or name))
    with open(got.path, "rb") as file:
        head = file.read(4096).lstrip().lower()
    if b"wfs_capabilities" in head:
        return service(lambda hints: read_wfs(url, layers, client, hints, hints.name or name))
    if got.kind == "text/html" or head.startswith((b"<!doctype html", b"<html")):
        raise InputError("This address is a web page, not data", where=shown(url), do="Copy the address of the download itself.")
    path = named(got)

    def read(hints: Hints) -> Parts:
        from twin.city.readers import read_file

        return _credited(read_file(path, hints), url, name, hints)

    return Remote(name, url, got.stamp, path, read)


def _json(got: Fetched) -> object:
    """The answer as JSON where it is small enough to be a service's or a tileset's page; None else."""
    if got.path.stat().st_size > LOOK_INTO:
        return None
    with open(got.path, "rb") as file:
        if file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
            return None
    try:
        return json.loads(got.bytes())
    except (ValueError, RecursionError):
        return None


def _credited(parts: Parts, url: str, name: str, hints: Hints) -> Parts:
    """Sources that name the address rather than where it is kept."""
    from twin.city.city import Source

    parts.sources = [replace(s, path=shown(url), name=hints.name or name) for s in parts.sources[:1]] or [
        Source(hints.name or name, shown(url), hints.licence, hints.attribution, None, hints.date)
    ]
    return parts


def age_note(client: Client) -> list[Problem]:
    """A note where nobody answered and what was kept had to do."""
    if not client.stale:
        return []
    age = max(f.age_s for f in client.stale)
    when = f"{age / 86400:.0f} days" if age > 172800 else f"{age / 3600:.0f} hours" if age > 7200 else f"{age / 60:.0f} minutes"
    told = f"The server did not answer; what was fetched {when} ago is shown"
    return [Problem("from_cache", "warning", len(client.stale), told, client.stale[0].url, did="The copy of then was read.")]

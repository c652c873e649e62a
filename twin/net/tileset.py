"""3D Tiles from a server."""

from __future__ import annotations

from urllib.parse import urldefrag, urlsplit

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError
from twin.net.address import shown
from twin.net.client import Client

AT_ONCE = 8
MAX_TILE_BYTES = 512 << 20


def is_tileset(document: object) -> bool:
    return isinstance(document, dict) and isinstance(document.get("asset"), dict) and "root" in document and "geometricError" in document


def of_one_server(url: str, client: Client, what: str = "Fetching tiles") -> FetchTile:
    """What gives the bytes of a tile: only of the server, or the folder above on it, that was named."""
    return FetchTile(url, client, what)


class FetchTile:
    """(URI) -> bytes; counts them. Raises InputError for another server, and as the client does."""

    def __init__(self, url: str, client: Client, what: str) -> None:
        self._home, self._client, self._what = urlsplit(url), client, what
        self.count = 0

    def __call__(self, uri: str) -> bytes:
        place = urlsplit(uri)
        if place.scheme not in ("http", "https") or place.netloc != self._home.netloc:
            raise InputError("A tile at another server than the one you named is not fetched", where=shown(uri))
        plain = urldefrag(uri)[0]
        if self._home.query and not place.query:  # a key that every tile asks for
            plain += "?" + self._home.query
        self.count += 1
        got = self._client.fetch(plain, max_bytes=MAX_TILE_BYTES, fresh_s=30 * 86400.0, what=f"{self._what}, {self.count:,} so far")
        return got.bytes()


def read_remote_tileset(url: str, client: Client, hints: Hints, label: str) -> Parts:
    """City objects and points of a tileset at a server. Raises InputError."""
    from twin.city.readers.tiles3d import read_tileset

    return read_tileset(url, of_one_server(url, client), hints, label, AT_ONCE)

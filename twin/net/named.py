"""Fetched answers under names that readers know."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from twin.net.kept import Fetched

_ENDINGS = {
    "application/geo+json": ".geojson", "application/vnd.geo+json": ".geojson", "application/json": ".json",
    "application/city+json": ".city.json", "application/zip": ".zip", "application/x-zip-compressed": ".zip", "image/tiff": ".tif",
    "application/geopackage+sqlite3": ".gpkg", "application/gml+xml": ".gml", "text/xml": ".xml", "application/xml": ".xml",
    "application/vnd.google-earth.kml+xml": ".kml", "text/csv": ".csv", "application/gzip": ".gz", "application/vnd.las": ".las",
    "model/gltf-binary": ".glb", "application/vnd.apache.parquet": ".parquet", "application/x-protobuf": ".osm.pbf",
}  # fmt: skip


def named(got: Fetched, name: str = "") -> Path:
    """A path to the answer with the name its address gives it, or this one; another where the content is another."""
    name = re.sub(r"[^\w.()\- ]+", "_", name or name_of(got.url, got.kind)).strip(". ")[-120:] or "source"
    path = got.path.parent / got.stamp[:16] / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{os.getpid()}.new")
        new.unlink(missing_ok=True)
        try:
            os.link(got.path, new)
        except OSError:  # a file system without links
            shutil.copyfile(got.path, new)
        os.replace(new, path)
        for old in got.path.parent.iterdir():
            if old.is_dir() and old != path.parent:
                shutil.rmtree(old, ignore_errors=True)
    return path


def name_of(url: str, kind: str = "") -> str:
    """The last part of an address that says something, with an ending by the content type where it has none that is known."""
    from twin.city.readers.registry import suffixes

    parts = urlsplit(url)
    steps = [unquote(s) for s in parts.path.split("/") if s]
    name = steps[-1] if steps else parts.hostname or "source"
    if any(name.lower().endswith(s) for s in suffixes()):
        return name
    return name + _ENDINGS.get(kind, "")

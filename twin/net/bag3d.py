"""3DBAG: all buildings of the Netherlands in three levels of detail, by tile, building or area.

Tiles come from data.3dbag.nl by its index, single buildings from api.3dbag.nl (CityJSONFeatures in EPSG:7415; pages of `limit`,
with next links). TWIN_3DBAG_DATA_URL and TWIN_3DBAG_API_URL name other servers.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twin.errors import InputError
from twin.net.client import Client
from twin.net.named import named
from twin.net.osm import Box, checked_box

DATA = "https://data.3dbag.nl/latest"
API = "https://api.3dbag.nl"
MOST_TILES = 40
MAX_KM2 = 60.0
LICENCE, ATTRIBUTION = "CC BY 4.0", "© 3DBAG by tudelft3d and 3DGI"


def get_3dbag(what: str, box: Box | None, folder: Path, client: Client) -> list[Path]:
    """CityJSON files in a folder: of a tile (9/284/556), a building (NL.IMBAG.Pand.0503100000012869), or all tiles over an area.

    box: west, south, east, north in degrees. Raises InputError.
    """
    if box is not None:
        return _tiles(_over(checked_box(box, MAX_KM2), client), folder, client)
    if re.fullmatch(r"\d{1,2}[/-]\d+[/-]\d+", what):
        return _tiles([what.replace("-", "/")], folder, client)
    number = re.fullmatch(r"(?:NL\.IMBAG\.Pand\.)?(\d{16})", what)
    if number is not None:
        return [_building(f"NL.IMBAG.Pand.{number[1]}", folder, client)]
    raise InputError(
        f"'{what}' is neither a tile nor a building of 3DBAG", do="Write a tile (9/284/556), a BAG number of 16 digits, or give --bbox."
    )


def _data() -> str:
    return os.environ.get("TWIN_3DBAG_DATA_URL", DATA).rstrip("/")


def _index(client: Client) -> Any:
    """Tiles with their outline (EPSG:28992) and where to download them, as a table."""
    from twin.city.readers import read_file
    from twin.city.readers.parts import Hints

    got = client.fetch(f"{_data()}/tile_index.fgb", fresh_s=86400.0, max_bytes=1 << 30, what="Asking which tiles there are")
    layer = read_file(named(got, "tile_index.fgb"), Hints(role="other")).layers[0]
    if not {"tile_id", "cj_download"} <= set(layer.table.columns):
        raise InputError("The list of tiles of 3DBAG is not understood", where=got.url, do="Its form may have changed.")
    return layer


def _over(box: Box, client: Client) -> list[str]:
    import shapely
    from pyproj import Transformer

    layer = _index(client)
    bounds = Transformer.from_crs("EPSG:4326", layer.crs or "EPSG:28992", always_xy=True).transform_bounds(*box)
    hit = shapely.intersects(layer.geometry, shapely.box(*bounds))
    found = [str(t) for t in layer.table.loc[hit, "tile_id"]]
    if not found:
        raise InputError("3DBAG has no buildings in this area", do="It covers the Netherlands.")
    if len(found) > MOST_TILES:
        raise InputError(f"This area has {len(found)} tiles of 3DBAG, more than the {MOST_TILES} fetched at once", do="Take a smaller one.")
    return found


def _tiles(tiles: list[str], folder: Path, client: Client) -> list[Path]:
    layer = _index(client)
    where = dict(zip(layer.table["tile_id"].astype(str), layer.table["cj_download"].astype(str), strict=True))
    files = []
    for n, tile in enumerate(tiles):
        url = where.get(tile, "")
        if not url.startswith(("http://", "https://")):
            raise InputError(f"3DBAG has no tile '{tile}'")
        got = client.fetch(url, fresh_s=30 * 86400.0, max_bytes=2 << 30, what=f"Fetching tile {tile}, {n + 1} of {len(tiles)}")
        name = f"{tile.replace('/', '-')}.city.json"
        packed = got.path.read_bytes()[:2] == b"\x1f\x8b"
        file = folder / (name + (".gz" if packed else ""))
        shutil.copyfile(got.path, file)
        files.append(file)
    return files


def _building(number: str, folder: Path, client: Client) -> Path:
    """One building as CityJSON text sequence: the metadata, then its feature."""
    server = os.environ.get("TWIN_3DBAG_API_URL", API).rstrip("/")
    told = client.json(f"{server}/collections/pand/items/{quote(number)}", what=f"Fetching {number}")
    feature, metadata = (told.get("feature"), told.get("metadata")) if isinstance(told, dict) else (None, None)
    if not isinstance(feature, dict) or not isinstance(metadata, dict):
        raise InputError("The answer of 3DBAG is not understood", where=server)
    file = folder / f"{number}.city.jsonl"
    head = {"CityObjects": {}, "vertices": [], **metadata, "type": "CityJSON"}
    file.write_text(f"{json.dumps(head)}\n{json.dumps(feature)}\n", "utf-8")
    return file

"""`twin get`: a city by name into a folder, with a recipe that opens it and says whose it is."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from twin.errors import InputError, StorageError
from twin.net.address import is_url, shown, without_password
from twin.net.client import Client
from twin.net.osm import Area, Box

SOURCES = {
    "osm": "OpenStreetMap: a place by name, or an area",
    "3dbag": "3DBAG (Netherlands): a tile, a building, or an area",
    "plateau": "Project PLATEAU (Japan): the code of a city",
    "3dtiles": "3D Tiles: the address of a tileset.json",
    "url": "Any address that can be opened",
}


@dataclass(frozen=True)
class Wanted:
    """source: one of SOURCES. what: name, code or address. box: west, south, east, north in degrees, in its place or beside it.

    modules: of PLATEAU. level: how many levels of a tileset, None for all.
    """

    source: str
    what: str = ""
    box: Box | None = None
    modules: tuple[str, ...] = ()
    level: int | None = None


@dataclass
class _Got:
    """What a folder holds: name of the city and the sources of its recipe."""

    name: str
    sources: list[dict[str, str]] = field(default_factory=list)
    address: str = ""
    """Where it comes from, noted in the recipe where no source says so."""


def parse_box(text: str) -> Box:
    """west,south,east,north in degrees. Raises InputError."""
    from twin.net.osm import checked_box

    try:
        west, south, east, north = (float(v) for v in re.split(r"[,;\s]+", text.strip()))
    except ValueError:
        raise InputError(f"'{text}' is no bounding box", do="Write west,south,east,north in degrees, e.g. 4.45,51.90,4.47,51.92.") from None
    return checked_box((west, south, east, north), float("inf"))


def folder_for(wanted: Wanted) -> Path:
    """A folder here, named after what is wanted."""
    from twin.net.sources import url_name

    what = url_name(wanted.what) if is_url(wanted.what) else wanted.what or "area"
    plain = re.sub(r"[^\w]+", "-", what.lower()).strip("-")[:60] or "city"
    return Path(f"{wanted.source}-{plain}")


def get_city(wanted: Wanted, out: Path, client: Client) -> Path:
    """Fetch a city into the folder `out`, which is there only when it is complete; returns the recipe in it.

    Raises InputError for what cannot be had, StorageError where the folder cannot be written or holds other things.
    """
    if wanted.source not in SOURCES:
        raise InputError(f"'{wanted.source}' is no source", do=f"Known are {', '.join(SOURCES)}.")
    out = out.expanduser().absolute()
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not _is_ours(out))):
        raise StorageError("This folder holds other things", where=str(out), do="Choose a new one.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise StorageError(f"The folder cannot be written: {error.strerror}", where=str(out.parent)) from None
    try:
        got = _GETTERS[wanted.source](wanted, beside, client)
        _write_recipe(got, beside)
        beside.chmod(0o755)
        if out.exists():
            shutil.rmtree(out)
        beside.rename(out)
    except OSError as error:
        raise StorageError(f"The city cannot be kept: {error.strerror or error}", where=str(out)) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return out / "city.toml"


def _is_ours(folder: Path) -> bool:
    """Whether `twin get` has made this folder."""
    try:
        return (folder / "city.toml").read_text("utf-8").startswith(_HEAD)
    except (OSError, UnicodeDecodeError):
        return False


_HEAD = "# Fetched by `twin get`"


def _write_recipe(got: _Got, folder: Path) -> None:
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD[2:] + f" on {datetime.now(UTC):%Y-%m-%d}; open it with `twin open` and this folder."))
    if got.address:
        document.add(tomlkit.comment(f"From {got.address}"))
    document.add("name", got.name)
    sources = tomlkit.aot()
    for source in got.sources:
        table = tomlkit.table()
        for key, value in source.items():
            if value:
                table.add(key, value)
        sources.append(table)
    document.add("source", sources)
    (folder / "city.toml").write_text(tomlkit.dumps(document), "utf-8")


def _today() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}"


def _osm(wanted: Wanted, folder: Path, client: Client) -> _Got:
    from twin.city.readers.parts import OSM
    from twin.net.osm import area_named, checked_box, get_osm

    if wanted.box is not None:
        area = Area(wanted.what or "OpenStreetMap " + ",".join(f"{v:g}" for v in wanted.box), checked_box(wanted.box))
    elif wanted.what.strip():
        area = area_named(wanted.what.strip(), client)
    else:
        raise InputError("No place is named", do='Write a name, e.g. twin get osm "Rotterdam, Delfshaven", or give --bbox.')
    get_osm(area, folder / "city.osm", client)
    name = ", ".join(s.strip() for s in area.name.split(",")[:2])
    return _Got(name, [{"path": "city.osm", "name": "OpenStreetMap", "licence": OSM[0], "attribution": OSM[1], "date": _today()}])


def _3dbag(wanted: Wanted, folder: Path, client: Client) -> _Got:
    from twin.net.bag3d import ATTRIBUTION, LICENCE, get_3dbag

    files = get_3dbag(wanted.what.strip(), wanted.box, folder, client)
    about = {"licence": LICENCE, "attribution": ATTRIBUTION, "date": _today()}
    name = wanted.what.strip() or "3DBAG " + ",".join(f"{v:g}" for v in wanted.box or ())
    return _Got(name, [{"path": f.name, "name": f"3DBAG {f.name.split('.city')[0]}", **about} for f in files])


def _plateau(wanted: Wanted, folder: Path, client: Client) -> _Got:
    from twin.net.plateau import USUAL, find_city, get_plateau

    dataset = find_city(wanted.what.strip(), client)
    modules = wanted.modules or USUAL
    folders = get_plateau(dataset, () if modules == ("all",) else modules, folder, client)
    about = {"licence": dataset.licence, "attribution": "Project PLATEAU, MLIT Japan", "date": dataset.date}
    return _Got(dataset.title, [{"path": f"udx/{f.name}", "name": f"PLATEAU {f.name}", **about} for f in folders])


def _3dtiles(wanted: Wanted, folder: Path, client: Client) -> _Got:
    from twin.net.saved_tileset import save_tileset
    from twin.net.sources import url_name

    count, credit = save_tileset(wanted.what.strip(), folder / "tiles", client, wanted.box, wanted.level)
    name = url_name(wanted.what).removesuffix(".json")
    client.progress(f"{count:,} files", 1.0)
    return _Got(name, [{"path": "tiles/tileset.json", "name": name, "attribution": credit, "date": _today()}])


def _url(wanted: Wanted, folder: Path, client: Client) -> _Got:
    """A file is kept in the folder; a service stays where it is."""
    from twin.net.sources import remote, url_name

    url = without_password(wanted.what.strip())
    if not is_url(url):
        raise InputError("This is no address", where=shown(url), do="It begins with https://, wfs:https:// or postgresql://.")
    at = remote(url, (), client)
    path = url
    if at.file is not None:
        shutil.copyfile(at.file, folder / at.file.name)
        path = at.file.name
    name = url_name(url)
    return _Got(name.split(".")[0] if at.file is not None else name, [{"path": path, "name": name, "date": _today()}], shown(url))


_GETTERS: dict[str, Callable[[Wanted, Path, Client], _Got]] = {
    "osm": _osm, "3dbag": _3dbag, "plateau": _plateau, "3dtiles": _3dtiles, "url": _url,
}  # fmt: skip

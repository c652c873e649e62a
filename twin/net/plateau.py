"""Project PLATEAU: CityGML of Japanese cities, found in the catalogue of the G-spatial Information Center (CKAN API).

TWIN_PLATEAU_CATALOGUE_URL names another catalogue.
"""

from __future__ import annotations

import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.errors import InputError, StorageError
from twin.net.address import asked_with, shown
from twin.net.client import Client

CATALOGUE = "https://www.geospatial.jp/ckan/api/3/action"
MODULES = ("bldg", "brid", "tran", "veg", "frn", "dem", "luse", "wtr", "fld", "htd", "ifld", "tnm", "lsld", "urf", "area", "rwy", "squr",
           "trk", "tun", "ubld", "unf", "wwy", "cons", "gen")  # fmt: skip
USUAL = ("bldg", "dem", "brid", "tran")
EVERY_S = 1.0
MAX_UNPACKED = 60 << 30
_PLAIN_NAME = re.compile(r"[^\x00-\x1f<>:\"|?*\\]+")


@dataclass(frozen=True)
class Dataset:
    """One city and year. date: as the catalogue says it was changed last."""

    name: str
    title: str
    url: str
    licence: str
    date: str


def find_city(code: str, client: Client) -> Dataset:
    """The newest CityGML of a city: by the code of the municipality (13101), or the name of its data set. Raises InputError."""
    server = os.environ.get("TWIN_PLATEAU_CATALOGUE_URL", CATALOGUE).rstrip("/")
    if re.fullmatch(r"\d{5,6}", code):
        asked = asked_with(f"{server}/package_search", q=f"name:plateau-{code[:5]}-*", rows=100)
        found = _result(client.json(asked, every_s=EVERY_S, what=f"Looking for {code}"), server).get("results") or []
        packages = [p for p in found if str(p.get("name", "")).startswith(f"plateau-{code[:5]}")]
    elif re.fullmatch(r"[a-z0-9_-]{3,100}", code):
        packages = [
            _result(client.json(asked_with(f"{server}/package_show", id=code), every_s=EVERY_S, what=f"Looking for {code}"), server)
        ]
    else:
        raise InputError(f"'{code}' is no code of a Japanese municipality", do="Write five digits (13101), or the name of a data set.")
    # The year stands at the end of the name.
    for package in sorted(packages, key=lambda p: str(p.get("name", "")), reverse=True):
        for resource in _versions(package):
            date = str(resource.get("last_modified") or package.get("metadata_modified") or "")[:10]
            licence = str(package.get("license_title") or "") or "PLATEAU Site Policy (CC BY 4.0)"
            return Dataset(str(package["name"]), str(package.get("title") or code), str(resource["url"]), licence, date)
    raise InputError(f"Project PLATEAU has no CityGML of '{code}'", where=shown(server), do="Look for its code in the catalogue.")


def _result(answer: Any, server: str) -> dict[str, Any]:
    if not isinstance(answer, dict) or answer.get("success") is not True or not isinstance(answer.get("result"), dict):
        raise InputError("The catalogue of Project PLATEAU did not answer the question", where=shown(server))
    return dict(answer["result"])


def _versions(package: dict[str, Any]) -> list[dict[str, Any]]:
    """Archives of CityGML, the newest version first: they are called CityGML, CityGML（v2）..."""
    archives = [
        r for r in package.get("resources") or []
        if isinstance(r, dict) and "citygml" in str(r.get("name", "")).lower() + str(r.get("format", "")).lower()
        and re.search(r"\.zip($|\?)", str(r.get("url", "")).lower()) and str(r["url"]).startswith(("http://", "https://"))
    ]  # fmt: skip

    def version(resource: dict[str, Any]) -> tuple[int, str]:
        said = re.search(r"[vV](\d+)", str(resource.get("name", "")))
        return int(said[1]) if said else 1, str(resource.get("last_modified") or "")

    return sorted(archives, key=version, reverse=True)


def get_plateau(dataset: Dataset, modules: tuple[str, ...], folder: Path, client: Client) -> list[Path]:
    """Unpack the modules wanted (bldg, dem ...; all for none named) and the code lists into a folder.

    Returns the folders of the modules. Raises InputError where an archive has none of them or is broken.
    """
    unknown = [m for m in modules if m not in MODULES]
    if unknown:
        raise InputError(f"'{unknown[0]}' is no module of PLATEAU", do=f"Known are {', '.join(MODULES)}.")
    got = client.fetch(dataset.url, fresh_s=30 * 86400.0, what=f"Fetching {dataset.title}")
    try:
        with zipfile.ZipFile(got.path) as archive:
            return _unpacked(archive, modules, folder, client)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"This archive is broken: {error}", where=shown(dataset.url), do="Fetch it again with --refresh.") from error
    except OSError as error:
        raise StorageError(f"The files cannot be kept: {error.strerror or error}", where=str(folder)) from error


def _unpacked(archive: zipfile.ZipFile, modules: tuple[str, ...], folder: Path, client: Client) -> list[Path]:
    chosen: list[tuple[zipfile.ZipInfo, Path]] = []
    there: set[str] = set()
    for member in archive.infolist():
        steps = [s for s in member.filename.split("/") if s not in ("", ".")]
        if member.is_dir() or ".." in steps or not all(_PLAIN_NAME.fullmatch(s) for s in steps):
            continue
        if "udx" in steps[:-1]:
            inside = steps[steps.index("udx") :]
            there.add(inside[1])
            if len(inside) > 2 and (not modules or inside[1] in modules):
                chosen.append((member, Path(*inside)))
        elif "codelists" in steps[:-1]:
            chosen.append((member, Path(*steps[steps.index("codelists") :])))
    if not any(path.parts[0] == "udx" for _, path in chosen):
        raise InputError("This archive has none of the modules wanted", do=f"It has: {', '.join(sorted(there)) or 'no CityGML'}.")
    total, done = sum(m.file_size for m, _ in chosen), 0
    if total > MAX_UNPACKED:
        raise InputError(f"This city unpacks to {total / 2**30:.0f} GiB", do="Take fewer modules.")
    for member, path in chosen:
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, open(target, "wb") as out:
            left = member.file_size
            while left > 0 and (piece := source.read(min(1 << 20, left))):
                out.write(piece)
                left -= len(piece)
                done += len(piece)
                client.progress(f"Unpacking {path.name}", done / max(total, 1))
    return sorted({folder / "udx" / path.parts[1] for _, path in chosen if path.parts[0] == "udx"})

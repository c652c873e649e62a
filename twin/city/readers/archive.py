"""Archives (ZIP, TAR, GZ) of any of the other formats: unpacked with bounds beside nothing of the user's, then read as a folder."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO

from twin.city.readers.parts import Hints, Parts
from twin.errors import InputError, Problem

MAX_TOTAL = 4 << 30
MAX_MEMBERS = 5_000
MAX_RATIO = 200
"""Times its own size that an archive may unpack to, beyond RATIO_FROM bytes."""
RATIO_FROM = 64 << 20
MAX_DEPTH = 2
_BROKEN = (zipfile.BadZipFile, zipfile.LargeZipFile, tarfile.TarError, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
           zlib.error, lzma.LZMAError)  # fmt: skip
_GTFS = frozenset({"stops.txt", "stop_times.txt", "routes.txt"})
_depth: ContextVar[int] = ContextVar("depth", default=0)
_kept: list[tempfile.TemporaryDirectory[str]] = []
"""Folders that pictures are still read from; they go when the program ends."""


def read_archive(path: Path, hints: Hints) -> Parts:
    """What all members give together. Raises InputError for archives that are broken, encrypted, bombs or reach outside themselves."""
    from twin.city.readers import files_of
    from twin.city.readers.registry import reader_of_folder, readers

    if _depth.get() >= MAX_DEPTH:
        raise InputError("This archive lies in an archive in an archive", where=str(path), do="Unpack the outer ones first.")
    folder = tempfile.TemporaryDirectory(prefix="twin-archive-", ignore_cleanup_errors=True)
    token = _depth.set(_depth.get() + 1)
    keep = False
    try:
        try:
            unpack(path, Path(folder.name), hints.encoding)
        except _BROKEN as error:
            raise _broken(error, path) from None
        if {p.name.lower() for p in Path(folder.name).iterdir()} >= _GTFS:
            gtfs = next((r for r in readers() if r.name == "gtfs"), None)
            if gtfs is None:
                raise InputError("This is a GTFS timetable, not a layer", where=str(path))
            return gtfs.read(path, hints)
        root = Path(folder.name)
        while len(inside := list(root.iterdir())) == 1 and inside[0].is_dir() and reader_of_folder(inside[0]) is None:
            root = inside[0]  # a folder in a folder in an archive says nothing
        members = [file for file, _ in files_of(root)]
        parts = _read_members(path, members, hints)
        keep = bool(parts.images)
        return parts
    finally:
        _depth.reset(token)
        if keep:
            _kept.append(folder)
        else:
            folder.cleanup()


def _read_members(path: Path, members: list[Path], hints: Hints) -> Parts:
    from twin.city.readers import read_file

    if not members:
        raise InputError("This archive holds nothing that can be opened", where=str(path))
    parts, errors = Parts(), []
    for member in members:
        try:
            parts.add(read_file(member, hints))
        except InputError as error:
            errors.append(error)
            parts.problems.append(Problem("unusable", "warning", 1, f"{error.what}. {error.do}".strip(), member.name))
    if errors and parts.is_empty and not parts.tables:
        first = errors[0]
        raise InputError(first.what, where=f"{path}: {Path(first.where.split(':')[0]).name}", do=first.do) from None
    parts.sources = [replace(s, path=str(path)) for s in parts.sources]
    return parts


def unpack(path: Path, folder: Path, encoding: str = "") -> None:
    """Writes the members of an archive into an empty folder. Raises InputError where they break the bounds, OSError and the
    errors of the archive modules where it is broken."""
    with open(path, "rb") as file:
        head = file.read(4)
    budget = min(MAX_TOTAL, max(RATIO_FROM, path.stat().st_size * MAX_RATIO))
    if head[:2] == b"PK":
        checked_zip(path)
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir():
                    with archive.open(info) as member:
                        budget -= _write(member, _target(folder, _name(info, encoding), path), budget, path)
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            for item in _regular(tar, path):
                stream = tar.extractfile(item)
                if stream is not None:
                    budget -= _write(stream, _target(folder, item.name, path), budget, path)
    elif head[:2] == b"\x1f\x8b":
        with open(path, "rb") as raw, gzip.GzipFile(fileobj=raw) as single:
            _write(single, folder / (path.stem or "member"), budget, path, raw)
    else:
        raise InputError("This is no archive that can be opened", where=str(path))


def checked_zip(path: Path, no_doctype: bool = False) -> None:
    """Raises InputError where a ZIP file is broken, encrypted, unpacks to far more than it is, or reaches outside itself.

    no_doctype: also where a member is XML with a document type, which no office program writes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise InputError(f"This archive has more than {MAX_MEMBERS:,} members", where=str(path), do="Unpack it first.")
            total = sum(i.file_size for i in members)
            if total > MAX_TOTAL or total > max(RATIO_FROM, path.stat().st_size * MAX_RATIO):
                raise InputError(
                    f"This archive unpacks to {total / 2**20:,.0f} MB, far more than it has itself", where=str(path), do="Unpack it first."
                )
            if any(i.flag_bits & 1 for i in members):
                raise InputError("This archive is encrypted", where=str(path), do="Unpack it first.")
            if any(stat.S_ISLNK(i.external_attr >> 16) for i in members):
                raise InputError("This archive holds links to other files", where=str(path), do="Unpack it first, if you trust it.")
            for info in members if no_doctype else ():
                if info.filename.lower().endswith((".xml", ".rels", ".vml")) and _has_doctype(archive, info):
                    raise InputError("This file declares XML entities, which is not safe to read", where=str(path))
    except _BROKEN as error:
        raise _broken(error, path) from None


def _broken(error: Exception, path: Path) -> InputError:
    return InputError(f"This archive cannot be read: {str(error)[:150].rstrip('.')}", where=str(path), do="Is it complete?")


def _has_doctype(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    last = b""
    with archive.open(info) as member:
        while block := member.read(1 << 20):
            if b"<!DOCTYPE" in (last + block).replace(b"\0", b"").upper():
                return True
            last = block[-32:]
    return False


def _regular(tar: tarfile.TarFile, path: Path) -> Iterator[tarfile.TarInfo]:
    for count, item in enumerate(tar):
        if count >= MAX_MEMBERS:
            raise InputError(f"This archive has more than {MAX_MEMBERS:,} members", where=str(path), do="Unpack it first.")
        if item.issym() or item.islnk() or item.isdev():
            raise InputError("This archive holds links to other files", where=str(path), do="Unpack it first, if you trust it.")
        if item.isfile():
            yield item


def _name(info: zipfile.ZipInfo, encoding: str) -> str:
    """Names that do not say that they are UTF-8 are in whatever their maker's computer used; Python took them for cp437."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    raw = info.filename.encode("cp437", "replace")
    for codec in (encoding, "utf-8", "gbk", "cp932", "big5"):
        try:
            return raw.decode(codec or "ascii")
        except (UnicodeDecodeError, LookupError):
            continue
    return info.filename


def _target(folder: Path, name: str, path: Path) -> Path:
    """Where a member goes. Raises InputError where its name leads out of the folder."""
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise InputError(f"A member of this archive wants to be written outside it: {name[:100]!r}", where=str(path))
    return folder.joinpath(*[p[:180] for p in pure.parts] or ["member"])


def _write(member: IO[bytes] | gzip.GzipFile, target: Path, budget: int, path: Path, packed: IO[bytes] | None = None) -> int:
    """Bytes written. packed: what they are unpacked from, to see early how much more they are."""
    target.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with open(target, "wb") as out:
        while block := member.read(1 << 20):
            written += len(block)
            if written > budget or (packed is not None and written > RATIO_FROM + packed.tell() * MAX_RATIO):
                raise InputError("This archive unpacks to far more than it has itself", where=str(path), do="Unpack it first.")
            out.write(block)
    return written

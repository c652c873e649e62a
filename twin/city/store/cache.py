"""Cities kept from one opening to the next."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from twin.city.city import City
from twin.city.store.reading import is_store, load_city
from twin.city.store.writing import FORMAT, VERSION, save_city, sweep
from twin.errors import InputError, StorageError
from twin.folders import cache_dir

KEEP_CITIES, KEEP_BYTES = 24, 12 << 30


def key_of(paths: Iterable[Path], *words: object) -> str:
    """Cache key of sources: names, sizes, times of change, the words, and the state of our own reading code."""
    code = sorted(Path(__file__).parents[1].rglob("*.py"))
    digest = hashlib.sha256(repr((FORMAT, VERSION, words)).encode())
    for path in [*sorted(paths), *code]:
        status = path.stat()
        digest.update(f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:32]


def cached_city(key: str, make: Callable[[], City]) -> City:
    """The city kept under key, else the one `make` gives, which is then kept. A broken or unwritable cache only costs time."""
    home = cache_dir() / "cities"
    folder = home / key
    kept = _kept(folder)
    if kept is not None:
        return kept
    city = make()
    try:
        save_city(city, folder)
        sweep(home)
        bound(home)
    except (StorageError, OSError):
        return city
    return _kept(folder) or city  # mapped, in the order every later opening has


def _kept(folder: Path) -> City | None:
    if not is_store(folder):
        return None
    try:
        city = load_city(folder)
        os.utime(folder)
        return city
    except (InputError, OSError):
        shutil.rmtree(folder, ignore_errors=True)
        return None


def bound(home: Path, most_cities: int = KEEP_CITIES, most_bytes: int = KEEP_BYTES) -> None:
    """Remove the cities that were not opened for longest, until few and small enough are left; the newest always stays."""
    kept = sorted((p for p in home.iterdir() if is_store(p)), key=lambda p: p.stat().st_mtime, reverse=True)
    total = 0
    for number, folder in enumerate(kept):
        total += sum(f.stat().st_size for f in folder.iterdir())
        if number and (number >= most_cities or total > most_bytes):
            shutil.rmtree(folder, ignore_errors=True)

"""Fetching: cached, resumed, polite, bounded.

A download runs in a thread of its own, so that who waits can tell how far it is and stop within a tenth of a second.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from twin.errors import InputError, StorageError
from twin.folders import cache_dir

if TYPE_CHECKING:
    import httpx

Progress = Callable[[str, float], None]
MAX_BYTES = 16 << 30
CACHE_BYTES = 8 << 30
TRIES = 5
WAIT_AT_MOST_S = 60.0
FRESH_S = 3600.0
"""Asked again only after this where the server states nothing."""
REDIRECTS = 5
_RETRY = frozenset({408, 429, 500, 502, 503, 504})
_PARTIAL = "body.part"


@dataclass(frozen=True)
class Fetched:
    """One answer, kept in the cache. age_s: since it was last confirmed; stale: older than asked for, since nobody answered."""

    path: Path
    url: str
    kind: str
    """Content type, lower case, without its parameters."""
    stamp: str
    """Changes when the content does: ETag, else date, else SHA-256."""
    age_s: float = 0.0
    stale: bool = False

    def bytes(self) -> bytes:
        return self.path.read_bytes()


class Pace:
    """At most so many requests a second to one host; all clients of the program share it."""

    _next: dict[str, float] = {}
    _lock = threading.Lock()

    @classmethod
    def turn(cls, host: str, every_s: float) -> float:
        """Seconds to wait before the next request; the turn is taken."""
        with cls._lock:
            now = time.monotonic()
            at = max(now, cls._next.get(host, 0.0))
            cls._next[host] = at + every_s
            return at - now

    @classmethod
    def later(cls, host: str, seconds: float) -> None:
        """Nobody asks this host before so many seconds have passed."""
        with cls._lock:
            cls._next[host] = max(cls._next.get(host, 0.0), time.monotonic() + seconds)


class Client:
    """HTTP and HTTPS for sources of a city.

    progress: told what is fetched and the fraction (0 where unknown), ten times a second; what it raises stops the download.
    every_s: least seconds between two requests to a host. offline: only what is cached.
    """

    def __init__(self, progress: Progress | None = None, *, every_s: float = 0.1, offline: bool = False, cache: Path | None = None) -> None:
        self._progress = progress or (lambda _what, _fraction: None)
        self._every_s = every_s
        self._offline = offline
        self._home = (cache or cache_dir()) / "net"

    def fetch(
        self,
        url: str,
        *,
        body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        refresh: bool = False,
        fresh_s: float = FRESH_S,
        what: str = "",
    ) -> Fetched:
        """The answer to a GET, or to a POST of `body` as a form.

        refresh: ask the server even where the cached answer is fresh. fresh_s: for how long it is where the server states nothing.
        Raises InputError where the server says no or cannot be reached and nothing is cached, StorageError where the disk is full.
        """
        url = checked(url)
        folder = self._home / sha256(json.dumps([url, sorted((body or {}).items())]).encode()).hexdigest()[:40]
        told = _told(folder)
        if told is not None and not refresh and (self._offline or time.time() < told["until"]):
            return _cached(folder, told, stale=time.time() >= told["until"])
        if self._offline:
            raise InputError("This is not in the cache, and the program is offline", where=shown(url))
        work = _Download(url, body, dict(headers or {}), folder, told, max_bytes, self._every_s, fresh_s)
        thread = threading.Thread(target=work.run, name="download", daemon=True)
        thread.start()
        label = what or f"Fetching {urlsplit(url).path.rsplit('/', 1)[-1] or urlsplit(url).hostname}"
        try:
            while not work.done.wait(0.1):
                self._progress(label, work.fraction)
        except BaseException:
            work.stop.set()
            raise
        if work.error is not None:
            if told is not None and work.no_answer:
                return _cached(folder, told, stale=True)
            raise work.error
        swept(self._home, CACHE_BYTES, keep=folder)
        told = _told(folder)
        assert told is not None
        return _cached(folder, told)


def checked(url: str) -> str:
    """The URL as it is asked for. Raises InputError for anything but http and https."""
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"This address is not understood: {error}", where=shown(url)) from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise InputError("Only addresses that begin with http:// or https:// can be fetched", where=shown(url))
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", parts.query, ""))


def shown(url: str) -> str:
    """A URL without user, password, keys and tokens, for messages."""
    text = re.sub(r"(?<=://)[^/@\s]*@", "", url)
    return re.sub(r"(?i)([?&](?:[^=&]*(?:key|token|password|secret|signature|sig))=)[^&]*", r"\1***", text)[:300]


def _told(folder: Path) -> dict[str, Any] | None:
    """What is known of a cached answer; None where it is not whole."""
    try:
        told = json.loads((folder / "head.json").read_text("utf-8"))
        whole = (folder / "body").stat().st_size == told["bytes"]
        return told if whole and {"url", "kind", "stamp", "at", "until"} <= set(told) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _cached(folder: Path, told: dict[str, Any], stale: bool = False) -> Fetched:
    os.utime(folder)
    return Fetched(folder / "body", told["url"], told["kind"], told["stamp"], max(0.0, time.time() - told["at"]), stale)


def swept(home: Path, most_bytes: int, keep: Path | None = None) -> None:
    """The oldest answers go until the rest takes no more than most_bytes."""
    try:
        folders = [(f.stat().st_mtime, f, sum(p.stat().st_size for p in f.iterdir())) for f in home.iterdir() if f.is_dir()]
    except OSError:
        return
    total = sum(size for _, _, size in folders)
    for _, folder, size in sorted(folders, key=lambda item: item[0]):
        if total <= most_bytes:
            return
        if folder != keep:
            shutil.rmtree(folder, ignore_errors=True)
            total -= size


class _Download:
    """One answer on its way into its folder."""

    def __init__(
        self,
        url: str,
        body: Mapping[str, str] | None,
        headers: dict[str, str],
        folder: Path,
        told: dict[str, Any] | None,
        max_bytes: int,
        every_s: float,
        fresh_s: float,
    ) -> None:
        self.url, self.body, self.headers, self.folder, self.told = url, body, headers, folder, told
        self.max_bytes, self.every_s, self.fresh_s = max_bytes, every_s, fresh_s
        self.host = urlsplit(url).hostname or ""
        self.stop, self.done = threading.Event(), threading.Event()
        self.fraction = 0.0
        self.error: Exception | None = None
        self.no_answer = False

    def run(self) -> None:
        import httpx

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            timeout = httpx.Timeout(30.0, connect=15.0)
            with httpx.Client(timeout=timeout, follow_redirects=False) as client:
                self._tries(client)
        except OSError as error:
            self.error = StorageError(f"The download cannot be kept: {error.strerror or error}", where=str(self.folder))
        except Exception as error:
            self.error = error
        finally:
            self.done.set()

    def _tries(self, client: httpx.Client) -> None:
        import httpx

        last: InputError | None = None
        for attempt in range(TRIES):
            if self.stop.wait(Pace.turn(self.host, self.every_s)):
                return
            pause = min(WAIT_AT_MOST_S, 0.5 * 2**attempt)
            try:
                again = self._once(client)
                if again is None:
                    return
                status, wished = again
                pause = min(WAIT_AT_MOST_S, wished if wished is not None else pause)
                why = "it is asked too often" if status == 429 else f"it answers {status}"
                last = InputError(f"The server cannot answer now: {why}", where=shown(self.url), do="Try again later.")
                if wished is not None and wished > WAIT_AT_MOST_S:
                    break
                Pace.later(self.host, pause)
            except (httpx.TransportError, httpx.DecodingError) as error:
                told = str(error).strip().rstrip(".") or type(error).__name__
                last = InputError(
                    f"The server cannot be reached: {told}", where=shown(self.url), do="Check the address and the connection."
                )
            if attempt < TRIES - 1 and self.stop.wait(pause):
                return
        self.no_answer = True
        assert last is not None
        raise last

    def _once(self, client: httpx.Client) -> tuple[int, float | None] | None:
        """One request; None when the answer is kept, else the status and the seconds the server asks to wait."""
        part = self.folder / _PARTIAL
        have, mark = self._begun(part)
        headers = {"User-Agent": f"urban-twin/{version('urban-twin')}", **self.headers}
        if self.told is not None and not have:
            headers |= {k: self.told[n] for k, n in (("If-None-Match", "etag"), ("If-Modified-Since", "modified")) if self.told.get(n)}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": mark, "Accept-Encoding": "identity"}
        url = self.url
        for _ in range(REDIRECTS + 1):
            method, content = ("GET", None) if self.body is None else ("POST", dict(self.body))
            with client.stream(method, url, headers=headers, data=content) as answer:
                if answer.has_redirect_location:
                    url = checked(str(answer.url.join(answer.headers["location"])))
                    if urlsplit(url).hostname != self.host:
                        headers.pop("Authorization", None)
                    continue
                if answer.status_code in _RETRY:
                    return answer.status_code, _retry_after(answer.headers.get("retry-after", ""))
                if answer.status_code == 416:  # what was begun is no longer part of it
                    part.unlink(missing_ok=True)
                    return 416, 0.0
                if answer.status_code == 304 and self.told is not None:
                    self._head(self.told | {"at": time.time(), "until": time.time() + _fresh(answer, self.fresh_s)})
                    return None
                if answer.status_code not in (200, 206):
                    raise InputError(_refusal(answer.status_code), where=shown(self.url))
                self._keep(answer, part, have if answer.status_code == 206 else 0)
                return None
        raise InputError("This address leads in a circle of other addresses", where=shown(self.url))

    def _begun(self, part: Path) -> tuple[int, str]:
        """Bytes of an earlier attempt, and the mark by which the server knows that it is still the same."""
        try:
            mark = (self.folder / "body.mark").read_text("utf-8")
            return (part.stat().st_size, mark) if mark and self.body is None else (0, "")
        except OSError:
            return 0, ""

    def _keep(self, answer: httpx.Response, part: Path, have: int) -> None:
        encoded = answer.headers.get("content-encoding", "identity") not in ("", "identity")
        length = answer.headers.get("content-length", "")
        total = have + int(length) if length.isdigit() and not encoded else 0
        too_large = InputError(f"This is larger than the {self.max_bytes / 2**20:,.0f} MiB that are fetched", where=shown(self.url))
        if total > self.max_bytes:
            raise too_large
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        # Only a strong mark says that bytes are the same; a decoded answer cannot be continued.
        strong = etag if etag and not etag.startswith("W/") else modified
        (self.folder / "body.mark").write_text("" if encoded else strong, "utf-8")
        done = have
        with open(part, "ab" if have else "wb") as file:
            for chunk in answer.iter_bytes(1 << 18):
                if self.stop.is_set():
                    return
                done += len(chunk)
                if done > self.max_bytes:
                    raise too_large
                file.write(chunk)
                self.fraction = min(done / total, 1.0) if total else 0.0
            file.flush()
            os.fsync(file.fileno())
        with open(part, "rb") as file:
            import hashlib

            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.replace(part, self.folder / "body")
        (self.folder / "body.mark").unlink(missing_ok=True)
        now = time.time()
        self._head(
            {
                "url": shown(self.url), "kind": answer.headers.get("content-type", "").split(";")[0].strip().lower(), "bytes": done,
                "etag": etag, "modified": modified, "stamp": digest, "at": now, "until": now + _fresh(answer, self.fresh_s),
            }
        )  # fmt: skip

    def _head(self, told: dict[str, Any]) -> None:
        path = self.folder / "head.json"
        path.with_suffix(".new").write_text(json.dumps(told), "utf-8")
        os.replace(path.with_suffix(".new"), path)


def _fresh(answer: httpx.Response, usual: float) -> float:
    """Seconds for which the server says the answer holds."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return 0.0
    said = re.search(r"max-age=(\d+)", control)
    return float(min(int(said.group(1)), 30 * 86400)) if said else usual


def _retry_after(text: str) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _refusal(status: int) -> str:
    told = {
        400: "The server does not understand the question (400)", 401: "The server asks for a login (401)",
        403: "The server does not allow this (403)", 404: "There is nothing at this address (404)", 410: "This is no longer there (410)",
    }  # fmt: skip
    return told.get(status, f"The server refuses (status {status})")

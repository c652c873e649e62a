"""Fetching: cached, resumed, polite, bounded.

A download runs in a thread of its own, so that who waits can tell how far it is and stop within a tenth of a second. Proxies are
those of the environment (HTTPS_PROXY, HTTP_PROXY, NO_PROXY). TWIN_OFFLINE=1 uses only what is cached.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from twin.errors import InputError
from twin.folders import cache_dir
from twin.net.address import checked, shown, with_password
from twin.net.download import Download
from twin.net.kept import Fetched, cached, swept, told_of

if TYPE_CHECKING:
    import httpx

Progress = Callable[[str, float], None]
MAX_BYTES = 16 << 30
CACHE_BYTES = 8 << 30
SWEPT_EVERY = 200
FRESH_S = 3600.0
"""Asked again only after this where the server states nothing."""


class Client:
    """HTTP and HTTPS for sources of a city; a context manager that closes its connections. Threads may share it.

    progress: told what is fetched and the fraction (0 where unknown), ten times a second; what it raises stops the download.
    every_s: least seconds between two requests to a host. offline: only what is cached. refresh: the server is always asked.
    """

    def __init__(
        self,
        progress: Progress | None = None,
        *,
        every_s: float = 0.1,
        offline: bool = False,
        refresh: bool = False,
        cache: Path | None = None,
    ) -> None:
        self.progress: Progress = progress or (lambda _what, _fraction: None)
        self.stale: list[Fetched] = []
        """Answers that are older than they should be, since nobody answered."""
        self._every_s, self._refresh = every_s, refresh
        self._offline = offline or os.environ.get("TWIN_OFFLINE", "") not in ("", "0")
        self._home = (cache or cache_dir()) / "net"
        self._http: httpx.Client | None = None
        self._lock = threading.Lock()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        with self._lock:
            if self._http is not None:
                self._http.close()
                self._http = None

    def fetch(
        self,
        url: str,
        *,
        body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        refresh: bool = False,
        fresh_s: float = FRESH_S,
        every_s: float = 0.0,
        what: str = "",
    ) -> Fetched:
        """The answer to a GET, or to a POST of `body` as a form.

        refresh: ask the server even where the cached answer is fresh. fresh_s: for how long it is where the server states nothing.
        every_s: as of the client, where this server wants more. what: shown while it is fetched.
        Raises InputError where the server says no or cannot be reached and nothing is cached, StorageError where the disk is full.
        """
        url = checked(url)
        asked = [url, sorted((body or {}).items()), sorted((headers or {}).items())]
        folder = self._home / sha256(json.dumps(asked).encode()).hexdigest()[:40]
        told = told_of(folder)
        if told is not None and (self._offline or not (refresh or self._refresh)) and (self._offline or time.time() < told["until"]):
            return self._given(folder, told, stale=time.time() >= told["until"])
        if self._offline:
            raise InputError("This is not in the cache, and the program is offline", where=shown(url))
        work = Download(
            self._connection, with_password(url), folder, body=body, headers=headers or {}, max_bytes=max_bytes,
            every_s=max(every_s, self._every_s), fresh_s=fresh_s,
        )  # fmt: skip
        work.start()
        label = what or f"Fetching {urlsplit(url).path.rsplit('/', 1)[-1] or urlsplit(url).hostname}"
        try:
            self.progress(label, 0.0)
            while not work.done.wait(0.1):
                self.progress(label, work.fraction)
        except BaseException:
            work.abandon()
            raise
        if work.error is not None:
            if told is not None and work.no_answer:
                return self._given(folder, told, stale=True)
            raise work.error
        with self._lock:
            self._count += 1
            sweep = self._count % SWEPT_EVERY == 1
        if sweep:
            swept(self._home, CACHE_BYTES, keep=folder)
        told = told_of(folder)
        if told is None:
            raise InputError("The download was removed while it was read", where=shown(url), do="Try again.")
        return self._given(folder, told)

    def json(self, url: str, **options: Any) -> Any:
        """A JSON answer. Raises InputError as fetch, and where it is no JSON."""
        got = self.fetch(url, **{"max_bytes": 64 << 20, **options})
        try:
            return json.loads(got.bytes())
        except (ValueError, RecursionError) as error:
            raise InputError("This server answered something that is no JSON", where=shown(url)) from error

    def _given(self, folder: Path, told: dict[str, Any], stale: bool = False) -> Fetched:
        got = cached(folder, told, stale)
        if stale:
            self.stale.append(got)
        return got

    def _connection(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._http is None:
                self._http = httpx.Client(timeout=httpx.Timeout(30.0, connect=15.0), follow_redirects=False)
            return self._http

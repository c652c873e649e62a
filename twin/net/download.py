"""One answer on its way into the cache: begun again where it broke off, asked again where the server has no time."""

from __future__ import annotations

import email.utils
import hashlib
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twin.errors import InputError, StorageError
from twin.net.address import checked, shown
from twin.net.kept import Claim, told_of, write_told

if TYPE_CHECKING:
    import httpx

TRIES = 5
"""In a row without a byte more."""
MOST_TRIES = 60
PAUSE_S = 0.5
WAIT_AT_MOST_S = 60.0
REDIRECTS = 5
MOST_EXPANDED = 400
"""Times that a packed answer may grow by unpacking, once it is beyond BOMB_FROM."""
BOMB_FROM = 64 << 20
_RETRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_PARTIAL, _MARK = "body.part", "body.mark"


class NotThere(InputError):
    """The server has nothing at this address (404, 410)."""


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


class Download:
    """Fetches one address into its folder of the cache, in a thread of its own; `done` is set at the end.

    fraction: 0 to 1, 0 where the size is unknown. error: what went wrong. no_answer: it did because nobody answered.
    """

    def __init__(
        self,
        http: Callable[[], httpx.Client],
        url: str,
        folder: Path,
        *,
        body: Mapping[str, str] | None,
        headers: Mapping[str, str],
        max_bytes: int,
        every_s: float,
        fresh_s: float,
    ) -> None:
        self.url, self.folder, self.body, self.headers = url, folder, body, dict(headers)
        self.max_bytes, self.every_s, self.fresh_s = max_bytes, every_s, fresh_s
        self.fraction = 0.0
        self.error: Exception | None = None
        self.no_answer = False
        self.done = threading.Event()
        self._http = http
        self._host = urlsplit(url).netloc.rpartition("@")[2]
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._claim = Claim(folder)
        self._part = folder / _PARTIAL
        self._told: dict[str, Any] | None = None

    def start(self) -> None:
        threading.Thread(target=self.run, name="download", daemon=True).start()

    def abandon(self) -> None:
        """Nothing is written any more; who comes next may go on at once. The thread ends when the server lets it."""
        with self._writing:
            self._stop.set()
            self._claim.release()

    def run(self) -> None:
        import httpx

        began = time.time()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            while not self._claim.take():
                if self._stop.wait(0.1):
                    return
            self._told = told_of(self.folder)
            if self._told is None or self._told["at"] < began:  # else another has fetched it meanwhile
                self._tries()
        except OSError as error:
            self.error = StorageError(f"The download cannot be kept: {error.strerror or error}", where=str(self.folder))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError) as error:
            self.error = InputError(f"This address or its proxy is not understood: {error}", where=shown(self.url))
        except Exception as error:
            self.error = error
        finally:
            with self._writing:
                self._claim.release()
            self.done.set()

    def _tries(self) -> None:
        import httpx

        last: InputError | None = None
        vain = 0
        for _ in range(MOST_TRIES):
            if self._stop.wait(Pace.turn(self._host, self.every_s)):
                return
            before = self._begun()[0]
            pause = min(WAIT_AT_MOST_S, PAUSE_S * 2**vain)
            most = TRIES
            try:
                again = self._once()
                if again is None:
                    return
                status, wished = again
                why = "it is asked too often" if status == 429 else f"it answers {status}"
                last = InputError(f"The server cannot answer now: {why}", where=shown(self.url), do="Try again later.")
                if wished is not None and wished > WAIT_AT_MOST_S:
                    break
                pause = wished if wished is not None else pause
                Pace.later(self._host, pause)
            except httpx.UnsupportedProtocol:
                raise
            except (httpx.TransportError, httpx.DecodingError) as error:
                last, most = _unreachable(error, self.url)
            vain = 0 if self._begun()[0] > before else vain + 1
            if vain >= most:
                break
            if self._stop.wait(pause):
                return
        self.no_answer = True
        assert last is not None
        raise last

    def _once(self) -> tuple[int, float | None] | None:
        """One request; None when the answer is kept (or nobody waits for it), else the status and the seconds the server asks to wait."""
        have, mark = self._begun()
        headers = {"User-Agent": f"urban-twin/{version('urban-twin')}", **self.headers}
        if self._told is not None and not have:
            names = (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
            headers |= {name: self._told[key] for name, key in names if self._told.get(key)}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": mark, "Accept-Encoding": "identity"}
        url, body = self.url, None if self.body is None else dict(self.body)
        for _ in range(REDIRECTS + 1):
            with self._http().stream("GET" if body is None else "POST", url, headers=headers, data=body) as answer:
                status = answer.status_code
                if answer.has_redirect_location:
                    url = checked(str(answer.url.join(answer.headers["location"])))
                    if urlsplit(url).netloc.rpartition("@")[2] != self._host:
                        headers.pop("Authorization", None)
                    body = None if status in (301, 302, 303) else body
                    continue
                if status in _RETRY:
                    return status, _retry_after(answer.headers.get("retry-after", ""))
                start = _start(answer)
                if status == 416 or (status == 206 and start != have):  # what was begun is no longer part of it
                    self._part.unlink(missing_ok=True)
                    return status, 0.0
                if status == 304 and self._told is not None:
                    with self._writing:
                        if not self._stop.is_set():
                            now = time.time()
                            write_told(self.folder, self._told | {"at": now, "until": now + _fresh(answer, self.fresh_s)})
                    return None
                if status not in (200, 206):
                    kind = NotThere if status in (404, 410) else InputError
                    raise kind(_refusal(status), where=shown(self.url))
                self._keep(answer, have if status == 206 else 0)
                return None
        raise InputError("This address leads in a circle of other addresses", where=shown(self.url))

    def _begun(self) -> tuple[int, str]:
        """Bytes of an earlier attempt, and the mark by which the server knows that it is still the same."""
        try:
            mark = (self.folder / _MARK).read_text("utf-8")
            return (self._part.stat().st_size, mark) if mark and self.body is None else (0, "")
        except OSError:
            return 0, ""

    def _keep(self, answer: httpx.Response, have: int) -> None:
        import httpx

        packed = answer.headers.get("content-encoding", "identity").lower() not in ("", "identity")
        length = answer.headers.get("content-length", "")
        total = _whole(answer) or (have + int(length) if length.isdigit() and not packed else 0)
        too_large = InputError(f"This is larger than the {self.max_bytes / 2**20:,.0f} MiB that are fetched", where=shown(self.url))
        if total > self.max_bytes:
            raise too_large
        etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
        with self._writing:
            if self._stop.is_set():
                return
            # Only a strong mark says that bytes are the same; an unpacked answer cannot be continued.
            (self.folder / _MARK).write_text("" if packed else etag if etag and not etag.startswith("W/") else modified, "utf-8")
        done = have
        with open(self._part, "ab" if have else "wb") as file:
            for chunk in answer.iter_bytes():
                done += len(chunk)
                if done > self.max_bytes:
                    self._part.unlink(missing_ok=True)
                    raise too_large
                if packed and done > BOMB_FROM and done > MOST_EXPANDED * max(answer.num_bytes_downloaded, 1):
                    self._part.unlink(missing_ok=True)
                    raise InputError("This answer unpacks to far more than it is, as a trap would", where=shown(self.url))
                with self._writing:
                    if self._stop.is_set():
                        return
                    file.write(chunk)
                    file.flush()
                self.fraction = min(done / total, 1.0) if total else 0.0
            os.fsync(file.fileno())
        if total and done != total:
            raise httpx.RemoteProtocolError(f"it sent {done:,} of {total:,} bytes")
        with open(self._part, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        now = time.time()
        told = {
            "url": shown(self.url), "kind": answer.headers.get("content-type", "").split(";")[0].strip().lower(), "bytes": done,
            "etag": etag, "modified": modified, "stamp": digest, "at": now, "until": now + _fresh(answer, self.fresh_s),
        }  # fmt: skip
        with self._writing:
            if self._stop.is_set():
                return
            os.replace(self._part, self.folder / "body")
            (self.folder / _MARK).unlink(missing_ok=True)
            write_told(self.folder, told)


def _start(answer: httpx.Response) -> int | None:
    """Where a partial answer begins; None where it does not say so."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", answer.headers.get("content-range", "").strip())
    return None if found is None else int(found[1])


def _whole(answer: httpx.Response) -> int:
    """Bytes of all of it, as a partial answer says; 0 unknown."""
    found = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("content-range", "").strip())
    return 0 if found is None or answer.status_code != 206 else int(found[1])


def _unreachable(error: Exception, url: str) -> tuple[InputError, int]:
    """What to tell, and after how many attempts."""
    import httpx

    told = re.sub(r"^\[.*?\]\s*", "", str(error)).strip().rstrip(".") or type(error).__name__
    if "CERTIFICATE" in told.upper():
        do = "Is it the server you mean? Its certificate may have run out."
        return InputError("The certificate of this server cannot be trusted", where=shown(url), do=do), 1
    if isinstance(error, httpx.TimeoutException):
        told = "it does not answer in time"
    again = 2 if isinstance(error, (httpx.ConnectError, httpx.ProxyError)) else TRIES
    return InputError(f"The server cannot be reached: {told}", where=shown(url), do="Check the address and the connection."), again


def _fresh(answer: httpx.Response, usual: float) -> float:
    """Seconds for which the server says the answer holds."""
    control = answer.headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return 0.0
    said = re.search(r"max-age=(\d+)", control)
    return float(min(int(said.group(1)[:10]), 30 * 86400)) if said else usual


def _retry_after(text: str) -> float | None:
    """Seconds of a Retry-After header: a number or a date."""
    if re.fullmatch(r"\d{1,9}", text.strip()):
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

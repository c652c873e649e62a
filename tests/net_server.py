"""A web server on loopback that plays made answers and notes what it was asked."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    """One request. query: last value of each name, lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str
    at: float
    target: str = ""


@dataclass
class Answer:
    """status, body and headers of a reply. cut: the connection is closed after so many bytes; pause_s: between pieces of 64 KiB."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = -1
    pause_s: float = 0.0

    @staticmethod
    def packed(body: bytes) -> Answer:
        return Answer(gzip.compress(body), headers={"Content-Encoding": "gzip"})


Play = Callable[[Asked], Answer]


class Server:
    """plays: path -> answer, or what makes it; '*' for all others (404 without)."""

    def __init__(self, certificate: str = "", key: str = "") -> None:
        self.plays: dict[str, Answer | Play] = {}
        self.asked: list[Asked] = []
        self._stop = threading.Event()
        self._open: list[socket.socket] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server._open.append(self.connection)

            def log_message(self, *_: object) -> None:
                pass

            def _reply(self) -> None:
                server._reply(self)

            do_GET = do_POST = _reply

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                pass

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"
        self._http.daemon_threads = True
        self._http.block_on_close = False
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def paths(self) -> list[str]:
        return [a.path for a in self.asked]

    def _reply(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        length = int(handler.headers.get("Content-Length") or 0)
        asked = Asked(
            handler.command, parts.path, {k.lower(): v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()},
            {k.lower(): v for k, v in handler.headers.items()}, handler.rfile.read(length).decode(), time.monotonic(), handler.path,
        )  # fmt: skip
        self.asked.append(asked)
        play = self.plays.get(parts.path, self.plays.get("*", Answer(b"nothing here", 404)))
        answer = play(asked) if callable(play) else play
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if "Content-Length" not in answer.headers and answer.status != 304:
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        data = answer.body if answer.cut < 0 else answer.body[: answer.cut]
        try:
            for i in range(0, len(data), 65536):
                handler.wfile.write(data[i : i + 65536])
                if answer.pause_s and self._stop.wait(answer.pause_s):
                    break
        except OSError:  # who asked has gone
            handler.close_connection = True
        if answer.cut >= 0:
            handler.close_connection = True


def file_with_ranges(data: bytes, etag: str = '"1"', cut: list[int] | None = None) -> Play:
    """A file as a web server gives it: ETag, conditions, ranges; each of `cut` breaks one answer off after so many bytes."""

    def play(asked: Asked) -> Answer:
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if asked.headers.get("if-none-match") == etag:
            return Answer(b"", 304, headers)
        begin = 0
        said = asked.headers.get("range", "")
        if said.startswith("bytes=") and asked.headers.get("if-range", etag) == etag:
            begin = int(said[6:].split("-")[0])
        if begin >= len(data) > 0:
            return Answer(b"", 416, headers | {"Content-Range": f"bytes */{len(data)}"})
        if begin:
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        return Answer(data[begin:], 206 if begin else 200, headers, cut.pop(0) if cut else -1)

    return play


@contextmanager
def serving(certificate: str = "", key: str = "") -> Iterator[Server]:
    server = Server(certificate, key)
    try:
        yield server
    finally:
        server.close()

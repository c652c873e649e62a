"""The embedded MQTT broker of the demonstration: amqtt in a thread of its own, on loopback and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import Any

from twin.errors import StorageError

LOOPBACK = "127.0.0.1"


class LocalBroker:
    """start() returns when it listens; `port` is a free one chosen then. Raises StorageError when it cannot listen."""

    def __init__(self) -> None:
        self.port = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._problem = ""

    def start(self, timeout_s: float = 10.0) -> None:
        self._thread = threading.Thread(target=self._run, name="demo broker", daemon=True)
        self._thread.start()
        if not self._ready.wait(timeout_s) or self._problem:
            self.stop()
            raise StorageError("The demo broker could not start", do=self._problem or "It gave no answer.")

    def stop(self, timeout_s: float = 1.0) -> None:
        if self._loop is not None and self._end is not None and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(self._end.set)
            except RuntimeError:
                pass  # the loop closed in between: what we wanted
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        # A lost connection is news for the client, not for the terminal.
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            asyncio.run(self._serve())
        except Exception as error:
            self._problem = f"{error}"
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        from amqtt.errors import BrokerError

        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        for attempt in range(5):
            port = _free_port()
            config = {
                "listeners": {"default": {"type": "tcp", "bind": f"{LOOPBACK}:{port}", "max_connections": 16}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
            broker = _broker(config)
            try:
                await broker.start()
                break
            except BrokerError:
                # Somebody took the port between the question and the answer.
                if attempt == 4:
                    raise
        self.port = port
        self._ready.set()
        await self._end.wait()
        await broker.hang_up()
        await broker.shutdown()


def _broker(config: dict[str, Any]) -> Any:
    """An amqtt broker that knows its connections. amqtt leaves them open at its end; Python 3.12 and later wait for them
    for ever, earlier ones complain of sockets nobody closed."""
    from amqtt.broker import Broker

    class HangingUp(Broker):  # type: ignore[misc]  # amqtt is not typed
        def __init__(self) -> None:
            super().__init__(config)
            self._calls: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
            self._is_ending = False

        async def stream_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str) -> None:
            if self._is_ending:  # it connected in the moment of the end
                writer.close()
                return
            me = asyncio.current_task()
            self._calls[me] = writer
            try:
                await super().stream_connected(reader, writer, listener_name)
            finally:
                writer.close()
                self._calls.pop(me, None)

        async def hang_up(self) -> None:
            self._is_ending = True
            waiting = [task for task in self._calls if task is not None]
            for writer in self._calls.values():
                writer.close()
            if waiting:
                await asyncio.wait(waiting, timeout=0.5)

    return HangingUp()


def _free_port() -> int:
    with socket.socket() as s:
        s.bind((LOOPBACK, 0))
        return int(s.getsockname()[1])

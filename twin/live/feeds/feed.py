"""The contract of a feed, and the bounded inbox between a feed's thread and the hub."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from twin.live.sensors import Datastream, Observation, Thing

Mode = Literal["LIVE", "REPLAY"]


@dataclass(frozen=True)
class Declared:
    """Things and datastreams a feed has come to know; the same id again replaces the entry."""

    things: tuple[Thing, ...]
    streams: tuple[Datastream, ...]


@dataclass(frozen=True)
class Rewound:
    """The replay clock was moved: forget the latest values, what follows is the state there."""


Item = Observation | Declared | Rewound


@dataclass
class Counters:
    """What a feed counted so far. Written by the feed's thread, read by others (plain integers)."""

    received: int = 0
    malformed: int = 0
    ignored: int = 0
    """Messages of other topics."""
    reconnects: int = 0
    refused: int = 0
    """Datastreams beyond the limit."""


@dataclass
class FeedState:
    """phase: starting, connected, waiting (no connection, will try again), playing, paused, ended, failed, stopped."""

    phase: str = "starting"
    message: str = ""
    simulated: bool = False
    counters: Counters = field(default_factory=Counters)


class Feed(Protocol):
    """start returns at once and works in threads of its own; stop returns within a second, threads ended."""

    name: str
    mode: Mode
    credit: str
    """Whom pictures must name."""

    @property
    def state(self) -> FeedState: ...

    def start(self, inbox: Inbox) -> None: ...

    def stop(self) -> None: ...


class Inbox:
    """Bounded queue of items. `put` never blocks: when full, the oldest reading goes and is counted (for what is
    live the newest matters most). `put_waiting` holds back a sender that can wait (a replay)."""

    def __init__(self, limit: int = 20_000) -> None:
        self.limit, self.dropped = limit, 0
        self._items: deque[Item] = deque()
        self._cond = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        with self._cond:
            if self._closed:
                return
            if len(self._items) >= self.limit:
                self._drop_oldest()
            self._items.append(item)
            self._cond.notify_all()

    def _drop_oldest(self) -> None:
        # Declarations are few and nothing can be shown without them; only readings may go.
        for k, old in enumerate(self._items):
            if isinstance(old, Observation):
                del self._items[k]
                self.dropped += 1
                return
        self._items.popleft()
        self.dropped += 1

    def put_waiting(self, item: Item, given_up: Callable[[], bool], look_s: float = 0.1) -> bool:
        """Put, waiting for room; False when given up or closed."""
        with self._cond:
            while len(self._items) >= self.limit and not self._closed:
                if given_up():
                    return False
                self._cond.wait(look_s)
            if self._closed or given_up():
                return False
            self._items.append(item)
            self._cond.notify_all()
            return True

    def take(self, most: int, timeout_s: float) -> list[Item]:
        """Up to `most` items in order of arrival; waits at most timeout_s for the first."""
        with self._cond:
            if not self._items and not self._closed:
                self._cond.wait(timeout_s)
            taken = [self._items.popleft() for _ in range(min(most, len(self._items)))]
            if taken:
                self._cond.notify_all()
            return taken

    def close(self) -> None:
        """Nothing more is taken in; whoever waits wakes."""
        with self._cond:
            self._closed = True
            self._cond.notify_all()

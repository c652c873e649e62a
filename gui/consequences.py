"""What befell whom in the run shown, and why: read in a worker, asked by the panel of happenings and by the inspector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from gui.i18n import declared, language, tr

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.session import Session
    from layers.layer import Layer
    from twin.city.assets import Assets
    from twin.happenings import Cause, Story
    from twin.models.base import Happening

TOGETHER = 3
"""More than so many of a kind that suffer the same at one moment are one row."""
SOON_MS = 250
LAYERS = {"edge:roads": ("roads",), "edge:power": ("network-power",), "edge:water": ("network-water", "network-water-devices"),
          "node:power": ("network-power-nodes", "result:power_supply"),
          "node:water": ("network-water-nodes", "result:water_supply")}  # fmt: skip
"""Ids of the layers whose rows are the objects of a support; of the others the support is the id. Plain nodes are in no layer but that
of the result."""


@dataclass(frozen=True)
class Row:
    """Happenings of one moment and sort."""

    happenings: tuple[Happening, ...]
    kind: str

    @property
    def first(self) -> Happening:
        return self.happenings[0]


class Consequences(QObject):
    """The story of the scenario shown. changed: there is more of it, or another."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        from twin.happenings import Story

        self.session = session
        self.story: Story = Story([])
        self.assets: Assets | None = None
        self._of: object = None
        self._waits = False
        session.city_changed.connect(self._another_city)
        for signal in (session.current_changed, session.store_changed, session.told_changed):
            signal.connect(self._again)

    def _another_city(self) -> None:
        self.assets = None
        city = self.session.city
        if city is None:
            return

        def work(_: Control) -> Any:
            from twin.city.assets import Assets

            return Assets.of(city)

        def done(assets: Any) -> None:
            if self.session.city is city:
                self.assets = assets
                self.changed.emit()

        self.session.jobs.start(tr("Objects that can fail"), work, quiet=True, done=done, failed=self.session.notices.trouble)

    def _again(self, *_: Any) -> None:
        case = self.session.case
        key = None if case is None else (id(case), id(case.result), len(case.told))
        if key != self._of and not self._waits:
            self._waits = True
            QTimer.singleShot(SOON_MS, self, self._read)

    def _read(self) -> None:
        from twin.happenings import Story

        self._waits = False
        case = self.session.case
        self._of = None if case is None else (id(case), id(case.result), len(case.told))
        if case is None:
            self._take(Story([]))
            return
        result, told = case.result, list(case.told)

        def work(_: Control) -> Any:
            return Story(told) if result is None else result.story

        def done(story: Any) -> None:
            if self.session.case is case and case.result is result:
                self._take(story)

        self.session.jobs.start(tr("What happened"), work, quiet=True, done=done, failed=self.session.notices.trouble)

    def _take(self, story: Story) -> None:
        self.story = story
        self.changed.emit()

    # words
    def name(self, object: str) -> str:
        """What an object is called."""
        known = self.story.names.get(object)
        if known:
            return known
        if self.assets is not None:
            row, number = self.assets.row_of(object), object.rpartition("/")[2]
            if row >= 0 and not self.assets.names[row] and self.assets.kinds[row] and number.isdigit():
                return f"{self.kind(object)} {number}"
            if row >= 0:
                return self.assets.called(row)
        return object

    def start_hour(self) -> float | None:
        """Local hour of the start of the scenario shown."""
        from twin.scenario.plan import start_hour

        case, city = self.session.case, self.session.city
        return None if case is None or city is None else start_hour(case.scenario.scenario.start, city)

    def clock(self, at_s: float) -> str:
        from twin.happenings import clock

        return clock(at_s, self.start_hour(), language.name[:2])

    def what(self, h: Happening) -> str:
        """What befell it, in the language of the window."""
        from twin.happenings import befell

        return befell(h, language.name[:2])

    def kind(self, object: str) -> str:
        """Sort of an object, as people read it."""
        row = -1 if self.assets is None else self.assets.row_of(object)
        word = str(self.assets.kinds[row]) if self.assets is not None and row >= 0 else ""
        if word == "bus":
            word = "busbar"  # of a power network, not a vehicle
        return declared((word or object.partition("/")[0]).replace("_", " "))

    def rows(self) -> list[Row]:
        """The story, with what befell many of a kind at one moment taken together."""
        return self.together(self.story.happenings)

    def title(self, row: Row) -> str:
        """Name of the object of a row, or how many of which kind."""
        if len(row.happenings) == 1:
            return self.name(row.first.object)
        return tr("{n:,} × {kind}", n=len(row.happenings), kind=row.kind)

    def together(self, happenings: list[Happening]) -> list[Row]:
        """What befell more than TOGETHER of a kind at one moment is one row."""
        groups: dict[tuple[float, str, str], list[Happening]] = {}
        for h in happenings:
            groups.setdefault((round(h.at_s), h.what, self.kind(h.object)), []).append(h)
        found = []
        for (_, _, kind), some in groups.items():
            found += [Row(tuple(some), kind)] if len(some) > TOGETHER else [Row((h,), kind) for h in some]
        return found

    def lines(self, cause: Cause | None) -> list[tuple[str, str, str]]:
        """Clock, name and what of each step of an explanation, the thing itself first."""
        from twin.happenings import path

        steps = [] if cause is None else path(cause)
        return [(self.clock(h.at_s), self.name(h.object), self.what(h)) for h in steps]

    def why(self, object: str, at_s: float) -> Cause | None:
        return self.story.why(object, at_s)

    def part_of(self, object: str) -> tuple[str, int] | None:
        """Support and row of an object within it."""
        from twin.city.assets import SUPPORTS

        row = -1 if self.assets is None or not object else self.assets.row_of(object)
        if self.assets is None or row < 0 or self.assets.ids[row] != object:
            return None
        support = SUPPORTS[int(self.assets.support[row])]
        return support, row - self.assets.part(support).start

    def serving(self, x: float, y: float) -> list[str]:
        """Ids of the nodes that a building there hangs on, of power and of water."""
        import numpy as np

        from twin.city.dependencies import REACH_M, serving

        found = []
        for what in ("power", "water") if self.assets is not None else ():
            assert self.assets is not None
            rows = serving(self.assets, what)
            if len(rows):
                away = np.hypot(self.assets.xy[rows, 0] - x, self.assets.xy[rows, 1] - y)
                if away.min() <= REACH_M:
                    found.append(str(self.assets.ids[rows[int(away.argmin())]]))
        return found

    # where it is
    def place(self, object: str) -> tuple[Layer, int] | None:
        """Layer and row of an object, where one shows it."""
        import numpy as np

        if self.assets is None:
            return None
        from twin.city.assets import SUPPORTS

        row = self.assets.row_of(object)
        if row < 0:
            return None
        support = SUPPORTS[int(self.assets.support[row])]
        for layer in self.session.layers:
            if layer.id in LAYERS.get(support, (support,)) or layer.id.startswith(f"{support}-"):
                table = layer.table()
                hit = np.flatnonzero(table["id"].to_numpy() == self.assets.ids[row]) if "id" in table else []
                if len(hit):
                    return layer, int(hit[0])
        return None

"""What a run looks like, without a window: pictures for its report, and the whole demonstration."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.shot import Studio
from layers.catalogue import city_layers
from layers.ground import Ground
from layers.layer import Layer
from twin.city.city import City
from twin.errors import InputError, ModelError
from twin.report import write_report
from twin.results import RunResult, open_result
from twin.scenario.compare import compare
from twin.scenario.edits import apply_edits
from twin.scenario.engine import run
from twin.scenario.events import Finished, Progress
from twin.scenario.scenario import Scenario, load_scenario, ready_at

if TYPE_CHECKING:
    from gui.scene.scene import Scene

SIZE = (1600, 900)
WHAT_IF = "WHAT-IF"
Report = Callable[[str, float], None]
Pictures = list[tuple[str, Path]]


def worst_moment(result: RunResult, quantity: str = "water_depth") -> float:
    """Time at which a grid quantity sums to most, seconds; 0 where the result has none."""
    import numpy as np

    worst, when = -1.0, 0.0
    for at_s in result.times:
        field = result.at(quantity, at_s)
        total = float(np.nansum(field.array)) if field is not None else 0.0
        if total > worst:
            worst, when = total, at_s
    return when


def measures(city: City, scenario: Scenario) -> list[Layer]:
    """The layer of what a scenario plans; none where it plans nothing. city: before the measures."""
    from layers.measures import MeasuresLayer

    return [MeasuresLayer(city, scenario, Ground.of(city))] if scenario.edit else []


def illustrate(city: City, result: RunResult) -> Pictures:
    """The city, the worst moment from two sides and the street; kept in the result and shown in its report."""
    planned, city = measures(city, result.scenario), apply_edits(city, result.scenario)
    worst = worst_moment(result)
    minutes = f"{worst / 60:.0f} minutes after the start"
    folder = result.path / "pictures"
    folder.mkdir(exist_ok=True)
    during: dict[str, Any] = {"time_s": worst, "badge": WHAT_IF}
    with Studio(city, [*city_layers(city), *planned]) as studio:
        pictures = [("The city before the event", studio.picture(folder / "overview.png", "iso", SIZE))]
        studio.show(result)
        pictures += [
            (f"The worst moment, {minutes}", studio.picture(folder / "worst.png", "iso", SIZE, **during)),
            (f"From above, {minutes}", studio.picture(folder / "top.png", "top", SIZE, **during)),
            (f"At street level, {minutes}", studio.picture(folder / "street.png", "street", SIZE, **during)),
        ]
        if "road_state" in result.quantities():
            studio.show(result, ["road_state"])
            pictures.append((f"Roads slowed and closed, {minutes}", studio.picture(folder / "roads.png", "iso", SIZE, **during)))
    write_report(result.path, city, result, pictures)
    return pictures


def film(
    city: City,
    out: Path,
    kind: str,
    stops: Sequence[str | Mapping[str, Any]],
    seconds: float = 12.0,
    size: tuple[int, int] = (1920, 1080),
    fps: int = 30,
    result: RunResult | None = None,
    quantities: Sequence[str] | None = None,
    time_s: float | None = None,
    day: date | None = None,
    look: str = "",
    smooth: bool = True,
    progress: Report = lambda stage, share: None,
) -> Path:
    """A film of a city, MP4 or a folder of pictures. kind: turntable, path (through the stops), timelapse (of the result) or sun (of
    a day). stops: cameras as those of `gui.shot.shot`; kinds other than path take the first. Raises InputError, StorageError."""
    from gui.film import DayOfSun, Plan, along, centred, draw, even, frames_of, sink_for, turntable
    from gui.scene.offscreen import told_of
    from gui.shot import aim

    frames, size = frames_of(seconds, fps), even(size)
    if kind == "timelapse" and (result is None or len(result.times) < 2):
        raise InputError("A time-lapse needs a result with several moments", do="Name one with --result.")
    with Studio(city, look=look) as studio:
        scene = studio.scene
        studio.show(result, quantities)
        scene.hud.set(title=city.name, badge=WHAT_IF if result is not None else "")
        scene.camera.aspect = size
        eyes = []
        for stop in stops:
            aim(scene, city, stop)
            eyes.append(scene.camera.eye)
        plan = Plan(eyes[:1], size=size, fps=fps, smooth=smooth)
        if kind == "turntable":
            plan = replace(plan, eyes=turntable(centred(eyes[0], scene.bounds, size), frames))
        elif kind == "path":
            plan = replace(plan, eyes=along(eyes, frames))
        elif kind == "timelapse":
            assert result is not None
            start, end = float(result.times[0]), float(result.times[-1])
            plan = replace(plan, moments=[start + (end - start) * k / (frames - 1) for k in range(frames)], show=_at_moment)
        else:
            sun = DayOfSun(city, scene.ground, day or date.today(), (eyes[0].x, eyes[0].y))
            plan = replace(plan, moments=sun.moments(frames), show=sun.show)
        if plan.show is not _at_moment and result is not None:
            _at_moment(scene, float(result.times[-1]) if time_s is None else time_s)
        told = told_of(scene)
        words = {"title": told.get("Title", ""), "copyright": told.get("Copyright", ""), "comment": told.get("Source", "")}
        for share in draw(scene, plan, sink_for(out, size, fps, words)):
            progress("Film", share)
    return out


def _at_moment(scene: Scene, at_s: float) -> None:
    scene.set_time(at_s)
    scene.hud.clock = f"+{int(at_s) // 3600}:{int(at_s) // 60 % 60:02d}"


def demonstrate(out: Path, size_km2: float, progress: Report) -> dict[str, Any]:
    """Cloudburst on the demonstration city, as it is and with measures: pictures, both results and a report in `out`."""
    from layers.difference import difference_layer
    from twin.city.demo import demo_city

    _make_room(out)
    city = demo_city(size_km2, progress=progress)
    base, other = _ready_pair()
    without, with_measures = (_run(city, scenario, out / scenario.scenario.name, progress) for scenario in (base, other))
    comparison = compare(without, with_measures)
    comparison.save(out / "comparison")

    worst = worst_moment(without)
    protected = apply_edits(city, other)
    folder = out / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    minutes = f"{worst / 60:.0f} minutes after the start"
    pictures: Pictures = []

    def take(studio: Studio, name: str, caption: str, camera: str = "iso", **how: Any) -> None:
        progress("Pictures", len(pictures) / 5)
        pictures.append((caption, studio.picture(folder / f"{name}.png", camera, SIZE, **how)))

    during: dict[str, Any] = {"time_s": worst, "badge": WHAT_IF}
    with Studio(city) as studio:
        take(studio, "overview", "The city before the event")
        studio.show(without)
        take(studio, "worst", f"As it is: water {minutes}", **during)
        take(studio, "street", f"As it is: at street level, {minutes}", "street", **during)
    with Studio(protected, [*city_layers(protected), *measures(city, other)]) as studio:
        studio.show(with_measures)
        take(studio, "measures", f"With measures: water {minutes}", **during)
        studio.show([difference_layer(protected, comparison.difference("water_depth_max"))])
        take(studio, "difference", "What the measures change: maximum depth", badge=WHAT_IF)
    report = write_report(out, protected, comparison, pictures)
    return {
        "ok": True,
        "out": str(out),
        "report": str(report),
        "pictures": [str(path) for _, path in pictures],
        "results": [str(without.path), str(with_measures.path)],
    }


def picture_many(out: Path, count: int, progress: Report) -> dict[str, Any]:
    """A demonstration city of so many buildings, in pictures; the ready scenarios are about the designed one."""
    from twin.city.demo import demo_city

    _make_room(out, "overview.png")
    city = demo_city(count, progress=progress)
    folder = out / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with Studio(city) as studio:
        pictures = [studio.picture(folder / f"{name}.png", name, SIZE) for name in ("iso", "street")]
        shutil.copy(pictures[0], out / "overview.png")
    return {"ok": True, "out": str(out), "buildings": len(city.buildings), "pictures": [str(p) for p in pictures]}


def _make_room(out: Path, mark: str = "report.html") -> None:
    """Remove an earlier demonstration; a folder with anything else in it is left alone."""
    if not out.exists():
        return
    if not out.is_dir() or (any(out.iterdir()) and not (out / mark).is_file()):
        raise InputError(f"'{out}' holds something else", do="Choose a new or empty folder.")
    shutil.rmtree(out)


def _ready_pair() -> tuple[Scenario, Scenario]:
    """The ready scenario without a parent, and the first one that names it as parent."""
    scenarios = [load_scenario(path) for path in ready_at().values()]
    base = next(s for s in scenarios if not s.scenario.parent)
    return base, next(s for s in scenarios if s.scenario.parent == base.scenario.name)


def _run(city: City, scenario: Scenario, out: Path, progress: Report) -> RunResult:
    for event in run(city, scenario, out):
        if isinstance(event, Progress):
            progress(f"{scenario.scenario.name}: {event.stage}", event.fraction)
        elif isinstance(event, Finished) and not event.ok:
            raise ModelError(event.message.rstrip("."))
    return open_result(out)

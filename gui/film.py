"""Films: the eye goes once around, along bookmarks, or stands while time goes by; frame after frame, without a screen.

A film is made by a copy of the scene with graphics of its own. MP4 (H.264, yuv420p, which every player shows) needs ffmpeg, from
the extra `video` or the system; a folder of PNG pictures needs nothing.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gui.scene.camera import Bounds6, Eye
from twin.errors import InputError, StorageError

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from layers.ground import Ground
    from twin.city.city import City

FPS = 30
LONGEST_S, MOST_FRAMES = 600.0, 18_000
LEAST_PX, MOST_PX = 64, 7680
HOW_TO_GET = "pip install 'urban-twin[video]'"
EASE = 0.12
"""Share of a film along a path in which it gathers speed, and loses it."""


# -- where the eye is at which frame ----------------------------------------------------------------------------------
def turntable(eye: Eye, frames: int) -> list[Eye]:
    """Once around what the eye looks at; the last frame is one step before the first, so that it runs for ever."""
    return [replace(eye, heading=(eye.heading + 360.0 * k / frames) % 360.0) for k in range(frames)]


def centred(eye: Eye, bounds: Bounds6, size: tuple[int, int]) -> Eye:
    """For a turntable: where most of a city is seen, the eye turns about its middle, far enough for all of it from every side;
    nearer by it turns about what it looks at."""
    x0, x1, y0, y1, z0, _ = bounds
    radius = math.hypot(x1 - x0, y1 - y0) / 2
    if eye.distance < radius or eye.pitch > -5:
        return eye
    tall = math.tan(math.radians(eye.angle / 2))
    wide, pitch = tall * size[0] / max(1, size[1]), math.radians(-eye.pitch)
    distance = radius * max(1.03 / wide, math.sin(pitch) / tall + math.cos(pitch))
    return replace(eye, x=(x0 + x1) / 2, y=(y0 + y1) / 2, z=z0, distance=distance)


def along(stops: Sequence[Eye], frames: int) -> list[Eye]:
    """A smooth way through all stops (Catmull-Rom, centripetal: no loops where stops are near each other), at constant pace with
    ease at both ends. Pace is that of the picture: metres over the distance looked from, and degrees. Raises InputError for one stop."""
    if len(stops) < 2:
        raise InputError("A path needs two places at least", do="Keep more bookmarks (Ctrl+B), or make a film that turns around.")
    # Distance by its logarithm: coming ten times nearer takes as long from far as from near.
    headings = np.unwrap([s.heading for s in stops], period=360.0)
    places = np.array([s.position for s in stops])
    table = np.column_stack(
        [places, [math.log(max(s.distance, 0.1)) for s in stops], headings, [s.pitch for s in stops], [s.angle for s in stops]]
    )
    away = np.array([max(s.distance, 1.0) for s in stops])
    leg = np.hypot(
        np.linalg.norm(np.diff(places, axis=0), axis=1) / ((away[1:] + away[:-1]) / 2),
        np.hypot(np.diff(headings), np.diff(table[:, 5])) / 45.0,
    )
    if not (leg > 1e-9).any():
        raise InputError("All places of the path are the same", do="Choose bookmarks that differ.")
    keep = np.append(True, leg > 1e-9)
    table = table[keep]
    dense = _through(table, np.maximum(leg[keep[1:]], 1e-9) ** 0.5)
    move = np.linalg.norm(np.diff(dense[:, :3], axis=0), axis=1) / np.maximum(np.exp(dense[:-1, 3]), 1.0)
    turn = np.hypot(np.diff(dense[:, 4]), np.diff(dense[:, 5])) / 45.0
    length = np.append(0.0, np.cumsum(np.hypot(move, turn) + 1e-12))
    at = eased(np.linspace(0.0, 1.0, frames)) * length[-1]
    rows = np.column_stack([np.interp(at, length, dense[:, k]) for k in range(dense.shape[1])])
    eyes = []
    for x, y, z, distance, heading, pitch, angle in rows.tolist():
        eye = Eye(0.0, 0.0, 0.0, math.exp(distance), heading % 360.0, min(89.0, max(-89.9, pitch)), angle)
        focus = np.array([x, y, z]) + eye.forward * eye.distance
        eyes.append(replace(eye, x=float(focus[0]), y=float(focus[1]), z=float(focus[2])))
    return eyes


def _through(table: NDArray[np.float64], step: NDArray[np.float64], fine: int = 160) -> NDArray[np.float64]:
    """Points of a Catmull-Rom spline through the rows, `fine` for each leg; step: knot intervals between rows (Barry and Goldman 1988)."""
    knots = np.append(0.0, np.cumsum(step))
    first, last = 2 * table[0] - table[1], 2 * table[-1] - table[-2]
    p = np.vstack([first, table, last])
    t = np.concatenate([[knots[0] - step[0]], knots, [knots[-1] + step[-1]]])
    out = []
    for i in range(1, len(p) - 2):
        u = np.linspace(t[i], t[i + 1], fine, endpoint=i == len(p) - 3)[:, None]

        def mix(a: Any, b: Any, ta: float, tb: float, u: Any = u) -> Any:
            return a * (tb - u) / (tb - ta) + b * (u - ta) / (tb - ta)

        a = [mix(p[k], p[k + 1], t[k], t[k + 1]) for k in (i - 1, i, i + 1)]
        b = [mix(a[k], a[k + 1], t[i - 1 + k], t[i + 1 + k]) for k in (0, 1)]
        out.append(mix(b[0], b[1], t[i], t[i + 1]))
    return np.concatenate(out)


def eased(t: NDArray[np.float64], ease: float = EASE) -> NDArray[np.float64]:
    """0 to 1 at constant pace but for the ends, where the pace grows from nothing and goes back to it."""
    fastest = 1.0 / (1.0 - ease)
    low = fastest * t**2 / (2 * ease)
    high = 1.0 - fastest * (1.0 - t) ** 2 / (2 * ease)
    return np.where(t < ease, low, np.where(t > 1 - ease, high, fastest * (t - ease / 2)))


# -- what a film is ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Plan:
    """eyes: for each frame, or one for all; moments: what time is shown at each frame, None where it stands still.

    show: brings a scene to a moment; size: pixels, even; smooth: drawn larger and averaged; part_px: side of the parts in which a
    frame is drawn, 0: in one."""

    eyes: list[Eye]
    moments: list[float] | None = None
    show: Callable[[Scene, float], None] = lambda scene, at: scene.set_time(at)
    size: tuple[int, int] = (1920, 1080)
    fps: int = FPS
    smooth: bool = True
    part_px: int = 0

    @property
    def frames(self) -> int:
        return max(len(self.eyes), len(self.moments or []))


def frames_of(seconds: float, fps: int) -> int:
    """Raises InputError for a length or pace that no film has."""
    if not (math.isfinite(seconds) and 0.5 <= seconds <= LONGEST_S):
        raise InputError(f"A film of {seconds:g} seconds cannot be made", do=f"Choose between half a second and {LONGEST_S:.0f} seconds.")
    if not 1 <= fps <= 60:
        raise InputError(f"{fps} frames a second cannot be made", do="Choose between 1 and 60; 25 and 30 are usual.")
    return min(MOST_FRAMES, max(2, round(seconds * fps)))


def even(size: tuple[int, int]) -> tuple[int, int]:
    """The size H.264 takes: both sides even. Raises InputError for one that is too small or too large."""
    width, height = size
    if not (LEAST_PX <= width <= MOST_PX and LEAST_PX <= height <= MOST_PX):
        raise InputError(f"A film of {width} x {height} pixels cannot be made", do=f"Both sides from {LEAST_PX} to {MOST_PX} pixels.")
    return width // 2 * 2, height // 2 * 2


def draw(scene: Scene, plan: Plan, sink: Sink) -> Iterator[float]:
    """Draw a film with a scene that is in no window, frame by frame into the sink; yields how much is done, 0 to 1, after each part.

    Closing the generator gives the film up. The sink is finished or abandoned in any case."""
    from gui.scene.offscreen import Developed

    done = False
    try:
        with Developed(scene, plan.size, smooth=plan.smooth, most_side=plan.part_px) as picture:
            count = plan.frames
            for k in range(count):
                if plan.moments is not None:
                    plan.show(scene, plan.moments[min(k, len(plan.moments) - 1)])
                scene.moment.run_s += 1.0 / plan.fps  # waves and traffic go on from frame to frame
                scene.camera.set(plan.eyes[min(k, len(plan.eyes) - 1)])
                parts = picture.steps()
                while True:
                    try:
                        part = next(parts)
                    except StopIteration as end:
                        sink.put(end.value)
                        break
                    yield (k + part) / count
        sink.finish()
        done = True
    finally:
        if not done:
            sink.abandon()


# -- the sun of a day -------------------------------------------------------------------------------------------------
class DayOfSun:
    """From before sunrise until after sunset over a city. Shadows of a large city are those around `place` (local metres)."""

    def __init__(self, city: City, ground: Ground, day: date, place: tuple[float, float]) -> None:
        from layers.light import standing
        from twin.city.suns import place_of
        from twin.sun import sun_day

        self._city, self._ground = city, ground
        self.zone = city.frame.zone
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=self.zone)
        sun = sun_day(*place_of(city, noon), day, self.zone)
        first, last = noon - timedelta(hours=12), noon + timedelta(hours=11, minutes=59)
        rise, fall = sun.sunrise, sun.sunset
        if rise is not None and fall is not None and fall < rise:  # a zone far from the sun's: it sets after midnight
            fall = sun_day(*place_of(city, noon), day + timedelta(days=1), self.zone).sunset
        self.begins = rise - TWILIGHT if rise is not None else first
        self.ends = fall + TWILIGHT if fall is not None else last
        self._on = standing(city, ground, place if city.buildings.tiles is not None else None)
        self._cast: Any = None

    def moments(self, frames: int) -> list[float]:
        """Unix seconds at each frame."""
        return [float(t) for t in np.linspace(self.begins.timestamp(), self.ends.timestamp(), frames)]

    def show(self, scene: Scene, at: float) -> None:
        """Light at once, shadows once the sun has moved on by what one sees."""
        from gui.scene.scene import shadows_for
        from layers.sunlight import light_of

        when = datetime.fromtimestamp(at, self.zone)
        light = light_of(self._city, when)
        scene.put_light(light)
        if self._cast is None or float(self._cast @ light.direction) < math.cos(math.radians(SUN_STEP_DEG)):
            self._cast = light.direction
            scene.put_shadows(*shadows_for(self._city, self._ground, light, np.zeros(2), self._on, scene.has_lamps))
        scene.moment.civil = when.replace(tzinfo=None)
        scene.hud.clock = when.strftime("%Y-%m-%d   %H:%M")


TWILIGHT, SUN_STEP_DEG = timedelta(minutes=35), 1.5


# -- where frames go --------------------------------------------------------------------------------------------------
class Sink(Protocol):
    path: Path

    def put(self, rgb: NDArray[np.uint8]) -> None: ...

    def finish(self) -> None: ...

    def abandon(self) -> None: ...


def ffmpeg() -> str | None:
    """The program that makes MP4 of pictures: of the extra `video`, else the system's."""
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return shutil.which("ffmpeg")


def sink_for(path: Path, size: tuple[int, int], fps: int, told: dict[str, str] | None = None) -> Sink:
    """MP4 for a name that ends so, else a folder of PNG pictures. told: title, comment, copyright for the file.

    Raises InputError where there is no ffmpeg, InputError for another ending, StorageError where nothing can be written."""
    program = ffmpeg_for(path)
    return Pictures(path, told or {}) if program is None else Mp4(path, size, fps, program, told or {})


def ffmpeg_for(path: Path) -> str | None:
    """The program that writes a film of this name; None for a folder. Raises InputError where it is missing, or for another ending."""
    if path.suffix.lower() != ".mp4":
        if path.suffix and not path.is_dir():
            raise InputError(f"'{path.name}' is no kind of film", do="Use a name that ends in .mp4, or a folder for PNG pictures.")
        return None
    program = ffmpeg()
    if program is None:
        raise InputError(
            "MP4 films need ffmpeg, which is not installed",
            do=f"Install it with: {HOW_TO_GET}. Or name a folder instead of an .mp4 file: it gets a PNG picture for each frame.",
        )
    return program


class Mp4:
    """H.264 through ffmpeg's standard input; the file gets its name when it is complete."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int, program: str, told: dict[str, str]) -> None:
        self.path, self._size = path, size
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=f".{path.stem[:40]}-", suffix=".part.mp4", dir=path.parent)
            os.close(handle)
        except OSError as error:
            raise _unwritten(path) from error
        self._part = Path(name)
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  (a pipe that nobody reads would fill up)
        data = [part for key, value in told.items() for part in ("-metadata", f"{key}={value}")]
        command = [program, "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
        command += ["-r", str(fps), "-i", "-", "-an", "-c:v", "libx264", "-preset", "medium", "-crf", "18", "-pix_fmt", "yuv420p"]
        command += ["-movflags", "+faststart", *data, str(self._part)]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._words)
        except OSError as error:
            self._tidy()
            raise InputError("ffmpeg does not start", where=program, do=f"Install it anew: {HOW_TO_GET}") from error

    def put(self, rgb: NDArray[np.uint8]) -> None:
        assert rgb.shape[1::-1] == self._size
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(np.ascontiguousarray(rgb).tobytes())
        except OSError as error:
            raise self._failed() from error

    def finish(self) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError as error:
            raise self._failed() from error
        if self._process.wait() != 0:
            raise self._failed()
        try:
            os.chmod(self._part, 0o666 & ~_umask())
            os.replace(self._part, self.path)
        except OSError as error:
            raise _unwritten(self.path) from error
        self._tidy()

    def abandon(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except OSError:  # what was left in it cannot be written any more
                pass
        self._process.wait()
        self._tidy()

    def _tidy(self) -> None:
        self._part.unlink(missing_ok=True)
        self._words.close()

    def _failed(self) -> StorageError:
        self._process.wait()
        self._words.seek(0)
        said = self._words.read().decode("utf-8", "replace").strip().splitlines()
        return StorageError(
            f"The film cannot be written: {said[-1][:200] if said else 'ffmpeg gave up'}",
            where=str(self.path),
            do="Is the folder writable and the disk not full?",
        )


class Pictures:
    """A folder of PNG pictures, 00000.png and so on; it gets its name when it is complete."""

    def __init__(self, path: Path, told: dict[str, str]) -> None:
        self.path, self._told, self._count = path, told, 0
        if path.exists() and (not path.is_dir() or any(p.suffix.lower() != ".png" for p in path.iterdir())):
            raise InputError(f"'{path}' holds something else", do="Choose a new or empty folder.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._part = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}-", dir=path.parent))
        except OSError as error:
            raise _unwritten(path) from error

    def put(self, rgb: NDArray[np.uint8]) -> None:
        from gui.scene.offscreen import png_text

        try:
            Image.fromarray(rgb).save(self._part / f"{self._count:05d}.png", compress_level=2, pnginfo=png_text(self._told))
        except OSError as error:
            raise _unwritten(self.path) from error
        self._count += 1

    def finish(self) -> None:
        try:
            if self.path.exists():
                shutil.rmtree(self.path)
            os.chmod(self._part, 0o777 & ~_umask())
            os.replace(self._part, self.path)
        except OSError as error:
            raise _unwritten(self.path) from error

    def abandon(self) -> None:
        shutil.rmtree(self._part, ignore_errors=True)


def _umask() -> int:
    now = os.umask(0)
    os.umask(now)
    return now


def _unwritten(path: Path) -> StorageError:
    return StorageError("The film cannot be written", where=str(path), do="Is the folder writable and the disk not full?")

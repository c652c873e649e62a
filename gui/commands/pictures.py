"""Pictures and films: File > Save picture, Copy picture, Make a film."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from gui.i18n import mark, tr
from gui.panels.timeline import elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from gui.jobs import Job
    from gui.picture_dialogs import FilmWish
    from gui.pictures import Wish
    from gui.scene.canvas import Drawing
    from gui.scene.scene import Scene
    from gui.window import MainWindow
    from layers.layer import Layer

    Base = MainWindow
else:
    Base = object

FRAME_PART_PX = 1600
"""A frame larger than this is drawn in parts, so that the window is never kept waiting for long."""
KINDS = {
    "turntable": mark("Once around what is looked at"),
    "path": mark("A path through bookmarks"),
    "result": mark("Time-lapse of the result shown"),
    "sun": mark("A day of sun, from rise to set"),
}


class Picturing(Base):
    """Made in the background by a copy of the scene."""

    def _drawn_by(self, drawing: Drawing) -> None:
        """Something else than before draws: said once, where it was not chosen."""
        if drawing.kind == "none":
            self.notices.tell("error", drawing.why)
        elif "context lost" in drawing.why:
            self.notices.tell("warning", tr("The graphics driver gave up; the view goes on as a picture drawn by the processor."))

    # pictures
    def do_screenshot(self) -> None:
        from gui.picture_dialogs import PictureDialog

        if self.view is None:
            return
        dialog = PictureDialog((self.view.width(), self.view.height()), len(self.comparing.contents) if self.comparing.is_on else 1, self)

        def save(wish: Wish) -> None:
            def into(path: Path) -> None:
                job = self.save_picture(path, wish)
                if isValid(dialog):  # it may have been closed meanwhile
                    dialog.follow(job)

            self._save_dialog(tr("Save picture"), f"{self._stem()}.png", "PNG (*.png)", into)

        dialog.save.connect(save)
        dialog.copy.connect(lambda wish: dialog.follow(self.copy_picture(wish)))
        dialog.show()

    def do_picture_copy(self) -> None:
        """The view as it is, twice as sharp, to be pasted elsewhere."""
        self.copy_picture()

    def _stem(self) -> str:
        """A name for files: that of the city, and of the scenario where one is shown."""
        city, case = self.session.city, self.session.case
        words = [city.name if city is not None else "city"]
        words += [case.name] if case is not None and self.session.store is not None else []
        return "".join(c if c.isalnum() or c in " -_" else "_" for c in " ".join(words)).strip() or "city"

    def _wish(self) -> Wish:
        from gui.pictures import Wish

        assert self.view is not None
        return Wish((max(64, self.view.width()), max(64, self.view.height())))

    def drawing(self, title: str, pieces: Generator[float, None, Any], done: Callable[[Any], None]) -> Job:
        """Draw piece by piece: between two pieces the window lives, and the cursor says that it is at work."""
        self.setCursor(Qt.CursorShape.BusyCursor)
        job = self.jobs.steps(title, pieces, done=done, failed=self.notices.trouble)
        job.ended.connect(self.unsetCursor)
        return job

    def save_picture(self, path: Path, wish: Wish | None = None) -> Job | None:
        """Draw the view off screen and write it; told at the end."""
        if self.view is None:
            return None
        from gui.pictures import picture
        from gui.scene.offscreen import write_png

        path = path if path.suffix.lower() == ".png" else path.with_name(path.name + ".png")
        more = self._told()

        def done(found: Any) -> None:
            rgb, told = found
            self.jobs.start(
                tr("Writing {name}", name=path.name),
                lambda _: write_png(path, rgb, told | more),
                done=lambda _: self.notices.tell("good", tr("Picture saved: {path}", path=path)),
                failed=self.notices.trouble,
            )

        return self.drawing(tr("Picture"), picture(self.view.scene, wish or self._wish()), done)

    def copy_picture(self, wish: Wish | None = None) -> Job | None:
        if self.view is None:
            return None
        from gui.pictures import picture

        def done(found: Any) -> None:
            rgb, _ = found
            rows, columns, _ = rgb.shape
            image = QImage(rgb.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
            QGuiApplication.clipboard().setImage(image)
            self.notices.tell("good", tr("The picture is in the clipboard: {w} × {h} pixels", w=f"{columns:,}", h=f"{rows:,}"))

        return self.drawing(tr("Picture"), picture(self.view.scene, wish or self._wish()), done)

    def _told(self) -> dict[str, str]:
        """What the file of a picture says besides what the scene knows."""
        case = self.session.case
        return {"Scenario": case.name} if case is not None and self.session.store is not None else {}

    # films
    def do_film(self) -> None:
        from gui.film import HOW_TO_GET, ffmpeg
        from gui.picture_dialogs import FilmDialog

        if self.view is None:
            return
        kinds = {"turntable": KINDS["turntable"], "path": KINDS["path"]}
        store = self.session.store
        if store is not None and len(store.times) > 1:
            kinds["result"] = KINDS["result"]
        kinds["sun"] = KINDS["sun"]
        dialog = FilmDialog(kinds, list(self.session.bookmarks), ffmpeg() is not None, HOW_TO_GET, self)

        def make(wish: FilmWish) -> None:
            if wish.as_mp4:
                self._save_dialog(tr("Make a film"), f"{self._stem()}.mp4", "MP4 (*.mp4)", lambda path: self.save_film(path, wish))
            else:
                self._folder_dialog(lambda path: self.save_film(path, wish))

        dialog.make.connect(make)
        dialog.show()

    def _folder_dialog(self, then: Any) -> None:
        """Where a folder of pictures goes: a new folder in the one chosen."""

        def inside(path: Path) -> None:
            folder, n = path / f"{self._stem()} film", 2
            while folder.exists():
                folder, n = path / f"{self._stem()} film {n}", n + 1
            then(folder)

        dialog = self._file_dialog(tr("Folder for the pictures"), "", saving=True)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, True)
        dialog.fileSelected.connect(lambda p: inside(Path(p)))
        dialog.open()

    def save_film(self, path: Path, wish: FilmWish) -> None:
        """Make a film in the background; progress and cancel are in the status bar."""
        if self.view is None:
            return
        from gui.film import DayOfSun, Plan, along, centred, even, frames_of, sink_for, turntable
        from gui.pictures import Wish, film
        from gui.scene.camera import Eye
        from twin.errors import TwinError

        if wish.as_mp4 and path.suffix.lower() != ".mp4":
            path = path.with_name(path.name + ".mp4")
        scene = self.view.scene
        scene.camera.finish()
        try:
            frames, size = frames_of(wish.seconds, wish.fps), even(wish.size)
            eye, moments = scene.camera.eye, None
            if wish.kind == "turntable":
                eyes = turntable(centred(eye, scene.bounds, size), frames)
            elif wish.kind == "path":
                known = Eye.__dataclass_fields__
                stops = [self.session.bookmarks[n] for n in wish.stops if n in self.session.bookmarks]
                eyes = along([Eye(**{k: float(v) for k, v in s.items() if k in known}) for s in stops], frames)
            elif wish.kind == "sun":
                eyes = [eye]
            else:
                times = [float(t) for t in self.session.store.times] if self.session.store is not None else [0.0]
                step = (times[-1] - times[0]) / max(1, frames - 1)
                eyes, moments = [eye], [times[0] + k * step for k in range(frames)]
        except TwinError as error:
            self.notices.trouble(error)
            return
        civil = self.timeline.civil
        own: list[Layer] = []
        """Of the film, so that the window stays at its moment while time goes by in the film."""

        def take(copy: Scene) -> None:
            for layer in own:
                same = copy.layer(layer.id)
                if same is not None:
                    layer.visible, layer.style, layer.opacity, layer.order = same.visible, same.style, same.opacity, same.order
                    copy.remove(same)
                    copy.add(layer)

        def show(copy: Scene, at_s: float) -> None:
            for layer in own:
                layer.set_time(at_s)
            copy.hud.clock = f"{elapsed(at_s)}   {civil(at_s)}"

        def make(found: Any) -> None:
            plan = Plan(eyes, moments, show, size, wish.fps, wish.smooth, FRAME_PART_PX)
            if wish.kind == "sun":
                plan = Plan(eyes, found.moments(frames), found.show, size, wish.fps, wish.smooth, FRAME_PART_PX)
            else:
                own.extend(found)
            whole = Wish(size, 1, wish.title, wish.legend)
            told = self._told()
            self.jobs.steps(
                tr("Film {name}", name=path.name),
                film(scene, whole, plan, lambda more: sink_for(path, size, wish.fps, _film_words(more | told)), take),
                done=lambda made: self.notices.tell("good", tr("Film saved: {path}", path=made)),
                failed=self.notices.trouble,
            )

        city, running = self.session.city, self.comparing.running()
        if city is None or wish.kind in ("turntable", "path"):
            make([])
            return
        if wish.kind == "sun":
            day, ground = self.daylight.moment.date(), scene.ground
            self.jobs.start(
                tr("Shadows"), lambda _: DayOfSun(city, ground, day, (eye.x, eye.y)), quiet=True, done=make, failed=self.notices.trouble
            )
            return

        def work(_: Any) -> list[Layer]:
            from layers.results import result_layers

            made = []
            for prefix, store in running:
                for layer in result_layers(city, store):
                    layer.id = f"{prefix}{layer.id}"
                    made.append(layer)
            return made

        self.jobs.start(tr("Result layers"), work, quiet=True, done=make, failed=self.notices.trouble)


def _film_words(told: dict[str, str]) -> dict[str, str]:
    """Keys that films have for what a picture says of itself."""
    comment = "; ".join(f"{k}: {v}" for k, v in told.items() if k not in ("Title", "Copyright"))
    return {"title": told.get("Title", ""), "copyright": told.get("Copyright", ""), "comment": comment}

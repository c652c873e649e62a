"""Reference system, log, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object


class Help(Base):
    """Tools and Help menus."""

    # tools and help
    def do_crs(self) -> None:
        city = self.session.city
        if city is None:
            return
        frame = city.frame
        lines = [
            tr("Reference system: {crs}", crs=frame.crs or tr("none, an engineering grid")),
            tr("Heights: {vertical}", vertical=frame.vertical or tr("datum unknown")),
            tr("Local origin: {e:,.0f} E, {n:,.0f} N", e=frame.origin[0], n=frame.origin[1]),
            tr("Time zone: {zone}", zone=frame.timezone),
        ]
        title = lines[0]
        if frame.crs is not None:
            from twin.frame import parse_crs

            title = f"{lines[0]} ({parse_crs(frame.crs).name})" if len(frame.crs) < 40 else parse_crs(frame.crs).name
        self.notices.tell("info", title, "\n".join(lines))

    def do_log(self) -> None:
        self.show_dock("log")

    def do_help(self) -> None:
        self._message(
            tr("First steps"),
            tr(
                "<b>Move</b>: drag to turn, right drag or Shift to push, wheel to come nearer. "
                "Home shows all, 5 looks down, 1 stands in the street."
                "<br><br><b>Read</b>: click anything; F6 opens its table, Ctrl+F finds names, ids and coordinates."
                "<br><br><b>Select</b>: Ctrl + drag, R for a rectangle, Ctrl+Shift+F by attribute, right click for more."
                "<br><br><b>Walk</b>: G goes on foot, Esc comes back up. Alt+Left is the view before this one."
                "<br><br><b>Ask</b>: press Cloudburst. Water comes while it is computed; the slider below plays it again."
                "<br><br><b>Change</b>: press B and draw a barrier, then Ctrl+R. "
                "Results are compared by themselves; F8 shows the difference."
                "<br><br><b>Compare</b>: Ctrl+2 and Ctrl+4 show views beside each other, Shift+F7 swipes between two results."
                "<br><br><b>Show it</b>: Ctrl+P saves a picture, Ctrl+Shift+P makes a film."
                "<br><br><b>Measure</b>: M for distances; Tools has heights, areas, volumes, lines of sight, viewsheds and sections."
                "<br><br><b>Everything else</b>: Ctrl+K and type what you want."
            ),
        )

    def do_sources(self) -> None:
        city = self.session.city
        if city is None:
            return
        parts = [f"<b>{s.name}</b><br>{'<br>'.join(x for x in (s.attribution, s.licence, s.date, s.path) if x)}" for s in city.sources]
        self._message(tr("Sources and licences"), "<br><br>".join(parts) or tr("This city names no sources."))

    def do_about(self) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("urban-twin")
        except PackageNotFoundError:
            number = ""
        self._message(
            tr("About"),
            tr(
                "<b>Urban Twin {version}</b><br>Apache License 2.0<br><br>"
                "Results are for planning and training; they replace no official warning.",
                version=number,
            ),
        )

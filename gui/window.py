"""The main window: one 3D view, docks around it, menus, status bar. What actions do is in gui/commands/."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QImage, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFrame,
    QMainWindow,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QTabBar,
    QTabWidget,
    QToolBar,
    QToolButton,
    QWidget,
)

from gui.actions import EDIT, FILE, GROUND, SCENARIO, TOOLBAR, VIEW, Actions
from gui.commands import Commands
from gui.comparing import Comparing
from gui.i18n import language, mark, say, tr
from gui.jobs import Jobs
from gui.notices import Banner, Notices
from gui.palette import CommandPalette, Find
from gui.panels.bookmarks import BookmarksPanel
from gui.panels.compare import ComparePanel
from gui.panels.doctor import DoctorPanel
from gui.panels.inspector import InspectorPanel
from gui.panels.layers import LayersPanel
from gui.panels.log import LogPanel
from gui.panels.scenario import ScenarioPanel
from gui.panels.table import TablePanel
from gui.panels.timeline import RECORDING, RESULT, Timeline, elapsed
from gui.planned import Planned
from gui.preferences import settings
from gui.projects import Projects, recent_cards
from gui.running import DIFFERENCE, Runs
from gui.running import RESULT as RESULT_LAYERS
from gui.session import Session
from gui.start import StartPage
from gui.status import Status
from gui.theme import colors, icon, look

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.scene.ready import Ready
    from gui.scene.view import View3D

LAYOUT_VERSION = 6
NARROW_PX, LOW_PX, SIDE_PX = 350, 70, 180
"""Smallest of a panel: what does not fit is scrolled, so that the window can be as small as 800 x 560."""


class Stage(QFrame):
    """Holds the 3D view for ever; start page, banner and popups lie over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("stage")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(NARROW_PX, 200)
        self.filling: list[QWidget] = []
        self.banner: Banner | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        for widget in self.filling:
            widget.setGeometry(self.rect())
        if self.banner is not None and self.banner.isVisible():
            self.banner.place()


class Scrolled(QScrollArea):
    """Holds a panel of a dock; scrolls where that is smaller than the panel can be."""

    def __init__(self, panel: QWidget, narrow: int) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setMinimumSize(narrow, LOW_PX)
        self.setWidget(panel)

    def sizeHint(self) -> QSize:
        return self.widget().sizeHint()


class MainWindow(QMainWindow, Commands):
    """Opens `what` once it is shown; the 3D view is made after the first show, since VTK takes a second to import."""

    def __init__(self, what: list[str] | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AllowTabbedDocks | QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AnimatedDocks
        )
        self.notices, self.jobs = Notices(self), Jobs(self)
        self.session = Session(self.jobs, self.notices, self)
        self.runs = Runs(self.session)
        self.planned = Planned(self.session)
        self.projects = Projects(self.session, self._camera_state, self.picture)
        self.view: View3D | None = None
        self.comparing = Comparing(self.session, lambda: self.view)
        self.sensors: Any = None
        self._what = list(what or [])
        self.ready: Ready | None = None
        """The city just read, until the view has taken it."""
        self._is_warm = self._has_rest = False
        self._waiting: list[Callable[[], None]] = []
        self._in_scene: list[Any] = []
        self.docks: dict[str, QDockWidget] = {}
        self.stage = Stage(self)
        self.setCentralWidget(self.stage)
        self._panels()
        self.start_page = StartPage(self.jobs, self.stage)
        self.stage.filling.append(self.start_page)
        self.banner = Banner(self.notices, self.stage)
        self.banner.is_low = self.start_page.isVisible
        self.stage.banner = self.banner
        self.actions_ = Actions(self)
        self.palette_popup = CommandPalette(self.stage, lambda: list(self.actions_.by_id.values()))
        self.find_popup = Find(self.stage, self.session, self.fly_to_rows, self.fly_to_place)
        self.status = Status(self.session, self)
        self.setStatusBar(self.status)
        self._menus()
        self._toolbar()
        self._wire()
        self.wire_looks()
        self.layout().activate()  # or it stays as wide as all docks were side by side
        self.resize(1500, 940)
        self.layout().activate()
        self.resizeDocks([self.docks["layers"], self.docks["inspector"]], [330, 300], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["timeline"], self.docks["results"]], [46, 230], Qt.Orientation.Vertical)
        self._first_layout = self.saveState(LAYOUT_VERSION)
        self._titled()
        self._enable()
        self.start_page.show_recent(recent_cards())

    # building
    def _panels(self) -> None:
        session = self.session
        self.layers_panel, self.scenario_panel = LayersPanel(session), ScenarioPanel(session, self.runs)
        self.inspector, self.timeline, self.table = InspectorPanel(session), Timeline(session), TablePanel(session)
        self.compare_panel, self.log_panel = ComparePanel(session, self.runs), LogPanel(self.notices)
        self.doctor_panel, self.bookmarks_panel = DoctorPanel(session), BookmarksPanel(session)
        measurements, profile = self.make_measuring()
        hydrographs, happenings = self.make_gauging(), self.make_happenings()
        weak_points = self.make_weak_points()
        left, right, bottom = (
            Qt.DockWidgetArea.LeftDockWidgetArea,
            Qt.DockWidgetArea.RightDockWidgetArea,
            Qt.DockWidgetArea.BottomDockWidgetArea,
        )
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomLeftCorner, left)
        self.setCorner(Qt.Corner.BottomRightCorner, right)
        for id, title, panel, area in (
            ("layers", mark("Layers"), self.layers_panel, left),
            ("scenarios", mark("Scenarios"), self.scenario_panel, left),
            ("inspector", mark("Inspector"), self.inspector, right),
            ("bookmarks", mark("Bookmarks"), self.bookmarks_panel, right),
            ("timeline", mark("Timeline"), self.timeline, bottom),
            ("results", mark("Results"), self.compare_panel, bottom),
            ("table", mark("Table"), self.table, bottom),
            ("sensors", mark("Sensors"), QWidget(), bottom),
            ("measurements", mark("Measurements"), measurements, bottom),
            ("profile", mark("Profile"), profile, bottom),
            ("hydrographs", mark("Water over time"), hydrographs, bottom),
            ("happenings", mark("What happened"), happenings, bottom),
            ("weak_points", mark("Weak points"), weak_points, bottom),
            ("doctor", mark("Import report"), self.doctor_panel, bottom),
            ("log", mark("Log"), self.log_panel, bottom),
        ):
            self.add_dock(id, title, panel, area)
        self.make_sun()
        self.tabifyDockWidget(self.docks["layers"], self.docks["scenarios"])
        self.splitDockWidget(self.docks["timeline"], self.docks["results"], Qt.Orientation.Vertical)
        self.tabifyDockWidget(self.docks["results"], self.docks["table"])
        self.tabifyDockWidget(self.docks["table"], self.docks["sensors"])
        self.tabifyDockWidget(self.docks["sensors"], self.docks["measurements"])
        self.tabifyDockWidget(self.docks["measurements"], self.docks["profile"])
        self.tabifyDockWidget(self.docks["profile"], self.docks["hydrographs"])
        self.tabifyDockWidget(self.docks["hydrographs"], self.docks["happenings"])
        self.tabifyDockWidget(self.docks["happenings"], self.docks["weak_points"])
        self.tabifyDockWidget(self.docks["weak_points"], self.docks["doctor"])
        self.tabifyDockWidget(self.docks["doctor"], self.docks["log"])
        self.timeline.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.tabifyDockWidget(self.docks["inspector"], self.docks["bookmarks"])
        self.docks["inspector"].raise_()
        self.docks["layers"].raise_()
        self.docks["results"].raise_()

    def _dock_titles(self, *_: Any) -> None:
        """A dock in a row of tabs has its title there already."""
        QTimer.singleShot(0, self._tidy_tabs)
        for dock in self.docks.values():
            bare = dock is self.docks["timeline"] or (bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating())
            if bare == (dock.titleBarWidget() is None):
                dock.setTitleBarWidget(QWidget() if bare else None)

    def _tidy_tabs(self) -> None:
        """Qt leaves tab bars of an earlier layout over the docks after restoreState: hide those that belong to nothing."""
        rows = [{d.windowTitle(), *(o.windowTitle() for o in self.tabifiedDockWidgets(d))} for d in self.docks.values()]
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setElideMode(Qt.TextElideMode.ElideNone)  # a title of one letter says nothing
            bar.setUsesScrollButtons(True)
            if {bar.tabText(i) for i in range(bar.count())} not in rows:
                bar.hide()

    def add_dock(self, id: str, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(self)
        dock.setObjectName(id)
        say(dock.setWindowTitle, title)
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if id == "timeline":
            panel.setMinimumWidth(NARROW_PX)  # it makes itself narrow
            dock.setWidget(panel)
        else:
            dock.setWidget(Scrolled(panel, NARROW_PX if area is Qt.DockWidgetArea.BottomDockWidgetArea else SIDE_PX))
        self.addDockWidget(area, dock)
        dock.dockLocationChanged.connect(self._dock_titles)
        dock.topLevelChanged.connect(self._dock_titles)
        self.docks[id] = dock
        return dock

    def _menus(self) -> None:
        self.menus = self.actions_.fill(self.menuBar())
        view = self.menus[VIEW]
        self._panels_menu, self._bookmarks_menu = QMenu(view), QMenu(view)
        say(self._panels_menu.setTitle, "&Panels")
        say(self._bookmarks_menu.setTitle, "Boo&kmarks")
        view.addSeparator()
        view.addMenu(self._bookmarks_menu)
        view.addMenu(self._panels_menu)
        heights = QMenu(view)
        self.make_stretch_menu(heights)
        self.actions_.group(GROUND).addMenu(heights)
        for dock in self.docks.values():
            self._panels_menu.addAction(dock.toggleViewAction())
        self._bookmarks_menu.aboutToShow.connect(self.fill_bookmarks)
        self._selections_menu = QMenu(self.menus[EDIT])
        say(self._selections_menu.setTitle, "&Kept selections")
        self.menus[EDIT].insertMenu(self.actions_["selection_save"], self._selections_menu)
        self._selections_menu.aboutToShow.connect(self.fill_selections)
        self._recent_menu = QMenu(self.menus[FILE])
        say(self._recent_menu.setTitle, "Open &recent")
        self.menus[FILE].insertMenu(self.actions_["demo"], self._recent_menu)
        self._recent_menu.aboutToShow.connect(self.fill_recent)
        self._ready_menu = QMenu(self.menus[SCENARIO])
        say(self._ready_menu.setTitle, "Ready &scenarios")
        self.menus[SCENARIO].insertMenu(self.actions_["run"], self._ready_menu)
        self._ready_menu.aboutToShow.connect(self.fill_ready)
        self._new_menu = QMenu(self.menus[SCENARIO])
        say(self._new_menu.setTitle, "&New scenario")
        self.menus[SCENARIO].insertMenu(self._ready_menu.menuAction(), self._new_menu)
        self._new_menu.aboutToShow.connect(self.fill_new)

    def _toolbar(self) -> None:
        bar = QToolBar(self)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        say(bar.setWindowTitle, "Toolbar")
        for id in TOOLBAR:
            if id:
                bar.addAction(self.actions_[id])
            else:
                bar.addSeparator()
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(space)
        self.rain_button = QToolButton(objectName="primary")
        self.rain_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.rain_button.clicked.connect(self.actions_["cloudburst"].trigger)
        say(self.rain_button.setText, "Cloudburst")
        say(self.rain_button.setToolTip, "Let it rain on this city now, with the defaults")
        bar.addWidget(self.rain_button)
        self.addToolBar(bar)
        self._wire_comparing()

    def _wire(self) -> None:
        session = self.session
        session.city_changed.connect(self._city_changed)
        session.layers_changed.connect(self._sync_layers)
        session.selected_changed.connect(self._selected)
        for signal in (session.cases_changed, session.current_changed, session.store_changed, session.undo.indexChanged, self.jobs.changed):
            signal.connect(self._enable)
        for signal in (session.time_changed, session.current_changed, session.store_changed, session.layers_changed):
            signal.connect(self._hud)
        session.layer_changed.connect(self._layer_changed)
        session.undo.indexChanged.connect(self._undo_moved)
        self.projects.path_changed.connect(self._titled)
        self.projects.saved.connect(lambda path: self.status.showMessage(tr("Saved {path}", path=path), 5000))
        self.projects.recent_changed.connect(lambda: self.start_page.show_recent(recent_cards()))
        self.start_page.opened.connect(self.open)
        self.start_page.browse.connect(self.do_open)
        self.start_page.browse_folder.connect(self.do_open_folder)
        self.layers_panel.zoom_to.connect(lambda layer: self.fly_to_rows(layer, None))
        self.layers_panel.table_of.connect(self.show_table)
        self.layers_panel.editor.level_wanted.connect(self.show_level)
        self.inspector.zoom_to.connect(self.fly_to_rows)
        self.table.zoom_to.connect(self.fly_to_rows)
        self.docks["table"].visibilityChanged.connect(self.table.show_something)
        self.docks["happenings"].visibilityChanged.connect(self.happenings.seen)
        self.docks["scenarios"].visibilityChanged.connect(self.scenario_panel.build_soon)
        self.scenario_panel.draw.connect(self.draw)
        self.scenario_panel.show_shape.connect(self.fly_to_shape)
        self.compare_panel.difference_wanted.connect(self.show_difference)
        self.compare_panel.report_wanted.connect(self.write_report)
        self.runs.compared.connect(lambda *_: self.docks["results"].raise_())
        self.runs.ended.connect(self._run_ended)
        self.wire_haste()
        self.runs.started.connect(lambda _: self.timeline.choose(RESULT))
        self.timeline.shows_changed.connect(self._hud)
        self.timeline.shows_changed.connect(self._enable)
        self.status.crs_clicked.connect(self.do_crs)
        self._wire_doctor()
        self.wire_bookmarks()
        language.changed.connect(self._titled)
        language.changed.connect(self._respoken)
        look.changed.connect(self._theme)
        self._theme()

    # after the first show
    def showEvent(self, event: Any) -> None:
        super().showEvent(event)
        if not self._is_warm:
            self._is_warm = True
            self._restore_layout()
            self._dock_titles()
            QTimer.singleShot(0, self._warm)

    def _warm(self) -> None:
        """Import what is heavy in a worker, then make the view; what was asked for opens meanwhile."""

        def work(_: Any) -> None:
            import gui.scene.glcanvas
            import gui.scene.ready
            import gui.scene.view  # noqa: F401

        gc.disable()  # imports and a large city make many objects that stay: looking through them costs half a second
        job = self.jobs.start(tr("Getting ready"), work, quiet=True, done=self._make_view, failed=self.notices.trouble)
        job.setObjectName("warm")
        if self._what:
            self.open(self._what)
        else:
            self.offer_recovery()

    def _make_view(self, _: Any = None) -> None:
        from gui.scene.view import View3D

        self.view = view = View3D(self.stage)
        self.stage.filling.insert(0, view)
        view.setGeometry(self.stage.rect())
        view.lower()
        view.show()
        view.clicked.connect(self._clicked)
        view.hovered.connect(self.status.show_cursor)
        view.drawing_changed.connect(self.status.set_drawing)
        view.drawing_changed.connect(self._drawn_by)
        view.double_clicked.connect(self._double_clicked)
        self.runs.frame_s = lambda: view.frame_ms / 1000
        self._wire_tools(view)
        self.wire_sun(view)
        self.wire_ground(view)
        self.wire_motion(view)
        self.wire_selecting(view)
        self._theme()
        if self.session.city is not None:
            self._city_changed()
            self._sync_layers()
        self.comparing.attach()
        view.first_picture.connect(self._warm_rest)
        self.jobs.changed.connect(self._warm_if_idle)

    def _warm_if_idle(self) -> None:
        if self.session.city is None and not self.jobs.running:
            self._warm_rest()

    def _warm_rest(self) -> None:
        """Models and sensors: not before the first picture, where there is one to come."""
        if self._has_rest:
            return
        self._has_rest = True
        gc.enable()

        def work(_: Any) -> None:
            import layers.sensors  # noqa: F401
            import twin.live.demo
            import twin.live.hub
            import twin.scenario.engine  # noqa: F401
            from layers import current, groundkernels, painting
            from twin.city import rays
            from twin.models.base import models

            models()
            painting.warm_up()
            rays.warm_up()
            groundkernels.warm_up()
            current.warm_up()

        def done(_: Any) -> None:
            self._make_sensors()
            waiting, self._waiting = self._waiting, []
            for call in waiting:
                call()

        self.jobs.start(tr("Getting ready"), work, quiet=True, done=done, failed=self.notices.trouble)

    def make_pickable(self) -> None:
        """Build in a worker what the first click in the view would else wait for."""
        if self.view is None:
            return
        import numpy as np

        scene, up = self.view.scene, np.array([0.0, 0.0, 1.0])

        def begin() -> None:
            drawn = scene.pickable_surfaces()

            def work(control: Control) -> None:
                for surface in drawn:
                    control.check()
                    scene.picker.ray(surface, up, up)

            self.jobs.start(tr("Getting ready"), work, quiet=True, failed=self.notices.trouble)

        self.view.after_picture(begin)

    def when_warm(self, call: Callable[[], None]) -> None:
        """Do it once models and sensors are there."""
        if self.sensors is not None:
            call()
        else:
            self._waiting.append(call)

    def _make_sensors(self) -> None:
        from gui.panels.sensors import SensorsPanel

        self.sensors = panel = SensorsPanel(parent=self)
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        held = self.docks["sensors"].widget()
        assert isinstance(held, Scrolled)
        held.setWidget(panel)  # the empty one goes
        self.timeline.attach(panel.player)
        panel.troubled.connect(self.notices.trouble)
        panel.feed_changed.connect(self._hud)
        panel.feed_text_changed.connect(self.status.set_feed)
        panel.moment_changed.connect(self._hud)
        panel.sensor_activated.connect(self.show_sensor)
        panel.sensor_chosen.connect(self.select_sensor)
        panel.scenario_from_rain.connect(self.scenario_from_rain)
        panel.updated.connect(self._show_sensors)
        self._wire_alerts()
        self.status.set_feed(panel.text)
        if self.session.city is not None:
            panel.set_city(self.session.city)
            self._show_sensors()

    def _show_sensors(self, *_: Any) -> None:
        """The layer of sensors is there once there is one to show."""
        layer = self.sensors.layer
        if self.session.city is not None and layer not in self.session.layers and len(layer.table()):
            self.session.replace_layers(layer.id, [layer])

    # city and layers into the view
    def _city_changed(self) -> None:
        city = self.session.city
        self.start_page.setVisible(city is None)
        if city is None:
            self.start_page.raise_()
            self.start_page.show_recent(recent_cards())
        if self.banner.isVisible():
            self.banner.place()
            self.banner.raise_()
        if self.sensors is not None:
            self.sensors.set_city(city)
            self._show_sensors()
        if self.view is not None and city is not None:
            self._in_scene.clear()
            self.view.scene.set_city(city, ready=self.ready)
            self.ready = None
            self.daylight.settle()
        self._titled()
        self._enable()

    def _sync_layers(self) -> None:
        if self.view is None or self.session.city is None:
            return
        scene, wanted = self.view.scene, self.session.layers
        for layer in [x for x in self._in_scene if x not in wanted]:
            scene.remove(layer)
        for layer in wanted:
            if layer not in self._in_scene:
                scene.add(layer)
        self._in_scene = list(wanted)
        self.table.show_something(not self.table.visibleRegion().isEmpty())

    def _undo_moved(self, _: int) -> None:
        """A banner that offers to undo the last step would take back another one now."""
        if tr("Undo") in self.banner.offered:
            self.banner.hide()

    def _layer_changed(self, layer: Any, aspect: str) -> None:
        if aspect in ("visible", "style"):
            self._hud()

    def _hud(self, *_: Any) -> None:
        """Badge, clock and credits of the picture; badge of the status bar."""
        feed = self.sensors.mode if self.sensors is not None else ""
        # While anything computed can be seen the badge says so, whatever the timeline moves.
        seen = any(x.visible for x in self.session.layers if x.id.startswith((RESULT_LAYERS, DIFFERENCE)))
        computed = (self.session.store is not None and (self.timeline.shows == RESULT or seen)) or self.comparing.shows_results
        badge = "WHAT-IF" if computed else feed
        self.status.set_badge(badge)
        city = self.session.city
        if self.view is None or city is None:
            return
        since, clock, credits = "", "", [city.attribution, tr("synthetic city") if city.synthetic else ""]
        if computed:
            since, clock = elapsed(self.session.time_s), self.timeline.civil(self.session.time_s)
            coarse = self.session.case.coarse_m if self.session.case is not None else 0.0
            clock += "   " + tr("preview, {m:g} m cells", m=coarse) if coarse else ""
        elif feed and self.sensors is not None:
            # A picture of simulated or recorded sensors says so, and of when they are.
            since, clock = self.sensors.text, self.sensors.moment
            credits.append(self.sensors.hub.credit)
        self.view.scene.hud.set(
            badge=badge,
            clock="   ".join(x for x in (since, clock) if x),
            show_legend=self.actions_["legend"].isChecked(),
            credits=" · ".join(c for c in credits if c),
        )

    def _respoken(self, *_: Any) -> None:
        """The same things in another language: a new picture, though nothing in it is another."""
        self._hud()
        if self.view is not None:
            self.view.scene.request_render()

    def _theme(self, *_: Any) -> None:
        c = colors()
        self.stage.setStyleSheet(f"QFrame#stage {{ background: {c.window}; }}")
        self.rain_button.setIcon(icon("ph.cloud-rain", c.on_accent))
        if self.view is not None:
            self.view.scene.theme("light" if look.name == "light" else "dark")

    # what is there
    def _enable(self, *_: Any) -> None:
        session, have = self.session, set()
        have |= {"city"} if session.city is not None else set()
        have |= {"case"} if session.case is not None and not self.runs.is_busy else set()
        have |= {"result"} if session.case is not None and session.case.result is not None else set()
        have |= {"store"} if session.store is not None or self.timeline.shows == RECORDING else set()
        have |= {"running"} if self.runs.is_running else set()
        have |= {"swipe"} if self.comparing.swipe else {"several"} if self.comparing.is_on else set()
        have |= {"cut"} if self._cut_line is not None else set()
        have |= {"undo"} if session.undo.canUndo() else set()
        have |= {"redo"} if session.undo.canRedo() else set()
        self.actions_.enable(have)
        self.rain_button.setEnabled("city" in have and not self.runs.is_busy)
        self.actions_["cloudburst"].setEnabled(self.rain_button.isEnabled())
        undone, redone = session.undo.undoText().replace("&", "&&"), session.undo.redoText().replace("&", "&&")
        self.actions_["undo"].setText(tr("&Undo: {what}", what=undone) if undone else tr("&Undo"))
        self.actions_["redo"].setText(tr("&Redo: {what}", what=redone) if redone else tr("&Redo"))
        self.setWindowModified(session.is_dirty)

    def _titled(self, *_: Any) -> None:
        city, path = self.session.city, self.projects.path
        name = path.stem if path is not None else city.name if city is not None else ""
        self.setWindowTitle(f"{name}[*] – {tr('Urban Twin')}" if name else f"{tr('Urban Twin')}[*]")
        self._enable()

    # layout, closing
    def _restore_layout(self) -> None:
        kept = settings()
        geometry, state = kept.value("geometry"), kept.value("layout")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, LAYOUT_VERSION)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            action = self.actions_["fullscreen"]
            action.blockSignals(True)
            action.setChecked(self.isFullScreen())
            action.blockSignals(False)
        super().changeEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        kept = settings()
        kept.setValue("geometry", self.saveGeometry())
        kept.setValue("layout", self.saveState(LAYOUT_VERSION))
        kept.sync()
        self.projects.autosave_now()
        self._keep_thumbnail()
        self.hide()
        self.status.clearMessage()
        self.timeline.play.setChecked(False)
        self.daylight.play(False)
        if self.sensors is not None:
            self.sensors.shutdown()
        self.runs.cancel()
        self.jobs.close()
        gc.enable()
        self.projects.end()
        if self.view is not None:
            self.view.close()
            self.view = None
        self.status.rest()
        event.accept()

    def picture(self) -> QImage:
        """A small picture of the view; null where there is none."""
        return self.view.picture() if self.view is not None and self.session.city is not None else QImage()

    def _camera_state(self) -> dict[str, Any]:
        return self.view.scene.camera.state() if self.view is not None else {}

    # drag and drop
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [u.toLocalFile() for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.take_dropped(paths, self.mapToGlobal(event.position().toPoint()))


def start_application() -> QApplication:
    """The QApplication with the surface format that the 3D view needs, before any window exists."""
    from PySide6.QtCore import QLoggingCategory
    from PySide6.QtGui import QSurfaceFormat

    # OpenStreetMap names come in every script; a box for a missing glyph says enough.
    QLoggingCategory.setFilterRules("qt.text.font.db=false")
    form = QSurfaceFormat()
    form.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    form.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    form.setVersion(3, 2)
    form.setSwapBehavior(QSurfaceFormat.SwapBehavior.DoubleBuffer)
    form.setAlphaBufferSize(8)
    form.setDepthBufferSize(8)
    form.setStencilBufferSize(0)
    form.setSamples(0)  # software GL: 9 ms against 100 ms a frame
    QSurfaceFormat.setDefaultFormat(form)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    app.setApplicationName("Urban Twin")
    app.setDesktopFileName("urban-twin")
    app.setWindowIcon(icon("ph.buildings", "#1b6ca8"))
    return app

"""Every action of the window in one table: text, icon, keys, tip, menu. `Where is the button?` Here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from gui.i18n import mark, say
from gui.theme import icon, look

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow


@dataclass(frozen=True)
class Spec:
    """id is also the name of the window's method, with `do_` before it. checkable actions give their state to it."""

    id: str
    menu: str
    text: str
    icon: str
    keys: str = ""
    tip: str = ""
    checkable: bool = False
    checked: bool = False
    needs: str = ""
    """city | case | result: what must be there for it to be of use."""
    before: str = ""
    """- draws a line before it."""
    group: str = ""
    """Title of the menu within the menu that it is in."""


FILE, EDIT, VIEW, LAYER = mark("&File"), mark("&Edit"), mark("&View"), mark("&Layer")
SCENARIO, LIVE, TOOLS, HELP = mark("&Scenario"), mark("L&ive"), mark("&Tools"), mark("&Help")
MEASURE = mark("&Measure")
CITY_STYLE = mark("City st&yle")
SUN = mark("S&un")
SIDE, GROUND, PRESETS = mark("Side by si&de"), mark("Grou&nd"), mark("&From the sides")
MENUS = (FILE, EDIT, VIEW, LAYER, SCENARIO, LIVE, TOOLS, HELP)

ACTIONS: tuple[Spec, ...] = (
    Spec("new", FILE, mark("&Close city"), "ph.file", "Ctrl+N", mark("Close what is open and go back to the start page")),
    Spec("open", FILE, mark("&Open…"), "ph.folder-open", "Ctrl+O", mark("Open city models, layers, a project, a scenario or a result")),
    Spec("open_folder", FILE, mark("Open &folder…"), "ph.folders", "Ctrl+Alt+O", mark("Open a folder of layers or a result")),
    Spec(
        "open_url",
        FILE,
        mark("Open &URL or database…"),
        "ph.link",
        "Ctrl+Shift+O",
        mark("Open a file, tileset, WFS, map tiles or PostGIS database by its address"),
    ),
    Spec(
        "get_city",
        FILE,
        mark("&Get a city…"),
        "ph.cloud-arrow-down",
        "Ctrl+G",
        mark("Fetch a city by name: OpenStreetMap, 3DBAG, Project PLATEAU, 3D Tiles"),
    ),
    Spec(
        "add",
        FILE,
        mark("&Add to this city…"),
        "ph.plus-circle",
        "Ctrl+Shift+A",
        mark("More layers, networks or buildings beside those that are open; Undo takes them away"),
        needs="city",
    ),
    Spec(
        "refresh",
        FILE,
        mark("&Refresh from the servers"),
        "ph.arrows-clockwise",
        "",
        mark("Ask the servers of this city's sources for what is new; Undo takes it back"),
        needs="city",
    ),
    Spec("demo", FILE, mark("&Demonstration city"), "ph.buildings", "", mark("Open the city made up for trying things out")),
    Spec(
        "save",
        FILE,
        mark("&Save project"),
        "ph.floppy-disk",
        "Ctrl+S",
        mark("Save layers, view, scenarios and results"),
        needs="city",
        before="-",
    ),
    Spec("save_as", FILE, mark("Save project &as…"), "ph.floppy-disk-back", "Ctrl+Shift+S", mark("Save under another name"), needs="city"),
    Spec(
        "screenshot",
        FILE,
        mark("Save &picture…"),
        "ph.camera",
        "Ctrl+P",
        mark("Save the view as a picture, up to four times as sharp, with its credits"),
        needs="city",
        before="-",
    ),
    Spec(
        "picture_copy",
        FILE,
        mark("&Copy picture"),
        "ph.copy",
        "Ctrl+Shift+C",
        mark("Put the view into the clipboard, with its credits"),
        needs="city",
    ),
    Spec(
        "film",
        FILE,
        mark("Make a fil&m…"),
        "ph.film-strip",
        "Ctrl+Shift+P",
        mark("Once around, along bookmarks, or a result in time-lapse, as MP4 or a folder of pictures"),
        needs="city",
    ),
    Spec(
        "export",
        FILE,
        mark("&Export city…"),
        "ph.export",
        "",
        mark("Write the city for other programs: CityJSON, GeoPackage, GeoParquet, glTF, 3D Tiles, OBJ"),
        needs="city",
    ),
    Spec("report", FILE, mark("Export &report…"), "ph.file-text", "Ctrl+E", mark("Write a report of the result shown"), needs="result"),
    Spec(
        "recipe_save",
        FILE,
        mark("Save reci&pe…"),
        "ph.cooking-pot",
        "",
        mark("Write a city.toml that opens these sources as they are now, repairs included"),
        needs="city",
    ),
    Spec("quit", FILE, mark("&Quit"), "ph.sign-out", "Ctrl+Q", mark("Close the window; unsaved work is kept"), before="-"),
    Spec("undo", EDIT, mark("&Undo"), "ph.arrow-counter-clockwise", "Ctrl+Z", mark("Take the last change back"), needs="undo"),
    Spec("redo", EDIT, mark("&Redo"), "ph.arrow-clockwise", "Ctrl+Shift+Z", mark("Do it again"), needs="redo"),
    Spec(
        "find",
        EDIT,
        mark("&Find…"),
        "ph.magnifying-glass",
        "Ctrl+F",
        mark("Find a thing, a layer or coordinates and fly there"),
        needs="city",
        before="-",
    ),
    Spec("palette", EDIT, mark("&Commands…"), "ph.terminal-window", "Ctrl+K", mark("Every command by its name")),
    Spec(
        "select_rectangle",
        EDIT,
        mark("Select by &rectangle"),
        "ph.bounding-box",
        "R",
        mark("Drag over what you want; Ctrl + drag does so at any time"),
        checkable=True,
        needs="city",
        before="-",
    ),
    Spec(
        "select_lasso",
        EDIT,
        mark("Select by &lasso"),
        "ph.polygon",
        "Shift+R",
        mark("Draw around what you want"),
        checkable=True,
        needs="city",
    ),
    Spec(
        "select_seen",
        EDIT,
        mark("Select only what is s&een"),
        "ph.eye",
        "",
        mark("Rectangle and lasso leave out buildings that others hide"),
        checkable=True,
        needs="city",
    ),
    Spec(
        "select_where",
        EDIT,
        mark("Select by &attribute…"),
        "ph.funnel",
        "Ctrl+Shift+F",
        mark("Select what meets a condition: higher than 30 m, built before 1950, a school"),
        needs="city",
    ),
    Spec("select_all", EDIT, mark("Select a&ll"), "ph.selection-all", "Ctrl+A", mark("Everything in the layer chosen"), needs="city"),
    Spec("select_invert", EDIT, mark("In&vert selection"), "ph.selection-inverse", "Ctrl+Shift+I", mark("All the others"), needs="city"),
    Spec("deselect", EDIT, mark("Select &nothing"), "ph.selection-slash", "Esc", mark("Clear the selection, end drawing, close a notice")),
    Spec(
        "isolate",
        EDIT,
        mark("Show &only the selection"),
        "ph.eye-slash",
        "I",
        mark("Hide all other buildings, or show them again"),
        checkable=True,
        needs="city",
    ),
    Spec(
        "selection_keep",
        EDIT,
        mark("&Keep selection…"),
        "ph.selection-plus",
        "",
        mark("Under a name, in the project"),
        needs="city",
    ),
    Spec(
        "selection_save",
        EDIT,
        mark("&Save selection…"),
        "ph.floppy-disk",
        "",
        mark("Write the rows selected as GeoPackage, GeoJSON or CSV"),
        needs="city",
    ),
    Spec("preferences", EDIT, mark("&Preferences…"), "ph.gear-six", "Ctrl+,", mark("Language, theme, text size, motion"), before="-"),
    Spec("view_iso", VIEW, mark("&Overview"), "ph.cube", "Home", mark("The whole city from the south-west"), needs="city"),
    Spec("view_top", VIEW, mark("From &above"), "ph.arrow-line-down", "5", mark("Straight down, north up"), needs="city"),
    Spec(
        "view_north", VIEW, mark("Looking &north"), "ph.arrow-up", "8", mark("From the south, looking north"), needs="city", group=PRESETS
    ),
    Spec("view_east", VIEW, mark("Looking &east"), "ph.arrow-right", "6", mark("From the west, looking east"), needs="city", group=PRESETS),
    Spec(
        "view_south", VIEW, mark("Looking &south"), "ph.arrow-down", "2", mark("From the north, looking south"), needs="city", group=PRESETS
    ),
    Spec("view_west", VIEW, mark("Looking &west"), "ph.arrow-left", "4", mark("From the east, looking west"), needs="city", group=PRESETS),
    Spec("view_street", VIEW, mark("At s&treet level"), "ph.person-simple-walk", "1", mark("Down where people walk"), needs="city"),
    Spec(
        "walk",
        VIEW,
        mark("Wal&k"),
        "ph.person",
        "G",
        mark("Go on foot from the middle of the picture; Esc leaves"),
        checkable=True,
        needs="city",
    ),
    Spec("view_back", VIEW, mark("View &before"), "ph.arrow-u-up-left", "Alt+Left", mark("Back to the view before this one"), needs="city"),
    Spec(
        "views_1",
        VIEW,
        mark("&One view"),
        "ph.square",
        "Ctrl+1",
        mark("The whole view for one picture"),
        checkable=True,
        checked=True,
        needs="city",
        before="-",
        group=SIDE,
    ),
    Spec(
        "views_2",
        VIEW,
        mark("T&wo views"),
        "ph.square-half",
        "Ctrl+2",
        mark("Two views beside each other: baseline and scenario, two results, two moments"),
        checkable=True,
        needs="city",
        group=SIDE,
    ),
    Spec(
        "views_4",
        VIEW,
        mark("&Four views"),
        "ph.squares-four",
        "Ctrl+4",
        mark("Four views: results, moments or sides of the city at once"),
        checkable=True,
        needs="city",
        group=SIDE,
    ),
    Spec(
        "views_linked",
        VIEW,
        mark("Lin&k cameras"),
        "ph.link",
        "Ctrl+Alt+L",
        mark("All views look from the same place; switched off, each is moved by itself"),
        checkable=True,
        checked=True,
        needs="several",
        group=SIDE,
    ),
    Spec(
        "views_next",
        VIEW,
        mark("Ne&xt view"),
        "ph.caret-double-right",
        "Ctrl+F6",
        mark("Let the keys move the next of several views"),
        needs="several",
        group=SIDE,
    ),
    Spec(
        "swipe",
        VIEW,
        mark("Swi&pe between two"),
        "ph.arrows-out-line-horizontal",
        "Shift+F7",
        mark("One view in two halves: drag the divider between two results"),
        checkable=True,
        needs="city",
        group=SIDE,
    ),
    Spec(
        "swipe_left",
        VIEW,
        mark("Divider to the left"),
        "ph.caret-left",
        "[",
        mark("Show more of the right side"),
        needs="swipe",
        group=SIDE,
    ),
    Spec(
        "swipe_right",
        VIEW,
        mark("Divider to the right"),
        "ph.caret-right",
        "]",
        mark("Show more of the left side"),
        needs="swipe",
        group=SIDE,
    ),
    Spec("view_next", VIEW, mark("View a&fter"), "ph.arrow-u-up-right", "Alt+Right", mark("Forward again after going back"), needs="city"),
    Spec(
        "bookmark",
        VIEW,
        mark("Add &bookmark"),
        "ph.bookmark-simple",
        "Ctrl+B",
        mark("Keep this view under a name"),
        needs="city",
        before="-",
    ),
    Spec(
        "bookmarks",
        VIEW,
        mark("Bookmark panel"),
        "ph.bookmarks-simple",
        "Ctrl+Shift+B",
        mark("Views kept by name, with pictures"),
        needs="city",
    ),
    Spec(
        "hover_names",
        VIEW,
        mark("&Names under the cursor"),
        "ph.tag",
        "",
        mark("Tell what a thing is when the cursor rests on it"),
        checkable=True,
        checked=True,
        needs="city",
        before="-",
    ),
    Spec(
        "sun",
        VIEW,
        mark("&Sun and shadows"),
        "ph.sun-horizon",
        "F4",
        mark("Sun, sky and shadows of any day and hour, and the lights of the night"),
        checkable=True,
        needs="city",
        before="-",
        group=SUN,
    ),
    Spec(
        "sun_now",
        VIEW,
        mark("Sun as it stands no&w"),
        "ph.clock",
        "",
        mark("The sun over this city at this moment"),
        needs="city",
        group=SUN,
    ),
    Spec(
        "sun_play", VIEW, mark("Let the &day pass"), "ph.sun", "", mark("A day in eighteen seconds; again: stop"), needs="city", group=SUN
    ),
    Spec(
        "look_auto",
        VIEW,
        mark("&By the theme"),
        "ph.circle-half",
        "",
        mark("Realistic in the light theme, operations room in the dark ones"),
        checkable=True,
        checked=True,
        group=CITY_STYLE,
    ),
    Spec(
        "look_clay",
        VIEW,
        mark("&Clay model"),
        "ph.cube",
        "",
        mark("White-grey, all colour is the data's"),
        checkable=True,
        group=CITY_STYLE,
    ),
    Spec(
        "look_realistic",
        VIEW,
        mark("&Realistic"),
        "ph.buildings",
        "",
        mark("Walls, roofs and windows by use, height and age; light of the hour"),
        checkable=True,
        group=CITY_STYLE,
    ),
    Spec(
        "look_operations",
        VIEW,
        mark("&Operations room"),
        "ph.monitor",
        "",
        mark("Dark, for a wall of screens; the data glows"),
        checkable=True,
        group=CITY_STYLE,
    ),
    Spec(
        "legend",
        VIEW,
        mark("&Legend in the view"),
        "ph.list-bullets",
        "L",
        mark("Show or hide the legend"),
        checkable=True,
        checked=True,
        needs="city",
    ),
    Spec(
        "underground",
        VIEW,
        mark("&Underground"),
        "ph.stack-simple",
        "U",
        mark("Fade the ground, so that pipes, metro and cellars show; the eye may go below it"),
        checkable=True,
        needs="city",
        before="-",
        group=GROUND,
    ),
    Spec(
        "cut",
        VIEW,
        mark("&Cut open…"),
        "ph.knife",
        "X",
        mark("Take away what stands before a line, as in a section; again: everything is back"),
        needs="city",
        group=GROUND,
    ),
    Spec(
        "cut_flip",
        VIEW,
        mark("Cut away the &other side"),
        "ph.swap",
        "Shift+X",
        mark("What was taken away comes back"),
        needs="cut",
        group=GROUND,
    ),
    Spec(
        "cut_forward",
        VIEW,
        mark("Cut 10 m fu&rther"),
        "ph.caret-up",
        "Ctrl+]",
        mark("Move the cut away from you"),
        needs="cut",
        group=GROUND,
    ),
    Spec(
        "cut_back", VIEW, mark("Cut 10 m &nearer"), "ph.caret-down", "Ctrl+[", mark("Move the cut towards you"), needs="cut", group=GROUND
    ),
    Spec(
        "motion",
        VIEW,
        mark("&Motion in the view"),
        "ph.waves",
        "Ctrl+Alt+M",
        mark("Waves, traffic and smoke move by themselves; switched off, the view draws only when something changes"),
        checkable=True,
    ),
    Spec("fullscreen", VIEW, mark("F&ull screen"), "ph.corners-out", "F11", mark("Use the whole screen"), checkable=True),
    Spec("reset_layout", VIEW, mark("&Reset layout"), "ph.layout", "", mark("Panels back to where they were at first")),
    Spec(
        "layer_zoom", LAYER, mark("&Zoom to layer"), "ph.crosshair-simple", "Ctrl+J", mark("Fly to all of the layer chosen"), needs="city"
    ),
    Spec("layer_table", LAYER, mark("&Attribute table"), "ph.table", "F6", mark("Table of the layer chosen"), needs="city"),
    Spec("layer_toggle", LAYER, mark("Show or &hide layer"), "ph.eye", "Ctrl+H", mark("Show or hide the layer chosen"), needs="city"),
    Spec("select_zoom", LAYER, mark("Zoom to &selection"), "ph.selection", "Z", mark("Fly to what is selected"), needs="city"),
    Spec(
        "cloudburst",
        SCENARIO,
        mark("&Cloudburst"),
        "ph.cloud-rain",
        "Ctrl+Shift+R",
        mark("Let it rain on this city now, with the defaults"),
        needs="city",
    ),
    Spec("run", SCENARIO, mark("&Run"), "ph.play", "Ctrl+R", mark("Run the scenario chosen"), needs="case"),
    Spec("cancel", SCENARIO, mark("Ca&ncel run"), "ph.stop", "Ctrl+.", mark("Stop the run; what has been shown stays"), needs="running"),
    Spec(
        "preview", SCENARIO, mark("Pre&view"), "ph.lightning", "Ctrl+Alt+R", mark("A first answer on coarse cells, in seconds"),
        needs="case",
    ),  # fmt: skip
    Spec(
        "live_preview", SCENARIO, mark("Preview &each change"), "ph.lightning", "",
        mark("After each change a first answer on coarse cells, refined while you look"), checkable=True,
    ),  # fmt: skip
    Spec(
        "area_view", SCENARIO, mark("Compute only &what is in view"), "ph.selection", "",
        mark("Fine cells for one quarter; chosen again, the whole city"), needs="case",
    ),  # fmt: skip
    Spec(
        "many_runs", SCENARIO, mark("Run &many times…"), "ph.stack", "",
        mark("How sure the answer is, how often water comes, and what that costs a year"), needs="case",
    ),  # fmt: skip
    Spec("play", SCENARIO, mark("&Play or pause"), "ph.play-circle", "F9", mark("Play the result over time"), needs="store"),
    Spec(
        "branch",
        SCENARIO,
        mark("&Branch"),
        "ph.git-branch",
        "",
        mark("A new scenario that starts as this one is"),
        needs="case",
        before="-",
    ),
    Spec("scenario_open", SCENARIO, mark("&Open scenario…"), "ph.folder-open", "", mark("Read a scenario file"), needs="city"),
    Spec(
        "scenario_save", SCENARIO, mark("&Save scenario…"), "ph.floppy-disk", "", mark("Write the scenario chosen to a file"), needs="case"
    ),
    Spec(
        "barrier",
        SCENARIO,
        mark("Draw a flood b&arrier"),
        "ph.wall",
        "B",
        mark("Click along its line, double click to end; then run again"),
        needs="case",
        before="-",
    ),
    Spec("pump", SCENARIO, mark("Place a &pump"), "ph.drop-half", "P", mark("Click where it stands; then run again"), needs="case"),
    Spec("compare", SCENARIO, mark("Co&mpare"), "ph.columns", "F7", mark("This result against its baseline"), needs="result", before="-"),
    Spec(
        "difference",
        SCENARIO,
        mark("&Difference layer"),
        "ph.intersect",
        "F8",
        mark("Where the water stands deeper or shallower than before"),
        needs="result",
    ),
    Spec(
        "what_happened",
        SCENARIO,
        mark("&What happened"),
        "ph.tree-structure",
        "Shift+F8",
        mark("What failed when, and what it follows from"),
        needs="result",
    ),
    Spec(
        "fail_selected",
        SCENARIO,
        mark("&Let it fail"),
        "ph.lightning-slash",
        "Shift+K",
        mark("What is selected fails in this scenario, or in a new one"),
        needs="city",
        before="-",
    ),
    Spec(
        "weak_points",
        SCENARIO,
        mark("Wea&k points"),
        "ph.crosshair",
        "",
        mark("Which object hurts most when it fails"),
        needs="city",
    ),
    Spec(
        "repair_order",
        SCENARIO,
        mark("Order of re&pairs"),
        "ph.wrench",
        "",
        mark("In which order crews should mend what this run has broken"),
        needs="result",
    ),
    Spec(
        "siting",
        SCENARIO,
        mark("Best places for &stations..."),
        "ph.map-pin-line",
        "",
        mark("Where more ambulances or fire engines should stand, on dry roads or on those of this run at their worst"),
        needs="case",
    ),
    Spec(
        "dependencies_open",
        SCENARIO,
        mark("&Dependencies from CSV"),
        "ph.upload-simple",
        "",
        mark("Who leans on whom: a table into this scenario"),
        needs="case",
        before="-",
    ),
    Spec(
        "dependencies_save",
        SCENARIO,
        mark("Dependencies &to CSV"),
        "ph.download-simple",
        "",
        mark("Who leans on whom, as a table to edit"),
        needs="city",
    ),
    Spec(
        "live_demo",
        LIVE,
        mark("Start &demo feed"),
        "ph.broadcast",
        "",
        mark("Simulated sensors of this city; nothing is measured"),
        needs="city",
    ),
    Spec("live_replay", LIVE, mark("&Replay recording…"), "ph.clock-counter-clockwise", "", mark("Play recorded readings"), needs="city"),
    Spec("live_mqtt", LIVE, mark("&Connect to a broker…"), "ph.wifi-high", "", mark("Listen to an MQTT broker"), needs="city"),
    Spec("live_stop", LIVE, mark("&Stop feed"), "ph.stop-circle", "", mark("What was heard stays and grows old"), needs="city"),
    Spec("live_panel", LIVE, mark("Sensors &panel"), "ph.table", "", mark("Table of sensors, alerts, health of the feed"), before="-"),
    Spec(
        "measure",
        TOOLS,
        mark("&Distance"),
        "ph.ruler",
        "M",
        mark("Distances in plan, in space and along the ground, from point to point of the surface"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "measure_height",
        TOOLS,
        mark("&Height"),
        "ph.arrows-out-line-vertical",
        "Ctrl+M, H",
        mark("Height between two points of the surface, a roof and the ground for instance"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "measure_area",
        TOOLS,
        mark("&Area"),
        "ph.polygon",
        "Ctrl+M, A",
        mark("Area in plan, on the ground and between corners"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "measure_slope",
        TOOLS,
        mark("&Slope"),
        "ph.trend-up",
        "Ctrl+M, S",
        mark("Slope along a line in percent and degrees, and its steepest part"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "measure_volume",
        TOOLS,
        mark("&Volume"),
        "ph.cube",
        "Ctrl+M, V",
        mark("Cut and fill of the ground in an area, and the volume of the buildings in it"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "measurements",
        TOOLS,
        mark("&List of measurements"),
        "ph.list-numbers",
        "Ctrl+M, L",
        mark("What was measured, to copy, export and remove"),
        needs="city",
        before="-",
        group=MEASURE,
    ),
    Spec(
        "measure_clear",
        TOOLS,
        mark("&Clear measurements"),
        "ph.eraser",
        "Ctrl+M, Del",
        mark("Remove all measurements; Undo brings them back"),
        needs="city",
        group=MEASURE,
    ),
    Spec(
        "sight_line",
        TOOLS,
        mark("Line of s&ight"),
        "ph.eye",
        "Ctrl+M, I",
        mark("Whether one point sees another, and what stands in the way"),
        needs="city",
    ),
    Spec(
        "viewshed",
        TOOLS,
        mark("Vie&wshed"),
        "ph.aperture",
        "Ctrl+M, W",
        mark("Which ground, roofs and buildings are seen from a point"),
        needs="city",
    ),
    Spec(
        "shadow_hours",
        TOOLS,
        mark("Hours of s&un"),
        "ph.sun-horizon",
        "Ctrl+M, U",
        mark("Hours of direct sun on a date: on the ground, on walls and on roofs"),
        needs="city",
    ),
    Spec(
        "section",
        TOOLS,
        mark("S&ection"),
        "ph.chart-line",
        "Ctrl+M, E",
        mark("Profile along a line: ground, buildings, water and what lies below; with a flood, what flows through it"),
        needs="city",
    ),
    Spec(
        "water_here",
        TOOLS,
        mark("Water over &time here"),
        "ph.waves",
        "Ctrl+M, T",
        mark("Click places: how deep the water of the flood is there over time"),
        needs="city",
    ),
    Spec(
        "smoke",
        TOOLS,
        mark("&Smoke for illustration…"),
        "ph.fire",
        "",
        mark("Draw a fire with its smoke into the view; nothing is computed, and every picture says so"),
        needs="city",
    ),
    Spec(
        "plausible",
        TOOLS,
        mark("Make plausible &networks"),
        "ph.tree-structure",
        "",
        mark("Make up the power, the water and the masts that this city lacks, from its streets and buildings; nothing of it is surveyed"),
        needs="city",
    ),
    Spec(
        "problems",
        TOOLS,
        mark("&Import report"),
        "ph.first-aid-kit",
        "",
        mark("What was found wrong in the sources and what was done about it"),
        needs="city",
        before="-",
    ),
    Spec(
        "doctor_check",
        TOOLS,
        mark("Check &thoroughly"),
        "ph.heartbeat",
        "",
        mark("Make all checks, also those of every face and edge"),
        needs="city",
    ),
    Spec(
        "doctor_repair",
        TOOLS,
        mark("&Repair all safe ones"),
        "ph.wrench",
        "",
        mark("Make the repairs that change nothing that could be right; Undo takes them back"),
        needs="city",
    ),
    Spec("doctor_export", TOOLS, mark("E&xport import report…"), "ph.code", "", mark("As a web page or as JSON"), needs="city"),
    Spec(
        "crs",
        TOOLS,
        mark("&Reference system"),
        "ph.globe-hemisphere-west",
        "",
        mark("Coordinates, heights and time zone of this city"),
        needs="city",
        before="-",
    ),
    Spec("log", TOOLS, mark("&Log"), "ph.article", "", mark("Everything the program said")),
    Spec("help", HELP, mark("&First steps"), "ph.question", "F1", mark("How to move, pick, run and compare")),
    Spec("sources", HELP, mark("&Sources and licences"), "ph.copyright", "", mark("Where the data of this city comes from"), needs="city"),
    Spec("about", HELP, mark("&About"), "ph.info", "", mark("Version and licence")),
)
TOOLBAR = (
    "open",
    "save",
    "",
    "find",
    "select_rectangle",
    "",
    "view_iso",
    "view_top",
    "view_street",
    "walk",
    "sun",
    "",
    "measure",
    "water_here",
    "barrier",
    "pump",
    "",
    "screenshot",
    "report",
)


class Actions(QObject):
    """The QActions, wired to methods `do_ID` of the window."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self.by_id: dict[str, QAction] = {}
        self._needs: dict[str, str] = {}
        self._within: dict[tuple[str, str], QMenu] = {}
        for spec in ACTIONS:
            action = QAction(window)
            say(action.setText, spec.text)
            if spec.tip:
                say(action.setToolTip, spec.tip)
                say(action.setStatusTip, spec.tip)
            action.setProperty("english", f"{spec.text} {spec.tip}".replace("&", ""))
            if spec.keys:
                action.setShortcut(QKeySequence(spec.keys))
            method: Callable[..., Any] = getattr(window, f"do_{spec.id}")
            if spec.checkable:
                action.setCheckable(True)
                action.setChecked(spec.checked)
                action.toggled.connect(method)
            else:
                action.triggered.connect(lambda _=False, m=method: m())
            window.addAction(action)
            self.by_id[spec.id], self._needs[spec.id] = action, spec.needs
        look.changed.connect(self.paint_icons)
        self.paint_icons()

    def __getitem__(self, id: str) -> QAction:
        return self.by_id[id]

    def fill(self, bar: QMenuBar) -> dict[str, QMenu]:
        """Menus in their order; returned by their text."""
        menus: dict[str, QMenu] = {}
        for title in MENUS:
            menu = bar.addMenu("")
            say(menu.setTitle, title)
            menu.setToolTipsVisible(True)
            menus[title] = menu
        within = self._within
        for spec in ACTIONS:
            menu = menus[spec.menu]
            if spec.group:
                if (spec.menu, spec.group) not in within:
                    within[spec.menu, spec.group] = menu.addMenu("")
                    say(within[spec.menu, spec.group].setTitle, spec.group)
                menu = within[spec.menu, spec.group]
                menu.setToolTipsVisible(True)
            if spec.before:
                menu.addSeparator()
            menu.addAction(self.by_id[spec.id])
        return menus

    def group(self, title: str) -> QMenu:
        """A menu within a menu, once they are filled. The title is one of those of the table."""
        return next(menu for (_, known), menu in self._within.items() if known == title)

    def enable(self, have: set[str]) -> None:
        """have: what is there (city, case, result, running)."""
        for id, needs in self._needs.items():
            self.by_id[id].setEnabled(not needs or needs in have)

    def paint_icons(self, *_: Any) -> None:
        for spec in ACTIONS:
            self.by_id[spec.id].setIcon(icon(spec.icon))

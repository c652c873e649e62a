"""What the actions of the window do: one method `do_ID` for each entry of gui/actions.py, and what panels ask of the window."""

from gui.commands.adding import Adding
from gui.commands.comparing import Comparisons
from gui.commands.consequences import WhatHappened
from gui.commands.doctor import Doctor
from gui.commands.files import Files
from gui.commands.gauging import Gauging
from gui.commands.getting import Getting
from gui.commands.ground import GroundViews
from gui.commands.help import Help
from gui.commands.live import Live
from gui.commands.measuring import Measuring
from gui.commands.motion import Motions
from gui.commands.pictures import Picturing
from gui.commands.plausible import PlausibleNetworks
from gui.commands.scenarios import Scenarios
from gui.commands.selecting import Selecting
from gui.commands.siting import StationPlaces
from gui.commands.sun import Sunlight
from gui.commands.views import Views
from gui.commands.weak_points import WeakPoints
from gui.commands.whereabouts import Whereabouts


class Commands(
    Comparisons,
    Picturing,
    Files,
    Adding,
    Getting,
    Whereabouts,
    Views,
    Selecting,
    Scenarios,
    Measuring,
    Gauging,
    WhatHappened,
    WeakPoints,
    Live,
    Doctor,
    PlausibleNetworks,
    StationPlaces,
    Motions,
    GroundViews,
    Sunlight,
    Help,
):
    """Mixed into MainWindow."""

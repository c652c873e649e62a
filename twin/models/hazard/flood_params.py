"""What the cloudburst model can be told, with ranges, defaults and their sources."""

from __future__ import annotations

from twin.models.base import Param
from twin.models.hazard.flood_schemes import DEVICES, SCHEMES
from twin.models.hazard.rain import HYETOGRAPHS, soils

INFILTRATION = {"none": 0, "green_ampt": 1, "horton": 2, "constant": 2, "scs": 3}
"""Choices, and the mode of flood_kernels.rain_and_losses each uses."""

PARAMS = (
    Param(
        "scheme", "Equations", "local_inertial", kind="choice", choices=SCHEMES,
        help="Local inertial: for rain and slow floods. Finite volumes: also for dam breaks, breaches and surges, in twice the time; "
        "of second order with sharper fronts, in three times.",
    ),
    Param(
        "rain_mm", "Rain", 100.0, "mm", low=0, high=2000, help="Depth that falls over the whole duration.",
        source="100 mm in 2 h: about a 20-year storm in Shanghai (formula in twin.models.hazard.rain; 129 mm: 100 years).",
    ),
    Param(
        "storm_years", "Return period (0: the rain above)", 0.0, "a", low=0, high=10_000,
        help="The depth is then that of the law of storms below, for this return period and the duration of the rain.",
    ),
    Param("rain_duration", "Duration of the rain", "PT2H", "s", "duration", low=60, high=30 * 86400),
    Param(
        "hyetograph", "Shape of the storm", "chicago", kind="choice", choices=(*HYETOGRAPHS, "gauges"),
        help="uniform; chicago: Keifer and Chu 1957; alternating: blocks of 5 minutes about the peak; gauges: what the points of layer "
        "rain measured, between them by their distance, whatever the depth above.",
        source="Keifer and Chu 1957; Chow, Maidment and Mays 1988, 14.4; Shepard 1968.",
    ),
    Param("peak", "Position of the peak", 0.4, "1", low=0.0, high=1.0, help="Share of the duration before the heaviest rain."),
    Param(
        "rain_cell_km", "Shower that moves: its radius", 0.0, "km", low=0, high=100, advanced=True,
        help="0: it rains everywhere alike; else the depth is that of the middle of its way, which leads over the middle of the area.",
    ),
    Param("rain_cell_kmh", "Shower: its way", 20.0, "km/h", low=0, high=150, advanced=True),
    Param("rain_cell_heading", "Shower: heads for", 45.0, "deg", low=0, high=360, help="Clockwise from north.", advanced=True),
    Param(
        "idf_a", "Law of storms a (1 + c lg P) / (t + b)^n: a", 1600.0, "L/(s ha)", low=1, high=1e5, advanced=True,
        source="Form of GB 50014; the figures are Shanghai's, DB31/T 1043-2017.",
    ),
    Param("idf_c", "Law of storms: c", 0.846, "1", low=0, high=10, advanced=True),
    Param("idf_b_min", "Law of storms: b", 7.0, "min", low=0, high=120, advanced=True),
    Param("idf_n", "Law of storms: n", 0.656, "1", low=0.1, high=0.99, advanced=True),
    Param("cell_m", "Cell size", 10.0, "m", low=1.0, high=50.0, help="Half the size sees narrower streets and takes eight times the work."),
    Param(
        "area", "Part to compute", "", kind="text", advanced=True,
        help="West, south, east and north in the city's coordinates; empty: all of it. Water leaves over its rim, and none comes in where "
        "that is not nested.",
    ),
    Param(
        "drainage_mm_h", "Street drains", 12.0, "mm/h", low=0, high=200,
        help="What inlets take where the ground is built up, for want of a drainage network.",
        source="Environment Agency 2013, updated Flood Map for Surface Water: 12 mm/h in towns. Shanghai's older drains: 36.",
    ),
    Param(
        "sewer", "Drainage network", "sink", kind="choice", choices=("sink", "swmm"),
        help="sink: street drains take what is said above; swmm: where the city has a network its flow is computed and exchanged with the "
        "ground both ways, in place of street drains near it. That takes about twice the time.",
    ),
    Param(
        "manhole_m", "Diameter of a manhole", 0.7, "m", low=0.1, high=5.0, advanced=True,
        help="What water passes between ground and drainage network; gullies beside it count with it.",
        source="EN 124: covers of 600 to 800 mm.",
    ),
    Param(
        "infiltration", "Infiltration", "green_ampt", kind="choice", choices=tuple(INFILTRATION),
        help="What the unpaved share of the ground takes in; scs: by its curve number.",
    ),
    Param(
        "soil", "Soil", "silty_clay_loam", kind="choice", choices=tuple(soils()),
        source="Rawls, Brakensiek and Miller 1983 (assets/soils.toml).",
    ),
    Param("initial_moisture", "Soil moisture at the start", 0.5, "1", low=0.0, high=1.0, help="Share of the pores that is full already."),
    Param(
        "river", "Rivers and lakes", "keep", kind="choice", choices=("keep", "ground", "compute"),
        help="keep: they stay at their level and take what runs in; ground: computed like land; compute: rivers flow, so that what is let "
        "in raises them: they begin at their level and are held to it only where they leave the area.",
    ),
    Param(
        "river_depth_m", "Depth of rivers that are computed", 3.0, "m", low=0.5, high=30, advanced=True,
        help="Below their normal level, where the water layer states no depth_m.",
    ),
    Param(
        "manning_river", "Roughness, rivers", 0.03, "s/m^(1/3)", low=0.01, high=0.2, advanced=True,
        source="Chow 1959, table 5-6: clean, straight, full natural streams 0.025-0.033.",
    ),
    Param("river_rise_m", "River above its normal level", 0.0, "m", low=-5, high=10, help="It spills where banks and walls are lower."),
    Param(
        "tide_range_m", "Tide, low to high water", 0.0, "m", low=0, high=16, help="Of the sea and the tidal river; the rise comes on top.",
    ),
    Param("tide_high", "First high water after the start", "PT3H", "s", "duration", low=0, high=86400),
    Param(
        "typhoon_hpa", "Typhoon: pressure in its centre", 1010.0, "hPa", low=850, high=1010, help="1010: there is none.",
        source="Holland 1980; Vickery and Wadhera 2008 for the shape of its wind.",
    ),
    Param("typhoon_rmax_km", "Typhoon: radius of its strongest wind", 40.0, "km", low=5, high=200, advanced=True),
    Param(
        "typhoon_pass_km", "Typhoon: passes at", 40.0, "km", low=-500, high=500,
        help="Distance of its nearest point from the middle of the area, positive where the city lies on the right of its way.",
        advanced=True,
    ),
    Param("typhoon_time", "Typhoon: nearest after", "PT6H", "s", "duration", low=0, high=10 * 86400, advanced=True),
    Param("typhoon_speed_kmh", "Typhoon: its way", 25.0, "km/h", low=0, high=120, advanced=True),
    Param("typhoon_heading", "Typhoon: heads for", 315.0, "deg", low=0, high=360, help="Clockwise from north.", advanced=True),
    Param("sea_bearing", "The open sea lies towards", 90.0, "deg", low=0, high=360, help="Clockwise from north.", advanced=True),
    Param("shelf_km", "Shallow sea before the coast", 60.0, "km", low=0, high=1000, advanced=True),
    Param("shelf_depth_m", "Its depth far out", 20.0, "m", low=1, high=500, advanced=True),
    Param("coast_depth_m", "Its depth at the coast", 8.0, "m", low=1, high=200, advanced=True),
    Param("ambient_hpa", "Pressure of the air around", 1010.0, "hPa", low=950, high=1060, advanced=True),
    Param(
        "boundary", "Rim of the area", "open", kind="choice", choices=("open", "closed", "nested"),
        help="open: water leaves on the slope that goes on beyond the rim; nested: of a part the rim follows the water of the whole city, "
        "which is computed beside it on coarse cells.",
    ),
    Param(
        "subgrid", "Ground within the cells", "off", kind="choice", choices=("off", "on", "cells"), advanced=True,
        help="off: each cell is flat; on: cells follow the finest terrain within them, by tables of what they hold and let through, and "
        "depths are given on its pixels; cells: the same, with depths over the mean ground of each cell. For local inertial flow; large "
        "cells then see ditches, banks and streets that are narrower.",
        source="Casulli 2009, doi:10.1002/fld.1896; van Ormondt et al. 2025, doi:10.5194/gmd-18-843-2025.",
    ),
    Param(
        "buildings", "Buildings", "block", kind="choice", choices=("block", "resist", "porosity"), advanced=True,
        help="block: no water gets in; resist: it gets in and through, slowly, as where doors and windows leak; porosity: houses take away "
        "the room and the ways that they stand in, however large the cells (local inertial flow; with tables of the ground within cells).",
        source="Schubert and Sanders 2012, Adv. Water Resour. 41, doi:10.1016/j.advwatres.2012.02.012.",
    ),
    Param(
        "manning_buildings", "Roughness, inside buildings", 0.4, "s/m^(1/3)", low=0.05, high=10, advanced=True,
        help="Of buildings that resist.", source="Assumed: about ten times that of streets.",
    ),
    Param(
        "roofs", "Rain on roofs", "street", kind="choice", choices=("street", "drain"),
        help="street: runs to the nearest ground; drain: is led away.", advanced=True,
    ),
    Param(
        "manning_built_up", "Roughness, built-up", 0.045, "s/m^(1/3)", low=0.005, high=0.5, advanced=True,
        source="0.04-0.05: urban 2D practice, Chow 1959.",
    ),
    Param(
        "manning_green", "Roughness, green", 0.05, "s/m^(1/3)", low=0.005, high=0.5, advanced=True,
        source="Chow 1959, table 5-6: grass of flood plains 0.035-0.05.",
    ),
    Param(
        "manning_road", "Roughness, roads", 0.02, "s/m^(1/3)", low=0.005, high=0.5, advanced=True,
        source="Chow 1959: asphalt 0.013-0.016, with kerbs and cars 0.02.",
    ),
    Param(
        "curve_number", "Curve number of open ground (0: by soil)", 0.0, "1", low=0, high=99, advanced=True,
        source="TR-55 (USDA NRCS 1986), table 2-2a: grass in fair condition, group A 49, B 69, C 79, D 84.",
    ),
    Param("constant_mm_h", "Constant infiltration", 5.0, "mm/h", low=0, high=500, advanced=True),
    Param(
        "horton_first_mm_h", "Horton, at the start", 75.0, "mm/h", low=0, high=1000, advanced=True,
        source="Akan 1993: dry loam with little vegetation 76 mm/h.",
    ),
    Param("horton_last_mm_h", "Horton, in the end", 6.5, "mm/h", low=0, high=500, advanced=True),
    Param(
        "horton_decay_h", "Horton, decay", 4.14, "1/h", low=0, high=50, advanced=True,
        source="Akan 1993: 4.14 1/h where field data are lacking.",
    ),
    Param("cfl", "Courant number", 0.7, "1", low=0.1, high=0.9, advanced=True, source="Bates et al. 2010."),
    Param(
        "theta", "Share of a face's own flow", 0.8, "1", low=0.6, high=1.0, advanced=True, help="Less is smoother.",
        source="de Almeida et al. 2012: 0.7-0.9.",
    ),
    Param("froude_limit", "Greatest Froude number", 2.5, "1", low=0.5, high=5.0, advanced=True, help="Flow is held below this."),
    Param(
        "device", "Computed by", "auto", kind="choice", choices=DEVICES, advanced=True,
        help="auto: a graphics card (NVIDIA, with the extra gpu) where there is one and the cells are many; gpu: by it or not at all.",
    ),
)

"""Small network files of each format, and how they are broken."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from twin.city.city import City
from twin.city.recipe import open_city
from twin.errors import InputError

EPANET = """[TITLE]
Two tanks, a town
[JUNCTIONS]
;ID Elev Demand Pattern
A   10   100    day
B   20   50     ;
[RESERVOIRS]
R   100
[TANKS]
T   50  10  2  20  40  0
[PIPES]
P1  A  B  1000  12  100  0  Open
P2  B  T  2000  8   120  0.5  CV
[PUMPS]
U   R  A  HEAD  1  SPEED 1.1
[VALVES]
V   A  T  6  PRV  50  0
[DEMANDS]
B   30  day  ;homes
B   20  night ;works
[STATUS]
P1  Closed
[PATTERNS]
day   0.5 1.5
day   1.0
[CURVES]
1  100  200
[CONTROLS]
LINK P1 OPEN IF NODE T BELOW 5
[OPTIONS]
Units GPM
Headloss H-W
[COORDINATES]
A 0 0
B 1000 0
R -500 0
T 1000 2000
[VERTICES]
P2 1500 0
P2 1500 2000
[END]
"""

SWMM = """[TITLE]
A street
[OPTIONS]
FLOW_UNITS LPS
LINK_OFFSETS DEPTH
[RAINGAGES]
G  INTENSITY 1:00 1.0 TIMESERIES T
[SUBCATCHMENTS]
S  G  J1  2  40  100  1.5  0
[JUNCTIONS]
J1  12  2  0  0  0
J2  11  2
[OUTFALLS]
O   10  FREE  NO
[STORAGE]
P   11  3  0.5  FUNCTIONAL 1000 0 50
[CONDUITS]
C1  J1  J2  120  0.013  0  0.2  0  0
C2  J2  O   80   0.013  0  0    0  500
[PUMPS]
U   P  J2  *  ON  2  1
[WEIRS]
W   J2  P  TRANSVERSE 0.4 1.8 NO
[XSECTIONS]
C1  CIRCULAR  0.6  0 0 0 1
C2  RECT_CLOSED 1  2 0 0 2
W   RECT_OPEN 0.5 1 0 0
[CURVES]
K  Storage  0  10
K           1  20
[TIMESERIES]
T  0:00 0
T  1:00 12.5
[COORDINATES]
J1  0 0
J2  120 0
O   200 0
P   120 60
[POLYGONS]
S  -50 -50
S   50 -50
S   50  50
S  -50  50
[SYMBOLS]
G  10 90
"""


def table(columns: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """A data frame as pandapower writes it."""
    text = json.dumps({"columns": columns, "index": list(range(len(rows))), "data": rows})
    return {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": text, "orient": "split"}


def point(x: float, y: float) -> str:
    return json.dumps({"type": "Point", "coordinates": [x, y]})


def pandapower(**more: Any) -> str:
    """Grid, transformer, line to a load, and a switch that is open."""
    content = {
        "bus": table(
            ["name", "vn_kv", "in_service", "geo"],
            [["HV", 110.0, True, point(7.8, 48.4)], ["MV", 20.0, True, None], ["End", 20.0, True, point(7.81, 48.41)],
             ["Spare", 20.0, True, point(7.82, 48.41)]],
        ),
        "trafo": table(["name", "hv_bus", "lv_bus", "sn_mva", "vn_hv_kv", "vn_lv_kv"], [["T", 0, 1, 25.0, 110.0, 20.0]]),
        "line": table(
            ["name", "from_bus", "to_bus", "length_km", "r_ohm_per_km", "type", "in_service", "geo"],
            [["L1", 1, 2, 1.4, 0.16, "ol", True,
              json.dumps({"type": "LineString", "coordinates": [[7.81, 48.41], [7.805, 48.405], [7.8, 48.4]]})],
             ["L2", 2, 3, 0.8, 0.16, "cs", True, None]],
        ),
        "switch": table(["bus", "element", "et", "closed", "name"], [[2, 1, "l", False, "S1"], [2, 3, "b", True, "S2"]]),
        "load": table(
            ["name", "bus", "p_mw", "q_mvar", "scaling", "in_service"], [["home", 2, 0.5, 0.1, 0.6, True], ["off", 2, 9, 9, 1, False]]
        ),
        "ext_grid": table(["name", "bus", "in_service"], [["grid", 0, True]]),
    } | more  # fmt: skip
    return json.dumps({"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": content})


GTFS = {
    "agency": "agency_name,agency_timezone\nTown Trams,Europe/Berlin\n",
    "stops": "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\n"
    "S,Station,50.000,8.000,1,\nS1,Station,50.0001,8.000,0,S\nM,Market,50.010,8.000,,\nP,Park,50.010,8.020,,\nX,Nowhere,51,9,,\n",
    "routes": "route_id,route_short_name,route_long_name,route_type,route_color\n4,4,Station - Park,0,EE352E\n",
    "trips": "route_id,service_id,trip_id,direction_id,shape_id\n4,week,a,0,sh\n4,week,b,0,sh\n4,sun,c,0,sh\n",
    "stop_times": "trip_id,stop_id,arrival_time,departure_time,stop_sequence\n"
    + "".join(
        f"{t},S1,{h}:00:00,{h}:00:00,1\n{t},M,{h}:05:00,{h}:05:30,5\n{t},P,{h}:12:00,{h}:12:00,9\n"
        for t, h in (("a", 8), ("b", 24), ("c", 9))
    ),
    "calendar": "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
    "week,1,1,1,1,1,0,0,20250106,20250119\nsun,0,0,0,0,0,0,1,20250106,20250119\n",
    "shapes": "shape_id,shape_pt_sequence,shape_pt_lat,shape_pt_lon\n"
    "sh,1,49.999,8.000\nsh,2,50.010,8.000\nsh,3,50.011,8.010\nsh,4,50.010,8.020\nsh,5,50.010,8.030\n",
}

SUMO = """<?xml version="1.0" encoding="UTF-8"?>
<net version="1.9">
  <location netOffset="-500000.00,-5600000.00" convBoundary="0,0,300,100" origBoundary="9,50,9.1,50.1"
            projParameter="+proj=utm +zone=32 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"/>
  <edge id=":B_0" function="internal"><lane id=":B_0_0" index="0" speed="5" length="3" shape="99,0 101,0"/></edge>
  <edge id="AB" from="A" to="B" priority="3" type="highway.primary" name="High Street">
    <lane id="AB_0" index="0" allow="pedestrian" speed="13.89" length="100" shape="0,-5 100,-5"/>
    <lane id="AB_1" index="1" disallow="pedestrian tram" speed="13.89" length="100" shape="0,-2 100,-2"/>
  </edge>
  <edge id="BC" from="B" to="C" priority="1" type="highway.footway" shape="100,0 150,40 200,0">
    <lane id="BC_0" index="0" allow="pedestrian bicycle" speed="2.78" length="130" shape="100,0 150,40 200,0"/>
  </edge>
  <edge id="CD" from="C" to="D" priority="9" type="railway.rail">
    <lane id="CD_0" index="0" allow="rail" speed="40" length="100" shape="200,0 300,100"/>
  </edge>
  <tlLogic id="B" type="static" programID="0" offset="0">
    <phase duration="30" state="Gr"/><phase duration="5" state="yr"/>
  </tlLogic>
  <junction id="A" type="dead_end" x="0" y="0" shape=""/>
  <junction id="B" type="traffic_light" x="100" y="0" shape=""/>
  <junction id="C" type="priority" x="200" y="0" shape=""/>
  <junction id="D" type="dead_end" x="300" y="100" z="7.5" shape=""/>
  <connection from="AB" to="BC" fromLane="0" toLane="0" via=":B_0_0" tl="B" linkIndex="0" dir="s" state="O"/>
  <connection from=":B_0" to="BC" fromLane="0" toLane="0" dir="s" state="M"/>
  <roundabout nodes="B C" edges="BC"/>
</net>
"""

TNTP_NET = """<NUMBER OF NODES> 3
<END OF METADATA>
~ \tInit node \tTerm node \tCapacity \tLength \tFree Flow Time \tB\tPower\tSpeed limit \tToll \tType\t;
\t1\t2\t900\t6\t1\t0.15\t4\t0\t0\t1\t;
\t2\t1\t900\t6\t1\t0.15\t4\t0\t0\t1\t;
\t2\t3\t400\t5\t0.5\t0.15\t4\t0\t0\t1\t;
"""
TNTP_NODE = "Node\tX\tY\t;\n1\t0\t0\t;\n2\t600\t0\t;\n3\t600\t400\t;\n"
TNTP_TRIPS = "<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n  2 : 100.0; 3 : 50.0;\nOrigin 3\n  1 : 0.0;\n"


def written(folder: Path, kind: str) -> Path:
    """The sample of a format in a folder; the path to open."""
    if kind in ("epanet", "swmm"):
        path = folder / f"{kind}.inp"
        path.write_text(EPANET if kind == "epanet" else SWMM, "utf-8")
    elif kind == "pandapower":
        path = folder / "grid.json"
        path.write_text(pandapower(), "utf-8")
    elif kind == "gtfs":
        path = folder / "trams.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in GTFS.items():
                archive.writestr(f"feed/{name}.txt", text)
    elif kind == "gtfs folder":
        path = folder / "trams"
        path.mkdir()
        for name, text in GTFS.items():
            (path / f"{name}.txt").write_text(text, "utf-8")
    elif kind == "sumo":
        path = folder / "town.net.xml"
        path.write_text(SUMO, "utf-8")
    elif kind == "sumo gz":
        path = folder / "town.net.xml.gz"
        path.write_bytes(gzip.compress(SUMO.encode()))
    else:
        path = folder / "town_net.tntp"
        path.write_text(TNTP_NET, "utf-8")
        (folder / "town_node.tntp").write_text(TNTP_NODE, "utf-8")
        (folder / "town_trips.tntp").write_text(TNTP_TRIPS, "utf-8")
    return path


FEW = settings(max_examples=40, derandomize=True, deadline=None, database=None)
MUTATIONS = st.lists(
    st.tuples(st.sampled_from(["set", "cut", "insert", "double"]), st.floats(0, 1), st.integers(0, 255), st.integers(1, 40)),
    min_size=1, max_size=6,
)  # fmt: skip


def mutated(data: bytes, changes: list[tuple[str, float, int, int]]) -> bytes:
    out = bytearray(data)
    for what, where, value, length in changes:
        at = int(where * max(len(out) - 1, 0))
        if what == "set" and out:
            out[at] = value
        elif what == "cut":
            del out[at : at + length]
        elif what == "insert":
            out[at:at] = bytes([value]) * length
        else:
            out[at:at] = out[at : at + length]
    return bytes(out)


def opens_or_says_why(path: Path, crs: str = "engineering") -> None:
    """Whatever is in a file ends in a city or a plain sentence."""
    try:
        city = open_city(path, crs=crs, use_cache=False)
    except InputError:
        return
    assert isinstance(city, City)
    for network in city.networks.values():
        ends = network.edges[["start", "end"]].to_numpy()
        assert not len(ends) or (ends.min() >= 0 and ends.max() < len(network.nodes))
        assert len(network.geometry) == len(network.edges)

"""A small city with sensors, for the tests of the live part."""

from __future__ import annotations

import pandas as pd
import shapely

from twin.city.city import City
from twin.city.features import Features
from twin.frame import LocalFrame

KINDS = ("rain_gauge", "river_gauge", "air_quality", "traffic_counter")


def sensor_city(each: int = 2) -> City:
    """`each` sensors of every kind, 300 m apart around the origin, Shanghai's UTM zone."""
    n = each * len(KINDS)
    table = pd.DataFrame(
        {
            "id": [f"sensor/S{k}" for k in range(n)],
            "name": [f"Station {k}" for k in range(n)],
            "kind": [KINDS[k % 4] for k in range(n)],
            "topic": [f"city/testville/{KINDS[k % 4]}/S{k}/value" for k in range(n)],
        }
    )
    places = shapely.points([(300.0 * (k % 4) - 450.0, 300.0 * (k // 4) - 300.0) for k in range(n)])
    frame = LocalFrame("EPSG:32651", (355_000.0, 3_455_000.0), timezone="Asia/Shanghai")
    return City("Testville", frame, layers={"sensors": Features("sensors", table, places)}, synthetic=True)

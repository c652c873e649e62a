"""Codes that mean something to us: those of Project PLATEAU (Standard Product Specification for 3D city models 3.0, annex) and of the
German cadastre (ALKIS object catalogue 7.1, AX_Gebaeude, function)."""

from __future__ import annotations

USAGE = {
    "401": "業務施設", "402": "商業施設", "403": "宿泊施設", "404": "商業系複合施設", "411": "住宅", "412": "共同住宅",
    "413": "店舗等併用住宅", "414": "店舗等併用共同住宅", "415": "作業所併用住宅", "421": "官公庁施設", "422": "文教厚生施設",
    "431": "運輸倉庫施設", "441": "工場", "451": "農林漁業用施設", "452": "供給処理施設", "453": "防衛施設", "454": "その他", "461": "不明",
}  # fmt: skip
"""Building_usage.xml."""
_KINDS = {
    "farmland": "201 202 260 2021", "orchard": "2022", "meadow": "2023", "farmyard": "219 2024", "forest": "203",
    "water": "204 2041 2042 2043 2044 2045 2046", "grassland": "205 2051 2054 2056", "scrub": "2052", "wetland": "2053", "beach": "2055",
    "residential": "211 2111 2112 2113 2114 2115", "mixed": "261", "commercial": "212 2123 2124", "office": "2121", "retail": "2122",
    "industrial": "213 221 2143", "institutional": "214 2142", "public": "2141", "road": "215 262 2151", "plaza": "2152 2172",
    "railway": "216", "park": "217 2171", "recreation_ground": "2173", "cemetery": "2174", "military": "218", "golf_course": "220",
    "parking": "222", "brownfield": "223 263 2231", "depot": "2232", "construction": "2233", "grass": "2234",
}  # fmt: skip
LAND_USE = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}
"""Common_landUseType.xml in words of OpenStreetMap, which land cover and styles go by."""
_ALKIS = (
    (1000, "residential"), (2000, "commercial"), (2020, "office"), (2050, "commercial"), (2100, "industrial"), (2200, "commercial"),
    (2400, "transport"), (2500, "industrial"), (2700, "other"), (3000, "public"), (3020, "education"), (3030, "public"),
    (3040, "religious"), (3050, "health"), (3060, "public"), (3090, "transport"), (3100, "public"), (3300, "other"),
)  # fmt: skip
"""First code of each range of functions, and what buildings of it are used for."""


def use_of_function(code: str) -> str:
    """Use of a building by its function in the German cadastre ("31001_2020"); '' for other codes and where nothing is known."""
    kind, _, number = code.partition("_")
    if kind != "31001" or len(number) != 4 or not number.isdecimal():
        return ""
    below = [use for first, use in _ALKIS if first <= int(number) < 9000]
    return below[-1] if below else ""

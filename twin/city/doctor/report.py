"""The import report: what was opened, what was found, what was done; one HTML file with a plan, and JSON."""

from __future__ import annotations

import base64
import weakref
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from twin.city.city import City
from twin.city.doctor import words
from twin.city.doctor.buildings import outliers
from twin.city.doctor.facts import Facts
from twin.city.doctor.repairs import MADE, REPAIRS
from twin.errors import Problem

RANK = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Verdict:
    """What came of one thing that was opened. city: None where nothing of it can be used, and `problems` say why."""

    source: str
    city: City | None
    problems: tuple[Problem, ...]

    @property
    def is_usable(self) -> bool:
        return self.city is not None


def sorted_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Errors first, then warnings, then notes; the many before the few."""
    return sorted(problems, key=lambda p: (RANK.get(p.severity, 2), -p.count))


def as_json(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Plain JSON types: design.md's `check --json`, and what was done, repairs and places (longitude, latitude) besides."""
    rows = []
    for v in verdicts:
        row: dict[str, Any] = {
            "source": v.source,
            "usable": v.is_usable,
            "problems": [_plain(p, v.city) for p in sorted_problems(v.problems)],
        }
        if v.city is not None:
            row |= {"crs": v.city.frame.crs, "vertical_crs": v.city.frame.vertical, "buildings": len(v.city.buildings)}
            row["repairs"] = list(v.city.repairs)
        rows.append(row)
    return {"sources": rows}


def _plain(problem: Problem, city: City | None) -> dict[str, Any]:
    out = asdict(problem) | {"title": words.title(problem.code), "examples": list(problem.examples)}
    xy = places_of(city, problem) if city is not None else []
    places: list[list[float]] = []
    if xy and city is not None and city.frame.has_map:
        lon, lat = city.frame.to_lonlat(*np.array(xy).T)
        places = [[round(float(a), 7), round(float(b), 7)] for a, b in zip(lon, lat, strict=True)]
    return out | {"places": places}


def places_of(city: City, problem: Problem) -> list[tuple[float, float]]:
    """Where the examples of a problem are, local metres: its own places, else those of the objects named."""
    if problem.places:
        return list(problem.places)
    return [place for example in problem.examples if (place := place_of(city, example)) is not None]


def place_of(city: City, example: str) -> tuple[float, float] | None:
    """Middle of an object of the city, None for what is not there (or was left out)."""
    found = _found(city, example)
    if found is None:
        return None
    kind, name, row = found
    if kind == "buildings":
        shape = city.buildings.shapes([row])[0]
    else:
        shape = (city.networks if kind == "network" else city.layers)[name].geometry[row]
    if shape is None or shapely.is_empty(shape):
        return None
    middle = shapely.point_on_surface(shape)
    return float(middle.x), float(middle.y)


def row_of(city: City, example: str) -> tuple[str, int] | None:
    """Part of the city (buildings, a network, a layer) and row of an object by its id; a building part is where its building is.

    What a reader calls a building may have become a part, or the other way round; an id without its kind is a source's own.
    """
    found = _found(city, example)
    return None if found is None else found[1:]


OTHER = {"building": "part", "part": "building"}
Found = tuple[str, str, int]
"""buildings, network or layer; its name; the row."""
_indexed: list[tuple[weakref.ref[City], dict[str, Found]]] = []


def _found(city: City, example: str) -> Found | None:
    kind, _, own = example.partition("/")
    index = _index(city)
    return index.get(example) or (index.get(f"{OTHER[kind]}/{own}") if kind in OTHER else None)


def _index(city: City) -> dict[str, Found]:
    """Where each object is, by its id and by its source's; of the city asked of last."""
    if not _indexed or _indexed[0][0]() is not city:
        found: dict[str, Found] = {str(id): ("buildings", "buildings", row) for row, id in enumerate(city.buildings.ids.tolist())}
        tables = [("network", name, n.edges) for name, n in city.networks.items()]
        for kind, name, table in [*tables, *(("layer", name, f.table) for name, f in city.layers.items())]:
            for row, id in enumerate(table["id"].tolist() if "id" in table else ()):
                found.setdefault(str(id), (kind, name, row))
        parts = city.buildings.parts
        for id, row in zip(parts["id"], parts["building"], strict=True):
            found.setdefault(str(id), ("buildings", "buildings", int(row)))
        for id, at in list(found.items()):
            found.setdefault(id.partition("/")[2], at)
        _indexed[:] = [(weakref.ref(city), found)]
    return _indexed[0][1]


def leads_somewhere(city: City, problem: Problem, number: int) -> bool:
    """Whether one of the examples of a problem can be flown to: files, left out objects and codes have no place."""
    if number < len(problem.places):
        return True
    return number < len(problem.examples) and place_of(city, problem.examples[number]) is not None


def repair_words(repair: str, lang: str = "en") -> list[tuple[str, str]]:
    """(what to ask for, text of its button) of each way to mend a problem."""
    out = []
    for choice in filter(None, repair.split("|")):
        if "=" not in choice:
            out.append((choice, words.repair_title(choice, lang)))
            continue
        said = [words.repair_title(k, lang).format(value=v) for k, v in (part.split("=", 1) for part in choice.split())]
        out.append((choice, ", ".join(said)))
    return out


def html(verdicts: Sequence[Verdict], lang: str = "en", say: Callable[[str], str] = lambda text: text) -> str:
    """The report as one HTML page with nothing outside of it. lang: en or zh; say: sentences of readers in that language."""
    import jinja2

    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        files("assets").joinpath("report", "check.html.j2").read_text("utf-8")
    )
    sources = [_source(v, lang, say) for v in verdicts]
    return template.render(
        lang=lang,
        t=lambda key: words.page(key, lang),
        made=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        sources=sources,
        title=verdicts[0].city.name if len(verdicts) == 1 and verdicts[0].city is not None else words.page("sources", lang),
    )


def write_html(path: Path | str, verdicts: Sequence[Verdict], lang: str = "en", say: Callable[[str], str] = lambda text: text) -> Path:
    """Raises StorageError."""
    from twin.project import write_atomic

    path = Path(path)
    write_atomic(path, html(verdicts, lang, say).encode("utf-8"))
    return path


def told(problem: Problem, lang: str, say: Callable[[str], str] = lambda text: text) -> str:
    """A problem's sentence in a language."""
    own = words.sentence(problem.code, problem.message, lang)
    return own if own != problem.message else say(problem.message)


def _source(v: Verdict, lang: str, say: Callable[[str], str]) -> dict[str, Any]:
    city = v.city
    problems = sorted_problems(v.problems)
    out: dict[str, Any] = {
        "source": v.source,
        "usable": v.is_usable,
        "counts": {s: sum(p.severity == s for p in problems) for s in RANK},
        "problems": [
            {
                "severity": p.severity, "title": words.title(p.code, lang), "why": words.why(p.code, lang), "says": told(p, lang, say),
                "count": f"{p.count:,}", "source": p.source, "examples": list(p.examples), "did": words.sentence(p.code, p.did, lang),
                "repairs": [text for _, text in repair_words(p.repair, lang)], "number": i + 1,
            }
            for i, p in enumerate(problems)
        ],
        "facts": [], "picture": "", "marks": [], "repairs": [], "credits": "",
    }  # fmt: skip
    if city is None:
        return out
    out["facts"] = _facts(city, lang)
    out["repairs"] = [words.repair_title(name, lang) for name in city.repairs if name in REPAIRS | MADE]
    out["credits"] = city.attribution
    out["licences"] = [(s.name, s.licence or words.page("unknown", lang), s.attribution) for s in city.sources]
    picture, bounds = _picture(city)
    out["picture"] = picture
    out["marks"] = [
        {"x": f"{100 * x:.2f}", "y": f"{100 * y:.2f}", "number": i + 1, "severity": p.severity}
        for i, p in enumerate(problems)
        for x, y in _within(places_of(city, p), bounds)
    ] if picture else []  # fmt: skip
    return out


def _facts(city: City, lang: str) -> list[tuple[str, str]]:
    x0, y0, x1, y1 = city.bounds
    terrain = city.terrain
    return [
        (words.page("crs", lang), city.frame.crs or words.page("none", lang)),
        (words.page("vertical", lang), city.frame.vertical or words.page("unknown", lang)),
        (words.page("extent", lang), f"{(x1 - x0) / 1000:,.2f} × {(y1 - y0) / 1000:,.2f} km"),
        (words.page("buildings", lang), f"{len(city.buildings):,}"),
        (words.page("terrain", lang), words.page("no", lang) if terrain is None else f"{terrain.grid.cell_m:g} m, {terrain.source}"),
        (words.page("networks", lang), ", ".join(f"{k} {len(n.edges):,}" for k, n in city.networks.items()) or words.page("no", lang)),
        (words.page("layers", lang), ", ".join(f"{k} {len(f):,}" for k, f in city.layers.items()) or words.page("no", lang)),
    ]


MOST_DRAWN = 30_000
"""Buildings in the plan; of more a sample is drawn."""


def _picture(city: City) -> tuple[str, tuple[float, float, float, float]]:
    """A plan of the city as data URL, and the local bounds it shows; '' where there is nothing to draw."""
    from twin.plan_map import plan_map

    x0, y0, x1, y1 = city.core_bounds
    astray = outliers(Facts(city))
    if len(astray):  # one house at 0, 0 would leave a white picture
        x0, y0, x1, y1 = shapely.total_bounds(np.delete(city.buildings.footprints, astray)).tolist()
    if x1 - x0 <= 0 or y1 - y0 <= 0:
        return "", (0.0, 0.0, 0.0, 0.0)
    # Plan and marks share these bounds, of a shape the plan does not have to widen.
    margin = 0.03 * max(x1 - x0, y1 - y0, 50.0)
    wide, tall = x1 - x0 + 2 * margin, y1 - y0 + 2 * margin
    wide, tall = max(wide, tall / 1.4), max(tall, wide * 0.45)
    cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
    bounds = (cx - wide / 2, cy - tall / 2, cx + wide / 2, cy + tall / 2)
    n = len(city.buildings)
    if n > MOST_DRAWN:
        some = np.linspace(0, n - 1, MOST_DRAWN).astype(np.int64)
        city = city.derived(
            buildings=replace(city.buildings, footprints=city.buildings.footprints[some], table=city.buildings.table.iloc[some])
        )
    return "data:image/jpeg;base64," + base64.b64encode(plan_map(city, width=1200, bounds=bounds)).decode("ascii"), bounds


def _within(places: list[tuple[float, float]], bounds: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    """Places as shares of the picture from its upper left corner; those outside are not shown."""
    x0, y0, x1, y1 = bounds
    shares = [((x - x0) / (x1 - x0), (y1 - y) / (y1 - y0)) for x, y in places]
    return [(u, v) for u, v in shares if 0 <= u <= 1 and 0 <= v <= 1]

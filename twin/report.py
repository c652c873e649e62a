"""The report of a run or of a comparison: one HTML file that can be handed to someone, pictures inside."""

from __future__ import annotations

import base64
import io
import math
import os
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import InputError, StorageError, TwinError
from twin.figures import DASH, by_theme, figure, figures_of_change, indicator_table, indicator_title, is_better, line_chart, theme_title
from twin.plan_map import CLOSED, MEASURE, plan_map, ramp
from twin.results import RunResult, seal
from twin.scenario.compare import Comparison
from twin.scenario.edits import change_of

PICTURE_WIDTH = 1600
MOST_HAPPENINGS, MOST_NAMED = 120, 4
TELLING = ("flooded", "damaged", "failed", "repaired", "back", "tripped", "shed")
"""Told of any object; everything else of facilities, pumps, stations and masts."""
BASE_COLOUR, OTHER_COLOUR = "#8593a0", "#1a5f7a"


def write_report(
    out: Path | str,
    city: City,
    what: RunResult | Comparison,
    pictures: Sequence[tuple[str, Path]] = (),
    lang: str = "en",
    name: str = "report.html",
) -> Path:
    """One HTML file in a folder; in a result's own folder its manifest learns the new checksums.

    city: the city that was run, with or without the scenario's edits. pictures: (caption, image file), embedded.
    lang: en or zh (what models say themselves stays English). Raises StorageError, and InputError for a broken picture.
    """
    import jinja2

    folder = Path(out)
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True).from_string(
        files("assets").joinpath("report", "report.html.j2").read_text("utf-8")
    )
    html = template.render(_page(city, what, pictures, lang))
    part = folder / f"{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(html, "utf-8")
        os.replace(part, folder / name)
        if (folder / "manifest.json").is_file():
            seal(folder)
    except OSError as error:
        part.unlink(missing_ok=True)
        advice = "Free some space or choose another folder."
        raise StorageError(f"The report cannot be written: {error.strerror or error}", where=str(folder), do=advice) from error
    return folder / name


def _page(city: City, what: RunResult | Comparison, pictures: Sequence[tuple[str, Path]], lang: str) -> dict[str, Any]:
    texts = tomllib.loads(files("assets").joinpath("report", "texts.toml").read_text("utf-8"))
    t = texts.get(lang, texts["en"])
    runs = [what.base, what.other] if isinstance(what, Comparison) else [what]
    main = runs[-1]
    head = main.scenario.scenario
    maps, legends = _maps(city, what, t)
    models = {m["name"]: m for r in runs for m in r.manifest["models"]}
    notices = {n["text"]: n for r in runs for n in r.manifest["notices"]}
    if isinstance(what, Comparison):
        notices |= {text: {"level": "warning", "text": text} for text in what.notices}
    return {
        "lang": lang, "t": t, "city": city, "two": len(runs) == 2,
        "title": head.name, "question": head.question or t["no_question"], "answer": _answer(what, t, lang),
        "economics": _economics(what, t, lang), "made": main.manifest["made"][:10],
        "starts": f"{head.start:%Y-%m-%d %H:%M}" if head.start else "",
        "synthetic": main.synthetic, "attribution": main.manifest["city"]["attribution"],
        "cards": _cards(what, lang), "maps": maps, "legends": legends,
        "pictures": [{"caption": caption, "src": _embedded(path)} for caption, path in pictures],
        "columns": [t["value"]] if len(runs) == 1 else [t["baseline"], t["alternative"], t["change"], t["percent"]],
        "rows": _rows(what, lang), "charts": _charts(runs, lang),
        "buildings": _top_buildings(main, lang), "roads": _top_roads(main), "happened": _happened(main, city, lang),
        "measures": [
            {"id": e.id, "kind": e.kind, "values": ", ".join(f"{k} {v}" for k, v in e.values.items()) or e.object or "",
             "cost": f"{e.cost:,.0f} {city.currency}" if e.cost else t["no_cost"]}
            for e in main.scenario.edit
        ],
        "notices": sorted(notices.values(), key=lambda n: {"error": 0, "warning": 1}.get(n["level"], 2)), "notes": head.notes,
        "models": list(models.values()), "citations": list(dict.fromkeys(c for m in models.values() for c in m["cite"])),
        "sources": list({s["name"]: s for r in runs for s in r.manifest["sources"]}.values()),
        "runs": [
            {
                "title": r.name, "run": r.manifest["run"], "made": r.manifest["made"], "seed": r.manifest["seed"],
                "wall": f"{r.manifest['wall_s']:.1f}", "content": r.manifest["city"]["content"], "models": r.manifest["models"],
                "versions": ", ".join(f"{k} {v}" for k, v in r.manifest["versions"].items() if v),
                "files": {k: v for k, v in r.manifest["files"].items() if k != "report.html"},
            }
            for r in runs
        ],
    }


def _answer(what: RunResult | Comparison, t: dict[str, str], lang: str) -> str:
    """One paragraph made of the numbers."""
    if isinstance(what, Comparison):
        return _answer_of_comparison(what, t, lang)
    said = {name: figure(i.value, i.unit, lang=lang) for name, i in what.indicators.items()}
    value = {name: i.value for name, i in what.indicators.items()}
    params = {k: v for m in what.manifest["models"] for k, v in m["params"].items()}
    said["affected_m"] = f"{params.get('affected_m', 0.15):g} m"
    parts = []
    if "buildings_affected" in value:
        parts.append("a_reach" if value["buildings_affected"] > 0 else "a_no_reach")
    if value.get("direct_loss", 0) > 0:
        parts.append("a_loss")
    if "roads_impassable_worst" in value:
        parts.append("a_roads" if value["roads_impassable_worst"] > 0 else "a_roads_ok")
    if value.get("people_cut_off_hospital", 0) > 0:
        parts.append("a_cut")
    if "flooded_area_over_10_cm" in value and "greatest_depth" in value:
        parts.append("a_area")
    if value.get("people_without_power_worst", 0) > 0 or value.get("people_without_water_worst", 0) > 0:
        said.setdefault("people_without_power_worst", "0")
        said.setdefault("people_without_water_worst", "0")
        parts.append("a_dark")
    if value.get("hospitals_down_worst", 0) + value.get("hospitals_on_reserve_worst", 0) > 0:
        said |= {n: f"{value.get(n, 0.0):.0f}" for n in ("hospitals_down_worst", "hospitals_on_reserve_worst")}
        parts.append("a_hospitals")
    if not parts:
        parts_text = [f"{indicator_title(n, lang)}: {s}." for n, s in list(said.items())[:4] if n in value]
        return " ".join(parts_text)
    return (" " if lang == "en" else "").join(t[p].format(**said) for p in parts)


def _happened(result: RunResult, city: City, lang: str) -> dict[str, Any]:
    """What befell the objects that a reader knows, in the order of the clock, each with what it follows from."""
    from twin.city.assets import LAYERS, Assets
    from twin.happenings import befell, chain, clock
    from twin.scenario.plan import start_hour

    story = result.story
    if not len(story):
        return {"rows": [], "more": 0}
    assets, hour = Assets.of(city), start_hour(result.scenario.scenario.start, city)
    names = {h.object: assets.called(r) if (r := assets.row_of(h.object)) >= 0 else h.object for h in story.happenings} | story.names
    known = {str(i) for name in LAYERS for i in assets.ids[assets.part(name)]}
    telling = [h for h in story.happenings if h.object in known or h.what in TELLING]
    alike: dict[tuple[str, str, str], list[str]] = {}
    """By time, what befell and why: the names of those that it befell."""
    for h in telling:
        cause = next((c for c in [story.why(h.object, h.at_s)] if c is not None and c.happening is h), None)
        because = chain(cause.because[0], names, hour, lang) if cause is not None and cause.because else ""
        alike.setdefault((clock(h.at_s, hour, lang), befell(h, lang), because), []).append(names[h.object])
        if len(alike) > MOST_HAPPENINGS:
            break
    rows, told = [], 0
    for (at, what, because), whom in list(alike.items())[:MOST_HAPPENINGS]:
        told += len(whom)
        more = f" + {len(whom) - MOST_NAMED}" if len(whom) > MOST_NAMED else ""
        rows.append({"at": at, "name": ", ".join(whom[:MOST_NAMED]) + more, "what": what, "because": because})
    return {"rows": rows, "more": len(telling) - told}


def _answer_of_comparison(what: Comparison, t: dict[str, str], lang: str) -> str:
    new = [e.id for e in what.other.scenario.edit if e.id not in {b.id for b in what.base.scenario.edit}]
    listed = ", ".join(new)
    lines = []
    table = what.table.set_index("indicator")
    for name in _front([n for n in table.index if indicator_table().get(n, {}).get("first")])[:6]:
        row = table.loc[name].to_dict()
        old, now, change, unit = row["baseline"], row["other"], row["change"], str(row["unit"])
        if not math.isfinite(change):
            continue
        before, after = figure(old, unit, lang=lang), figure(now, unit, lang=lang)
        title = indicator_title(name, lang)
        words = {"what": title[:1].lower() + title[1:], "old": before, "new": after, "percent": _percent(row["percent"], 0)}
        lines.append(t["c_same" if before == after else "c_change"].format(**words))
    opening = t["c_with"].format(measures=listed) if new else t["c_other"]
    return f"{opening} {'; '.join(lines)}." if lines else opening


def _percent(value: float, digits: int) -> str:
    if not math.isfinite(value):
        return DASH
    return "0" if value == 0 else f"{value:+.{digits}f}".replace("-", "\u2212")


def _economics(what: RunResult | Comparison, t: dict[str, str], lang: str) -> str:
    if not isinstance(what, Comparison) or not what.economics:
        return ""
    e, currency = what.economics, what.other.manifest["city"]["currency"]
    cost, saved = figure(e["cost"], currency, lang=lang), figure(abs(e["saved"]), currency, lang=lang)
    if e["saved"] < 0:
        return t["economics_worse"].format(cost=cost, lost=saved)
    return t["economics"].format(cost=cost, saved=saved, ratio=f"{e['ratio']:.2g}")


def _front(names: Sequence[str]) -> list[str]:
    """Those a reader wants first, then in the order of the table of indicators, then the others as they come."""
    order = list(indicator_table())
    return sorted(names, key=lambda n: (indicator_table().get(n, {}).get("first", 99), order.index(n) if n in order else len(order)))


def _cards(what: RunResult | Comparison, lang: str) -> list[dict[str, str]]:
    main = what.other if isinstance(what, Comparison) else what
    wanted = main.scenario.outputs.indicators or [n for n in main.indicators if indicator_table().get(n, {}).get("first")]
    names = _front([n for n in wanted if n in main.indicators]) or list(main.indicators)
    if not main.scenario.outputs.indicators:  # what did not happen comes last
        names.sort(key=lambda n: main.indicators[n].value == 0)
    changes = what.table.set_index("indicator")["change"].to_dict() if isinstance(what, Comparison) else {}
    cards = []
    for name in names[:4]:
        i = main.indicators[name]
        change = float(changes.get(name, math.nan))
        better = is_better(name, change)
        value, text = figure(i.value, i.unit, lang=lang), ""
        if math.isfinite(change):
            _, value, text = figures_of_change(i.value - change, i.value, change, i.unit, lang)
        tone = "" if better is None else "good" if better else "bad"
        cards.append({"title": indicator_title(name, lang), "value": value, "change": text, "tone": tone})
    return cards


def _rows(what: RunResult | Comparison, lang: str) -> list[dict[str, Any]]:
    if not isinstance(what, Comparison):
        said = {n: figure(i.value, i.unit, lang=lang) for n, i in what.indicators.items()}
        return [
            {"heading": theme_title(theme, lang) if k == 0 else "", "title": indicator_title(n, lang), "values": [said[n]], "tone": ""}
            for theme, names in by_theme({n: i.value for n, i in what.indicators.items()})
            for k, n in enumerate(names)
        ]
    rows = []
    sides = {row[0]: row[1:] for row in what.table.itertuples(index=False, name=None)}
    told = {name: abs(side[1]) + abs(side[2]) for name, side in sides.items()}
    for theme, k, name in [(theme, k, n) for theme, names in by_theme(told) for k, n in enumerate(names)]:
        unit, base, other, change, percent = sides[name]
        if abs(percent) < 0.05 or unit in ("%", "1"):
            change = 0.0 if abs(percent) < 0.05 else change
            percent = 0.0 if change == 0 else math.nan
        better = is_better(name, change)
        values = [*figures_of_change(base, other, change, unit, lang), _percent(percent, 1)]
        tone = "" if better is None else "good" if better else "bad"
        heading = theme_title(theme, lang) if k == 0 else ""
        rows.append({"heading": heading, "title": indicator_title(name, lang), "values": values, "tone": tone})
    return rows


def _charts(runs: Sequence[RunResult], lang: str) -> list[dict[str, str]]:
    """Up to six indicators that change over the run, those on the front first."""
    series = [r.indicator_series for r in runs]
    moving = [n for n in series[-1] if any(len({v for v in s.get(n, []) if math.isfinite(v)}) > 1 for s in series)]
    known = [n for n in moving if n in indicator_table() and n != "volume_balance_error"]
    charts = []
    for name in _front(known)[:6]:
        unit = runs[-1].indicators[name].unit
        scale, unit = {"m2": (1e-4, "ha"), "persons": (1, ""), "buildings": (1, "")}.get(unit, (1, unit))
        labels = [(r.name, c) for r, c in zip(runs, (BASE_COLOUR, OTHER_COLOUR) if len(runs) == 2 else (OTHER_COLOUR,))]
        lines = [(label, [v * scale for v in s.get(name, [])], colour) for (label, colour), s in zip(labels, series)]
        title = indicator_title(name, lang).removesuffix(", at the end").removesuffix(" at the end").removeprefix("结束时")
        charts.append({"title": title, "svg": line_chart(runs[-1].times, lines, unit, title)})
    return charts


def _top_buildings(result: RunResult, lang: str, count: int = 12) -> list[dict[str, str]]:
    table = result.objects("building")
    if "building_loss" not in table or not (table["building_loss"] > 0).any():
        return []
    currency = result.manifest["city"]["currency"]
    table = table[table["building_loss"] > 0].nlargest(count, "building_loss")
    rows = []
    for row in table.to_dict("records"):
        rows.append({
            "name": _label(row), "use": str(row.get("use") or ""), "depth": f"{row['building_water_depth_max']:.2f}",
            "damage": f"{row['building_damage']:.0%}", "loss": figure(float(row["building_loss"]), currency, lang=lang),
            "people": figure(float(row["building_people_affected"]), "persons"),
        })
    return rows


def _top_roads(result: RunResult, count: int = 12) -> list[dict[str, str]]:
    table = result.objects("edge:roads")
    if "road_state_max" not in table or "length_m" not in table:
        return []
    closed = table[table["road_state_max"] >= 2].copy()
    if not len(closed):
        return []
    closed["label"] = [_label(r, cut="#") for r in closed.to_dict("records")]
    km = closed.groupby("label", sort=True)["length_m"].sum().nlargest(count) / 1000
    return [{"name": str(name), "length": f"{length:.2f}"} for name, length in km.items()]


def _label(row: Mapping[Any, Any], cut: str = "") -> str:
    name = row.get("name")
    text = str(name) if isinstance(name, str) and name else str(row["id"])
    return text.split(cut)[0] if cut else text


def _maps(city: City, what: RunResult | Comparison, t: dict[str, str]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    runs = [what.base, what.other] if isinstance(what, Comparison) else [what]
    if "water_depth_max" not in runs[-1].quantities():
        return [], []
    captions = [t["map_run"]] if len(runs) == 1 else [t[k].format(name=r.name) for k, r in zip(("map_base", "map_other"), runs)]
    maps = []
    for result, caption in zip(runs, captions):
        jpeg = plan_map(
            city, result.at("water_depth_max"), damage=_by_id(result, "building", "building_damage", city.buildings.ids),
            closed_roads=_closed(result, city), measures=_measures(result, city), width=1500 if len(runs) == 1 else 1000,
        )
        maps.append({"caption": caption, "src": _data_uri(jpeg, "image/jpeg")})
    legends = [
        {"title": t["legend_depth"], "css": _gradient("water"), "low": "0.05", "high": "2"},
        {"title": t["legend_damage"], "css": _gradient("damage"), "low": "0", "high": "60 %"},
        {"title": t["legend_closed"], "css": "", "colour": CLOSED},
    ]
    if isinstance(what, Comparison) and "water_depth_max" in what.quantities():
        try:
            change = what.difference("water_depth_max")
        except TwinError:
            return maps, legends
        reach = max(0.1, float(np.nanquantile(np.abs(change.array), 0.999)) if np.isfinite(change.array).any() else 0.1)
        jpeg = plan_map(city, change, "vik", -reach, reach, 0.02, measures=_measures(what.other, city))
        maps.append({"caption": t["map_diff"], "src": _data_uri(jpeg, "image/jpeg")})
        legends.append({"title": t["legend_diff"], "css": _gradient("vik"), "low": f"\u2212{reach:.1g}", "high": f"+{reach:.1g}"})
    if any(r.scenario.edit for r in runs):
        legends.append({"title": t["legend_measure"], "css": "", "colour": MEASURE})
    return maps, legends


def _measures(result: RunResult, city: City) -> list[Any]:
    return [c.geometry for e in result.scenario.edit if (c := change_of(e, result.scenario, city)).geometry is not None]


def _closed(result: RunResult, city: City) -> NDArray[np.bool_] | None:
    roads = city.networks.get("roads")
    if roads is None:
        return None
    worst = _by_id(result, "edge:roads", "road_state_max", roads.edges["id"].to_numpy(object))
    return None if worst is None else np.asarray(worst >= 2)


def _by_id(result: RunResult, support: str, column: str, ids: NDArray[np.object_]) -> NDArray[np.float64] | None:
    """A column of the result in the order of the city's ids; NaN for objects the run did not have."""
    table = result.objects(support)
    if column not in table:
        return None
    return np.asarray(pd.Series(table[column].to_numpy(float), index=table["id"]).reindex(ids).to_numpy(float))


def _gradient(palette: str) -> str:
    stops = [f"rgb({r:.0f},{g:.0f},{b:.0f})" for r, g, b in ramp(palette)[::32]]
    return f"linear-gradient(90deg,{','.join(stops)})"


def _embedded(path: Path) -> str:
    """An image file as a data URI, made smaller where it is larger than a page needs."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as picture:
            image = picture.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise InputError("The picture cannot be read", where=str(path), do="Give PNG or JPEG files.") from error
    if image.width > PICTURE_WIDTH:
        image = image.resize((PICTURE_WIDTH, round(image.height * PICTURE_WIDTH / image.width)), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=90, optimize=True)
    return _data_uri(data.getvalue(), "image/jpeg")


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"

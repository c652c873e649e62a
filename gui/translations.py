"""Gathers the texts of the program into assets/i18n/*.ts (Qt Linguist) and compiles them: `python -m gui.translations`.

Two contexts: `twin` holds what gui/ says through tr, say and mark; `declared` holds what models, measures, layers and
results declare, so that forms and tables speak the language too. Translations already made are kept.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as xml

from gui.i18n import CONTEXT, DECLARED, LANGUAGES
from gui.items import OURS
from gui.sentences import PIECES
from twin.happenings import INPUTS
from twin.quantities import quantities
from twin.scenario.siting import PARAMS as SITING

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "assets" / "i18n"
TEXT_AT = {"tr": 0, "mark": 0, "say": 1}
"""Which argument of our three functions is the text."""


def said() -> list[str]:
    """Texts in gui/ given to tr, say and mark."""
    texts: dict[str, None] = {}
    for path in sorted((ROOT / "gui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXT_AT:
                at = TEXT_AT[node.func.id]
                if len(node.args) > at and isinstance(node.args[at], ast.Constant) and isinstance(node.args[at].value, str):
                    texts[node.args[at].value] = None
    return list(texts)


def declared_texts() -> list[str]:
    """Titles, help, choices and states declared by models, measures and quantities; titles and columns of layers."""
    from twin.models.base import models
    from twin.scenario.edits import EDITS

    texts: dict[str, None] = {}

    def params(several: object) -> None:
        for p in several:  # type: ignore[attr-defined]
            texts.update(dict.fromkeys([p.title, p.help, *p.choices]))

    ours = [m for m in models().values() if m.__module__.startswith("twin.")]  # others bring their own words
    for model in ours:
        texts.update(dict.fromkeys([model.title, model.question]))
        params(model.params)
    for edit in EDITS.values():
        texts.update(dict.fromkeys([edit.title, edit.help]))
        params((*edit.params, *edit.optional))
    for q in quantities().values():
        texts.update(dict.fromkeys([*q.states, q.title["en"], CHANGE["en"] + q.title["en"]]))
    from gui.panels.scenario import clock_params
    from twin.live.sensors import properties
    from twin.scenario.scenario import load_scenario, ready_scenarios

    texts.update(dict.fromkeys(p.title["en"] for p in properties().values()))
    texts.update(dict.fromkeys(load_scenario(path).scenario.question for path in ready_scenarios().values()))

    params(clock_params())
    params(SITING)
    texts.update(dict.fromkeys(_object_kinds()))
    texts.update(dict.fromkeys(_layer_titles()))
    texts.update(dict.fromkeys(EXTRA))
    texts.pop("", None)
    return list(texts)


SENSOR_WORDS = (
    "age", "quality", "trend", "warning level", "alarm level", "ok", "stale", "warning", "alert", "no data", "pass", "suspect",
    "fail", "missing", "not evaluated", "LIVE", "REPLAY", "WHAT-IF", "EXERCISE",
    "nothing heard", "Normal", "Stale or no data (hollow)", "Warning", "Alert", "traffic counter", "rain gauge",
    "river gauge", "air quality",
)  # fmt: skip
MAP_WORDS = (
    "Roads", "Land use", "Green", "Tree rows", "Traffic signals", "Signals", "Squares", "Power sites", "Coastline", "Bus stops", "Parking",
    "Area classification", "River flood hazard", "Scenic district", "Sediment disaster prone area", "Special use district",
    "Tsunami hazard", "Use district",
)  # fmt: skip
"""Layers of what readers tell by name."""
OVERHEAD_WORDS = ("Imagery", "Hillshade", "Towards the north-west", "Away from it", "Point cloud")
MOTION_WORDS = (
    "Heights",
    "simulated traffic", "smoke: illustration", "Smoke (illustration)", "fire", "smoke", "car", "truck", "bus", "low", "high-rise",
    "solid",
)  # fmt: skip
KIND_WORDS = (
    "office", "commercial", "public", "transport", "residential", "health", "education", "industrial", "retail", "composite", "masonry",
    "steel", "reinforced concrete", "brick and timber", "timber", "river", "creek", "lake", "university", "hospital", "school", "railway",
    "farmland", "meadow", "orchard", "forest", "promenade", "tree", "flood wall", "creek wall", "stormwater pump", "district", "campus",
    "station", "market", "restaurant", "cinema", "hotel", "library", "museum", "temple", "post office", "creek bridge", "river bridge",
    "expressway", "ramp", "road tunnel", "subway", "interchange", "fire station", "ambulance station", "police", "shelter",
    "pumping station", "substation", "primary", "secondary", "tertiary", "living street", "motorway", "motorway link", "junction", "deck",
    "feeder", "transmission", "service", "transformer", "load", "main", "pump", "reservoir", "outfall", "manhole", "tie", "grid",
    "generator", "inverter", "motor", "consumer", "bus", "line", "trafo", "switch", "pipe", "valve", "tank", "drain", "building",
)  # fmt: skip
"""Uses and kinds of the demonstration city, which many sources share."""
COLUMN_WORDS = (
    "dependent", "provider", "input", "threshold", "reserve_h", "effect", "note", "load_kw", "p_mw", "q_mvar", "capacity_mva", "rating_kva",
    "vn_kv", "priority", "demand_m3s", "demand_lps", "head_m", "diameter_m", "diameter_mm", "roughness", "range_m", "equipment_m",
    "repair_h", "closed", "parallel", "street", "beds",
)  # fmt: skip
"""Columns of networks, masts and dependencies."""
SIGHT_WORDS = ("Seen", "Not seen", "Eye", "metro", "rail", "water", "drainage", "pipes", "power", "tunnels")
EXTRA = (
    *OURS, *SENSOR_WORDS, *SIGHT_WORDS, *OVERHEAD_WORDS, *MAP_WORDS, *MOTION_WORDS, *KIND_WORDS, *PIECES, *COLUMN_WORDS, "Cost",
    "Cost (assumed)", "What it costs to build; used to compare alternatives.", "materials and textures of the source",
)  # fmt: skip


def _object_kinds() -> list[str]:
    """Kinds of what can fail and what it can need, as lists show them (gui/consequences.py, layers/arcs.py)."""
    from twin.city.dependencies import EFFECTS, LAYER, reserves
    from twin.models.exposure import table

    known = {k for t in (table("equipment"), reserves()) for k, v in t.items() if isinstance(v, dict)}
    return ["busbar", LAYER, *INPUTS, *EFFECTS, *(k.replace("_", " ") for k in sorted(known))]


def _layer_titles() -> list[str]:
    """Second argument of the layers' `super().__init__`, and the catalogue's titles."""
    titles: list[str] = []
    for path in sorted((ROOT / "layers").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            is_init = isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"
            is_layer = isinstance(node.func, ast.Name) and node.func.id.endswith(("Layer", "layer"))
            if (
                (is_init or is_layer)
                and len(node.args) > 1
                and isinstance(node.args[1], ast.Constant)
                and isinstance(node.args[1].value, str)
            ):
                titles.append(node.args[1].value)
    from layers.catalogue import SHOWN_BY_NAME
    from layers.clouds import CLASSES
    from layers.networks import LOOKS

    titles += [title for look in LOOKS.values() for title in (look.title, look.nodes, look.devices) if title]
    titles += [name for _, name, _ in CLASSES]
    return titles + [row[0] for row in SHOWN_BY_NAME.values()]


CHANGE = {"en": "Change: ", "zh": "变化："}
"""Titles of difference layers."""


def translated(language: str) -> dict[str, dict[str, str]]:
    """Finished translations by context and text of one language's .ts file."""
    path = FOLDER / f"twin_{language}.ts"
    if not path.exists():
        return {}
    found: dict[str, dict[str, str]] = {}
    for context in xml.parse(path).getroot().findall("context"):
        name = context.findtext("name", "")
        for message in context.findall("message"):
            text = message.findtext("translation", "")
            if text:
                found.setdefault(name, {})[message.findtext("source", "")] = text
    return found


def update(language: str) -> list[str]:
    """Write the .ts and .qm of a language; texts that still lack a translation."""
    known = translated(language)
    for q in quantities().values():  # their titles are translated where they are declared
        title = q.title.get(language[:2], "")
        known.setdefault(DECLARED, {}).update({q.title["en"]: title, CHANGE["en"] + q.title["en"]: CHANGE[language[:2]] + title})
    from twin.live.sensors import properties

    for p in properties().values():
        known.setdefault(DECLARED, {}).setdefault(p.title["en"], p.title.get(language[:2], ""))
    root = xml.Element("TS", version="2.1", language=language, sourcelanguage="en")
    missing = []
    for name, texts in ((CONTEXT, said()), (DECLARED, declared_texts())):
        context = xml.SubElement(root, "context")
        xml.SubElement(context, "name").text = name
        for text in texts:
            message = xml.SubElement(context, "message")
            xml.SubElement(message, "source").text = text
            translation = xml.SubElement(message, "translation")
            translation.text = known.get(name, {}).get(text)
            if not translation.text:
                translation.set("type", "unfinished")
                missing.append(text)
    xml.indent(root)
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"twin_{language}.ts"
    path.write_text('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + xml.tostring(root, "unicode") + "\n", "utf-8")
    release = shutil.which("pyside6-lrelease") or str(Path(sys.executable).with_name("pyside6-lrelease"))
    subprocess.run([release, "-silent", str(path), "-qm", str(path.with_suffix(".qm"))], check=True)
    return missing


def main() -> None:
    for language in LANGUAGES:
        if language != "en":
            for text in update(language):
                print(f"{language}: {text}")


if __name__ == "__main__":
    main()

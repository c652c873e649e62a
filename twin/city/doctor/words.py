"""What the import doctor says of each kind of trouble and each repair, in the languages of the program (assets/doctor.toml)."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _table() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(files("assets").joinpath("doctor.toml").read_text("utf-8"))


def codes() -> tuple[str, ...]:
    """Codes of problems that have words here."""
    return tuple(_table()["problem"])


def title(code: str, lang: str = "en") -> str:
    """A few words for a kind of trouble; the code itself, readable, where it is another's."""
    return _said(_table()["problem"].get(code, {}), "title", lang) or code.replace("_", " ").capitalize()


def why(code: str, lang: str = "en") -> str:
    """What it means, why it matters, what can be done; '' for codes of others."""
    return _said(_table()["problem"].get(code, {}), "why", lang)


def repair_title(name: str, lang: str = "en") -> str:
    """What a repair does, as the text of a button."""
    return _said(_table()["repair"].get(name, {}), "title", lang) or name.replace("_", " ")


def page(key: str, lang: str = "en") -> str:
    """A word of the report."""
    return _said(_table()["page"].get(key, {}), "title", lang) or key


def says(code: str, key: str = "says", /, **values: object) -> str:
    """The English sentence of a kind of trouble with its values."""
    return str(_table()["problem"][code][key]["en"]).format(**values)


def sentence(code: str, text: str, lang: str = "en") -> str:
    """A sentence made by `says` in another language; as it is where it was not."""
    if lang == "en" or not text:
        return text
    for form, other in _patterns(code, lang):
        match = form.fullmatch(text)
        if match is not None:
            return other.format(**match.groupdict())
    return text


def _said(entry: dict[str, Any], key: str, lang: str) -> str:
    texts = entry.get(key, {})
    return str(texts.get(lang) or texts.get("en", ""))


@cache
def _patterns(code: str, lang: str) -> list[tuple[re.Pattern[str], str]]:
    """The English sentences of a code, and of what was done, as patterns, with the same sentence in the other language."""
    entries = [texts for key, texts in _table()["problem"].get(code, {}).items() if key not in ("title", "why")]
    entries += [entry["says"] for entry in _table()["did"].values()]
    return [_pattern(texts["en"], texts[lang]) for texts in entries if lang in texts]


def _pattern(text: str, other: str) -> tuple[re.Pattern[str], str]:
    form, seen = "", set()
    for i, piece in enumerate(re.split(r"\{(\w+)[^}]*\}", text)):
        if i % 2 == 0:
            form += re.escape(piece)
        elif piece in seen:
            form += f"(?P={piece})"
        else:
            seen.add(piece)
            form += f"(?P<{piece}>.+?)"
    return re.compile(form, re.DOTALL), re.sub(r"\{(\w+)[^}]*\}", r"{\1}", other)

"""Attributes of CityGML objects as one flat table: standard and generic ones, those of extensions with dotted names, words for codes."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
from lxml import etree

from twin.city.readers.citygml_codes import LAND_USE, USAGE, use_of_function
from twin.city.readers.citygml_stream import local
from twin.city.readers.fields import FEET

MAX_COLUMNS, MAX_TEXT, MAX_DEPTH = 2000, 20_000, 6
MAX_LISTS, MAX_LIST_BYTES = 300, 32 << 20
_NUMBERS = frozenset(
    {"measuredHeight", "storeysAboveGround", "storeysBelowGround", "yearOfConstruction", "yearOfDemolition", "averageHeight",
     "trunkDiameter", "crownDiameter", "height"}
)  # fmt: skip
_UNKNOWN = frozenset({"9999", "-9999", "-9999.0", "9999.0", "-9999.000", "9999.000"})
"""What PLATEAU writes where a height or a number of storeys is not known."""
_FEET = frozenset({"ft", "feet", "foot", "[ft_i]", "#ft", "urn:ogc:def:uom:UCUM::[ft_i]", "urn:ogc:def:uom:EPSG::9002"})
_ADDRESS = ("ThoroughfareName", "ThoroughfareNumber", "Number", "PremiseNumber", "DependentLocalityName", "PostalCodeNumber", "Identifier",
            "LocalityName", "AdministrativeAreaName", "CountryName")  # fmt: skip
_GEOMETRY = frozenset(
    {"Point", "MultiPoint", "LineString", "Curve", "MultiCurve", "Polygon", "Surface", "MultiSurface", "CompositeSurface", "Solid",
     "MultiGeometry", "ImplicitGeometry", "Envelope", "TriangulatedSurface", "RectifiedGridCoverage"}
)  # fmt: skip
_GENERIC = {"stringAttribute": str, "intAttribute": int, "doubleAttribute": float, "dateAttribute": str, "uriAttribute": str,
            "measureAttribute": float, "codeAttribute": str}  # fmt: skip
Element = Any


@dataclass
class Columns:
    """A table that grows by cells. Few values are many times the same, so each is kept once."""

    rows: dict[str, Any] = field(default_factory=dict)
    values: dict[str, list[Any]] = field(default_factory=dict)
    too_many: set[str] = field(default_factory=set)
    _once: dict[Any, Any] = field(default_factory=dict)

    def put(self, row: int, name: str, value: Any) -> None:
        """Puts a value in; a second one for the same cell goes behind the first."""
        rows = self.rows.get(name)
        if rows is None:
            if len(self.rows) >= MAX_COLUMNS:
                self.too_many.add(name[:100])
                return
            rows, self.values[name] = array("i"), []
            self.rows[name] = rows
        if isinstance(value, str):
            if len(self._once) > 200_000:
                self._once.clear()
            value = self._once.setdefault(value[:MAX_TEXT], value[:MAX_TEXT])
        if rows and rows[-1] == row:
            before = self.values[name][-1]
            if before != value:
                self.values[name][-1] = f"{before}; {value}"[:MAX_TEXT]
            return
        rows.append(row)
        self.values[name].append(value)

    def has(self, row: int, name: str) -> bool:
        """Whether the last row put into this column is this one."""
        rows = self.rows.get(name)
        return rows is not None and bool(rows) and rows[-1] == row

    def table(self, rows: int) -> pd.DataFrame:
        """All cells; numbers as float64 where a column has nothing else."""
        out: dict[str, Any] = {}
        for name, at in self.rows.items():
            values = self.values[name]
            where = np.frombuffer(at, np.int32)
            if all(isinstance(v, (int, float)) for v in values):
                numbers = np.full(rows, np.nan)
                numbers[where] = values
                out[name] = numbers
            else:
                cells = np.full(rows, None, object)
                cells[where] = values
                out[name] = cells
        return pd.DataFrame(out, index=pd.RangeIndex(rows))


class CodeLists:
    """Words for codes, from the lists beside the file that codeSpace names. Nothing outside the data set's folder is opened."""

    def __init__(self, file: Path) -> None:
        self.here = file.resolve().parent
        above = [self.here, *self.here.parents][:6]
        self.root = next((f for f in above if (f / "codelists").is_dir() or (f / "udx").is_dir()), self.here)
        self.refused: set[str] = set()
        self._lists: dict[str, dict[str, str]] = {}

    def word(self, space: str, code: str) -> str:
        """What a code means; the code itself where nobody tells."""
        if space not in self._lists:
            self._lists[space] = self._read(space) if len(self._lists) < MAX_LISTS else {}
        return self._lists[space].get(code, code)

    def _read(self, space: str) -> dict[str, str]:
        known = dict(USAGE) if space.endswith("Building_usage.xml") else {}
        file = self._file(space)
        if file is None:
            return known
        try:
            if file.stat().st_size > MAX_LIST_BYTES:
                return known
            parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False)
            root = etree.fromstring(file.read_bytes(), parser)
        except (OSError, etree.XMLSyntaxError, ValueError):
            return known
        if root is None or root.getroottree().docinfo.doctype:
            return known
        for definition in root.iter("{*}Definition"):
            told = {local(e.tag): (e.text or "").strip() for e in definition}
            name, word = told.get("name", ""), told.get("description", "")
            if not word and "identifier" in told:
                name, word = told["identifier"], name
            if name and word:
                known[name] = word
        return known

    def _file(self, space: str) -> Path | None:
        space = unquote(space)
        if not space.lower().endswith(".xml") or "://" in space or "\\" in space or "\0" in space or len(space) > 500:
            return None
        try:
            # Files that were moved within their data set still find its lists.
            for file in (self.here / space, self.root / "codelists" / space.rpartition("/")[2]):
                real = file.resolve()
                if not real.is_relative_to(self.root):
                    self.refused.add(space)
                elif real.is_file():
                    self.refused.discard(space)
                    return real
        except (OSError, ValueError, RuntimeError):
            return None
        return None


@dataclass
class Attributes:
    """Reads attributes of objects into columns."""

    codes: CodeLists
    columns: Columns = field(default_factory=Columns)
    _row: int = -1
    _records: dict[str, int] = field(default_factory=dict)

    def read(self, row: int, element: Element) -> None:
        """One property of an object that is no geometry and no other object."""
        name = local(element.tag)
        if name in _GENERIC:
            self._generic(row, element, "", 0)
        elif name in ("genericAttributeSet", "genericAttribute"):
            for child in element if name == "genericAttribute" else [element]:
                self._generic(row, child, "", 0)
        elif name == "address":
            self._address(row, element)
        elif name == "height" and len(element):
            self._height(row, element)
        else:
            self._plain(row, element, name, 0)

    def _plain(self, row: int, element: Element, name: str, depth: int) -> None:
        children = [c for c in element if isinstance(c.tag, str)]
        if not children:
            text = (element.text or "").strip()
            if text:
                self._leaf(row, element, name, text)
            return
        if depth >= MAX_DEPTH:
            return
        told = {local(c.tag): c for c in children} if len(children) in (2, 3) else {}
        if "key" in told and ("codeValue" in told or "value" in told):  # uro:KeyValuePairAttribute
            key, value = told["key"], told.get("codeValue", told.get("value"))
            self._leaf(row, value, f"{name}.{self._text(key)}", (value.text or "").strip() if value is not None else "")
            return
        for child in children:
            own = local(child.tag)
            if own in _GEOMETRY:
                continue
            if len(children) == 1 and own[:1].isupper():
                record = own if depth == 0 else f"{name}.{own}"
                self._plain(row, child, record if own.startswith("KeyValuePair") else self._free(row, record), depth + 1)
            else:
                self._plain(row, child, f"{name}.{own}", depth + 1)

    def _free(self, row: int, name: str) -> str:
        """A name for one more record of the same kind: the second is NAME.2."""
        if row != self._row:
            self._row = row
            self._records.clear()
        n = self._records[name] = self._records.get(name, 0) + 1
        return name if n == 1 else f"{name}.{n}"

    def _text(self, element: Element) -> str:
        code, space = (element.text or "").strip(), element.get("codeSpace")
        return self.codes.word(space, code) if space else code

    def _leaf(self, row: int, element: Element, name: str, text: str) -> None:
        if not text:
            return
        space, unit = element.get("codeSpace"), element.get("uom")
        short = name.rpartition(".")[2]
        if space:
            word = self.codes.word(space, text)
            self.columns.put(row, name, word)
            if word != text:
                self.columns.put(row, f"{name}_code", text)
            if name == "class" and space.endswith(("Common_landUseType.xml", "LandUse_class.xml")) and text in LAND_USE:
                self.columns.put(row, "kind", LAND_USE[text])
            return
        if unit or short in _NUMBERS:
            if text in _UNKNOWN:
                return
            value = _number(text)
            if value is not None:
                if unit in _FEET:
                    value *= FEET
                self.columns.put(row, name, value)
                return
        if name == "function" and (use := use_of_function(text)):
            self.columns.put(row, "use", use)
        if short == "dateOfConstruction":
            self.columns.put(row, "yearOfConstruction", _number(text[:4]) or text[:4])
        self.columns.put(row, name, text)

    def _generic(self, row: int, element: Element, above: str, depth: int) -> None:
        kind = local(element.tag)
        name = element.get("name") or next(((c.text or "").strip() for c in element if local(c.tag) == "name"), "") or kind
        name = f"{above}{name}"[:200]
        if kind.lower() == "genericattributeset":
            for child in element:
                inner = child[0] if local(child.tag) == "genericAttribute" and len(child) else child
                if depth < MAX_DEPTH and local(inner.tag).endswith(("Attribute", "AttributeSet")):
                    self._generic(row, inner, f"{name}.", depth + 1)
            return
        value = next((c for c in element if local(c.tag) == "value"), None)
        text = (value.text or "").strip() if value is not None else ""
        if not text or value is None:
            return
        wanted = _GENERIC.get(kind[:1].lower() + kind[1:], str)
        number = _number(text) if wanted is not str else None
        if number is not None and value.get("uom") in _FEET:
            number *= FEET
        self.columns.put(row, name, number if number is not None else self._text(value))

    def _height(self, row: int, element: Element) -> None:
        """con:Height of CityGML 3.0: the first one is the measured height, others go by what they reach to."""
        for height in element:
            told = {local(c.tag): c for c in height}
            if "value" in told and told["value"].text:
                name = "measuredHeight"
                if self.columns.has(row, name):
                    name = f"Height.{(told['highReference'].text or '').strip()}" if "highReference" in told else "Height.other"
                self._leaf(row, told["value"], name, told["value"].text.strip())

    def _address(self, row: int, element: Element) -> None:
        told: dict[str, list[str]] = {}
        for item in element.iter():
            name = local(item.tag)
            if name == "NameElement":
                name = f"{local(item.getparent().tag)}Name"
            text = (item.text or "").strip() if isinstance(item.tag, str) else ""
            if text and name in _ADDRESS:
                told.setdefault(name, []).append(text)
        if told:
            street = [*told.get("ThoroughfareName", []), *told.get("ThoroughfareNumber", told.get("Number", []))]
            place = [*told.get("PostalCodeNumber", told.get("Identifier", [])), *told.get("LocalityName", [])]
            rest = [*told.get("DependentLocalityName", []), *told.get("AdministrativeAreaName", []), *told.get("CountryName", [])]
            self.columns.put(row, "address", ", ".join(x for x in (" ".join(street), " ".join(place), *rest) if x))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None

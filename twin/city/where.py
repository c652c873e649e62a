"""Rows by their attributes: a small language of comparisons, read by a parser of its own and never evaluated as code.

    height_m > 30 and (use = office or name contains tower) and not year is missing
    use in (school, hospital) or height_m between 20 and 40

Fields are named as in the table, in backticks or double quotes where they hold spaces; a quote within its own kind of quotes is
written twice ('St. John''s'). Words compare without regard to case. `comparison` writes what the parser reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.errors import InputError

Mask = NDArray[np.bool_]
SIGNS = ("<=", ">=", "!=", "<>", "==", "=", "<", ">")
WORDS = ("contains", "begins", "ends")
QUOTES = ("`", '"', "'")
_QUOTED = "|".join(rf"{q}([^{q}]*(?:{q}{q}[^{q}]*)*){q}" for q in QUOTES)
_TOKEN = re.compile(rf"\s*(?:(<=|>=|!=|<>|==|=|<|>|\(|\)|,)|{_QUOTED}|([^\s()<>=!,`\"']+))")
_FORM = 'Write it like: height_m > 30 and use = office, or name contains "tower".'
MOST_DEPTH = 60
"""Brackets within brackets."""


@dataclass(frozen=True)
class _Token:
    kind: str
    """sign, quoted, word or end."""
    text: str

    def says(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


def rows_where(text: str, names: Collection[str], values: Callable[[str], NDArray[Any]], count: int) -> Mask:
    """Which of `count` rows meet a condition. names: the fields there are; values: the column of one.

    Raises InputError for what is no condition and for a field that is not there.
    """
    return _Reader(text, names, values, count).whole()


def is_condition(text: str, names: Collection[str]) -> bool:
    """Whether a text begins like a condition about one of the fields, so that it is not looked for as words."""
    try:
        tokens = _tokens(text)
    except InputError:
        return False
    while tokens and (tokens[0].says("not") or tokens[0].text == "("):
        tokens = tokens[1:]
    known = {n.lower() for n in names}
    if len(tokens) < 3 or tokens[0].kind == "sign" or tokens[0].text.lower() not in known:
        return False
    after = tokens[1]
    return (after.kind == "sign" and after.text in SIGNS) or after.says("is", "in", "between", "not", *WORDS)


def comparison(field: str, sign: str, value: object = None) -> str:
    """A test as the parser reads it, whatever stands in field and value. sign: as it is written; value: None for `is missing`."""
    name = field if field.isidentifier() and field.lower() not in ("not", "and", "or") else _quoted(field, "`")
    if value is None:
        return f"{name} {sign}"
    text = str(value)
    is_bare = _number(text) is not None and text.split() == [text]
    return f"{name} {sign} {text if is_bare else _quoted(text, chr(39))}"


def _quoted(text: str, quote: str) -> str:
    return quote + text.replace(quote, 2 * quote) + quote


def _tokens(text: str) -> list[_Token]:
    out: list[_Token] = []
    at = 0
    while at < len(text) and text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise InputError(f"The condition is not understood at '{text[at:].strip()[:20]}'", do=_FORM)
        sign, *quoted, word = found.groups()
        if sign:
            out.append(_Token("sign", sign))
        elif word is not None:
            out.append(_Token("word", word))
        else:
            out.append(next(_Token("quoted", t.replace(2 * q, q)) for q, t in zip(QUOTES, quoted, strict=True) if t is not None))
        at = found.end()
    return [*out, _Token("end", "")]


class _Reader:
    """Recursive descent: or, and, not, brackets, tests."""

    def __init__(self, text: str, names: Collection[str], values: Callable[[str], NDArray[Any]], count: int) -> None:
        self._tokens, self._at, self._depth = _tokens(text), 0, 0
        self._names = {n.lower(): n for n in reversed(list(names))}
        self._values, self._count = values, count

    def whole(self) -> Mask:
        if self._now.kind == "end":
            raise InputError("There is no condition", do=_FORM)
        found = self._either()
        if self._now.kind != "end":
            raise InputError(f"After the condition there is more: '{self._now.text}'", do="Join conditions with and, or.")
        return found

    @property
    def _now(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._now
        if token.kind != "end":
            self._at += 1
        return token

    def _either(self) -> Mask:
        found = self._both()
        while self._now.says("or"):
            self._next()
            found = found | self._both()
        return found

    def _both(self) -> Mask:
        found = self._one()
        while self._now.says("and"):
            self._next()
            found = found & self._one()
        return found

    def _one(self) -> Mask:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise InputError("The condition has too many brackets in each other", do="Make several selections of it.")
        try:
            if self._now.says("not"):
                self._next()
                return ~self._one()
            if self._now.text == "(" and self._now.kind == "sign":
                self._next()
                found = self._either()
                if self._next().text != ")":
                    raise InputError("A bracket is not closed", do=_FORM)
                return found
            return self._test()
        finally:
            self._depth -= 1

    def _test(self) -> Mask:
        token = self._next()
        if token.kind in ("sign", "end"):
            raise InputError(f"A field is missing before '{token.text}'" if token.text else "The condition is not finished", do=_FORM)
        name = self._names.get(token.text.lower())
        if name is None:
            some = ", ".join(list(self._names.values())[:12])
            raise InputError(f"There is no field '{token.text}'", do=f"There are: {some}.")
        column = _Column(np.asarray(self._values(name)), self._count)
        how = self._next()
        denied = how.says("not")
        if denied:
            how = self._next()
        if how.kind == "sign" and how.text in SIGNS and not denied:
            return column.compared(how.text, self._value())
        if how.says("is"):
            denied = self._now.says("not")
            if denied:
                self._next()
            word = self._next()
            if not word.says("missing", "empty", "null", "known"):
                raise InputError(f"'{name} is {word.text}' is not understood", do=f"Write {name} is missing, or {name} is known.")
            return ~column.missing if denied != word.says("known") else column.missing
        if how.says("in"):
            found = self._among(column)
        elif how.says("between"):
            low = self._value()
            if not self._next().says("and"):
                raise InputError(f"'{name} between' needs two numbers", do=f"Write {name} between 20 and 40.")
            found = column.compared(">=", low) & column.compared("<=", self._value())
        elif how.says(*WORDS):
            if self._now.says("with"):
                self._next()
            found = column.told(how.text.lower(), self._value())
        else:
            raise InputError(f"After '{name}' a comparison is missing", do=_FORM)
        return ~found if denied else found

    def _among(self, column: _Column) -> Mask:
        if self._next().text != "(":
            raise InputError("After 'in' comes a list in brackets", do="Write use in (school, hospital).")
        found = column.compared("=", self._value())
        while self._now.text == ",":
            self._next()
            found = found | column.compared("=", self._value())
        if self._next().text != ")":
            raise InputError("A bracket is not closed", do="Write use in (school, hospital).")
        return found

    def _value(self) -> str:
        token = self._next()
        if token.kind in ("sign", "end"):
            raise InputError("A value is missing", do=_FORM)
        words = [token.text]
        while token.kind == "word" and self._now.kind == "word" and not self._now.says("and", "or"):
            words.append(self._next().text)  # a name of several words needs no quotes
        return " ".join(words)


class _Column:
    """A column to be compared: as numbers, or as words of which there are few different ones."""

    def __init__(self, values: NDArray[Any], count: int) -> None:
        self._values = values[:count]
        self._words: tuple[NDArray[np.int64], list[str]] | None = None

    @property
    def missing(self) -> Mask:
        empty = np.asarray(pd.isna(self._values), bool)
        if self._values.dtype.kind in "OUS":
            codes, words = self._coded()
            empty = empty | np.array([w == "" for w in words] or [False], bool)[codes]
        return empty

    def _coded(self) -> tuple[NDArray[np.int64], list[str]]:
        if self._words is None:
            codes, found = pd.factorize(np.asarray(self._values, object), use_na_sentinel=False)
            self._words = codes.astype(np.int64), ["" if _is_none(w) else str(w).casefold() for w in found]
        return self._words

    def _numbers(self) -> NDArray[np.float64] | None:
        if self._values.dtype.kind in "fiub":
            return self._values.astype(float)
        codes, words = self._coded()
        numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy(float)
        return numbers[codes] if len(numbers) and np.isfinite(numbers).any() else None

    def compared(self, sign: str, value: str) -> Mask:
        number = _number(value)
        left = self._numbers() if number is not None else None
        if left is not None and number is not None:
            with np.errstate(invalid="ignore"):
                return np.asarray(_COMPARE[sign](left, number) & (np.isfinite(left) if sign in ("!=", "<>") else True), bool)
        if number is None and sign in ("<", ">", "<=", ">=") and self._values.dtype.kind in "fiu":
            raise InputError(f"'{value}' is no number", do="Compare a field of numbers with a number: height_m > 30.")
        word = value.casefold()
        codes, words = self._coded() if self._values.dtype.kind not in "b" else _booleans(self._values)
        hit = [bool(_COMPARE[sign](w, word)) and (w != "" or word == "") for w in words]
        return np.array(hit or [False], bool)[codes]

    def told(self, how: str, value: str) -> Mask:
        word = value.casefold()
        codes, words = self._coded()
        test = {"contains": lambda w: word in w, "begins": lambda w: w.startswith(word), "ends": lambda w: w.endswith(word)}[how]
        return np.array([test(w) for w in words] or [False], bool)[codes]


_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<>": lambda a, b: a != b,
}  # fmt: skip


def _booleans(values: NDArray[Any]) -> tuple[NDArray[np.int64], list[str]]:
    return values.astype(np.int64), ["false", "true"]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_none(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value) or value is pd.NA

"""In which encoding a text is written, where it does not say so."""

from __future__ import annotations

import codecs

from twin.errors import InputError, Problem

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LOOK_AT = 1 << 18
"""Bytes that are looked at."""
LIKELY = ("utf_8", "gb18030", "big5", "cp932", "euc_jp", "euc_kr", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "cp1255",
          "cp1257", "latin_1")  # fmt: skip


def decoder_of(data: bytes, stated: str, source: str, problems: list[Problem]) -> str:
    """Name of the codec: what the recipe states, a byte order mark, UTF-8, else the likeliest, which is told as a problem.

    Raises InputError where the recipe states an encoding that does not exist.
    """
    if stated:
        return known(stated)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        guess = likeliest(data)
        told = f"The text is not UTF-8; it was read as {guess.replace('_', '-')}. State the encoding in a recipe if names look wrong"
        problems.append(Problem("encoding_guessed", "info", 1, told, source, did=f"read as {guess}"))
        return guess
    return "utf-8"


def known(name: str) -> str:
    """The codec of that name. Raises InputError where there is none."""
    try:
        return codecs.lookup(name.strip()).name
    except (LookupError, ValueError):
        raise InputError(f"'{name}' is no encoding", do="Use a name such as utf-8, gbk, big5, shift-jis or latin-1.") from None


def likeliest(data: bytes) -> str:
    """The likeliest codec of bytes that are not UTF-8; latin-1, which reads anything, where nothing speaks."""
    from charset_normalizer import from_bytes

    # Only lines that are not plain ASCII say anything.
    telling = b"\n".join(line for line in data[: LOOK_AT * 8].splitlines() if not line.isascii())[:LOOK_AT]
    found = from_bytes(telling or data[:LOOK_AT], cp_isolation=list(LIKELY))
    best = found.best()
    if best is None:
        return "cp1252"
    western = next((m for m in found if m.encoding == "cp1252"), None)
    # Western and Central European pages differ in few letters; where neither reads better, the more usual one.
    return (
        "cp1252" if western is not None and western.chaos <= best.chaos and best.encoding.startswith(("cp125", "latin")) else best.encoding
    )

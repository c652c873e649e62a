"""Addresses: what may be fetched, how they are told, and where their passwords stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from twin.errors import InputError

_PASSWORDS: dict[tuple[str, str, str, str], str] = {}
"""(scheme, host and port, user, database) -> password, while the program runs; nothing of it is written anywhere."""
_URL = re.compile(r"(?i)(https?|postgres(ql)?)://|(wfs|wmts|oapif|xyz):https?://")
_SECRET = r"[^=&#\s]*(?:key|token|password|passwd|secret|signature|sig)"


def is_url(text: str) -> bool:
    """Whether a source is an address rather than a file."""
    return _URL.match(text) is not None


def checked(url: str) -> str:
    """The URL as it is asked for. Raises InputError for anything but http and https."""
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"This address is not understood: {error}", where=shown(url)) from None
    if parts.scheme.lower() not in ("http", "https") or not host or re.search(r"[\x00-\x20\x7f]", parts.netloc):
        raise InputError("Only addresses that begin with http:// or https:// can be fetched", where=shown(url))
    return urlunsplit((parts.scheme.lower(), parts.netloc, parts.path or "/", parts.query, ""))


def shown(url: str) -> str:
    """A URL without user, password, keys and tokens, for messages."""
    text = re.sub(r"(?i)(?<=\bpostgres://)[^?]*@|(?<=\bpostgresql://)[^?]*@|(?<=://)[^/?#\s]*@", "", url)
    return re.sub(rf"(?i)([?&]{_SECRET}=)[^&#\s]*", r"\1***", text)[:300]


def asked_with(url: str, **more: object) -> str:
    """The URL with these added to its query; what it had under the same names (whatever their case) goes, None only takes away."""
    parts = urlsplit(url)
    names = {name.lower() for name in more}
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in names]
    new = [(k, str(v)) for k, v in more.items() if v is not None]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode([*kept, *new], safe=":,/"), ""))


@dataclass(frozen=True)
class _Address:
    """scheme://login@host/after, as written."""

    scheme: str
    login: str | None
    host: str
    after: str
    """From the first slash, question mark or hash on, with it."""

    @staticmethod
    def of(url: str) -> _Address:
        scheme, _, rest = url.partition("://")
        if _is_database(scheme):  # a password may hold a slash that nobody has escaped
            before, mark, query = rest.partition("?")
            login, at, there = before.rpartition("@")
            there += mark + query
        else:
            end = re.search(r"[/?#]|$", rest)
            assert end is not None
            login, at, host = rest[: end.start()].rpartition("@")
            there = host + rest[end.start() :]
        host = re.split(r"[/?#]", there)[0]
        return _Address(scheme.lower(), login if at else None, host, there[len(host) :])

    def key(self) -> tuple[str, str, str, str]:
        """A database may have a password of its own; a web server has one for all its pages."""
        database = re.split(r"[?#]", self.after)[0] if _is_database(self.scheme) else ""
        return ("postgresql" if _is_database(self.scheme) else "http", self.host.lower(), self.user, database)

    @property
    def user(self) -> str:
        return unquote((self.login or "").partition(":")[0])


def without_password(url: str) -> str:
    """The URL without its password, which is remembered until the program ends."""
    if "://" not in url:
        return url
    said = _Address.of(url)
    user, colon, password = (said.login or "").partition(":")
    if colon and password:
        _PASSWORDS[said.key()] = unquote(password)
    after = said.after
    if _is_database(said.scheme):
        found = re.search(r"(?i)(?<=[?&])password=([^&#]*)&?", after)
        if found is not None:
            _PASSWORDS[said.key()] = unquote(found[1])
            after = (after[: found.start()] + after[found.end() :]).rstrip("?&")
    return f"{url.partition('://')[0]}://{'' if said.login is None else user + '@'}{said.host}{after}"


def password_of(url: str) -> str:
    """The password remembered for a URL without one; '' where there is none."""
    return _PASSWORDS.get(_Address.of(url).key(), "")


def with_password(url: str) -> str:
    """The web address with the password that was remembered for its user."""
    said = _Address.of(url)
    word = password_of(url)
    if said.login is None or ":" in said.login or not word:
        return url
    return f"{said.scheme}://{said.login}:{quote(word, safe='')}@{said.host}{said.after}"


def _is_database(scheme: str) -> bool:
    return scheme.lower() in ("postgresql", "postgres")

"""A CityGML file piece by piece: whatever its size, only one city object and the numbers of its surfaces are in memory.

Bytes become text by our own decoder and reach the parser as UTF-8, without the XML declaration, with the namespaces people forget
declared. Faces are handed over as they end and emptied, city objects when the next one begins.
"""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from twin.errors import InputError

STREAMED = ("Polygon", "PolygonPatch", "Triangle", "Rectangle", "target", "X3DMaterial", "ParameterizedTexture", "GeoreferencedTexture")
"""Elements handed over as soon as they end."""
SEVERAL = ("featureMembers", "cityObjectMembers")
"""Children of the root that hold many objects."""
_CHUNK = 1 << 20
MAX_ELEMENTS, MAX_PENDING = 3_000_000, 768 << 20
"""Of one city object without its faces: elements, and bytes of file."""
_GZIP_RATIO = 250
_ENCODINGS = re.compile(r"(utf|us-ascii|ascii|iso|latin|windows|cp\d|shift|sjis|s_jis|ms|euc|gb|big5|koi8|mac|johab|ks_c|tis).*", re.I)
_MARK = "twin-root"
_MODULES = {
    "bldg": "building", "brid": "bridge", "tun": "tunnel", "tran": "transportation", "veg": "vegetation", "wtr": "waterbody",
    "luse": "landuse", "frn": "cityfurniture", "gen": "generics", "grp": "cityobjectgroup", "dem": "relief", "app": "appearance",
    "con": "construction", "tex": "texturedsurface",
}  # fmt: skip
_OTHERS = {
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "uro": "https://www.geospatial.jp/iur/uro/3.0",
    "urf": "https://www.geospatial.jp/iur/urf/3.0",
}

Element = Any
"""lxml.etree._Element."""


def local(tag: Any) -> str:
    """Name of an element without its namespace; '' for what is no element."""
    if not isinstance(tag, str):
        return ""
    known = _LOCAL.get(tag)
    if known is None:
        if len(_LOCAL) > 50_000:
            _LOCAL.clear()
        known = _LOCAL[tag] = tag.rpartition("}")[2].rpartition(":")[2]
    return known


_LOCAL: dict[str, str] = {}


@dataclass
class Read:
    """How reading a file ended. broken: what is wrong with the XML, '' for nothing; cut: the last object is not complete."""

    root: str = ""
    broken: str = ""
    errors: int = 0
    cut: bool = False
    mended: list[str] = field(default_factory=list)
    """Prefixes that were not declared."""
    replaced: bool = False
    """Bytes that are no text in the encoding of the file were replaced."""


def stream(
    path: Path,
    encoding: str,
    on_face: Callable[[Element, str], None],
    on_member: Callable[[Element], None],
    on_pause: Callable[[Element], None],
) -> Read:
    """Goes through a file once. on_face gets each element of STREAMED; on_member each child of the root, its faces emptied;
    on_pause, now and then, the root with what is not complete yet.

    encoding: of the text, '' for what the file says. Raises InputError where it is no XML, has a document type, or is made to harm.
    """
    read = Read()
    parser = etree.XMLPullParser(
        ("end",), tag=[f"{{*}}{t}" for t in (*STREAMED, _MARK)], recover=True, resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_blank_text=True, remove_comments=True, remove_pis=True, collect_ids=False,
        strip_cdata=True,
    )  # fmt: skip
    root: Element = None
    pending, text, decoder = 0, "", None

    def look() -> None:
        nonlocal root, pending
        for _, element in parser.read_events():
            name = local(element.tag)
            if name == _MARK:
                root = element.getparent() if root is None else root
            elif root is not None:
                on_face(element, name)
        if root is not None:
            if _members(root, on_member):
                pending = 0
            on_pause(root)

    try:
        for raw in _chunks(path):
            if decoder is None:
                decoder, raw = _decoder(raw, encoding)
                text = decoder.decode(raw)
                parser.feed(_mended_head(text, path, read).encode("utf-8", "replace"))
            else:
                pending += len(raw)
                _check_size(root, pending, path)
                text = text[-200:] + (new := decoder.decode(raw))
                parser.feed(new.encode("utf-8", "replace"))
            read.replaced |= "\ufffd" in text
            look()
        if decoder is not None:
            parser.feed(decoder.decode(b"", True).encode("utf-8", "replace"))
    except (OSError, EOFError, zlib.error) as error:
        read.broken, read.cut = f"it cannot be unpacked to its end ({error})", True
    except etree.XMLSyntaxError as error:
        read.broken, read.cut = _short(error), True
    _finish(parser, read, text)
    look()
    if root is None:
        raise InputError(f"This is not CityGML: {read.broken or 'it has no elements'}", where=str(path), do="Is the file complete?")
    read.root = local(root.tag)
    _members(root, on_member, last=not read.cut)
    return read


def _finish(parser: Any, read: Read, end: str) -> None:
    """What the parser complains of. end: the last characters of the file."""
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        read.broken, read.cut = read.broken or _short(error), True
    fatal = [e for e in parser.feed_error_log if not e.type_name.startswith(("NS_", "WAR_")) and e.level_name != "WARNING"]
    read.errors = len(fatal)
    if fatal:
        read.broken = read.broken or f"line {fatal[0].line}: {fatal[0].message.strip()[:120]}"
        read.cut |= not re.search(r"</[\w.:-]+\s*>\s*(<!--.*-->\s*)?$", end) or fatal[-1].type_name == "ERR_TAG_NOT_FINISHED"


def _members(root: Element, on_member: Callable[[Element], None], last: bool = False) -> int:
    """Hands over and removes the children of the root that are complete: all but the last one, which may still grow."""
    done = 0
    while len(root) > (0 if last else 1):
        child = root[0]
        if local(child.tag) in SEVERAL:
            done += _members(child, on_member, last=True)
        else:
            on_member(child)
        root.remove(child)
        done += 1
    if len(root) and local(root[0].tag) in SEVERAL:
        done += _members(root[0], on_member, last)
    return done


def _check_size(root: Element, pending: int, path: Path) -> None:
    """No single city object fills the memory."""
    if pending < 16 << 20 or pending % (16 << 20) >= _CHUNK:
        return
    elements = int(root.xpath("count(.//*)")) if root is not None else MAX_ELEMENTS
    if elements >= MAX_ELEMENTS or (pending > MAX_PENDING and root.xpath("string-length(.)") > MAX_PENDING // 4):
        raise InputError(f"One object of this file has more than {MAX_ELEMENTS:,} elements", where=str(path), do="Is it CityGML?")


def _chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked where it is a gzip. Raises EOFError after the last ones where that is cut off."""
    with open(path, "rb") as file:
        raw = file.read(_CHUNK)
        if raw[:2] != b"\x1f\x8b":
            while raw:
                yield raw
                raw = file.read(_CHUNK)
            return
        packed, unpacked, stream_ = 0, 0, zlib.decompressobj(31)
        while raw or stream_.unconsumed_tail:
            packed += len(raw)
            out = stream_.decompress(stream_.unconsumed_tail + raw, _CHUNK)
            unpacked += len(out)
            if unpacked > 64 << 20 and unpacked > _GZIP_RATIO * packed:
                raise InputError(
                    "This file unpacks to far more than a city model would; it may be made to fill the memory", where=str(path)
                )
            if out:
                yield out
            rest = b""
            if stream_.eof:  # several gzips may follow each other
                rest, stream_ = stream_.unused_data, zlib.decompressobj(31)
                if not rest and not (rest := file.read(_CHUNK)):
                    return
            raw = rest or (b"" if stream_.unconsumed_tail else file.read(_CHUNK >> 3))
        raise EOFError("it is cut off")


def _decoder(head: bytes, stated: str) -> tuple[codecs.IncrementalDecoder, bytes]:
    """A decoder for the file and its head without byte order mark."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
                       (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):  # fmt: skip
        if head.startswith(mark):
            return codecs.getincrementaldecoder(name)("replace"), head[len(mark) :]
    if head[:4].count(0) == 2:
        return codecs.getincrementaldecoder("utf-16-be" if head[0] == 0 else "utf-16-le")("replace"), head
    said = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']", head[:1000])
    name = stated or (said[1].decode("ascii") if said else "utf-8")
    try:
        if not _ENCODINGS.fullmatch(name) or name.lower().startswith(("utf-16", "utf-32", "utf16", "utf32")):
            raise LookupError
        # Windows' superset of Shift-JIS is what Japanese programs mean by it.
        name = "cp932" if re.sub(r"[^a-z]", "", name.lower()) in ("shiftjis", "sjis", "windowsj", "msjis") else name
        return codecs.getincrementaldecoder(name)("replace"), head
    except LookupError:
        return codecs.getincrementaldecoder("utf-8")("replace"), head


def _mended_head(text: str, path: Path, read: Read) -> str:
    """The beginning of the document without XML declaration, with a mark behind the root's start tag that hands us the root."""
    start = _root_start(text, path)
    end = _tag_end(text, start)
    if end < 0:
        raise InputError("This is not CityGML: its first element does not end", where=str(path))
    tag = text[start:end]
    declared = set(re.findall(r"xmlns:([\w.-]+)\s*=", tag))
    version = re.search(r"opengis\.net/citygml/(?:[a-z]+/)?(\d\.\d)", tag)
    number = version[1] if version else "2.0"
    known = {p: f"http://www.opengis.net/citygml/{m}/{number}" for p, m in _MODULES.items()}
    known |= {"core": f"http://www.opengis.net/citygml/{number}", "gml": f"http://www.opengis.net/gml{'/3.2' if number >= '3' else ''}"}
    missing = {p: uri for p, uri in (known | _OTHERS).items() if p not in declared}
    used = set(re.findall(r"<([\w.-]+):", text)) | set(re.findall(r"\s(xlink|xsi|gml):\w+\s*=", text))
    nearby = set(re.findall(r"xmlns:([\w.-]+)\s*=", text))
    read.mended = sorted(used & set(missing) - nearby)
    read.mended += sorted(p for p in used - nearby - set(missing) if p != "xml")
    name_end = re.match(r"<[^\s/>]+", tag)
    if name_end is None:
        raise InputError("This is not CityGML: it has no first element", where=str(path))
    more = "".join(f' xmlns:{p}="{uri}"' for p, uri in missing.items())
    opened = tag[: name_end.end()] + more + tag[name_end.end() :]
    return opened + ("" if tag.endswith("/>") else f"<{_MARK}/>") + text[end:]


def _root_start(text: str, path: Path) -> int:
    """Where the first element begins, past declaration, comments and instructions."""
    at = 0
    while True:
        at = text.find("<", at)
        if at < 0 or text[at : at + 9].upper() == "<!DOCTYPE":
            break
        close = {"<?": "?>", "<!": "-->"}.get(text[at : at + 2])
        if close is None:
            return at
        at = text.find(close, at + 2)
        if at < 0:
            break
    if at < 0:
        raise InputError("This is not CityGML: it has no first element", where=str(path))
    raise InputError(
        "This file has a document type declaration, which no CityGML file needs and which can do harm", where=str(path),
        do="Remove the line that begins with <!DOCTYPE.",
    )  # fmt: skip


def _tag_end(text: str, start: int) -> int:
    """Position after the > of the tag that begins at start; -1 where it has none."""
    found = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>").match(text, start)
    return found.end() if found else -1


def _short(error: Exception) -> str:
    return str(error).split(" (")[0][:160]

"""The bytes of an answer: unpacked within limits, and turned into text by the right charset."""

from __future__ import annotations

import re
import zlib
from collections.abc import AsyncIterator

import webencodings

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.I)
_XML = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([A-Za-z0-9_.:-]{2,40})", re.I)
# Python's codec that reads a charset as browsers do, where its own of that name knows fewer characters.
_LARGER = {"gbk": "gb18030", "big5": "big5hkscs", "shift_jis": "cp932", "euc-kr": "cp949"}
_OF_NO_PAGE = {"hz-gb-2312", "iso-2022-kr", "x-user-defined"}
_GUESS_FROM = 60_000
_MOST_PIECES, _LEAST_PIECE = 20_000, 16  # each piece costs the event loop, however small it is
_ZLIB, _GZIP = 15, 31  # zlib's numbers for its own header and for gzip's
ACCEPT_ENCODING = "gzip, deflate"


class TooLargeError(Exception):
    """More bytes than a page may have. `unpacked` when it was the decompressed size."""

    def __init__(self, limit: int, *, unpacked: bool = False) -> None:
        super().__init__(limit)
        self.limit = limit
        self.unpacked = unpacked


class BadEncodingError(Exception):
    """The body is packed in a way we did not ask for, or damaged."""


async def read_body(
    parts: AsyncIterator[bytes], encoding: str, wire_limit: int, limit: int, *, cut: bool = False
) -> bytes:
    """All of a body, unpacked; stops at the first byte over a limit, however small the packed form is. With
    `cut` what stands before the limit is enough."""
    unpack = _unpacker(encoding)
    wire = pieces = 0
    body = bytearray()
    async for part in parts:
        wire, pieces = wire + len(part), pieces + 1
        if pieces > _MOST_PIECES + wire // _LEAST_PIECE:
            raise BadEncodingError("it comes byte by byte")
        if wire > wire_limit:
            raise TooLargeError(wire_limit)
        try:
            body += part if unpack is None else unpack(part, limit + 1 - len(body))
        except zlib.error as error:
            raise BadEncodingError(str(error)) from error
        if len(body) > limit:
            if cut:
                return bytes(body[:limit])
            raise TooLargeError(limit, unpacked=unpack is not None)
    if unpack is not None and not cut and wire and not unpack.whole:
        raise BadEncodingError("it is cut off")
    return bytes(body)


def _unpacker(encoding: str) -> _Inflater | None:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip"):
        return _Inflater(_GZIP)
    if name == "deflate":
        return _Inflater(_ZLIB)
    raise BadEncodingError(f"packed with {name[:30]}")


class _Inflater:
    """zlib that never gives out more than it is asked for. A gzip body may have several members."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._zlib = zlib.decompressobj(window)

    @property
    def whole(self) -> bool:
        """Whether what came so far ends where the packed form says that it ends."""
        return self._zlib.eof

    def __call__(self, part: bytes, room: int) -> bytes:
        made = bytearray()
        while part and len(made) < room:
            if self._zlib.eof:
                if self._window != _GZIP or not part.startswith(b"\x1f"):
                    break  # padding, or what browsers leave alone too
                self._zlib = zlib.decompressobj(self._window)
            made += self._inflate(part, room - len(made))
            part = self._zlib.unused_data if self._zlib.eof else b""
        return bytes(made)

    def _inflate(self, part: bytes, room: int) -> bytes:
        try:
            return self._zlib.decompress(part, max(1, room))
        except zlib.error:
            if self._window != _ZLIB:
                raise
            self._window = -_ZLIB  # "deflate" without its zlib header, as some servers send it
            self._zlib = zlib.decompressobj(self._window)
            return self._zlib.decompress(part, max(1, room))


def decode(data: bytes, header_charset: str = "") -> str:
    """Text of a body: byte-order mark, then the header, then what the page says, then a guess."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    labels = [header_charset, *(_label(pattern, data) for pattern in (_META, _XML))]
    for codec in filter(None, map(_codec_of, labels)):
        text = _try(data, "utf-8" if codec.startswith("utf-16") and not _may_be_utf_16(data) else codec)
        if text is not None:
            return text
    return _guess(data)


def _codec_of(label: str) -> str:
    """Python's name for a charset; empty when no browser knows the label. Python knows more, and some of its
    codecs (punycode) take time that grows with the square of the text."""
    found = webencodings.lookup(label.strip("\"' \t"))
    if found is None or found.name in _OF_NO_PAGE:
        return ""
    return _LARGER.get(found.name) or str(found.codec_info.name)


def _label(pattern: re.Pattern[bytes], data: bytes) -> str:
    match = pattern.search(data[:4096])
    return match.group(1).decode("ascii") if match else ""


def _try(data: bytes, codec: str) -> str | None:
    """The text in that charset, unless too much does not fit it: then the label is wrong."""
    text = data.decode(codec, "replace")
    bad = text.count("\ufffd")
    return text if bad * 5 <= len(text) - len(text.encode("ascii", "ignore")) else None


def _may_be_utf_16(data: bytes) -> bool:
    """Whether there are the zero bytes beside ASCII; anything makes Chinese without errors otherwise."""
    head = data[:4096]
    return head.count(0) * 8 > len(head)


def _guess(data: bytes) -> str:
    """Undeclared: UTF-8 where it fits, the browsers' default for Western text, else by its looks."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    head = data[:_GUESS_FROM]
    if sum(byte > 127 for byte in head) * 8 < len(head):
        return data.decode("cp1252", "replace")
    from charset_normalizer import from_bytes

    best = from_bytes(head).best()
    return data.decode(best.encoding if best else "cp1252", "replace")


def looks_binary(data: bytes) -> bool:
    """Bytes that no text has: many NULs or control characters near the start."""
    head = data[:2048]
    if not head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return False
    odd = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head)
    return odd * 50 > len(head)

"""CSV and TSV: bytes to text, which mark separates the fields, and the fields."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from wideseek_cli.core.errors import EncodingError, RaggedRowError, TooLargeError
from wideseek_cli.export.grid import harmless
from wideseek_cli.tablefile.raw import MOST_CHARS, Edits, RawTable, make_raw

_MARKS = ",;\t|"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 4000  # bytes that tell UTF-16 without a mark, and characters that tell the separator


def decoded(name: str, data: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32."""
    bom, encoding = _encoding(data)
    try:
        text = data[len(bom) :].decode(encoding)
    except UnicodeDecodeError as error:
        said = f"{name} is not UTF-8 or UTF-16 text (byte {error.start:,})"
        raise EncodingError(said, hint="save it as CSV UTF-8") from error
    if "\0" in text:
        raise EncodingError(f"{name} is not text", hint="give CSV, TSV, JSON, JSONL, XLSX or Markdown")
    return text


def _encoding(data: bytes) -> tuple[bytes, str]:
    """The mark that a file begins with, if it has one, and its encoding."""
    return next((one for one in _BOMS if data.startswith(one[0])), (b"", _unmarked(data[:_SAMPLE])))


def _unmarked(sample: bytes) -> str:
    """UTF-16 of mostly western text has every second byte zero."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 > len(sample):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def read_delimited(name: str, text: str, mark: str = "") -> RawTable:
    """Fields as RFC 4180 has them; without a mark, the one that the first line has most of."""
    return make_raw(name, _fields(name, text, mark or _mark_of(text)))


def rewritten(name: str, data: bytes, kind: str, edits: Edits, width: int, *, raw: bool) -> bytes:
    """A file with some cells written into it, in its own encoding, separator and line ends; lines without any
    are as they were."""
    (bom, encoding), text = _encoding(data), decoded(name, data)
    mark = "\t" if kind == "tsv" else _mark_of(text)
    lines, rows = list(io.StringIO(text, newline="")), list(_fields(name, text, mark))
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=mark, lineterminator="\r\n" if "\r\n" in text else "\n")
    ends = [*(first - 1 for first, _ in rows[1:]), len(lines)]
    for (first, row), end in zip(rows, ends, strict=True):
        new = edits.get(first, {})
        if new or (first in edits and len(row) < width):
            cells = {at: shown.text if raw else harmless(shown.text) for at, shown in new.items()}
            row = [*row, *[""] * (width - len(row))]
            writer.writerow([cells.get(at, text) for at, text in enumerate(row)])
        else:
            out.write("".join(lines[first - 1 : end]))
    return bom + out.getvalue().encode(encoding)


def _mark_of(text: str) -> str:
    """The separator that stands most often in the first line, outside quotation marks."""
    head = text.lstrip()[:_SAMPLE].split("\n", maxsplit=1)[0]
    plain = "".join(head.split('"')[::2])
    return max(_MARKS, key=plain.count)


def _fields(name: str, text: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(max(csv.field_size_limit(), MOST_CHARS * 4))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "limit" in str(error):
                said = f"line {first} of {name}: a field is longer than {MOST_CHARS:,} characters"
                raise TooLargeError(said, hint="is a quotation mark missing before it?") from error
            said = f"line {first} of {name} cannot be read: {error}"
            raise RaggedRowError(said, hint="a quotation mark inside quoted text is written twice") from error
        yield first, row

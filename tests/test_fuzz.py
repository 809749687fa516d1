"""Readers of outside bytes, given anything: an answer or an error of ours. A minute each (-m slow).

`HYPOTHESIS_SECONDS=600 pytest -m slow tests/test_fuzz.py` goes on for longer.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.models.ggufs import small_gguf
from tests.record.sample import all_events
from wideseek_cli.core.errors import RecordError, WideseekError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.engine.remote import sse
from wideseek_cli.facts import served
from wideseek_cli.facts.pagefacts import Shelf
from wideseek_cli.question.reading import read_question
from wideseek_cli.record import codec
from wideseek_cli.settings.projectfile import check_project
from wideseek_cli.settings.tomlfile import parse_toml
from wideseek_cli.sources.fetch.content import Content, read_content
from wideseek_cli.table.markdown import parse_partial, read_answer
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.workers import frames

SECONDS = float(os.environ.get("HYPOTHESIS_SECONDS", "60"))
SLOW_S = 5.0  # for one small input: something grows that should not

pytestmark = [pytest.mark.slow, pytest.mark.timeout(int(SECONDS) + 120)]

MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<p>",
                "</p>",
                "<table>",
                "<tr>",
                "<td>",
                '<td colspan="9">',
                '<td rowspan="99999">',
                "</table>",
            ),
            *("<ul>", "<li>", "<dl>", "<dt>", "<dd>", "<br>", "<sup>[1]</sup>", "<b>", "</b>", "<!--", "-->"),
            *(
                "<script>",
                "</script>",
                "<h1>",
                "<h2>",
                "<a href='//x'>",
                "&amp;",
                "&#0;",
                "text ",
                "1,234 km²",
            ),
            *(
                "| a | b |\n",
                "|---|\n",
                "```\n",
                "# x\n",
                "- x\n",
                "<think>",
                "</think>",
                "\\boxed{",
                "\x00",
                "年",
            ),
        ]
    )
    | st.text(max_size=20),
    max_size=60,
).map("".join)


def _for_a_while(strategy: st.SearchStrategy[Any], check: Callable[[Any], None]) -> None:
    """Examples until the time is over."""
    end = time.monotonic() + SECONDS

    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def run(value: Any) -> None:
        if time.monotonic() > end:
            return
        began = time.process_time()
        check(value)
        assert time.process_time() - began < SLOW_S

    while time.monotonic() < end:
        run()


def test_pages() -> None:
    def check(text: str) -> None:
        data = text.encode("utf-8", "replace")
        for kind in ("text/html", "text/plain", ""):
            content = read_content(data, kind, "http://a.test/", "http://a.test/")
            assert isinstance(content.text, str)

    _for_a_while(MARKUP, check)


def test_answers() -> None:
    def check(text: str) -> None:
        read_answer(text, (), question="list all")
        parse_partial(text)

    _for_a_while(MARKUP, check)


def test_facts() -> None:
    columns = (Column("country", key=True), Column("capital"), Column("area", ColumnType.INT))
    question = "List all countries with capital and area in 2001"

    def check(page: tuple[str, str, str]) -> None:
        text, name, value = page
        content = read_content(text.encode("utf-8", "replace"), "text/html", "", "")
        document = Document("http://a.test/", name, content.text, structure=content.structure)
        table = Table(columns, (Row((Cell(name), Cell(value), Cell("1,234"))),))
        shelf = Shelf()
        judged = served.proved(shelf, [document], table, question)
        assert all(cell.proof for cell in judged.rows[0].cells if cell.status is CellStatus.PROVED)
        asked = read_question(question)
        served.harvested(shelf, [document], asked, columns)
        served.expected(shelf, [document], asked, table, (), ())
        served.sites(shelf, [document], asked, table, [])

    names = st.sampled_from(["Peru", "text", "a", "1,234 km²", "年"]) | st.text(max_size=9)
    prose = st.lists(
        st.sampled_from(["Peru", "Lima", "the capital of ", " is ", ", ", "(", ")", ". ", "in 2001 ", "was "])
    ).map("".join)
    _for_a_while(st.tuples(st.lists(MARKUP | prose, max_size=9).map("<p>".join), names, names), check)


def test_records() -> None:
    bodies = [codec.encode(event) for event in all_events("r1")]

    def check(change: tuple[int, int, str]) -> None:
        number, at, piece = change
        event = bodies[number]
        body = event.body[:at] + piece + event.body[at + len(piece) :]
        with suppress(RecordError):
            codec.decode(event.type, event.format, body, lambda digest: event.texts.get(digest, digest))

    pieces = st.sampled_from(["null", "[", "]", "{", "}", '"', "1e999", "9" * 5000, '{"$text":1}', ","])
    at = st.integers(0, max(len(event.body) for event in bodies))
    _for_a_while(st.tuples(st.integers(0, len(bodies) - 1), at, pieces | st.text(max_size=9)), check)


def test_gguf_headers(tmp_path: Path) -> None:
    whole = small_gguf({"qwen3.block_count": 2, "tokenizer.ggml.tokens": ["a", "b"]}, tensor_bytes=64)
    path = tmp_path / "x.gguf"

    def check(change: tuple[int, bytes]) -> None:
        at, piece = change
        path.write_bytes(whole[:at] + piece + whole[at + len(piece) :])
        with suppress(WideseekError):
            read_header(path)

    _for_a_while(st.tuples(st.integers(0, len(whole)), st.binary(max_size=16)), check)


def test_streams_of_servers() -> None:
    async def chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]

    async def read(data: bytes, size: int) -> None:
        with suppress(sse.TooMuch, sse.BadAnswer):
            async for event in sse.data_of(chunks(data, size)):
                sse.parsed(event)

    def check(value: tuple[bytes, int]) -> None:
        data, size = value
        asyncio.run(read(data, size))

    pieces = st.sampled_from(
        [b"data: ", b"data:", b"\n", b"\r\n", b"[DONE]", b'{"choices": [', b"]}", b"9" * 5000]
    )
    _for_a_while(st.tuples(st.lists(pieces | st.binary(max_size=9)).map(b"".join), st.integers(1, 50)), check)


def test_answers_of_workers() -> None:
    def check(data: bytes) -> None:
        with suppress(frames.BadFrame):
            frames.unpack(data, Content)

    whole = frames.pack("done", read_content(b"<p>text", "text/html", "", ""), 1)
    cut = st.tuples(st.integers(0, len(whole)), st.binary(max_size=9)).map(lambda at: whole[: at[0]] + at[1])
    _for_a_while(st.binary(max_size=200) | cut, check)


def test_settings() -> None:
    pieces = st.sampled_from(
        ["width", "model", " = ", "1", "'x'", "[", "]", "profile.", "\n", "sources", "true"]
    )

    def check(text: str) -> None:
        with suppress(WideseekError):
            check_project(Path("x"), parse_toml(text, Path("x")))

    _for_a_while(st.lists(pieces | st.text(max_size=9)).map("".join), check)

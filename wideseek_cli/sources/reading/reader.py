"""From a page to what was asked: by ranking its passages, or by asking the model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from wideseek_cli.core.aio import aside
from wideseek_cli.core.findings import Page, PageStatus, Reading
from wideseek_cli.core.messages import Opening, ReplyLimits, Sampling, split_thinking
from wideseek_cli.engine.base import Engine
from wideseek_cli.sources.reading.counted import prepare
from wideseek_cli.sources.reading.lists import answering, shown
from wideseek_cli.sources.reading.ranking import choose, speaks_of
from wideseek_cli.sources.reading.terms import guess_tokens

EXTRACT_BUDGET = 700
MODEL_PAGE_BUDGET = 6000
READER_TOKENS = 2048  # of a reply about a page: where thoughts cannot be capped, they are most of it
_MOST_CHARS_A_TOKEN = 6  # a text longer than this is over the budget without counting
_PLACES = re.compile(r"\{page\}|\{need\}")
_PAGES_KEPT = 24
_INLINE = 40_000  # characters that are ranked on the loop; longer pages go to a thread


class ExtractReader:
    """Ranks a page's passages against the need; no model. A need for a list gets the table that answers it,
    in up to `table_budget` tokens."""

    def __init__(
        self,
        budget: int = EXTRACT_BUDGET,
        count: Callable[[str], int] = guess_tokens,
        table_budget: int = 0,
    ) -> None:
        self._budget = budget
        self._table_budget = table_budget
        self._count = count
        self._prepare = lru_cache(maxsize=_PAGES_KEPT)(
            prepare
        )  # several agents read a page, each with its need

    def speaks_of(self, page: Page, need: str) -> bool:
        """Whether there is anything to pick."""
        return speaks_of(self._prepare(page.text, page.title), need)

    async def read(self, page: Page, need: str) -> Reading:
        if page.status is not PageStatus.PAGE:
            return Reading(page.reason)
        if len(page.text) > _INLINE:
            return await aside(lambda: self._read(page, need))
        return self._read(page, need)

    def _read(self, page: Page, need: str) -> Reading:
        if self._table_budget and (found := answering(page, need)):
            return Reading(*shown(found, page, self._table_budget, self._count))
        text, passages = choose(self._prepare(page.text, page.title), need, self._budget, self._count)
        return Reading(text, passages)


class ModelReader:
    """A short conversation that sees one page and one need, as in the model's training: of a page its first
    `page_chars` characters. What the context cannot hold of them is cut by `ExtractReader`; where the model
    has nothing to say, its passages are the answer.

    `prompt` is the system text; `ask` is the user text with `{page}` and `{need}` in it.
    """

    def __init__(
        self,
        engine: Engine,
        prompt: str,
        ask: str,
        *,
        page_budget: int = MODEL_PAGE_BUDGET,
        page_chars: int = 0,
        limits: ReplyLimits | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        self._engine = engine
        self._prompt = prompt
        self._ask = ask
        self._sampling = sampling
        self._limits = limits or ReplyLimits(max_tokens=READER_TOKENS, think_cap=512)
        self._cut = ExtractReader(page_budget, engine.count_tokens)
        self._instead = ExtractReader(EXTRACT_BUDGET, engine.count_tokens)
        self._page_budget, self._page_chars = page_budget, page_chars

    async def read(self, page: Page, need: str) -> Reading:
        if page.status is not PageStatus.PAGE:
            return Reading(page.reason)
        whole = page
        page = replace(page, text=page.text[: self._page_chars or None])
        cut = Reading(page.text)
        longest = self._page_budget * _MOST_CHARS_A_TOKEN
        if len(page.text) > longest or self._engine.count_tokens(page.text) > self._page_budget:
            cut = await self._cut.read(page, need)
        # in one pass: braces in a page are only text
        user = _PLACES.sub(lambda place: cut.text if place.group() == "{page}" else need, self._ask)
        # by page and need, as nobody knows which of many subagents reads first
        drawn = self._sampling.drawn_by(f"{page.url}\n{need}") if self._sampling else None
        opening = Opening(system=self._prompt, user=user, sampling=drawn, label="reader")
        talk = await self._engine.open(opening)
        try:
            reply = await talk.reply(self._limits)
        finally:
            talk.close()
        answer = split_thinking(reply.text)[1]
        return Reading(answer) if answer else await self._instead.read(whole, need)


class BothReaders:
    """Code picks passages; where nothing on the page has a word of the need, the model reads it."""

    def __init__(self, extract: ExtractReader, model: ModelReader) -> None:
        self._extract, self._model = extract, model

    async def read(self, page: Page, need: str) -> Reading:
        if page.status is not PageStatus.PAGE:
            return Reading(page.reason)
        if await aside(lambda: self._extract.speaks_of(page, need)):
            return await self._extract.read(page, need)
        return await self._model.read(page, need)

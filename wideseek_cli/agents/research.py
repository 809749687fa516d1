"""What a subagent and the single agent can do: search, read, and notice when they go round."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.agents.calls import ACCESS, SEARCH, Calls, Items, Query, Target, queries, targets
from wideseek_cli.agents.library import Found, Library, spelled_alike, url_key, urls_in
from wideseek_cli.agents.loop import Answered, Objection
from wideseek_cli.agents.shapes import access_part, search_part
from wideseek_cli.agents.world import World
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.findings import Hit
from wideseek_cli.core.messages import Reply

MOST_PER_TURN = 15  # searches and pages in one reply; a reply that asks for more has lost its way
_GATHERED_CHARS = 6000
_DOC = re.compile(r"\[?\s{0,9}(?:doc|result)?\s{0,9}#?(\d{1,2})\s*\]?", re.IGNORECASE)


@dataclass(frozen=True)
class _Ask:
    """One search or page of a turn."""

    item: Query | Target
    mark: tuple[str, ...]


class ResearchTools:
    """`search` and `access` for one agent."""

    def __init__(self, world: World, library: Library, agent: str) -> None:
        self._world, self._library, self._agent = world, library, agent
        self._done: set[tuple[str, ...]] = set()
        self._rounds = 0  # turns in a row that brought nothing new
        self._notes: list[str] = []  # what pages said
        self._snippets: list[str] = []
        self._hits: tuple[Hit, ...] = ()
        self._objections: set[str] = set()
        self._over = 0  # of this turn's searches and pages, those a budget refused

    @property
    def worked(self) -> bool:
        return bool(self._done)

    async def answer(self, calls: Calls) -> Answered:
        asks, told = self._plan(calls)
        going_round = self._going_round(asks)
        self._over = 0
        parts = await self._world.ender.unless_asked(together(self._one(ask) for ask in asks))
        if going_round:
            told.append(self._told("repeating"))
        for text in told:
            self._world.emit(ev.AgentWarned(self._agent, text))
        return Answered([*parts, *told], stop=self._rounds > 1 or 0 < len(asks) == self._over)

    def recall(self, calls: Calls) -> None:
        asks, _ = self._plan(calls)
        self._going_round(asks)
        self._done.update(ask.mark for ask in asks)

    async def object_to(self, reply: Reply) -> Objection | None:
        """An answer from memory is not taken the first time; with a guiding prompt set, neither is one from
        snippets alone."""
        if not self._done:
            return self._object("search_first")
        if self._world.prompts.guide and self._snippets and not self._notes:
            return self._object("read_first")
        return None

    def _object(self, key: str) -> Objection | None:
        if key in self._objections:
            return None
        self._objections.add(key)
        return Objection(self._told(key), must_call=True)

    def gathered(self) -> str:
        return "\n\n".join(self._notes or self._snippets)[:_GATHERED_CHARS]

    def _plan(self, calls: Calls) -> tuple[list[_Ask], list[str]]:
        """What to do this turn, and what the agent must be told about the rest."""
        limits = self._world.prompts.limits
        asks: list[_Ask] = []
        told = [self._told("malformed", reason=reason) for reason in calls.skipped]
        for call in calls.calls:
            if call.name == SEARCH:
                items, most = queries(call), limits.queries
            elif call.name == ACCESS:
                items, most = targets(call), limits.urls
            else:
                told.append(self._told("unknown_tool", tool=call.name[:60], tools=f"{SEARCH}, {ACCESS}"))
                continue
            told += self._about(items, most)
            asks += [self._ask(item) for item in items.items[:most]]
        if len(asks) > MOST_PER_TURN:
            told.append(self._told("dropped", most=MOST_PER_TURN, given=len(asks)))
        return asks[:MOST_PER_TURN], told

    def _about(self, items: Items, most: int) -> list[str]:
        told = [self._told("wrong_items", number=items.wrong)] if items.wrong else []
        if len(items.items) > most:
            told.append(self._told("dropped", most=most, given=len(items.items)))
        return told

    def _ask(self, item: Query | Target) -> _Ask:
        if isinstance(item, Query):
            return _Ask(item, (SEARCH, " ".join(item.text.casefold().split())))
        item = Target(self._meant(item.url), item.need)
        known = "known" if self._library.knows(item.url) else ""  # a refused address may be linked to later
        return _Ask(item, (ACCESS, url_key(item.url), " ".join(item.need.casefold().split()), known))

    def _meant(self, url: str) -> str:
        """A hit named by its number or title instead of its address."""
        number = _DOC.fullmatch(url.strip())
        if number and 0 < int(number[1]) <= len(self._hits):
            return self._hits[int(number[1]) - 1].url
        if self._library.knows(url):
            return url
        title = url.strip().casefold()
        named = [h.url for h in self._hits if h.title.casefold() == title or spelled_alike(h.url, url)]
        inside = [found for found in urls_in(url) if self._library.knows(found)]  # `Peru (https://…)`
        return next(iter((*named, *inside)), url)

    def _going_round(self, asks: Sequence[_Ask]) -> bool:
        """Nothing in this turn is new. Told once; the second time the agent must answer."""
        if any(ask.mark not in self._done for ask in asks):
            self._rounds = 0
            return False
        self._rounds += 1
        return self._rounds == 1 and bool(asks)

    async def _one(self, ask: _Ask) -> str:
        prompts, item = self._world.prompts, ask.item
        again = ask.mark in self._done
        if isinstance(item, Query):
            if again:
                return search_part(prompts, item.text, prompts.fill("search.repeated", query=item.text))
            found = await self._library.search(self._agent, item)
            self._hits = found.hits or self._hits
            self._keep(ask, found)
            return search_part(prompts, item.text, found.text)
        if again:
            known = "repeated" if self._library.knows(item.url) else "unknown_url"
            return access_part(prompts, item.url, item.need, prompts.fill(f"access.{known}", url=item.url))
        found = await self._library.read(self._agent, item)
        self._keep(ask, found)
        return access_part(prompts, item.url, item.need, found.text, found.title)

    def _keep(self, ask: _Ask, found: Found) -> None:
        self._over += found.over
        if found.settled:
            self._done.add(ask.mark)
        if found.good:
            notes = self._snippets if isinstance(ask.item, Query) else self._notes
            notes.append(found.text)

    def _told(self, key: str, **words: object) -> str:
        return self._world.prompts.fill(f"told.{key}", **words)

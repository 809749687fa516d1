"""A made-up world to ask about: sources that search and read it, and agents' words that answer questions."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.scripted import Play, ScriptedEngine, by_label
from wideseek_cli.core.errors import SearchBlockedError
from wideseek_cli.core.findings import Hit, Page, PageStatus, Reading, SearchResult
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, Opening, Turn
from wideseek_cli.table.columns import parse_columns

QUESTION = "List all colleges of Ardovia with city and founding year."
COLUMNS = parse_columns("college, city, founded:int")
LIST_URL = "fake://ardovia/list"


@dataclass(frozen=True)
class College:
    name: str
    city: str
    founded: int

    @property
    def url(self) -> str:
        return "fake://ardovia/" + self.name.replace(" ", "_")


def colleges(count: int) -> list[College]:
    """The same ones every time."""
    draw = random.Random(7)
    syllables = [
        "bra",
        "ven",
        "tol",
        "mir",
        "gus",
        "pel",
        "dor",
        "kha",
        "lin",
        "ost",
        "rum",
        "zef",
        "wic",
        "jun",
    ]
    names: dict[str, None] = {}
    while len(names) < 2 * count:
        names["".join(draw.sample(syllables, 3)).title()] = None
    words = list(names)
    return [College(f"{words[n]} College", words[count + n], 1500 + 3 * n) for n in range(count)]


@dataclass
class FakeSources:
    """Search, pages and reader over the colleges, with the failures a test asks for."""

    places: Sequence[College]
    dead: frozenset[str] = frozenset()
    blocked: bool = False
    slow: float = 0.0
    extra: dict[str, str] = field(default_factory=dict)
    guides: dict[str, College] = field(default_factory=dict)  # other pages, by address, and what they say
    guide_title: str = "{name} | A guide"
    links: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tabled: bool = False  # the list is a table with all that is known
    searched: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    name = "fake"

    @property
    def pages(self) -> FakeSources:
        return self

    @property
    def reader(self) -> FakeSources:
        return self

    async def search_for(self, query: str, count: int) -> SearchResult:
        self.searched.append(query)
        await asyncio.sleep(self.slow)
        if self.blocked:
            raise SearchBlockedError("fake refused: too many requests")
        asked = set(re.findall(r"\w+", query.lower()))
        hits = [
            Hit(place.url, place.name, f"{place.name} is a college in Ardovia.", "fake")
            for place in self.places
            if place.name.split()[0].lower() in asked
        ]
        hits += [
            Hit(url, self.guide_title.format(name=place.name), "What is known.", "fake")
            for url, place in self.guides.items()
            if place.name.split()[0].lower() in asked
        ]
        if "list" in asked or {"colleges", "ardovia"} <= asked:
            hits.insert(0, Hit(LIST_URL, "Colleges of Ardovia", "All colleges.", "fake"))
        return SearchResult(query, tuple(hits[:count]), "fake")

    @property
    def search(self) -> _Search:
        return _Search(self)

    async def fetch(self, url: str) -> Page:
        self.fetched.append(url)
        if url in self.dead:
            return Page(url, url, PageStatus.GONE, reason="The page does not exist any more.")
        if url == LIST_URL:
            lines = [f"- {place.name}" for place in self.places]
            if self.tabled:
                rows = [f"| {p.name} | {p.city} | {p.founded} |" for p in self.places]
                lines = ["| College | City | Founded |", "| --- | --- | --- |", *rows]
            text = "# Colleges of Ardovia\n\n" + "\n".join(lines)
            return Page(url, url, PageStatus.PAGE, "Colleges of Ardovia", text, links=self.links.get(url, ()))
        place = self.guides.get(url) or next((place for place in self.places if place.url == url), None)
        if place is None:
            return Page(url, url, PageStatus.GONE, reason="There is no such page.")
        title = self.guide_title.format(name=place.name) if url in self.guides else place.name
        text = f"# {title}\n\n- City: {place.city}\n- Founded: {place.founded}\n" + self.extra.get(url, "")
        return Page(url, url, PageStatus.PAGE, title, text, "2026-01-02T03:04:05+00:00")

    async def read(self, page: Page, need: str) -> Reading:
        return Reading(page.text)

    async def aclose(self) -> None:
        return


@dataclass(frozen=True)
class _Search:
    sources: FakeSources

    @property
    def name(self) -> str:
        return self.sources.name

    async def search(self, query: str, count: int) -> SearchResult:
        return await self.sources.search_for(query, count)

    async def aclose(self) -> None:
        return


def call(tool: str, **arguments: object) -> str:
    return f"{CALL_OPEN}\n{json.dumps({'name': tool, 'arguments': arguments})}\n{CALL_CLOSE}"


def delegate(*tasks: str) -> str:
    return call("create_sub_agents", sub_agents=[{"prompt": task} for task in tasks])


def search(*words: str) -> str:
    return call("search", queries=[{"query": query} for query in words])


def access(*urls: str, need: str = "city and founding year") -> str:
    return call("access", urls=[{"url": url, "info_to_extract": need} for url in urls])


def table(rows: Sequence[Sequence[object]], header: Sequence[str] = ("college", "city", "founded")) -> str:
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in (header, ["---"] * len(header), *rows)]
    return "```markdown\n" + "\n".join(lines) + "\n```"


def task_for(place: College) -> str:
    return f"Find the city and the founding year of {place.name}."


def good_lead(places: Sequence[College], width: int = 10):
    """Finds the names first, sends out waves, tries what failed once more, writes what was reported."""

    def play(opening: Opening, turns: Sequence[Turn]) -> str:
        if not turns:
            return "<think>First the names.</think>\n" + delegate("List all colleges of Ardovia.")
        known = reported(turns)
        open_tasks = [place for place in places if place.name not in known]
        tried = sum(turn.reply.text.count("Find the city") for turn in turns)
        if open_tasks and tried < 2 * len(places) and "final answer now" not in (turns[-1].tool_result or ""):
            return "<think>Next.</think>\n" + delegate(*(task_for(place) for place in open_tasks[:width]))
        return "<think>Done.</think>\n" + table(list(known.values()))

    return play


def reported(turns: Sequence[Turn]) -> dict[str, tuple[str, str, str]]:
    """What reports have told the lead: name, city, year."""
    known: dict[str, tuple[str, str, str]] = {}
    for turn in turns:
        for name, city, year in re.findall(
            r"Report on (.+?)\n- City: (.+?)\n- Founded: (\d+)", turn.tool_result or ""
        ):
            known[name] = (name, city, year)
    return known


def good_subagent(opening: Opening, turns: Sequence[Turn]) -> str | Play:
    """Searches for what its subtask names, reads the page, or a guide where that is dead, and reports."""
    task = opening.user.split("\n\n")[1]
    wanted = re.search(r"(?:of|about) (\w+ College)", task)
    if wanted is None:
        return [search("list of colleges in Ardovia"), access(LIST_URL, need="the names"), _names(turns)][
            min(len(turns), 2)
        ]
    name = wanted[1]
    url = "fake://ardovia/" + name.replace(" ", "_")
    if len(turns) == 0:
        return search(name)
    if len(turns) == 1:
        return access(url)
    facts = re.search(r"- City: (.+)\n- Founded: (\d+)", turns[-1].tool_result or "")
    guide = re.search(r"fake://guide/\w+", turns[0].tool_result or "")
    if facts is None and len(turns) == 2 and guide is not None:
        return access(guide[0])
    if facts is None:
        return f"The page about {name} could not be read; nothing was found."
    return f"<think>There.</think>\nReport on {name}\n- City: {facts[1]}\n- Founded: {facts[2]}"


def _names(turns: Sequence[Turn]) -> str:
    found = re.findall(r"^- (\w+ College)$", turns[-1].tool_result or "", re.MULTILINE) if turns else []
    return "The colleges are:\n" + "\n".join(f"- {name}" for name in found)


def engine_for(places: Sequence[College], lead=None, **others) -> ScriptedEngine:
    """An engine whose lead and subagents are good, except those given by label (`w2_s3`)."""
    scripts = {name.replace("_", "."): script for name, script in others.items()}
    return ScriptedEngine(by_label({"lead": lead or good_lead(places), "w.s": good_subagent, **scripts}))


class ListJournal:
    """Keeps the events of a run in memory, and can break after some of them."""

    def __init__(self, run: str = "test", most: int | None = None) -> None:
        self.run, self.most = run, most
        self.events: list[object] = []

    def commit(self, event: object) -> None:
        if self.most is not None and len(self.events) >= self.most:
            raise Cut
        self.events.append(event)


class Cut(BaseException):
    """The process dies here."""

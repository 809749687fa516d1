"""No function that takes text takes more than in proportion to its length.

Every public function of the rooms below that is handed text is found by looking, so that a new one is tested
without being named (`pumped.py` makes its arguments). Each gets strings that repeat a short piece n, 2n and
4n times.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.pumped import calls, function_of, places_of

ROOMS = (
    *("values", "pages", "facts", "table", "question", "export", "sources", "agents", "core", "settings"),
    *("engine.chat", "engine.remote"),
)
# Those that are not pumped, by the reason.
EXEMPT = {
    "takes the name of a file, not text": {
        "core.paths:expanded",
        "core.protected:check_output",
        "core.protected:same_file",
        "sources.offline.corpusfile:read_file",
        "sources.offline.inworker:list_zim",
        "sources.offline.inworker:open_zim",
        "sources.offline.inworker:read_zim",
        "sources.offline.inworker:search_zim",
        "sources.offline.task:ask",
        "sources.offline.task:call",
        "sources.offline.task:failure",
        "sources.offline.task:try_to_open",
        "sources.opening:open_page_sources",
    },
    "writes what is pumped elsewhere": {
        "export.database:write_sqlite",
        "export.output:write_out",
        "export.output:write_text",
        "export.plainforms:render_csv",
        "export.webpage:render_html",
        "export.xlsx:write_xlsx",
        "table.changes:as_json",
        "table.changes:as_mail",
        "tablefile.workbook:write_edits",
    },
    "asks the network; its answers are read within limits": {
        "engine.remote.sse:data_of",
        "engine.remote.sse:whole",
        "sources.fetch.body:read_body",
        "sources.search.ddgs:ask_ddgs",
        "sources.search.hits:hits_from",
    },
    "takes elements; pages.html:read_html and read_all are pumped": {
        "pages.elements.cells:collect",
        "pages.elements.cells:raised",
        "pages.elements.maintext:find_main",
        "pages.elements.menus:is_menu",
        "pages.render:write_facts",
        "sources.offline.lean:lean_html",
    },
    "a step of what is pumped: facts.served:proved and harvested, question.reading": {
        "facts.rows.answering:named_in",
        "facts.constructions:bracketed",
        "facts.clauses:filled",
        "facts.match:is_key",
        "facts.sentences:judge",
        "facts.served:ask_facts",
        "facts.subjects:meant",
        "facts.subjects:subjects",
        "question.stated:without",
    },
    "takes what was parsed before, of bounded size": {
        "agents.fitting:fitted",
        "agents.shapes:user_text",
        "core.steering:permits",
        "engine.chat:without_system",
        "engine.remote.answer:number",
        "engine.remote.listing:entry_of",
        "engine.remote.listing:served",
        "engine.remote.refusals:refusal",
        "settings.convert:convert",
        "settings.layers:from_plain",
        "settings.projectfile:check_project",
        "settings.tomlfile:parse_toml",
        "sources.offline.rank:keep_words",
        "sources.offline.rank:nearness",
        "sources.offline.rank:rank",
        "sources.offline.rank:spelled_alike",
        "sources.offline.rank:weights",
        "table.expected:estimate_of",
        "tablefile.given:headed",
        "tablefile.raw:make_raw",
    },
}
# A piece of a repeated text each; ¦ is between them.
_WRITTEN = (
    "\\¦a¦A¦1¦ ¦\n¦\t¦|¦-¦.¦,¦(¦)¦[¦]¦{¦}¦<¦>¦*¦_¦`¦~¦#¦:¦;¦'¦\"¦=¦&¦%¦+¦/¦^¦$¦€¦é¦年¦\u200b¦́¦\x00¦–¦"
    "…¦“¦中¦ß¦İ¦\r\n¦\n\n¦\n \n¦ \n¦, ¦113-¦1.000.¦1,000,¦1 000 ¦12/¦3/4/¦2001-¦1-2-¦19¦1990¦1990s ¦"
    "May ¦May 3, ¦3 May ¦of ¦the ¦and ¦and the ¦in 1999 ¦A. ¦St. ¦Mr. ¦| a ¦|--¦| - ¦||¦|\n¦"
    "| a | b |\n¦|---|---|\n¦a | b\n¦- a\n¦1. a\n¦* ¦** ¦**a**¦__¦_a_¦`a`¦```\n¦~~~¦# a\n¦## ¦> ¦>> ¦"
    "\\|¦\\\\¦[a](b)¦[a](¦![¦[1]¦[note ¦[a¦](¦(a)¦((¦(a¦a)¦<b>¦</b>¦<br>¦<sup>¦<p¦<!--¦-->¦&amp;¦&#¦"
    '&#x¦<think>¦</think>¦<tool_call>¦```json¦{"a":¦"a",¦[[¦{}¦{"¦\\"¦a:¦a: b\n¦a:\n¦Name: ¦'
    "Founded: 1999\n¦a=b&¦?a=b¦http://¦http://a.b/¦a.b.¦a/¦../¦//¦www.¦@¦a@b.¦%41¦://¦\\boxed{¦\\n¦"
    "a b ¦a-b-¦a's ¦Aa¦AaBb¦A B ¦aA¦a1¦1a¦1 a ¦$1 ¦1%¦-1¦+-¦1e¦1e9¦0x¦½¦²¦10^¦km² ¦1 km ¦million ¦"
    "1.5 million ¦c. ¦said ¦was founded in ¦not ¦is the ¦born ¦please list ¦, a ¦; ¦ - ¦ – ¦o'¦''"
)
PIECES = _WRITTEN.split("¦")
COUNT = 600  # repetitions, the first time
FLOOR = 0.02  # seconds; what is quicker than this is quick enough to be noise
GROWTH = 7.0  # of the time for four times the text; a square makes it 16
LIMIT = 1.0  # seconds that the longest may take whatever it grew from


def _seconds(place: str, text: str) -> list[float]:
    """CPU time, for each argument that the text was given as."""
    function = function_of(place)
    took = []
    for call in calls(getattr(function, "__wrapped__", function), text):
        began = time.process_time()
        try:
            made = call()
            if isinstance(made, Iterator):
                for _ in made:
                    pass
        except TypeError:  # it was called wrongly
            raise
        except Exception:  # what it says of such a text is tested elsewhere
            pass
        took.append(time.process_time() - began)
    return took


def superlinear(place: str, piece: str) -> str:
    """How the time grows with the text, where that is faster than the text does; "" otherwise."""
    count = max(1, COUNT * 4 // (3 + len(piece)))
    if max(_seconds(place, piece * (4 * count))) < FLOOR:
        return ""
    runs = [[_seconds(place, piece * (n * count)) for _ in range(2)] for n in (1, 2, 4)]
    for times in zip(*(map(min, zip(*run, strict=True)) for run in runs), strict=True):
        if times[2] >= FLOOR and (times[2] >= GROWTH * max(times[0], FLOOR / 8) or times[2] >= LIMIT):
            return f"{piece!r} x {count}, x2, x4: {', '.join(f'{t * 1000:.0f}' for t in times)} ms"
    return ""


PUMPED = [place for place, can in places_of(ROOMS) if can and place not in set().union(*EXEMPT.values())]


def test_every_function_is_pumped_or_has_a_reason() -> None:
    """A new one whose arguments `pumped.py` cannot make: add its type there, or the function to EXEMPT."""
    exempt: set[str] = set().union(*EXEMPT.values())
    assert not {place for place, can in places_of(ROOMS) if not can} - exempt
    assert len(PUMPED) > 150


@pytest.mark.slow
def test_no_reason_is_left_of_what_is_gone() -> None:
    assert set().union(*EXEMPT.values()) <= dict(places_of(ROOMS)).keys()


@pytest.mark.slow
@pytest.mark.parametrize("place", PUMPED)
def test_time_grows_with_the_text(place: str) -> None:
    slow = [told for piece in PIECES if (told := superlinear(place, piece))]
    assert not slow, "\n".join([place, *slow])

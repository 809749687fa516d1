"""Where a cell's proof stands, and who brought it: for every screen that explains a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from wideseek_cli.core import events as ev
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.table.model import Document, Proof

AROUND = 240  # characters of the page on each side of the quote


@dataclass(frozen=True)
class Excerpt:
    """A quote with what stands around it, clean; `kind` is the document's, empty if it was not kept."""

    before: str
    quote: str
    after: str
    kind: str = ""


def documents_of(documents: Mapping[tuple[str, str], Document], proof: Proof) -> list[Document]:
    """The saved texts at the proof's address, the page before the snippet."""
    kept = (documents.get((kind, proof.url)) for kind in ("page", "snippet"))
    return [document for document in kept if document is not None]


def excerpt(proof: Proof, documents: list[Document]) -> Excerpt:
    """The quote where it stands."""
    for document in documents:
        text = document.text
        at, end = _place(text, proof)
        if at >= 0:
            before, after = text[max(0, at - AROUND) : at], text[end : end + AROUND]
            lead, trail = "…" if at > AROUND else "", "…" if end + AROUND < len(text) else ""
            quote = clean_text(text[at:end])
            return Excerpt(clean_text(lead + before), quote, clean_text(after + trail), document.kind)
    return Excerpt("", clean_text(proof.quote), "", documents[0].kind if documents else "")


def _place(text: str, proof: Proof) -> tuple[int, int]:
    """Where the quote stands, or (-1, -1). A quote is shown without markup and behind its heading: only its
    letters and digits have to be there."""
    found = _bare(text[proof.start : proof.end])
    if found and found in _bare(proof.quote):
        return proof.start, proof.end
    at = text.find(proof.quote)
    return (at, at + len(proof.quote)) if at >= 0 else (-1, -1)


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@dataclass
class Finders:
    """Which agents read a page, or else whose search brought it."""

    _tasks: dict[str, str] = field(default_factory=dict)
    _readers: dict[str, dict[str, None]] = field(default_factory=dict)  # by address
    _searchers: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[ev.Event]) -> Finders:
        """Those of a run."""
        finders = cls()
        for event in events:
            finders.hear(event)
        return finders

    def hear(self, event: ev.Event) -> None:
        """What a new event says of it."""
        match event:
            case ev.AgentStarted():
                self._tasks[event.agent] = event.task
            case ev.PageRead():
                self._readers.setdefault(event.url, {})[event.agent] = None
            case ev.Searched():
                for hit in event.hits:
                    self._searchers.setdefault(hit.url, {}).setdefault(event.agent, event.query)
            case _:
                pass

    def of_page(self, url: str) -> Iterator[str]:
        """Each finder with its task, in words."""
        readers, searchers = self._readers.get(url), self._searchers.get(url, {})
        for agent in readers or searchers:
            how = [clean_line(self._tasks[agent], 80)] if self._tasks.get(agent) else []
            how += [] if readers else [f"searching {clean_line(searchers[agent], 60)!r}"]
            yield f"{agent} ({', '.join(how)})" if how else agent

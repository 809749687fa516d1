"""Transcripts into packs: several in one row of tokens, a shared beginning kept only once."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PACK = 1024  # tokens
OPEN = 8  # packs that are filled at the same time


@dataclass(frozen=True)
class Transcript:
    """One agent's tokens, and which ranges of them it said."""

    run: str  # the question it belongs to
    role: str
    ids: tuple[int, ...]
    said: tuple[tuple[int, int], ...]


@dataclass
class Pack:
    """Tokens side by side. A span is (start, end, start of the span it follows, or -1)."""

    ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    spans: list[tuple[int, int, int]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)  # whose next token is learnt
    targets: list[int] = field(default_factory=list)

    def add(self, ids: Sequence[int], first: int, after: int) -> int:
        """Append a span whose first token stands at position `first`; where it starts in the pack."""
        start = len(self.ids)
        self.ids += ids
        self.positions += range(first, first + len(ids))
        self.spans.append((start, len(self.ids), after))
        return start


def read(path: Path, longest: int) -> list[Transcript]:
    """The transcripts of a harvest, over-long ones left out."""
    found = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            item = json.loads(line)
            if len(item["ids"]) <= longest:
                said = tuple((start, end) for start, end in item["said"])
                found.append(Transcript(f"{path.stem}-{item['run']}", item["role"], tuple(item["ids"]), said))
    return found


def packs(transcripts: Iterable[Transcript], rng: random.Random, size: int = PACK) -> list[Pack]:
    """Everything once, in a random order; the subagents of a run stay together and share their beginning."""
    groups: dict[tuple[str, str], list[Transcript]] = {}
    for transcript in transcripts:
        groups.setdefault((transcript.run, transcript.role), []).append(transcript)
    order = list(groups.values())
    rng.shuffle(order)
    made: list[Pack] = []
    for group in order:
        for part in fitting(group, size):
            cost = _cost(part)
            pack = next((pack for pack in made[-OPEN:] if len(pack.ids) + cost <= size), None)
            if pack is None:
                pack = Pack()
                made.append(pack)
            place(pack, part)
    return made


def fitting(group: Sequence[Transcript], size: int) -> Iterable[list[Transcript]]:
    """A group in parts that fit a pack."""
    part: list[Transcript] = []
    for transcript in group:
        if part and _cost([*part, transcript]) > size:
            yield part
            part = []
        part.append(transcript)
    if part:
        yield part


def _shared(group: Sequence[Transcript]) -> int:
    """How many tokens all begin with, before anybody speaks."""
    if len(group) < 2:
        return 0
    first, most = group[0].ids, min(item.said[0][0] - 1 for item in group)
    same = 0
    while same < most and all(item.ids[same] == first[same] for item in group):
        same += 1
    return same


def _cost(group: Sequence[Transcript]) -> int:
    return sum(len(item.ids) for item in group) - (len(group) - 1) * _shared(group)


def place(pack: Pack, group: Sequence[Transcript]) -> None:
    """Put transcripts into a pack, what all begin with only once; places and targets follow in order."""
    shared = _shared(group)
    trunk = pack.add(group[0].ids[:shared], 0, -1) if shared else -1
    for item in group:
        # the last token is only ever a target
        start = pack.add(item.ids[shared:-1], shared, trunk)
        for begin, end in item.said:
            for at in range(begin, end):
                pack.places.append(start + at - 1 - shared)
                pack.targets.append(item.ids[at])

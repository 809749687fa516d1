"""How the checks on held-out worlds count."""

from __future__ import annotations

import random

import pytest

from models.demo import checks, worlds
from wideseek_cli.core.events import Replied
from wideseek_cli.core.messages import Stop
from wideseek_cli.eval.questions.factbook_fields import FIELDS, text_of
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS
from wideseek_cli.sources.offline.factbook import load_countries

CALL = '<tool_call>\n{"name": "search", "arguments": {"queries": [{"query": "Peru"}]}}\n</tool_call>'


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        (CALL, True),
        (CALL.replace("]}}", "]}"), False),
        (CALL.replace("search", "look"), False),
        (CALL.replace("</tool_call>", ""), False),
        (CALL.replace('"Peru"', "7"), False),
        (CALL.replace('[{"query": "Peru"}]', "[]"), False),
    ],
)
def test_a_call_counts_only_when_it_is_whole(reply: str, good: bool) -> None:
    tally = checks.Tally()
    said = f"<think>Search.</think>\n{reply}"
    tally.hear(Replied("w1.s1", 1, said, token_ids=(), stop=Stop.END, context_tokens=1, seconds=0.1))
    assert tally.calls == {good: 1}
    assert bool(tally.wrong) is not good


@pytest.mark.slow
def test_absent_fields_are_told_from_altered_ones() -> None:
    world = worlds.factbook(random.Random(3), SPLIT_REGIONS["dev"], 1.0, FIELDS["dev"])
    true = {country.title: country for country in load_countries()}
    item = next(item for item in FIELDS["dev"] if item.name == "birth rate")

    def is_altered(thing: worlds.Thing) -> bool:
        fact = thing.facts.get(item.name)
        page = item.clean(fact.text) if fact else ""
        return bool(page) and page != item.clean(text_of(true[thing.name], item))

    thing = next(thing for thing in world.things() if is_altered(thing))
    asked = checks.Asked((thing,), ("birth rate", checks.ABSENT[0]))
    said = {
        "followed": thing.facts["birth rate"].value,
        "remembered": text_of(true[thing.name], item),
        "other": "999 births",
    }
    for outcome, value in said.items():
        tally = checks.Tally()
        report = f"# {thing.name}\n- birth rate: {value}\n- {checks.ABSENT[0]}: not found"
        checks.judge(asked, [(asked.tasks()[0], report)], "dev", tally)
        assert tally.altered == {outcome: 1}
        assert tally.absent == {True: 1}
    tally = checks.Tally()
    checks.judge(asked, [(asked.tasks()[0], f"- {checks.ABSENT[0]}: 12 m")], "dev", tally)
    assert tally.absent == {False: 1}
    assert tally.altered == {"not found": 1}
    assert "1 of 1 answered" in tally.told()


@pytest.mark.slow
def test_no_page_states_what_is_called_absent() -> None:
    titles = {title.lower() for c in load_countries() for f in c.sections.values() for title in f}
    labels = {
        label.lower()
        for c in load_countries()
        for f in c.sections.values()
        for v in f.values()
        for label in v
    }
    assert not {name for name in checks.ABSENT if any(name in text for text in titles | labels)}

"""The extract reader keeps the answer, within its budget."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.scripted import Play, ScriptedEngine, by_label
from tests.sources.factbook_needs import NEEDS
from wideseek_cli.core.errors import DecodeError
from wideseek_cli.core.findings import Page, PageStatus, Reading
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.html import read_all
from wideseek_cli.sources.offline.factbook import Country, country_html
from wideseek_cli.sources.offline.zim import ZimSource
from wideseek_cli.sources.reading.counted import count_words, prepare
from wideseek_cli.sources.reading.passages import cut
from wideseek_cli.sources.reading.ranking import best_snippet, choose
from wideseek_cli.sources.reading.reader import BothReaders, ExtractReader, ModelReader
from wideseek_cli.sources.reading.terms import guess_tokens

BUDGET = 400


def _text(country: Country) -> str:
    return read_all(country_html(country)).text


def _pairs(countries: Sequence[Country]) -> list[tuple[Country, str, str]]:
    """(country, need, answer): every fourth country in turn, each with the next five needs."""
    needs = list(NEEDS.items())
    found = []
    for number, country in enumerate([c for c in countries if c.sovereign][::4]):
        start = number * 5 % len(needs)
        for need, (section, field, label) in islice(needs * 2, start, start + 5):
            value = country.sections.get(section, {}).get(field, {}).get(label)
            if value:
                found.append((country, need, value.split("\n")[0][:200]))
    return found


@pytest.mark.slow
def test_the_answer_is_inside_the_budget(countries: Sequence[Country]) -> None:
    pairs = _pairs(countries)
    kept = 0
    pages = {c.slug: prepare(_text(c), c.title) for c, _, _ in pairs}
    for country, need, answer in pairs:
        text, passages = choose(pages[country.slug], need, BUDGET)
        assert guess_tokens(text) <= BUDGET * 1.05  # the glue between passages is counted apart
        kept += any(answer in passage.text for passage in passages)
    assert len(pairs) >= 200
    assert kept / len(pairs) >= 0.95


@pytest.mark.slow
def test_a_need_in_three_parts_gets_them_all(countries: Sequence[Country]) -> None:
    needs = list(NEEDS.items())
    kept = asked = 0
    for number, country in enumerate([c for c in countries if c.sovereign][::6]):
        parts = [needs[(number * 7 + step * 11) % len(needs)] for step in range(3)]
        page = prepare(_text(country), country.title)
        _, passages = choose(page, ", ".join(need for need, _ in parts), BUDGET)
        for _, (section, field, label) in parts:
            answer = country.sections.get(section, {}).get(field, {}).get(label, "").split("\n")[0][:200]
            asked += bool(answer)
            kept += bool(answer) and any(answer in passage.text for passage in passages)
    assert asked > 80
    assert kept / asked >= 0.95


async def test_passages_stand_in_the_page_in_its_order(countries: Sequence[Country]) -> None:
    text = _text(next(c for c in countries if c.title == "Peru"))
    reading = await ExtractReader(BUDGET).read(
        Page("u", "u", PageStatus.PAGE, "Peru", text), "area and median age"
    )
    assert [text[p.start : p.end] for p in reading.passages] == [p.text for p in reading.passages]
    assert list(reading.passages) == sorted(reading.passages, key=lambda p: p.start)
    assert "### Median age" in reading.text
    assert "## People and Society" in reading.text


async def test_a_page_within_the_budget_is_shown_whole(factbook: ZimSource) -> None:
    """Of a list of countries no name may be lost because another part of the page has a word of the need."""
    page = await factbook.fetch("zim://factbook/region/africa")
    reading = await ExtractReader(BUDGET).read(page, "capital and area of each country")
    assert reading.text.split() == page.text.split()
    assert any("- Zimbabwe" in passage.text for passage in reading.passages)


async def test_a_row_of_a_table_brings_its_header() -> None:
    rows = "\n".join(f"| Peak {i} | {4000 + i} m | Range {i % 7} |" for i in range(300))
    text = f"# Peaks\n\nAll peaks.\n\n## The list\n\n| Name | Height | Range |\n| --- | --- | --- |\n{rows}"
    reading = await ExtractReader(150).read(
        Page("u", "u", PageStatus.PAGE, "Peaks", text), "height of Peak 217"
    )
    assert "| Peak 217 | 4217 m | Range 0 |" in reading.text
    assert reading.text.index("| Name | Height | Range |") < reading.text.index("Peak 217")
    assert "## The list" in reading.text
    assert guess_tokens(reading.text) <= 160


async def test_nothing_about_the_need_gives_the_beginning() -> None:
    text = "# Title\n\nThe opening words.\n\n" + "\n\n".join(f"Paragraph {i} of it." for i in range(400))
    reading = await ExtractReader(60).read(Page("u", "u", PageStatus.PAGE, "T", text), "xylophone")
    assert reading.text.startswith("# Title\nThe opening words.")


async def test_one_endless_line_is_cut_to_the_budget() -> None:
    page = Page("u", "u", PageStatus.PAGE, "T", "word " * 40_000)
    reading = await ExtractReader(100).read(page, "word")
    assert 0 < guess_tokens(reading.text) <= 110


async def test_a_page_that_is_none_gives_its_reason() -> None:
    page = Page("u", "u", PageStatus.BLOCKED, reason="The site shows a login.")
    assert (await ExtractReader().read(page, "x")).text == "The site shows a login."


def _fields(count: int) -> str:
    return "# Things\n" + "\n".join(
        f"## Field number{n} of the page\n\nIn the year 19{n:02} it was said that number{n} is value{n}.\n"
        for n in range(count)
    )


def test_of_more_parts_than_fit_the_first_are_answered() -> None:
    page = prepare(_fields(30), "Things")
    for parts in (2, 6, 12, 30, 400):
        text, _ = choose(page, ", ".join(f"number{n % 30}" for n in range(parts)), 200)
        answered = sum(f"is value{n}." in text for n in range(30))
        assert answered >= min(parts, 4)
        assert guess_tokens(text) <= 200 * 1.05


@pytest.mark.parametrize("parts", [1, 3, 12, 40])
def test_long_headings_stay_within_the_budget(parts: int) -> None:
    text = "\n".join(f"## {'word ' * 80}part{n}\n\n{'Text of it. ' * 30}part{n}\n" for n in range(60))
    shown, _ = choose(prepare(text), ", ".join(f"part{n}" for n in range(parts)), 260)
    assert guess_tokens(shown) <= 260 * 1.05


def test_a_cut_never_goes_through_a_number_and_is_marked() -> None:
    long = "The town has had people for long, and at the last count its population was 31,237,385 persons. "
    text = f"# Town\n\n## People\n\n{long * 12}\n\n## Land\n\nThe area is 5,128 sq km. {'More of it. ' * 40}"
    for budget in range(30, 120):
        shown, _ = choose(prepare(text), "population, area, capital", budget)
        assert {number.rstrip(".,") for number in re.findall(r"\d[\d,.]*", shown)} <= {"31,237,385", "5,128"}
    shown, _ = choose(prepare(text), "population, area", 120)
    assert "[…]" in shown


@pytest.mark.parametrize("need", ["over, population", "population and over", "who, what", "and, and"])
def test_a_part_of_little_words_is_no_part(need: str) -> None:
    text = "# Peru\n\n" + "Some words. " * 40 + "\n\n## Population\n\n- total: 34\n"
    shown, _ = choose(prepare(text, "Peru"), need, 60)
    assert ("total: 34" in shown) is ("population" in need)


def test_the_words_of_the_title_are_no_part_of_a_need() -> None:
    text = "# Trinidad and Tobago\n\n" + "\n\n".join(
        f"## {head}\n\n{body}"
        for head, body in {
            "Background": "Trinidad was first seen in 1498. " * 12,
            "Capital": "- name: Port of Spain",
            "Area": "- total: 5,128 sq km",
        }.items()
    )
    shown, _ = choose(prepare(text, "Trinidad and Tobago"), "Trinidad and Tobago: capital, area", 60)
    assert "Port of Spain" in shown
    assert "5,128" in shown
    assert "1498" not in shown


def test_of_a_long_section_the_value_comes_first(countries: Sequence[Country]) -> None:
    """The etymology is a shorter passage of the same heading."""
    page = prepare(_text(next(c for c in countries if c.title == "Chile")), "Chile")
    text, _ = choose(page, "capital, internet country code", 260)
    assert "name: Santiago" in text
    assert ".cl" in text


def test_a_line_that_is_headed_by_the_part_comes_before_a_mention() -> None:
    mention = "The population of the capital grows; population and population growth rates differ. " * 3
    text = f"# X\n\n## Economy\n\n{mention}\n\n## Population\n\n- total: 42\n\n## Capital\n\n- name: Lima\n"
    text += "".join(f"\n## Other {n}\n\nThe population and the capital once more.\n" for n in range(40))
    shown, _ = choose(prepare(text, "X"), "population, capital", 40)
    assert "total: 42" in shown
    assert "name: Lima" in shown


async def test_chinese() -> None:
    text = (
        "# 巴拉圭\n\n南美洲的内陆国。\n\n## 首都\n\n首都是亚松森，也是最大的城市。\n\n## 面积\n\n面积406752。"
    )
    page = Page("u", "u", PageStatus.PAGE, "巴拉圭", text)
    reading = await ExtractReader(30).read(page, "巴拉圭的首都是什么")
    assert "亚松森" in reading.text


@given(st.text(alphabet="#|-* \nab.。1", max_size=400), st.text(max_size=30), st.integers(1, 200))
def test_any_text_is_cut_into_pieces_of_itself(text: str, need: str, budget: int) -> None:
    places = [(p.start, p.end) for p in cut(text)]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert all(a[1] <= b[0] for a, b in pairwise(places))
    shown, passages = choose(prepare(text), need, budget)
    assert all(text[p.start : p.end] == p.text for p in passages)
    assert isinstance(best_snippet(prepare(text), need), str)
    assert bool(shown.strip("#|- \n")) >= any(p.text.strip("#|- \n") for p in passages)


def _model_reader(script: list[str | Play], budget: int = 200) -> tuple[ModelReader, ScriptedEngine]:
    engine = ScriptedEngine(by_label({"reader": script}))
    return ModelReader(engine, "Read.", "Need: {need}\n\n{page}", page_budget=budget), engine


async def test_the_model_sees_page_and_need_alone() -> None:
    reader, engine = _model_reader(["<think>Look.</think>\nLima."])
    page = Page("u", "u", PageStatus.PAGE, "Peru", "The capital is Lima. {need}")
    assert await reader.read(page, "capital of {page}") == Reading("Lima.")
    talk = engine.conversations[0]
    assert (talk.opening.system, talk.opening.tools, talk.closed) == ("Read.", (), True)
    assert talk.opening.user == "Need: capital of {page}\n\nThe capital is Lima. {need}"


async def test_the_model_gets_long_pages_cut_to_what_is_asked(countries: Sequence[Country]) -> None:
    reader, engine = _model_reader(["Lima."])
    text = _text(next(c for c in countries if c.title == "Peru"))
    await reader.read(Page("u", "u", PageStatus.PAGE, "Peru", text), "capital")
    shown = engine.conversations[0].opening.user
    assert "- name: Lima" in shown
    assert engine.count_tokens(shown) < 230


async def test_a_model_that_says_nothing_leaves_the_passages() -> None:
    reader, _ = _model_reader(["<think>Hm.</think>"])
    reading = await reader.read(Page("u", "u", PageStatus.PAGE, "Peru", "The capital is Lima."), "capital")
    assert reading.text == "The capital is Lima."


async def test_a_model_that_is_cut_off_in_its_thoughts_leaves_the_passages_about_the_need() -> None:
    """Where thoughts cannot be ended early (servers), they may take all of a reply."""
    filler = "\n\n".join(
        f"Paragraph {n} speaks of the weather and of other things, at length." for n in range(400)
    )
    text = f"{filler}\n\nThe college was founded in 1873 by Anna Rumbold.\n\n{filler[:4000]}"
    reader, engine = _model_reader(["<think>" + "hm " * 5000], budget=6000)
    reading = await reader.read(Page("u", "u", PageStatus.PAGE, "X", text), "founding year and founder")
    assert "founded in 1873 by Anna Rumbold" in reading.text
    assert engine.count_tokens(reading.text) <= 740
    assert [text[p.start : p.end] for p in reading.passages] == [p.text for p in reading.passages]
    (limits,) = engine.conversations[0].limits
    assert limits.max_tokens - limits.think_cap >= 1024, "room for an answer behind the longest thought"


async def test_a_model_may_think_for_some_time_and_still_answer() -> None:
    reader, _ = _model_reader([f"<think>{'hm ' * 1500}</think>\nIn 1873."])
    reading = await reader.read(Page("u", "u", PageStatus.PAGE, "X", "Founded in 1873. " * 9), "founded")
    assert reading.text == "In 1873."


async def test_the_models_conversation_is_closed_when_it_fails() -> None:
    reader, engine = _model_reader([Play("x", error=DecodeError("it broke"))])
    with pytest.raises(DecodeError):
        await reader.read(Page("u", "u", PageStatus.PAGE, "Peru", "Text."), "capital")
    assert engine.conversations[0].closed


async def test_the_model_sees_the_first_characters_of_a_page() -> None:
    reader, engine = _model_reader(["It says so."])
    reader._page_chars = 30
    await reader.read(Page("u", "u", PageStatus.PAGE, "X", "a" * 30 + "b" * 30), "need")
    user = engine.conversations[0].opening.user
    assert "a" * 30 in user
    assert "ab" not in user


async def test_both_ask_the_model_only_where_code_finds_nothing() -> None:
    model, engine = _model_reader(["The model says."])
    reader = BothReaders(ExtractReader(20), model)
    page = Page("u", "u", PageStatus.PAGE, "Peru", "Lima is the capital.\n\nIt rains.\n\n" + "Sand. " * 90)
    assert "capital" in (await reader.read(page, "the capital")).text
    assert engine.conversations == []
    assert (await reader.read(page, "founding year")).text == "The model says."
    blocked = Page("u", "u", PageStatus.BLOCKED, reason="A login.")
    assert (await reader.read(blocked, "founding year")).text == "A login."
    assert len(engine.conversations) == 1


async def test_a_failed_page_costs_no_model_call() -> None:
    reader, engine = _model_reader(["x"])
    blocked = Page("u", "u", PageStatus.BLOCKED, reason="A login.")
    assert (await reader.read(blocked, "capital"), engine.conversations) == (Reading("A login."), [])


@pytest.mark.slow
def test_token_guess_is_near_the_real_tokenizer(
    countries: Sequence[Country], qwen3_ids: Callable[[str], list[int]]
) -> None:
    """The guess is for when no engine is there to count: near, and rarely under."""
    texts = [_text(country)[2000:4000] for country in countries[::9]]
    shares = [len(qwen3_ids(text)) / guess_tokens(text) for text in texts]
    assert 0.7 < sum(shares) / len(shares) < 1.0
    assert max(shares) < 1.15


WORDS = " ".join(f"w{n}" for n in range(30_000))


@pytest.mark.parametrize(
    "text",
    [
        f"# capital {WORDS}\n\n" + "| a | b |\n" * 3_000,
        f"| capital {WORDS} | x |\n| --- | --- |\n" + "| a | b |\n" * 3_000,
        "".join(f"{'#' * n} capital {WORDS[:1900]}\n\n" for n in range(1, 7)) + "| a capital |\n" * 3_000,
        "# Facts\n\nA capital.\n\n" + "\n".join(f"| capital {n} | {'x' * 90} |" for n in range(3_000)),
    ],
    ids=["heading", "header", "six headings", "rows"],
)
def test_what_stands_over_thousands_of_rows_costs_its_length_once(text: str) -> None:
    began = time.process_time()
    page = prepare(text)
    for _ in range(3):
        shown, _ = choose(page, "capital, area", 700)
    assert time.process_time() - began < 3  # part of a second; it was minutes
    assert "capital" in shown
    assert guess_tokens(shown) < 2_000  # what stands over the first may be too much, if only by so much


def test_a_first_row_too_long_to_be_a_header_is_a_passage() -> None:
    row = f"| {'the layout of a page ' * 200} | Lima is the capital |"
    shown, _ = choose(prepare(f"# Peru\n\n{row}\n| --- | --- |\n| a | b |"), "capital", 5_000)
    assert "Lima is the capital" in shown


def test_a_word_of_the_nearest_heading_counts_twice() -> None:
    page = prepare("# Peru capital\n\n## The capital\n\n| capital | area |\n| --- | --- |\n| Lima | 1 |")
    assert count_words(page, ["capital", "area", "lima", "w"]) == [{"capital": 4, "area": 1, "lima": 1}]
    assert page.sizes == (2 + 2 + 2 * 2 + 2,)


def _listed(rows: int) -> Page:
    body = "".join(
        f"<tr><td>{n}</td><td>Light {chr(65 + n // 26)}{chr(97 + n % 26)}</td><td>Town {n % 7}</td>"
        f"<td>{1800 + n}</td><td>{'A long remark. ' * 8}</td></tr>"
        for n in range(rows)
    )
    labels = "<tr><th>No.</th><th>Name</th><th>Town</th><th>Built</th><th>Remarks</th></tr>"
    intro = "<p>Ardovia has had lighthouses for a long time, and people liked them.</p>" * 3
    title = "Lighthouses of Ardovia"
    found = read_all(f"<title>{title}</title><h1>{title}</h1>{intro}<table>{labels}{body}</table>")
    return Page(
        "http://a/", "http://a/", PageStatus.PAGE, found.title, found.text, structure=to_text(found.blocks)
    )


async def test_a_need_for_a_list_gets_the_whole_table_reduced_to_what_is_asked() -> None:
    need = "lighthouses of Ardovia: name, town, built"
    reading = await ExtractReader(250, table_budget=2000).read(_listed(60), need)
    assert reading.text.splitlines()[1] == "Name|Town|Built"
    assert "Light Aa|Town 0|1800" in reading.text
    assert "Light Ch|Town 3|1859" in reading.text
    assert "remark" not in reading.text
    assert "rows" not in reading.text


async def test_a_table_that_is_cut_says_so_and_goes_on_when_asked() -> None:
    reader, page = ExtractReader(250, table_budget=300), _listed(200)
    reading = await reader.read(page, "lighthouses of Ardovia: name, town, built")
    cut_at = re.search(r"\(rows 1–(\d+) of 200; ask for more\)$", reading.text)
    assert cut_at
    assert guess_tokens(reading.text) <= 310
    more = await reader.read(page, f"lighthouses of Ardovia: name, town, built; rows {int(cut_at[1]) + 1} on")
    assert f"|{1800 + int(cut_at[1])}" in more.text.splitlines()[2]
    assert f"(rows {int(cut_at[1]) + 1}–" in more.text


@pytest.mark.parametrize(
    "need", ["when was Light Ab built", "why people liked lighthouses", "history of Ardovia"]
)
async def test_a_need_for_one_row_or_for_prose_gets_passages(need: str) -> None:
    page = _listed(60)
    with_tables = await ExtractReader(250, table_budget=2000).read(page, need)
    assert with_tables == await ExtractReader(250).read(page, need)

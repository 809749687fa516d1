"""Blocks of Markdown: what a line is, and that every block stands where it says."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.pages.markdown import read_text
from wideseek_cli.pages.model import Field, FieldOrigin, Grid, Paragraph

PAGE = """# Laos

A country in Asia, wrapped by hand somewhere after sixty characters of it
and going on here.

### Area

- total: 236,800 sq km
- by use:
  - land: 230,800 sq km
  - water: 6,000 sq km
- a plain item

Currency: kip
See http://a.test/b at 10:30.

| Year | Population | Population |
| --- | --- | --- |
|  | men | women |
| Group A |  |  |
| 1990 | 1,000 | 2\\|3 |
"""


def test_every_kind_of_block_with_its_headings():
    page = read_text(PAGE)
    first, total, _, land, water, item, currency, see, grid = page.blocks
    assert first.text.startswith("A country")
    assert first.text.endswith("going on here.")
    assert (total.label, total.value, total.headings) == ("total", "236,800 sq km", ("Laos", "Area"))
    assert (land.group, water.group) == ("by use", "by use")
    assert item.text == "a plain item"
    assert item.listing
    assert (currency.label, currency.value, currency.origin) == ("Currency", "kip", FieldOrigin.LINE)
    assert isinstance(see, Paragraph)
    assert not see.listing
    assert grid.labels == ("Year", "Population men", "Population women")
    assert grid.rows == (("1990", "1,000", "2|3"),)
    assert grid.groups == ("Group A",)
    assert PAGE[slice(*grid.places[0])].startswith("| 1990")


def test_facts_with_bullets_belong_to_the_row_above():
    grid = read_text("| a | b |\n|---|---|\n| Area | |\n| • Total | 5 |\n| GDP | 6 |").blocks[0]
    assert grid.rows == (("Area", ""), ("Total", "5"), ("GDP", "6"))
    assert grid.groups == ("", "Area", "")


def test_a_title_over_the_header_is_the_caption():
    grid = read_text("| Peaks |  |  |\n|---|---|---|\n| Name | Height | Place |\n| A | 1 | X |").blocks[0]
    assert (grid.caption, grid.labels) == ("Peaks", ("Name", "Height", "Place"))


@given(st.text(alphabet="|-# :ab1\n*\\•", max_size=200))
def test_blocks_stand_where_they_say(text):
    last = 0
    for block in read_text(text).blocks:
        if isinstance(block, Grid):
            assert all(len(row) == len(block.labels) for row in block.rows)
            assert len(block.places) == len(block.rows) == len(block.groups)
            assert all(0 <= start < end <= len(text) for start, end in block.places)
            continue
        assert last <= block.start < block.end <= len(text)
        last = block.end
        stated = block.value if isinstance(block, Field) else block.text
        assert stated in text[block.start : block.end].replace("\n", " ")


@pytest.mark.parametrize(
    "part",
    ["a\n", "- a\n", "| ", "\\", "|\\", "* ", "- a:\n  ", "a: b\n", "#", "|a\n", " - ", "**a", "- x\n y\n"],
)
def test_time_is_linear(part):
    def seconds(count):
        text = part * count
        begun = time.process_time()
        read_text(text)
        return time.process_time() - begun

    assert seconds(20_000) < 1.5

"""What the proof is known to get wrong, so that it is seen when it gets better."""

from __future__ import annotations

import pytest

KNOWN = (
    "test_a_word_is_no_firm[",
    "test_a_longer_name_is_another_things[university-University of Texas-University of Texas at Dallas]",
    "test_a_longer_name_is_another_things[company-Amazon-Amazon rainforest]",
    "test_a_namesakes_page_is_not_the_rows_whatever_it_says[",
    "test_a_neighbours_value_is_only_seen[Marie Curie-born:int-1897-Her eldest daughter was born in 1897.]",
    "test_a_neighbours_value_is_only_seen[Marie Curie-born:int-1859",
    "test_a_neighbours_value_is_only_seen[Marie Curie-birthplace-Paris",
    "test_what_it_only_mentions_is_seen[nationality-She was a German-born painter.-German]",
    "test_brackets_of_an_office_are_no_life[",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.name.startswith(KNOWN):
            item.add_marker(pytest.mark.xfail(reason="a known limit of names and constructions"))

"""Everyday sentences: what states a field is mostly proved, what only looks like it never is."""

from __future__ import annotations

import pytest

from tests.facts.everyday import everyday, proved

_FILES = ("everyday.toml", "frames.toml")
_ALL = {file: list(everyday(file)) for file in _FILES}
_KINDS = sorted({sentence.wrong for file in _FILES for sentence in _ALL[file] if sentence.wrong})
_RIGHT_SHARE = 0.9


@pytest.mark.parametrize("file", _FILES)
def test_there_are_enough_of_both(file: str) -> None:
    assert sum(not sentence.wrong for sentence in _ALL[file]) >= 150
    assert sum(bool(sentence.wrong) for sentence in _ALL[file]) >= 150


@pytest.mark.parametrize("kind", _KINDS)
def test_no_sentence_that_is_wrong_in_this_way_proves(kind: str) -> None:
    sentences = [sentence for file in _FILES for sentence in _ALL[file]]
    assert [s.text for s in sentences if s.wrong == kind and proved(s)] == []


@pytest.mark.parametrize("file", _FILES)
def test_most_sentences_that_state_a_field_prove_it(file: str) -> None:
    right = [sentence for sentence in _ALL[file] if not sentence.wrong]
    missed = [sentence.text for sentence in right if not proved(sentence)]
    assert len(missed) <= (1 - _RIGHT_SHARE) * len(right), missed

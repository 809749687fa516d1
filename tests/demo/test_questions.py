"""The benchmark's questions: reproducible, answerable, and its splits apart."""

from __future__ import annotations

import pytest

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions import factbook_wide
from wideseek_cli.eval.questions.dataset import load_dataset
from wideseek_cli.eval.questions.factbook_fields import FIELDS, text_of, value_of

SPLITS = ("dev", "test", "zh")


@pytest.fixture(scope="module")
def asked() -> dict[str, list[factbook_wide.Question]]:
    return {split: factbook_wide.questions(split) for split in SPLITS}


def test_the_counts_and_sizes_are_as_announced(asked: dict[str, list[factbook_wide.Question]]) -> None:
    assert {split: len(found) for split, found in asked.items()} == {"dev": 60, "test": 60, "zh": 20}
    for found in asked.values():
        assert len({question.id for question in found}) == len(found)
        for question in found:
            low, high = factbook_wide.SIZES[question.size]
            assert low <= len(question.gold) <= high
            assert 2 <= len(question.columns) - 1 <= 6


def test_the_same_questions_come_every_time() -> None:
    assert factbook_wide.questions("dev") == factbook_wide.questions("dev")


@pytest.mark.parametrize("split", SPLITS)
def test_another_draw_asks_what_the_benchmark_does_not(split: str) -> None:
    known = {question.matter for question in factbook_wide.questions(split)}
    first, second = (factbook_wide.questions(split, draw) for draw in (1, 2))
    for drawn in (first, second):
        assert [q.size for q in drawn] == [q.size for q in factbook_wide.questions(split)]
        assert not known & {question.matter for question in drawn}
    assert first == factbook_wide.questions(split, 1)
    assert not {q.text for q in first} & {q.text for q in second}
    ids = [q.id for q in (*factbook_wide.questions(split), *first, *second)]
    assert len(set(ids)) == len(ids)


NO_SUCH = ("small:x", "small:1:2", "small:-1", "small:\u0661", "tiny")


@pytest.mark.parametrize("rest", NO_SUCH)
def test_what_is_no_part_of_the_benchmark_is_said(rest: str) -> None:
    with pytest.raises(EvaluationError, match=r"has no (draw|size)"):
        load_dataset(f"factbook-wide:test:{rest}")


def test_a_draw_is_named_after_split_and_size() -> None:
    assert load_dataset("factbook-wide:test:medium:7")[0].id == "fb_test_7_025"
    assert load_dataset("factbook-wide:test:small:0") == load_dataset("factbook-wide:test:small")


def test_train_dev_and_test_never_meet() -> None:
    regions = [set(factbook_wide.SPLIT_REGIONS[split]) for split in ("train", "dev", "test")]
    fields = [{field.path for field in FIELDS[split]} for split in ("train", "dev", "test")]
    names = [{field.name for field in FIELDS[split]} for split in ("train", "dev", "test")]
    phrasings = [set(factbook_wide.PHRASINGS[split]) for split in ("train", "dev", "test")]
    for kind in (regions, fields, names, phrasings):
        assert len(set().union(*kind)) == sum(map(len, kind))


def test_questions_keep_to_their_own_part(asked: dict[str, list[factbook_wide.Question]]) -> None:
    for split, found in asked.items():
        own = "test" if split == "zh" else split
        allowed = {country.title for country in factbook_wide.members(factbook_wide.SPLIT_REGIONS[own])}
        names = {field.name for field in FIELDS[own]} | {field.chinese for field in FIELDS[own]}
        for question in found:
            assert {row[0] for row in question.gold} <= allowed
            assert set(question.columns[1:]) <= names


def test_every_right_value_stands_in_the_text_it_was_taken_from(
    asked: dict[str, list[factbook_wide.Question]],
) -> None:
    countries = {country.title: country for country in factbook_wide.members(list(factbook_wide.REGIONS))}
    for split, found in asked.items():
        own = FIELDS["test" if split == "zh" else split]
        by_name = {name: field for field in own for name in (field.name, field.chinese)}
        for question in found:
            for row in question.gold:
                for name, value in zip(question.columns[1:], row[1:], strict=True):
                    text = text_of(countries[row[0]], by_name[name])
                    assert value in text if text else value == factbook_wide.MISSING


def test_the_spec_names_every_column(asked: dict[str, list[factbook_wide.Question]]) -> None:
    for question in [question for found in asked.values() for question in found]:
        assert question.spec["required"] == list(question.columns)
        assert question.spec["unique_columns"] == list(question.key)
        assert set(question.spec["eval_pipeline"]) == set(question.columns)
        assert all(name in question.text for name in question.columns[1:])


def test_a_value_that_is_not_plain_is_not_taken() -> None:
    fields = {field.name: field for split in FIELDS.values() for field in split}
    assert fields["capital"].clean("Santiago; note - Valparaiso is the seat of the legislature") == "Santiago"
    assert fields["capital"].clean("Porto-Novo (constitutional capital); Cotonou (seat)") == ""
    assert fields["total area"].clean("1.284 million sq km") == ""
    assert fields["independence date"].clean("9 July 1816 (from Spain)") == "9 July 1816"
    assert fields["independence date"].clean("none (overseas territory)") == ""


def test_missing_values_are_kept_apart_from_unclear_ones() -> None:
    countries = factbook_wide.members(factbook_wide.SPLIT_REGIONS["dev"])
    for field in FIELDS["dev"]:
        clear = [c for c in countries if value_of(c, field) or not text_of(c, field)]
        assert factbook_wide.usable(field, [c for c in clear if value_of(c, field)])


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no split 'train'"):
        factbook_wide.questions("train")

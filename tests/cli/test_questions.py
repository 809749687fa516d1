"""Files of questions, and the ledger that makes a batch resumable."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from wideseek_cli.cli.commands.ask import read_question
from wideseek_cli.cli.commands.batch.questions import Ledger, Question, read_questions
from wideseek_cli.core.errors import NotFoundError, OutputError, UsageError
from wideseek_cli.table.columns import parse_columns


def test_lines_json_lines_comments_and_repeats(tmp_path: Path) -> None:
    file = tmp_path / "q.txt"
    file.write_text(
        '\ufeff# a list\nFirst?\n\n  Second?  \nFirst?\n{"question": "Third?", "columns": "name, city"}\n'
    )
    found = read_questions(str(file))
    assert found == [Question("First?"), Question("Second?"), Question("Third?", "name, city")]


def test_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("One?\nTwo?\n"))
    assert [question.text for question in read_questions("-")] == ["One?", "Two?"]


def test_stdin_is_read_as_a_file_is(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = '\ufeff{"question": "One\u2028or two?"}\r\nThree?\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert [question.text for question in read_questions("-")] == ["One\u2028or two?", "Three?"]
    monkeypatch.setattr("sys.stdin", io.StringIO("caf\udce9?\n"))
    with pytest.raises(UsageError, match="stdin is not UTF-8 text"):
        read_questions("-")


def test_with_other_columns_it_is_another_question(tmp_path: Path) -> None:
    file = tmp_path / "q.txt"
    file.write_text('One?\n{"question": "Two?", "columns": "name, city"}\n')

    def keys(spec: str) -> list[str]:
        return [q.key for q in read_questions(str(file), parse_columns(spec) if spec else ())]

    plain, short, typed = keys(""), keys("college, city"), keys("college, founded:int")
    assert len({plain[0], short[0], typed[0]}) == 3
    assert plain[1] == short[1] == typed[1], "it names its own"


def test_a_question_is_not_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "q.txt"
    for words in ([f"@{file}"], ["-"]):
        for length in (100_000, 100_001):
            file.write_text("q" * length)
            monkeypatch.setattr("sys.stdin", io.StringIO("q" * length))
            if length > 100_000:
                with pytest.raises(UsageError, match="is longer than 100,000 characters"):
                    read_question(words)
            else:
                assert len(read_question(words)) == length


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no question in"),
        (b"# nothing\n", "no question in"),
        (b"ok\n{broken\n", "line 2 is not a question"),
        (b'{"text": "x"}\n', "line 1 is not a question"),
        (b'{"question": 7}\n', "line 1 is not a question"),
        (b'{"question": ' + b"[" * 200_000, "line 1 is not a question"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "q.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        read_questions(str(file))


def test_a_file_without_an_end_is_not_read_for_ever() -> None:
    with pytest.raises(UsageError, match="/dev/zero is longer than"):
        read_questions("/dev/zero")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_questions(str(tmp_path / "none"))
    for reads in (read_questions, lambda name: read_question([f"@{name}"])):
        with pytest.raises(UsageError, match="no user has this name"):
            reads("~nobody-here/q.txt")


def test_keys_are_file_names_that_differ(tmp_path: Path) -> None:
    questions = [
        Question("Which ../../etc/passwd?"),
        Question("哪些国家?"),
        Question("哪些城市?"),
        Question("A", "b"),
    ]
    keys = {question.key for question in questions} | {Question("A").key}
    assert len(keys) == 5
    assert all(key.replace("-", "").isalnum() and len(key) < 60 for key in keys)


def test_the_ledger_remembers(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "out"
    with Ledger(folder) as ledger:
        ledger.note(Question("A"), "run1")
    with Ledger(folder) as ledger:
        assert ledger.run_of(Question("A")) == "run1"
        assert ledger.run_of(Question("B")) is None
    for damage in ("[1]", "[" * 200_000):
        (folder / ".wideseek-batch.json").write_text(damage)
        for _ in range(2):  # the folder is let go of
            with pytest.raises(UsageError, match="damaged"):
                Ledger(folder)


def test_two_batches_do_not_write_over_each_other(tmp_path: Path) -> None:
    with Ledger(tmp_path), pytest.raises(OutputError, match="another process is at work"):
        Ledger(tmp_path)
    with Ledger(tmp_path) as ledger:
        assert ledger.run_of(Question("A")) is None


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        Ledger(tmp_path / "file" / "out")

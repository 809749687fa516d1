"""The record: what is written comes back, ids, runs at once, and files that cannot be used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.record.sample import all_events, page
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import NotFoundError, RecordError, UsageError
from wideseek_cli.core.state import fold
from wideseek_cli.record import codec, connection, ids, schema
from wideseek_cli.record.lock import RunLock
from wideseek_cli.record.store import NullJournal, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.open(tmp_path / "deep" / "runs.sqlite") as opened:
        yield opened


def keep(store: Store, run: str, events: list[ev.Event]) -> None:
    journal = store.journal(run)
    for event in events:
        journal.commit(event)
    journal.close()


def test_every_kind_of_event_comes_back_the_same(store: Store) -> None:
    events = [event for event in all_events("r1") if not event.transient]
    kinds = {kind for kind in ev.Event.__subclasses__() if not kind.transient}
    assert {type(event) for event in events} == kinds, "the sample must hold every kind"
    keep(store, "r1", events)
    assert list(store.events("r1")) == events
    assert store.state("r1") == fold(events)


def test_replies_are_counted_and_those_of_older_records_by_their_ids(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    assert store.state("r1").agents["lead"].turns[0].reply.tokens == 7
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE events SET body = json_remove(body, '$.counted') WHERE type = 'Replied'")
    db.close()
    assert store.state("r1").agents["lead"].turns[0].reply.tokens == 3


def test_what_is_written_is_seen_though_others_come_and_go(store: Store) -> None:
    """Opened once more in this process, by a page or a session, and looked at by another that leaves. Closing
    a file takes a process's locks on it, and SQLite then deletes the log that it goes on writing to."""
    first, *others = (event for event in all_events("r1") if not event.transient)
    journal = store.journal("r1")
    journal.commit(first)
    with Store.open(store.path):
        pass
    look = (
        "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); "
        "print(*db.execute('SELECT count(*) FROM events').fetchone()); db.close()"
    )
    command = [sys.executable, "-I", "-c", look, str(store.path)]
    for event in (None, *others[:2]):
        if event is not None:
            journal.commit(event)
        seen = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(seen) == 3


def test_transient_events_are_not_kept(store: Store) -> None:
    events = all_events("r1")
    keep(store, "r1", events)
    assert store.event_count("r1") == sum(not event.transient for event in events)


def test_a_text_is_stored_once_and_goes_with_its_last_run(store: Store) -> None:
    for run in ("r1", "r2"):
        keep(store, run, all_events(run))
    count = "SELECT count(*) FROM texts WHERE body = ?"
    with sqlite3.connect(store.path) as db:
        assert db.execute(count, (page().text,)).fetchone() == (1,)
        store.remove(["r1"])
        assert db.execute(count, (page().text,)).fetchone() == (1,)
        store.remove(["r2"])
        assert db.execute("SELECT count(*) FROM texts").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM event_texts").fetchone() == (0,)
    db.close()


def test_runs_list_shows_the_latest_of_each(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    (entry,) = store.runs()
    assert (entry.id, entry.ending, entry.exit_code) == ("r1", ev.Ending.INCOMPLETE, 3)
    assert (entry.rows, entry.cells, entry.proved) == (2, 4, 1)
    keep(store, "r1", [ev.RunResumed()])
    assert store.entry("r1").ending is None


def test_a_run_belongs_to_one_journal_at_a_time(store: Store) -> None:
    journal = store.journal("r1")
    journal.commit(all_events("r1")[0])
    assert store.entry("r1").running
    with Store.open(store.path) as other, pytest.raises(RecordError, match="running in another process"):
        other.journal("r1")
    with pytest.raises(RecordError, match="still running"):
        store.remove(["r1"])
    journal.close()
    journal.close()
    assert not store.entry("r1").running
    store.journal("r1").close()


def test_a_new_run_takes_no_others_id(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of one second differ by chance: of ten thousand questions of a batch some would meet."""
    keep(store, "ended", all_events("ended"))
    draws = ["ended", "begun", "new"]
    monkeypatch.setattr(ids, "new_run_id", lambda: draws.pop(0))
    with closing(store.journal("begun")), closing(store.journal()) as journal:
        assert journal.run == "new"


def test_who_goes_on_with_a_run_counts_what_others_wrote_till_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, take = store.journal("r1"), RunLock._take
    first.commit(all_events("r1")[0])

    def taken_late(lock: RunLock, run: str) -> int:
        first.commit(ev.Noticed("the last word"))
        first.close()
        return take(lock, run)

    monkeypatch.setattr(RunLock, "_take", taken_late)
    second = store.journal("r1")
    second.commit(ev.RunResumed())
    second.close()
    assert store.event_count("r1") == 3


def test_a_run_that_is_forgotten_while_it_is_read_is_read_to_its_end(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    with Store.open(store.path) as other:
        reading = other.events("r1")
        first = next(reading)
        store.remove(["r1"])
        assert [first, *reading] == [event for event in all_events("r1") if not event.transient]
        with pytest.raises(NotFoundError, match="no run is called 'r1'"):
            other.entry("r1")


def test_a_run_with_a_path_for_an_id_is_refused(store: Store) -> None:
    """Records are passed on; one that somebody made must not take away files beside it."""
    keep(store, "r1", all_events("r1"))
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE runs SET id = '../precious'")
    db.close()
    precious = store.path.with_name("precious")
    precious.write_text("mine")
    for use in (lambda: store.prune(1), lambda: store.journal("../precious")):
        with pytest.raises(RecordError, match="is not a run id"):
            use()
    assert precious.read_text() == "mine"


def test_prune_takes_only_what_is_old(store: Store) -> None:
    keep(store, "old", [ev.RunStarted("old", "q", {}, "m", "s", "1", "en", at=1000.0)])
    keep(store, "new", [ev.RunStarted("new", "q", {}, "m", "s", "1", "en", at=9000.0)])
    assert store.prune(5000, now=10_000.0) == ["old"]
    assert store.ids() == ["new"]


def test_the_last_run_is_the_last_that_was_begun_though_the_clock_was_set_back(store: Store) -> None:
    for run, at in (("a", 1000.0), ("b", 9000.0), ("c", 5000.0)):
        keep(store, run, [ev.RunStarted(run, "q", {}, "m", "s", "1", "en", at=at)])
    assert store.prune(5000, now=6500.0) == ["a"]
    assert store.ids() == ["c", "b"]
    assert [entry.id for entry in store.runs(1)] == ["c"]


def test_room_that_could_not_be_given_back_is_given_back_by_the_next_prune(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, "old", [*all_events("old"), ev.Noticed("x" * 500_000, at=1000.0)])
    busy, remove = sqlite3.connect(store.path, isolation_level=None), Store.remove

    def removed(store: Store, runs: list[str]) -> int:
        count = remove(store, runs)
        busy.execute("BEGIN IMMEDIATE")  # another process begins to write
        return count

    store._db.execute("PRAGMA busy_timeout = 0")
    monkeypatch.setattr(Store, "remove", removed)
    with pytest.raises(RecordError, match=r"runs deleted: 1, but the space was not freed: .* is held"):
        store.prune(5000, now=10_000.0)
    assert store.ids() == []
    busy.close()
    assert store.prune(5000, now=10_000.0) == []
    store.close()
    assert store.path.stat().st_size < 200_000


@pytest.mark.parametrize(
    ("wanted", "found"), [("@last", "ccc3"), ("aaa1", "aaa1"), ("AA", "aaa1"), ("b2", "abb2"), ("ab", "abb2")]
)
def test_ids_can_be_shortened(wanted: str, found: str) -> None:
    assert ids.match(wanted, ["ccc3", "abb2", "aaa1"]) == found


def test_ids_that_mean_nothing_or_too_much() -> None:
    with pytest.raises(UsageError, match="matches 2 runs"):
        ids.match("a", ["abb2", "aaa1"])
    with pytest.raises(NotFoundError, match="no run is called 'zz'"):
        ids.match("zz", ["abb2"])
    with pytest.raises(NotFoundError, match="no run is recorded yet"):
        ids.match("@last", [])


def test_ids_sort_by_time_and_differ_within_a_second() -> None:
    assert ids.new_run_id(1_800_000_000) < ids.new_run_id(1_800_000_001)
    assert len({ids.new_run_id(1_800_000_000) for _ in range(50)}) > 45


def test_null_journal_keeps_nothing(tmp_path: Path) -> None:
    NullJournal("r1").commit(all_events("r1")[0])
    assert not list(tmp_path.iterdir())


def test_events_of_a_newer_program_are_left_out(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    known = store.event_count("r1")
    with sqlite3.connect(store.path) as db:
        db.execute("INSERT INTO events VALUES ('r1', ?, 1, 'Teleported', 1, '{}')", (known,))
        newer = (known + 1, codec.FORMAT + 1, '{"text": 7, "at": 1}')
        db.execute("INSERT INTO events VALUES ('r1', ?, 1, 'Noticed', ?, ?)", newer)
        extra = (known + 2, '{"text": "hello", "colour": "red", "at": 1}')
        db.execute("INSERT INTO events VALUES ('r1', ?, 1, 'Noticed', 1, ?)", extra)
    db.close()
    assert list(store.events("r1"))[known:] == [ev.Noticed("hello", at=1.0)]


def test_a_damaged_event_is_an_error_of_ours(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE events SET body = '{' WHERE type = 'Noticed'")
    db.close()
    with pytest.raises(RecordError, match=r"an event \(Noticed\) cannot be read"):
        list(store.events("r1"))


def test_half_a_surrogate_pair_survives(store: Store) -> None:
    events = [ev.RunStarted("r1", "q \ud800", {}, "m", "s", "1", "en"), ev.Noticed("\ud800" * 300)]
    keep(store, "r1", events)
    assert list(store.events("r1")) == events


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE precious (x)")
    db.close()
    with pytest.raises(RecordError, match="another program's database"):
        Store.open(path)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary " * 100)
    with pytest.raises(RecordError, match="is not a run record"):
        Store.open(path)
    assert path.read_text().startswith("dear diary")


def test_a_file_whose_schema_is_no_text_any_more_is_refused(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    store.close()
    text = store.path.read_bytes()
    for was, now in (
        (b"tableevents", b"table\xff\xfe\xfdnts"),
        (b"CREATE TABLE events", b"CREATE TABLE (vents"),
    ):
        assert was in text
        text = text.replace(was, now)
    store.path.write_bytes(text)
    with (
        pytest.raises(RecordError, match="is not a run record, or is damaged"),
        Store.open(store.path) as again,
    ):
        list(again.events("r1"))


def test_where_nothing_can_be_written_no_event_is_missing_without_a_word(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(store, "r1", all_events("r1"))
    really = connection._open_to_read

    def as_in_such_a_folder(path: Path, how: str) -> sqlite3.Connection:
        if how == "mode=ro":
            raise sqlite3.OperationalError("unable to open database file")
        return really(path, how)

    monkeypatch.setattr(connection, "_open_to_read", as_in_such_a_folder)
    with pytest.raises(RecordError, match=r"the last events of .* are in runs\.sqlite-wal"):
        Store.open(store.path, read_only=True)
    store.close()
    with Store.open(store.path, read_only=True) as readable:
        assert readable.ids() == ["r1"]


def test_a_newer_file_is_refused_with_a_hint(store: Store) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(RecordError, match="newer wideseek") as caught:
        Store.open(store.path)
    assert "upgrade" in caught.value.hint


def test_migrations_run_in_order_and_a_broken_one_leaves_the_file_as_it_was(store: Store) -> None:
    good = (*schema.MIGRATIONS, ("CREATE TABLE second (x)",))
    newest = len(good)
    db = sqlite3.connect(store.path, isolation_level=None)
    schema.migrate(db, good)
    assert schema.version_of(db) == newest
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(db, (*good, ("CREATE TABLE third (x)", "CREATE NONSENSE")))
    assert schema.version_of(db) == newest
    assert db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'third'").fetchone() == (0,)
    db.close()


def test_a_record_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    with sqlite3.connect(path, isolation_level=None) as db:
        schema.migrate(db, schema.MIGRATIONS[:1])
        names = "id, question, model, source, version, language, settings, started, updated"
        db.execute(f"INSERT INTO runs ({names}) VALUES ('r1', 'q', 'm', 's', '1', 'en', '{{}}', 1, 2)")
    db.close()
    with Store.open(path, read_only=True) as store:
        assert (store.entry("r1").state, store.queue()) == ("cut_off", [])


def test_readable_views(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    with sqlite3.connect(store.path) as db:
        for view in ("replies", "tool_results", "searches", "pages", "documents"):
            assert db.execute(f"SELECT count(*) FROM {view}").fetchone()[0] >= 1
        assert db.execute("SELECT text FROM documents WHERE kind = 'page'").fetchone() == (page().text,)
    db.close()


_WRITER = """
import sys
from pathlib import Path
from wideseek_cli.core import events as ev
from wideseek_cli.record.store import Store
run = sys.argv[2]
with Store.open(Path(sys.argv[1])) as store:
    journal = store.journal(run)
    journal.commit(ev.RunStarted(run, "q", {}, "m", "s", "1", "en"))
    for number in range(200):
        journal.commit(ev.Noticed(f"{run} {number}"))
    journal.close()
"""


def test_two_processes_write_one_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), run]) for run in ("r1", "r2", "r3")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    with Store.open(path) as store:
        for run in ("r1", "r2", "r3"):
            texts = [event.text for event in store.events(run) if isinstance(event, ev.Noticed)]
            assert texts == [f"{run} {number}" for number in range(200)]


def test_a_full_disk_is_said_and_keeps_what_was_written(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import RecordError
from wideseek_cli.record.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = Store.open(Path(sys.argv[1]))
journal = store.journal("r1")
journal.commit(ev.RunStarted("r1", "q", {}, "m", "s", "1", "en"))
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    for number in range(1000):
        journal.commit(ev.Noticed("x" * 5000))
except RecordError as error:
    print(number, error, error.hint)
"""
    path = tmp_path / "runs.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60
    )
    assert "the disk is full" in done.stdout, done
    assert "--no-record" in done.stdout
    with Store.open(path) as store:
        assert store.event_count("r1") == 1 + int(done.stdout.split()[0])


def test_the_record_is_for_its_owner_alone(store: Store) -> None:
    keep(store, "r1", all_events("r1"))
    for file in store.path.parent.glob("runs.sqlite*"):
        if file.is_file():
            assert file.stat().st_mode & 0o077 == 0, file


def test_a_place_that_cannot_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match="cannot be used") as caught:
        Store.open(tmp_path / "file" / "runs.sqlite")
    assert "--record FILE" in caught.value.hint


def test_reading_a_record_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no run is recorded yet"):
        Store.open(tmp_path / "runs.sqlite", read_only=True)
    assert not list(tmp_path.iterdir())

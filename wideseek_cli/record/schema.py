"""The record file's tables, and how an older file becomes a newer one."""

from __future__ import annotations

import sqlite3

from wideseek_cli.core.protected import RECORD_MARK

APPLICATION = RECORD_MARK  # tells our files from other people's

_VERSION_1 = (
    """CREATE TABLE runs (
        id TEXT PRIMARY KEY, question TEXT NOT NULL, model TEXT NOT NULL, source TEXT NOT NULL,
        version TEXT NOT NULL, language TEXT NOT NULL, settings TEXT NOT NULL,
        started REAL NOT NULL, updated REAL NOT NULL,
        ending TEXT, exit_code INTEGER, answer TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        rows INTEGER NOT NULL DEFAULT 0, cells INTEGER NOT NULL DEFAULT 0, proved INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE INDEX runs_by_start ON runs (started)",
    """CREATE TABLE events (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, seq INTEGER NOT NULL, at REAL NOT NULL,
        type TEXT NOT NULL, format INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, seq)
    ) WITHOUT ROWID""",
    # Pages and prompts recur across agents, runs and events; each text is kept once.
    "CREATE TABLE texts (hash TEXT PRIMARY KEY, body TEXT NOT NULL)",
    """CREATE TABLE event_texts (
        run TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL REFERENCES texts (hash),
        PRIMARY KEY (run, seq, hash),
        FOREIGN KEY (run, seq) REFERENCES events (run, seq) ON DELETE CASCADE
    ) WITHOUT ROWID""",
    "CREATE INDEX event_texts_by_hash ON event_texts (hash)",
    # For people who open the file with other tools.
    """CREATE VIEW replies AS SELECT run, seq, at, json_extract(body, '$.agent') AS agent,
        json_extract(body, '$.turn') AS turn, json_extract(body, '$.text') AS text,
        json_extract(body, '$.token_ids') AS token_ids FROM events WHERE type = 'Replied'""",
    """CREATE VIEW tool_results AS SELECT run, seq, at, json_extract(body, '$.agent') AS agent,
        json_extract(body, '$.turn') AS turn, json_extract(body, '$.text') AS text
        FROM events WHERE type = 'ToolAnswered'""",
    """CREATE VIEW searches AS SELECT run, seq, at, json_extract(body, '$.agent') AS agent,
        json_extract(body, '$.query') AS query, json_extract(body, '$.engine') AS engine,
        json_array_length(body, '$.hits') AS hits, json_extract(body, '$.error') AS error
        FROM events WHERE type = 'Searched'""",
    """CREATE VIEW pages AS SELECT run, seq, at, json_extract(body, '$.agent') AS agent,
        json_extract(body, '$.url') AS url, json_extract(body, '$.title') AS title,
        json_extract(body, '$.status') AS status, json_extract(body, '$.need') AS need
        FROM events WHERE type = 'PageRead'""",
    """CREATE VIEW documents AS SELECT e.run, e.seq, e.at, json_extract(e.body, '$.document.url') AS url,
        json_extract(e.body, '$.document.kind') AS kind, json_extract(e.body, '$.document.title') AS title,
        coalesce(t.body, json_extract(e.body, '$.document.text')) AS text
        FROM events e LEFT JOIN texts t ON t.hash = json_extract(e.body, '$.document.text."$text"')
        WHERE e.type = 'DocumentSaved'""",
)

# A detached run has its row before it begins; `in_turn`: it waits for such runs before it.
_VERSION_2 = (
    "ALTER TABLE runs ADD COLUMN begun INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE runs ADD COLUMN in_turn INTEGER NOT NULL DEFAULT 0",
)

# Step n takes a file from version n to n + 1. Steps are only ever added.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)


def version_of(db: sqlite3.Connection) -> int:
    """The file's schema version; 0 for a new file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
    """Bring the file up to date, each step whole or not at all; another process may be at it too."""
    while version_of(db) < len(migrations):
        db.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(db)
            if version < len(migrations):
                for statement in migrations[version]:
                    db.execute(statement)
                db.execute(f"PRAGMA application_id = {APPLICATION}")
                db.execute(f"PRAGMA user_version = {version + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def is_foreign(db: sqlite3.Connection) -> bool:
    """Whether this is somebody else's database."""
    if int(db.execute("PRAGMA application_id").fetchone()[0]) == APPLICATION:
        return False
    return bool(db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()) or version_of(db) != 0

"""The README's picture is a run that happened, drawn by `wideseek replay --svg`."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from wideseek_cli.cli.commands.replay import replay
from wideseek_cli.core.errors import OutputError
from wideseek_cli.record import codec
from wideseek_cli.record.store import Store
from wideseek_cli.ui.recording import FRAMES

# Recorded with the demo model over a ZIM of Wikipedia pages; the pages themselves are left out.
RUN = Path(__file__).parent / "ivy-league.jsonl"
PICTURE = Path(__file__).parent.parent / "snapshots" / "ivy-league.svg"


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record that holds the run."""
    path = tmp_path / "r.sqlite"
    with Store.open(path) as store, closing(store.journal("0vexvxcqe")) as journal:
        for line in RUN.read_text(encoding="utf-8").splitlines():
            kind = json.loads(line)["event"]
            event = codec.decode(kind, codec.FORMAT, line, lambda digest: digest)
            assert event is not None
            journal.commit(event)
    return path


def test_the_readme_picture_is_drawn_from_the_recorded_run(record: Path, tmp_path: Path) -> None:
    out = tmp_path / "run.svg"
    replay("0vexvxcqe", svg=out, record=record)
    drawn = out.read_text(encoding="utf-8")
    assert len(drawn) < 500_000
    assert drawn == PICTURE.read_text(encoding="utf-8"), "look at it, then put it in tests/snapshots"


def test_the_picture_shows_each_line_for_its_time_and_ends_with_the_table() -> None:
    root = ElementTree.parse(PICTURE).getroot()
    groups = [element for element in root.iter() if element.tag.endswith("}g")]
    style = "".join(element.text or "" for element in root.iter() if element.tag.endswith("}style"))
    lasting = set(re.findall(r"\.s(\d+) \{[^}]*visibility: visible", style))
    last = {
        "".join(group.itertext()) for group in groups if (group.get("class") or "").lstrip("s") in lasting
    }
    assert 3 < len(lasting) < len(groups) <= 4 * FRAMES
    assert any("Harvard University" in text and "1636" in text for text in last)
    assert not any("no rows yet" in text for text in last)
    assert any("no rows yet" in "".join(group.itertext()) for group in groups)


def test_a_picture_never_replaces_the_record(record: Path) -> None:
    with pytest.raises(OutputError, match="would be overwritten"):
        replay("0vexvxcqe", svg=record, record=record)

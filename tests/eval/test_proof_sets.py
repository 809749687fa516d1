"""`wideseek eval proof`: cases read, judged the product's whole way, counted; bad lines named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.commands.eval import app
from wideseek_cli.eval.proofset import interval

PAGE = """<html><head><title>Rivers of Freland</title></head><body><h1>Rivers of Freland</h1>
<p>Freland has three rivers, and this page lists them with their length and where they end.</p>
<table><tr><th>River</th><th>Length (km)</th></tr><tr><td>Orla</td><td>212</td></tr>
<tr><td>Venn</td><td>98</td></tr><tr><td>Sull</td><td>140</td></tr></table></body></html>"""


def _case(**changes: Any) -> dict[str, Any]:
    case = {
        "id": "a",
        "set": "rivers",
        "question": "List the rivers of Freland with their length",
        "columns": ["River", "Length (km)"],
        "key": "Orla",
        "column": "Length (km)",
        "value": "212",
        "right": True,
        "pages": ["pages/rivers.html"],
    }
    return {**case, **changes}


def _write(folder: Path, lines: list[str]) -> Path:
    (folder / "pages").mkdir()
    (folder / "pages/rivers.html").write_text(PAGE, encoding="utf-8")
    cases = folder / "cases.jsonl"
    cases.write_text("\n".join(lines), encoding="utf-8")
    return cases


def test_right_and_wrong_cells_are_counted_by_state(tmp_path: Path) -> None:
    wrong = _case(id="b", value="98", right=False, why="another row")
    cases = _write(tmp_path, [json.dumps(_case()), json.dumps(wrong)])
    done = CliRunner().invoke(app, ["proof", str(cases), "--json", "-o", str(tmp_path / "out")])
    assert done.exit_code == 0
    counts = json.loads(done.stdout)["sets"]["rivers"]
    assert counts["right"]["cases"] == counts["right"]["proved"] == 1
    assert counts["wrong"]["cases"] == 1
    assert counts["wrong"]["proved"] == 0
    assert "Rivers of Freland" not in done.stdout
    assert "Content-Security-Policy" in (tmp_path / "out/proof.html").read_text()


def test_bad_lines_are_named_and_the_rest_is_measured(tmp_path: Path) -> None:
    bad = ["{", json.dumps(_case(column="Depth")), json.dumps(_case(pages=["pages/none.html"]))]
    cases = _write(tmp_path, [*bad, json.dumps(_case())])
    done = CliRunner().invoke(app, ["proof", str(cases), "--json"])
    assert done.exit_code == 3
    for said in ("line 1:", "line 2: there is no column 'Depth'", "line 3: there is no page pages/none.html"):
        assert said in done.stderr
    assert json.loads(done.stdout)["sets"]["rivers"]["right"]["cases"] == 1


def test_another_tools_verdicts_are_counted_alike(tmp_path: Path) -> None:
    cases = _write(tmp_path, [json.dumps(_case()), json.dumps(_case(id="b", right=False))])
    verdicts = tmp_path / "theirs.jsonl"
    verdicts.write_text('{"id": "a", "state": "seen"}\n{"id": "b", "state": "proved"}\n')
    done = CliRunner().invoke(app, ["proof", str(cases), "--json", "--verdicts", str(verdicts)])
    counts = json.loads(done.stdout)["sets"]["rivers"]
    assert (counts["right"]["seen"], counts["wrong"]["proved"]) == (1, 1)


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"), [(0, 0, 0, 1), (0, 100, 0, 0.037), (50, 100, 0.404, 0.596)]
)
def test_wilson_intervals(hits: int, total: int, low: float, high: float) -> None:
    assert interval(hits, total) == pytest.approx((low, high), abs=0.001)

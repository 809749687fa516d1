"""The width study's own options stand beside the settings of a run, and none takes another's place."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from wideseek_cli.cli.main import app


def test_turns_of_one_agent_can_be_asked_for() -> None:
    shown = CliRunner().invoke(app, ["eval", "study", "--help"])
    assert shown.exit_code == 0
    options = set(re.findall(r"--[a-z-]+", shown.output))
    assert {"--widths", "--single-turns", "--turns", "--trials", "--limit"} <= options
    assert not {"--width", "--single", "--record", "--no-record"} & options, "it sets these itself"


def test_a_wrong_number_of_turns_is_said_before_a_model_is_looked_for() -> None:
    asked = ["eval", "study", "-o", "x", "--single-turns", "few", "-m", "no-such-model"]
    said = CliRunner().invoke(app, asked)
    assert said.exit_code != 0
    assert "is not a list of numbers" in f"{said.output}{said.exception}"

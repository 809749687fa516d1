"""Used by hatch when the wheel is built: the help pages as manual pages under share/man/man7."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface):  # type: ignore[misc]
    """Renders each topic and adds it to the wheel."""

    PLUGIN_NAME = "manual-pages"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatch before it collects files."""
        sys.path.insert(0, self.root)
        from wideseek_cli.help import TOPICS, text_of
        from wideseek_cli.help.roff import to_roff

        self._folder = tempfile.TemporaryDirectory()
        for topic, about in TOPICS.items():
            page = Path(self._folder.name, f"wideseek-{topic}.7")
            page.write_text(to_roff(topic, about, text_of(topic)), encoding="utf-8")
            build_data["shared_data"][str(page)] = f"share/man/man7/{page.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called when the wheel is written."""
        self._folder.cleanup()

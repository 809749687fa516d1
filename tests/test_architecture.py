"""Who may know whom, read off the imports."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.figures import MOST_MODULES, House, imported

ROOT = Path(__file__).parent.parent / "wideseek_cli"
VOCABULARY = {"core", "settings"}
FACTS = {"values", "pages", "facts"}  # text to values, pages to blocks, blocks to facts
BASE = VOCABULARY | FACTS | {"table", "question", "export", "workers", "__init__"}

# a part -> the parts it may import besides itself
MAY_KNOW: dict[str, set[str]] = {
    "__main__": {"cli"},
    "core": VOCABULARY | {"values", "table", "pages.model"},
    "settings": VOCABULARY | {"values", "table", "export.output", "pages.model"},
    "workers": VOCABULARY,
    "values": VOCABULARY,
    "pages": VOCABULARY | {"values", "table.model"},
    "question": VOCABULARY | FACTS | {"table"},
    "facts": VOCABULARY | {"values", "pages", "table", "question"},
    "table": VOCABULARY | FACTS,
    "export": VOCABULARY | FACTS | {"table"},
    "tablefile": BASE,
    "engine": BASE,
    "sources": BASE | {"engine.base"},
    "record": BASE,
    "models": BASE,
    "ui": BASE,
    "runs": BASE | {"record"},
    "result": BASE,
    "view": BASE | {"runs", "ui"},
    "agents": BASE | {"engine.base", "sources.base"},
    "pipeline": BASE | {"engine.base", "sources.base", "agents"},
    "listening": BASE | {"record", "agents", "pipeline"},
    "opening": BASE | {"engine", "sources", "models", "agents"},
    "run": BASE | {"listening", "engine.opened", "record", "agents", "pipeline"},
    "session": BASE | {"engine.opened", "sources", "record", "opening", "run"},
    "tasks": BASE | {"record.ids", "runs", "agents", "pipeline", "tablefile"},
    "api": BASE | {"result", "runs", "session", "tablefile", "tasks"},
    "bench": BASE | {"engine", "models"},
    "help": {"__init__"},
    "mcp": BASE | {"runs", "models", "opening", "ui", "view", "tablefile", "tasks", "session"},
    "eval": BASE
    | {"ui", "view", "engine", "sources", "record", "models", "agents", "pipeline", "run", "opening"},
    "cli": BASE
    | {
        "engine",
        "sources",
        "tablefile",
        "record.ids",
        "runs",
        "models",
        "agents",
        "pipeline",
        "run",
        "opening",
        "tasks",
        "session",
        "ui",
        "view",
        "eval",
        "bench",
        "help",
        "mcp",
    },
}

# a third-party library -> the only files that may import it
HOME_OF = {
    "llama_cpp": {
        "engine/llamacpp/binding.py",
        "engine/llamacpp/devices.py",
        "models/gguf/quantize.py",
    },
    "huggingface_hub": {"models/fetching/hub.py"},
    "gguf": {"engine/llamacpp/twin.py", "models/gguf/convert.py", "models/gguf/merged.py"},
    "ddgs": {"sources/search/ddgs.py"},
    "idna": {"sources/fetch/urls.py"},
    "webencodings": {"sources/fetch/body.py"},
    "protego": {"sources/fetch/wishes.py"},
    "trafilatura": {"pages/elements/maintext.py"},
    "pypdf": {"pages/pdf.py"},
    "tomlkit": {"cli/commands/config/config_file.py"},
    "jinja2": {"engine/sandbox.py"},
    "mcp": {"mcp/server.py"},
    "pydantic": {"mcp/schema.py", "mcp/server.py"},
    "uvicorn": {"mcp/http.py"},
    "openpyxl": {"export/xlsx.py", "tablefile/workbook.py"},
}
# folders that are still over the limit: none may join them
FULL = {"facts"}
MOST_OF_PROOF = (28, 4_450)  # files and lines that the proof imports, reading pages' blocks included


def _part(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _files() -> list[Path]:
    return sorted(p for p in ROOT.rglob("*.py") if p.parent != ROOT or p.stem != "__init__")


def test_knows_only_what_it_may() -> None:
    wrong = []
    for path in _files():
        allowed = MAY_KNOW[_part(path)] | {_part(path)}
        for name in imported(path):
            target = name.removeprefix("wideseek_cli.")
            if target in (name, "__version__"):
                continue
            if target.split(".")[0] not in allowed and not any(
                target.startswith(known) for known in allowed if "." in known
            ):
                wrong.append(f"{path.relative_to(ROOT)} must not know {target}")
    assert not wrong


def test_no_imports_form_a_circle() -> None:
    """Lazy ones count too: a circle is two modules that are one."""
    tuple(TopologicalSorter(House(ROOT.parent).imports).static_order())


def test_each_library_is_imported_in_one_place() -> None:
    for library, homes in HOME_OF.items():
        users = {
            path.relative_to(ROOT).as_posix()
            for path in _files()
            if any(name.split(".")[0] == library for name in imported(path))
        }
        assert users <= homes, f"{library} is imported in {users - homes}"


@pytest.mark.parametrize("call", [r"(?<!\w)Run\(", r"\bopen_journal\(", r"\bdetached\.begin\("])
def test_every_door_gets_to_a_run_by_the_session(call: str) -> None:
    """Command line, Python, MCP, page, batch and eval: one way, whoever asks."""
    found = re.compile(rf"(?<!def )(?<!class ){call}")
    users = {path.name for path in _files() if found.search(path.read_text(encoding="utf-8"))}
    assert users == {"session.py"}


def test_every_door_knows_of_runs_what_the_api_says() -> None:
    """Whether one goes on, its table, events as they come, messages to it: `runs.py`, whoever asks."""
    homes = {"detached": {"session"}, "inbox": {"runs", "listening"}, "lock": {"runs"}}
    for name, known in homes.items():
        module = re.compile(rf"wideseek_cli\.record\.{name}(\.|$)")
        users = {_part(path) for path in _files() if any(map(module.match, imported(path)))}
        assert users - {"record"} == known
    for door in ("api", "cli", "mcp", "view"):
        assert {known for known in MAY_KNOW[door] if known.startswith("record")} <= {"record.ids"}


def test_the_proof_needs_little() -> None:
    """What has to be read to know why a cell is proved: the aim is 15 files, 2,500 lines."""
    house = House(ROOT.parent)
    files = house.reached("facts/proof") | house.reached("pages/codec") | house.reached("pages/markdown")
    assert len(files) <= MOST_OF_PROOF[0]
    assert sum(len(house.modules[name].read_text("utf-8").splitlines()) for name in files) <= MOST_OF_PROOF[1]


def test_no_folder_is_full() -> None:
    """A room holds as many modules as a reader can keep in mind."""
    full = {name for name, count in House(ROOT.parent).folders().items() if count > MOST_MODULES}
    assert full <= FULL

"""Every message is what an engineer at a keyboard would write: one style, words that users search for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from wideseek_cli.help import TOPICS, text_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wideseek_cli"
# Proper names; other capitals (URL, GGUF, HF_TOKEN) are told by their second letter.
NAMES = {
    "Brave",
    "Ctrl-C",
    "Kiwix",
    "Linux",
    "Markdown",
    "Python",
    "Qwen",
    "Qwen3",
    "Wikipedia",
    "WideSearch",
}
# What is not said, and what is said instead.
WORDS = {
    r"\bunasked\b": "without asking",
    r"\borderly\b": "cleanly",
    r"bears? (?:it )?out\b": "supports",
    r"come to its end": "finished",
    r"goes on so\b": "stopping after repeated failures",
    r"\banew\b": "again",
    r"\bgives? way\b": "is evicted, is replaced",
    r"\bvouch": "untrusted",
    r"left for another time": "rerun to continue",
    r"\bis the talk\b": "progress and messages",
    r"\bso many\b": "this many, at most N",
    r"\bhalf-done\b": "partial",
    r"\bmend\b": "fix",
    r"\breckoned\b": "estimated",
    r"\bsends on\b": "redirects",
    r"(?<!there )\bis no (?!longer)[a-z]": "is not a",
    r"\bstandard (?:input|output|error)\b": "stdin, stdout, stderr",
    r"\binvocation|\bsub-agent": "run, row, cell, page, source, lead, subagent, wave",
    r"\bentit(?:y|ies)\b": "row",
}


_HINTS = ("hint", "_hint")


def _texts(node: ast.expr) -> Iterator[str]:
    """What an expression of texts may say, its fields as {}."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))


def _messages(path: Path) -> Iterator[str]:
    """The errors, hints and option helps of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name.endswith("Error") and node.args:
                yield from _texts(node.args[0])
            for keyword in node.keywords:
                if keyword.arg in ("hint", "help"):
                    yield from _texts(keyword.value)
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "").lower() in _HINTS:
            yield from _texts(node.value)


@cache
def messages() -> dict[str, list[str]]:
    """Those of the whole package, by file."""
    return {
        str(path.relative_to(PACKAGE)): sorted({text for text in _messages(path) if " " in text})
        for path in PACKAGE.rglob("*.py")
    }


def test_messages_have_one_style() -> None:
    """Lower case; no full stop behind a fragment."""
    assert sum(map(len, messages().values())) > 500
    for name, texts in messages().items():
        for text in texts:
            word = re.match(r"[A-Z][\w'-]*", text)
            assert word is None or word.group() in NAMES or not word.group()[1:].islower(), (name, text)
            sentences = re.search(r"[.?!:] +[A-Z`]", text)
            assert not text.endswith(".") or text.endswith("..") or sentences, (name, text)


def test_messages_and_pages_use_the_words_that_users_search_for() -> None:
    pages = {topic: [text_of(topic)] for topic in TOPICS}
    readme = {"README.md": [(ROOT / "README.md").read_text(encoding="utf-8")]}
    for name, texts in {**messages(), **pages, **readme}.items():
        for text in texts:
            for odd, plain in WORDS.items():
                assert not re.search(odd, text), f"{name}, {text[:200]!r}: say {plain}"

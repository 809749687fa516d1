"""The pages of `wideseek help TOPIC`: Markdown files beside this one."""

from __future__ import annotations

from importlib.resources import files

# name -> one line about it, in the order in which a newcomer needs them
TOPICS = {
    "cells": "what proved, seen, unproved, missing and conflict mean, and how often they are wrong",
    "formats": "what is written where, file formats, exit codes",
    "tables": "tables you have: fill their gaps, check what they hold",
    "runs": "past runs: list, explain, export, resume, replay",
    "models": "which models there are, what fits, where they come from",
    "sources": "search engines, keys, pages, robots.txt",
    "offline": "ZIM files, your own documents, no network at all",
    "servers": "vLLM, SGLang, llama-server; clusters",
    "assistants": "MCP server and SKILL.md: wideseek for other assistants",
    "python": "ask, fill, prove and runs from Python",
    "config": "settings, profiles, environment, prompts of your own",
    "measuring": "benchmarks, scoring, the proof measured, width curves",
    "privacy": "what leaves this machine, and what is kept on it",
}


def text_of(topic: str) -> str:
    """A topic's page as Markdown."""
    return files(__name__).joinpath(f"{topic}.md").read_text(encoding="utf-8")

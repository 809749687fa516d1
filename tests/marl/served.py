"""A model that plays a lead and its subagents by script, at a server: two agents, then the table."""

from __future__ import annotations

import json
from typing import Any

from tests.engine.scripted_server import Say, Whole
from wideseek_cli.eval.questions.dataset import Task

RESULT = "<tool_response>"


def replies(task: Task, cells: str = "") -> Any:
    """What is answered to a prompt. `cells`: what stands in every cell instead of what is right."""

    def reply(prompt: str) -> str:
        if "You lead" not in prompt:
            return "<think>I know it.</think>\nIt is known."
        if RESULT not in prompt:
            subtasks = [{"prompt": f"Find for {row[0]}: all"} for row in task.gold.rows[:2]]
            call = {"name": "create_sub_agents", "arguments": {"sub_agents": subtasks}}
            return f"<think>Two first.</think>\n<tool_call>\n{json.dumps(call)}\n</tool_call>"
        rows = [[row[0], *(cells or cell for cell in row[1:])] for row in task.gold.rows]
        lines = [task.gold.columns, ["---"] * len(task.gold.columns), *rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"<think>That is all.</think>\n```markdown\n{table}\n```"

    return reply


def text_of(asked: dict[str, Any]) -> str:
    """The prompt of a chat request."""
    return "\n".join(message["content"] for message in asked["messages"])


def chat(text: str) -> Say:
    """As the endpoint before a trained model answers: in one piece."""
    return Say([text], usage=(100, 0, len(text)))


def generated(ids: list[int]) -> Whole:
    """As vLLM's token endpoint answers."""
    logprobs = [{"token": f"token_id:{one}", "logprob": -0.5} for one in ids]
    choice = {"index": 0, "token_ids": ids, "finish_reason": "stop", "logprobs": {"content": logprobs}}
    return Whole({"request_id": "x", "choices": [choice]})

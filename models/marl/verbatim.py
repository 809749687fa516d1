"""A renderer for `verifiers` that leaves a context as it was written: ChatML, and a reply is one text.

Those that come with it take thoughts and calls out of a reply and write them anew in the next turn. Our
agents have them in the text, and a trainer must see the ids that were sampled.

    --client.renderer.name custom --client.renderer.import-path models.marl.verbatim.Verbatim
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from renderers.base import ParsedResponse, RenderedTokens
from renderers.configs import BaseRendererConfig

END, STOPS = "<|im_end|>", ("<|im_end|>", "<|endoftext|>", "</tool_response>")
OPEN = "<|im_start|>assistant\n"


class VerbatimConfig(BaseRendererConfig):  # type: ignore[misc]
    name: Literal["verbatim"] = "verbatim"


class Verbatim:
    """Messages to ids and back; a next turn goes on behind the ids of the last one."""

    config_class = VerbatimConfig
    is_prefix_stable = True
    supports_tools = False  # they stand in the system message, in words

    def __init__(self, tokenizer: Any, config: VerbatimConfig | None = None) -> None:
        self.config = config or VerbatimConfig()
        self._tokenizer = tokenizer
        known = tokenizer.get_vocab()
        self._stops = [known[stop] for stop in STOPS if stop in known]
        self._end = known[END]

    def render(
        self, messages: Sequence[Mapping[str, Any]], *, tools: Any = None, add_generation_prompt: bool = False
    ) -> RenderedTokens:
        ids: list[int] = []
        whose: list[int] = []
        for number, message in enumerate(messages):
            gap = "" if message["role"] == "assistant" else "\n"  # behind a reply stands the next message
            part = self._encode(f"<|im_start|>{message['role']}\n{message['content']}{END}{gap}")
            ids += part
            whose += [number] * len(part)
        if add_generation_prompt:
            opened = self._encode(OPEN)
            ids, whose = ids + opened, whose + [-1] * len(opened)
        return RenderedTokens(
            token_ids=ids, message_indices=whose, message_roles=[message["role"] for message in messages]
        )

    def render_ids(self, messages: Sequence[Mapping[str, Any]], **how: Any) -> list[int]:
        return list(self.render(messages, **how).token_ids)

    def parse_response(
        self, token_ids: Sequence[int], *, tools: Any = None, prompt_ids: Any = None
    ) -> ParsedResponse:
        ids = list(token_ids[:-1] if token_ids and token_ids[-1] in self._stops else token_ids)
        text = self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return ParsedResponse(content=text)

    def get_stop_token_ids(self) -> list[int]:
        return self._stops

    def bridge_to_next_turn(
        self,
        previous_prompt_ids: Sequence[int],
        previous_completion_ids: Sequence[int],
        new_messages: Sequence[Mapping[str, Any]],
        *,
        tools: Any = None,
    ) -> RenderedTokens:
        written = [*previous_prompt_ids, *previous_completion_ids]
        if written[-1] != self._end:  # cut at its length, or stopped by another token
            written.append(self._end)
        added = self.render(new_messages, add_generation_prompt=True)
        return RenderedTokens(
            token_ids=written + added.token_ids,
            message_indices=[-1] * len(written) + added.message_indices,
            message_roles=added.message_roles,
        )

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False))

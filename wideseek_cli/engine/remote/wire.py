"""What goes between a remote conversation and its server: plain data, and three ways to fail."""

from __future__ import annotations

from dataclasses import dataclass, field

from wideseek_cli.core.errors import WideseekError
from wideseek_cli.core.messages import Sampling


@dataclass(frozen=True)
class RemoteOptions:
    """Which server, and how to deal with it."""

    url: str
    model: str = ""  # empty: the first that it lists
    template: str = ""  # the model's chat template, when the server does not tell it
    context: int = 0  # tokens of one conversation; 0: what the server says
    sampling: Sampling = field(default_factory=Sampling)
    grammar: bool = True
    timeout: float = 600.0  # seconds without a single token
    attempts: int = 5
    first_wait: float = 0.5  # seconds before the second attempt; doubled each time
    key: str = field(default="", repr=False)  # empty: from the environment


@dataclass(frozen=True)
class Served:
    """What a server told about itself."""

    model: str
    context: int = 0  # tokens of one request; 0: it did not say
    slots: int = 0  # requests at once; 0: it did not say
    template: str = ""  # the model's chat template
    bos_token: str = ""
    eos_token: str = ""
    kind: str = ""  # llamacpp, vllm, …
    detail: str = ""

    @property
    def takes_grammar(self) -> bool:
        return self.kind == "llamacpp"


@dataclass(frozen=True)
class Piece:
    """A piece of a streamed answer. The last one has `finish`; counts are of the whole request so far."""

    text: str = ""
    thought: str = ""
    finish: str = ""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0


@dataclass(frozen=True)
class Ask:
    """What is asked for, whichever way."""

    max_tokens: int
    sampling: Sampling
    stop: tuple[str, ...] = ()
    grammar: str = ""


class Passing(Exception):
    """A failure that may be gone in a moment; `cause` is what to say if it is not."""

    def __init__(
        self, cause: WideseekError, wait: float = 0.0, *, answered: bool = False, busy: bool = False
    ) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.answered = answered  # the server is there, but busy or still loading
        self.busy = busy  # it said so itself: a minute may be what it takes
        self.wait = wait  # seconds the server asked for


class TooLong(Exception):
    """The request does not fit. `room`: tokens that may be written, as far as the server named it;
    `cause` is what to say if they are not enough."""

    def __init__(self, cause: WideseekError, room: int | None = None) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.room = room


class NoSuchPath(Exception):
    """The server does not offer this way of asking."""

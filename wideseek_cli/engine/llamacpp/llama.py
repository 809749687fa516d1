"""llama.cpp's models; with `context.py` and `devices.py` all of the engine that calls llama_cpp.

A `Model` is a loaded GGUF, a `Grammar` a constraint that follows one reply. What llama.cpp reports as a
number or a log line becomes an error of ours.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from wideseek_cli.core.errors import EngineClosedError, EngineError, ModelFileError
from wideseek_cli.engine.llamacpp.binding import held, llama_cpp

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
LOG_WARNING, LOG_ERROR = 3, 4


class Log:
    """llama.cpp's log is one global callback: its warnings and errors are kept, not printed."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=40)
        self._lock = threading.Lock()
        self._callback = llama_cpp.llama_log_callback(self._take)
        self._installed = False

    def install(self) -> None:
        """Take the log over; safe to call again."""
        with self._lock:
            if not self._installed:
                llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))
                llama_cpp.llama_backend_init()
                self._installed = True

    def _take(self, level: int, text: bytes, _: Any) -> None:
        if level in (LOG_WARNING, LOG_ERROR):
            line = "".join(c for c in text.decode("utf-8", "replace").strip() if c.isprintable())
            self._lines.append(re.sub(r"^\w+: ", "", line)[:300])

    def clear(self) -> None:
        self._lines.clear()

    def last(self, *, holding: str = "") -> str:
        """The newest line (that holds a word), or nothing."""
        return next((line for line in reversed(self._lines) if holding in line), "")


LOG = Log()
_MARKED = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED


def load_weights(path: Path, *, gpu_layers: int, repack: bool) -> Any:
    """A handle, or nothing. With `repack` weights are copied into the order that llama.cpp has kernels of its
    own for; else they are mapped as they are in the file."""
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers, params.use_extra_bufts = gpu_layers, repack
    return llama_cpp.llama_model_load_from_file(str(path).encode(), params)


class Model:
    """A loaded GGUF and its vocabulary."""

    def __init__(
        self, path: Path, *, gpu_layers: int = -1, adapter: Path | None = None, repack: bool = False
    ) -> None:
        LOG.install()
        LOG.clear()
        self._handle = load_weights(path, gpu_layers=gpu_layers, repack=repack)
        if not self._handle:
            raise _load_error(path)
        self._vocab = llama_cpp.llama_model_get_vocab(self._handle)
        self.adapter = self._load_adapter(adapter) if adapter else None
        self.vocab_size: int = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.description = self._text(llama_cpp.llama_model_desc)
        self.metadata = dict(self._read_metadata())
        self._pieces: dict[int, bytes] = {}
        kinds = map(held("llama_vocab_get_attr"), repeat(self._vocab), range(self.vocab_size))
        marked = {token: kind for token, kind in enumerate(kinds) if kind & _MARKED}
        self.end_tokens = frozenset(filter(self._ends, {*marked, *self._named_tokens()}))
        self.special_texts = sorted({text for t, k in marked.items() if (text := self._special_text(t, k))})

    def _ends(self, token: int) -> bool:
        return bool(llama_cpp.llama_vocab_is_eog(self._vocab, token))

    def _named_tokens(self) -> Iterator[int]:
        """Those that the file names for a purpose; it need not mark them."""
        for name in ("eos", "eot", "fim_pad", "fim_rep", "fim_sep"):
            token = getattr(llama_cpp, f"llama_vocab_{name}")(self._vocab)
            if token >= 0:
                yield token

    def _load_adapter(self, path: Path) -> Any:
        adapter = llama_cpp.llama_adapter_lora_init(self._handle, str(path).encode())
        if not adapter:
            self.close()
            reason = LOG.last() or "llama.cpp gave no reason"
            raise ModelFileError(
                f"adapter {path.name} cannot be loaded: {reason}",
                hint="it must be a LoRA GGUF for this very model",
            )
        return adapter

    def _special_text(self, token: int, kind: int) -> str:
        """The name of a control token, or of a tag that is one token; what outside text must not spell."""
        text = self.piece(token).decode("utf-8", "replace")
        tagged = text.startswith("<") and text.endswith(">")
        return text if tagged or kind & llama_cpp.LLAMA_TOKEN_ATTR_CONTROL else ""

    def _text(self, function: Any, *arguments: Any) -> str:
        buffer = ctypes.create_string_buffer(1024)
        size = function(self._handle, *arguments, buffer, len(buffer))
        if size >= len(buffer):
            buffer = ctypes.create_string_buffer(size + 1)
            function(self._handle, *arguments, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def _read_metadata(self) -> Iterator[tuple[str, str]]:
        for index in range(llama_cpp.llama_model_meta_count(self._handle)):
            yield (
                self._text(llama_cpp.llama_model_meta_key_by_index, index),
                self._text(llama_cpp.llama_model_meta_val_str_by_index, index),
            )

    @property
    def plain_cells(self) -> bool:
        """Whether every token has cells of its own in every layer, which can be cut and copied anywhere. A
        sliding window leaves some out of what is saved, and a recurrent state is all or nothing."""
        return not (
            llama_cpp.llama_model_n_swa(self.handle)
            or llama_cpp.llama_model_is_recurrent(self.handle)
            or llama_cpp.llama_model_is_hybrid(self.handle)
        )

    @property
    def handle(self) -> Any:
        if self._handle is None:
            raise EngineClosedError("the engine was closed")
        return self._handle

    @property
    def vocab(self) -> Any:
        return self._vocab if self.handle else None

    @property
    def start_token(self) -> int | None:
        """The token every text of this model begins with, whether or not its template writes it."""
        wanted = llama_cpp.llama_vocab_get_add_bos(self._vocab)
        return int(llama_cpp.llama_vocab_bos(self._vocab)) if wanted else None

    @property
    def start_text(self) -> str:
        return self._name(llama_cpp.llama_vocab_bos(self._vocab))

    @property
    def end_text(self) -> str:
        return self._name(llama_cpp.llama_vocab_eos(self._vocab))

    def _name(self, token: int) -> str:
        return self.piece(token).decode("utf-8", "replace") if token >= 0 else ""

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """The tokens of a text; with `special`, control tokens written in it are recognised."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), buffer, room, False, special)
        if count < 0:
            raise EngineError(f"a text of {len(data)} bytes could not be split into tokens")
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens show their name."""
        known = self._pieces.get(token)
        if known is None:
            buffer = ctypes.create_string_buffer(512)
            size = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, True)
            known = self._pieces[token] = buffer.raw[: max(0, size)]
        return known

    def text(self, tokens: Sequence[int]) -> str:
        return b"".join(self.piece(token) for token in tokens).decode("utf-8", "replace")

    def close(self) -> None:
        """Free the weights; contexts must be closed before."""
        if self._handle is not None:
            llama_cpp.llama_model_free(self._handle)
            self._handle = None


def _load_error(path: Path) -> ModelFileError:
    reason = LOG.last(holding="unknown model architecture") or LOG.last(holding="error") or LOG.last()
    if "unknown model architecture" in reason:
        name = reason.split("'")[1] if "'" in reason else "?"
        return ModelFileError(
            f"{path.name} has the architecture '{name}', which this build of llama.cpp does not know",
            hint="update wideseek (its llama.cpp comes along), or choose another model: wideseek models",
        )
    return ModelFileError(f"{path.name} cannot be loaded: {reason or 'llama.cpp gave no reason'}")


class Grammar:
    """A GBNF grammar walking along one reply."""

    def __init__(self, model: Model, text: str) -> None:
        LOG.clear()
        self._handle = llama_cpp.llama_sampler_init_grammar(model.vocab, text.encode(), b"root")
        if not self._handle:
            raise EngineError(f"a grammar does not parse: {LOG.last()}")

    def allowed(self, tokens: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
        """Which of these tokens may come next."""
        candidates = np.zeros(len(tokens), CANDIDATE)
        candidates["id"] = tokens
        array = llama_cpp.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
            size=len(tokens),
            selected=-1,
            sorted=False,
        )
        llama_cpp.llama_sampler_apply(self._handle, ctypes.byref(array))
        return np.asarray(candidates["logit"] == 0.0)

    def accept(self, token: int) -> None:
        """Walk on by a token that was found to be allowed."""
        llama_cpp.llama_sampler_accept(self._handle, token)

    def close(self) -> None:
        if self._handle is not None:
            llama_cpp.llama_sampler_free(self._handle)
            self._handle = None

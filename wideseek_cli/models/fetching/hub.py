"""The Hugging Face hub: which files a repo or a search has, and where their bytes are.

The bytes come through our own downloader: the hub library names its half-done files at random, so a
download cut by a crash would begin again. Its endpoint, token, offline switch and cache are respected.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import DownloadError
from wideseek_cli.models.fetching.download import Remote, reachable
from wideseek_cli.settings.proxies import check_proxies

_SPLIT = re.compile(r"-\d{5}-of-\d{5}\.gguf$", re.IGNORECASE)
_AUXILIARY = re.compile(r"mmproj|imatrix|draft|lora|vocab", re.IGNORECASE)
# Next best when the wanted quantisation is not published, by quality for the size.
_FALLBACKS = ("q4_k_m", "q4_k_s", "q5_k_m", "q8_0", "f16")
_PATIENCE = 30.0  # seconds between two signs of life of the hub
_SEARCHED = 20  # repos looked at, most downloaded first
_CHECKPOINT = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
_CHECKPOINT_MORE = ("chat_template.jinja", "vocab.json", "merges.txt", "model.safetensors.index.json")


@dataclass(frozen=True)
class HubFile:
    """One file of a repo at one revision."""

    repo: str
    name: str
    revision: str
    size: int
    sha256: str = ""


class Hub:
    """Asks the hub. `endpoint` and `token` are the library's own settings unless given."""

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        self._endpoint, self._token = endpoint, token
        self._down: bool | None = None  # None: not tried yet

    def files(self, repo: str) -> tuple[HubFile, ...]:
        """Every file of a repo, with its size and sum."""
        from huggingface_hub import HfApi

        self._reach(repo)
        found = []
        with _hub_errors(repo):
            api = HfApi(self._endpoint, self._token)
            info = api.model_info(repo, files_metadata=True, timeout=_PATIENCE)
            for sibling in info.siblings or ():
                sum_ = sibling.lfs.sha256 if sibling.lfs else ""
                name, size = str(sibling.rfilename), int(sibling.size or 0)
                found.append(HubFile(repo, name, str(info.sha or "main"), size, str(sum_ or "")))
        return tuple(found)

    def quantised_from(self, base: str) -> tuple[str, ...]:
        """Repos that the hub knows as quantised from `base`; its owner's first, then by downloads."""
        from huggingface_hub import HfApi

        self._reach(base)
        with _hub_errors(base):
            api = HfApi(self._endpoint, self._token)
            tags = [f"base_model:quantized:{base}", "gguf"]
            models = api.list_models(filter=tags, sort="downloads", limit=_SEARCHED)
            repos = [model.id for model in models]
        owner = base.partition("/")[0].lower()
        return tuple(sorted(repos, key=lambda repo: repo.partition("/")[0].lower() != owner))

    def _reach(self, repo: str) -> None:
        """Fail at once, and only once, when nobody answers: the library would try for minutes."""
        from huggingface_hub import constants
        from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

        with _hub_errors(repo):
            validate_repo_id(repo)
        self._key()
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it reports every retry
        if constants.HF_HUB_OFFLINE:
            raise _offline()
        if self._down is None:
            self._down = not reachable(self._endpoint or constants.ENDPOINT)
        if self._down:
            raise _unreachable(self._endpoint or constants.ENDPOINT)

    def cached(self, file: HubFile) -> Path | None:
        """The file in the hub library's own cache, when another tool has fetched it already."""
        from huggingface_hub import try_to_load_from_cache

        with _hub_errors(file.repo):
            found = try_to_load_from_cache(file.repo, file.name, revision=file.revision)
        return Path(found) if isinstance(found, str) else None

    def remote(self, file: HubFile) -> Remote:
        """Where the bytes are, with the headers the hub wants."""
        from huggingface_hub import constants, hf_hub_url

        if constants.HF_HUB_OFFLINE:
            raise _offline()
        with _hub_errors(file.repo):
            url = hf_hub_url(file.repo, file.name, revision=file.revision, endpoint=self._endpoint)
        token = self._key()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Remote(url, file.sha256, file.size, headers)

    def _key(self) -> str:
        """The token, if there is one. What cannot be one is told before the library trips over it."""
        from huggingface_hub import get_token

        token = self._token or get_token() or ""
        if not (token.isascii() and token.isprintable()):
            raise DownloadError(
                "HF_TOKEN is not a token: it has characters that no token has",
                hint="copy it again, without quotes",
            )
        return token


def fetch_dataset(repo: str, *, offline: bool = False) -> Path:
    """A whole dataset repo, in the hub library's cache. Nothing is fetched twice, and nothing offline."""
    from huggingface_hub import errors, snapshot_download

    with _hub_errors(repo):
        try:
            return Path(snapshot_download(repo, repo_type="dataset", local_files_only=offline))
        except errors.LocalEntryNotFoundError as error:
            if not offline:
                raise
            raise DownloadError(
                f"{repo} is not on this machine, and nothing is downloaded offline"
            ) from error


def pick_gguf(files: Sequence[HubFile], quant: str, *, exact: bool = False) -> HubFile | None:
    """The one file of the wanted quantisation, else (unless `exact`) the nearest one."""
    whole = [
        file
        for file in files
        if file.name.lower().endswith(".gguf")
        and not _SPLIT.search(file.name)
        and not _AUXILIARY.search(file.name)
    ]
    for wanted in (quant, *(() if exact else _FALLBACKS)):
        pattern = re.compile(rf"(?:^|[^a-z0-9]){re.escape(wanted)}(?:[^a-z0-9_]|$)", re.IGNORECASE)
        matching = [file for file in whole if pattern.search(file.name)]
        if matching:
            return min(matching, key=lambda file: len(file.name))
    return whole[0] if len(whole) == 1 and not exact else None


def quant_of(name: str) -> str:
    """The quantisation a file name tells, `gguf` when it tells none."""
    found = re.search(
        r"(?:^|[^a-z0-9])((?:i?q\d[a-z0-9_]*)|bf16|f16|f32)(?:[^a-z0-9_]|$)", name, re.IGNORECASE
    )
    return found.group(1).lower() if found else "gguf"


def checkpoint_files(files: Sequence[HubFile], repo: str) -> tuple[HubFile, ...]:
    """What a build needs of a repo: small files first, then the weights."""
    names = {file.name: file for file in files}
    weights = [file for file in files if file.name.endswith(".safetensors") and "/" not in file.name]
    if not weights or "config.json" not in names:
        raise DownloadError(f"{repo} has no safetensors weights to build from")
    weights = [file for file in weights if file.name == "model.safetensors"] or weights
    small = [names[name] for name in (*_CHECKPOINT, *_CHECKPOINT_MORE) if name in names]
    return (*small, *sorted(weights, key=lambda file: file.name))


@contextmanager
def _hub_errors(repo: str) -> Iterator[None]:
    """The hub library's errors as ours. It stands on one HTTP client or another, so the root is OSError."""
    from huggingface_hub import errors

    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise _offline() from error
    except errors.HFValidationError as error:
        hint = "a repo is OWNER/NAME; a folder has to be there"
        raise DownloadError(f"{repo!r} is not the name of a hub repo", hint=hint) from error
    except errors.GatedRepoError as error:
        hint = "accept its licence on the hub, then set HF_TOKEN to a token of your account"
        raise DownloadError(f"{repo} asks you to accept its licence first", hint=hint) from error
    except errors.RepositoryNotFoundError as error:
        hint = "check the name; a private repo needs HF_TOKEN"
        raise DownloadError(f"the hub has no repo {repo}", hint=hint) from error
    except errors.HfHubHTTPError as error:
        status = getattr(error.response, "status_code", 0)
        hint = {401: "HF_TOKEN is not valid", 429: "wait a little, or set HF_TOKEN"}.get(
            status, "try again later"
        )
        raise DownloadError(f"the hub answers {status or 'with an error'} for {repo}", hint=hint) from error
    except (TypeError, LookupError, AttributeError) as error:
        hint = "HF_ENDPOINT may not name a hub" if "HF_ENDPOINT" in os.environ else "upgrade huggingface-hub"
        raise DownloadError(f"the hub's answer for {repo} cannot be understood", hint=hint) from error
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        check_proxies()  # a bad one looks like any of these
        raise _unreachable(type(error).__name__) from error
    except Exception as error:
        # The HTTP client below the library is not ours to import; its transport errors are known by name.
        if not type(error).__module__.split(".")[0].startswith(("httpx", "requests", "urllib3")):
            raise
        check_proxies()
        raise _unreachable(type(error).__name__) from error


def _unreachable(what: str) -> DownloadError:
    return DownloadError(
        f"the hub cannot be reached ({what})",
        hint="check the connection; HF_ENDPOINT names a mirror; wideseek demo needs no hub",
    )


def _offline() -> DownloadError:
    return DownloadError("the hub is not asked: HF_HUB_OFFLINE is set", hint="unset HF_HUB_OFFLINE")

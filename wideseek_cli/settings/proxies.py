"""The proxies and certificates that the environment names, and what is wrong with them in words.

HTTP clients read them when they are made; what they raise over a bad one is of many kinds.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from wideseek_cli.core.errors import ConfigError
from wideseek_cli.core.text import clean_line

_PROXIES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")  # in capitals or not
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def set_proxies() -> dict[str, str]:
    """The variables that name a proxy, as they are written."""
    return {name: value for name, value in os.environ.items() if name.upper() in _PROXIES and value}


@contextmanager
def readable_proxies() -> Iterator[None]:
    """Around the making of an HTTP client: names the variable that it cannot use."""
    try:
        yield
    except OSError as error:
        names = " or ".join(name for name in _CERTIFICATES if os.environ.get(name))
        if not names:
            raise
        raise ConfigError(f"{names} cannot be read ({error.strerror})", hint="fix or unset it") from error
    except Exception as error:
        # a client that is not ours to import has an InvalidURL of its own
        if not isinstance(error, ValueError) and type(error).__name__ != "InvalidURL":
            raise
        explained = _explained(error)
        if explained is None:
            raise
        raise explained from error


def certificates() -> ssl.SSLContext:
    """What HTTPS connections trust. Reading it takes tens of milliseconds, so it is done once."""
    return _trusted(*(os.environ.get(name) for name in _CERTIFICATES))


@lru_cache(maxsize=4)
def _trusted(*named: str | None) -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


def check_proxies() -> None:
    """Raise when no HTTP client can be made."""
    import httpx

    with readable_proxies():
        httpx.Client(verify=certificates()).close()


def _explained(error: Exception) -> ConfigError | None:
    """Which variable is to blame; None when there is none."""
    bad = next((name for name, value in set_proxies().items() if not _is_proxy(value)), "")
    if bad:
        return ConfigError(
            f"{bad} is not a proxy address",
            hint=f"write {bad}=http://HOST:PORT or {bad}=socks5://HOST:PORT, or unset it",
        )
    names = " or ".join(name for name in os.environ if name.upper() == "NO_PROXY")
    if not names:
        return None
    hint = "name hosts and domains there; networks like fd00::/8 cannot be read"
    return ConfigError(f"{names} cannot be read ({clean_line(str(error), 60)})", hint=hint)


def _is_proxy(value: str) -> bool:
    import httpx

    try:
        return bool(httpx.Proxy(value if "://" in value else f"http://{value}").url.host)
    except (ValueError, httpx.InvalidURL):
        return False

"""Telling pages from what stands in for them: challenges, consent walls, logins, soft errors. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from wideseek_cli.core.findings import PageStatus

Verdict = tuple[PageStatus, str]

_SHORT = 700  # characters of text under which a telling phrase is the page's message, not its subject
_STRUCTURAL_SHORT = 1200
_HEAD = 60_000
_CONSENT = "The site shows a cookie consent wall instead of the page."
_LOGIN = "The site shows a login instead of the page."

# Marks of services that stand before a site. Some leave scripts in good pages too: the text must be short.
_CHALLENGE_HTML = re.compile(
    r"cf-browser-verification|cf_chl_|cf-turnstile|/cdn-cgi/challenge-platform/|_incapsula_resource"
    r"|captcha-delivery\.com|awswafcookiedomainlist|gokuprops|px-captcha|_pxcaptcha|/_sec/cp_challenge|ddos-guard"
    r"|sucuri_cloudproxy|g-recaptcha|h-captcha|hcaptcha\.com/1/api|anubis_challenge|geetest|kasada",
    re.IGNORECASE,
)
# What a page may well be about tells a challenge only where it is a title, a heading or a line, or a sentence
# at its beginning.
_CHALLENGE_TEXT = re.compile(
    r"(?:^|>)\s{0,9}(?:#{1,6} )?(?:just a moment ?(?:\.{3}|…)|attention required!|(?:access|request) denied"
    r"|request blocked|security (?:verification|check)|bot detection|are you (?:a )?(?:robot|human)\?"
    r"|i(?:'|’| a)m not a robot)\s{0,9}(?:$|[<.!:|])"
    r"|checking your browser|verify (?:that )?you(?:'re| are) (?:a )?human"
    r"|unusual traffic(?:\.| from| coming)"
    r"|you have been blocked|access to this page has been denied|enable javascript and cookies to continue"
    r"|complete the security check|pardon our interruption|you(?:'re| are) not a robot"
    r"|人机验证|安全验证|请完成验证|访问过于频繁",
    re.IGNORECASE | re.MULTILINE,
)
_CONSENT_TEXT = re.compile(
    r"before you continue|accept (?:all )?cookies|we (?:value|care about) your privacy"
    r"|consent to (?:the use of )?cookies|cookie (?:consent|preferences)|reject all"
    r"|alle cookies akzeptieren|tout accepter",
    re.IGNORECASE,
)
_CONSENT_HOST = re.compile(r"(?:^|\.)(?:consent|guce|cmp)\.", re.IGNORECASE)
_LOGIN_TEXT = re.compile(
    r"(?:sign|log) ?in to (?:continue|view|read|see|your|access)|please (?:sign|log) ?in|login required"
    r"|create an account to continue|subscribe to (?:continue|read)"
    r"|this (?:\w{1,20} )?(?:page|content|area|section|article|story|site|material) is"
    r" (?:(?:available|reserved|restricted|open) )?(?:(?:for|to) )?(?:our )?(?:(?:registered|paying) )?"
    r"(?:members|subscribers)[ -]only"
    r"|^(?:#{1,6} )?(?:for )?(?:members|subscribers)[ -]only(?: (?:page|content|area|section|article))?[.!]?$"
    r"|登录后|请登录|请先登录",
    re.IGNORECASE | re.MULTILINE,
)
_LOGIN_PATH = re.compile(
    r"/(?:login|log-in|signin|sign-in|authwall|auth|sso|oauth2?|accounts?/login)\b", re.IGNORECASE
)
_PASSWORD = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_SCRIPT_ONLY = re.compile(
    r"(?:enable|requires?|need|turn on|without) javascript"
    r"|javascript (?:is|must be) (?:disabled|enabled|required)|doesn't work (?:properly )?without javascript",
    re.IGNORECASE,
)
_SOFT_404 = re.compile(
    r"^(?:error )?404\s{0,9}(?:$|[:.!|–—-]|error|not found|page)|\b404 (?:error|not found)"
    r"|page (?:was )?not found|页面不存在"
    r"|page (?:does not|doesn't|no longer) exist",
    re.IGNORECASE,
)


def by_status(code: int, html: str = "") -> Verdict | None:
    """What a status code alone says; None for success."""
    if 200 <= code < 300:
        return None
    if _CHALLENGE_HTML.search(html[:_HEAD]) or (code in (403, 503) and _CHALLENGE_TEXT.search(html[:_HEAD])):
        return PageStatus.BLOCKED, f"The site answered with a challenge for browsers (HTTP {code})."
    if code in (401, 407):
        return PageStatus.BLOCKED, f"The site wants a login (HTTP {code})."
    if code in (402, 403, 451):
        return PageStatus.BLOCKED, f"The site refuses to show this page (HTTP {code})."
    if code == 429:
        return PageStatus.BLOCKED, "The site says it was asked too often (HTTP 429)."
    if code in (404, 410):
        return PageStatus.GONE, f"There is no page at this address (HTTP {code})."
    if code in (408, 504):
        return PageStatus.TIMEOUT, f"The site did not answer in time (HTTP {code})."
    if code >= 500:
        return PageStatus.GONE, f"The site failed to produce the page (HTTP {code})."
    return PageStatus.GONE, f"The site answered with HTTP {code} and no page."


def by_content(html: str, text: str, title: str, url: str, final_url: str) -> Verdict | None:
    """What the content says; None when it is a page. A long text is one, whatever else is around it."""
    head, words = html[:_HEAD], f"{title}\n{text}"
    sent_to_login = _is_login_path(final_url) and not _is_login_path(url)
    if _is_sent_to_consent(words, text, url, final_url):
        return PageStatus.BLOCKED, _CONSENT
    if len(text) >= _STRUCTURAL_SHORT:
        return (PageStatus.BLOCKED, _LOGIN) if sent_to_login and _PASSWORD.search(head) else None
    short = len(text) < _SHORT
    says_challenge = bool(_CHALLENGE_TEXT.search(words))
    if (_CHALLENGE_HTML.search(head) and (short or says_challenge)) or (short and says_challenge):
        return PageStatus.BLOCKED, "The site shows a challenge for browsers instead of the page."
    if _is_consent(words):
        return PageStatus.BLOCKED, _CONSENT
    if sent_to_login or _is_login(head, words, text):
        return PageStatus.BLOCKED, _LOGIN
    if short and _SOFT_404.search(title or text[:200]):
        return PageStatus.GONE, "The site says that this page does not exist."
    if not text.strip():
        needs = " without running scripts" if _SCRIPT_ONLY.search(head) or "<script" in head else ""
        return PageStatus.EMPTY, f"The page has no text{needs}."
    if len(text) < 300 and _SCRIPT_ONLY.search(words):
        return PageStatus.EMPTY, "The page shows its text only to browsers that run scripts."
    return None


def _is_sent_to_consent(words: str, text: str, url: str, final_url: str) -> bool:
    """Whether a request ended at another host that asks for consent; a site may have such a name itself."""
    asked, host = urlsplit(url).hostname or "", urlsplit(final_url).hostname or ""
    speaks = "cookie" in words.lower() or bool(_CONSENT_TEXT.search(words)) or len(text) < _SHORT
    return host != asked and bool(_CONSENT_HOST.search(host)) and speaks


def _is_consent(words: str) -> bool:
    """Whether next to nothing is left of the page once its lines about cookies are taken away."""
    lines = words.split("\n")
    rest = [line for line in lines if not _CONSENT_TEXT.search(line) and "cookie" not in line.lower()]
    return len(rest) < len(lines) and bool(_CONSENT_TEXT.search(words)) and sum(map(len, rest)) < 250


def _is_login(head: str, words: str, text: str) -> bool:
    """A stub with a login box in its corner is still a page; a box with next to nothing beside it is none."""
    asks, says = bool(_PASSWORD.search(head)), bool(_LOGIN_TEXT.search(words))
    return (asks and (says or len(text) < 250)) or (says and len(text) < _SHORT)


def _is_login_path(url: str) -> bool:
    return bool(_LOGIN_PATH.search(urlsplit(url).path))

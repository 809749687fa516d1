"""What on a page leads elsewhere: menus, contents, tags, sharing, "see also"; by names, words and targets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_AROUND = {
    "nav", "header", "footer", "form", "dialog", "menu", "head", "script", "style", "noscript", "template",
    "svg", "iframe", "select", "button", "pre", "textarea",
}  # fmt: skip
_AROUND_ROLES = {
    "navigation", "menu", "menubar", "tablist", "toolbar", "search", "contentinfo", "banner", "dialog",
}  # fmt: skip
_AROUND_NAMES = re.compile(
    r"(?<![a-z])(?:nav|navbar|navigation|navbox|menu|header|masthead|topbar|breadcrumbs?|pagination|pager"
    r"|share|sharing|social|follow|cookies?|consent|gdpr|onetrust|toc|tags?|tagcloud|comments?|catlinks"
    r"|references|reflist|interlanguage|login|subscribe)(?![a-z])"
)
_BESIDE_NAMES = re.compile(
    r"(?<![a-z])(?:sidebar|related|recommended|recommendations|popular|trending|latest|promo|widgets?|footer"
    r"|newsletter|ads|advert|advertisement|sponsored|teasers?|archives?|see-?also)(?![a-z])"
)
_HEADINGS = re.compile(
    r"(?:see|read) (?:also|more|next)|siehe auch|voir aussi|véase también|см\. также|参见|関連項目"
    r"|(?:related|recommended|popular|trending|latest|recent|more|other|similar|top|featured)(?: news| blog)?"
    r" (?:articles?|posts?|stories|news|pages?|content|topics?|links?|reads?|reading|videos?|headlines?"
    r"|comments?|searches|products|entries|updates)"
    r"|(?:more (?:from|in|on|by|like)|related to)\b.*|most (?:read|popular|viewed|shared|commented)\b.*"
    r"|(?:related|popular|trending|latest|recommended|more)(?: now| today| for you)?"
    r"|(?:you (?:may|might) (?:also )?|also )(?:like|enjoy)\b.*|don't miss|further reading|external links"
    r"|references|notes|footnotes|citations|sources|bibliography|weblinks|einzelnachweise"
    r"|share(?: (?:this|on|via)\b.*)?|follow(?: us)?(?: on)?|tags|topics|tagged(?: with)?|filed under"
    r"|categories|archives?|(?:table of )?contents|on this page|in this (?:section|article)|navigation"
    r"|(?:quick |useful )?links|comments|newsletter|subscribe|sponsored|advertisement"
    r"|相关(?:文章|阅读|链接|新闻)|推荐阅读|热门.{0,6}",
    re.IGNORECASE,
)
_TARGETS = re.compile(
    r"#|javascript:|mailto:|tel:"
    r"|[^?]*(?:/sharer|/share\b|/intent/|share-offsite|pin/create|//wa\.me/|/tags?/)",
    re.IGNORECASE,
)
_SITE_ITEMS = re.compile(
    r"about(?: us)?|contacts?(?: us)?|(?:log|sign) ?(?:in|up|out)|register|my account|cart"
    r"|search|help|faqs?|support|(?:privacy|cookies?)(?: policy| notice| settings| preferences)?"
    r"|terms(?: (?:of (?:use|service)|(?:and|&) conditions))?|legal(?: notice)?|imprint|impressum|datenschutz"
    r"|kontakt|accessibility|site ?map|careers|jobs|press|advertise(?: with us)?|newsletter|subscribe|rss"
    r"|(?:strictly )?(?:necessary|essential|functional|analytics?|marketing|advertising|targeting|performance"
    r"|statistics?|preferences?|third.party) cookies?\b.*"
    r"|关于我们|联系我们|登录|注册",
    re.IGNORECASE,
)
_HOME = re.compile(r"home(?:page| page)?|main page|startseite|accueil|inicio|início|首页", re.IGNORECASE)
_PAGE_ITEMS = re.compile(
    r"\d{1,3}|[«‹<←→>›»….]+"
    r"|[«‹←] ?.{0,20}|(?:next|prev(?:ious)?|first|last|older|newer)(?: page| posts?| entries)?[ »›→>]*",
    re.IGNORECASE,
)


def is_around(node: Any) -> bool:
    """Whether a part of the page is about the site, and nothing in it is content."""
    return node.tag in _AROUND or node.get("role") in _AROUND_ROLES or _is_named(node, _AROUND_NAMES)


def is_beside(node: Any) -> bool:
    """Whether a part stands beside the content: lists there lead elsewhere, facts may be the page's."""
    return node.tag == "aside" or node.get("role") == "complementary" or _is_named(node, _BESIDE_NAMES)


def _is_named(node: Any, names: re.Pattern[str]) -> bool:
    """Whether a class or the id says so, unless the page itself is in there."""
    own = f"{node.get('class') or ''} {node.get('id') or ''}"[:500]
    if len(own) == 1 or node.tag in ("html", "body"):
        return False
    own = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", own).lower()
    return names.search(own) is not None and next(node.iter("h1", "main"), None) is None


def is_heading_of_links(title: str) -> bool:
    """Whether what follows the heading leads to other pages."""
    return _HEADINGS.fullmatch(title[:200].strip(" :.…→»")) is not None


def is_menu(items: Sequence[str], anchors: Sequence[Any]) -> bool:
    """Whether most links share, tag, or stay on the page, or the items are a site's or a result's pages."""
    links = [anchor for anchor in anchors if anchor.get("href")]
    elsewhere = sum(
        "tag" in (link.get("rel") or "").split()
        or link.get("hreflang") is not None
        or _TARGETS.match(link.get("href")) is not None
        for link in links
    )
    pages = sum(_PAGE_ITEMS.fullmatch(item) is not None for item in items)
    site = sum(_SITE_ITEMS.fullmatch(item) is not None for item in items)
    if links and _HOME.fullmatch(items[0]):
        return True
    return elsewhere * 2 > len(links) or pages * 2 > len(items) or (site > 1 and site * 8 > len(items))

"""What people write around a question: greetings, what it is for, thanks. It tells nothing of the list:
`Hello! I am preparing a quiz and would be glad if you could put together a list of …`."""

from __future__ import annotations

import re

_PERSON = re.compile(
    r"\b(?:I|me|my|mine|we|(?-i:us)|our|you|your|please|kindly|hello|hi|dear|thanks?)\b", re.IGNORECASE
)
_REQUEST = re.compile(
    r"\b(?:(?:list|table|sheet|overview)\sof\b"
    r"|(?:list|listing|find|show|tell|give|get|collect|gather|compile|prepare|make|name|need|want|see)\b"
    r"(?!\s(?:out|together|if|that|this|it)\b)|(?:which|what|who)\b)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[a-z)”\"][.!?])\s+(?=[A-Z])")
_TELLS = re.compile(r"\d|(?<![.!?]\s)(?<!^)\b(?!I\b)[A-ZÀ-Þ]")  # a number, or a name


def asked_part(text: str) -> str:
    """The question without what is about who asks. Whatever has a name or a number in it stays."""
    first, *rest = text.strip().split("\n")
    kept = [one for one in _SENTENCE.split(first) if not _is_courtesy(one)]
    if not kept:
        return text
    kept[0] = kept[0][_begins(kept[0]) :]
    return "\n".join([" ".join(kept), *rest])


def _is_courtesy(sentence: str) -> bool:
    return bool(_PERSON.search(sentence)) and not (_TELLS.search(sentence) or _REQUEST.search(sentence))


def _begins(sentence: str) -> int:
    """Where the last request begins that has only the asker's own matter before it."""
    person, tells = _PERSON.search(sentence), _TELLS.search(sentence)
    if person is None:
        return 0
    last = tells.start() if tells else len(sentence)
    found = (request.start() for request in _REQUEST.finditer(sentence, person.end()))
    return max((at for at in found if at <= last), default=0)

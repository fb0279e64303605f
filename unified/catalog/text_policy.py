"""What a text of a data file may be when agents read it: plain, short, and about the product, never aimed at a model.

Checked when files are loaded, since a service may load a catalog that nobody linted.
"""

import re
import unicodedata
from collections.abc import Iterator

MAX_TEXT = 500
"""Characters of a text that becomes part of a tool's description."""
_UNSEEN_KINDS = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode's general categories of what has no shape: controls, formats (bidi, zero width, tags), private use …"""
_UNSEEN = re.compile(
    "[\u00a0\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Spaces that are not the space, fillers and variation selectors: invisible, though their category does not say so."""
_NO_WORD = re.compile(r"[^\w<>]+")

ORDERS: tuple[tuple[str, str], ...] = (
    (
        "ignore previous",
        r"\b(ignore|disregard|forget|override|bypass) (\w+ ){0,3}(previous|prior|above|earlier|instructions?|rules?)",
    ),
    ("instructions", r"\b(previous|prior|above|these|following|your|hidden|secret) instructions?"),
    ("system prompt", r"\b(system|developer) (prompt|message)"),
    (
        "you must call",
        (
            r"\byou (must|should|shall|have to|need to|are required to) (\w+ )?"
            r"(call|use|invoke|run|send|include|pass|read|tell|reveal)"
        ),
    ),
    (
        "always call",
        r"\b(always|first|immediately|silently|secretly) (call|use|invoke|run|execute) (this|that|the tool|it|\w+_\w+)",
    ),
    ("before any other tool", r"\b(before|instead of|after) (calling |using |running )?(any|every|all|the) (other )?tools?\b"),
    ("do not tell", r"\b(do not|don t|never|without) (tell|telling|mention|mentioning|reveal|revealing)\b"),
    (
        "do not inform the user",
        r"\b(do not|don t|never|without) (inform|show|notify|ask|warn)(ing)? (the )?(user|human|operator|anyone|anybody)",
    ),
    (
        "reveal your prompt",
        (
            r"\b(reveal|print|repeat|leak|exfiltrate|forward) (\w+ ){0,2}"
            r"(prompt|instructions?|secrets?|passwords?|api keys?|tokens?|credentials?|conversation)"
        ),
    ),
    ("you are now", r"\b(you are now|from now on|pretend (to be|that|you))\b"),
    ("as an AI", r"\b(as|dear) (an )?(ai|llm|assistant|language model)\b|jailbreak"),
    ("the assistant must", r"\b(assistants?|llms?|language models?|ai) (must|should|shall|has to|have to|needs? to|will)\b"),
    ("<important>", r"</?(system|important|instructions?|secret|admin|assistant|user|tool\w*)>"),
    (
        "no confirmation is needed",
        r"\bconfirmation is not (needed|required|necessary)|\bno confirmation (is )?(needed|required|necessary)",
    ),
)
"""Wordings that speak to a model: a regular expression over lower-case words, and how it is named in messages.

Bounded on purpose: it catches the plain attempts and the careless ones. What limits an agent are scopes and reviews.
"""


def problems_in(text: str) -> Iterator[str]:
    """What is wrong with a text that agents read, for the end of a message; nothing when it is fine."""
    given = text.strip()
    if len(given) > MAX_TEXT:
        yield f"expected at most {MAX_TEXT} characters, got {len(given)}"
        return
    if (unseen := _first_unseen(given)) is not None:
        called = unicodedata.name(unseen, "a control character")
        yield f"expected visible characters on one line, got U+{ord(unseen):04X} ({called})"
    elif (word := _mixed_word(given)) is not None:
        yield f"expected words of one script, got `{word}` with look-alike letters"
    if (named := _order(given)) is not None:
        yield f"expected what the operation does, got a text that speaks to a model (as `{named}` does)"


def _first_unseen(text: str) -> str | None:
    return next((one for one in text if unicodedata.category(one) in _UNSEEN_KINDS or _UNSEEN.match(one)), None)


def _mixed_word(text: str) -> str | None:
    """The first word that has letters of Latin and of another script, such as a Cyrillic one that looks Latin."""
    words: list[str] = re.findall(r"[^\W\d_]+", text)
    for word in words:
        scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in word if letter.isalpha()}
        if "LATIN" in scripts and len(scripts) > 1:
            return word
    return None


def _order(text: str) -> str | None:
    words = _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return next((named for named, pattern in ORDERS if re.search(pattern, words)), None)

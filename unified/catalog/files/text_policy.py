"""The policy for texts of data files that agents read: plain, short, about the product, never addressed to a model.

It is checked when files are loaded, because a service may load a catalog that was never linted.
"""

import re
import unicodedata
from collections.abc import Iterator

MAX_TEXT = 500
"""The longest text that becomes part of a tool's description."""
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode's general categories without a visible shape: controls, formats (bidi, zero width, tags), private use …"""
_INVISIBLE = re.compile(
    "[\u00a0\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Unusual spaces, fillers and variation selectors: invisible, although their category does not say so."""
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
    ("as an AI", r"\b(as|dear) (an )?(ai|llm|assistant|language model)\b|jailbreak"),  # codespell:ignore dear
    ("the assistant must", r"\b(assistants?|llms?|language models?|ai) (must|should|shall|has to|have to|needs? to|will)\b"),
    ("<important>", r"</?(system|important|instructions?|secret|admin|assistant|user|tool\w*)>"),
    (
        "no confirmation is needed",
        r"\bconfirmation is not (needed|required|necessary)|\bno confirmation (is )?(needed|required|necessary)",
    ),
)
"""Wordings that address a model: how messages name each one, and a regular expression over lower-case words.

The list is limited on purpose: it catches plain and careless attempts. Scopes and reviews are what limits an agent.
"""


def problems_in(text: str) -> Iterator[str]:
    """Yield what is wrong with a text that agents read, each as the end of a message; nothing when it is fine."""
    text = text.strip()
    if len(text) > MAX_TEXT:
        yield f"expected at most {MAX_TEXT} characters, got {len(text)}"
        return
    if (invisible := _first_invisible(text)) is not None:
        name = unicodedata.name(invisible, "a control character")
        yield f"expected visible characters on one line, got U+{ord(invisible):04X} ({name})"
    elif (word := _mixed_word(text)) is not None:
        yield f"expected words of one script, got `{word}` with look-alike letters"
    if (order := _order(text)) is not None:
        yield f"expected what the operation does, got a text that speaks to a model (as `{order}` does)"


def _first_invisible(text: str) -> str | None:
    return next((one for one in text if unicodedata.category(one) in _INVISIBLE_CATEGORIES or _INVISIBLE.match(one)), None)


def _mixed_word(text: str) -> str | None:
    """Return the first word that mixes Latin letters with another script, such as a Cyrillic letter that looks Latin."""
    words: list[str] = re.findall(r"[^\W\d_]+", text)
    for word in words:
        scripts = {unicodedata.name(letter, "?").partition(" ")[0] for letter in word if letter.isalpha()}
        if "LATIN" in scripts and len(scripts) > 1:
            return word
    return None


def _order(text: str) -> str | None:
    words = _NO_WORD.sub(" ", unicodedata.normalize("NFKC", text).casefold())
    return next((name for name, pattern in ORDERS if re.search(pattern, words)), None)

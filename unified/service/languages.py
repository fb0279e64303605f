"""The languages of the pages for end users, and their texts: one file of messages for each, in `texts/`.

All files have the same keys and the same `{placeholders}`; a test compares them.
"""

from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

from unified.parsing_weights import weight_of

Language = Literal["en", "de", "fr", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"


@cache
def texts(language: Language) -> dict[str, str]:
    """Return all messages of a language by key."""
    content = (files("unified.service") / "texts" / f"{language}.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, str])


def texts_below(language: Language, prefix: str) -> dict[str, str]:
    """Return the messages of which the key begins with a prefix, by the rest of the key."""
    return {key.removeprefix(prefix): text for key, text in texts(language).items() if key.startswith(prefix)}


def known_language(name: str | None) -> Language | None:
    """Return a stored language; None for one that this version does not have."""
    return next((one for one in LANGUAGES if one == name), None)


def preferred(accepted: str) -> Language:
    """Return the language that a browser prefers, by its `Accept-Language` (RFC 9110, 12.5.4); `de-AT` counts as `de`."""
    best: tuple[float, Language] = (0.0, DEFAULT)
    for part in accepted[:1000].split(","):
        name, weight = part.partition(";")[0], weight_of(part)
        language = next((one for one in LANGUAGES if one == name.strip().lower().partition("-")[0]), None)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]

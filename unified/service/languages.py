"""The texts of all pages, as files of messages in `texts/`, and the languages of those for end users.

Each language has one file with the same keys and the same `{placeholders}`; a test compares them. What only operators read is
in English, in one file for each subject in `texts/operators`.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal, get_args

import msgspec

from unified.text.parsing_weights import weight_of

Language = Literal["en", "de", "fr", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"


_FOLDER = files("unified.service") / "texts"


@cache
def texts(language: Language) -> dict[str, str]:
    """Return all messages of a language by key."""
    return _read(_FOLDER / f"{language}.json")


@cache
def operator_texts() -> dict[str, str]:
    """Return the messages of the pages that only operators see, by key."""
    return {key: text for file in (_FOLDER / "operators").iterdir() for key, text in _read(file).items()}


def _read(file: Traversable) -> dict[str, str]:
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str])


def texts_below(messages: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the messages whose key begins with a prefix, by the rest of the key."""
    return {key.removeprefix(prefix): text for key, text in messages.items() if key.startswith(prefix)}


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

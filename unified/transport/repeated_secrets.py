"""An answer that repeats the account's own credentials, as some products do where they show who asks: without them.

A mapped record has what its mapping reads. The pass-through reaches everything, and whoever may use it may not have the account
itself: its credentials would outlive the key.
"""

import json
from collections.abc import Iterable

import msgspec

from unified.catalog.wire import ProviderAnswer

SHORTEST = 8
"""The least number of characters of a secret: a shorter text, such as the `x` sent with a key, is not looked for."""
PUT = "***"
"""The text that replaces a secret; every kind of answer can hold it."""


def without_secrets(answer: ProviderAnswer, secrets: Iterable[str]) -> ProviderAnswer:
    """Return the answer with `PUT` for each of these texts, in its body and its headers."""
    values = "\n".join(answer.headers.values())
    found = [one for one in _spellings(secrets) if one in values or one.encode() in answer.content]
    if not found:
        return answer
    content, headers = answer.content, answer.headers
    for one in found:
        content = content.replace(one.encode(), PUT.encode())
        headers = {name: value.replace(one, PUT) for name, value in headers.items()}
    return msgspec.structs.replace(answer, content=content, headers=headers)


def _spellings(secrets: Iterable[str]) -> list[str]:
    """Return the texts as answers spell them, the longest first, so that no part of one is left: plainly, and in JSON."""
    texts = [one for one in secrets if len(one) >= SHORTEST]
    escaped = [json.dumps(one, ensure_ascii=plain)[1:-1] for one in texts for plain in (True, False)]
    slashes = [one.replace("/", "\\/") for one in escaped]
    return sorted({*texts, *escaped, *slashes}, key=len, reverse=True)

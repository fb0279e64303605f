"""Ids of requests and of work that no request asked for: they are in answers, log lines and audit rows."""

import re
import secrets

_GIVEN = re.compile(
    r"(?!.*(?<![A-Za-z0-9])(?:u[a-z]|whsec)_)"  # a word that begins like one
    r"(?!.*(?:u[a-z]|whsec)_[A-Za-z0-9]{20})"  # a large part of one, anywhere
    r"[A-Za-z0-9_.-]{1,64}"
)
"""An id that a caller may choose. Texts with a key, a token or the secret of a webhook in them, or with a word that begins like
one, are not taken: they would be logged and stored."""
REQUEST, BACKGROUND = "req_", "job_"
"""Prefixes of the ids of requests, and of work that no request asked for."""


def id_of_request(given: str) -> str:
    """Return the id that a caller chose if it has the form of one; otherwise a new id."""
    return given if given and _GIVEN.fullmatch(given) else new_id(REQUEST)


def new_id(prefix: str) -> str:
    """Return a new id."""
    return f"{prefix}{secrets.token_hex(12)}"

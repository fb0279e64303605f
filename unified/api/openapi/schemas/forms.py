"""Forms of texts that requests hold, as schemas: each is made of the bounds and expressions by which the product checks it.

A schema may be wider than the check, which may depend on the provider; it never refuses what every installed check takes. Its
expressions are those that ECMA-262 and Python read alike.
"""

import re
from collections.abc import Iterable

from unified.api.openapi.schemas.normal_form import Schema
from unified.service.records.reading.versions import MAX_CHARACTERS as MAX_VERSION_CHARACTERS
from unified.service.records.reading.versions import VERSION_CHARACTERS
from unified.service.records.writing.write_keys import KEY_CHARACTERS, MAX_KEY_LENGTH
from unified.service.validation import MAX_EXTERNAL_ID_CHARACTERS, MAX_LINK_EXTERNAL_ID_CHARACTERS, MAX_NAME_CHARACTERS
from unified.transform.queries.query_reading import MAX_TEXT_CHARACTERS
from unified.transform.queries.query_values import NUMBER_FORM, TIME_FORM
from unified.transport.auth import MAX_CHARACTERS as MAX_CREDENTIAL_CHARACTERS
from unified.transport.webhook_client import MAX_URL

_TEXT: Schema = {"type": "string"}
TEXT: Schema = {**_TEXT, "minLength": 1}
"""A text that may not be empty."""
NAME: Schema = {**_TEXT, "minLength": 1, "maxLength": MAX_NAME_CHARACTERS, "pattern": r"\S"}
EXTERNAL_ID: Schema = {"type": ["string", "null"], "maxLength": MAX_EXTERNAL_ID_CHARACTERS}
LINK_EXTERNAL_ID: Schema = {"type": ["string", "null"], "minLength": 1, "maxLength": MAX_LINK_EXTERNAL_ID_CHARACTERS}
CREDENTIAL: Schema = {**_TEXT, "minLength": 1, "maxLength": MAX_CREDENTIAL_CHARACTERS}
WEBHOOK_URL: Schema = {**_TEXT, "maxLength": MAX_URL, "pattern": r"^https?://[!-\[\]-~]+$"}
"""An address without spaces, backslashes and fragments."""
IF_MATCH: Schema = {**_TEXT, "pattern": rf'^(?:\*|"{VERSION_CHARACTERS}+")$', "maxLength": MAX_VERSION_CHARACTERS + 2}
IDEMPOTENCY_KEY: Schema = {**_TEXT, "pattern": f"^{KEY_CHARACTERS}+$", "minLength": 1, "maxLength": MAX_KEY_LENGTH}
CURSOR: Schema = {**_TEXT, "pattern": "^[A-Za-z0-9_-]+$", "maxLength": MAX_TEXT_CHARACTERS}
"""Base64 for URLs (RFC 4648, 5), as all cursors are."""
NAMES: Schema = {**_TEXT, "pattern": r"[^\s,]", "maxLength": MAX_TEXT_CHARACTERS}
"""Names separated by commas, at least one."""
TIME: Schema = {**_TEXT, "pattern": f"^{TIME_FORM}$"}
"""A date, or a date and time with its zone."""
VALUES: Schema = {**_TEXT, "pattern": "[^,]", "maxLength": MAX_TEXT_CHARACTERS}
"""Texts separated by commas, at least one that is not empty."""


def one_of(words: Iterable[str]) -> Schema:
    """Return the schema of one of these words; which of them a provider takes is in an extension next to it."""
    return {**_TEXT, "pattern": f"^(?:{_choice(words)})$"}


def some_of(words: Iterable[str]) -> Schema:
    """Return the schema of one or more of these words, separated by commas and spaces."""
    word = f"(?:{_choice(words)})"
    return {**_TEXT, "pattern": rf"^[\s,]*{word}(?:\s*,[\s,]*{word})*[\s,]*$"}


def listed(form: str) -> Schema:
    """Return the schema of one or more texts of a form, separated by commas alone."""
    return {**_TEXT, "pattern": f"^(?:{form})(?:,(?:{form}))*$"}


def listed_numbers() -> Schema:
    """Return the schema of numbers separated by commas."""
    return listed(NUMBER_FORM)


def listed_times() -> Schema:
    """Return the schema of times separated by commas."""
    return listed(TIME_FORM)


def any_form(forms: Iterable[str]) -> Schema:
    """Return the schema of a text that has one of these forms; without any, it may only not be empty."""
    known = list(dict.fromkeys(forms))
    return {**_TEXT, "pattern": f"^(?:{'|'.join(known)})$"} if known else TEXT


def _choice(words: Iterable[str]) -> str:
    return "|".join(re.escape(one).replace(r"\-", "-") for one in words)

"""Collects the known answers of a provider: those in golden cases, and those that were recorded."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.golden.golden_files import Case


class KnownAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The values that keys have in known answers."""

    nulls: frozenset[str]
    """Keys that are null in an answer."""
    texts: dict[str, frozenset[str]]
    """Key → the texts that it has."""


def known_answers(cases: Iterable[Case], recordings: Iterable[Path]) -> KnownAnswers:
    """Return what golden cases give as answers, and what was recorded."""
    nulls: set[str] = set()
    texts: dict[str, set[str]] = {}
    given = (value for one in cases for value in (one.record, one.before, one.answer and one.answer.body))
    recorded = (body for one in recordings for body in _bodies(json.loads(one.read_text(encoding="utf-8"))))
    for key, value in (pair for one in (*given, *recorded) for pair in _pairs(one)):
        if value is None:
            nulls.add(key)
        elif isinstance(value, str):
            texts.setdefault(key, set()).add(value)
    return KnownAnswers(nulls=frozenset(nulls), texts={key: frozenset(found) for key, found in texts.items()})


def _bodies(recording: Any) -> Iterator[Any]:
    """Yield the bodies of responses in a recording, and nothing of what was sent."""
    if isinstance(recording, dict):
        for key, value in recording.items():
            yield from [value.get("body")] if key == "response" and isinstance(value, dict) else _bodies(value)
    elif isinstance(recording, list):
        for value in recording:
            yield from _bodies(value)


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, and of a list with each of its entries."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from ((key, entry) for entry in (one if isinstance(one, list) else [one]))
            yield from _pairs(one)
    elif isinstance(value, list):
        for one in value:
            yield from _pairs(one)

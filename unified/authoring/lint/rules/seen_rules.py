"""The rule for names that a mapping reads and that no answer has: if misspelt, they are null in every record."""

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.golden.golden_files import Case
from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.known_answers import KnownAnswers, known_answers
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.workspace import cassette_path
from unified.errors.names import did_you_mean
from unified.transform.mapping import Mapping

NAME = re.compile(r"[^\W\d]\w*")
"""Names of fields; a wildcard, or text that only looks like a name, is not one."""


class SeenSubject(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A mapping, and where answers of its provider can be seen."""

    mapping: Mapping
    cases: tuple[Case, ...]
    folder: Path

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of all objects in the golden cases."""
        given = ((one.record, one.before, one.answer and one.answer.body) for one in self.cases)
        return frozenset(key for values in given for value in values for key in _keys(value))

    @cached_property
    def texts(self) -> str:
        """The recordings of the model, and the description of the stand-in."""
        files = [self._cassette, self.folder / "providers" / f"{self.mapping.provider.name}.sandbox.yaml"]
        return "\n".join(one.read_text(encoding="utf-8") for one in files if one.exists())

    @cached_property
    def answers(self) -> KnownAnswers:
        """The keys and values of known answers."""
        return known_answers(self.cases, [self._cassette] if self._cassette.exists() else [])

    @property
    def _cassette(self) -> Path:
        return cassette_path(self.folder, self.mapping.provider.name, self.mapping.model.id)

    def has(self, name: str) -> bool:
        """Return whether an answer is known to have a field of this name."""
        return name in self.keys or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", self.texts) is not None


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        yield from _keys(one)
    if isinstance(value, str):
        yield from NAME.findall(value) if "<" in value else ()  # a document that is given as text


def _never_seen(subject: SeenSubject) -> Iterator[Found]:
    reported: set[str] = set()
    if not any(one.record is not msgspec.UNSET or one.answer is not None for one in subject.cases):
        return
    for place, record in MappingSubject(mapping=subject.mapping).records():
        for read in record.analysis.reads:
            for name in read.path:
                if NAME.fullmatch(name) and name not in reported and not subject.has(name):
                    reported.add(name)
                    hint = did_you_mean(name, subject.keys)
                    message = (
                        f"`{name}` is in no golden case, recorded answer or stand-in, so nothing shows that the provider has "
                        f"it: add a case with it, or correct the name.{hint}"
                    )
                    yield Found(place=place, message=message, offset=read.start)


SEEN_RULES: tuple[Rule, ...] = (
    Rule(
        code="M095",
        title="field that was never seen",
        explanation="A name that is misspelt in `record` makes a field null in every record. A golden case with it, a recorded "
        "answer or the stand-in shows that the provider has it.",
        severity="warning",
        check=_never_seen,
    ),
)
"""Rules on a mapping and the answers that are known of its provider."""

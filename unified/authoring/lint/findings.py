"""Defines lint findings and the rules that make them: a rule is a row with a code, a title, an explanation and a function."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec

from unified.catalog.files.source import DocumentPath, Source
from unified.errors.configuration import CatalogError, FilePosition
from unified.errors.load_rule import LoadRule

Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that lint found, with its place; lines and columns count from 1."""

    file: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.code} {self.message}"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's result: a place in the document and the message; the runner adds file, line, column and code."""

    place: DocumentPath
    message: str
    offset: int | None = None
    """Character offset inside the expression at that place."""
    key: bool = False
    """Whether the key itself is meant, not its value."""
    line: int | None = None
    """A line of the file that is meant as a whole, whatever is in it."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    code: str
    """P… for provider files, M… for mapping files, T… for test files."""
    title: str
    explanation: str
    severity: Severity = "error"
    check: Callable[[Any], Iterator[Found]] | None = None
    """From the file, decoded, to what is wrong in it; None for a rule that loading itself enforces."""
    loading: tuple[LoadRule, ...] = ()
    """The rules of loading that have this code; of a table's last rule, in addition to those that no other one has."""


def lint_rule(
    code: str,
    title: str,
    explanation: str,
    check: Callable[[Any], Iterator[Found]],
    *,
    severity: Severity = "error",
) -> Rule:
    """Return a rule that a function checks, as one row of a table of rules."""
    return Rule(code=code, title=title, explanation=explanation, severity=severity, check=check)


def placed(rule: Rule, source: Source, found: Found) -> Finding:
    """Return the finding of a rule in a file."""
    file, line, column = source.written_at(found.place, offset=found.offset, key=found.key)
    if found.line is not None:
        file, line, column = source.name, found.line, 1
    return Finding(file=file, line=line, column=column, code=rule.code, severity=rule.severity, message=found.message)


def refused(rules: tuple[Rule, ...], problem: CatalogError, file: str) -> Finding:
    """Return the finding for a loading error, by its rule; the last rule of the table takes what no other one has."""
    rule = next((rule for rule in rules if problem.rule in rule.loading), rules[-1])
    at = problem.position or FilePosition(file=file, line=1, column=1)
    return Finding(file=at.file, line=at.line, column=at.column, code=rule.code, severity=rule.severity, message=problem.reason)


def ruled(rules: tuple[Rule, ...], source: Source, subject: Any) -> list[Finding]:
    """Return what the rules find in a file."""
    return [placed(rule, source, found) for rule in rules if rule.check is not None for found in rule.check(subject)]

"""Reads files of golden cases, `<model>.test.yaml` next to a mapping: inputs and expected outputs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.workspace import TEST_SUFFIX, golden_path
from unified.catalog.files.decode import decode
from unified.catalog.files.source import Source, read_source
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import known_names


class ExpectedCall(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that must be made; only the keys given are compared, each exactly."""

    method: Any = msgspec.UNSET
    path: Any = msgspec.UNSET
    query: Any = msgspec.UNSET
    headers: Any = msgspec.UNSET
    body: Any = msgspec.UNSET


class GivenAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The provider's answer to the request of a case."""

    status: int = 200
    headers: dict[str, str] = {}
    body: Any = None


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case: exactly one input, what it depends on, and what must come of it. docs/mapping-files.md describes the keys."""

    name: str
    record: Any = msgspec.UNSET
    write: dict[str, Any] | None = None
    list: dict[str, Any] | None = None
    get: str | None = None
    delete: str | None = None
    fields: dict[str, Any] | None = None
    operation: str = "create"
    by: str | None = None
    id: str | None = None
    account: dict[str, Any] | None = None
    settings: dict[str, str] | None = None
    before: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    call: str | None = None
    position: Any = msgspec.UNSET
    parent: str | None = None
    version: str | None = None
    now: str | None = None
    answer: GivenAnswer | None = None
    gives: Any = msgspec.UNSET
    sends: ExpectedCall | tuple[ExpectedCall, ...] | None = None
    warnings: Any = msgspec.UNSET
    next: Any = msgspec.UNSET
    created: str | None = None
    is_new: Any = msgspec.UNSET
    error: str | None = None
    fails: str | None = None

    @property
    def expected(self) -> frozenset[str]:
        """The names of its expectations."""
        outcomes = OUTCOMES if self.input in VERSIONED else (one for one in OUTCOMES if one != "version")
        return frozenset(name for name in outcomes if is_given(self, name))

    @property
    def input(self) -> str:
        """The name of its input, such as `record` or `list`."""
        return next(name for name in TAKEN if is_given(self, name))

    @property
    def method(self) -> str:
        """The method that it calls: that of the input, or the operation of a write."""
        if self.write is None:
            return self.input
        return "update" if self.id is not None and self.operation == "create" else self.operation

    @property
    def moment(self) -> datetime | None:
        """The moment of its clock; None where it has none.

        Raises:
            ValueError: `now` is not a moment.
        """
        if self.now is None:
            return None
        moment = datetime.fromisoformat(self.now)
        if moment.tzinfo is None:
            raise ValueError("without an offset, this is not a moment")
        return moment.astimezone(UTC)

    @property
    def connection(self) -> dict[str, Any]:
        """The value of `$account` in expressions."""
        account = {"settings": {}, **(self.account or {})}
        return {**account, "settings": {**account["settings"], **(self.settings or {})}}


EVERYWHERE = frozenset({"name", "account", "settings", "now", "fails", "error"})
"""Keys that a case may have whatever its input is."""
TAKEN: dict[str, frozenset[str]] = {
    "record": frozenset({"query", "call", "before", "gives", "version", "warnings"}),
    "write": frozenset({"operation", "by", "id", "version", "before", "answer", "gives", "sends", "created", "is_new"}),
    "list": frozenset({"call", "position", "parent", "before", "answer", "gives", "sends", "next", "warnings"}),
    "get": frozenset({"query", "call", "before", "answer", "gives", "sends", "version", "warnings"}),
    "delete": frozenset({"query", "version", "before", "answer", "sends"}),
    "fields": frozenset({"before", "answer", "gives", "sends"}),
}
"""Input of a case → the keys that have an effect with it."""
NULLABLE = frozenset({"record", "gives", "next", "position", "is_new"})
"""Keys for which null is a value."""
OUTCOMES = ("gives", "sends", "next", "created", "is_new", "version", "warnings", "error", "fails")
VERSIONED = frozenset({"record", "get"})
"""Inputs with an expected `version`; with the others, `version` is the caller's."""

ANSWERED = frozenset({"next", "created", "is_new"})
"""Expectations about an answer."""
READING = frozenset({"list", "get", "fields"})
"""Inputs whose `gives` is about an answer too."""


class GoldenFile(msgspec.Struct, frozen=True, kw_only=True):
    """The cases of one mapping."""

    provider: str
    model: str
    source: Source
    cases: tuple[Case, ...]


def is_given(case: Case, name: str) -> bool:
    """Return whether a case has a key."""
    value = getattr(case, name)
    return value is not msgspec.UNSET and (value is not None or name in NULLABLE)


def read_golden(path: Path) -> GoldenFile:
    """Read the cases of one file.

    Raises:
        CatalogError: Something does not fit; the message gives line and column of the first problem.
    """
    source = read_source(path, name=f"mappings/{path.parent.name}/{path.name}")
    cases: list[Case] = []
    for one in cases_of(source):
        if isinstance(one, CatalogError):
            raise one
        cases.append(one)
    model = path.name.removesuffix(TEST_SUFFIX)
    return GoldenFile(provider=path.parent.name, model=model, source=source, cases=tuple(cases))


def cases_of(source: Source, *, complete: bool = True) -> Iterator[Case | CatalogError]:
    """Yield each case of a file, or what is wrong with it.

    Args:
        source: The file.
        complete: Whether a case without an expectation is wrong; `unified test --update` writes it.
    """
    if not isinstance(source.content, list):
        yield source.error((), "expected a list of cases, each beginning with `- name:`")
        return
    for index in range(len(source.content)):
        try:
            yield _case(source, index, complete=complete)
        except CatalogError as problem:
            yield problem


def _case(source: Source, index: int, *, complete: bool) -> Case:
    inner = Source(
        name=source.name,
        content=source.content[index],
        keys={place[1:]: mark for place, mark in source.keys.items() if place[:1] == (index,)},
        values={place[1:]: mark for place, mark in source.values.items() if place[:1] == (index,)},
        lines=source.lines,
    )
    case = decode(inner, Case)
    given = [name for name in TAKEN if is_given(case, name)]
    if len(given) != 1:
        raise inner.error(
            (),
            f"expected exactly one of {', '.join(TAKEN)}, got {', '.join(given) or 'none of them'}",
            rule=LoadRule.NO_EXPECTATION,
        )
    if complete and not case.expected:
        raise inner.error(
            (), "expected `gives`, `sends` or `fails`: a case without them cannot fail", rule=LoadRule.NO_EXPECTATION
        )
    _refuse_ignored(inner, case)
    try:
        case.moment  # noqa: B018 - it raises
    except ValueError:
        message = f"now: expected a moment, such as `2026-11-02T09:00:00Z`, got `{case.now}`"
        raise inner.error(("now",), message) from None
    return case


def _refuse_ignored(inner: Source, case: Case) -> None:
    """Raise CatalogError for a key that means nothing in this case."""
    taken = TAKEN[case.input] | EVERYWHERE | {case.input}
    for name in inner.content:
        if name not in taken:
            message = f"`{name}` has no effect in a case of `{case.input}`. Known there: {known_names(taken)}"
            raise inner.error((name,), message, key=True, rule=LoadRule.KEY_WITHOUT_EFFECT)
    about_answers = frozenset({"gives", "version"}) | (frozenset() if case.input == "list" else {"warnings"})
    needing = ANSWERED | (about_answers if case.input in READING else frozenset())
    if case.answer is None and (missing := sorted(case.expected & needing)):
        message = f"`{missing[0]}` needs `answer`: without what the provider answers, a {case.input} results in nothing"
        raise inner.error((missing[0],), message, key=True, rule=LoadRule.KEY_WITHOUT_EFFECT)


def golden_paths(folder: Path, only: Path | None = None) -> tuple[Path, ...]:
    """Return the test files of a folder, sorted; with `only`, those of a file or folder in it (of a mapping, its cases)."""
    found = sorted((folder / "mappings").glob(f"*/*{TEST_SUFFIX}"))
    if only is None:
        return tuple(found)
    wanted = only.resolve()
    if wanted.is_file() and not wanted.name.endswith(TEST_SUFFIX):
        wanted = golden_path(wanted)
    return tuple(one for one in found if one.resolve() == wanted or wanted in one.resolve().parents)

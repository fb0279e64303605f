"""Golden cases: `<model>.test.yaml` beside a mapping says what goes in and what must come out. Shared by CLI and pytest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from unified.authoring.workspace import TEST_SUFFIX, golden_path, open_mapping
from unified.catalog.decode import decode
from unified.catalog.source import Source, read_source
from unified.errors import CatalogError, UnifiedError
from unified.transform.catalog import EmbeddedMapping, ProviderCall

INPUTS = ("record", "write", "list", "get", "delete")


class Expected(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call that must be made; only the keys given are compared."""

    method: Any = msgspec.UNSET
    path: Any = msgspec.UNSET
    query: Any = msgspec.UNSET
    headers: Any = msgspec.UNSET
    body: Any = msgspec.UNSET


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One case: exactly one input, and `gives`, `sends` or `fails`."""

    name: str
    record: Any = msgspec.UNSET
    write: dict[str, Any] | None = None
    list: dict[str, Any] | None = None
    get: str | None = None
    delete: str | None = None
    operation: str = "create"
    id: str | None = None
    """Of the record that a write with `operation: update` changes."""
    account: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    call: str | None = None
    gives: Any = msgspec.UNSET
    sends: Expected | None = None
    fails: str | None = None


class _Cases(msgspec.Struct, frozen=True, kw_only=True):
    cases: tuple[Case, ...]


class GoldenFile(msgspec.Struct, frozen=True, kw_only=True):
    """The cases of one mapping."""

    provider: str
    model: str
    source: Source
    cases: tuple[Case, ...]


class CaseResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one case; `problem` is None when it holds."""

    id: str
    problem: str | None


def read_golden(path: Path) -> GoldenFile:
    """Read the cases of one file; CatalogError names line and column of the first thing that does not fit."""
    source = read_source(path, name=f"mappings/{path.parent.name}/{path.name}")
    cases: list[Case] = []
    for one in cases_of(source):
        if isinstance(one, CatalogError):
            raise one
        cases.append(one)
    model = path.name.removesuffix(TEST_SUFFIX)
    return GoldenFile(provider=path.parent.name, model=model, source=source, cases=tuple(cases))


def cases_of(source: Source) -> Iterator[Case | CatalogError]:
    """Yield each case of a file, or what is wrong with it."""
    if not isinstance(source.content, list):
        yield source.error((), "expected a list of cases, each beginning with `- name:`")
        return
    for index in range(len(source.content)):
        try:
            yield _case(source, index)
        except CatalogError as problem:
            yield problem


def _case(source: Source, index: int) -> Case:
    inner = Source(
        name=source.name,
        content=source.content[index],
        keys={place[1:]: mark for place, mark in source.keys.items() if place[:1] == (index,)},
        values={place[1:]: mark for place, mark in source.values.items() if place[:1] == (index,)},
        lines=source.lines,
    )
    case = decode(inner, Case)
    given = [name for name in INPUTS if getattr(case, name) not in (None, msgspec.UNSET)]
    if len(given) != 1:
        raise inner.error((), f"expected exactly one of {', '.join(INPUTS)}, got {', '.join(given) or 'none of them'}")
    if case.gives is msgspec.UNSET and case.sends is None and case.fails is None:
        raise inner.error((), "expected `gives`, `sends` or `fails`: a case without them cannot fail")
    return case


def run_path(folder: Path, path: Path) -> list[CaseResult]:
    """Run the cases of one test file; a file that cannot be opened is one outcome of its own."""
    name = f"mappings/{path.parent.name}/{path.name}"
    try:
        golden = read_golden(path)
        mapping = open_mapping(folder, golden.provider, golden.model)
    except CatalogError as problem:
        return [CaseResult(id=name, problem=str(problem))]
    return [CaseResult(id=f"{name}::{case.name}", problem=run_case(mapping, case)) for case in golden.cases]


def golden_paths(folder: Path, only: Path | None = None) -> tuple[Path, ...]:
    """Test files of a folder, sorted; with `only`, those of a file or folder in it (of a mapping, its cases)."""
    found = sorted((folder / "mappings").glob(f"*/*{TEST_SUFFIX}"))
    if only is None:
        return tuple(found)
    wanted = only.resolve()
    if wanted.is_file() and not wanted.name.endswith(TEST_SUFFIX):
        wanted = golden_path(wanted)
    return tuple(one for one in found if one.resolve() == wanted or wanted in one.resolve().parents)


def run_case(mapping: EmbeddedMapping, case: Case) -> str | None:
    """Return what is wrong with a case, or None."""
    try:
        came = _run(mapping, case)
    except (UnifiedError, CatalogError) as problem:
        text = str(problem)
        if case.fails is None:
            return f"failed: {text}"
        return None if case.fails in text else f"expected a failure with `{case.fails}`, got: {text}"
    if case.fails is not None:
        return f"expected a failure with `{case.fails}`, but it did not fail"
    return _compare(case, came)


def _run(mapping: EmbeddedMapping, case: Case) -> Any:
    if case.record is not msgspec.UNSET:
        return _map(mapping, case)
    if case.write is not None:
        operation = "update" if case.id is not None and case.operation == "create" else case.operation
        body = case.write if case.id is None else {"id": case.id, **case.write}
        if case.sends is None:
            return mapping.write(case.write, operation, account=case.account)
        return mapping.call(operation, body, account=case.account)
    if case.list is not None:
        return mapping.call("list", case.list, account=case.account)
    method = "get" if case.get is not None else "delete"
    return mapping.call(method, {"id": case.get or case.delete, **(case.query or {})}, account=case.account)


def _map(mapping: EmbeddedMapping, case: Case) -> dict[str, Any]:
    return mapping.read(case.record, "record", query=case.query, account=case.account, call=case.call)[0]


def _compare(case: Case, came: Any) -> str | None:
    if case.sends is not None:
        return _compare_call(case.sends, came)
    if isinstance(case.gives, dict) and isinstance(came, dict) and case.record is not msgspec.UNSET:
        came = {name: came.get(name) for name in case.gives}
    return _difference("", case.gives, came)


def _compare_call(expected: Expected, came: ProviderCall) -> str | None:
    for name in ("method", "path", "query", "headers", "body"):
        wanted = getattr(expected, name)
        if wanted is not msgspec.UNSET:
            problem = _difference(name, wanted, getattr(came, name))
            if problem:
                return problem
    return None


def _difference(place: str, wanted: Any, came: Any) -> str | None:
    """Return the first place where two JSON values differ."""
    if isinstance(wanted, dict) and isinstance(came, dict):
        for name in [*wanted, *(one for one in came if one not in wanted)]:
            problem = _difference(f"{place}/{name}", wanted.get(name, _ABSENT), came.get(name, _ABSENT))
            if problem:
                return problem
        return None
    if isinstance(wanted, list) and isinstance(came, list) and len(wanted) == len(came):
        pairs = zip(wanted, came, strict=True)
        return next((found for i, (one, two) in enumerate(pairs) if (found := _difference(f"{place}/{i}", one, two))), None)
    if wanted == came and type(wanted) is type(came):
        return None
    return f"at {place or '/'}: expected {_shown(wanted)}, got {_shown(came)}"


_ABSENT = object()


def _shown(value: Any) -> str:
    return "nothing" if value is _ABSENT else msgspec.json.encode(value).decode()[:400]

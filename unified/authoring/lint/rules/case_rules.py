"""The rules for test files: every mapping has golden cases, and every method has one."""

from collections import Counter
from collections.abc import Iterator

import msgspec

from unified.authoring.golden.golden import is_record
from unified.authoring.golden.golden_files import Case
from unified.authoring.golden.moments import HINT, moments_in_dates
from unified.authoring.lint.findings import Found, Rule, lint_rule
from unified.errors.names import suggestion
from unified.transform.mapping import Mapping


class CaseSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of case rules: the cases of one mapping; None for `cases` when there is no test file."""

    name: str
    """The test file, as shown in messages."""
    cases: tuple[tuple[int, Case], ...] | None
    """With their place in the file."""
    mapping: Mapping | None
    """None when it cannot be loaded, or when there is none."""
    has_mapping: bool = True


def _missing(subject: CaseSubject) -> Iterator[Found]:
    if subject.cases is None:
        yield Found(place=(), message=f"this mapping has no golden cases: write {subject.name}")


def _orphan(subject: CaseSubject) -> Iterator[Found]:
    if not subject.has_mapping:
        yield Found(place=(), message="golden cases without a mapping: expected a mapping file next to it")


def _twice(subject: CaseSubject) -> Iterator[Found]:
    seen: Counter[str] = Counter()
    for index, case in subject.cases or ():
        seen[case.name] += 1
        if seen[case.name] == 2:  # noqa: PLR2004 - said once a name
            yield Found(place=(index, "name"), message=f"another case has the name `{case.name}`: give each case its own name")


def _uncovered(subject: CaseSubject) -> Iterator[Found]:
    if not subject.cases or subject.mapping is None:
        return
    tried = {case.method for _, case in subject.cases}
    definitions = subject.mapping.definitions
    calls = {**subject.mapping.operations, **({"fields": definitions} if definitions is not None else {})}
    for method, operation in calls.items():
        if method not in tried and not operation.call.from_list:
            yield Found(place=(), message=f"no case calls {method}: add one")


def _unknown_fields(subject: CaseSubject) -> Iterator[Found]:
    """Report keys of an expected record that no record has: an expected null would hold whatever comes."""
    known = {field.name for field in subject.mapping.model.fields} if subject.mapping is not None else set()
    for index, case in subject.cases or ():
        if not known or not is_record(case) or case.input == "fields":
            continue
        records = list(enumerate(case.gives)) if isinstance(case.gives, list) else [(None, case.gives)]
        for at, record in records:
            place = (index, "gives") if at is None else (index, "gives", at)
            for name in sorted(record.keys() - known) if isinstance(record, dict) else ():
                message = f"a record has no field `{name}`.{suggestion(name, known)}"
                yield Found(place=(*place, name), message=message, key=True)


def _unknown_names(subject: CaseSubject) -> Iterator[Found]:
    """Report settings and results of other calls that nothing reads, in cases of a mapping that loads."""
    if subject.mapping is None:
        return
    results = {name for _, call in subject.mapping.file.calls() for name in (*call.before, *call.per_page, *call.per_record)}
    settings = {*subject.mapping.provider.settings, "country"}
    for index, case in subject.cases or ():
        for key, given, known in (("before", case.before, results), ("settings", case.settings, settings)):
            for name in sorted((given or {}).keys() - known):
                message = f"`{key}` has no `{name}`.{suggestion(name, known)}"
                yield Found(place=(index, key, name), message=message, key=True)


def _moments(subject: CaseSubject) -> Iterator[Found]:
    """Report date fields that the mapping gives a moment, in cases of one record."""
    mapping = subject.mapping
    for index, case in subject.cases or ():
        if mapping is None or case.input != "record" or case.fails is not None:
            continue
        bindings = {"account": case.connection, "query": case.query or {}, "call": case.call, **(case.before or {})}
        for name, text in moments_in_dates(mapping.record, mapping.model.fields, case.record, bindings):
            message = f"`{name}` is a date, but comes as the moment {text}: {HINT}"
            yield Found(place=(index, "record"), message=message, key=True)


CASE_RULES: tuple[Rule, ...] = (
    lint_rule("T001", "no test file", "Without golden cases nothing shows that a mapping is right.", _missing),
    lint_rule(
        "T004",
        "method without a case",
        "Without a case nothing shows that the call is right. A method with `from` makes no separate call.",
        _uncovered,
        severity="warning",
    ),
    lint_rule(
        "T005",
        "test file without a mapping",
        "The cases in `<model>.test.yaml` test `<model>.yaml`, so that file must exist.",
        _orphan,
    ),
    lint_rule("T006", "name used twice", "The name identifies a case in test reports.", _twice),
    lint_rule(
        "T008",
        "unknown field expected",
        "A record has the fields of its model; a null that is expected of another field would hold whatever comes.",
        _unknown_fields,
    ),
    lint_rule(
        "T009",
        "name that nothing reads",
        "A result of another call, or a setting, that the mapping and its provider do not know changes nothing.",
        _unknown_names,
    ),
    lint_rule(
        "T010",
        "moment in a date",
        "The first ten characters of a moment in UTC are another day for people west or east of it; `$localDate` gives theirs.",
        _moments,
    ),
)
"""Rules on a test file that can be decoded, in order of their codes."""

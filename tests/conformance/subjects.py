"""What is under test: every mapping of the catalog, and what its calls need, read from the mapping and the scenario."""

import re
from functools import cache
from typing import Any

import msgspec
import yaml

from tests.cassettes.steps import FOLDER
from tests.world import PROVIDERS, catalog
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import names_in
from unified.transform.mapping import Mapping
from unified.transform.queries.filter_names import field_of


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One model at one provider."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


@cache
def mapping(subject: Subject) -> Mapping:
    return catalog().compiled(subject.provider, subject.model)


def subjects(*methods: str) -> list[Subject]:
    """Every mapping that offers these methods, of the providers that have a stand-in."""
    every = [Subject(provider=provider, model=model) for provider, model in catalog().mappings() if provider in PROVIDERS]
    return [one for one in every if set(methods) <= set(mapping(one).methods)]


@cache
def scenario(subject: Subject) -> dict[str, Any]:
    """The bodies and arguments that its cassettes were recorded with; empty where there are none yet."""
    path = FOLDER / subject.provider / "scenario.yaml"
    found = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) if path.exists() else {}
    return found.get(subject.model, {})


def parents(subject: Subject) -> list[str]:
    """Fields without which nothing can be listed: parts of the path, of the list call or of what comes before it."""
    last = mapping(subject).lists[-1]
    paths = (last.path, *(one.path for one in last.before.values()))
    given = (
        set(mapping(subject).model.path_parameters)
        | set(last.before)
        | {"settings"}
        | ({last.parent} if last.parent else set())
    )
    named = (name for path in paths for name in _heads(path) if name not in given)
    required = (name for one in mapping(subject).list_calls.chained(last) for name in one.call.required)
    return list(dict.fromkeys((*named, *required)))


def _heads(path: str) -> list[str]:
    """What a path names: of `{ticket_id.number}`, the field that is referred to."""
    return [name.partition(".")[0] for name in names_in(path)]


def reference(subject: Subject, name: str) -> str | None:
    """The model that a field's id points to."""
    return next((one.reference for one in mapping(subject).model.fields if one.name == name), None)


def filters(subject: Subject) -> list[tuple[str, str, str]]:
    """Native filters on fields: their parameter, the field looked at, and the operator; parents are not among them."""
    compiled = mapping(subject)
    found = []
    for parameter in sorted(compiled.list_calls.native_filters):
        kind, _, rest = parameter.partition(".")
        name, _, operator = rest.partition(".")
        field = field_of(name, compiled.model) if kind == "filter" else ""
        if field and name not in parents(subject):
            found.append((parameter, field, operator or "eq"))
    return found


def few(subject: Subject, *names: str) -> str:
    """`fields=` for checks that look at ids and these fields only: most of the time goes into mapping the others."""
    required = (one.name for one in mapping(subject).model.fields if one.required)
    return ",".join(dict.fromkeys(("is_deleted", *required, *names)))


def times(subject: Subject) -> list[str]:
    return sorted(name for name in mapping(subject).list_calls.native_filters if name.startswith(("created_", "updated_")))


def searches_a_part(subject: Subject) -> bool:
    """Whether a record is searched for in a list that says that it lacks some."""
    compiled = mapping(subject)
    if not compiled.operations["get"].call.from_list:
        return False
    return any(part.windows or part.warnings for part in (compiled.lists[-1], *compiled.list_calls.chained(compiled.lists[-1])))


def calls(operation: Operation) -> list[Operation]:
    """A call with those made before it, and those that follow for its page or its records."""
    before = [one for inner in operation.before.values() for one in calls(inner)]
    following = [one for inner in (*operation.per_page.values(), *operation.per_record.values()) for one in calls(inner)]
    return [*before, operation, *following]


def may_send(subject: Subject, *methods: str) -> list[tuple[str, re.Pattern[str]]]:
    """Verb and path of everything that these methods of a mapping can reach, as their `request` says."""
    compiled = mapping(subject)
    several = [one for method in methods for one in compiled.choices[method]]
    if "get" in methods and any(one.call.from_list for one in compiled.choices["get"]):
        several += compiled.lists
    several += [one for list_ in several if list_.parents for one in listed(subject.provider, list_.parents.model)]
    return [(one.verb, pattern(one.path)) for operation in several for one in calls(operation) if one.path]


def listed(provider: str, model: str) -> tuple[Operation, ...]:
    """The list calls of the parents of a list over parents."""
    return mapping(Subject(provider=provider, model=model)).lists


def pattern(template: str) -> re.Pattern[str]:
    """What a path template can become, below any base path."""
    parts = re.split(r"\{[^{}]+\}", template)
    return re.compile("(?:/.*)?" + "[^/]+".join(re.escape(part) for part in parts))

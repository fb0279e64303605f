"""The rules for paths: the names in them, and the forms that their values must have."""

import re
from collections.abc import Iterator

from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, known_names
from unified.transform.calls.operation import Operation
from unified.transform.calls.path import ENTRY, SETTINGS, fields_in, names_in
from unified.transform.mapping import Mapping


def path_problems(mapping: Mapping, operation: Operation) -> Iterator[CatalogError]:
    """Yield what is wrong with the names in the path of one call."""
    if operation.method == "per_record":
        return  # its names are the provider's, of the object that it is made for
    parts = set(mapping.id_template.names() if mapping.id_template else ()) | {"id"}
    known = {field.name for field in mapping.model.fields} | parts | set(mapping.model.path_parameters)
    for name in fields_in(operation.path, operation.results):
        if name not in known:
            hint = did_you_mean(name, known)
            message = f"`{{{name}}}` is neither a field of {mapping.model.id} nor a part of the id.{hint}"
            yield mapping.file.source.error((*operation.place, "request"), message, rule=LoadRule.UNKNOWN_PATH_NAME)
    if operation.for_each is not None and operation.method != "after":
        message = "only calls of `after` are made for each entry of a list"
        yield mapping.file.source.error((*operation.place, "for_each"), message, key=True)
    for name in names_in(operation.path):
        problem = _dotted_problem(mapping, operation, name)
        if problem:
            yield mapping.file.source.error((*operation.place, "request"), problem, rule=LoadRule.UNKNOWN_PATH_NAME)


def path_form_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Require a form for each path parameter, so that one object's name cannot reach objects that belong to other models."""
    document, names = mapping.file.document, mapping.model.path_parameters
    for name in names:
        if name not in document.path:
            message = f"`path` must give the form of `{name}`: without it, the names of the provider's own objects pass"
            yield mapping.file.source.error(("path",) if document.path else (), message, rule=LoadRule.PATH_PARAMETER)
    for key, rules in (("path", document.path), ("reserved", document.reserved)):
        for name in sorted(set(rules) - set(names)):
            yield mapping.file.source.error(
                (key, name),
                f"`{name}` is not a path parameter. Known: {known_names(names) or 'none'}",
                rule=LoadRule.PATH_PARAMETER,
            )
    for name, pattern in document.path.items():
        try:
            re.compile(pattern)
        except re.error as problem:
            yield mapping.file.source.error(
                ("path", name), f"`path` is not a regular expression: {problem.msg}", rule=LoadRule.PATH_PARAMETER
            )


def _dotted_problem(mapping: Mapping, operation: Operation, name: str) -> str | None:
    """Return what is wrong with a name such as `{settings.company}` or `{ticket_id.number}`; None if nothing is."""
    first, *rest = name.split(".")
    if first == ENTRY:
        return (
            None
            if operation.for_each is not None
            else f"`{{{name}}}`: `{ENTRY}` is an entry of `for_each`, which this call lacks"
        )
    if not rest or first in operation.results:
        return None
    if first == SETTINGS:
        known = tuple(mapping.provider.settings)
        fits = len(rest) == 1 and rest[0] in known
        return None if fits else f"`{{{name}}}`: {mapping.provider.name} has no such setting. Known: {known_names(known)}"
    template = operation.references.get(first)
    if template is None:
        return f"`{{{name}}}`: `{first}` is not a setting, a result of `before`, or a field that holds a composite id"
    fits = len(rest) == 1 and rest[0] in template.names()
    return None if fits else f"`{{{name}}}`: `{first}` has no such part. Known: {known_names(template.names())}"

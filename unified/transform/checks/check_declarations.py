"""Checks the declarations of a file other than its expressions and calls, such as custom methods and lists of one entry."""

import re
from collections.abc import Iterator

from unified.catalog.files.text_policy import problems_in
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import did_you_mean, suggestion
from unified.models import MODELS
from unified.transform.calls.methods import METHODS
from unified.transform.checks.check_paths import path_form_problems
from unified.transform.mapping import Mapping

_METHOD_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""A custom method is part of tool names, which have at most 64 characters."""


def declaration_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield the problems of the keys of a file that are neither expressions nor calls."""
    yield from _custom(mapping)
    yield from _custom_field_pattern(mapping)
    yield from _at_most_one(mapping)
    yield from path_form_problems(mapping)
    yield from _objects(mapping)
    yield from _descriptions(mapping)
    yield from _list_warnings(mapping)


def _custom(mapping: Mapping) -> Iterator[CatalogError]:
    for name in mapping.file.document.custom_methods:
        if name in METHODS or _METHOD_NAME.fullmatch(name) is None:
            expected = f"expected a word of a-z, 0-9 and _ (at most 30 characters) that is not one of {', '.join(METHODS)}"
            yield mapping.file.source.error(
                ("custom_methods", name),
                f"`{name}` cannot be a custom method: {expected}",
                key=True,
                rule=LoadRule.CUSTOM_METHOD_NAME,
            )


def _custom_field_pattern(mapping: Mapping) -> Iterator[CatalogError]:
    try:
        re.compile(mapping.file.document.custom_field_pattern or "")
    except re.error as problem:
        yield mapping.file.source.error(
            ("custom_field_pattern",), f"`custom_field_pattern` is not a regular expression: {problem.msg}"
        )


def _at_most_one(mapping: Mapping) -> Iterator[CatalogError]:
    lists = {field.name: field for field in mapping.model.fields if field.is_list}
    for name, types in mapping.at_most_one.items():
        if name not in lists:
            message = f"{mapping.model.id} has no list `{name}`.{suggestion(name, lists)}"
            yield mapping.file.source.error(("at_most_one",), message, rule=LoadRule.LIST_ENTRIES)
            continue
        known = next((one.enum for one in lists[name].nested if one.name == "type"), ())
        for word in sorted(set(types) - set(known)):
            hint, types_known = did_you_mean(word, known), ", ".join(known) or "none"
            message = f"an entry of `{name}` cannot be of type `{word}`.{hint} Types: {types_known}"
            yield mapping.file.source.error(("at_most_one", name), message, rule=LoadRule.LIST_ENTRIES)


def _objects(mapping: Mapping) -> Iterator[CatalogError]:
    for name, model in mapping.file.document.objects.items():
        if model not in MODELS:
            message = f"no common model is called `{model}`.{suggestion(model, MODELS)}"
            yield mapping.file.source.error(("objects", name), message, rule=LoadRule.UNKNOWN_OBJECT_MODEL)


def _list_warnings(mapping: Mapping) -> Iterator[CatalogError]:
    """Report warnings about lists that agents must not read: they come with every answer of a tool."""
    for operation in mapping.lists:
        for index, notice in enumerate(operation.warnings):
            for problem in problems_in(notice.message):
                place = (*operation.place, "warnings", index, "message")
                yield mapping.file.source.error(place, f"`message` of a warning: {problem}", rule=LoadRule.AGENT_TEXT)


def _descriptions(mapping: Mapping) -> Iterator[CatalogError]:
    for name, text in mapping.file.document.describe.items():
        for problem in problems_in(text):
            yield mapping.file.source.error(("describe", name), f"`describe` of {name}: {problem}", rule=LoadRule.AGENT_TEXT)

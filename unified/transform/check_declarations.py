"""The rules for what a file declares beside its expressions and calls, such as custom methods and single fields."""

import re
from collections.abc import Iterator

from unified.catalog.text_policy import problems_in
from unified.errors.configuration import CatalogError
from unified.errors.names import did_you_mean, suggestion
from unified.models import MODELS
from unified.transform.check_paths import path_form_problems
from unified.transform.mapping import Mapping
from unified.transform.methods import METHODS

_METHOD_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
"""A custom method is part of tool names, which have at most 64 characters."""


def declaration_problems(mapping: Mapping) -> Iterator[CatalogError]:
    """Yield what is wrong with the keys of a file that are neither expressions nor calls."""
    yield from _custom(mapping)
    yield from _custom_keys(mapping)
    yield from _single(mapping)
    yield from path_form_problems(mapping)
    yield from _objects(mapping)
    yield from _descriptions(mapping)


def _custom(mapping: Mapping) -> Iterator[CatalogError]:
    for name in mapping.file.document.custom:
        if name in METHODS or _METHOD_NAME.fullmatch(name) is None:
            expected = f"expected a word of a-z, 0-9 and _ (at most 30 characters) that is not one of {', '.join(METHODS)}"
            yield mapping.file.source.error(("custom", name), f"`{name}` cannot be a custom method: {expected}", key=True)


def _custom_keys(mapping: Mapping) -> Iterator[CatalogError]:
    try:
        re.compile(mapping.file.document.custom_keys or "")
    except re.error as problem:
        yield mapping.file.source.error(("custom_keys",), f"`custom_keys` is not a regular expression: {problem.msg}")


def _single(mapping: Mapping) -> Iterator[CatalogError]:
    lists = {field.name: field for field in mapping.model.fields if field.is_list}
    for name, types in mapping.single.items():
        if name not in lists:
            message = f"{mapping.model.id} has no list `{name}`.{suggestion(name, lists)}"
            yield mapping.file.source.error(("single",), message)
            continue
        known = next((one.enum for one in lists[name].nested if one.name == "type"), ())
        for word in sorted(set(types) - set(known)):
            hint, types_known = did_you_mean(word, known), ", ".join(known) or "none"
            message = f"an entry of `{name}` cannot be of type `{word}`.{hint} Types: {types_known}"
            yield mapping.file.source.error(("single", name), message)


def _objects(mapping: Mapping) -> Iterator[CatalogError]:
    for name, model in mapping.file.document.objects.items():
        if model not in MODELS:
            message = f"no common model is called `{model}`.{suggestion(model, MODELS)}"
            yield mapping.file.source.error(("objects", name), message)


def _descriptions(mapping: Mapping) -> Iterator[CatalogError]:
    for name, text in mapping.file.document.describe.items():
        for problem in problems_in(text):
            yield mapping.file.source.error(("describe", name), f"`describe` of {name}: {problem}")

"""Where a mapping may differ from a general promise: `cassettes/<provider>/known.yaml`, which docs/conformance.md explains.

Each entry has its reason, and one that is no longer needed fails its test. The failures of the laws say which entry is missing.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest

from tests.cassettes.place import TESTED
from unified.catalog.files.source import Source, read_source
from unified.errors.names import suggestion

PAGE = "docs/conformance.md"
FIELDS = frozenset({"no_word", "only_in_get", "written"})
"""Keys with an entry for each field of a model."""
NAMED = frozenset({"filters", "shared_paths", "read_before"})
"""Keys with an entry for each name of another kind."""
MODELS = frozenset({"beside_deleted", "found_by_id"})
"""Keys with a reason for a whole model."""
KEYS = (*sorted(FIELDS | NAMED | MODELS), "checksum_from", "custom_keys")
SENT = ("remote_fields",)
"""Names of a body that are no fields of a record."""
SOURCES: dict[str, Source] = {
    path.parent.name: read_source(path, name=f"cassettes/{path.parent.name}/known.yaml")
    for path in sorted(TESTED.cassettes.glob("*/known.yaml"))
}
KNOWN: dict[str, dict[str, Any]] = {name: source.content or {} for name, source in SOURCES.items()}


def _by_subject(key: str) -> dict[str, Any]:
    return {f"{provider}/{model}": one for provider, content in KNOWN.items() for model, one in content.get(key, {}).items()}


BY_SUBJECT: dict[str, dict[str, Any]] = {key: _by_subject(key) for key in FIELDS | NAMED | MODELS}
CHECKSUM_FROM: dict[str, int] = {name: one["checksum_from"] for name, one in KNOWN.items() if "checksum_from" in one}
CUSTOM_KEYS: dict[str, dict[str, list[str]]] = {name: one["custom_keys"] for name, one in KNOWN.items() if "custom_keys" in one}
FILTERS, READ_BEFORE, SHARED_PATHS = (BY_SUBJECT[key] for key in ("filters", "read_before", "shared_paths"))


def allowed(key: str, subject: object) -> set[str]:
    """The names that have an entry; of a key for whole models, the model itself."""
    entry = BY_SUBJECT[key].get(str(subject))
    return {_model(subject)} if isinstance(entry, str) else set(entry or {})


def require_known(key: str, subject: object, found: Collection[str], told: str, *, all_needed: bool = True) -> None:
    """Fail with what is to be done, unless these are the names that have an entry.

    Args:
        key: The key of known.yaml.
        subject: Provider and model.
        found: Names for which the promise is not kept.
        told: What was seen of them, as the beginning of a sentence.
        all_needed: Whether an entry for anything else is needed no longer.
    """
    known = allowed(key, subject)
    lines = list(_missing(key, subject, sorted(set(found) - known), told))
    if all_needed:
        lines += _unneeded(key, subject, sorted(known - set(found)), told)
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def _missing(key: str, subject: object, names: list[str], told: str) -> Iterator[str]:
    if not names:
        return
    provider, model = str(subject).split("/")
    yield f"{subject}: {told}: {', '.join(names)}."
    yield f"Correct the mapping or the stand-in. Where the provider itself is so, say why in cassettes/{provider}/known.yaml ({PAGE}):"
    yield f"{key}:"
    if key in MODELS:
        yield f"  {model}: <the reason>"
        return
    yield f"  {model}:"
    yield from (f"    {name}: <the reason>" for name in names)


def _unneeded(key: str, subject: object, names: list[str], told: str) -> Iterator[str]:
    provider, model = str(subject).split("/")
    for name in names:
        place = (key, model) if key in MODELS else (key, model, name)
        where = ":".join(map(str, SOURCES[provider].written_at(place, key=True)))
        yield f"{where}: this entry is needed no longer; take it out. {subject}, {name}, is not so: {told}"


def _model(subject: object) -> str:
    return str(subject).split("/")[1]


def mistakes(source: Source, models: Mapping[str, Collection[str]]) -> Iterator[str]:
    """What a file says that it cannot mean; `models` are those of the provider, each with the names of its fields."""
    content = source.content
    if not isinstance(content, dict):
        yield str(source.error((), f"expected keys such as {', '.join(KEYS)}"))
        return
    for key, one in content.items():
        if key not in KEYS:
            yield str(source.error((key,), f"unknown key `{key}`.{suggestion(key, KEYS)}", key=True))
        elif key == "checksum_from":
            if not isinstance(one, int):
                yield str(source.error((key,), "expected the place of a character, such as -3"))
        else:
            yield from _mistakes_of(source, key, one, models)


def _mistakes_of(source: Source, key: str, entries: Any, models: Mapping[str, Collection[str]]) -> Iterator[str]:
    if not isinstance(entries, dict):
        yield str(source.error((key,), "expected models, each with its entries"))
        return
    for model, entry in entries.items():
        expected = {"custom_keys": list}.get(key, str if key in MODELS else dict)
        if model not in models:
            yield str(
                source.error((key, model), f"the provider has no mapping of `{model}`.{suggestion(model, models)}", key=True)
            )
        elif not isinstance(entry, expected):
            words = {str: "a reason", list: "a list of keys", dict: "names, each with a reason"}
            yield str(source.error((key, model), f"expected {words[expected]}"))
        elif key in FIELDS:
            for name in entry.keys() - {*models[model], *SENT}:
                yield str(
                    source.error(
                        (key, model, name), f"the model has no field `{name}`.{suggestion(name, models[model])}", key=True
                    )
                )

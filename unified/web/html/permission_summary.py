"""Summaries of what a connection can read and write, such as "Read companies, contacts and deals"."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from unified.service.languages import DEFAULT, Language
from unified.web.html.messages import NOUNS, VERBS, messages_in


class Ability(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a summary: a verb and the records that it applies to."""

    kind: str
    """A key of `VERBS`, or `custom`; selects the icon next to the line."""
    verb: str
    things: tuple[str, ...]


def summarize_permissions(offered: Mapping[str, Sequence[str]], language: Language = DEFAULT) -> tuple[Ability, ...]:
    """Return the lines for models with their methods, in the order of `VERBS`, followed by the providers' own methods."""
    words = messages_in(language)
    by_kind = {
        kind: _things((model for model, methods in offered.items() if kind in _kinds(methods)), language) for kind in VERBS
    }
    lines = [Ability(kind=kind, verb=words[f"verb.{kind}"], things=things) for kind, things in by_kind.items() if things]
    return (*lines, *_customs(offered, language))


def _kinds(methods: Sequence[str]) -> set[str]:
    kinds = {"read"} if {"list", "get"} & set(methods) else set()
    writes = {"create", "update"} & set(methods)
    kinds |= {"create_update"} if len(writes) == len(("create", "update")) else writes
    return kinds | ({"delete"} & set(methods))


def _customs(offered: Mapping[str, Sequence[str]], language: Language) -> list[Ability]:
    known = {"list", "get", "create", "update", "delete"}
    names = sorted({method for methods in offered.values() for method in methods} - known)
    return [
        Ability(
            kind="custom",
            verb=_verb(name, language),
            things=_things((model for model in offered if name in offered[model]), language),
        )
        for name in names
    ]


def describe_operation(method: str, model: str) -> str:
    """Describe one method of a model, such as "Read contacts"."""
    kind = next((one for one in VERBS if one in _kinds((method,))), None)
    return f"{VERBS[kind] if kind else _verb(method)} {NOUNS.get(model, model)}"


def _verb(method: str, language: Language = DEFAULT) -> str:
    return messages_in(language).get(f"verb.custom.{method}", method.replace("_", " ").capitalize())


def _things(models: Iterable[str], language: Language) -> tuple[str, ...]:
    words = messages_in(language)
    return tuple(dict.fromkeys(sorted((words[f"noun.{model}"] for model in models), key=str.casefold)))

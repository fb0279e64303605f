"""The rules for shared files: what is in them, and that something uses it."""

from collections.abc import Iterator

import msgspec

from unified.authoring.lint.findings import Found, Rule
from unified.catalog.files.source import text_at
from unified.catalog.mapping import SharedFile

NESTED = "{${"
_KINDS = {"define": "definition", "enums": "enum", "mappings": "mapping", "calls": "call"}


class SharedSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of shared rules: a provider's shared file, and the parts that its mappings use."""

    file: SharedFile
    used: frozenset[tuple[str, str]]


def _unused(subject: SharedSubject) -> Iterator[Found]:
    for part, kind in _KINDS.items():
        for name in getattr(subject.file.document, part):
            if (part, name) not in subject.used:
                message = f"no mapping of {subject.file.provider} uses the {kind} `{name}`: use or remove it"
                yield Found(place=(part, name), message=message, key=True)


def _nested(subject: SharedSubject) -> Iterator[Found]:
    """Report a segment of a path whose name is the text of a parameter."""
    source = subject.file.source
    for place in source.values:
        if place[-1:] == ("request",) and NESTED in (text := text_at(source.content, place)):
            message = 'a parameter cannot be the name of a path segment: give it the braces, such as `id: "{id}"` for `${id}`'
            yield Found(place=place, message=message, offset=text.index(NESTED))


SHARED_LOADING: tuple[Rule, ...] = (
    Rule(
        code="S001",
        title="not a shared file",
        explanation="The file must be YAML with the keys of docs/mapping-files.md; every definition must be JSONata, and none "
        "may need itself.",
    ),
)

SHARED_RULES: tuple[Rule, ...] = (
    Rule(
        code="S002",
        title="shared but not used",
        explanation="What no mapping uses is never read: nothing shows whether it is still right.",
        severity="warning",
        check=_unused,
    ),
    Rule(
        code="S005",
        title="placeholder in a placeholder",
        explanation="`${name}` is text, and `{name}` a segment of a path: one in the other is hard to read.",
        severity="warning",
        check=_nested,
    ),
)
"""Rules on a shared file that loads, in order of their codes."""

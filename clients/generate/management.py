"""Types of Unified's own resources, from the structs that its routes take and return."""

import inspect
import re
import typing
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import NODEFAULT

from clients.generate.declarations import Declared, Direction, Member, Module, Places, first_line, unique
from clients.generate.operations import Operation
from clients.generate.shapes import Shape, listed, shape_of, union
from unified.api.answers.problems import Problem
from unified.api.openapi.schemas.struct_texts import attribute_texts
from unified.service.access.scope.scopes import Scope
from unified.service.approvals import ApprovalRequired
from unified.service.records.schemas.schema_views import Schema
from unified.service.runtime.events import EVENTS, PAYLOADS
from unified.service.tools.formats import FORMATS

MANAGEMENT = "management"
RENAMED = {ApprovalRequired: "Waiting"}
"""Structs that have another name in the clients: they raise an error `ApprovalRequired`."""
REFINED = {
    ("NewKey", "scope"): union((shape_of(Scope), Shape(kind="enum", words=("unlimited",)), Shape(kind="none"))),
    ("NewWebhook", "events"): listed(Shape(kind="enum", words=EVENTS)),
    ("WebhookPatch", "events"): listed(Shape(kind="enum", words=EVENTS)),
    ("ToolsListQuery", "format"): Shape(kind="enum", words=tuple(FORMATS)),
}
"""Types of bodies and queries that the service checks after decoding, to name the known words in its refusal."""
_VIEW = re.compile(r"View$")


def places(operations: Sequence[Operation]) -> Places:
    """Return where the structs of answers and bodies are declared."""
    answers = _reached(
        [one.returns for one in operations if one.returns]
        + [shape_of(one) for one in (Problem, ApprovalRequired, Schema, *PAYLOADS.values())]
    )
    refined = [one for one in REFINED.values() if one.kind == "union"]
    inputs = _reached([*(shape_of(one.body) for one in operations if one.body not in {None, bytes}), *refined])
    shown = {one: (MANAGEMENT, RENAMED.get(one) or _VIEW.sub("", one.__name__)) for one in answers}
    taken = {name for _, name in shown.values()}
    passed = {one: (MANAGEMENT, f"{one.__name__}Fields" if one.__name__ in taken else one.__name__) for one in inputs}
    return Places(answers=shown, inputs=passed)


def module(operations: Sequence[Operation], known: Places) -> Module:
    """Return the module of all of them."""
    return Module(
        name=MANAGEMENT,
        doc="Accounts, keys, webhooks and the other resources of Unified itself.",
        declared=unique([*_structs(known.answers, "answer"), *_structs(known.inputs, "input"), *_queries(operations)]),
    )


def _reached(shapes: list[Shape]) -> tuple[type[Any], ...]:
    """Return every struct that a value may hold, sorted by name."""
    found: dict[type[Any], None] = {}
    waiting = list(shapes)
    for one in waiting:
        waiting += one.parts
        if one.struct is not None and one.struct not in found:
            found[one.struct] = None
            waiting += [shape_of(hint) for hint in typing.get_type_hints(one.struct).values() if not _is_class_variable(hint)]
    return tuple(sorted(found, key=lambda one: one.__name__))


def _secrets(struct: type[Any], known: dict[type, tuple[str, str]]) -> frozenset[str]:
    """Return the texts that are shown once: those of `…Created` that the view of the same thing leaves out."""
    created = struct.__name__.removesuffix("Created")
    views = [one for one in known if created != struct.__name__ and one.__name__ == f"{created}View"]
    shown = {"id", *(field.name for one in views for field in msgspec.structs.fields(one))}
    hints = typing.get_type_hints(struct)
    return frozenset(name for name in struct.__struct_fields__ if views and name not in shown and hints[name] is str)


def _is_class_variable(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.ClassVar


def _structs(known: dict[type, tuple[str, str]], direction: Direction) -> Iterator[Declared]:
    for struct, (_, name) in known.items():
        hints, texts = typing.get_type_hints(struct), attribute_texts(struct)
        members = tuple(
            Member(
                name=one.encode_name,
                shape=REFINED.get((name, one.encode_name)) or shape_of(hints[one.name]),
                required=one.default is NODEFAULT and one.default_factory is NODEFAULT,
                doc=texts.get(one.encode_name, ""),
                is_secret=one.name in _secrets(struct, known),
            )
            for one in msgspec.structs.fields(struct)
        )
        yield Declared(name=name, direction=direction, doc=first_line(inspect.getdoc(struct)), members=members)


def _queries(operations: Sequence[Operation]) -> Iterator[Declared]:
    for one in operations:
        if one.query:
            doc = f"The query of {one.resource}.{one.name}."
            members = tuple(
                msgspec.structs.replace(member, shape=REFINED.get((one.query_name, member.name), member.shape))
                for member in one.query
            )
            yield Declared(name=one.query_name, direction="input", doc=doc, members=members)

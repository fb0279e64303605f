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
from clients.generate.shapes import Shape, shape_of
from unified.api.openapi.struct_texts import attribute_texts
from unified.api.problems import Problem
from unified.api.views.approvals import ApprovalRequired

MANAGEMENT = "management"
RENAMED = {ApprovalRequired: "Waiting"}
"""Structs that have another name in the clients: they raise an error `ApprovalRequired`."""
_VIEW = re.compile(r"View$")


def places(operations: Sequence[Operation]) -> Places:
    """Return where the structs of answers and bodies are declared."""
    answers = _reached([one.returns for one in operations if one.returns] + [shape_of(Problem), shape_of(ApprovalRequired)])
    inputs = _reached([shape_of(one.body) for one in operations if one.body not in {None, bytes}])
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


def _is_class_variable(hint: Any) -> bool:
    return typing.get_origin(hint) is typing.ClassVar


def _structs(known: dict[type, tuple[str, str]], direction: Direction) -> Iterator[Declared]:
    for struct, (_, name) in known.items():
        hints, texts = typing.get_type_hints(struct), attribute_texts(struct)
        members = tuple(
            Member(
                name=one.encode_name,
                shape=shape_of(hints[one.name]),
                required=one.default is NODEFAULT and one.default_factory is NODEFAULT,
                doc=texts.get(one.encode_name, ""),
            )
            for one in msgspec.structs.fields(struct)
        )
        yield Declared(name=name, direction=direction, doc=first_line(inspect.getdoc(struct)), members=members)


def _queries(operations: Sequence[Operation]) -> Iterator[Declared]:
    for one in operations:
        if one.query:
            doc = f"What {one.resource}.{one.name} is asked for."
            yield Declared(name=one.query_name, direction="input", doc=doc, members=one.query)

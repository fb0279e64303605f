"""Writes modules of types in Python: structs of msgspec for answers, typed dictionaries for what callers pass."""

import keyword
from collections.abc import Iterator

from clients.generate.declarations import Declared, Direction, Member, Module, Places
from clients.generate.shapes import Shape
from unified.api.openapi.schemas.enums import camel

_ANSWER = {
    "text": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "time": "str",
    "day": "str",
    "any": "Any",
    "none": "None",
}
_INPUT = {**_ANSWER, "time": "str | datetime", "day": "str | date"}
_EMPTY = {
    "text": '""',
    "time": '""',
    "day": '""',
    "enum": '""',
    "integer": "0",
    "number": "0.0",
    "boolean": "False",
    "any": "None",
}
"""The value of a field that an older service does not send."""


class _Writer:
    """One module, while it is written."""

    def __init__(self, module: Module, places: Places) -> None:
        self.module, self.places = module, places
        self.aliases: dict[tuple[Shape, Direction], str] = {}
        self.imports: set[str] = set()

    def type_of(self, shape: Shape, direction: Direction, hint: str) -> str:
        """Return the annotation of a shape; an enum gets an alias that is named after `hint`."""
        if shape.kind == "union":
            members = sorted(shape.parts, key=lambda one: one.kind == "none")
            return " | ".join(dict.fromkeys(self.type_of(one, direction, hint) for one in members))
        if shape.kind == "enum":
            taken = {one.name for one in self.module.declared}
            return self.aliases.setdefault((shape, direction), f"{hint}Word" if hint in taken else hint)
        if shape.kind == "struct":
            return self._struct(shape, direction)
        if shape.kind in {"list", "map"}:
            inner = self.type_of(shape.parts[0], direction, hint)
            if direction == "input":
                return f"Sequence[{inner}]" if shape.kind == "list" else f"Mapping[str, {inner}]"
            return f"list[{inner}]" if shape.kind == "list" else f"dict[str, {inner}]"
        return (_INPUT if direction == "input" else _ANSWER)[shape.kind]

    def _struct(self, shape: Shape, direction: Direction) -> str:
        found = [self.places.find(shape, direction)]
        if direction == "input" and shape.struct in self.places.answers:
            found.insert(0, self.places.find(shape, "answer"))
        return " | ".join(self._named(module, name) for module, name in found)

    def _named(self, module: str, name: str) -> str:
        if module in {"", self.module.name}:
            return name
        self.imports.add(module)
        return f"{module}.{name}"

    def declaration(self, one: Declared) -> str:
        """Return one class."""
        hints = {member.name: f"{one.name}{camel(member.name)}" for member in one.members}
        return self._answer(one, hints) if one.direction == "answer" else self._input(one, hints)

    def _answer(self, one: Declared, hints: dict[str, str]) -> str:
        lines = [f'class {one.name}(Shown, frozen=True, kw_only=True, omit_defaults=True):\n    """{one.doc}"""\n']
        for member in one.members:
            type_ = self.type_of(member.shape, "answer", hints[member.name])
            lines.append(f"    {_attribute(member.name, f'{type_}{self._default(one, member)}')}")
            lines += [f'    """{member.doc}"""'] if member.doc else []
        return "\n".join([*lines, *_printed(one)])

    def _default(self, one: Declared, member: Member) -> str:
        if member.name == "id" and member.required:
            return ""
        shape = member.shape
        parts = shape.parts if shape.kind == "union" else ()
        if any(part.kind == "none" for part in parts):
            return " = None"
        first = parts[0] if parts else shape
        if first.kind == "struct":
            return "" if member.required else " | None = None"
        if not member.required and first.kind not in {"list", "map", "any"} and one.name != "Problem":
            return " | None = None"
        return f" = {_EMPTY.get(first.kind, '[]' if first.kind == 'list' else 'msgspec.field(default_factory=dict)')}"

    def _input(self, one: Declared, hints: dict[str, str]) -> str:
        typed = [(member, self._passed(one, member, hints[member.name])) for member in one.members]
        if any(keyword.iskeyword(member.name) for member in one.members):
            rows = "".join(f'        "{member.name}": {type_},\n' for member, type_ in typed)
            return f'{one.name} = TypedDict(\n    "{one.name}",\n    {{\n{rows}    }},\n    total=False,\n)\n"""{one.doc}"""'
        lines = [f'class {one.name}(TypedDict, total=False):\n    """{one.doc}"""\n']
        for member, type_ in typed:
            lines.append(f"    {member.name}: {type_}")
            lines += [f'    """{member.doc}"""'] if member.doc else []
        return "\n".join(lines)

    def _passed(self, one: Declared, member: Member, hint: str) -> str:
        type_ = self.type_of(member.shape, "input", hint)
        if one.is_condition:
            return type_
        return f"Required[{type_}]" if member.required else f"{type_} | UnsetType"


def _printed(one: Declared) -> Iterator[str]:
    """Yield the methods that print a struct without its secrets."""
    if not any(member.is_secret for member in one.members):
        return
    doc = f'        """Leave out {" and ".join(member.name for member in one.members if member.is_secret)}."""'
    yield f"\n    def __repr__(self) -> str:\n{doc}"
    yield "        shown = (f'{name}={value!r}' for name, value in self.__rich_repr__())"
    yield f"        return f\"{one.name}({{', '.join(shown)}})\""
    yield f"\n    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:\n{doc}"
    yield from (f'        yield "{member.name}", self.{member.name}' for member in one.members if not member.is_secret)


def _attribute(name: str, typed: str) -> str:
    """Return the line of an attribute; one that is a word of Python gets an underscore."""
    if not keyword.iskeyword(name):
        return f"{name}: {typed}"
    type_, _, default = typed.partition(" = ")
    return f'{name}_: {type_} = msgspec.field(default={default or "None"}, name="{name}")'


def python_module(module: Module, places: Places) -> str:
    """Return the source of a module of types."""
    writer = _Writer(module, places)
    classes = [writer.declaration(one) for one in module.declared]
    body = "\n\n\n".join([*_aliases(writer.aliases), *classes])
    return f'"""{module.doc} Generated by `make clients`."""\n\n{_imports(body, writer.imports)}\n{body}\n'


def _aliases(aliases: dict[tuple[Shape, Direction], str]) -> Iterator[str]:
    """Yield the words of enums: in answers, and where others have a prefix, any other text passes a type checker."""
    if not aliases:
        return
    known = "\n".join(
        f"    {name} = Literal[{', '.join(map(_quoted, shape.words))}]{' | str' if direction == 'answer' or shape.prefix else ''}"
        for (shape, direction), name in aliases.items()
    )
    plain = "\n".join(f"    {name} = str" for name in aliases.values())
    yield f"if TYPE_CHECKING:\n{known}\nelse:\n{plain}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def _imports(body: str, modules: set[str]) -> str:
    abstract = [one for one in ("Iterator", "Mapping", "Sequence") if f"{one}[" in body]
    dates = [one for one in ("date", "datetime") if f"str | {one}" in body]
    typing = [one for one in ("TYPE_CHECKING", "Any", "Literal", "Required", "TypedDict") if one in body]
    lines = ["from __future__ import annotations", ""]
    lines += [f"from collections.abc import {', '.join(abstract)}"] if abstract else []
    lines += [f"from datetime import {', '.join(dates)}"] if dates else []
    lines += [f"from typing import {', '.join(typing)}"] if typing else []
    lines += ["", "import msgspec"] if "msgspec." in body else [""]
    lines += ["from msgspec import UnsetType"] if "UnsetType" in body else []
    own = [f"from unified_client import {one}" for one in sorted(modules)]
    own += ["from unified_client._shown import Shown"] if "(Shown," in body else []
    lines += ["", *own] if own else []
    return "\n".join(lines) + "\n"

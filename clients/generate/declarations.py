"""The declarations of a module of types, the same for both languages: structs of answers, and what callers pass."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from clients.generate.shapes import Shape

Direction = Literal["answer", "input"]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One field of a struct."""

    name: str
    shape: Shape
    required: bool = False
    """Of an answer: always there. Of an input: must be passed."""
    doc: str = ""
    is_sent: bool = False
    """Of an answer: there unless the caller asks for fewer fields; it may be null."""
    is_secret: bool = False
    """Whether it is left out where the struct is printed."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """One struct."""

    name: str
    direction: Direction
    doc: str
    members: tuple[Member, ...]
    is_condition: bool = False
    """Whether its members must have values: leaving one out by a value such as null would ask for more than was meant."""


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """One file of types."""

    name: str
    doc: str
    declared: tuple[Declared, ...]


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Where each struct is declared, so that others can refer to it."""

    answers: dict[type, tuple[str, str]]
    """The service's struct → module and name in the clients."""
    inputs: dict[type, tuple[str, str]]

    def find(self, shape: Shape, direction: Direction) -> tuple[str, str]:
        """Return the module and name of a struct; of one that only the clients have, the module is its own."""
        if shape.struct is None:
            module, _, name = shape.name.rpartition(".")
            return module, name
        return (self.inputs if direction == "input" else self.answers)[shape.struct]


def first_line(text: str | None) -> str:
    """Return the first paragraph of a docstring on one line."""
    return " ".join((text or "").strip().split("\n\n")[0].split())


def unique(declared: Iterable[Declared]) -> tuple[Declared, ...]:
    """Return the declarations. Raises ValueError if two of them have one name."""
    found: dict[str, Declared] = {}
    for one in declared:
        if one.name in found and found[one.name] != one:
            raise ValueError(f"two different declarations are named {one.name}")
        found[one.name] = one
    return tuple(found.values())

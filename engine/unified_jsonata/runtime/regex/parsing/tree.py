"""A regular expression as a tree, with case folding and classes already resolved to sets of characters."""

from typing import Literal

import msgspec

Ranges = tuple[tuple[int, int], ...]
"""A set of characters: inclusive ranges of code points, ascending, neither touching nor overlapping."""

EdgeKind = Literal["start", "end", "line start", "line end", "word", "inside"]


class Characters(msgspec.Struct, frozen=True):
    """One character out of a set; no ranges never match."""

    ranges: Ranges


class Sequence(msgspec.Struct, frozen=True):
    """Nodes one after another; none at all match the empty string."""

    items: tuple["Node", ...]


class Alternation(msgspec.Struct, frozen=True):
    """The first option that lets the rest match."""

    options: tuple["Node", ...]


class Group(msgspec.Struct, frozen=True):
    """A capturing group, numbered from 1."""

    number: int
    body: "Node"


class Repeat(msgspec.Struct, frozen=True, kw_only=True):
    """From `low` to `high` times, without bound when `high` is None."""

    body: "Node"
    low: int
    high: int | None
    lazy: bool


class Round(msgspec.Struct, frozen=True):
    """One round of a repetition: the groups in it have captured nothing when it begins. Added by `rounds.normalize`.

    All rounds of one repetition of the source have the same number and groups.
    """

    number: int
    groups: frozenset[int]
    body: "Node"


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on the text ahead or behind that consumes nothing."""

    body: "Node"
    behind: bool
    negative: bool


class Edge(msgspec.Struct, frozen=True):
    """A place between two characters; `inside` is where no word begins or ends."""

    kind: EdgeKind


class Back(msgspec.Struct, frozen=True):
    """A reference to a group's capture, empty without one."""

    number: int


Node = Characters | Sequence | Alternation | Group | Repeat | Round | Look | Edge | Back


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """A whole regular expression."""

    root: Node
    groups: int
    """Number of capturing groups."""
    fold: bool
    """Whether a back reference ignores case."""

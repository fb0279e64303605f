"""The provider's own names that belong to the common fields of a mapping: those that it reads and writes itself.

They are derived once from the expressions. Names are compared without regard to case, because some providers accept any.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

import msgspec

from unified.models import Model
from unified.transform.calls.operation import Operation
from unified_jsonata import Expression
from unified_jsonata.analysis import Write
from unified_jsonata.syntax.tree import Call, Node, Variable

Path = tuple[str, ...]
CUSTOM_FIELDS = "custom_fields"
_WILD = frozenset({"*", "**"})


class Native(msgspec.Struct, frozen=True, kw_only=True):
    """A name of the provider that a mapping uses itself."""

    name: str
    """The mapping's spelling, with dots between steps."""
    fields: tuple[str, ...]
    """The common fields behind it, the best one to suggest first; none for values that the mapping sets itself."""
    is_read: bool = False
    is_own: bool = False
    """Whether the mapping itself sets it in a body: a fixed value, an id of the path, a text of a query; no time of writing."""
    is_whole: bool = False
    """Whether it is an object that is sent as a whole for one common field."""


class Natives(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The native names of one mapping."""

    used: dict[Path, Native]
    """Native names by their place in the provider's record or in a body; in lower case."""
    containers: frozenset[Path]
    """Where the provider's record holds custom fields: the objects passed to `$customFields`; in lower case."""
    envelopes: frozenset[Path]
    """Where a body holds what `write` gives, such as `ticket` or `variables.input`; in lower case."""

    def at(self, path: Path) -> Native | None:
        """Return the native name that a value at this place of a body would set or replace."""
        for inner in map(lower, self._placed(path)):
            native = next((self.used[inner[:end]] for end in range(1, len(inner)) if inner[:end] in self.used), None)
            native = native or self._above.get(inner)
            if native is not None:
                return native
        return None

    def called(self, name: str) -> Native | None:
        """Return the native name that a key of `custom_fields` equals, contains or is part of."""
        parts = tuple(name.casefold().split("."))
        for path in {(name.casefold(),), parts}:
            native = next((self._ends[path[:end]] for end in range(1, len(path)) if path[:end] in self._ends), None)
            native = native or self._starts.get(path)
            if native is not None:
                return native
        return None

    def keys_at(self, path: Path) -> Iterator[str]:
        """Yield the keys of `custom_fields` that could mean this place of a body."""
        for inner in self._placed(path):
            for container in self.containers:
                if lower(inner[: len(container)]) == container:
                    below = inner[len(container) :]
                    yield from (".".join(below[:end]) for end in range(1, len(below) + 1))

    def _placed(self, path: Path) -> tuple[Path, ...]:
        around = lower(path)
        return (path, *(path[len(one) :] for one in self.envelopes if len(one) < len(path) and around[: len(one)] == one))

    @cached_property
    def _above(self) -> dict[Path, Native]:
        """Every native name by its place, and by each place around it."""
        return _by_start(self.used.items())

    @cached_property
    def _ends(self) -> dict[Path, Native]:
        """Native names as a key can spell them: from the top, from a container on, and, for sent keys, from any step on."""
        return dict(self._spelt())

    @cached_property
    def _starts(self) -> dict[Path, Native]:
        return _by_start(self._ends.items())

    def _spelt(self) -> Iterator[tuple[Path, Native]]:
        for path, native in self.used.items():
            if native.fields != (CUSTOM_FIELDS,) and not native.is_whole:
                yield path, native
                inside = [len(one) for one in self.containers if one and path[: len(one)] == one]
                yield from ((path[start:], native) for start in (inside if native.is_read else range(1, len(path))))


def _by_start(named: Iterable[tuple[Path, Native]]) -> dict[Path, Native]:
    starts: dict[Path, Native] = {}
    for path, native in named:
        for end in range(1, len(path) + 1):
            starts.setdefault(path[:end], native)
    return starts | dict(named)


def lower(path: Path) -> Path:
    """Return a path in the form in which native names are compared."""
    return tuple(step.casefold() for step in path)


def natives_of(
    model: Model,
    records: Iterable[Expression],
    write: Expression | None,
    operations: Collection[Operation],
    *,
    roots: frozenset[Path],
) -> Natives:
    """Return the native names of a mapping.

    Args:
        model: The common model.
        records: The mapping's record expressions.
        write: Its expression `write`.
        operations: Its calls that write.
        roots: The paths of the objects passed to `$customFields`.
    """
    order = [field.name for field in model.fields]
    maps = frozenset(field.name for field in model.fields if field.kind == "map")
    records = tuple(records)
    roots = roots | _map_roots(records, maps - {CUSTOM_FIELDS})
    read = _read(records, maps, roots)
    bodies = (step.body for one in operations for step in (one, *one.after))
    sent = _sent((one for one in (write, *bodies) if one is not None), frozenset(order))
    used = {
        lower(path): Native(
            name=".".join(path),
            fields=_ranked(read.get(path), sent[path].fields if path in sent else None, order),
            is_read=path in read,
            is_own=path in sent and not (sent[path].fields or sent[path].is_now),
            is_whole=path in sent and sent[path].is_whole and path not in read,
        )
        for path in (*sent, *read)
    }
    return Natives(used=used, containers=frozenset(map(lower, roots)), envelopes=frozenset(_envelopes(operations)))


def _map_roots(records: Iterable[Expression], maps: frozenset[str]) -> frozenset[Path]:
    """Return the objects whose keys are passed on unchanged, such as all properties of a custom object."""
    writes = (write for record in records for write in record.analysis.writes or () if write.key in maps)
    return frozenset(_plain(one.path) for write in writes for one in write.reads)


def _ranked(read: set[str] | None, sent: set[str] | None, order: list[str]) -> tuple[str, ...]:
    """Return the fields that both read and send the name, otherwise those that send it."""
    both = (read or set()) & (sent or set()) - {CUSTOM_FIELDS}
    known = both or sent or read or set()
    own = known - {CUSTOM_FIELDS} or known
    return tuple(sorted(own, key=order.index))


def _read(records: Iterable[Expression], maps: frozenset[str], roots: frozenset[Path]) -> dict[Path, set[str]]:
    """Return the places that common fields are read from, without the objects around them that some expressions examine."""
    places: dict[Path, set[str]] = {}
    for record in records:
        for write in record.analysis.writes or ():
            for one in write.reads if write.key not in maps - {CUSTOM_FIELDS} else ():
                places.setdefault(_plain(one.path), set()).add(write.key)
    outer = {path for path in places if not path or any(root[: len(path)] == path for root in roots)}
    outer |= {path for path, fields in places.items() if any(_contains(path, one) and fields != places[one] for one in places)}
    return {path: fields for path, fields in places.items() if path not in outer}


def _plain(path: Path) -> Path:
    end = next((place for place, step in enumerate(path) if step in _WILD), len(path))
    return path[:end]


def _contains(path: Path, other: Path) -> bool:
    return len(path) < len(other) and other[: len(path)] == path


class _Sent(msgspec.Struct, kw_only=True):
    """The value that sets one place of a body."""

    fields: set[str]
    is_now: bool = False
    """Whether it is only the time of writing, for a caller who gives no other."""
    is_whole: bool = False


def _sent(sending: Iterable[Expression], known: frozenset[str]) -> dict[Path, _Sent]:
    """Return the places that are set in bodies; an object built from one common field is that field as a whole."""
    places: dict[Path, _Sent] = {}

    def visit(writes: Iterable[Write], above: Path) -> None:
        for write in writes:
            path, fields = (*above, write.key), {one.path[0] for one in write.reads if one.path} & known
            is_whole = bool(write.nested) and len(fields) == 1 and "write" not in write.variables
            if _is_envelope(write) and not fields:
                continue
            if not write.nested or is_whole:
                place = places.setdefault(path, _Sent(fields=set(), is_now=_is_now(write.value)))
                place.fields |= fields
                place.is_whole |= is_whole
            visit(write.nested, path)

    for expression in sending:
        visit(expression.analysis.writes or (), ())
    return places


def _is_now(value: Node) -> bool:
    return isinstance(value, Call) and isinstance(value.function, Variable) and value.function.name in {"now", "millis"}


def _envelopes(operations: Iterable[Operation]) -> Iterator[Path]:
    for operation in operations:
        body = operation.body.analysis if operation.body is not None else None
        if body is not None and not body.open:
            yield from _places_of_write(body.writes or ())


def _is_envelope(write: Write) -> bool:
    return "write" in write.variables and not write.nested


def _places_of_write(writes: Iterable[Write], above: Path = ()) -> Iterator[Path]:
    """Yield where a body holds the result of `write`, or an object that is made of it."""
    for write in writes:
        if "write" in write.variables:
            path = (*above, write.key.casefold())
            yield from _places_of_write(write.nested, path) if _passes_on(write) else (path,)


def _passes_on(write: Write) -> bool:
    """Return whether an object holds the result of `write` further inside."""
    return any("write" in one.variables for one in write.nested)

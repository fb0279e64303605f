"""Which keys `custom_fields` may have, in bodies and in `fields=`: those of fields that are the customer's own.

A key is one that the mapping neither reads nor writes itself, and of the form that the mapping's file gives. So no value can go
to, or come from, a native field past the common field that owns it: past its check, its sensitivity, or a boundary.
"""

import re
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

import msgspec

from unified.errors import FieldProblem, UnsupportedField
from unified.jsonata import Expression
from unified.jsonata.syntax.tree import Array, Call, Node, String, Variable, children
from unified.models import REMOTE_FIELDS
from unified.transform.compile import fits
from unified.transform.natives import CUSTOM_FIELDS, Native, Natives, Path

CUSTOM = f"{CUSTOM_FIELDS}."
ANY_NAME = r"\w[\w.:/-]*"
"""What names of custom fields look like where no file says it."""
MAX_NAME = 200
"""Characters of a custom field's name; no provider has longer ones."""
MAX_PROBLEMS = 20
"""Refused keys that are told of, of one body."""


class CustomKeys(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rule for the keys of custom fields of one mapping."""

    model: str
    natives: Natives
    form: str | None
    """Regular expression for a whole key, of the mapping's file; it then stands for the rest."""
    names: str | None
    """Regular expression for a whole key, as the provider has names."""
    patterns: tuple[tuple[str, ...], ...]
    """The patterns of each `$custom`."""
    is_read: bool
    """Whether the record has custom fields at all."""
    maps: frozenset[str]
    """Other fields of the model that hold the provider's own keys."""

    @property
    def has_rule(self) -> bool:
        """Whether the files say what a key looks like."""
        wanted = (any(not one.startswith("!") for one in patterns) for patterns in self.patterns)
        return self.form is not None or self.names is not None or (bool(self.patterns) and all(wanted))

    def admits(self, key: str) -> bool:
        """Whether the key is one of a custom field."""
        return self._looks_right(key) and self.natives.called(key) is None

    def _looks_right(self, key: str) -> bool:
        if len(key) > MAX_NAME or self._form.fullmatch(key) is None:
            return False
        return self.form is not None or not self.patterns or any(fits(key, one) for one in self.patterns)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile(self.form or self.names or ANY_NAME, re.ASCII if self.form or self.names else re.NOFLAG)

    @property
    def looks(self) -> str:
        """What a key looks like, for messages."""
        wanted = sorted({one for patterns in self.patterns for one in patterns})
        shown = f"of the form {self._form.pattern} and at most {MAX_NAME} characters"
        return shown if self.form is not None or not wanted else f"{shown}, matching {' '.join(wanted)}"

    def refuse_field(self, name: str) -> None:
        """Raise UnsupportedField for a `custom_fields.<key>` of a query that names no custom field."""
        key = name.removeprefix(CUSTOM)
        if key == name:
            return
        if not self.is_read:
            raise UnsupportedField(f"{self.model}: custom fields of this model cannot be read here")
        if self.admits(key):
            return
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        if native is not None:
            raise UnsupportedField(f"{self.model}: {_owned(native)}")
        raise UnsupportedField(f"{self.model}: expected custom_fields.<key> with the key of a custom field, {self.looks}")

    def refuse_body(self, body: dict[str, Any], writable: Collection[str]) -> None:
        """Raise UnsupportedField for keys of a body that set a native field past the common field that owns it.

        Args:
            body: the common body.
            writable: the common fields that this write can send.
        """
        for name, given in body.items():
            if name == CUSTOM_FIELDS:
                self.refuse_keys(given, writable)
            elif name == REMOTE_FIELDS:
                self.refuse_remote(given, writable)
            elif name in self.maps:
                self.refuse_in_map(name, given, writable)

    def refuse_keys(self, given: Any, writable: Collection[str]) -> None:
        """Raise UnsupportedField naming each key of a body's `custom_fields` that is none."""
        bad = [key for key in given if not self.admits(key)] if isinstance(given, dict) else []
        if bad:
            problems = tuple(self._problem(key, writable) for key in bad[:MAX_PROBLEMS])
            told = problems[0].message if len(bad) == 1 else f"{len(bad)} keys are no custom fields, see errors"
            raise UnsupportedField(f"{self.model}: custom_fields: {told}", errors=problems)

    def _problem(self, key: str, writable: Collection[str]) -> FieldProblem:
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        message = f"expected the key of a custom field, {self.looks}" if native is None else _owned(native, writable)
        return FieldProblem(pointer=_pointer(CUSTOM_FIELDS, key), code="unsupported_field", message=message)

    def refuse_remote(self, given: Any, writable: Collection[str]) -> None:
        """Raise UnsupportedField naming each place of a body's `remote_fields` that is a common or a custom field's."""
        bad = [(path, found) for path in leaves(given) if (found := self._taken(path, writable)) is not None]
        if bad:
            problems = tuple(
                FieldProblem(pointer=_pointer(REMOTE_FIELDS, *path), code="unsupported_field", message=message)
                for path, message in bad[:MAX_PROBLEMS]
            )
            told = problems[0].message if len(bad) == 1 else f"{len(bad)} places are those of other fields, see errors"
            raise UnsupportedField(f"{self.model}: remote_fields: {told}", errors=problems)

    def _taken(self, path: Path, writable: Collection[str]) -> str | None:
        """Why a place of `remote_fields` cannot be set there."""
        if len(path) == 1 and path[0].casefold() in self.natives.envelopes:
            return f"`{path[0]}` holds the whole record; expected an object with single fields"
        keys = tuple(self.natives.keys_at(path))
        if self.is_read and any(self.admits(key) for key in keys):
            return "this is a custom field; use custom_fields with its key"
        if keys and self.maps & set(writable):
            return f"this is a key of {' or '.join(sorted(self.maps & set(writable)))}; use that"
        native = self.natives.at(path)
        return None if native is None or not (native.fields or native.is_fixed) else _owned(native, writable)

    def refuse_in_map(self, name: str, given: Any, writable: Collection[str]) -> None:
        """Raise UnsupportedField for keys of a map such as `fields` that fields of their own can send."""
        taken = {key: self.sent_by(key) & set(writable) for key in given} if isinstance(given, dict) else {}
        problems = tuple(
            FieldProblem(pointer=_pointer(name, key), code="unsupported_field", message=f"use {' or '.join(sorted(fields))}")
            for key, fields in taken.items()
            if fields
        )
        if problems:
            raise UnsupportedField(f"{self.model}: {name}: keys that have fields of their own, see errors", errors=problems)

    def reached(self, body: dict[str, Any]) -> frozenset[str]:
        """The common fields whose native names stand in maps such as `fields`."""
        keys = (key for name in self.maps if isinstance(body.get(name), dict) for key in body[name])
        return frozenset(field for key in keys for field in self.sent_by(key))

    def sent_by(self, key: str) -> frozenset[str]:
        """The common fields behind a native name, given as a key."""
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        return frozenset(native.fields if native is not None else ())


def _owned(native: Native, usable: Collection[str] | None = None) -> str:
    """Whose a native name is, and what to use in its place; `usable` are the fields that can be, where not all can."""
    if not native.fields:
        return f"`{native.name}` is set by this mapping itself"
    names = [name for name in native.fields if usable is None or name in usable]
    hint = f"use {' or '.join(names)}" if names else "it cannot be written here"
    return f"`{native.name}` is that of {' and '.join(native.fields)}; {hint}"


def _pointer(*steps: str) -> str:
    return "".join(f"/{step[:MAX_NAME].replace('~', '~0').replace('/', '~1')}" for step in steps)


def leaves(value: Any, above: Path = ()) -> Iterator[Path]:
    """The places of a value that hold no further objects; a list is one place."""
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(one, dict) and one:
            yield from leaves(one, (*above, name))
        else:
            yield (*above, name)


def custom_patterns(record: Expression) -> tuple[tuple[str, ...], ...]:
    """The patterns that each `$custom` of a record expression is given."""
    return tuple(_patterns(call) for call in _custom_calls(record.tree))


def _custom_calls(tree: Node) -> Iterator[Call]:
    left = [tree]
    while left:
        node = left.pop()
        left += children(node)
        if isinstance(node, Call) and isinstance(node.function, Variable) and node.function.name == "custom":
            yield node


def _patterns(call: Call) -> tuple[str, ...]:
    given = call.arguments[1] if len(call.arguments) > 1 else None
    items = given.items if isinstance(given, Array) else (given,)
    return tuple(one.value for one in items if isinstance(one, String))

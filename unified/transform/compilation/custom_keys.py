"""The rule for keys of `custom_fields`, in bodies and in `fields=`: only keys of the customer's own fields.

The mapping must neither read nor write such a key itself, and it must have the form that the mapping's file gives. So no value
can bypass the common field that owns a native field: its checks, its sensitivity, or a boundary.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import Any

import msgspec

from unified.errors.error import FieldProblem
from unified.errors.names import not_done
from unified.errors.requests import UnsupportedField
from unified.models import REMOTE_FIELDS
from unified.text.pattern_examples import expected_form
from unified.transform.calls.natives import CUSTOM_FIELDS, Native, Natives, Path, lower
from unified.transform.compilation.custom_function import fits
from unified.transform.compilation.named_calls import calls_in
from unified_jsonata import Expression
from unified_jsonata.syntax.tree import Array, Call, String

CUSTOM = f"{CUSTOM_FIELDS}."
ANY_NAME = r"\w[\w.:/-]*"
"""The form of custom field names where no file gives one."""
MAX_NAME = 200
"""The longest name of a custom field; no provider has longer ones."""
MAX_PROBLEMS = 20
"""How many refused keys of one body are listed."""


class CustomKeys(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rule for the keys of custom fields of one mapping."""

    model: str
    natives: Natives
    form: str | None
    """Regular expression for a whole key, from the mapping's file; it replaces the other rules."""
    names: str | None
    """Regular expression for a whole key, from the provider's file."""
    patterns: tuple[tuple[str, ...], ...]
    """The patterns of each `$customFields`."""
    is_read: bool
    """Whether records have custom fields at all."""
    maps: frozenset[str]
    """Other fields of the model that hold the provider's own keys."""

    @property
    def has_rule(self) -> bool:
        """Whether the files define the form of a key."""
        wanted = (any(not one.startswith("!") for one in patterns) for patterns in self.patterns)
        return self.form is not None or self.names is not None or (bool(self.patterns) and all(wanted))

    def accepts(self, key: str) -> bool:
        """Return whether the key belongs to a custom field."""
        return self._has_form(key) and self.natives.called(key) is None

    def _has_form(self, key: str) -> bool:
        if len(key) > MAX_NAME or self._form.fullmatch(key) is None:
            return False
        return self.form is not None or not self.patterns or any(fits(key, one) for one in self.patterns)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        return re.compile(self.form or self.names or ANY_NAME, re.ASCII if self.form or self.names else re.NOFLAG)

    @property
    def description(self) -> str:
        """The form of a key, for messages."""
        short = f" of at most {MAX_NAME} characters"
        listed = sorted({one for patterns in self.patterns for one in patterns} if self.form is None else ())
        wanted = [one for one in listed if not one.startswith("!")]
        if wanted:
            return f"text{short} like {_with_any_text(wanted)}"
        refused = [one.removeprefix("!") for one in listed]
        form = f"{expected_form(self._form.pattern)}{short}"
        return f"{form}, but not like {_with_any_text(refused)}" if refused else form

    def refuse_field(self, name: str) -> None:
        """Check a name of `fields=`.

        Raises:
            UnsupportedField: It is a `custom_fields.<key>` that names no custom field.
        """
        key = name.removeprefix(CUSTOM)
        if key == name:
            return
        if not self.is_read:
            raise _not_listed(f"{self.model}: custom fields of this model cannot be read here")
        if self.accepts(key):
            return
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        if native is not None:
            raise _not_listed(f"{self.model}: {_owned(native)}")
        raise _not_listed(f"{self.model}: expected custom_fields.<key> with the key of a custom field, {self.description}")

    def refuse_body(self, body: dict[str, Any], writable: Collection[str]) -> None:
        """Check that a body's keys set no native field past the common field that owns it.

        Args:
            body: The common body.
            writable: The common fields that this write can send.

        Raises:
            UnsupportedField: A key does.
        """
        for name, value in body.items():
            if name == CUSTOM_FIELDS:
                self.refuse_keys(value, writable)
            elif name == REMOTE_FIELDS:
                self.refuse_remote(value, writable)
            elif name in self.maps:
                self.refuse_in_map(name, value, writable)

    def refuse_keys(self, fields: Any, writable: Collection[str]) -> None:
        """Check the keys of a body's `custom_fields`.

        Raises:
            UnsupportedField: Keys belong to no custom field; `errors` lists them.
        """
        bad = [key for key in fields if not self.accepts(key)] if isinstance(fields, dict) else []
        if bad:
            problems = tuple(self._problem(key, writable) for key in bad[:MAX_PROBLEMS])
            summary = problems[0].message if len(bad) == 1 else f"{len(bad)} keys are not custom fields, see errors"
            raise UnsupportedField(f"{self.model}: custom_fields: {summary}", errors=problems)

    def _problem(self, key: str, writable: Collection[str]) -> FieldProblem:
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        message = f"expected the key of a custom field, {self.description}" if native is None else _owned(native, writable)
        return FieldProblem(pointer=_pointer(CUSTOM_FIELDS, key), code="unsupported_field", message=message)

    def refuse_remote(self, fields: Any, writable: Collection[str]) -> None:
        """Check the places of a body's `remote_fields`.

        Raises:
            UnsupportedField: Places belong to common or custom fields; `errors` lists them.
        """
        bad = [(path, reason) for path in leaves(fields) if (reason := self._owner_problem(path, writable)) is not None]
        if bad:
            problems = tuple(
                FieldProblem(pointer=_pointer(REMOTE_FIELDS, *path), code="unsupported_field", message=message)
                for path, message in bad[:MAX_PROBLEMS]
            )
            summary = problems[0].message if len(bad) == 1 else f"{len(bad)} places belong to other fields, see errors"
            raise UnsupportedField(f"{self.model}: remote_fields: {summary}", errors=problems)

    def _owner_problem(self, path: Path, writable: Collection[str]) -> str | None:
        """Return why a place of `remote_fields` cannot be set there; None when it can."""
        if any(one[: len(path)] == lower(path) for one in self.natives.envelopes):
            return f"`{'.'.join(path)}` holds the whole record; expected an object with single fields"
        keys = tuple(self.natives.keys_at(path))
        if self.is_read and any(self.accepts(key) for key in keys):
            return "this is a custom field; use custom_fields with its key"
        if keys and self.maps & set(writable):
            return f"this is a key of {' or '.join(sorted(self.maps & set(writable)))}; use that"
        native = self.natives.at(path)
        return None if native is None or not (native.fields or native.is_own) else _owned(native, writable)

    def refuse_in_map(self, name: str, entries: Any, writable: Collection[str]) -> None:
        """Check the keys of a map such as `fields`.

        Raises:
            UnsupportedField: Common fields already cover keys; `errors` lists them.
        """
        taken = {key: self.sent_by(key) & set(writable) for key in entries} if isinstance(entries, dict) else {}
        problems = tuple(
            FieldProblem(pointer=_pointer(name, key), code="unsupported_field", message=f"use {' or '.join(sorted(fields))}")
            for key, fields in taken.items()
            if fields
        )
        if problems:
            raise UnsupportedField(f"{self.model}: {name}: keys that common fields already cover, see errors", errors=problems)

    def reached(self, body: dict[str, Any]) -> frozenset[str]:
        """Return the common fields that a body sets by their native names, in maps such as `fields`."""
        keys = (key for name in self.maps if isinstance(body.get(name), dict) for key in body[name])
        return frozenset(field for key in keys for field in self.sent_by(key))

    def sent_by(self, key: str) -> frozenset[str]:
        """Return the common fields behind a native name, given as a key."""
        native = self.natives.called(key) if len(key) <= MAX_NAME else None
        return frozenset(native.fields if native is not None else ())


def _owned(native: Native, usable: Collection[str] | None = None) -> str:
    """Say which fields own a native name, and which to use instead; `usable` are the fields that can be used."""
    if not native.fields:
        return f"`{native.name}` is set by this mapping itself"
    names = [name for name in native.fields if usable is None or name in usable]
    hint = f"use {' or '.join(names)}" if names else "it cannot be written here"
    return f"`{native.name}` belongs to {' and '.join(native.fields)}; {hint}"


def _pointer(*steps: str) -> str:
    return "".join(f"/{step[:MAX_NAME].replace('~', '~0').replace('/', '~1')}" for step in steps)


def leaves(value: Any, above: Path = ()) -> Iterator[Path]:
    """Yield the places of a value that hold no further objects; a list is one place."""
    for name, one in value.items() if isinstance(value, dict) else ():
        if isinstance(one, dict) and one:
            yield from leaves(one, (*above, name))
        else:
            yield (*above, name)


def named_keys(fields: Iterable[str]) -> dict[str, list[str]]:
    """Return `$custom_field_keys`, the custom fields that a caller's `fields=` names; nothing if it does not name any."""
    keys = [name.removeprefix(CUSTOM) for name in fields if name.startswith(CUSTOM)]
    return {"custom_field_keys": keys} if keys else {}


def custom_patterns(record: Expression) -> tuple[tuple[str, ...], ...]:
    """Return the patterns that are passed to each `$customFields` of a record expression."""
    return tuple(_patterns(call) for _, call in calls_in(record, {"customFields"}))


def _patterns(call: Call) -> tuple[str, ...]:
    patterns = call.arguments[1] if len(call.arguments) > 1 else None
    items = patterns.items if isinstance(patterns, Array) else (patterns,)
    return tuple(one.value for one in items if isinstance(one, String))


def _with_any_text(patterns: list[str]) -> str:
    """Return patterns of `$customFields` for messages, with what `*` means in them."""
    names = " or ".join(f"`{one}`" for one in patterns)
    return f"{names} with any text for `*`" if "*" in names else names


def _not_listed(detail: str) -> UnsupportedField:
    return UnsupportedField(detail, errors=not_done(["fields"], UnsupportedField))

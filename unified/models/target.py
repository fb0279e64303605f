"""Describes the target of a mapping's object: one struct, and the fields of it that are used."""

import msgspec

from unified.models.field import Field, fields_of
from unified.models.shared import Address, EarningLine, EmailAddress, FieldOption, Participant, PhoneNumber, Url

ESSENTIAL: dict[type[msgspec.Struct], tuple[str, ...]] = {
    EmailAddress: ("email",),
    PhoneNumber: ("number", "e164"),
    Url: ("url",),
    FieldOption: ("value",),
    Address: tuple(name for name in Address.__struct_fields__ if name != "type"),
    Participant: ("name", "email", "user_id", "contact_id"),
    EarningLine: ("name", "amount", "hours"),
}
"""Struct → fields; at least one of them must be set; a nested object without any is left out. Default: all its fields."""
FEW = 2
"""Up to so many essential fields are converted first; the others of an object that is left out are not looked at then."""

NAME_PARTS = {
    "name": (("first_name",), ("last_name",)),
    "display_name": (("preferred_name", "first_name"), ("last_name",)),
}
"""Fields that are built from parts if null: for each part, the fields that can supply it, best first."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One struct to be filled: with one default phone region and one selection of fields."""

    struct: type[msgspec.Struct]
    region: str | None = None
    keep: frozenset[str] | None = None
    optional: frozenset[str] = frozenset()

    @property
    def fields(self) -> tuple[Field, ...]:
        """All fields; a mapping may return each of them."""
        return fields_of(self.struct)

    @property
    def kept(self) -> tuple[Field, ...]:
        """The selected fields."""
        return tuple(field for field in self.fields if self.keep is None or field.name in self.keep)

    @property
    def essential(self) -> tuple[Field, ...]:
        """The fields, at least one of which must be set."""
        names = ESSENTIAL.get(self.struct, self.struct.__struct_fields__)
        return tuple(field for field in self.fields if field.name in names)

    @property
    def decisive(self) -> tuple[Field, ...]:
        """The essential fields, if they are so few that they are converted first."""
        return self.essential if len(self.essential) <= FEW else ()

    def needs(self, field: Field) -> bool:
        """Return whether a field that is null is an error; a record's `remote_id` is found out otherwise."""
        return field.required and not field.is_list and field.name not in {"remote_id", *self.optional}

    def name_parts(self, field: Field) -> tuple[tuple[str, ...], ...]:
        """Return what a field is built from if it is null; nothing if the struct lacks one of them."""
        parts = NAME_PARTS.get(field.name, ())
        known = {other.name for other in self.fields}
        return parts if all(source in known for sources in parts for source in sources) else ()

    def inner(self, field: Field) -> "Target":
        """Return the target of a field's objects."""
        assert field.struct is not None
        return Target(struct=field.struct, region=self.region)

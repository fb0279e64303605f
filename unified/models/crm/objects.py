"""CRM lists, associations and custom objects."""

from typing import Annotated, Any, Literal

from unified.models.field import meta
from unified.models.shared import FieldDefinition, Record


class List(Record, frozen=True, kw_only=True):
    """A saved list of records."""

    name: Annotated[str, meta("Name.")]
    type: Annotated[
        Literal["static", "dynamic"] | None, meta("How members are selected: by hand (static) or by rules (dynamic).")
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    object_type: Annotated[str | None, meta("Type of the records, such as contact, account or lead.")] = None
    record_count: Annotated[int | None, meta("Number of records, if known.")] = None


class Association(Record, frozen=True, kw_only=True):
    """A typed link between two records."""

    source_object: Annotated[str, meta("Object type of the source record.", "c")]
    source_id: Annotated[str, meta("Id of the source record.", "c")]
    target_object: Annotated[str, meta("Object type of the target record.", "c")]
    target_id: Annotated[str, meta("Id of the target record.", "c")]
    association_type_id: Annotated[str | None, meta("Association type at the provider.", "c")] = None
    label: Annotated[str | None, meta("Label of the association at the provider.", "c", twins=("association_type_id",))] = None


class CustomObject(Record, frozen=True, kw_only=True):
    """A record of an object type that the customer defined."""

    object: Annotated[str, meta("API name of the object.")]
    name: Annotated[str | None, meta("Value of the primary label field.", "rw")] = None
    owner_id: Annotated[str | None, meta("User who owns the record.", "rw", reference="crm.users")] = None
    fields: Annotated[
        dict[str, Any],
        meta(
            "Field key to value, as the provider stores them.",
            "rw",
            sensitivity="personal",
            twins=("name", "owner_id", "created_at", "updated_at"),
        ),
    ]


class CustomObjectClass(Record, frozen=True, kw_only=True):
    """The definition of an object type that the customer defined."""

    name: Annotated[str, meta("API name.")]
    label_singular: Annotated[str | None, meta("Label in the singular.")] = None
    label_plural: Annotated[str | None, meta("Label in the plural.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    fields: Annotated[tuple[FieldDefinition, ...], meta("Fields of the object.")] = ()

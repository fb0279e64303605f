"""How the CRM groups, links and extends its records: lists, associations, custom objects."""

from typing import Annotated, Any, Literal

from unified.models.field import meta
from unified.models.shared import FieldDefinition, Record


class List(Record, frozen=True, kw_only=True):
    """A saved set of records."""

    name: Annotated[str, meta("Label.")]
    type: Annotated[Literal["static", "dynamic"] | None, meta("How members are chosen.")] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    object_type: Annotated[str | None, meta("What it holds: contact, account, lead and so on.")] = None
    record_count: Annotated[int | None, meta("Size if known.")] = None


class Association(Record, frozen=True, kw_only=True):
    """A typed link between two records."""

    source_object: Annotated[str, meta("Model or custom object name.", "c")]
    source_id: Annotated[str, meta("Record id.", "c")]
    target_object: Annotated[str, meta("Model or custom object name.", "c")]
    target_id: Annotated[str, meta("Record id.", "c")]
    association_type_id: Annotated[str | None, meta("Provider link type.", "c")] = None
    label: Annotated[str | None, meta("Provider label.", "c", twins=("association_type_id",))] = None


class CustomObject(Record, frozen=True, kw_only=True):
    """A record of a customer-defined object."""

    object: Annotated[str, meta("Object API name.")]
    name: Annotated[str | None, meta("Primary label value.", "rw")] = None
    owner_id: Annotated[str | None, meta("Owner.", "rw", reference="crm.users")] = None
    fields: Annotated[
        dict[str, Any],
        meta(
            "Field key to value, as the provider has it.",
            "rw",
            sensitivity="personal",
            twins=("name", "owner_id", "created_at", "updated_at"),
        ),
    ]


class CustomObjectClass(Record, frozen=True, kw_only=True):
    """Definition of a custom object."""

    name: Annotated[str, meta("API name.")]
    label_singular: Annotated[str | None, meta("Label.")] = None
    label_plural: Annotated[str | None, meta("Label.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    fields: Annotated[tuple[FieldDefinition, ...], meta("The fields of the object.")] = ()

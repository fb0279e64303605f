"""Parts shared by several common models: base fields, addresses, e-mail addresses, phone numbers and pay lines."""

from typing import Annotated, Any, Literal

import msgspec

from unified.models.field import meta


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base fields of every common model."""

    id: Annotated[str, meta("Id of the record in the Unified API.")]
    remote_id: Annotated[str, meta("Id of the record at the provider, as text.")]
    created_at: Annotated[str | None, meta("When the record was created at the provider.", kind="datetime")] = None
    updated_at: Annotated[str | None, meta("When the record was last changed at the provider.", kind="datetime")] = None
    is_deleted: Annotated[bool | None, meta("True if the record is deleted or archived at the provider.")] = None
    web_url: Annotated[str | None, meta("URL of the record in the provider's user interface.", kind="url")] = None
    custom_fields: Annotated[
        dict[str, Any], meta("Custom fields of the provider: field key to value.", "rw", sensitivity="personal")
    ] = msgspec.field(default_factory=dict)
    mapped_fields: Annotated[
        dict[str, Any], meta("Fields of your own mapping files; installed ones have none.", "rw", sensitivity="personal")
    ] = msgspec.field(default_factory=dict)
    remote_data: Annotated[
        dict[str, Any] | None, meta("The provider's raw record. Set only with `include_raw`.", sensitivity="personal")
    ] = None


class EmployeeRecord(Record, frozen=True, kw_only=True):
    """Base fields of HRIS models.

    Free-form fields get the sensitivity of the most sensitive value that they may hold.
    """

    custom_fields: Annotated[
        dict[str, Any], meta("Custom fields of the provider: field key to value.", "rw", sensitivity="sensitive")
    ] = msgspec.field(default_factory=dict)
    mapped_fields: Annotated[
        dict[str, Any], meta("Fields of your own mapping files; installed ones have none.", "rw", sensitivity="sensitive")
    ] = msgspec.field(default_factory=dict)
    remote_data: Annotated[
        dict[str, Any] | None, meta("The provider's raw record. Set only with `include_raw`.", sensitivity="secret")
    ] = None


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address in parts, or on one line if the provider does not split it."""

    street_1: Annotated[str | None, meta("First line of the street address.", "rw")] = None
    street_2: Annotated[str | None, meta("Second line of the street address.", "rw")] = None
    city: Annotated[str | None, meta("City.", "rw")] = None
    state: Annotated[str | None, meta("State, province or region.", "rw")] = None
    postal_code: Annotated[str | None, meta("Postal code.", "rw")] = None
    country: Annotated[str | None, meta("Country code (ISO 3166-1 alpha-2).", "rw", kind="country")] = None
    country_name: Annotated[str | None, meta("Country name as the provider writes it.", "rw")] = None
    type: Annotated[
        Literal["billing", "shipping", "home", "work", "primary", "other"] | None,
        meta("Purpose of the address.", "rw"),
    ] = None
    formatted: Annotated[str | None, meta("Whole address on one line, if the provider does not split it.", "rw")] = None


class EmailAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address and its purpose."""

    email: Annotated[str | None, meta("E-mail address.", "rw", sensitivity="personal")] = None
    type: Annotated[Literal["work", "personal", "billing", "other"] | None, meta("Purpose of the address.", "rw")] = None
    is_primary: Annotated[bool | None, meta("True for the primary address.", "rw")] = None


class PhoneNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A phone number as the provider stores it, and in E.164 format if it can be parsed."""

    number: Annotated[str | None, meta("Phone number as it is written.", "rw", sensitivity="personal")] = None
    e164: Annotated[str | None, meta("Number in E.164 format; null if it cannot be parsed.", "rw", sensitivity="personal")] = (
        None
    )
    extension: Annotated[str | None, meta("Extension.", "rw")] = None
    type: Annotated[Literal["work", "home", "mobile", "fax", "other"] | None, meta("Type of line.", "rw")] = None
    is_primary: Annotated[bool | None, meta("True for the primary number.", "rw")] = None


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a website or social profile."""

    url: Annotated[str | None, meta("URL.", "rw", kind="url")] = None
    type: Annotated[
        Literal["website", "linkedin", "x", "facebook", "github", "other"] | None,
        meta("What the URL leads to.", "rw"),
    ] = None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A participant of a call, meeting or e-mail."""

    name: Annotated[str | None, meta("Display name.", "rw", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail address.", "rw", sensitivity="personal")] = None
    role: Annotated[
        Literal["organizer", "attendee", "from", "to", "cc", "bcc"] | None, meta("Role of the participant.", "rw")
    ] = None
    response: Annotated[Literal["accepted", "tentative", "declined"] | None, meta("Response to the invitation.", "rw")] = None
    user_id: Annotated[str | None, meta("User, if the participant is one.", "rw", reference="crm.users")] = None
    contact_id: Annotated[str | None, meta("Contact, if the participant is one.", "rw", reference="crm.contacts")] = None


class EarningLine(msgspec.Struct, frozen=True, kw_only=True):
    """An earning on a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    type: Annotated[
        Literal["salary", "hourly", "overtime", "bonus", "commission", "reimbursement", "other"] | None,
        meta("Type of earning.", sensitivity="sensitive"),
    ] = None
    amount: Annotated[float | None, meta("Amount in major currency units.", sensitivity="sensitive")] = None
    hours: Annotated[float | None, meta("Hours paid.", sensitivity="sensitive")] = None


class DeductionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A deduction on a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    employee_amount: Annotated[float | None, meta("Amount withheld from the employee's pay.", sensitivity="sensitive")] = None
    employer_amount: Annotated[float | None, meta("Amount that the employer pays.", sensitivity="sensitive")] = None
    pre_tax: Annotated[bool | None, meta("True if it is deducted before taxes.", sensitivity="sensitive")] = None


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """A tax on a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    amount: Annotated[float | None, meta("Amount in major currency units.", sensitivity="sensitive")] = None
    is_employer: Annotated[bool | None, meta("True if the employer pays the tax.", sensitivity="sensitive")] = None


class FieldOption(msgspec.Struct, frozen=True, kw_only=True):
    """An option of a select field."""

    value: Annotated[str | None, meta("Stored value.")] = None
    label: Annotated[str | None, meta("Displayed text.")] = None
    is_active: Annotated[bool | None, meta("True if the option can be selected.")] = None


class FieldDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A field as the provider's own schema defines it."""

    key: Annotated[str, meta("Key of the field at the provider, as in `custom_fields`.")]
    label: Annotated[str | None, meta("Display name.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    type: Annotated[
        Literal[
            "string",
            "text",
            "number",
            "integer",
            "boolean",
            "date",
            "datetime",
            "select",
            "multiselect",
            "reference",
            "currency",
            "email",
            "phone",
            "url",
            "other",
        ]
        | None,
        meta("Normalized type."),
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    is_custom: Annotated[bool | None, meta("True if the customer added the field.")] = None
    is_required: Annotated[bool | None, meta("True if the field must be set.")] = None
    is_read_only: Annotated[bool | None, meta("True if the field cannot be written.")] = None
    common_field: Annotated[str | None, meta("Name of the field in the common model.")] = None
    options: Annotated[tuple[FieldOption, ...], meta("Options of a select field.")] = ()
    references: Annotated[str | None, meta("Common model that the field refers to.")] = None

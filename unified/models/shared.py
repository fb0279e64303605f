"""The parts that several common models are made of: base fields, addresses, e-mails, phones, pay lines."""

from typing import Annotated, Any, Literal

import msgspec

from unified.models.field import meta


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """The base fields: every common model starts with these."""

    id: Annotated[str, meta("Id in this API.")]
    remote_id: Annotated[str, meta("The provider's id as text.")]
    created_at: Annotated[str | None, meta("Provider's creation time.", kind="datetime")] = None
    updated_at: Annotated[str | None, meta("Provider's change time.", kind="datetime")] = None
    is_deleted: Annotated[bool | None, meta("Deleted or archived at the provider.")] = None
    web_url: Annotated[str | None, meta("Page in the provider's UI.", kind="url")] = None
    custom_fields: Annotated[dict[str, Any], meta("Provider field key to value.", "rw", sensitivity="personal")] = (
        msgspec.field(default_factory=dict)
    )
    mapped_fields: Annotated[dict[str, Any], meta("Keys made by the customer's own mapping.", "rw", sensitivity="personal")] = (
        msgspec.field(default_factory=dict)
    )
    remote_data: Annotated[dict[str, Any] | None, meta("Raw record; only with include_raw.", sensitivity="personal")] = None


class EmployeeRecord(Record, frozen=True, kw_only=True):
    """Base fields of HRIS models: what cannot be classified field by field counts as the most it may hold."""

    custom_fields: Annotated[dict[str, Any], meta("Provider field key to value.", "rw", sensitivity="sensitive")] = (
        msgspec.field(default_factory=dict)
    )
    mapped_fields: Annotated[
        dict[str, Any], meta("Keys made by the customer's own mapping.", "rw", sensitivity="sensitive")
    ] = msgspec.field(default_factory=dict)
    remote_data: Annotated[dict[str, Any] | None, meta("Raw record; only with include_raw.", sensitivity="secret")] = None


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address in parts, or as one line when the provider has only that."""

    street_1: Annotated[str | None, meta("First street line.", "rw")] = None
    street_2: Annotated[str | None, meta("Second street line.", "rw")] = None
    city: Annotated[str | None, meta("City.", "rw")] = None
    state: Annotated[str | None, meta("State or region as text.", "rw")] = None
    postal_code: Annotated[str | None, meta("Postal code.", "rw")] = None
    country: Annotated[str | None, meta("ISO 3166-1 alpha-2.", "rw", kind="country")] = None
    country_name: Annotated[str | None, meta("The provider's text.", "rw")] = None
    type: Annotated[
        Literal["billing", "shipping", "home", "work", "primary", "other"] | None,
        meta("What the address is for.", "rw"),
    ] = None
    formatted: Annotated[str | None, meta("One-line text when the provider has only that.", "rw")] = None


class EmailAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail address with its use."""

    email: Annotated[str | None, meta("The address.", "rw", sensitivity="personal")] = None
    type: Annotated[Literal["work", "personal", "billing", "other"] | None, meta("What it is for.", "rw")] = None
    is_primary: Annotated[bool | None, meta("Main address.", "rw")] = None


class PhoneNumber(msgspec.Struct, frozen=True, kw_only=True):
    """A phone number as given, and in E.164 when it can be read."""

    number: Annotated[str | None, meta("The number as given.", "rw", sensitivity="personal")] = None
    e164: Annotated[str | None, meta("E.164 form, null when it cannot be read.", "rw", sensitivity="personal")] = None
    extension: Annotated[str | None, meta("Extension.", "rw")] = None
    type: Annotated[Literal["work", "home", "mobile", "fax", "other"] | None, meta("Line type.", "rw")] = None
    is_primary: Annotated[bool | None, meta("Main number.", "rw")] = None


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a web site or a social profile."""

    url: Annotated[str | None, meta("The address.", "rw", kind="url")] = None
    type: Annotated[
        Literal["website", "linkedin", "x", "facebook", "github", "other"] | None,
        meta("Where it leads.", "rw"),
    ] = None


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """Someone who takes part in a call, meeting or e-mail."""

    name: Annotated[str | None, meta("Display name.", "rw", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail.", "rw", sensitivity="personal")] = None
    role: Annotated[Literal["organizer", "attendee", "from", "to", "cc", "bcc"] | None, meta("Part taken.", "rw")] = None
    response: Annotated[Literal["accepted", "tentative", "declined"] | None, meta("Answer to the invitation.", "rw")] = None
    user_id: Annotated[str | None, meta("When a user.", "rw", reference="crm.users")] = None
    contact_id: Annotated[str | None, meta("When a contact.", "rw", reference="crm.contacts")] = None


class EarningLine(msgspec.Struct, frozen=True, kw_only=True):
    """One earning of a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    type: Annotated[
        Literal["salary", "hourly", "overtime", "bonus", "commission", "reimbursement", "other"] | None,
        meta("What is paid.", sensitivity="sensitive"),
    ] = None
    amount: Annotated[float | None, meta("Major units.", sensitivity="sensitive")] = None
    hours: Annotated[float | None, meta("Hours paid.", sensitivity="sensitive")] = None


class DeductionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One deduction of a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    employee_amount: Annotated[float | None, meta("Taken from pay.", sensitivity="sensitive")] = None
    employer_amount: Annotated[float | None, meta("Paid by the employer.", sensitivity="sensitive")] = None
    pre_tax: Annotated[bool | None, meta("Taken before taxes.", sensitivity="sensitive")] = None


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tax of a payslip."""

    name: Annotated[str | None, meta("Label.", sensitivity="sensitive")] = None
    amount: Annotated[float | None, meta("Major units.", sensitivity="sensitive")] = None
    is_employer: Annotated[bool | None, meta("Borne by the employer.", sensitivity="sensitive")] = None


class FieldOption(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of a select field."""

    value: Annotated[str | None, meta("The stored value.")] = None
    label: Annotated[str | None, meta("The text shown.")] = None
    is_active: Annotated[bool | None, meta("Can still be chosen.")] = None


class FieldDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """A field as the provider's own schema describes it."""

    key: Annotated[str, meta("Provider key, as in custom_fields.")]
    label: Annotated[str | None, meta("Label.")] = None
    description: Annotated[str | None, meta("Text.")] = None
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
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    is_custom: Annotated[bool | None, meta("Made by the customer.")] = None
    is_required: Annotated[bool | None, meta("Must be set.")] = None
    is_read_only: Annotated[bool | None, meta("Cannot be written.")] = None
    common_field: Annotated[str | None, meta("Name in the common model.")] = None
    options: Annotated[tuple[FieldOption, ...], meta("Choices of a select field.")] = ()
    references: Annotated[str | None, meta("Model that the field points to.")] = None

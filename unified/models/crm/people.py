"""CRM people and companies: accounts, contacts, leads and users."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Address, EmailAddress, PhoneNumber, Record, Url


class Account(Record, frozen=True, kw_only=True):
    """A company or organization in the CRM."""

    name: Annotated[str | None, meta("Company name.", "rw")] = None
    description: Annotated[str | None, meta("Description.", "rw")] = None
    industry: Annotated[str | None, meta("Industry, in the provider's terms.", "rw")] = None
    website: Annotated[str | None, meta("Main website.", "rw", kind="url")] = None
    domains: Annotated[tuple[str, ...], meta("E-mail and web domains.", "rw")] = ()
    number_of_employees: Annotated[
        int | None, meta("Number of employees; null if the provider has only a range such as 11-50.", "rw")
    ] = None
    annual_revenue: Annotated[float | None, meta("Annual revenue in major units of `currency`.", "rw")] = None
    currency: Annotated[str | None, meta("Currency of the amounts (ISO 4217).", "rw", kind="currency")] = None
    type: Annotated[str | None, meta("Type in the provider's terms, such as customer, prospect or partner.", "rw")] = None
    owner_id: Annotated[str | None, meta("User who owns the account.", "rw", reference="crm.users")] = None
    parent_account_id: Annotated[str | None, meta("Parent company.", "rw", reference="crm.accounts")] = None
    addresses: Annotated[tuple[Address, ...], meta("Postal addresses.", "rw", sensitivity="personal")] = ()
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phone and fax numbers.", "rw", sensitivity="personal")] = ()
    urls: Annotated[
        tuple[Url, ...],
        meta("Website and social links; `website` is among them with type `website`.", "rw", twins=("website",)),
    ] = ()
    tags: Annotated[tuple[str, ...], meta("Tags.", "rw")] = ()
    last_activity_at: Annotated[str | None, meta("Time of the last activity.", kind="datetime")] = None


class Contact(Record, frozen=True, kw_only=True):
    """A person in the CRM."""

    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None,
        meta(
            "Full name; built from its parts if the provider has none.",
            sensitivity="personal",
            twins=("first_name", "last_name"),
        ),
    ] = None
    title: Annotated[str | None, meta("Job title.", "rw")] = None
    department: Annotated[str | None, meta("Department name.", "rw")] = None
    description: Annotated[str | None, meta("Description.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, meta("Primary company.", "rw", reference="crm.accounts")] = None
    account_ids: Annotated[
        tuple[str, ...], meta("All companies, the primary one first.", reference="crm.accounts", twins=("account_id",))
    ] = ()
    owner_id: Annotated[str | None, meta("User who owns the contact.", "rw", reference="crm.users")] = None
    emails: Annotated[
        tuple[EmailAddress, ...], meta("E-mail addresses, the primary one first.", "rw", sensitivity="personal")
    ] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phone numbers.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], meta("Postal addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], meta("Website and social links.", "rw", sensitivity="personal")] = ()
    lead_source: Annotated[str | None, meta("Where the contact came from.", "rw")] = None
    lifecycle_stage: Annotated[
        Literal[
            "subscriber",
            "lead",
            "marketing_qualified_lead",
            "sales_qualified_lead",
            "opportunity",
            "customer",
            "evangelist",
            "other",
        ]
        | None,
        meta("Normalized lifecycle stage.", "rw"),
    ] = None
    remote_lifecycle_stage: Annotated[str | None, meta("The provider's own value for `lifecycle_stage`.")] = None
    birth_date: Annotated[str | None, meta("Date of birth.", "rw", sensitivity="personal", kind="date")] = None
    image_url: Annotated[str | None, meta("URL of a photo.", sensitivity="personal", kind="url")] = None
    tags: Annotated[tuple[str, ...], meta("Tags.", "rw")] = ()
    last_activity_at: Annotated[str | None, meta("Time of the last activity.", kind="datetime")] = None


class Lead(Record, frozen=True, kw_only=True):
    """A person or company that is not yet qualified.

    Providers without lead objects do not support this model.
    """

    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None, meta("Title of the lead, or full name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))
    ] = None
    company_name: Annotated[str | None, meta("Company name.", "rw", twins=("account_id",))] = None
    title: Annotated[str | None, meta("Job title.", "rw")] = None
    description: Annotated[str | None, meta("Description.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "working", "qualified", "unqualified", "converted", "closed", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    lead_source: Annotated[str | None, meta("Where the lead came from.", "rw")] = None
    owner_id: Annotated[str | None, meta("User who owns the lead.", "rw", reference="crm.users")] = None
    account_id: Annotated[str | None, meta("Linked company, if any.", "rw", reference="crm.accounts")] = None
    contact_id: Annotated[str | None, meta("Linked contact, if any.", "rw", reference="crm.contacts")] = None
    amount: Annotated[float | None, meta("Estimated value in major units of `currency`.", "rw")] = None
    currency: Annotated[str | None, meta("Currency of `amount` (ISO 4217).", "rw", kind="currency")] = None
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phone numbers.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], meta("Postal addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], meta("Website and social links.", "rw", sensitivity="personal")] = ()
    tags: Annotated[tuple[str, ...], meta("Tags.", "rw")] = ()
    converted_at: Annotated[str | None, meta("When the lead was converted.", kind="datetime")] = None
    converted_contact_id: Annotated[str | None, meta("Contact that the conversion created.", reference="crm.contacts")] = None
    converted_account_id: Annotated[str | None, meta("Account that the conversion created.", reference="crm.accounts")] = None
    converted_opportunity_id: Annotated[
        str | None, meta("Opportunity that the conversion created.", reference="crm.opportunities")
    ] = None


class User(Record, frozen=True, kw_only=True):
    """A person with access to the CRM, who can own records."""

    name: Annotated[str | None, meta("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail address.", sensitivity="personal", twins=("username",))] = None
    is_active: Annotated[bool | None, meta("True if the user can sign in.", twins=("is_deleted",))] = None
    username: Annotated[str | None, meta("Login name.", sensitivity="personal")] = None
    title: Annotated[str | None, meta("Job title.")] = None
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phone numbers.", sensitivity="personal")] = ()
    avatar_url: Annotated[str | None, meta("URL of a photo.", sensitivity="personal", kind="url")] = None
    team_ids: Annotated[tuple[str, ...], meta("Teams of the user, if the provider reports them.")] = ()

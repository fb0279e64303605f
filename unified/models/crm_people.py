"""Who the CRM knows: companies, people, leads and the users who own them."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Address, EmailAddress, PhoneNumber, Record, Url


class Account(Record, frozen=True, kw_only=True):
    """A company or organisation in the CRM."""

    name: Annotated[str | None, meta("Company name.", "rw")] = None
    description: Annotated[str | None, meta("Free text.", "rw")] = None
    industry: Annotated[str | None, meta("Industry as the provider says it.", "rw")] = None
    website: Annotated[str | None, meta("Main web site.", "rw", kind="url")] = None
    domains: Annotated[tuple[str, ...], meta("E-mail/web domains.", "rw")] = ()
    number_of_employees: Annotated[int | None, meta("Head count; null when the provider has a bucket ('11-50').", "rw")] = None
    annual_revenue: Annotated[float | None, meta("Yearly revenue in major units of `currency`.", "rw")] = None
    currency: Annotated[str | None, meta("Currency of money fields.", "rw", kind="currency")] = None
    type: Annotated[str | None, meta("Customer, prospect, partner and so on, as the provider says it.", "rw")] = None
    owner_id: Annotated[str | None, meta("Responsible user.", "rw", reference="crm.users")] = None
    parent_account_id: Annotated[str | None, meta("Parent company.", "rw", reference="crm.accounts")] = None
    addresses: Annotated[tuple[Address, ...], meta("Postal addresses.", "rw", sensitivity="personal")] = ()
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phones and faxes.", "rw", sensitivity="personal")] = ()
    urls: Annotated[
        tuple[Url, ...], meta("Social and other links (`website` is repeated here as type website).", "rw", twins=("website",))
    ] = ()
    tags: Annotated[tuple[str, ...], meta("Labels.", "rw")] = ()
    last_activity_at: Annotated[str | None, meta("Last activity with the company.", kind="datetime")] = None


class Contact(Record, frozen=True, kw_only=True):
    """A person known to the CRM."""

    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None,
        meta(
            "Full display name; built from parts when the provider has none.",
            sensitivity="personal",
            twins=("first_name", "last_name"),
        ),
    ] = None
    title: Annotated[str | None, meta("Job title.", "rw")] = None
    department: Annotated[str | None, meta("Department text.", "rw")] = None
    description: Annotated[str | None, meta("Free text.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, meta("Main company.", "rw", reference="crm.accounts")] = None
    account_ids: Annotated[
        tuple[str, ...], meta("All companies, main first.", reference="crm.accounts", twins=("account_id",))
    ] = ()
    owner_id: Annotated[str | None, meta("Responsible user.", "rw", reference="crm.users")] = None
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses, primary first.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phones.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], meta("Postal addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], meta("Social and web links.", "rw", sensitivity="personal")] = ()
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
        meta("Stage of the relation.", "rw"),
    ] = None
    remote_lifecycle_stage: Annotated[str | None, meta("Provider's word for lifecycle_stage.")] = None
    birth_date: Annotated[str | None, meta("Birthday.", "rw", sensitivity="personal", kind="date")] = None
    image_url: Annotated[str | None, meta("Photo.", sensitivity="personal", kind="url")] = None
    tags: Annotated[tuple[str, ...], meta("Labels.", "rw")] = ()
    last_activity_at: Annotated[str | None, meta("Last activity.", kind="datetime")] = None


class Lead(Record, frozen=True, kw_only=True):
    """A person or company that is not qualified yet.

    Providers without a lead object leave it unsupported.
    """

    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None, meta("Lead title or full name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))
    ] = None
    company_name: Annotated[str | None, meta("Company as text.", "rw")] = None
    title: Annotated[str | None, meta("Job title.", "rw")] = None
    description: Annotated[str | None, meta("Free text.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "working", "qualified", "unqualified", "converted", "closed", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    lead_source: Annotated[str | None, meta("Source.", "rw")] = None
    owner_id: Annotated[str | None, meta("Responsible user.", "rw", reference="crm.users")] = None
    account_id: Annotated[str | None, meta("Linked company if any.", "rw", reference="crm.accounts")] = None
    contact_id: Annotated[str | None, meta("Linked person if any.", "rw", reference="crm.contacts")] = None
    amount: Annotated[float | None, meta("Estimated value.", "rw")] = None
    currency: Annotated[str | None, meta("Currency of `amount`.", "rw", kind="currency")] = None
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phones.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], meta("Addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], meta("Links.", "rw", sensitivity="personal")] = ()
    tags: Annotated[tuple[str, ...], meta("Labels.", "rw")] = ()
    converted_at: Annotated[str | None, meta("When converted.", kind="datetime")] = None
    converted_contact_id: Annotated[str | None, meta("Resulting contact.", reference="crm.contacts")] = None
    converted_account_id: Annotated[str | None, meta("Resulting account.", reference="crm.accounts")] = None
    converted_opportunity_id: Annotated[str | None, meta("Resulting deal.", reference="crm.opportunities")] = None


class User(Record, frozen=True, kw_only=True):
    """A seat in the CRM, which owns records."""

    name: Annotated[str | None, meta("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail.", sensitivity="personal", twins=("username",))] = None
    is_active: Annotated[bool | None, meta("Can log in.", twins=("is_deleted",))] = None
    username: Annotated[str | None, meta("Login name.", sensitivity="personal")] = None
    title: Annotated[str | None, meta("Job title.")] = None
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phones.", sensitivity="personal")] = ()
    avatar_url: Annotated[str | None, meta("Photo.", sensitivity="personal", kind="url")] = None
    team_ids: Annotated[tuple[str, ...], meta("Teams, if the provider says.")] = ()

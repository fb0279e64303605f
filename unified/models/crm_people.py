"""Who the CRM knows: companies, people, leads and the users who own them."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import Address, EmailAddress, PhoneNumber, Record, Url


class Account(Record, frozen=True, kw_only=True):
    """A company or organisation in the CRM."""

    name: Annotated[str | None, about("Company name.", "rw")] = None
    description: Annotated[str | None, about("Free text.", "rw")] = None
    industry: Annotated[str | None, about("Industry as the provider says it.", "rw")] = None
    website: Annotated[str | None, about("Main web site.", "rw", kind="url")] = None
    domains: Annotated[tuple[str, ...], about("E-mail/web domains.", "rw")] = ()
    number_of_employees: Annotated[int | None, about("Head count; null when the provider has a bucket ('11-50').", "rw")] = None
    annual_revenue: Annotated[float | None, about("Yearly revenue in major units of `currency`.", "rw")] = None
    currency: Annotated[str | None, about("Currency of money fields.", "rw", kind="currency")] = None
    type: Annotated[str | None, about("Customer, prospect, partner and so on, as the provider says it.", "rw")] = None
    owner_id: Annotated[str | None, about("Responsible user.", "rw", reference="crm.users")] = None
    parent_account_id: Annotated[str | None, about("Parent company.", "rw", reference="crm.accounts")] = None
    addresses: Annotated[tuple[Address, ...], about("Postal addresses.", "rw", sensitivity="personal")] = ()
    emails: Annotated[tuple[EmailAddress, ...], about("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], about("Phones and faxes.", "rw", sensitivity="personal")] = ()
    urls: Annotated[
        tuple[Url, ...], about("Social and other links (`website` is repeated here as type website).", "rw", twins=("website",))
    ] = ()
    tags: Annotated[tuple[str, ...], about("Labels.", "rw")] = ()
    last_activity_at: Annotated[str | None, about("Last activity with the company.", kind="datetime")] = None


class Contact(Record, frozen=True, kw_only=True):
    """A person known to the CRM."""

    first_name: Annotated[str | None, about("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None,
        about(
            "Full display name; built from parts when the provider has none.",
            sensitivity="personal",
            twins=("first_name", "last_name"),
        ),
    ] = None
    title: Annotated[str | None, about("Job title.", "rw")] = None
    department: Annotated[str | None, about("Department text.", "rw")] = None
    description: Annotated[str | None, about("Free text.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, about("Main company.", "rw", reference="crm.accounts")] = None
    account_ids: Annotated[
        tuple[str, ...], about("All companies, main first.", reference="crm.accounts", twins=("account_id",))
    ] = ()
    owner_id: Annotated[str | None, about("Responsible user.", "rw", reference="crm.users")] = None
    emails: Annotated[tuple[EmailAddress, ...], about("E-mail addresses, primary first.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], about("Phones.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], about("Postal addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], about("Social and web links.", "rw", sensitivity="personal")] = ()
    lead_source: Annotated[str | None, about("Where the contact came from.", "rw")] = None
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
        about("Stage of the relation.", "rw"),
    ] = None
    remote_lifecycle_stage: Annotated[str | None, about("Provider's word for lifecycle_stage.")] = None
    birth_date: Annotated[str | None, about("Birthday.", "rw", sensitivity="personal", kind="date")] = None
    image_url: Annotated[str | None, about("Photo.", sensitivity="personal", kind="url")] = None
    tags: Annotated[tuple[str, ...], about("Labels.", "rw")] = ()
    last_activity_at: Annotated[str | None, about("Last activity.", kind="datetime")] = None


class Lead(Record, frozen=True, kw_only=True):
    """A person or company that is not qualified yet.

    Providers without a lead object leave it unsupported.
    """

    first_name: Annotated[str | None, about("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Family name.", "rw", sensitivity="personal")] = None
    name: Annotated[
        str | None, about("Lead title or full name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))
    ] = None
    company_name: Annotated[str | None, about("Company as text.", "rw")] = None
    title: Annotated[str | None, about("Job title.", "rw")] = None
    description: Annotated[str | None, about("Free text.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "working", "qualified", "unqualified", "converted", "closed", "other"] | None,
        about("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, about("Provider's word for status.")] = None
    lead_source: Annotated[str | None, about("Source.", "rw")] = None
    owner_id: Annotated[str | None, about("Responsible user.", "rw", reference="crm.users")] = None
    account_id: Annotated[str | None, about("Linked company if any.", "rw", reference="crm.accounts")] = None
    contact_id: Annotated[str | None, about("Linked person if any.", "rw", reference="crm.contacts")] = None
    amount: Annotated[float | None, about("Estimated value.", "rw")] = None
    currency: Annotated[str | None, about("Currency of `amount`.", "rw", kind="currency")] = None
    emails: Annotated[tuple[EmailAddress, ...], about("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], about("Phones.", "rw", sensitivity="personal")] = ()
    addresses: Annotated[tuple[Address, ...], about("Addresses.", "rw", sensitivity="personal")] = ()
    urls: Annotated[tuple[Url, ...], about("Links.", "rw", sensitivity="personal")] = ()
    tags: Annotated[tuple[str, ...], about("Labels.", "rw")] = ()
    converted_at: Annotated[str | None, about("When converted.", kind="datetime")] = None
    converted_contact_id: Annotated[str | None, about("Resulting contact.", reference="crm.contacts")] = None
    converted_account_id: Annotated[str | None, about("Resulting account.", reference="crm.accounts")] = None
    converted_opportunity_id: Annotated[str | None, about("Resulting deal.", reference="crm.opportunities")] = None


class User(Record, frozen=True, kw_only=True):
    """A seat in the CRM, which owns records."""

    name: Annotated[str | None, about("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, about("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, about("E-mail.", sensitivity="personal", twins=("username",))] = None
    is_active: Annotated[bool | None, about("Can log in.", twins=("is_deleted",))] = None
    username: Annotated[str | None, about("Login name.", sensitivity="personal")] = None
    title: Annotated[str | None, about("Job title.")] = None
    phone_numbers: Annotated[tuple[PhoneNumber, ...], about("Phones.", sensitivity="personal")] = ()
    avatar_url: Annotated[str | None, about("Photo.", sensitivity="personal", kind="url")] = None
    team_ids: Annotated[tuple[str, ...], about("Teams, if the provider says.")] = ()

"""Who asks and who answers: contacts, their accounts, users and teams."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import EmailAddress, PhoneNumber, Record


class User(Record, frozen=True, kw_only=True):
    """An agent, member or assignee."""

    name: Annotated[str | None, meta("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail (may be hidden by the provider).", sensitivity="personal")] = None
    username: Annotated[str | None, meta("Login or handle.", sensitivity="personal")] = None
    type: Annotated[
        Literal["agent", "admin", "light_agent", "bot", "contact", "other"] | None, meta("Kind of user.", twins=("role",))
    ] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.", twins=("role",))] = None
    is_active: Annotated[bool | None, meta("Can log in.", twins=("is_deleted",))] = None
    team_ids: Annotated[tuple[str, ...], meta("Teams.", reference="ticketing.teams")] = ()
    role: Annotated[str | None, meta("Provider role name.")] = None
    avatar_url: Annotated[str | None, meta("Photo.", sensitivity="personal", kind="url")] = None


class Contact(Record, frozen=True, kw_only=True):
    """An end user that asks for help."""

    name: Annotated[str | None, meta("Display name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phones.", "rw", sensitivity="personal")] = ()
    details: Annotated[str | None, meta("Notes.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, meta("Organisation.", "rw", reference="ticketing.accounts")] = None
    is_active: Annotated[bool | None, meta("Not blocked or deleted.", twins=("is_deleted",))] = None
    tags: Annotated[tuple[str, ...], meta("Labels.", "rw")] = ()


class Account(Record, frozen=True, kw_only=True):
    """Organisation of contacts."""

    name: Annotated[str | None, meta("Name.", "rw")] = None
    domains: Annotated[tuple[str, ...], meta("Domains.", "rw")] = ()
    description: Annotated[str | None, meta("Text.", "rw")] = None


class Team(Record, frozen=True, kw_only=True):
    """A group of users."""

    name: Annotated[str | None, meta("Name.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    member_ids: Annotated[tuple[str, ...], meta("Members if cheap to get.", reference="ticketing.users")] = ()

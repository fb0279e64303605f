"""Who asks and who answers: contacts, their accounts, users and teams."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import EmailAddress, PhoneNumber, Record


class User(Record, frozen=True, kw_only=True):
    """An agent, member or assignee."""

    name: Annotated[str | None, about("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, about("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, about("E-mail (may be hidden by the provider).", sensitivity="personal")] = None
    username: Annotated[str | None, about("Login or handle.", sensitivity="personal")] = None
    type: Annotated[
        Literal["agent", "admin", "light_agent", "bot", "contact", "other"] | None, about("Kind of user.", twins=("role",))
    ] = None
    remote_type: Annotated[str | None, about("Provider's word for type.", twins=("role",))] = None
    is_active: Annotated[bool | None, about("Can log in.", twins=("is_deleted",))] = None
    team_ids: Annotated[tuple[str, ...], about("Teams.", reference="ticketing.teams")] = ()
    role: Annotated[str | None, about("Provider role name.")] = None
    avatar_url: Annotated[str | None, about("Photo.", sensitivity="personal", kind="url")] = None


class Contact(Record, frozen=True, kw_only=True):
    """An end user that asks for help."""

    name: Annotated[str | None, about("Display name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, about("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, about("Family name.", "rw", sensitivity="personal")] = None
    emails: Annotated[tuple[EmailAddress, ...], about("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], about("Phones.", "rw", sensitivity="personal")] = ()
    details: Annotated[str | None, about("Notes.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, about("Organisation.", "rw", reference="ticketing.accounts")] = None
    is_active: Annotated[bool | None, about("Not blocked or deleted.", twins=("is_deleted",))] = None
    tags: Annotated[tuple[str, ...], about("Labels.", "rw")] = ()


class Account(Record, frozen=True, kw_only=True):
    """Organisation of contacts."""

    name: Annotated[str | None, about("Name.", "rw")] = None
    domains: Annotated[tuple[str, ...], about("Domains.", "rw")] = ()
    description: Annotated[str | None, about("Text.", "rw")] = None


class Team(Record, frozen=True, kw_only=True):
    """A group of users."""

    name: Annotated[str | None, about("Name.")] = None
    description: Annotated[str | None, about("Text.")] = None
    member_ids: Annotated[tuple[str, ...], about("Members if cheap to get.", reference="ticketing.users")] = ()

"""Ticketing people: users, teams, contacts and their organizations."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import EmailAddress, PhoneNumber, Record


class User(Record, frozen=True, kw_only=True):
    """An agent, team member or assignee."""

    name: Annotated[str | None, meta("Display name.", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", sensitivity="personal")] = None
    email: Annotated[str | None, meta("E-mail address; the provider may hide it.", sensitivity="personal")] = None
    username: Annotated[str | None, meta("Login name or handle.", sensitivity="personal")] = None
    type: Annotated[
        Literal["agent", "admin", "light_agent", "bot", "contact", "other"] | None, meta("Type of user.", twins=("role",))
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.", twins=("role",))] = None
    is_active: Annotated[bool | None, meta("True if the user can sign in.", twins=("is_deleted",))] = None
    team_ids: Annotated[tuple[str, ...], meta("Teams of the user.", reference="ticketing.teams")] = ()
    role: Annotated[str | None, meta("Name of the role at the provider.")] = None
    avatar_url: Annotated[str | None, meta("URL of a photo.", sensitivity="personal", kind="url")] = None


class Contact(Record, frozen=True, kw_only=True):
    """An end user who asks for help."""

    name: Annotated[str | None, meta("Display name.", "rw", sensitivity="personal", twins=("first_name", "last_name"))] = None
    first_name: Annotated[str | None, meta("Given name.", "rw", sensitivity="personal")] = None
    last_name: Annotated[str | None, meta("Family name.", "rw", sensitivity="personal")] = None
    emails: Annotated[tuple[EmailAddress, ...], meta("E-mail addresses.", "rw", sensitivity="personal")] = ()
    phone_numbers: Annotated[tuple[PhoneNumber, ...], meta("Phone numbers.", "rw", sensitivity="personal")] = ()
    details: Annotated[str | None, meta("Notes about the contact.", "rw", sensitivity="personal")] = None
    account_id: Annotated[str | None, meta("Organization of the contact.", "rw", reference="ticketing.accounts")] = None
    is_active: Annotated[bool | None, meta("False if the contact is blocked or deleted.", twins=("is_deleted",))] = None
    tags: Annotated[tuple[str, ...], meta("Tags.", "rw")] = ()


class Account(Record, frozen=True, kw_only=True):
    """An organization that contacts belong to."""

    name: Annotated[str | None, meta("Name.", "rw")] = None
    domains: Annotated[tuple[str, ...], meta("E-mail and web domains.", "rw")] = ()
    description: Annotated[str | None, meta("Description.", "rw")] = None


class Team(Record, frozen=True, kw_only=True):
    """A group of users."""

    name: Annotated[str | None, meta("Name.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    member_ids: Annotated[
        tuple[str, ...], meta("Members, if the provider reports them with the team.", reference="ticketing.users")
    ] = ()

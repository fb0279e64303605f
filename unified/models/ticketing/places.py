"""Ticketing structure: collections, tags, ticket statuses and ticket types."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record

TicketState = Literal["open", "in_progress", "on_hold", "resolved", "closed", "other"]


class Collection(Record, frozen=True, kw_only=True):
    """A container of tickets, such as a project, list, board, repository, inbox or space."""

    name: Annotated[str | None, meta("Name.")] = None
    key: Annotated[str | None, meta("Short key, such as PROJ or owner/repo.", twins=("web_url",))] = None
    type: Annotated[
        Literal["project", "list", "board", "folder", "space", "repository", "inbox", "sprint", "component", "other"] | None,
        meta("Type of container."),
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    parent_id: Annotated[str | None, meta("Parent container.", reference="ticketing.collections")] = None
    access_level: Annotated[Literal["private", "company", "public", "parent"] | None, meta("Who can see it.")] = None
    remote_access_level: Annotated[str | None, meta("The provider's own value for `access_level`.")] = None
    is_active: Annotated[bool | None, meta("False if archived.", twins=("is_deleted",))] = None


class Tag(Record, frozen=True, kw_only=True):
    """A label on tickets."""

    name: Annotated[str, meta("Name.", twins=("web_url",))]
    color: Annotated[str | None, meta("Color.")] = None
    collection_id: Annotated[
        str | None, meta("Collection that the tag belongs to, if tags are per collection.", reference="ticketing.collections")
    ] = None


class TicketStatus(Record, frozen=True, kw_only=True):
    """A status that tickets can have, as the provider defines it."""

    name: Annotated[str, meta("Name.", twins=("status", "remote_status"))]
    status: Annotated[TicketState, meta("Normalized status, as on tickets.")]
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    collection_id: Annotated[str | None, meta("Collection that the status belongs to.", reference="ticketing.collections")] = (
        None
    )
    display_order: Annotated[int | None, meta("Position among the statuses.")] = None


class TicketType(Record, frozen=True, kw_only=True):
    """A type that tickets can have, as the provider defines it."""

    name: Annotated[str, meta("Name.")]
    collection_id: Annotated[str | None, meta("Collection that the type belongs to.", reference="ticketing.collections")] = None

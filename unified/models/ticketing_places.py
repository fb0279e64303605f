"""Where tickets stand and how they are named: collections, tags, statuses and types."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record

TicketState = Literal["open", "in_progress", "on_hold", "resolved", "closed", "other"]


class Collection(Record, frozen=True, kw_only=True):
    """A container of tickets: project, list, board, repository, inbox, space."""

    name: Annotated[str | None, meta("Label.")] = None
    key: Annotated[str | None, meta("Short key (PROJ, owner/repo).", twins=("web_url",))] = None
    type: Annotated[
        Literal["project", "list", "board", "folder", "space", "repository", "inbox", "sprint", "component", "other"] | None,
        meta("Kind of container."),
    ] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    parent_id: Annotated[str | None, meta("Parent container.", reference="ticketing.collections")] = None
    access_level: Annotated[Literal["private", "company", "public", "parent"] | None, meta("Who may see it.")] = None
    remote_access_level: Annotated[str | None, meta("Provider's word for access_level.")] = None
    is_active: Annotated[bool | None, meta("False when archived.", twins=("is_deleted",))] = None


class Tag(Record, frozen=True, kw_only=True):
    """A label."""

    name: Annotated[str, meta("Label.", twins=("web_url",))]
    color: Annotated[str | None, meta("Colour text.")] = None
    collection_id: Annotated[str | None, meta("Scope if labels are per project.", reference="ticketing.collections")] = None


class TicketStatus(Record, frozen=True, kw_only=True):
    """A status in the provider's own list."""

    name: Annotated[str, meta("Label.", twins=("status", "remote_status"))]
    status: Annotated[TicketState, meta("Normalized value as on tickets.")]
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    collection_id: Annotated[str | None, meta("Scope (project, team).", reference="ticketing.collections")] = None
    display_order: Annotated[int | None, meta("Order.")] = None


class TicketType(Record, frozen=True, kw_only=True):
    """A kind of ticket in the provider's own list."""

    name: Annotated[str, meta("Label.")]
    collection_id: Annotated[str | None, meta("Scope.", reference="ticketing.collections")] = None

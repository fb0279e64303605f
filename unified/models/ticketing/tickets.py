"""Tickets, their comments and their attachments."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record

TicketState = Literal["open", "in_progress", "on_hold", "resolved", "closed", "other"]


class Attachment(Record, frozen=True, kw_only=True):
    """The metadata of a file on a ticket or comment."""

    ticket_id: Annotated[str | None, meta("Ticket.", "c", reference="ticketing.tickets")] = None
    comment_id: Annotated[str | None, meta("Comment.", "c", reference="ticketing.comments")] = None
    file_name: Annotated[str | None, meta("File name with extension.", "c", twins=("file_url",))] = None
    content_type: Annotated[str | None, meta("Media type.", "c")] = None
    size: Annotated[int | None, meta("Size in bytes.")] = None
    file_url: Annotated[
        str | None, meta("URL at the provider; it may require the provider's credentials, or expire.", kind="url")
    ] = None
    uploaded_by_id: Annotated[str | None, meta("User who uploaded the file.", reference="ticketing.users")] = None


class Ticket(Record, frozen=True, kw_only=True):
    """A ticket, issue, task or conversation."""

    number: Annotated[str | None, meta("Number or key shown to people, such as #45 or PROJ-12.", twins=("web_url",))] = None
    name: Annotated[str | None, meta("Title or subject.", "rw")] = None
    description: Annotated[
        str | None, meta("Body as plain text or Markdown.", "rw", sensitivity="personal", twins=("description_html",))
    ] = None
    description_html: Annotated[str | None, meta("Body as HTML, if the provider has it.", "rw", sensitivity="personal")] = None
    status: Annotated[TicketState | None, meta("Normalized status.", "rw")] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    status_id: Annotated[
        str | None,
        meta("Status at the provider.", "rw", reference="ticketing.ticket_statuses", twins=("status", "remote_status")),
    ] = None
    priority: Annotated[Literal["urgent", "high", "normal", "low", "none"] | None, meta("Normalized priority.", "rw")] = None
    remote_priority: Annotated[str | None, meta("The provider's own value for `priority`.")] = None
    ticket_type: Annotated[
        str | None, meta("Type label at the provider, such as bug, incident or question.", "rw", twins=("ticket_type_id",))
    ] = None
    ticket_type_id: Annotated[str | None, meta("Id of the type at the provider.", "rw")] = None
    assignee_ids: Annotated[tuple[str, ...], meta("Assigned users.", "rw", reference="ticketing.users")] = ()
    assigned_team_ids: Annotated[tuple[str, ...], meta("Assigned teams or groups.", "rw", reference="ticketing.teams")] = ()
    creator_id: Annotated[str | None, meta("User who created the ticket.", reference="ticketing.users")] = None
    reporter_id: Annotated[str | None, meta("Contact or user who reported the ticket.", "rw", twins=("contact_id",))] = None
    contact_id: Annotated[str | None, meta("Requester, if a contact.", "rw", reference="ticketing.contacts")] = None
    account_id: Annotated[str | None, meta("Organization.", "rw", reference="ticketing.accounts")] = None
    collection_ids: Annotated[
        tuple[str, ...], meta("Projects, lists, inboxes or repositories.", "rw", reference="ticketing.collections")
    ] = ()
    parent_id: Annotated[str | None, meta("Parent ticket.", "rw", reference="ticketing.tickets")] = None
    due_date: Annotated[str | None, meta("Due date, or due time if the provider has one.", "rw", kind="due")] = None
    started_at: Annotated[str | None, meta("When work on the ticket started.", kind="datetime")] = None
    completed_at: Annotated[
        str | None,
        meta("When the ticket was resolved or closed.", kind="datetime", twins=("status", "remote_status", "status_id")),
    ] = None
    tags: Annotated[tuple[str, ...], meta("Tags by name.", "rw")] = ()
    attachments: Annotated[
        tuple[Attachment, ...], meta("Metadata of the files; their content stays at the provider, see `file_url`.")
    ] = ()
    channel: Annotated[str | None, meta("Channel of origin, such as email, web, chat, phone or api.")] = None
    is_private: Annotated[bool | None, meta("True if access to the ticket is restricted.")] = None
    first_responded_at: Annotated[str | None, meta("When the ticket was first answered.", kind="datetime")] = None


class Comment(Record, frozen=True, kw_only=True):
    """A reply, note or message on a ticket."""

    ticket_id: Annotated[str, meta("Ticket.", "c", reference="ticketing.tickets")]
    body: Annotated[str | None, meta("Body as plain text or Markdown.", "rw", sensitivity="personal", twins=("body_html",))] = (
        None
    )
    body_html: Annotated[str | None, meta("Body as HTML, if the provider has it.", "rw", sensitivity="personal")] = None
    is_private: Annotated[bool | None, meta("True for an internal note.", "c")] = None
    author_type: Annotated[
        Literal["user", "contact", "bot", "system", "unknown"] | None, meta("Type of author.", twins=("user_id", "contact_id"))
    ] = None
    remote_author_type: Annotated[
        str | None, meta("The provider's own value for `author_type`.", twins=("user_id", "contact_id"))
    ] = None
    user_id: Annotated[
        str | None, meta("Author, if a user.", reference="ticketing.users", twins=("contact_id", "attachments"))
    ] = None
    contact_id: Annotated[str | None, meta("Author, if a contact.", reference="ticketing.contacts", twins=("attachments",))] = (
        None
    )
    attachments: Annotated[tuple[Attachment, ...], meta("Files on the comment.")] = ()
    parent_id: Annotated[str | None, meta("Comment that this one replies to.", "c", reference="ticketing.comments")] = None

"""What is asked: tickets, the comments on them and the attached files."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record

TicketState = Literal["open", "in_progress", "on_hold", "resolved", "closed", "other"]


class Attachment(Record, frozen=True, kw_only=True):
    """A file on a ticket or comment, without its bytes."""

    ticket_id: Annotated[str | None, meta("Ticket.", "c", reference="ticketing.tickets")] = None
    comment_id: Annotated[str | None, meta("Comment.", "c", reference="ticketing.comments")] = None
    file_name: Annotated[str | None, meta("Name with extension.", "c", twins=("file_url",))] = None
    content_type: Annotated[str | None, meta("Type.", "c")] = None
    size: Annotated[int | None, meta("Size in bytes.")] = None
    file_url: Annotated[str | None, meta("Provider URL (may need the provider's credentials or expire).", kind="url")] = None
    uploaded_by_id: Annotated[str | None, meta("Uploader.", reference="ticketing.users")] = None


class Ticket(Record, frozen=True, kw_only=True):
    """A ticket, issue, task or conversation."""

    number: Annotated[str | None, meta("Human number or key (PROJ-12, #45).", twins=("web_url",))] = None
    name: Annotated[str | None, meta("Title or subject.", "rw")] = None
    description: Annotated[
        str | None, meta("Body as plain text or markdown.", "rw", sensitivity="personal", twins=("description_html",))
    ] = None
    description_html: Annotated[str | None, meta("Body as HTML when the provider has it.", "rw", sensitivity="personal")] = None
    status: Annotated[TicketState | None, meta("Normalized status.", "rw")] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    status_id: Annotated[
        str | None, meta("Provider status id.", "rw", reference="ticketing.ticket_statuses", twins=("status", "remote_status"))
    ] = None
    priority: Annotated[Literal["urgent", "high", "normal", "low", "none"] | None, meta("Normalized priority.", "rw")] = None
    remote_priority: Annotated[str | None, meta("Provider's word for priority.")] = None
    ticket_type: Annotated[
        str | None, meta("Provider type label (bug, incident, question).", "rw", twins=("ticket_type_id",))
    ] = None
    ticket_type_id: Annotated[str | None, meta("Provider type id.", "rw")] = None
    assignee_ids: Annotated[tuple[str, ...], meta("Assigned users.", "rw", reference="ticketing.users")] = ()
    assigned_team_ids: Annotated[tuple[str, ...], meta("Assigned teams or groups.", "rw", reference="ticketing.teams")] = ()
    creator_id: Annotated[str | None, meta("User that made it.", reference="ticketing.users")] = None
    reporter_id: Annotated[str | None, meta("Who asked: contact or user.", "rw", twins=("contact_id",))] = None
    contact_id: Annotated[str | None, meta("Requester when a contact.", "rw", reference="ticketing.contacts")] = None
    account_id: Annotated[str | None, meta("Organisation.", "rw", reference="ticketing.accounts")] = None
    collection_ids: Annotated[
        tuple[str, ...], meta("Projects, lists, inboxes, repositories.", "rw", reference="ticketing.collections")
    ] = ()
    parent_id: Annotated[str | None, meta("Parent.", "rw", reference="ticketing.tickets")] = None
    due_date: Annotated[str | None, meta("Due (date-only kept as date).", "rw", kind="due")] = None
    started_at: Annotated[str | None, meta("Work start.", kind="datetime")] = None
    completed_at: Annotated[
        str | None, meta("Resolved or closed.", kind="datetime", twins=("status", "remote_status", "status_id"))
    ] = None
    tags: Annotated[tuple[str, ...], meta("Labels by name.", "rw")] = ()
    attachments: Annotated[tuple[Attachment, ...], meta("Metadata; bytes by the attachment call.")] = ()
    channel: Annotated[str | None, meta("Where it came in: email, web, chat, phone, api.")] = None
    is_private: Annotated[bool | None, meta("Restricted ticket.")] = None
    first_responded_at: Annotated[str | None, meta("First answer.", kind="datetime")] = None


class Comment(Record, frozen=True, kw_only=True):
    """A reply, note or message on a ticket."""

    ticket_id: Annotated[str, meta("Ticket.", "c", reference="ticketing.tickets")]
    body: Annotated[str | None, meta("Plain text or markdown.", "rw", sensitivity="personal", twins=("body_html",))] = None
    body_html: Annotated[str | None, meta("HTML if any.", "rw", sensitivity="personal")] = None
    is_private: Annotated[bool | None, meta("Internal note.", "c")] = None
    author_type: Annotated[
        Literal["user", "contact", "bot", "system", "unknown"] | None, meta("Who wrote it.", twins=("user_id", "contact_id"))
    ] = None
    remote_author_type: Annotated[str | None, meta("Provider's word for author_type.", twins=("user_id", "contact_id"))] = None
    user_id: Annotated[
        str | None, meta("Author if a user.", reference="ticketing.users", twins=("contact_id", "attachments"))
    ] = None
    contact_id: Annotated[str | None, meta("Author if a contact.", reference="ticketing.contacts", twins=("attachments",))] = (
        None
    )
    attachments: Annotated[tuple[Attachment, ...], meta("Files.")] = ()
    parent_id: Annotated[str | None, meta("Thread parent.", "c", reference="ticketing.comments")] = None

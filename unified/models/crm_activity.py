"""What happened with a customer, or should: notes, tasks and engagements."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import Participant, Record


class Note(Record, frozen=True, kw_only=True):
    """A note on one or more records."""

    title: Annotated[str | None, about("Title if any.", "rw")] = None
    content: Annotated[str | None, about("Text. `content_type` says how it is coded.", "rw", sensitivity="personal")] = None
    content_type: Annotated[Literal["text", "html", "markdown"] | None, about("How the content is coded.")] = None
    remote_content_type: Annotated[str | None, about("Provider's word for content_type.")] = None
    owner_id: Annotated[str | None, about("Author.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], about("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], about("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], about("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], about("Linked leads.", "rw", reference="crm.leads")] = ()


class Task(Record, frozen=True, kw_only=True):
    """A to-do."""

    subject: Annotated[str | None, about("Title.", "rw")] = None
    content: Annotated[str | None, about("Text.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "in_progress", "completed", "deferred", "cancelled", "other"] | None,
        about("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, about("Provider's word for status.")] = None
    priority: Annotated[Literal["low", "normal", "high", "urgent"] | None, about("Normalized priority.", "rw")] = None
    remote_priority: Annotated[str | None, about("Provider's word for priority.")] = None
    task_type: Annotated[str | None, about("Call, e-mail, to-do and so on, as the provider says it.", "rw")] = None
    due_date: Annotated[str | None, about("Due; date-only values are sent as date.", "rw", kind="due")] = None
    completed_at: Annotated[str | None, about("When done.", kind="datetime")] = None
    owner_id: Annotated[str | None, about("Assignee.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], about("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], about("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], about("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], about("Linked leads.", "rw", reference="crm.leads")] = ()


class Engagement(Record, frozen=True, kw_only=True):
    """A call, meeting or e-mail that took place or is planned.

    What took place stands in `type`.
    """

    type: Annotated[Literal["call", "meeting", "email", "message", "other"], about("Kind of engagement.", "c")]
    remote_type: Annotated[str | None, about("Provider's word for type.")] = None
    subject: Annotated[str | None, about("Title.", "rw")] = None
    content: Annotated[str | None, about("Body or description.", "rw", sensitivity="personal")] = None
    direction: Annotated[Literal["inbound", "outbound"] | None, about("Direction of calls and e-mails.", "rw")] = None
    remote_direction: Annotated[str | None, about("Provider's word for direction.")] = None
    status: Annotated[str | None, about("Outcome or disposition text.", "rw")] = None
    start_time: Annotated[str | None, about("Start.", "rw", kind="datetime", twins=("end_time", "duration_seconds"))] = None
    end_time: Annotated[str | None, about("End.", "rw", kind="datetime", twins=("duration_seconds",))] = None
    duration_seconds: Annotated[int | None, about("Length in seconds.", "rw")] = None
    is_all_day: Annotated[bool | None, about("Whole-day meeting.", "rw")] = None
    location: Annotated[str | None, about("Place or link text.", "rw")] = None
    conference_url: Annotated[str | None, about("Video link.", kind="url")] = None
    owner_id: Annotated[str | None, about("User.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], about("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], about("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], about("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], about("Linked leads.", "rw", reference="crm.leads")] = ()
    participants: Annotated[tuple[Participant, ...], about("Who takes part.", "rw", sensitivity="personal")] = ()

"""What happened with a customer, or should: notes, tasks and engagements."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Participant, Record


class Note(Record, frozen=True, kw_only=True):
    """A note on one or more records."""

    title: Annotated[str | None, meta("Title if any.", "rw")] = None
    content: Annotated[str | None, meta("Text. `content_type` says how it is coded.", "rw", sensitivity="personal")] = None
    content_type: Annotated[Literal["text", "html", "markdown"] | None, meta("How the content is coded.")] = None
    remote_content_type: Annotated[str | None, meta("Provider's word for content_type.")] = None
    owner_id: Annotated[str | None, meta("Author.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()


class Task(Record, frozen=True, kw_only=True):
    """A to-do."""

    subject: Annotated[str | None, meta("Title.", "rw")] = None
    content: Annotated[str | None, meta("Text.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "in_progress", "completed", "deferred", "cancelled", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    priority: Annotated[Literal["low", "normal", "high", "urgent"] | None, meta("Normalized priority.", "rw")] = None
    remote_priority: Annotated[str | None, meta("Provider's word for priority.")] = None
    task_type: Annotated[str | None, meta("Call, e-mail, to-do and so on, as the provider says it.", "rw")] = None
    due_date: Annotated[str | None, meta("Due; date-only values are sent as date.", "rw", kind="due")] = None
    completed_at: Annotated[str | None, meta("When done.", kind="datetime")] = None
    owner_id: Annotated[str | None, meta("Assignee.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()


class Engagement(Record, frozen=True, kw_only=True):
    """A call, meeting or e-mail that took place or is planned.

    What took place stands in `type`.
    """

    type: Annotated[Literal["call", "meeting", "email", "message", "other"], meta("Kind of engagement.", "c")]
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    subject: Annotated[str | None, meta("Title.", "rw")] = None
    content: Annotated[str | None, meta("Body or description.", "rw", sensitivity="personal")] = None
    direction: Annotated[Literal["inbound", "outbound"] | None, meta("Direction of calls and e-mails.", "rw")] = None
    remote_direction: Annotated[str | None, meta("Provider's word for direction.")] = None
    status: Annotated[str | None, meta("Outcome or disposition text.", "rw")] = None
    start_time: Annotated[str | None, meta("Start.", "rw", kind="datetime", twins=("end_time", "duration_seconds"))] = None
    end_time: Annotated[str | None, meta("End.", "rw", kind="datetime", twins=("duration_seconds",))] = None
    duration_seconds: Annotated[int | None, meta("Length in seconds.", "rw")] = None
    is_all_day: Annotated[bool | None, meta("Whole-day meeting.", "rw")] = None
    location: Annotated[str | None, meta("Place or link text.", "rw")] = None
    conference_url: Annotated[str | None, meta("Video link.", kind="url")] = None
    owner_id: Annotated[str | None, meta("User.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked people.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked deals.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()
    participants: Annotated[tuple[Participant, ...], meta("Who takes part.", "rw", sensitivity="personal")] = ()

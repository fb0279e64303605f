"""CRM activities: notes, tasks and engagements."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Participant, Record


class Note(Record, frozen=True, kw_only=True):
    """A text attached to one or more records."""

    title: Annotated[str | None, meta("Title, if any.", "rw")] = None
    content: Annotated[str | None, meta("Text of the note, in the format of `content_type`.", "rw", sensitivity="personal")] = (
        None
    )
    content_type: Annotated[Literal["text", "html", "markdown"] | None, meta("Format of `content`.")] = None
    remote_content_type: Annotated[str | None, meta("The provider's own value for `content_type`.")] = None
    owner_id: Annotated[str | None, meta("User who owns the note.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked contacts.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked opportunities.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()


class Task(Record, frozen=True, kw_only=True):
    """A to-do item."""

    subject: Annotated[str | None, meta("Subject.", "rw")] = None
    content: Annotated[str | None, meta("Description.", "rw", sensitivity="personal")] = None
    status: Annotated[
        Literal["open", "in_progress", "completed", "deferred", "cancelled", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    priority: Annotated[Literal["low", "normal", "high", "urgent"] | None, meta("Normalized priority.", "rw")] = None
    remote_priority: Annotated[str | None, meta("The provider's own value for `priority`.")] = None
    task_type: Annotated[str | None, meta("Type in the provider's terms, such as call, e-mail or to-do.", "rw")] = None
    due_date: Annotated[str | None, meta("Due date, or due time if the provider has one.", "rw", kind="due")] = None
    completed_at: Annotated[str | None, meta("When the task was completed.", kind="datetime")] = None
    owner_id: Annotated[str | None, meta("User the task is assigned to.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked contacts.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked opportunities.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()


class Engagement(Record, frozen=True, kw_only=True):
    """A call, meeting or e-mail, past or planned.

    `type` says which one it is.
    """

    type: Annotated[Literal["call", "meeting", "email", "message", "other"], meta("Type of engagement.", "c")]
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    subject: Annotated[str | None, meta("Subject.", "rw")] = None
    content: Annotated[str | None, meta("Body or description.", "rw", sensitivity="personal")] = None
    direction: Annotated[Literal["inbound", "outbound"] | None, meta("Direction of a call or e-mail.", "rw")] = None
    remote_direction: Annotated[str | None, meta("The provider's own value for `direction`.")] = None
    status: Annotated[str | None, meta("Outcome, in the provider's terms.", "rw")] = None
    start_time: Annotated[str | None, meta("Start time.", "rw", kind="datetime", twins=("end_time", "duration_seconds"))] = None
    end_time: Annotated[str | None, meta("End time.", "rw", kind="datetime", twins=("duration_seconds",))] = None
    duration_seconds: Annotated[int | None, meta("Duration in seconds.", "rw")] = None
    is_all_day: Annotated[bool | None, meta("True for an all-day meeting.", "rw")] = None
    location: Annotated[str | None, meta("Location or link, as text.", "rw")] = None
    conference_url: Annotated[str | None, meta("URL of the video conference.", kind="url")] = None
    owner_id: Annotated[str | None, meta("User who owns the engagement.", "rw", reference="crm.users")] = None
    account_ids: Annotated[tuple[str, ...], meta("Linked companies.", "rw", reference="crm.accounts")] = ()
    contact_ids: Annotated[tuple[str, ...], meta("Linked contacts.", "rw", reference="crm.contacts")] = ()
    opportunity_ids: Annotated[tuple[str, ...], meta("Linked opportunities.", "rw", reference="crm.opportunities")] = ()
    lead_ids: Annotated[tuple[str, ...], meta("Linked leads.", "rw", reference="crm.leads")] = ()
    participants: Annotated[tuple[Participant, ...], meta("Participants.", "rw", sensitivity="personal")] = ()

"""CRM opportunities, with their pipelines and stages."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record


class Stage(Record, frozen=True, kw_only=True):
    """A step in a pipeline."""

    name: Annotated[str, meta("Name.")]
    pipeline_id: Annotated[str | None, meta("Pipeline that the stage belongs to.", reference="crm.pipelines")] = None
    display_order: Annotated[int | None, meta("Position in the pipeline.")] = None
    probability: Annotated[float | None, meta("Default probability of winning in percent, 0 to 100.", twins=("is_won",))] = None
    is_closed: Annotated[bool | None, meta("True for a final stage.", twins=("is_won",))] = None
    is_won: Annotated[bool | None, meta("True for a final stage that means won.")] = None
    is_active: Annotated[bool | None, meta("False if archived.", twins=("is_deleted",))] = None


class Opportunity(Record, frozen=True, kw_only=True):
    """A potential sale, also called a deal."""

    name: Annotated[str | None, meta("Name of the opportunity.", "rw")] = None
    description: Annotated[str | None, meta("Description.", "rw")] = None
    amount: Annotated[float | None, meta("Value in major units of `currency`.", "rw", twins=("expected_revenue",))] = None
    currency: Annotated[str | None, meta("Currency of `amount` (ISO 4217).", "rw", kind="currency")] = None
    probability: Annotated[
        float | None,
        meta(
            "Probability of winning in percent, 0 to 100.",
            "rw",
            twins=("expected_revenue", "status", "remote_status", "stage_id", "stage_name"),
        ),
    ] = None
    expected_revenue: Annotated[float | None, meta("Amount times probability, if the provider reports it.")] = None
    status: Annotated[Literal["open", "won", "lost", "other"] | None, meta("Normalized status.", "rw")] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    stage_id: Annotated[
        str | None,
        meta("Stage of the pipeline.", "rw", reference="crm.stages", twins=("status", "remote_status", "stage_name")),
    ] = None
    stage_name: Annotated[str | None, meta("Name of the stage.", twins=("status", "remote_status"))] = None
    pipeline_id: Annotated[str | None, meta("Pipeline.", "rw", reference="crm.pipelines")] = None
    type: Annotated[str | None, meta("Type in the provider's terms, such as new business or renewal.", "rw")] = None
    priority: Annotated[str | None, meta("Priority, in the provider's terms.", "rw")] = None
    account_id: Annotated[str | None, meta("Company.", "rw", reference="crm.accounts")] = None
    contact_ids: Annotated[tuple[str, ...], meta("Contacts, the primary one first.", "rw", reference="crm.contacts")] = ()
    owner_id: Annotated[str | None, meta("User who owns the opportunity.", "rw", reference="crm.users")] = None
    lead_source: Annotated[str | None, meta("Where the opportunity came from.", "rw")] = None
    close_date: Annotated[str | None, meta("Expected close date, or the actual one once it is closed.", "rw", kind="date")] = (
        None
    )
    closed_at: Annotated[
        str | None,
        meta(
            "When the opportunity was won or lost.",
            kind="datetime",
            twins=("close_date", "status", "remote_status", "stage_id", "stage_name", "stage_changed_at", "probability"),
        ),
    ] = None
    loss_reason: Annotated[str | None, meta("Why it was lost.", "rw")] = None
    won_reason: Annotated[str | None, meta("Why it was won.", "rw")] = None
    stage_changed_at: Annotated[str | None, meta("When the stage last changed.", kind="datetime")] = None
    last_activity_at: Annotated[str | None, meta("Time of the last activity.", kind="datetime")] = None
    tags: Annotated[tuple[str, ...], meta("Tags.", "rw")] = ()


class Pipeline(Record, frozen=True, kw_only=True):
    """An ordered set of stages.

    Providers without pipelines return one with the id `default`.
    """

    name: Annotated[str, meta("Name.")]
    object_type: Annotated[
        Literal["opportunity", "ticket", "lead", "other"] | None, meta("Type of the records in the pipeline.")
    ] = None
    remote_object_type: Annotated[str | None, meta("The provider's own value for `object_type`.")] = None
    display_order: Annotated[int | None, meta("Position among the pipelines.")] = None
    is_active: Annotated[bool | None, meta("False if archived.", twins=("is_deleted",))] = None
    stages: Annotated[tuple[Stage, ...], meta("Stages in order, in the shape of the stages model.")] = ()

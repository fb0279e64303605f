"""What the CRM sells: opportunities, and the pipelines and stages they move through."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Record


class Stage(Record, frozen=True, kw_only=True):
    """A step of a pipeline."""

    name: Annotated[str, meta("Label.")]
    pipeline_id: Annotated[str | None, meta("Owning pipeline.", reference="crm.pipelines")] = None
    display_order: Annotated[int | None, meta("Order in the pipeline.")] = None
    probability: Annotated[float | None, meta("Default win chance in per cent, 0 to 100.", twins=("is_won",))] = None
    is_closed: Annotated[bool | None, meta("End stage.")] = None
    is_won: Annotated[bool | None, meta("End stage that means won.")] = None
    is_active: Annotated[bool | None, meta("False when archived.", twins=("is_deleted",))] = None


class Opportunity(Record, frozen=True, kw_only=True):
    """A deal."""

    name: Annotated[str | None, meta("Deal name.", "rw")] = None
    description: Annotated[str | None, meta("Free text.", "rw")] = None
    amount: Annotated[float | None, meta("Deal value in major units.", "rw", twins=("expected_revenue",))] = None
    currency: Annotated[str | None, meta("Currency of `amount`.", "rw", kind="currency")] = None
    probability: Annotated[
        float | None,
        meta(
            "Chance of winning in per cent, 0 to 100.",
            "rw",
            twins=("expected_revenue", "status", "remote_status", "stage_id", "stage_name"),
        ),
    ] = None
    expected_revenue: Annotated[float | None, meta("Amount times probability if the provider gives it.")] = None
    status: Annotated[Literal["open", "won", "lost", "other"] | None, meta("Normalized status.", "rw")] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    stage_id: Annotated[
        str | None, meta("Stage.", "rw", reference="crm.stages", twins=("status", "remote_status", "stage_name"))
    ] = None
    stage_name: Annotated[
        str | None, meta("Stage label, so that a reader needs no second call.", twins=("status", "remote_status"))
    ] = None
    pipeline_id: Annotated[str | None, meta("Pipeline.", "rw", reference="crm.pipelines")] = None
    type: Annotated[str | None, meta("New business, renewal and so on, as the provider says it.", "rw")] = None
    priority: Annotated[str | None, meta("Provider text.", "rw")] = None
    account_id: Annotated[str | None, meta("Company.", "rw", reference="crm.accounts")] = None
    contact_ids: Annotated[tuple[str, ...], meta("People on the deal, primary first.", "rw", reference="crm.contacts")] = ()
    owner_id: Annotated[str | None, meta("Responsible user.", "rw", reference="crm.users")] = None
    lead_source: Annotated[str | None, meta("Source.", "rw")] = None
    close_date: Annotated[str | None, meta("Expected close date (open) or close date (closed).", "rw", kind="date")] = None
    closed_at: Annotated[
        str | None,
        meta(
            "When it was won or lost.",
            kind="datetime",
            twins=("close_date", "status", "remote_status", "stage_id", "stage_name", "stage_changed_at", "probability"),
        ),
    ] = None
    loss_reason: Annotated[str | None, meta("Why lost.", "rw")] = None
    won_reason: Annotated[str | None, meta("Why won.", "rw")] = None
    stage_changed_at: Annotated[str | None, meta("Last stage move.", kind="datetime")] = None
    last_activity_at: Annotated[str | None, meta("Last activity.", kind="datetime")] = None
    tags: Annotated[tuple[str, ...], meta("Labels.", "rw")] = ()


class Pipeline(Record, frozen=True, kw_only=True):
    """An ordered set of stages.

    Providers without pipelines expose one with id `default`.
    """

    name: Annotated[str, meta("Label.")]
    object_type: Annotated[Literal["opportunity", "ticket", "lead", "other"] | None, meta("What moves through it.")] = None
    remote_object_type: Annotated[str | None, meta("Provider's word for object_type.")] = None
    display_order: Annotated[int | None, meta("Order.")] = None
    is_active: Annotated[bool | None, meta("False when archived.", twins=("is_deleted",))] = None
    stages: Annotated[tuple[Stage, ...], meta("Stages in order (same shape as the stages model).")] = ()

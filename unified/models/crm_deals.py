"""What the CRM sells: opportunities, and the pipelines and stages they move through."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import Record


class Stage(Record, frozen=True, kw_only=True):
    """A step of a pipeline."""

    name: Annotated[str, about("Label.")]
    pipeline_id: Annotated[str | None, about("Owning pipeline.", reference="crm.pipelines")] = None
    display_order: Annotated[int | None, about("Order in the pipeline.")] = None
    probability: Annotated[float | None, about("Default win chance in per cent, 0 to 100.", twins=("is_won",))] = None
    is_closed: Annotated[bool | None, about("End stage.")] = None
    is_won: Annotated[bool | None, about("End stage that means won.")] = None
    is_active: Annotated[bool | None, about("False when archived.", twins=("is_deleted",))] = None


class Opportunity(Record, frozen=True, kw_only=True):
    """A deal."""

    name: Annotated[str | None, about("Deal name.", "rw")] = None
    description: Annotated[str | None, about("Free text.", "rw")] = None
    amount: Annotated[float | None, about("Deal value in major units.", "rw", twins=("expected_revenue",))] = None
    currency: Annotated[str | None, about("Currency of `amount`.", "rw", kind="currency")] = None
    probability: Annotated[
        float | None,
        about(
            "Chance of winning in per cent, 0 to 100.",
            "rw",
            twins=("expected_revenue", "status", "remote_status", "stage_id", "stage_name"),
        ),
    ] = None
    expected_revenue: Annotated[float | None, about("Amount times probability if the provider gives it.")] = None
    status: Annotated[Literal["open", "won", "lost", "other"] | None, about("Normalized status.", "rw")] = None
    remote_status: Annotated[str | None, about("Provider's word for status.")] = None
    stage_id: Annotated[
        str | None, about("Stage.", "rw", reference="crm.stages", twins=("status", "remote_status", "stage_name"))
    ] = None
    stage_name: Annotated[
        str | None, about("Stage label, so that a reader needs no second call.", twins=("status", "remote_status"))
    ] = None
    pipeline_id: Annotated[str | None, about("Pipeline.", "rw", reference="crm.pipelines")] = None
    type: Annotated[str | None, about("New business, renewal and so on, as the provider says it.", "rw")] = None
    priority: Annotated[str | None, about("Provider text.", "rw")] = None
    account_id: Annotated[str | None, about("Company.", "rw", reference="crm.accounts")] = None
    contact_ids: Annotated[tuple[str, ...], about("People on the deal, primary first.", "rw", reference="crm.contacts")] = ()
    owner_id: Annotated[str | None, about("Responsible user.", "rw", reference="crm.users")] = None
    lead_source: Annotated[str | None, about("Source.", "rw")] = None
    close_date: Annotated[str | None, about("Expected close date (open) or close date (closed).", "rw", kind="date")] = None
    closed_at: Annotated[
        str | None,
        about(
            "When it was won or lost.",
            kind="datetime",
            twins=("close_date", "status", "remote_status", "stage_id", "stage_name", "stage_changed_at", "probability"),
        ),
    ] = None
    loss_reason: Annotated[str | None, about("Why lost.", "rw")] = None
    won_reason: Annotated[str | None, about("Why won.", "rw")] = None
    stage_changed_at: Annotated[str | None, about("Last stage move.", kind="datetime")] = None
    last_activity_at: Annotated[str | None, about("Last activity.", kind="datetime")] = None
    tags: Annotated[tuple[str, ...], about("Labels.", "rw")] = ()


class Pipeline(Record, frozen=True, kw_only=True):
    """An ordered set of stages.

    Providers without pipelines expose one with id `default`.
    """

    name: Annotated[str, about("Label.")]
    object_type: Annotated[Literal["opportunity", "ticket", "lead", "other"] | None, about("What moves through it.")] = None
    remote_object_type: Annotated[str | None, about("Provider's word for object_type.")] = None
    display_order: Annotated[int | None, about("Order.")] = None
    is_active: Annotated[bool | None, about("False when archived.", twins=("is_deleted",))] = None
    stages: Annotated[tuple[Stage, ...], about("Stages in order (same shape as the stages model).")] = ()

"""When employees are away or at work: requests, balances, policies and timesheets."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import EmployeeRecord

TimeOffType = Literal[
    "vacation",
    "sick",
    "personal",
    "parental",
    "bereavement",
    "jury_duty",
    "volunteer",
    "unpaid",
    "public_holiday",
    "comp_time",
    "study",
    "other",
]
TimeOffUnit = Literal["hours", "days"]


class TimeOffRequest(EmployeeRecord, frozen=True, kw_only=True):
    """An absence asked for or taken."""

    employee_id: Annotated[str, meta("Who is away.", "c", reference="hris.employees")]
    approver_id: Annotated[str | None, meta("Who decides.", reference="hris.employees")] = None
    policy_id: Annotated[
        str | None,
        meta("Policy or absence type.", "c", reference="hris.time_off_policies", twins=("request_type", "remote_request_type")),
    ] = None
    request_type: Annotated[TimeOffType | None, meta("Kind of absence.", "c", sensitivity="personal")] = None
    remote_request_type: Annotated[str | None, meta("Provider's word for request_type.", sensitivity="personal")] = None
    status: Annotated[
        Literal["requested", "approved", "declined", "cancelled", "deleted", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None
    start_date: Annotated[str | None, meta("First day.", "c", kind="date", twins=("end_date", "start_time"))] = None
    end_date: Annotated[str | None, meta("Last day, inclusive.", "c", kind="date", twins=("end_time",))] = None
    start_time: Annotated[str | None, meta("When times are given.", "c", kind="datetime")] = None
    end_time: Annotated[str | None, meta("When times are given.", "c", kind="datetime")] = None
    start_half_day: Annotated[bool | None, meta("Half day at the start.", "c", twins=("end_half_day",))] = None
    end_half_day: Annotated[bool | None, meta("Half day at the end.", "c")] = None
    amount: Annotated[float | None, meta("Quantity in `units`.", "c")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of `amount`.", "c")] = None
    remote_units: Annotated[str | None, meta("Provider's word for units.")] = None
    is_paid: Annotated[bool | None, meta("Paid absence.")] = None
    reason: Annotated[str | None, meta("Reason label.", "c", sensitivity="sensitive")] = None
    employee_note: Annotated[str | None, meta("Note by the employee.", "c", sensitivity="sensitive")] = None
    requested_at: Annotated[str | None, meta("When asked.", kind="datetime", twins=("created_at", "updated_at"))] = None
    approved_at: Annotated[
        str | None, meta("When approved.", kind="datetime", twins=("status", "remote_status", "updated_at"))
    ] = None


class TimeOffBalance(EmployeeRecord, frozen=True, kw_only=True):
    """Remaining time off per employee and policy."""

    employee_id: Annotated[str, meta("Holder.", reference="hris.employees")]
    policy_id: Annotated[
        str | None, meta("Policy.", reference="hris.time_off_policies", twins=("policy_type", "remote_policy_type"))
    ] = None
    policy_type: Annotated[TimeOffType | None, meta("Kind of absence.")] = None
    remote_policy_type: Annotated[str | None, meta("Provider's word for policy_type.")] = None
    balance: Annotated[float | None, meta("Remaining.")] = None
    used: Annotated[float | None, meta("Used in the period.")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of the figures.")] = None
    remote_units: Annotated[str | None, meta("Provider's word for units.")] = None
    is_unlimited: Annotated[bool | None, meta("No cap.")] = None
    as_of: Annotated[str | None, meta("Date of the figure.", kind="date")] = None


class TimeOffPolicy(EmployeeRecord, frozen=True, kw_only=True):
    """Absence type or policy."""

    name: Annotated[str, meta("Label.", twins=("type", "remote_type"))]
    type: Annotated[TimeOffType | None, meta("Kind of absence.")] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of balances.")] = None
    remote_units: Annotated[str | None, meta("Provider's word for units.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    half_days_supported: Annotated[bool | None, meta("Half days allowed.")] = None
    is_paid: Annotated[bool | None, meta("Paid.")] = None


class TimesheetEntry(EmployeeRecord, frozen=True, kw_only=True):
    """Time worked."""

    employee_id: Annotated[str, meta("Who.", "c", reference="hris.employees")]
    start_time: Annotated[str | None, meta("From.", "rw", kind="datetime")] = None
    end_time: Annotated[str | None, meta("To.", "rw", kind="datetime")] = None
    hours_worked: Annotated[float | None, meta("Hours.", "rw")] = None
    status: Annotated[Literal["open", "submitted", "approved", "rejected", "other"] | None, meta("Normalized status.")] = None
    remote_status: Annotated[str | None, meta("Provider's word for status.")] = None

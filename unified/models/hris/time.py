"""HRIS time: time off requests, balances and policies, and timesheets."""

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
    """An absence that was requested or taken."""

    employee_id: Annotated[str, meta("Employee who is absent.", "c", reference="hris.employees")]
    approver_id: Annotated[str | None, meta("Employee who decides on the request.", reference="hris.employees")] = None
    policy_id: Annotated[
        str | None,
        meta(
            "Time off policy or absence type.",
            "c",
            reference="hris.time_off_policies",
            twins=("request_type", "remote_request_type"),
        ),
    ] = None
    request_type: Annotated[TimeOffType | None, meta("Type of absence.", "c", sensitivity="personal")] = None
    remote_request_type: Annotated[str | None, meta("The provider's own value for `request_type`.", sensitivity="personal")] = (
        None
    )
    status: Annotated[
        Literal["requested", "approved", "declined", "cancelled", "deleted", "other"] | None,
        meta("Normalized status.", "rw"),
    ] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None
    start_date: Annotated[str | None, meta("First day of the absence.", "c", kind="date", twins=("end_date", "start_time"))] = (
        None
    )
    end_date: Annotated[str | None, meta("Last day of the absence, inclusive.", "c", kind="date", twins=("end_time",))] = None
    start_time: Annotated[str | None, meta("Start time, if times are set.", "c", kind="datetime")] = None
    end_time: Annotated[str | None, meta("End time, if times are set.", "c", kind="datetime")] = None
    start_half_day: Annotated[
        bool | None, meta("True if only half of the first day is taken.", "c", twins=("end_half_day",))
    ] = None
    end_half_day: Annotated[bool | None, meta("True if only half of the last day is taken.", "c")] = None
    amount: Annotated[float | None, meta("Amount of time in `units`.", "c")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of `amount`.", "c")] = None
    remote_units: Annotated[str | None, meta("The provider's own value for `units`.")] = None
    is_paid: Annotated[bool | None, meta("True if the absence is paid.")] = None
    reason: Annotated[str | None, meta("Reason for the absence.", "c", sensitivity="sensitive")] = None
    employee_note: Annotated[str | None, meta("Note from the employee.", "c", sensitivity="sensitive")] = None
    requested_at: Annotated[str | None, meta("When it was requested.", kind="datetime", twins=("created_at", "updated_at"))] = (
        None
    )
    approved_at: Annotated[
        str | None, meta("When it was approved.", kind="datetime", twins=("status", "remote_status", "updated_at"))
    ] = None


class TimeOffBalance(EmployeeRecord, frozen=True, kw_only=True):
    """An employee's remaining time off under one policy."""

    employee_id: Annotated[str, meta("Employee.", reference="hris.employees")]
    policy_id: Annotated[
        str | None, meta("Time off policy.", reference="hris.time_off_policies", twins=("policy_type", "remote_policy_type"))
    ] = None
    policy_type: Annotated[TimeOffType | None, meta("Type of absence.")] = None
    remote_policy_type: Annotated[str | None, meta("The provider's own value for `policy_type`.")] = None
    balance: Annotated[float | None, meta("Remaining time.")] = None
    used: Annotated[float | None, meta("Time used in the period.")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of the amounts.")] = None
    remote_units: Annotated[str | None, meta("The provider's own value for `units`.")] = None
    is_unlimited: Annotated[bool | None, meta("True if there is no limit.")] = None
    as_of: Annotated[str | None, meta("Date that the balance is valid for.", kind="date")] = None


class TimeOffPolicy(EmployeeRecord, frozen=True, kw_only=True):
    """A type of absence, or the policy for it."""

    name: Annotated[str, meta("Name.", twins=("type", "remote_type"))]
    type: Annotated[TimeOffType | None, meta("Type of absence.")] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    units: Annotated[TimeOffUnit | None, meta("Unit of the balances.")] = None
    remote_units: Annotated[str | None, meta("The provider's own value for `units`.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    half_days_supported: Annotated[bool | None, meta("True if half days are allowed.")] = None
    is_paid: Annotated[bool | None, meta("True if the absence is paid.")] = None


class TimesheetEntry(EmployeeRecord, frozen=True, kw_only=True):
    """A record of time worked."""

    employee_id: Annotated[str, meta("Employee.", "c", reference="hris.employees")]
    start_time: Annotated[str | None, meta("Start time.", "rw", kind="datetime", twins=("end_time", "hours_worked"))] = None
    end_time: Annotated[str | None, meta("End time.", "rw", kind="datetime", twins=("hours_worked",))] = None
    hours_worked: Annotated[float | None, meta("Hours worked.", "rw")] = None
    status: Annotated[Literal["open", "submitted", "approved", "rejected", "other"] | None, meta("Normalized status.")] = None
    remote_status: Annotated[str | None, meta("The provider's own value for `status`.")] = None

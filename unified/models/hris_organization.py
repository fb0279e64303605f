"""How the employer is built: groups, legal entities, work places and jobs."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Address, EmployeeRecord


class Group(EmployeeRecord, frozen=True, kw_only=True):
    """Any unit of the organisation: department, team, cost centre and so on."""

    name: Annotated[str | None, meta("Label.")] = None
    type: Annotated[
        Literal["department", "team", "cost_center", "division", "business_unit", "branch", "group", "other"] | None,
        meta("Kind of unit."),
    ] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.")] = None
    parent_id: Annotated[str | None, meta("Parent unit.", reference="hris.groups")] = None
    code: Annotated[str | None, meta("Short code.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    company_id: Annotated[str | None, meta("Legal entity.", reference="hris.companies")] = None
    manager_ids: Annotated[tuple[str, ...], meta("Heads.", reference="hris.employees")] = ()
    is_active: Annotated[bool | None, meta("In use.", twins=("is_deleted",))] = None


class Company(EmployeeRecord, frozen=True, kw_only=True):
    """A legal entity."""

    legal_name: Annotated[str | None, meta("Registered name.")] = None
    display_name: Annotated[str | None, meta("Name.")] = None
    tax_ids: Annotated[tuple[str, ...], meta("EIN or other numbers.", sensitivity="sensitive", kind="string")] = ()
    currency: Annotated[str | None, meta("Currency.", kind="currency")] = None
    address: Annotated[Address | None, meta("Registered address.")] = None
    email: Annotated[str | None, meta("Main e-mail.", sensitivity="personal")] = None
    phone: Annotated[str | None, meta("Main phone.", sensitivity="personal")] = None


class Location(EmployeeRecord, frozen=True, kw_only=True):
    """A work place."""

    name: Annotated[str | None, meta("Label.")] = None
    type: Annotated[Literal["office", "home", "remote", "other"] | None, meta("Kind of place.", twins=("name",))] = None
    remote_type: Annotated[str | None, meta("Provider's word for type.", twins=("name",))] = None
    address: Annotated[Address | None, meta("Postal address.", sensitivity="personal")] = None
    phone: Annotated[str | None, meta("Phone.", sensitivity="personal")] = None
    timezone: Annotated[str | None, meta("IANA time zone.")] = None
    is_active: Annotated[bool | None, meta("In use.", twins=("is_deleted",))] = None


class Job(EmployeeRecord, frozen=True, kw_only=True):
    """An entry of the job catalogue."""

    title: Annotated[str, meta("Title.")]
    code: Annotated[str | None, meta("Code.")] = None
    description: Annotated[str | None, meta("Text.")] = None
    is_active: Annotated[bool | None, meta("In use.", twins=("is_deleted",))] = None

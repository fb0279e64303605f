"""How the employer is built: groups, legal entities, work places and jobs."""

from typing import Annotated, Literal

from unified.models.field import about
from unified.models.shared import Address, EmployeeRecord


class Group(EmployeeRecord, frozen=True, kw_only=True):
    """Any unit of the organisation: department, team, cost centre and so on."""

    name: Annotated[str | None, about("Label.")] = None
    type: Annotated[
        Literal["department", "team", "cost_center", "division", "business_unit", "branch", "group", "other"] | None,
        about("Kind of unit."),
    ] = None
    remote_type: Annotated[str | None, about("Provider's word for type.")] = None
    parent_id: Annotated[str | None, about("Parent unit.", reference="hris.groups")] = None
    code: Annotated[str | None, about("Short code.")] = None
    description: Annotated[str | None, about("Text.")] = None
    company_id: Annotated[str | None, about("Legal entity.", reference="hris.companies")] = None
    manager_ids: Annotated[tuple[str, ...], about("Heads.", reference="hris.employees")] = ()
    is_active: Annotated[bool | None, about("In use.", twins=("is_deleted",))] = None


class Company(EmployeeRecord, frozen=True, kw_only=True):
    """A legal entity."""

    legal_name: Annotated[str | None, about("Registered name.")] = None
    display_name: Annotated[str | None, about("Name.")] = None
    tax_ids: Annotated[tuple[str, ...], about("EIN or other numbers.", sensitivity="sensitive", kind="string")] = ()
    currency: Annotated[str | None, about("Currency.", kind="currency")] = None
    address: Annotated[Address | None, about("Registered address.")] = None
    email: Annotated[str | None, about("Main e-mail.", sensitivity="personal")] = None
    phone: Annotated[str | None, about("Main phone.", sensitivity="personal")] = None


class Location(EmployeeRecord, frozen=True, kw_only=True):
    """A work place."""

    name: Annotated[str | None, about("Label.")] = None
    type: Annotated[Literal["office", "home", "remote", "other"] | None, about("Kind of place.", twins=("name",))] = None
    remote_type: Annotated[str | None, about("Provider's word for type.", twins=("name",))] = None
    address: Annotated[Address | None, about("Postal address.", sensitivity="personal")] = None
    phone: Annotated[str | None, about("Phone.", sensitivity="personal")] = None
    timezone: Annotated[str | None, about("IANA time zone.")] = None
    is_active: Annotated[bool | None, about("In use.", twins=("is_deleted",))] = None


class Job(EmployeeRecord, frozen=True, kw_only=True):
    """An entry of the job catalogue."""

    title: Annotated[str, about("Title.")]
    code: Annotated[str | None, about("Code.")] = None
    description: Annotated[str | None, about("Text.")] = None
    is_active: Annotated[bool | None, about("In use.", twins=("is_deleted",))] = None

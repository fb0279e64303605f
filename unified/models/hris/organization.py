"""HRIS organization: groups, legal entities, work locations and jobs."""

from typing import Annotated, Literal

from unified.models.field import meta
from unified.models.shared import Address, EmployeeRecord


class Group(EmployeeRecord, frozen=True, kw_only=True):
    """A unit of the organization, such as a department, team or cost center."""

    name: Annotated[str | None, meta("Name.")] = None
    type: Annotated[
        Literal["department", "team", "cost_center", "division", "business_unit", "branch", "group", "other"] | None,
        meta("Type of unit."),
    ] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.")] = None
    parent_id: Annotated[str | None, meta("Parent unit.", reference="hris.groups")] = None
    code: Annotated[str | None, meta("Short code.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    company_id: Annotated[str | None, meta("Legal entity.", reference="hris.companies")] = None
    manager_ids: Annotated[tuple[str, ...], meta("Managers of the unit.", reference="hris.employees")] = ()
    is_active: Annotated[bool | None, meta("True if the unit is in use.", twins=("is_deleted",))] = None


class Company(EmployeeRecord, frozen=True, kw_only=True):
    """A legal entity."""

    legal_name: Annotated[str | None, meta("Registered name.")] = None
    display_name: Annotated[str | None, meta("Display name.")] = None
    tax_ids: Annotated[tuple[str, ...], meta("Tax id numbers, such as an EIN.", sensitivity="sensitive", kind="string")] = ()
    currency: Annotated[str | None, meta("Currency (ISO 4217).", kind="currency")] = None
    address: Annotated[Address | None, meta("Registered address.")] = None
    email: Annotated[str | None, meta("Main e-mail address.", sensitivity="personal")] = None
    phone: Annotated[str | None, meta("Main phone number.", sensitivity="personal")] = None


class Location(EmployeeRecord, frozen=True, kw_only=True):
    """A place of work."""

    name: Annotated[str | None, meta("Name.")] = None
    type: Annotated[Literal["office", "home", "remote", "other"] | None, meta("Type of location.", twins=("name",))] = None
    remote_type: Annotated[str | None, meta("The provider's own value for `type`.", twins=("name",))] = None
    address: Annotated[Address | None, meta("Postal address.", sensitivity="personal")] = None
    phone: Annotated[str | None, meta("Phone number.", sensitivity="personal")] = None
    timezone: Annotated[str | None, meta("Time zone (IANA).")] = None
    is_active: Annotated[bool | None, meta("True if the location is in use.", twins=("is_deleted",))] = None


class Job(EmployeeRecord, frozen=True, kw_only=True):
    """An entry of the job catalog."""

    title: Annotated[str, meta("Job title.")]
    code: Annotated[str | None, meta("Job code.")] = None
    description: Annotated[str | None, meta("Description.")] = None
    is_active: Annotated[bool | None, meta("True if the job is in use.", twins=("is_deleted",))] = None

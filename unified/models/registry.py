"""Registry of the 42 common models by id, with their names, fields, operations and tags.

The id, such as `crm.contacts`, is the same in file names, scopes, tools and URLs.
"""

import inspect
from typing import Literal

import msgspec

from unified.errors.configuration import CatalogError
from unified.errors.names import suggestion
from unified.models.crm import activity as crm_activity
from unified.models.crm import deals as crm_deals
from unified.models.crm import objects as crm_objects
from unified.models.crm import people as crm_people
from unified.models.field import Field, fields_of
from unified.models.hris import organization as hris_organization
from unified.models.hris import pay as hris_pay
from unified.models.hris import people as hris_people
from unified.models.hris import time as hris_time
from unified.models.shared import Record
from unified.models.ticketing import people as ticketing_people
from unified.models.ticketing import places as ticketing_places
from unified.models.ticketing import tickets as ticketing_tickets

Category = Literal["crm", "hris", "ticketing"]
MethodClass = Literal["read", "write", "custom"]

METHOD_CLASS: dict[str, MethodClass] = {
    "list": "read",
    "get": "read",
    "create": "write",
    "update": "write",
    "delete": "write",
}
"""The methods that scopes can name, each with its class."""
UPSERT = "upsert"
"""Creates a record, or updates the one that has the same external key; scopes do not name it."""
NEEDED_METHODS: dict[str, tuple[str, ...]] = {UPSERT: ("create", "update")}
"""Methods that are other methods in one: what a caller must be allowed to call."""
MAKING = frozenset({"create", UPSERT})
"""Methods that may make a record, so that the request names no id."""


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A common model, and how the API offers it."""

    id: str
    """Category and plural, such as `crm.contacts`."""
    category: Category
    plural: str
    singular: str
    """Snake case, for tool names such as `get_time_off_request`."""
    struct: type[Record]
    fields: tuple[Field, ...]
    operations: tuple[str, ...]
    custom: tuple[str, ...] = ()
    tags: tuple[str, ...]
    path_parameters: tuple[str, ...] = ()
    """Parameters in the path before the record's id: /crm/custom_objects/{object}."""
    is_resource: bool = False
    """True if an account's owner can choose which of its records are visible: projects, companies, groups, locations."""
    container_optional: bool = False
    """True if a record that names no container belongs to all of them, such as a label of a whole site."""
    container_unknown: bool = False
    """True if a record may belong to anything in its category, so that no boundary can be checked."""
    is_of_users: bool = False
    """True if its records are the people who use the product, as one of whom an account is connected."""
    description: str


def method_class(method: str) -> MethodClass:
    """Return the class of scope that a method needs: `custom` for any method other than the standard ones."""
    return METHOD_CLASS.get(needed_methods(method)[0], "custom")


def needed_methods(method: str) -> tuple[str, ...]:
    """Return the methods that a caller must be allowed to call for this one: itself, and of an upsert create and update."""
    return NEEDED_METHODS.get(method, (method,))


def model(model_id: str) -> Model:
    """Return the model with this id.

    Raises:
        CatalogError: the id is unknown; names the known ones.
    """
    known = MODELS.get(model_id)
    if known is None:
        raise CatalogError(f"unknown common model '{model_id}'.{suggestion(model_id, MODELS, 'Known models')}")
    return known


def field(model: Model, name: str) -> Field:
    """Return the field of the model with this name.

    Raises:
        CatalogError: the name is unknown; names the known ones.
    """
    for candidate in model.fields:
        if candidate.name == name:
            return candidate
    names = [known.name for known in model.fields]
    raise CatalogError(f"{model.id} has no field '{name}'.{suggestion(name, names, 'Known fields')}")


def _model(
    model_id: str,
    singular: str,
    struct: type[Record],
    operations: str = "list get",
    *,
    tags: str = "",
    has_category_tag: bool = True,
    custom: tuple[str, ...] = (),
    path_parameters: tuple[str, ...] = (),
) -> Model:
    category, plural = model_id.split(".")
    return Model(
        id=model_id,
        category=category,  # type: ignore[arg-type]  # MODELS below holds only the three categories
        plural=plural,
        singular=singular,
        struct=struct,
        fields=fields_of(struct),
        operations=_with_upsert(operations.split(), fields_of(struct)),
        custom=custom,
        tags=(*((_CATEGORY_TAG[category],) if has_category_tag else ()), *tags.split()),
        path_parameters=path_parameters,
        is_resource=model_id in RESOURCES,
        container_optional=model_id in CONTAINER_OPTIONAL,
        container_unknown=model_id in CONTAINER_UNKNOWN,
        is_of_users=model_id in USERS,
        description=inspect.getdoc(struct) or "",
    )


def _with_upsert(operations: list[str], fields: tuple[Field, ...]) -> tuple[str, ...]:
    """Add `upsert` after `update`, to a model whose records are created and updated with the same body."""
    both = set(NEEDED_METHODS[UPSERT]) <= set(operations)
    if not both or any(one.required and one.access == "c" for one in fields):
        return tuple(operations)
    return tuple(name for one in operations for name in ((one, UPSERT) if one == "update" else (one,)))


RESOURCES = frozenset(
    {
        "crm.accounts",
        "crm.pipelines",
        "hris.companies",
        "hris.groups",
        "hris.locations",
        "ticketing.accounts",
        "ticketing.collections",
        "ticketing.teams",
    }
)
"""Models of records that contain others, and from which an account's owner can choose."""
CONTAINER_OPTIONAL = frozenset({"ticketing.tags", "ticketing.ticket_statuses", "ticketing.ticket_types"})
"""Models of records that may belong to a whole account."""
CONTAINER_UNKNOWN = frozenset({"crm.associations", "crm.custom_objects", "crm.lists"})
"""Models without a reference field that says what a record belongs to."""
USERS = frozenset({"crm.users", "hris.employees", "ticketing.users"})
"""Models of the people who use the product: one for each category."""
_CATEGORY_TAG = {"crm": "crm", "hris": "hris", "ticketing": "support"}
_CREATE = "list get create"
_CREATE_UPDATE = "list get create update"
_ALL = "list get create update delete"

_LISTED = (
    _model("crm.accounts", "account", crm_people.Account, _ALL),
    _model("crm.contacts", "contact", crm_people.Contact, _ALL),
    _model("crm.leads", "lead", crm_people.Lead, _ALL, custom=("convert",)),
    _model("crm.opportunities", "opportunity", crm_deals.Opportunity, _ALL),
    _model("crm.pipelines", "pipeline", crm_deals.Pipeline),
    _model("crm.stages", "stage", crm_deals.Stage),
    _model("crm.users", "user", crm_people.User),
    _model("crm.notes", "note", crm_activity.Note, _ALL),
    _model("crm.tasks", "task", crm_activity.Task, _ALL),
    _model("crm.engagements", "engagement", crm_activity.Engagement, _ALL),
    _model("crm.lists", "list", crm_objects.List),
    _model("crm.associations", "association", crm_objects.Association, "list create delete"),
    _model("crm.custom_objects", "custom_object", crm_objects.CustomObject, _ALL, path_parameters=("object",)),
    _model("crm.custom_object_classes", "custom_object_class", crm_objects.CustomObjectClass),
    _model("hris.employees", "employee", hris_people.Employee, _CREATE_UPDATE, tags="directory"),
    _model("hris.employments", "employment", hris_people.Employment, tags="compensation"),
    _model("hris.groups", "group", hris_organization.Group, tags="directory"),
    _model("hris.companies", "company", hris_organization.Company, tags="directory"),
    _model("hris.locations", "location", hris_organization.Location, tags="directory"),
    _model("hris.jobs", "job", hris_organization.Job, tags="directory"),
    _model(
        "hris.time_off_requests",
        "time_off_request",
        hris_time.TimeOffRequest,
        _CREATE_UPDATE,
        tags="time_off",
        custom=("cancel",),
    ),
    _model("hris.time_off_balances", "time_off_balance", hris_time.TimeOffBalance, tags="time_off"),
    _model("hris.time_off_policies", "time_off_policy", hris_time.TimeOffPolicy, tags="time_off"),
    _model("hris.benefit_plans", "benefit_plan", hris_pay.BenefitPlan, tags="benefits"),
    _model("hris.benefits", "benefit", hris_pay.Benefit, tags="benefits"),
    _model("hris.payroll_runs", "payroll_run", hris_pay.PayrollRun, tags="payroll"),
    _model("hris.payslips", "payslip", hris_pay.Payslip, tags="payroll"),
    _model("hris.compensations", "compensation", hris_pay.Compensation, tags="payroll"),
    _model("hris.bank_accounts", "bank_account", hris_pay.BankAccount, tags="payroll"),
    _model("hris.dependents", "dependent", hris_people.Dependent),
    _model("hris.timesheet_entries", "timesheet_entry", hris_time.TimesheetEntry, _CREATE, tags="time_tracking"),
    _model("ticketing.tickets", "ticket", ticketing_tickets.Ticket, _ALL),
    _model("ticketing.comments", "comment", ticketing_tickets.Comment, _ALL),
    _model("ticketing.users", "user", ticketing_people.User, tags="directory"),
    _model("ticketing.contacts", "contact", ticketing_people.Contact, _ALL, tags="directory", has_category_tag=False),
    _model("ticketing.accounts", "account", ticketing_people.Account, _ALL, tags="directory"),
    _model("ticketing.teams", "team", ticketing_people.Team, tags="directory"),
    _model("ticketing.collections", "collection", ticketing_places.Collection),
    _model("ticketing.tags", "tag", ticketing_places.Tag),
    _model("ticketing.attachments", "attachment", ticketing_tickets.Attachment, _CREATE, custom=("download",)),
    _model("ticketing.ticket_statuses", "ticket_status", ticketing_places.TicketStatus),
    _model("ticketing.ticket_types", "ticket_type", ticketing_places.TicketType),
)

MODELS: dict[str, Model] = {listed.id: listed for listed in _LISTED}
"""Every common model by id, in the order of the documentation."""

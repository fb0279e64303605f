"""A stand-in of BambooHR: employees, tables, lists, time off and timesheets, by OAuth or API key."""

from unified_sandbox.bamboohr import employees, tables, time_off, timesheets
from unified_sandbox.bamboohr.data import seed
from unified_sandbox.bamboohr.errors import json_wanted, refuse
from unified_sandbox.bamboohr.records import plant
from unified_sandbox.standin import Basic, Bearer, OAuth, RateLimit, StandIn

_V1 = "/api/v1"
_EMPLOYEE = _V1 + "/employees/{id}"
_TIMES = _V1 + "/time_tracking"

ROUTES = (
    ("GET", _V1 + "/employees", employees.list_employees),
    ("POST", _V1 + "/employees", employees.create_employee),
    ("GET", _V1 + "/employees/directory", json_wanted(employees.directory)),
    ("GET", _V1 + "/employees/changed", json_wanted(tables.changed)),
    ("GET", _V1 + "/employees/changed/tables/{table}", json_wanted(tables.changed_tables)),
    ("GET", _EMPLOYEE, json_wanted(employees.get_employee)),
    ("POST", _EMPLOYEE, employees.update_employee),
    ("GET", _EMPLOYEE + "/tables/{table}", json_wanted(tables.table_rows)),
    ("GET", _V1 + "/meta/fields", json_wanted(tables.fields)),
    ("GET", _V1 + "/meta/lists", json_wanted(tables.lists)),
    ("GET", _V1 + "/hris/org/locations", tables.places),
    ("POST", _V1 + "/reports/custom", employees.report),
    ("GET", _V1 + "/company_information", tables.company),
    ("GET", _V1 + "/meta/time_off/types", json_wanted(time_off.types)),
    ("GET", _V1 + "/meta/time_off/policies", json_wanted(time_off.policies)),
    ("GET", _V1 + "/time_off/requests", json_wanted(time_off.list_requests)),
    ("PUT", _V1 + "/time_off/requests/{id}/status", time_off.set_status),
    ("PUT", _EMPLOYEE + "/time_off/request", time_off.create_request),
    ("GET", _EMPLOYEE + "/time_off/calculator", json_wanted(time_off.balances)),
    ("GET", _TIMES + "/timesheet_entries", timesheets.list_entries),
    ("POST", _TIMES + "/clock_entries/store", timesheets.store_clock),
    ("POST", _TIMES + "/clock_entries/delete", timesheets.delete_clock),
    ("POST", _TIMES + "/hour_entries/store", timesheets.store_hours),
    ("POST", _TIMES + "/hour_entries/delete", timesheets.delete_hours),
)

STANDIN = StandIn(
    name="bamboohr",
    seed=seed,
    routes=ROUTES,
    refuse=refuse,
    accepts=(Bearer(), Basic(any_password=True)),
    demo_credentials=(
        {"type": "api_key", "key": "demo-bamboohr-key"},
        {"type": "basic", "username": "demo-bamboohr-key", "password": "x"},
        {"type": "oauth2", "access_token": "demo-bamboohr-access", "refresh_token": "demo-bamboohr-refresh"},
    ),
    demo_settings={"company": "demo", "timezone": "America/Denver"},
    oauth=OAuth(
        authorize_path="/authorize.php",
        token_path="/token.php",  # noqa: S106
        lifetime_s=3600,
        rotate=True,
        client_auth=frozenset({"body"}),
    ),
    limit=RateLimit(requests=100, window_s=60),
    plant=plant,
    shaped=True,
)

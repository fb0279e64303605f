"""Display names of categories, models and methods."""

CATEGORIES: dict[str, str] = {"crm": "CRM", "hris": "HR", "ticketing": "Ticketing"}

NOUNS: dict[str, str] = {
    "crm.accounts": "companies",
    "crm.associations": "links between records",
    "crm.contacts": "contacts",
    "crm.custom_object_classes": "kinds of custom objects",
    "crm.custom_objects": "custom objects",
    "crm.engagements": "calls, e-mails and meetings",
    "crm.leads": "leads",
    "crm.lists": "lists",
    "crm.notes": "notes",
    "crm.opportunities": "deals",
    "crm.pipelines": "pipelines",
    "crm.stages": "deal stages",
    "crm.tasks": "tasks",
    "crm.users": "users",
    "hris.bank_accounts": "bank accounts",
    "hris.benefit_plans": "benefit plans",
    "hris.benefits": "benefits",
    "hris.companies": "companies",
    "hris.compensations": "pay",
    "hris.dependents": "dependents",
    "hris.employees": "employees",
    "hris.employments": "employments",
    "hris.groups": "departments and teams",
    "hris.jobs": "jobs",
    "hris.locations": "locations",
    "hris.payroll_runs": "payroll runs",
    "hris.payslips": "payslips",
    "hris.time_off_balances": "time-off balances",
    "hris.time_off_policies": "time-off policies",
    "hris.time_off_requests": "time-off requests",
    "hris.timesheet_entries": "timesheet entries",
    "ticketing.accounts": "organizations",
    "ticketing.attachments": "attachments",
    "ticketing.collections": "projects",
    "ticketing.comments": "comments",
    "ticketing.contacts": "customers",
    "ticketing.tags": "tags",
    "ticketing.teams": "teams",
    "ticketing.ticket_statuses": "ticket statuses",
    "ticketing.ticket_types": "ticket types",
    "ticketing.tickets": "tickets",
    "ticketing.users": "agents",
}
"""Plural nouns for the records of each common model."""

VERBS: dict[str, str] = {
    "read": "Read",
    "create_update": "Create and update",
    "create": "Create",
    "update": "Update",
    "delete": "Delete",
}
"""Verbs by kind of operation, in display order; a provider's own methods follow."""
CUSTOM_VERBS: dict[str, str] = {
    "cancel": "Cancel",
    "convert": "Convert",
    "download": "Download",
    "make_private": "Make private:",
}

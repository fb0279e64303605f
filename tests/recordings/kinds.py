"""Which model a recorded body belongs to. A resource that is not listed here fails the test: somebody has to decide.

None: successful bodies of resources that belong to none of the models, with the reason.
"""

OTHER = "another resource, in none of the models"
V1 = "an API version that the provider no longer offers to new apps"

KINDS: dict[str, dict[str, str | tuple[None, str]]] = {
    "hubspot": {
        "companies": "crm.accounts",
        "contacts": "crm.contacts",
        "deals": "crm.opportunities",
        "owners": "crm.users",
        "notes": "crm.notes",
        "tasks": "crm.tasks",
        "pipelines": "crm.pipelines",
        "tickets": "crm.custom_objects",
        "users": "crm.users",
        **dict.fromkeys(
            ("companies_v1", "contacts_v1", "deals_v1", "engagements_v1", "owners_v1", "properties_v1"), (None, V1)
        ),
    },
    "salesforce": {
        "account": "crm.accounts",
        "contact": "crm.contacts",
        "lead": "crm.leads",
        "opportunity": "crm.opportunities",
        "user": "crm.users",
        "case": (None, OTHER),
        "casecomment": (None, OTHER),
        "composite": (None, "outcomes of a collection of writes: ids and errors, no records"),
        "limits": (None, OTHER),
        "query-page1": "crm.accounts",
        "recent": (None, "ids and names of mixed objects, no records"),
        "search": (None, "ids of mixed objects, no records"),
        "sobject": (None, "outcome of a write: id and errors, no record"),
        "sobject-deleted": (None, "ids of deleted records, no records"),
        "sobject-updated": (None, "ids of changed records, no records"),
        "sobjects": (None, "descriptions of objects, no records"),
    },
    "bamboohr": {
        "applications": (None, OTHER),
        "company_information": "hris.companies",
        "employee": (None, "training records, not the employee"),
        "employee_tables": (None, "the outcome of a deletion"),
        "employees": "hris.employees",
        "employees_changed": "hris.employments",
        "goals": (None, OTHER),
        "jobs": (None, "openings of the applicant tracking, not the job catalogue"),
        "meta_lists": "hris.groups",
        "progress": (None, OTHER),
        "reports": (None, "rows of a dataset with the columns that were asked for"),
        "time_off_requests": "hris.time_off_requests",
        "timesheet_entries": "hris.timesheet_entries",
    },
    "hibob": {
        "people": "hris.employees",
        "reason-codes": (None, OTHER),
        "reports": (None, OTHER),
        "wizards": (None, OTHER),
    },
    "zendesk": {
        "comments": "ticketing.comments",
        "group-object": "ticketing.teams",
        "groups": "ticketing.teams",
        "incremental": "ticketing.tickets",
        "organization-object": "ticketing.accounts",
        "organizations": "ticketing.accounts",
        "organizations-show_many": "ticketing.accounts",
        "search": "ticketing.tickets",
        "tags": "ticketing.tags",
        "ticket-object": "ticketing.tickets",
        "tickets": "ticketing.tickets",
        "users": "ticketing.users",
        **dict.fromkeys(
            (
                "macro-object",
                "macros",
                "organization_field-object",
                "organization_fields",
                "organization_membership-object",
                "request-object",
                "satisfaction_rating-object",
                "suspended_ticket-object",
                "ticket_audits",
                "ticket_fields",
                "ticket_form-object",
                "ticket_forms",
                "ticket_metric-object",
                "user_field-object",
                "user_fields",
                "views",
            ),
            (None, OTHER),
        ),
        **dict.fromkeys(
            (
                "deleted_tickets",
                "organizations-create_many",
                "organizations-destroy_many",
                "organizations-update_many",
                "tickets-destroy_many",
                "users-destroy_many",
            ),
            (None, "the status of a job, no records"),
        ),
    },
    "jira": {
        "comments": "ticketing.comments",
        "issues": "ticketing.tickets",
        "issuetype": "ticketing.ticket_types",
        "myself": "ticketing.users",
        "project": "ticketing.collections",
        "status": "ticketing.ticket_statuses",
        "users": "ticketing.users",
        "watchers": "ticketing.users",
        **dict.fromkeys(
            (
                "board_configuration",
                "boards",
                "changelog",
                "editmeta",
                "field",
                "filters",
                "issue_link_types",
                "priority",
                "remote_links",
                "resolution",
                "roles",
                "sprints",
                "statuscategory",
                "transitions",
                "worklogs",
            ),
            (None, OTHER),
        ),
    },
}
PROVIDERS = tuple(KINDS)

EXCEPTIONS: dict[str, str | tuple[None, str]] = {
    "data/hris/bamboohr/time_off_requests.list.1.json": "hris.time_off_balances",
    "data/ticketing/zendesk/search.search.2.json": "ticketing.users",
    "data/crm/salesforce/account.record.1.json": (None, "addresses only: no id, so no record"),
    "data/crm/salesforce/account.record.2.json": (None, "phone numbers only: no id, so no record"),
    "data/crm/salesforce/account.update.1.json": (None, "outcomes of a refused collection of writes, no records"),
    "data/crm/salesforce/query-page1.list.1.json": (None, "rows of an object that no model stands for, without ids"),
}
"""Single bodies that are not what their resource's name says."""


def kind_of(provider: str, resource: str, file: str) -> str | tuple[None, str]:
    """The model of a body, or None with the reason; `unknown` when nobody decided yet."""
    return EXCEPTIONS.get(file) or KINDS[provider].get(resource, "unknown")

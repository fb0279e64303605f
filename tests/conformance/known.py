"""Where a mapping may differ from the general promise, each with its reason. An entry no longer needed fails its test."""

CHECKSUM_FROM = {"salesforce": 15}
"""Where the checksum of an id begins; the id is valid without it too."""

NO_WORD = {
    "bamboohr/hris.locations": {"remote_type": "the provider has an empty address for remote work, and no word"},
    "salesforce/crm.notes": {"remote_content_type": "notes are plain text; the provider has no word for it"},
}
"""provider/model → the provider's word beside an enum that follows from something else than a word."""

BESIDE_DELETED = {
    "hibob/hris.employees": "people who left are inactive, not deleted; they are listed when asked for",
    "zendesk/ticketing.tickets": "the plain list leaves out tickets archived 120 days after they were closed",
}
"""provider/model → why include_deleted brings more than deleted records."""

_LIST_CALL = "the list call does not give it"
_ALL_FIELDS = "a list must name its fields; custom ones come with fields=custom_fields.NAME"
ONLY_IN_GET = {
    "bamboohr/hris.employees": dict.fromkeys(
        (
            *("updated_at", "employee_number", "pronouns", "home_address", "hire_date", "gender", "remote_gender"),
            *("ethnicity", "remote_ethnicity", "marital_status", "remote_marital_status", "nationality", "national_id"),
            "weekly_hours",
        ),
        _LIST_CALL,
    ),
    "bamboohr/hris.employments": {"updated_at": _LIST_CALL},
    "hibob/hris.time_off_policies": dict.fromkeys(("custom_fields", "units", "remote_units", "is_paid"), _LIST_CALL),
    "hibob/hris.time_off_requests": dict.fromkeys(
        ("created_at", "updated_at", "custom_fields", "remote_status", "employee_note", "requested_at"),
        "the list is one of changes: their time and word, not the request's",
    ),
    "jira/ticketing.attachments": {"ticket_id": "a file by itself does not say whose it is"},
    "jira/ticketing.users": {"team_ids": "a user's groups are told one user at a time"},
    "salesforce/crm.accounts": {"custom_fields": _ALL_FIELDS},
    "salesforce/crm.contacts": {"custom_fields": _ALL_FIELDS},
    "salesforce/crm.custom_objects": {"fields": _ALL_FIELDS},
    "salesforce/crm.leads": {"custom_fields": _ALL_FIELDS},
    "zendesk/ticketing.attachments": dict.fromkeys(
        ("created_at", "ticket_id", "comment_id", "uploaded_by_id"), "they stand on the comment that a list reads"
    ),
}
"""provider/model → field → why the listed record has another value than the record by its id."""

FILTERS = {
    "hibob/hris.time_off_requests": {
        "updated_before": "the log of changes shows a request as it was then, though it changed later"
    },
    "hubspot/crm.pipelines": {"filter.object_type": "without it the pipelines of deals are listed"},
}
"""provider/model → native filter → why its result differs from the same condition on the mapped records."""

WRITTEN = {
    "bamboohr/hris.timesheet_entries": dict.fromkeys(
        ("created_at", "updated_at", "status", "remote_status"), "the answer of a create does not tell them"
    ),
    "hubspot/crm.engagements": {"end_time": "a call has a duration and no end of its own"},
    "hubspot/crm.notes": {"remote_fields": "what goes to the provider as it stands is no field of a record"},
    "salesforce/crm.engagements": {"duration_seconds": "a meeting has an end, its duration follows from that"},
    "zendesk/ticketing.tickets": {"priority": "a ticket without priority is null; it is written as none"},
}
"""provider/model → field → why it does not come back as it was sent."""

"""HubSpot's object types and their properties, as this account has them."""

import msgspec

PORTAL = "48200117"
STAMP = "2026-01-15T08:00:00.000Z"


class Property(msgspec.Struct, frozen=True, kw_only=True):
    """One property definition; `type` is string, number, bool, enumeration, date or datetime."""

    name: str
    label: str
    type: str
    field_type: str
    options: tuple[str, ...] = ()
    read_only: bool = False
    custom: bool = False


class ObjectType(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of record; `type_id` and `singular` name it too."""

    name: str
    singular: str
    type_id: str
    properties: dict[str, Property]
    defaults: tuple[str, ...]
    """What comes back when no properties are asked for."""
    required: tuple[str, ...] = ()
    shown_as: str = ""
    """The property that names a record."""
    searched: tuple[str, ...] = ()
    """The properties that a search's `query` looks at."""
    modified: str = "hs_lastmodifieddate"
    created: str = "hs_createdate"


_FIELD_TYPES = {"string": "text", "number": "number", "bool": "booleancheckbox", "enumeration": "select"}

_EVERYWHERE = "hs_object_id!number hubspot_owner_id:enumeration"
_ENGAGEMENT = "hs_timestamp:datetime hs_createdate!datetime hs_lastmodifieddate!datetime hs_attachment_ids"
_NEWER = "hs_createdate!datetime hs_lastmodifieddate!datetime"

DEAL_STAGES = (
    "appointmentscheduled,qualifiedtobuy,presentationscheduled,decisionmakerboughtin,contractsent,closedwon,closedlost,"
    "9410001,9410002,9410003"
)

_CONTACT = f"""
firstname lastname email phone mobilephone jobtitle company website address city state zip country salutation fax
lifecyclestage:enumeration=subscriber,lead,marketingqualifiedlead,salesqualifiedlead,opportunity,customer,evangelist,other
hs_lead_status:enumeration=NEW,OPEN,IN_PROGRESS,OPEN_DEAL,UNQUALIFIED,ATTEMPTED_TO_CONTACT,CONNECTED,BAD_TIMING
associatedcompanyid:number hs_additional_emails! hs_language:enumeration=en,de,fr,ja,uk,ar date_of_birth
hs_linkedin_url twitterhandle hs_analytics_source!
createdate:datetime lastmodifieddate!datetime notes_last_contacted!datetime notes_last_updated!datetime
hs_email_optout:bool {_EVERYWHERE}
*shoe_size:number *loyalty_tier:enumeration=bronze,silver,gold *favourite_colours:enumeration=red,green,blue
*newsletter:bool *member_since:date *vat_number
"""
_COMPANY = f"""
name domain website phone industry description address address2 city state zip country type about_us
numberofemployees:number annualrevenue:number founded_year hs_parent_company_id!number linkedin_company_page
facebook_company_page twitterhandle hs_additional_domains! hs_annual_revenue_currency_code! notes_last_updated!datetime
lifecyclestage:enumeration=subscriber,lead,marketingqualifiedlead,salesqualifiedlead,opportunity,customer,evangelist,other
createdate:datetime hs_lastmodifieddate!datetime {_EVERYWHERE} *account_tier:enumeration=A,B,C *erp_number
"""
_DEAL = f"""
dealname amount:number deal_currency_code:enumeration=USD,EUR,GBP,SEK,CAD,AUD dealstage:enumeration={DEAL_STAGES}
pipeline:enumeration=default,9410000 closedate:datetime description hs_next_step
dealtype:enumeration=newbusiness,existingbusiness hs_priority:enumeration=low,medium,high
hs_is_closed!bool hs_is_closed_won!bool hs_is_closed_lost!bool hs_deal_stage_probability!number hs_projected_amount!number
closed_lost_reason closed_won_reason hs_v2_date_entered_current_stage!datetime hs_primary_associated_company!number
hs_analytics_source! notes_last_updated!datetime
createdate:datetime hs_lastmodifieddate!datetime {_EVERYWHERE} *contract_months:number *renewal_date:date
"""
_LEAD = f"""
hs_lead_name hs_lead_type:enumeration=NEW_BUSINESS,RE_ATTEMPTING,UPSELL hs_lead_label:enumeration=HOT,WARM,COLD
hs_pipeline hs_pipeline_stage hs_lead_source hs_primary_contact_id!number hs_primary_company_id!number
hs_associated_contact_firstname! hs_associated_contact_lastname! hs_associated_contact_email! hs_associated_company_name!
{_NEWER} {_EVERYWHERE}
"""
_NOTE = f"hs_note_body hs_body_preview! {_ENGAGEMENT} {_EVERYWHERE}"
_TASK = f"""
hs_task_subject hs_task_body hs_task_status:enumeration=NOT_STARTED,IN_PROGRESS,WAITING,DEFERRED,COMPLETED
hs_task_priority:enumeration=NONE,LOW,MEDIUM,HIGH hs_task_type:enumeration=TODO,CALL,EMAIL
hs_task_completion_date!datetime hs_task_reminders {_ENGAGEMENT} {_EVERYWHERE}
"""
_CALL = f"""
hs_call_title hs_call_body hs_call_direction:enumeration=INBOUND,OUTBOUND hs_call_duration:number hs_call_to_number
hs_call_from_number hs_call_status:enumeration=COMPLETED,BUSY,NO_ANSWER,FAILED,CANCELED,QUEUED,RINGING,IN_PROGRESS
hs_call_disposition hs_call_recording_url {_ENGAGEMENT} {_EVERYWHERE}
"""
_MEETING = f"""
hs_meeting_title hs_meeting_body hs_internal_meeting_notes hs_meeting_start_time:datetime hs_meeting_end_time:datetime
hs_meeting_outcome:enumeration=SCHEDULED,COMPLETED,RESCHEDULED,NO_SHOW,CANCELED hs_meeting_location
hs_meeting_external_url {_ENGAGEMENT} {_EVERYWHERE}
"""
_EMAIL = f"""
hs_email_subject hs_email_text hs_email_html hs_email_direction:enumeration=EMAIL,INCOMING_EMAIL,FORWARDED_EMAIL
hs_email_status:enumeration=BOUNCED,FAILED,SCHEDULED,SENDING,SENT hs_email_headers hs_email_from_email!
hs_email_to_email! hs_email_cc_email! hs_email_bcc_email! hs_email_from_firstname! hs_email_from_lastname!
{_ENGAGEMENT} {_EVERYWHERE}
"""
_TICKET = f"""
subject content hs_pipeline:enumeration=0 hs_pipeline_stage:enumeration=1,2,3,4 hs_is_closed!bool
hs_ticket_priority:enumeration=LOW,MEDIUM,HIGH,URGENT
hs_ticket_category:enumeration=PRODUCT_ISSUE,BILLING_ISSUE,FEATURE_REQUEST,GENERAL_INQUIRY
source_type:enumeration=CHAT,EMAIL,FORM,PHONE closed_date!datetime first_agent_reply_date!datetime
createdate:datetime hs_lastmodifieddate!datetime {_EVERYWHERE} *order_number
"""
_CAR = f"*model *plate *year:number *colour:enumeration=red,green,blue *bought_on:date {_NEWER} {_EVERYWHERE}"


def _property(word: str) -> tuple[str, Property]:
    """Read `name`, `name:type=a,b`; `!` instead of `:` is read-only, a leading `*` is custom."""
    custom, read_only = word.startswith("*"), "!" in word
    name, _, rest = word.lstrip("*").replace("!", ":").partition(":")
    type_, _, options = rest.partition("=")
    kind = type_ or "string"
    label = name.removeprefix("hs_").replace("_", " ").capitalize()
    return name, Property(
        name=name,
        label=label,
        type=kind,
        field_type="checkbox" if name == "favourite_colours" else _FIELD_TYPES.get(kind, "date"),
        options=tuple(options.split(",")) if options else (),
        read_only=read_only,
        custom=custom,
    )


def _properties(text: str) -> dict[str, Property]:
    return dict(_property(word) for word in text.split())


_STAMPED = ("hs_createdate", "hs_lastmodifieddate", "hs_object_id")

OBJECTS: dict[str, ObjectType] = {
    kind.name: kind
    for kind in (
        ObjectType(
            name="contacts",
            singular="contact",
            type_id="0-1",
            properties=_properties(_CONTACT),
            defaults=("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
            searched=("firstname", "lastname", "email", "phone", "company"),
            modified="lastmodifieddate",
            created="createdate",
        ),
        ObjectType(
            name="companies",
            singular="company",
            type_id="0-2",
            properties=_properties(_COMPANY),
            defaults=("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
            searched=("name", "domain", "website", "phone"),
            created="createdate",
        ),
        ObjectType(
            name="deals",
            singular="deal",
            type_id="0-3",
            properties=_properties(_DEAL),
            defaults=(
                "amount",
                "closedate",
                "createdate",
                "dealname",
                "dealstage",
                "hs_lastmodifieddate",
                "hs_object_id",
                "pipeline",
            ),
            searched=("dealname", "pipeline", "dealstage", "description", "dealtype"),
            created="createdate",
        ),
        ObjectType(
            name="leads",
            singular="lead",
            type_id="0-136",
            properties=_properties(_LEAD),
            defaults=_STAMPED,
            required=("hs_lead_name",),
            searched=("hs_lead_name",),
        ),
        ObjectType(
            name="tickets",
            singular="ticket",
            type_id="0-5",
            properties=_properties(_TICKET),
            defaults=(
                "content",
                "createdate",
                "hs_lastmodifieddate",
                "hs_object_id",
                "hs_pipeline",
                "hs_pipeline_stage",
                "hs_ticket_category",
                "hs_ticket_priority",
                "subject",
            ),
            required=("subject", "hs_pipeline_stage"),
            shown_as="subject",
            searched=("subject", "content"),
            created="createdate",
        ),
        *(
            ObjectType(
                name=name,
                singular=name.removesuffix("s"),
                type_id=type_id,
                properties=_properties(words),
                defaults=_STAMPED,
                required=("hs_timestamp",),
                searched=searched,
            )
            for name, type_id, words, searched in (
                ("notes", "0-46", _NOTE, ("hs_note_body",)),
                ("tasks", "0-27", _TASK, ("hs_task_subject", "hs_task_body")),
                ("calls", "0-48", _CALL, ("hs_call_title", "hs_call_body")),
                ("meetings", "0-47", _MEETING, ("hs_meeting_title", "hs_meeting_body")),
                ("emails", "0-49", _EMAIL, ("hs_email_subject", "hs_email_text")),
            )
        ),
        ObjectType(
            name="2-1001",
            singular="p_cars",
            type_id="2-1001",
            properties=_properties(_CAR),
            defaults=_STAMPED,
            required=("model",),
            shown_as="model",
            searched=("model", "plate"),
        ),
    )
}

_NAMES = {name: kind.name for kind in OBJECTS.values() for name in (kind.name, kind.singular, kind.type_id)} | {
    "cars": "2-1001",
    f"p{PORTAL}_cars": "2-1001",
}


def resolve(name: str) -> str | None:
    """Return the table of an object type named by plural, singular, type id or, if custom, fully qualified name."""
    return _NAMES.get(name.lower())

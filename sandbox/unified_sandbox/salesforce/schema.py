"""What the objects of the stand-in are: their fields, types and rules, in the form that describe answers."""

import msgspec

from unified_sandbox.salesforce import service

VERSION = "v62.0"
ROOT = f"/services/data/{VERSION}"

TEXT = frozenset({"string", "textarea", "picklist", "email", "phone", "url", "combobox"})
NUMBERS = frozenset({"int", "double", "currency", "percent"})
STAGES = (
    ("Prospecting", 10, False, False),
    ("Qualification", 10, False, False),
    ("Needs Analysis", 20, False, False),
    ("Proposal/Price Quote", 75, False, False),
    ("Negotiation/Review", 90, False, False),
    ("Closed Won", 100, True, True),
    ("Closed Lost", 0, True, False),
)
"""API name, probability, closed, won."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field of an object."""

    name: str
    type: str
    required: bool = False
    createable: bool = True
    updateable: bool = True
    length: int = 0
    values: tuple[str, ...] = ()
    restricted: bool = False
    refers: tuple[str, ...] = ()

    @property
    def filterable(self) -> bool:
        """Long text can be neither filtered nor sorted by."""
        return self.type != "textarea"

    @property
    def custom(self) -> bool:
        """Whether the customer made it."""
        return self.name.endswith("__c")


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One object: `prefix` begins the ids of its records."""

    name: str
    prefix: str
    fields: dict[str, Field]
    writable: bool = True

    def find(self, name: str) -> Field | None:
        """Return a field by its name in any case, as everywhere in Salesforce."""
        return self.fields.get(name) or self._folded.get(name.casefold())

    @property
    def _folded(self) -> dict[str, Field]:
        return {name.casefold(): field for name, field in self.fields.items()}


_SYSTEM = """
Id id r
CreatedDate datetime r
CreatedById reference r >User
LastModifiedDate datetime r
LastModifiedById reference r >User
SystemModstamp datetime r
"""
_DELETABLE = _SYSTEM + "IsDeleted boolean r\n"


def _address(prefix: str) -> str:
    parts = {
        "Street": "string 255",
        "City": "string 40",
        "State": "string 80",
        "PostalCode": "string 20",
        "Country": "string 80",
    }
    return "".join(f"{prefix}{part} {kind}\n" for part, kind in parts.items())


def _field(line: str) -> Field:
    """Read `Name type [r|c|!] [length] [>Object|Object] [=value|value] [restricted]`; `r` read only, `c` on create only."""
    name, type_, *marks = line.split(" ")
    marked = {mark[0]: mark[1:] for mark in marks if mark[0] in ">="}
    texts = {sign: tuple((text.replace("_", " ") if sign == "=" else text).split("|")) for sign, text in marked.items()}
    return Field(
        name=name,
        type=type_,
        required="!" in marks,
        createable="r" not in marks,
        updateable="r" not in marks and "c" not in marks,
        length=next((int(mark) for mark in marks if mark.isdecimal()), 255 if type_ == "string" else 0),
        values=texts.get("=", ()),
        restricted="restricted" in marks,
        refers=texts.get(">", ()),
    )


def _kind(name: str, prefix: str, lines: str, *, writable: bool = True) -> Kind:
    fields = [_field(line) for line in lines.strip().splitlines()]
    return Kind(name=name, prefix=prefix, fields={field.name: field for field in fields}, writable=writable)


_ACTIVITY = """
Subject combobox
Description textarea
OwnerId reference >User
WhoId reference >Contact|Lead
WhatId reference >Account|Opportunity|Car__c
AccountId reference r >Account
ActivityDate date
"""

KINDS = {
    kind.name: kind
    for kind in (
        _kind(
            "Account",
            "001",
            _DELETABLE
            + """Name string !
Type picklist =Prospect|Customer_-_Direct|Customer_-_Channel|Partner|Other
ParentId reference >Account
Phone phone 40
Fax phone 40
Website url 255
Industry picklist =Banking|Construction|Education|Electronics|Energy|Machinery|Retail|Other
AnnualRevenue currency
NumberOfEmployees int
Description textarea
OwnerId reference >User
LastActivityDate date r
Region__c picklist =North|South|East|West restricted
"""
            + _address("Billing")
            + _address("Shipping"),
        ),
        _kind(
            "Contact",
            "003",
            _DELETABLE
            + """AccountId reference >Account
LastName string ! 80
FirstName string 40
Name string r
Title string 128
Department string 80
Description textarea
Email email 80
Phone phone 40
MobilePhone phone 40
HomePhone phone 40
OtherPhone phone 40
Fax phone 40
Birthdate date
LeadSource picklist =Web|Phone_Inquiry|Partner_Referral|Other
OwnerId reference >User
PhotoUrl url r
LastActivityDate date r
Badge_Number__c double
"""
            + _address("Mailing")
            + _address("Other"),
        ),
        _kind(
            "Lead",
            "00Q",
            _DELETABLE
            + """LastName string ! 80
FirstName string 40
Name string r
Company string !
Title string 128
Description textarea
Status picklist =Open_-_Not_Contacted|Working_-_Contacted|Closed_-_Converted|Closed_-_Not_Converted
LeadSource picklist =Web|Phone_Inquiry|Partner_Referral|Other
Email email 80
Phone phone 40
MobilePhone phone 40
Fax phone 40
Website url 255
OwnerId reference >User
IsConverted boolean r
ConvertedDate date r
ConvertedContactId reference r >Contact
ConvertedAccountId reference r >Account
ConvertedOpportunityId reference r >Opportunity
Score__c double
"""
            + _address(""),
        ),
        _kind(
            "Opportunity",
            "006",
            _DELETABLE
            + """Name string ! 120
Description textarea
AccountId reference >Account
ContactId reference c >Contact
StageName picklist ! ="""
            + "|".join(name.replace(" ", "_") for name, *_ in STAGES)
            + """
CloseDate date !
Amount currency
Probability percent
ExpectedRevenue currency r
Type picklist =New_Business|Existing_Business
LeadSource picklist =Web|Phone_Inquiry|Partner_Referral|Other
OwnerId reference >User
IsClosed boolean r
IsWon boolean r
LastStageChangeDate datetime r
LastActivityDate date r
Region__c picklist =North|South|East|West restricted
""",
        ),
        _kind(
            "OpportunityStage",
            "01J",
            _SYSTEM + "ApiName string\nMasterLabel string\nSortOrder int\nDefaultProbability percent\n"
            "IsActive boolean\nIsClosed boolean\nIsWon boolean",
            writable=False,
        ),
        _kind(
            "User",
            "005",
            _SYSTEM
            + "Username string\nName string\nFirstName string\nLastName string\nEmail email\nTitle string\nPhone phone\n"
            "MobilePhone phone\nFax phone\nIsActive boolean\nFullPhotoUrl url\nSmallPhotoUrl url",
            writable=False,
        ),
        _kind(
            "Note",
            "002",
            _DELETABLE
            + """Title string ! 80
Body textarea
IsPrivate boolean
ParentId reference ! >Account|Contact|Lead|Opportunity
OwnerId reference >User
""",
        ),
        _kind(
            "Task",
            "00T",
            _DELETABLE
            + _ACTIVITY.lstrip()
            + """Status picklist =Not_Started|In_Progress|Completed|Waiting_on_someone_else|Deferred
Priority picklist =High|Normal|Low
IsClosed boolean r
CompletedDateTime datetime r
Type picklist =Call|Email|Meeting|Other
TaskSubtype picklist c =Task|Email|ListEmail|Cadence|Call restricted
CallType picklist =Inbound|Outbound|Internal
CallDisposition string
CallDurationInSeconds int
""",
        ),
        _kind(
            "Event",
            "00U",
            _DELETABLE
            + _ACTIVITY.lstrip()
            + """Location string
StartDateTime datetime
EndDateTime datetime
DurationInMinutes int
IsAllDayEvent boolean
""",
        ),
        _kind(
            "Car__c",
            "a00",
            _DELETABLE
            + """Name string ! 80
OwnerId reference >User
Owner_Account__c reference >Account
Serial__c double
Bought_On__c date
Doors__c int
Photo__c base64
""",
        ),
        *(_kind(name, prefix, _SYSTEM + lines, writable=writable) for name, prefix, lines, writable in service.OBJECTS),
    )
}
"""The objects by their API names."""


def kind_named(name: str) -> Kind | None:
    """Return an object by its API name in any case."""
    folded = name.casefold()
    return next((kind for known, kind in KINDS.items() if known.casefold() == folded), None)

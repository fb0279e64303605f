"""The stand-in's organization: users, accounts, contacts, leads, opportunities, notes, activities, cars; cases are in `cases`.

Odd on purpose: contacts without account or e-mail, an account with hardly anything, deleted and archived records, numbers
of 17 digits, names in several scripts, words of the organization's own among statuses.
"""

import random
from collections.abc import Callable

from unified_sandbox.people import Company, Person, companies, day, instant, people, sentences
from unified_sandbox.salesforce.cases import seed_service
from unified_sandbox.salesforce.derived import stamp
from unified_sandbox.salesforce.query import LOCATORS
from unified_sandbox.salesforce.schema import KINDS, STAGES
from unified_sandbox.salesforce.storing import add, pick
from unified_sandbox.standin import Record, State

BIG = 90071992547409931
"""More digits than a double holds."""


def seed(rng: random.Random) -> dict[str, dict[str, Record]]:
    """Return everything, the same for the same generator."""
    state = State({name: {} for name in (*KINDS, LOCATORS)})
    employers = companies(rng, 60)
    staff = people(rng, 12)
    for person in staff:
        add(rng, state, "User", _user(person))
    for number, (name, chance, closed, won) in enumerate(STAGES):
        add(rng, state, "OpportunityStage", _stage(name, number, chance, closed=closed, won=won))
    _accounts(rng, state, employers)
    _contacts(rng, state, people(rng, 265, employers), employers)
    _leads(rng, state, people(rng, 120, employers))
    _opportunities(rng, state)
    _notes(rng, state)
    _tasks(rng, state)
    _events(rng, state)
    _cars(rng, state)
    seed_service(rng, state)
    return state


def _user(person: Person) -> Record:
    return {
        "Username": person.email + ".demo",
        "Name": person.full_name,
        "FirstName": person.first_name,
        "LastName": person.last_name,
        "Email": person.email,
        "Title": person.job_title,
        "Phone": person.phone,
        "IsActive": person.gender != "other",
        "SmallPhotoUrl": "https://demo.my.salesforce.com/profilephoto/005/T",
    }


def _stage(name: str, number: int, chance: int, *, closed: bool, won: bool) -> Record:
    return {
        "ApiName": name,
        "MasterLabel": name,
        "SortOrder": number + 1,
        "DefaultProbability": chance,
        "IsActive": True,
        "IsClosed": closed,
        "IsWon": won,
    }


def _address(prefix: str, street: str, place: Company | Person) -> Record:
    where = place.place
    return {
        f"{prefix}Street": street,
        f"{prefix}City": where.city,
        f"{prefix}State": where.region,
        f"{prefix}PostalCode": where.postal_code,
        f"{prefix}Country": where.country,
    }


def _accounts(rng: random.Random, state: State, employers: list[Company]) -> None:
    for number, one in enumerate(employers):
        given = {
            "Name": one.name,
            "Type": rng.choice(["Prospect", "Customer - Direct", "Partner", None]),
            "Industry": one.industry,
            "Website": one.website,
            "Phone": one.phone,
            "NumberOfEmployees": one.employees,
            "AnnualRevenue": one.revenue,
            "Description": one.description,
            "OwnerId": pick(rng, state, "User"),
            "ParentId": pick(rng, state, "Account") if number % 11 == 10 else None,
            "Region__c": rng.choice(["North", "South", None]),
            **_address("Billing", one.street + ("\nFloor 2" if number % 5 == 0 else ""), one),
        }
        add(rng, state, "Account", given if number else {"Name": one.name})
    add(rng, state, "Account", {"Name": "Closed down"}, {"IsDeleted": True})


def _contacts(rng: random.Random, state: State, everyone: list[Person], employers: list[Company]) -> None:
    accounts = dict(zip([one.domain for one in employers], state["Account"], strict=False))
    for number, one in enumerate(everyone):
        given = {
            "FirstName": one.first_name,
            "LastName": one.last_name,
            "Email": one.email if number % 9 else None,
            "Phone": one.phone,
            "MobilePhone": one.mobile if number % 3 == 0 else None,
            "Title": one.job_title,
            "Department": one.department,
            "AccountId": accounts[one.company.domain] if number % 13 else None,
            "OwnerId": pick(rng, state, "User"),
            "LeadSource": rng.choice(["Web", "Partner Referral", None]),
            "Birthdate": one.birth_date.isoformat() if number % 4 == 0 else None,
            "Badge_Number__c": BIG + number if number % 7 == 0 else None,
            **(_address("Mailing", one.street, one) if number % 2 else {}),
        }
        photo = f"/services/images/photo/{number}"
        add(rng, state, "Contact", given, {"PhotoUrl": photo, "IsDeleted": number % 40 == 39})


def _leads(rng: random.Random, state: State, everyone: list[Person]) -> None:
    statuses = ["Open - Not Contacted", "Working - Contacted", "Closed - Not Converted", "Parked"]
    for number, one in enumerate(everyone):
        given = {
            "FirstName": one.first_name if number % 10 else None,
            "LastName": one.last_name,
            "Company": one.company.name,
            "Status": "Closed - Converted" if number % 12 == 0 else rng.choice(statuses),
            "Email": one.personal_email,
            "Phone": one.phone,
            "Website": one.company.website,
            "OwnerId": pick(rng, state, "User"),
            "Score__c": rng.randint(0, 100),
            **_address("", one.street, one),
        }
        converted = {
            "IsConverted": True,
            "ConvertedDate": day(rng, 200).isoformat(),
            "ConvertedContactId": pick(rng, state, "Contact"),
            "ConvertedAccountId": pick(rng, state, "Account"),
        }
        add(rng, state, "Lead", given, converted if number % 12 == 0 else None)


def _opportunities(rng: random.Random, state: State) -> None:
    for number in range(90):
        account = pick(rng, state, "Account")
        given = {
            "Name": f"{state['Account'][account]['Name']} {rng.choice(['cranes', 'licences', 'service', 'renewal'])}",
            "AccountId": account,
            "ContactId": pick(rng, state, "Contact") if number % 3 else None,
            "StageName": rng.choice(STAGES)[0],
            "CloseDate": day(rng, 300, -120).isoformat(),
            "Amount": rng.randint(10, 900) * 250.25 if number % 8 else None,
            "Type": rng.choice(["New Business", "Existing Business", None]),
            "OwnerId": pick(rng, state, "User"),
        }
        add(rng, state, "Opportunity", given, {"IsDeleted": number % 45 == 44})


def _notes(rng: random.Random, state: State) -> None:
    for number in range(80):
        parent = pick(rng, state, ("Account", "Contact", "Opportunity", "Lead")[number % 4])
        given = {"Title": sentences(rng, 1)[:60], "Body": sentences(rng) if number % 6 else None, "ParentId": parent}
        add(rng, state, "Note", given | {"OwnerId": pick(rng, state, "User")}, {"IsDeleted": number % 40 == 39})


def _links(rng: random.Random, state: State, number: int) -> Record:
    who: dict[int, Callable[[], str | None]] = {
        0: lambda: pick(rng, state, "Contact"),
        1: lambda: pick(rng, state, "Lead"),
        2: lambda: None,
    }
    what = pick(rng, state, ("Account", "Opportunity")[number % 2]) if number % 3 != 1 else None
    return {"WhoId": who[number % 3](), "WhatId": what, "OwnerId": pick(rng, state, "User")}


def _tasks(rng: random.Random, state: State) -> None:
    statuses = ["Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred", "Parked"]
    for number in range(150):
        subtype = "Call" if number % 5 == 0 else "Email" if number % 5 == 1 else "Task"
        given = {
            "Subject": sentences(rng, 1)[:80],
            "Description": sentences(rng) if number % 4 else None,
            "Status": rng.choice(statuses) if subtype == "Task" else "Completed",
            "Priority": rng.choice(["High", "Normal", "Low"]),
            "TaskSubtype": subtype,
            "ActivityDate": day(rng, 300, -60).isoformat() if number % 7 else None,
            **_links(rng, state, number),
        }
        if subtype == "Call":
            given |= {
                "CallType": rng.choice(["Inbound", "Outbound", "Internal"]),
                "CallDurationInSeconds": rng.randint(5, 3000),
            }
        add(rng, state, "Task", given, {"IsDeleted": number % 50 == 49, "IsArchived": number % 25 == 12})


def _events(rng: random.Random, state: State) -> None:
    for number in range(70):
        start = instant(rng).replace(minute=0, second=0, microsecond=0)
        given = {
            "Subject": sentences(rng, 1)[:80],
            "StartDateTime": stamp(start),
            "DurationInMinutes": rng.choice([15, 30, 60, 1440]),
            "IsAllDayEvent": number % 10 == 0,
            "Location": rng.choice(["Room 4", "Zoë's office", None]),
            **_links(rng, state, number),
        }
        add(rng, state, "Event", given, {"IsDeleted": number % 35 == 34})


def _cars(rng: random.Random, state: State) -> None:
    for number in range(30):
        given = {
            "Name": f"Truck {number + 1}",
            "OwnerId": pick(rng, state, "User"),
            "Owner_Account__c": pick(rng, state, "Account"),
            "Serial__c": BIG + number,
            "Bought_On__c": day(rng, 900).isoformat(),
            "Doors__c": rng.choice([2, 4, None]),
        }
        add(rng, state, "Car__c", given)

"""The first data of customer service: statuses, queues, cases, and what was written on them."""

import random

from unified_sandbox.people import sentences
from unified_sandbox.salesforce.service import CASE_STATUSES
from unified_sandbox.salesforce.storing import add, pick
from unified_sandbox.standin import State


def seed_service(rng: random.Random, state: State) -> None:
    """Make everything of customer service."""
    for number, (name, closed) in enumerate(CASE_STATUSES):
        given = {"ApiName": name, "MasterLabel": name, "SortOrder": number + 1, "IsDefault": number == 0, "IsClosed": closed}
        add(rng, state, "CaseStatus", given)
    for name, kind in (("First line", "Queue"), ("Workshop", "Queue"), ("Everyone in Leeds", "Regular")):
        add(rng, state, "Group", {"Name": name, "DeveloperName": name.replace(" ", "_"), "Type": kind})
    _cases(rng, state)
    for number in range(130):
        given = {
            "ParentId": pick(rng, state, "Case"),
            "CommentBody": sentences(rng) if number % 9 else None,
            "IsPublished": number % 3 == 0,
            "CreatedById": pick(rng, state, "User"),
        }
        add(rng, state, "CaseComment", given, {"IsDeleted": number % 60 == 59})


def _cases(rng: random.Random, state: State) -> None:
    queues = [id_ for id_, row in state["Group"].items() if row["Type"] == "Queue"]
    for number in range(110):
        given = {
            "Subject": sentences(rng, 1)[:80],
            "Description": sentences(rng) if number % 4 else None,
            "Status": rng.choice(CASE_STATUSES)[0],
            "Priority": rng.choice(["High", "Medium", "Low", "Critical"]),
            "Type": rng.choice(["Question", "Problem", None]),
            "Origin": rng.choice(["Phone", "Email", "Web", None]),
            "ContactId": pick(rng, state, "Contact") if number % 5 else None,
            "AccountId": pick(rng, state, "Account") if number % 7 == 0 else None,
            "ParentId": pick(rng, state, "Case") if number % 20 == 19 else None,
            "OwnerId": rng.choice(queues) if number % 6 == 0 else pick(rng, state, "User"),
            "Product_Line__c": rng.choice(["Cranes", "Trucks", None]),
        }
        given = {name: value for name, value in given.items() if value is not None}
        add(rng, state, "Case", given, {"IsDeleted": number % 50 == 49})

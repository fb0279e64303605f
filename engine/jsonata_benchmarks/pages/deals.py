"""Deals with contacts and lines as a sales product's page gives them, and their mapping by hand."""

import random
from typing import Any

NAMES = {"d_open": "OPEN", "d_qualified": "QUALIFIED", "d_won": "WON", "d_lost": "LOST"}
STAGES = [*NAMES, "parked"]
OWNERS = ["Ada Rossi", "Mei Tanaka", "José Núñez"]
MEDIUM, LARGE = 10_000, 50_000


def document() -> dict[str, Any]:
    """A page of 100 deals, always the same."""
    rng = random.Random(13)
    return {
        "deals": [_deal(rng, at) for at in range(100)],
        "rates": {"EUR": 1.08, "GBP": 1.27, "JPY": 0.0067},
        "defaults": {"source": "unknown", "region": "EMEA", "forecast": None},
    }


def _deal(rng: random.Random, at: int) -> dict[str, Any]:
    owner = {"name": rng.choice(OWNERS), "team": {"name": rng.choice(["North", "South"])}}
    amount = rng.choice([None, 0, rng.randint(1_000, 90_000), rng.randint(4_000, 360_000) / 4])
    return ({} if amount is None else {"amount": amount}) | {
        "id": 70 + at * 7,
        "name": f"  Deal {at} of Société {at % 9} ",
        "stage": rng.choice(STAGES),
        "currency": rng.choice(["EUR", "GBP", "USD"]),
        "owner": owner if rng.random() < 0.8 else None,
        "contacts": [_contact(rng, at, one) for one in range(rng.randint(0, 3))],
        "properties": {
            "source": rng.choice(["web", "fair"]),
            "score": rng.randint(0, 99),
            "note": None,
            "hot": rng.random() < 0.2,
        },
        "lines": [_line(rng) for _ in range(rng.randint(1, 5))],
        "history": [{"to": stage, "on": f"2026-0{month + 1}-02"} for month, stage in enumerate(STAGES[: rng.randint(2, 4)])],
    }


def _contact(rng: random.Random, at: int, one: int) -> dict[str, Any]:
    person = {"first": rng.choice(["Ann", "Bo", "Čeněk"]), "email": f"Person{at}.{one}@Example.com"}
    if rng.random() < 0.8:
        person["last"] = f"Family {at}"
    return {"role": rng.choice(["buyer", "legal"]), "is_primary": one == 1, "person": person}


def _line(rng: random.Random) -> dict[str, Any]:
    price = rng.randint(4, 36_000) / 4
    return {
        "sku": f"SKU-{rng.randint(1, 40)}",
        "quantity": rng.randint(1, 9),
        "price": price,
        "discount": rng.choice([0, 0, 5]),
    }


def mapped(page: dict[str, Any]) -> dict[str, Any]:
    """What `deals.jsonata` says."""
    deals = page["deals"]
    sums: dict[str, float] = {}
    for deal in deals:
        if "amount" in deal:
            stage = NAMES.get(deal["stage"], deal["stage"])
            sums[stage] = sums.get(stage, 0) + deal["amount"]
    largest = max(deal["amount"] for deal in deals if "amount" in deal)
    top = [deal["name"] for deal in deals if deal.get("amount") == largest]
    return {
        "deals": [_mapped(deal, page["rates"], page["defaults"]) for deal in deals],
        "owners": sorted({deal["owner"]["name"] for deal in deals if deal["owner"]}),
        "pipeline": sums,
        "currencies": list(page["rates"]),
        "largest": top[0] if len(top) == 1 else top,
    }


def _mapped(deal: dict[str, Any], rates: dict[str, float], defaults: dict[str, Any]) -> dict[str, Any]:
    lines, contacts, owner, properties = deal["lines"], deal["contacts"], deal["owner"], deal["properties"]
    total = 0
    for line in lines:
        total += line["quantity"] * line["price"]
    amount = deal.get("amount") or total
    fields = {**defaults, **properties}
    result = {
        "id": f"deal-{deal['id']:06}",
        "title": " ".join(deal["name"].split()).upper(),
        "stage": NAMES.get(deal["stage"]) or f"OTHER_{deal['stage'].upper()}",
        "amount": amount,
        "amount_usd": round(amount * rates.get(deal["currency"], 1), 4),
        "vat": round(amount * 0.17, 4),
        "size": _size(deal.get("amount")),
        "main_contact": _main_contact(contacts),
        "owner": f"{owner['name']} ({owner['team']['name']})" if owner else "unassigned",
        "fields": fields,
        "labels": [f"{key}={_text(value)}" for key, value in properties.items() if value is not None],
        "lines": [
            {
                "sku": line["sku"],
                "label": f"{line['quantity']} x {line['sku']} @ {line['price']:,.2f}",
                "of": deal["name"],
            }
            for line in lines
        ],
        "discounted": any(line["discount"] > 0 for line in lines),
        "skus": "/".join(line["sku"] for line in lines),
        "stages": [{"at": at, "to": NAMES[entry["to"]]} for at, entry in enumerate(deal["history"])],
        "keys": " ".join(sorted(fields)),
        "summary": f"{deal['name']}: {len(lines)} lines, {len(contacts) or 'no'} contacts",
    }
    if contacts:
        result["contacts"] = [_contact_of(deal, contact) for contact in contacts]
    won = [entry["on"] for entry in deal["history"] if entry["to"] == "d_won"]
    return result | {"won_on": won[-1]} if won else result


def _contact_of(deal: dict[str, Any], contact: dict[str, Any]) -> dict[str, Any]:
    person = contact["person"]
    name = f"{person['first']} {person['last']}" if person.get("last") else person["first"]
    return {"name": name, "role": contact["role"], "deal": deal["id"]}


def _main_contact(contacts: list[dict[str, Any]]) -> str:
    if not contacts:
        return "nobody"
    chosen = next((one for one in contacts if one["is_primary"]), contacts[0])
    email: str = chosen["person"]["email"]
    return email.lower()


def _size(amount: float | None) -> str:
    return "large" if (amount or 0) > LARGE else "medium" if (amount or 0) > MEDIUM else "small"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

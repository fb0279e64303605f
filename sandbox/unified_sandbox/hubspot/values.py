"""What HubSpot makes of written properties: everything a string, `""` clears, each checked by its definition."""

import re
from datetime import UTC, datetime
from typing import Any

from unified_sandbox.hubspot.errors import invalid, property_error
from unified_sandbox.hubspot.schema import ObjectType, Property
from unified_sandbox.people import iso
from unified_sandbox.standin import Record

_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s.,;]{2,}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def written(kind: ObjectType, definitions: dict[str, Property], properties: Any) -> dict[str, str | None]:
    """Check and normalize what a create or update sends; None means a cleared value. Raises the 400."""
    if not isinstance(properties, dict):
        raise invalid("Invalid input JSON: expected an object in 'properties'")
    errors: list[Record] = []
    values: dict[str, str | None] = {}
    for name, value in properties.items():
        text = as_text(value)
        definition = definitions.get(name)
        if definition is None:
            errors.append(property_error(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
        elif definition.read_only:
            errors.append(property_error(name, "READ_ONLY_VALUE", f'"{name}" is a read only property'))
        elif text == "":
            values[name] = None
        elif (problem := _problem(definition, text)) is not None:
            errors.append(problem)
        else:
            values[name] = _normal(definition, text)
    if errors:
        raise invalid(f"Property values were not valid on {kind.name}", errors)
    return values


def as_text(value: Any) -> str:
    """Return a value as HubSpot keeps it, as text: true is `true`, 5 is `5`, null is the empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def _problem(definition: Property, text: str) -> Record | None:
    name = definition.name
    if name == "email" and not _EMAIL.fullmatch(text):
        return property_error(name, "INVALID_EMAIL", f"Email address {text} is invalid")
    if definition.type == "number" and number(text) is None:
        return property_error(name, "INVALID_LONG", f"{text} was not a valid number")
    if definition.type in {"date", "datetime"} and moment(text) is None:
        return property_error(name, "INVALID_DATE", f"{text} was not a valid date")
    if definition.options and (wrong := [one for one in text.split(";") if one not in definition.options]):
        allowed = ", ".join(definition.options)
        message = f"{wrong[0]} was not one of the allowed options: [{allowed}]"
        return property_error(name, "INVALID_OPTION", message)
    return None


def _normal(definition: Property, text: str) -> str:
    if definition.name == "email":
        return text.strip().lower()
    when = moment(text) if definition.type in {"date", "datetime"} else None
    if when is None:
        return text
    return iso(when) if definition.type == "datetime" else when.date().isoformat()


def number(text: str) -> float | None:
    """Return the number that a text means, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """Return the moment that epoch milliseconds, a day or an ISO time means, or None; UTC without an offset."""
    try:
        if text.lstrip("-").isdecimal():
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        if _DAY.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)

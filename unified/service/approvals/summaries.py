"""One line that says what is asked for, kept in plain: names of ours and of the account, no value and no record's id."""

from unified.models import Model, method_class
from unified.service.writes import Write

MOST_NAMED = 12
"""Fields that are named; more are counted only."""


def summarize(model: Model, write: Write, account_name: str) -> str:
    """`Update a ticket in Acme Jira: status, priority (2 fields)`.

    Only names of the model's fields are told: what else a body is keyed by comes from the caller, and may be anybody's data.
    """
    done = f"{write.method.replace('_', ' ').capitalize()} {_article(model.singular)} in {account_name}"
    if not write.body or method_class(write.method) == "custom":
        return done if not write.body else f"{done} ({_counted(len(write.body))})"
    known = [field.name for field in model.fields if field.name in write.body]
    named = known[:MOST_NAMED] + (["remote_fields"] if "remote_fields" in write.body else [])
    return f"{done}: {', '.join(named)} ({_counted(len(write.body))})"


def _article(singular: str) -> str:
    words = singular.replace("_", " ")
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _counted(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"

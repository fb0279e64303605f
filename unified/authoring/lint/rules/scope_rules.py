"""The rule for tables of OAuth scopes in provider files: each row is about something that exists, and nothing is left out.

A consent page asks only for what a link allows. An operation that no row is about would ask for everything.
"""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.catalog.files.source import DocumentPath
from unified.errors.names import known_names, suggestion
from unified.models import METHOD_CLASS, MODELS, method_class
from unified.models.registry import MethodClass
from unified.transform.oauth_scopes import ALWAYS, needed_rows, rows_about

CLASSES: tuple[MethodClass, ...] = ("read", "write", "custom")


def _scopes(subject: ProviderSubject) -> Iterator[Found]:
    for index, rules in enumerate(subject.provider.auth):
        table, place = getattr(rules, "scopes", {}), ("auth", index, "scopes")
        unknown = {row: problem for row in table if (problem := _problem(subject, row))}
        for row, problem in unknown.items():
            yield Found(place=(*place, row), message=problem, key=True)
        if not unknown and set(table) - {ALWAYS}:
            yield from _left_out(subject, table, place)


def _problem(subject: ProviderSubject, row: str) -> str | None:
    """Return what is wrong with the name of a row; None if it may be about an operation of this provider."""
    word, _, kind = row.partition(":")
    if row == ALWAYS:
        return None
    if not kind:
        return f"expected `{ALWAYS}`, or a model or tag with a method or class such as `crm.contacts:read`, got `{row}`"
    words = {*MODELS, *(tag for model in MODELS.values() for tag in model.tags)}
    words |= {tag for mapping, _ in subject.operations for tag in mapping.tags}
    if word not in words:
        return f"unknown model or tag `{word}`.{suggestion(word, words)}"
    kinds = {*CLASSES, *METHOD_CLASS, *(name for model in MODELS.values() for name in model.custom)}
    kinds |= {method for _, method in subject.operations if method_class(method) == "custom"}
    if kind not in kinds:
        return f"unknown method `{kind}`.{suggestion(kind, kinds)}"
    return None


def _left_out(subject: ProviderSubject, table: dict[str, tuple[str, ...]], place: DocumentPath) -> Iterator[Found]:
    """Report operations that no row is about, and rows that are about none."""
    bare = [f"{one.model.id}:{method}" for one, method in subject.operations if not rows_about(one, method) & table.keys()]
    if bare:
        message = (
            f"no row is about {known_names(bare)}, so links for that ask for everything: add rows, [] if no more is needed"
        )
        yield Found(place=place, message=message, key=True)
    for row in table.keys() - needed_rows(table, subject.operations) if subject.operations and not bare else ():
        yield Found(place=(*place, row), message="no operation of this provider needs it: remove it", key=True)


SCOPE_RULES: tuple[Rule, ...] = (
    Rule(
        code="P023",
        title="OAuth scopes of operations",
        explanation="A consent page asks for the scopes that a link needs: rows name models, tags and methods that exist, and "
        "every operation of a mapping has one.",
        check=_scopes,
    ),
)
"""Rules on the tables `scopes` of a provider file that can be decoded."""

"""The rules for `not_offered`: a reason belongs to something that is in fact not offered."""

from collections.abc import Iterator

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.lint.lint_context import MappingSubject
from unified.authoring.lint.rules.provider_rules import ProviderSubject
from unified.errors.names import suggestion
from unified.models import MODELS


def _models(subject: ProviderSubject) -> Iterator[Found]:
    for name in subject.provider.not_offered:
        if name not in MODELS:
            message = f"no common model is called `{name}`.{suggestion(name, MODELS)}"
            yield Found(place=("not_offered", name), message=message, key=True)
        elif name in subject.models:
            yield Found(place=("not_offered", name), message=f"`{name}` has a mapping: remove the reason", key=True)


def _fields(subject: MappingSubject) -> Iterator[Found]:
    mapping = subject.mapping
    known = {field.name for field in mapping.model.fields}
    for name in mapping.file.document.not_offered:
        if name not in known:
            message = f"{mapping.model.id} has no field `{name}`.{suggestion(name, known, 'Fields')}"
            yield Found(place=("not_offered", name), message=message, key=True)
        elif name in mapping.filled:
            yield Found(place=("not_offered", name), message=f"`{name}` is read: remove the reason", key=True)


_WHY = "The page of a provider says what is not offered and why, so a reason for what is offered would mislead."

PROVIDER_OFFER_RULES: tuple[Rule, ...] = (
    Rule(code="P016", title="reason for a model that is offered", explanation=_WHY, check=_models),
)
"""The rule on `not_offered` of a provider file."""

MAPPING_OFFER_RULES: tuple[Rule, ...] = (
    Rule(code="M085", title="reason for a field that is read", explanation=_WHY, check=_fields),
)
"""The rule on `not_offered` of a mapping file."""

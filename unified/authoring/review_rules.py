"""The rules for review files: what of a provider no agent is offered, because nobody reviewed it as it is now."""

from collections.abc import Iterator

import msgspec

from unified.authoring.findings import Found, Rule
from unified.authoring.review import unreviewed
from unified.catalog.review import ReviewFile
from unified.transform.mapping import Mapping


class ReviewSubject(msgspec.Struct, frozen=True, kw_only=True):
    """What review rules look at: a provider's review file, which may say nothing, and the mappings that load."""

    file: ReviewFile
    mappings: tuple[Mapping, ...]


def _unreviewed(subject: ReviewSubject) -> Iterator[Found]:
    name = subject.file.provider
    if subject.mappings and not subject.file.digests:
        yield Found(place=(), message=f"nothing is reviewed, so no agent is offered anything: read `unified review {name}`")
        return
    for mapping in subject.mappings:
        if methods := unreviewed(subject.file, mapping):
            what = f"{mapping.model.id}: not reviewed as it is now: {', '.join(methods)}"
            message = f"{what}; no agent is offered it: read `unified review {name}`"
            yield Found(place=(mapping.model.id,), message=message, key=True)


REVIEW_RULES: tuple[Rule, ...] = (
    Rule(
        code="R003",
        title="not reviewed",
        explanation="Agents are offered what somebody read as it is now: a description or an input schema that changed "
        "is not offered until `unified review PROVIDER --accept`.",
        severity="warning",
        check=_unreviewed,
    ),
)
"""Rules on a review file that can be decoded, in order of their codes."""

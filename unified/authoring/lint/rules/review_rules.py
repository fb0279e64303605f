"""The rules for review files: what agents are not offered, because its current definition has no review."""

from collections.abc import Iterator

import msgspec

from unified.authoring.lint.findings import Found, Rule
from unified.authoring.review.review import unreviewed
from unified.catalog.review import ReviewFile
from unified.transform.mapping import Mapping


class ReviewSubject(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of review rules: a provider's review file, which may be empty, and the mappings that load."""

    file: ReviewFile
    mappings: tuple[Mapping, ...]


def _unreviewed(subject: ReviewSubject) -> Iterator[Found]:
    name = subject.file.provider
    if subject.mappings and not subject.file.digests:
        yield Found(
            place=(),
            message=f"nothing is reviewed, so agents are offered nothing: run `unified review {name}`, read it, then add "
            "`--accept`",
        )
        return
    for mapping in subject.mappings:
        if methods := unreviewed(subject.file, mapping):
            what = f"{mapping.model.id}: no review of the current definition of {', '.join(methods)}"
            message = f"{what}, so agents are not offered it: run `unified review {name}`, read it, then add `--accept`"
            yield Found(place=(mapping.model.id,), message=message, key=True)


REVIEW_RULES: tuple[Rule, ...] = (
    Rule(
        code="R003",
        title="not reviewed",
        explanation="Agents are offered only reviewed definitions: a tool with a changed description or input schema "
        "is not offered until `unified review PROVIDER --accept`.",
        severity="warning",
        check=_unreviewed,
    ),
)
"""Rules on a review file that can be decoded, in order of their codes."""

"""Comparison of reviews and mappings: which tool definitions match their review, and which reviews have no definition."""

from collections.abc import Iterator
from collections.abc import Mapping as Dict

from unified.catalog.review import ReviewFile
from unified.errors.configuration import CatalogError
from unified.errors.load_rule import LoadRule
from unified.errors.names import suggestion
from unified.transform.mapping import Mapping
from unified.transform.tools import documented, reviewed_digest


def stale_reviews(file: ReviewFile, mappings: Dict[str, Mapping]) -> Iterator[CatalogError]:
    """Yield an error for everything in a review file that the provider's mappings do not have; `mappings` is by model."""
    for model_id, methods in file.digests.items():
        if model_id not in mappings:
            message = f"{file.provider} has no mapping of {model_id}.{suggestion(model_id, mappings)}"
            yield file.source.error((model_id,), message, key=True, rule=LoadRule.STALE_REVIEW)
            continue
        known = [one for one in mappings[model_id].methods if documented(mappings[model_id], one)]
        for method in methods:
            if method not in known:
                message = f"{model_id} has no documented method `{method}`.{suggestion(method, known)}"
                yield file.source.error((model_id, method), message, key=True, rule=LoadRule.STALE_REVIEW)


def check_review(file: ReviewFile, mappings: Dict[str, Mapping]) -> None:
    """Check that everything in a review file exists.

    Raises:
        CatalogError: The first thing that does not.
    """
    problem = next(stale_reviews(file, mappings), None)
    if problem is not None:
        raise problem


def is_reviewed(file: ReviewFile, mapping: Mapping, method: str) -> bool:
    """Return whether the definition of a method is documented and matches its review."""
    return documented(mapping, method) and file.digest(mapping.model.id, method) == reviewed_digest(mapping, method)

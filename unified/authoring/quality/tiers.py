"""The tier of a provider: it is checked, not claimed."""

from collections.abc import Iterator

from unified.authoring.quality.rules import RULES, TIERS, QualityRule, QualitySubject, Tier


def missing_for_tier(subject: QualitySubject) -> tuple[str, ...]:
    """Return what the tier in the provider's file needs and is not there; a provider without any mapping claims nothing."""
    if not subject.mappings and not subject.errors:
        return ()
    return tuple(text for _, text in _missing(subject, subject.provider.tier))


def missing_for_next(subject: QualitySubject) -> tuple[Tier, tuple[tuple[QualityRule, str], ...]]:
    """Return the first tier that a provider does not reach, or gold, with the rules that it breaks and what is missing."""
    for tier in TIERS:
        found = tuple(_missing(subject, tier))
        if found:
            return tier, found
    return "gold", ()


def _missing(subject: QualitySubject, tier: Tier) -> Iterator[tuple[QualityRule, str]]:
    exempt = {} if subject.quality is None else subject.quality.exempt
    for rule in RULES[: _last(tier)]:
        if rule.may_be_exempt and rule.name in exempt:
            continue
        text = rule.missing(subject)
        if text is not None:
            yield rule, text
    known = {rule.name for rule in RULES if rule.may_be_exempt}
    if tier == "gold":
        yield from ((RULES[-1], f"no provider can be exempt from `{name}`") for name in exempt if name not in known)


def _last(tier: Tier) -> int:
    return sum(TIERS.index(rule.tier) <= TIERS.index(tier) for rule in RULES)

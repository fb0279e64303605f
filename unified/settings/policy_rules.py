"""Rules of an installation's policy; `unified.service.access.policy` enforces them."""

NO_URL_ONLY_SERVERS = "no_url_only_servers"
NO_PASS_THROUGH = "no_pass_through"  # noqa: S105 - a rule, not a password
NO_DIRECT_AGENT_WRITES = "no_direct_agent_writes"
POLICY_RULES = (NO_URL_ONLY_SERVERS, NO_PASS_THROUGH, NO_DIRECT_AGENT_WRITES)


def read_policy(text: str) -> frozenset[str]:
    """Parse rules of the installation's policy, separated by commas.

    Raises:
        ValueError: A rule is unknown.
    """
    rules = frozenset(one.strip() for one in text.split(",") if one.strip())
    for rule in sorted(rules - set(POLICY_RULES)):
        raise ValueError(f"expected rules among {', '.join(POLICY_RULES)}, got '{rule}'")
    return rules

"""Every rule of lint, in one table."""

from unified.authoring.auth_rules import AUTH_RULES
from unified.authoring.body_rules import BODY_RULES
from unified.authoring.call_rules import CALL_RULES
from unified.authoring.case_rules import CASE_RULES
from unified.authoring.clearing_rules import CLEARING_RULES
from unified.authoring.findings import Rule
from unified.authoring.ignored_rules import IGNORED_RULES
from unified.authoring.load_rules import CASE_LOADING, MAPPING_LOADING, PROVIDER_LOADING, REVIEW_LOADING
from unified.authoring.name_rules import NAME_RULES
from unified.authoring.offer_rules import MAPPING_OFFER_RULES, PROVIDER_OFFER_RULES
from unified.authoring.provider_rules import PROVIDER_RULES
from unified.authoring.record_rules import RECORD_RULES
from unified.authoring.review_rules import REVIEW_RULES
from unified.authoring.scope_rules import SCOPE_RULES
from unified.authoring.shared_rules import SHARED_LOADING, SHARED_RULES
from unified.authoring.standin_rules import STANDIN_LOADING
from unified.authoring.style_rules import SHARED_STYLE_RULES, STYLE_RULES
from unified.authoring.text_rules import TEXT_RULES
from unified.authoring.value_rules import VALUE_RULES

PROVIDER_FILE_RULES = (*PROVIDER_RULES, *PROVIDER_OFFER_RULES, *AUTH_RULES, *SCOPE_RULES, *TEXT_RULES)
MAPPING_RULES = (
    *(*CALL_RULES, *BODY_RULES, *RECORD_RULES, *IGNORED_RULES),
    *(*NAME_RULES, *CLEARING_RULES, *VALUE_RULES, *STYLE_RULES, *MAPPING_OFFER_RULES),
)
_FAMILIES = (
    *(*PROVIDER_LOADING, *PROVIDER_FILE_RULES),
    *(*MAPPING_LOADING, *MAPPING_RULES),
    *(*SHARED_LOADING, *SHARED_RULES, *SHARED_STYLE_RULES),
    *STANDIN_LOADING,
    *(*CASE_LOADING, *CASE_RULES),
    *(*REVIEW_LOADING, *REVIEW_RULES),
)
RULES: tuple[Rule, ...] = tuple(
    sorted(
        _FAMILIES,
        key=lambda rule: ("PMSXTR".index(rule.code[0]), rule.code),
    )
)
"""Every rule, as listed in docs/reference/lint.md."""

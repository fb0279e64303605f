"""Every rule of lint, in one table."""

from unified.authoring.lint.findings import Rule
from unified.authoring.lint.rules.answer_rules import ANSWER_RULES
from unified.authoring.lint.rules.auth_rules import AUTH_RULES
from unified.authoring.lint.rules.body_rules import BODY_RULES
from unified.authoring.lint.rules.call_rules import CALL_RULES
from unified.authoring.lint.rules.case_rules import CASE_RULES
from unified.authoring.lint.rules.clearing_rules import CLEARING_RULES
from unified.authoring.lint.rules.condition_rules import CONDITION_RULES
from unified.authoring.lint.rules.flag_rules import FLAG_RULES
from unified.authoring.lint.rules.ignored_rules import IGNORED_RULES
from unified.authoring.lint.rules.list_rules import LIST_RULES
from unified.authoring.lint.rules.load_rules import CASE_LOADING, MAPPING_LOADING, PROVIDER_LOADING, REVIEW_LOADING
from unified.authoring.lint.rules.name_rules import NAME_RULES
from unified.authoring.lint.rules.offer_rules import MAPPING_OFFER_RULES, PROVIDER_OFFER_RULES
from unified.authoring.lint.rules.paging_rules import PAGING_RULES
from unified.authoring.lint.rules.provider_rules import PROVIDER_RULES
from unified.authoring.lint.rules.record_rules import RECORD_RULES
from unified.authoring.lint.rules.review_rules import REVIEW_RULES
from unified.authoring.lint.rules.scope_rules import SCOPE_RULES
from unified.authoring.lint.rules.seen_rules import SEEN_RULES
from unified.authoring.lint.rules.setting_rules import SETTING_RULES
from unified.authoring.lint.rules.shared_rules import SHARED_LOADING, SHARED_RULES
from unified.authoring.lint.rules.standin_rules import STANDIN_LOADING
from unified.authoring.lint.rules.style_rules import SHARED_STYLE_RULES, STYLE_RULES
from unified.authoring.lint.rules.text_rules import TEXT_RULES
from unified.authoring.lint.rules.value_rules import VALUE_RULES

PROVIDER_FILE_RULES = (
    *PROVIDER_RULES,
    *SETTING_RULES,
    *PAGING_RULES,
    *PROVIDER_OFFER_RULES,
    *AUTH_RULES,
    *SCOPE_RULES,
    *TEXT_RULES,
)
MAPPING_RULES = (
    *(*CALL_RULES, *LIST_RULES, *BODY_RULES, *RECORD_RULES, *IGNORED_RULES),
    *(*NAME_RULES, *CLEARING_RULES, *VALUE_RULES, *FLAG_RULES, *CONDITION_RULES, *STYLE_RULES, *MAPPING_OFFER_RULES),
)
_FAMILIES = (
    *(*PROVIDER_LOADING, *PROVIDER_FILE_RULES),
    *(*MAPPING_LOADING, *MAPPING_RULES, *SEEN_RULES, *ANSWER_RULES),
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

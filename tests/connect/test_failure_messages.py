"""Reasons: each has its words, and stands on the page for application developers."""

import re
from pathlib import Path

import pytest

from unified.service.connect.failure_messages import CHECK_REASONS, CONSENT_ERRORS, TOKEN_REASONS, WORDS, connect_failed
from unified.transport.token_answer import DENIALS

PAGE = Path(__file__).parents[2] / "docs/connecting-accounts.md"


def test_every_reason_has_words():
    assert {*CONSENT_ERRORS, *TOKEN_REASONS.values(), *CHECK_REASONS.values()} <= set(WORDS)
    assert set(TOKEN_REASONS) >= DENIALS


@pytest.mark.parametrize("reason", WORDS)
def test_reasons_read_well_and_are_on_the_page(reason):
    problem = connect_failed(reason, "Acme")
    assert problem.reason == problem.errors[0].code == reason
    assert "{" not in problem.detail
    assert re.fullmatch(r"[A-Z].*\.", problem.detail)
    assert f"`{reason}`" in PAGE.read_text(encoding="utf-8")

"""The check of a provider may name settings that every account has from the start; each is one segment of the path."""

import pytest

from tests.small_catalog import PROVIDER
from unified.authoring.lint.lint import lint
from unified.authoring.workspace import open_provider
from unified.service.accounts.check_request import check_request

CHECK = "check: {request: GET /me}"
MORE = "  later: {title: Later, required: false}\n  told: {title: Told, example: a, learned: {from: token, value: id}}\nauth:"


def provider_with(folder, request):
    text = PROVIDER.replace(CHECK, f'check: {{request: "{request}"}}').replace("auth:", MORE)
    folder.write("providers/shelf.yaml", text)
    return folder


@pytest.mark.parametrize(
    ("value", "path"), [("acme", "/v1/acme/me"), ("a/../b", "/v1/a%2F..%2Fb/me"), ("ü?x=1", "/v1/%C3%BC%3Fx%3D1/me")]
)
def test_a_setting_is_one_segment_of_the_path(folder, value, path):
    provider = open_provider(provider_with(folder, "GET /v1/{settings.site}/me").path, "shelf")
    assert check_request(provider, {"site": value}).path == path


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ("GET /v1/{settings.site}/me", None),
        (
            "GET /v1/{settings.sites}/me",
            "no setting that every account has when it is connected is named `sites`. Did you mean 'site'? Known: site",
        ),
        ("GET /v1/{settings.later}/me", "no setting that every account has when it is connected is named `later`. Known: site"),
        ("GET /v1/{settings.told}/me", "no setting that every account has when it is connected is named `told`. Known: site"),
        ("GET /v1/{id}", "the check has no record to take names from: expected a path without names, got `/v1/{id}`"),
    ],
)
def test_lint_knows_which_settings_there_are(folder, request_, problem):
    found = [one.message for one in lint(provider_with(folder, request_).path) if one.code == "P010"]
    assert found == ([] if problem is None else [problem])

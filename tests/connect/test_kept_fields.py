"""After a refusal the form keeps what is no secret, and nothing else, at every provider and with every kind of credentials."""

import pytest

from tests.world import catalog
from unified.service.connect import ProviderOffer
from unified.service.connect.offers import _kind
from unified.transport.auth import name_of, parts_of, rules_for
from unified.web.connect.consent import CREDENTIAL, SETTING, ConsentForm, build_consent


def forms():
    """Every form that a connect page can have: provider, kind, and the fields to fill in."""
    found = catalog()
    for name in found.providers():
        provider = found.provider(name)
        for kind in _kinds(provider):
            yield pytest.param(provider, kind, id=f"{name}-{kind.kind}")


def _kinds(provider):
    return [_kind(provider, name_of(rules)) for rules in provider.auth]


def filled(provider, kind):
    """The form after everything was entered and the product refused it."""
    settings = {name: rule for name, rule in provider.settings.items() if rule.learned is None}
    offer = ProviderOffer(name=provider.name, title=provider.title, docs="", settings=settings, kinds=(kind,), models=())
    values = {CREDENTIAL + name: f"entered-{name}" for name in kind.fields} | {SETTING + name: "entered" for name in settings}
    return build_consent(ConsentForm(provider=provider, offer=offer, kind=kind, values=values, problems={}, language="en"))


@pytest.mark.parametrize(("provider", "kind"), list(forms()))
def test_only_what_the_provider_file_calls_no_secret_is_sent_back(provider, kind):
    rules = rules_for(provider, kind.kind)
    parts = parts_of(rules)
    labels = getattr(rules, "labels", None)
    for field in filled(provider, kind).credentials:
        name = field.name.removeprefix(CREDENTIAL)
        is_public = not parts[name].secret if name in parts else name in (labels.not_secret if labels else ())
        assert field.value == (f"entered-{name}" if is_public and not field.has_lines else ""), name
        assert not (field.secret and field.value), name
    for field in filled(provider, kind).settings:
        assert field.value


def test_an_e_mail_address_stays_and_a_user_name_that_is_the_key_does_not():
    values = {}
    for name in ("zendesk", "bamboohr"):
        provider = catalog().provider(name)
        kind = next(one for one in _kinds(provider) if one.kind == "basic")
        values[name] = next(one.value for one in filled(provider, kind).credentials if one.name == f"{CREDENTIAL}username")
    assert values == {"zendesk": "entered-username", "bamboohr": ""}

"""How to connect an account: the part of a provider's page that is made from its kinds of credentials and its settings."""

from unified.authoring.reference_pages.tables import code, table
from unified.catalog.authentication import Auth, JwtBearer, OAuth2, Parts
from unified.catalog.provider import Provider, Setting
from unified.transport.account_settings import CONSENT

GUIDE = "../../connecting-accounts.md"
ME_GUIDE = "../../record-conditions.md#the-connected-user"
AUTH = {
    "oauth2": "OAuth 2",
    "client_credentials": "client credentials",
    "api_key": "API key",
    "basic": "basic",
    "bearer": "bearer",
    "parts": "several keys",
    "jwt_bearer": "signed assertion",
}
"""Auth type → what it is called."""
OPTIONS = {
    "client_credentials": "--client-id ID --client-secret SECRET",
    "api_key": "--key KEY",
    "basic": "--username NAME --password PASSWORD",
    "bearer": "--token TOKEN",
}
"""Auth type → the options of `unified accounts add`; with OAuth 2, a person consents in a browser."""


def kind_of(rules: Auth) -> str:
    """Return the type of one row of `auth`, such as `bearer`."""
    return str(rules.__struct_config__.tag)


def connecting(provider: Provider) -> str:
    """Return the section of the page."""
    said = (
        "An account has credentials of one kind; the best comes first.\n"
        f"[Connecting accounts]({GUIDE}) explains the ways to enter them."
    )
    kinds = [_kind(provider, one) for one in provider.auth]
    check = f"`{provider.check.request}` proves that credentials work.{_user(provider)}\n"
    return "\n".join([f"## Connect\n\n{said}\n", *kinds, *_settings(provider), f"### Check\n\n{check}"])


def _user(provider: Provider) -> str:
    if provider.check.user is None:
        return ""
    return f" It also reports the connected user, so that conditions can use [`$me`]({ME_GUIDE})."


def _kind(provider: Provider, rules: Auth) -> str:
    kind = kind_of(rules)
    name = AUTH[kind]
    labels = None if isinstance(rules, OAuth2) else rules.labels
    title = f"{labels.title} ({name})" if labels and labels.title and labels.title.lower() != name.lower() else name
    parts = [f"### {title[0].upper()}{title[1:]}\n"]
    if labels and labels.description:
        parts.append(f"{labels.description}.\n")
    fields = {name: one.title for name, one in rules.parts.items()} if isinstance(rules, Parts | JwtBearer) else {}
    fields |= labels.fields if labels else {}
    parts += [_fields(fields)] if fields else []
    parts.append(_oauth(provider, rules) if isinstance(rules, OAuth2) else _command(provider, _options(rules)))
    if scopes := getattr(rules, "scopes", {}):
        rows = ((f"`{row}`", code(theirs) or "none") for row, theirs in scopes.items())
        parts.append(table(("needed for", f"scopes at {provider.title}"), rows))
    return "\n".join(parts)


def _fields(fields: dict[str, str]) -> str:
    rows = ((f"`{name}`", title) for name, title in fields.items())
    return table(("credential", "its name there"), rows)


def _oauth(provider: Provider, rules: OAuth2) -> str:
    said = [f"Register an [OAuth app]({GUIDE}#oauth-apps) at {provider.title}."]
    said.append(f"People consent by [a connect link]({GUIDE}#create-a-link).")
    said.append("PKCE is used." if rules.pkce else "PKCE is not used.")
    if rules.rotates:
        said.append("A refresh token works once and is replaced.")
    if rules.base_url:
        said.append(f"Calls with these credentials go to `{rules.base_url}`.")
    return " ".join(said) + "\n"


def _options(rules: Auth) -> str:
    if not isinstance(rules, Parts | JwtBearer):
        return OPTIONS[kind_of(rules)]
    key = rules.key if isinstance(rules, JwtBearer) else None
    return " ".join(f"--part-file {name}=FILE" if name == key else f"--part {name}=VALUE" for name in rules.parts)


def _command(provider: Provider, options: str) -> str:
    needed = [
        name
        for name, one in provider.settings.items()
        if one.required and (one.learned is None or one.learned.source == CONSENT) and one.default is None
    ]
    settings = "".join(f" --setting {name}={provider.settings[name].example or 'VALUE'}" for name in needed)
    line = f"unified accounts add --provider {provider.name} --name NAME {options}{settings}"
    return f"```bash\n{line}\n```\n"


def _settings(provider: Provider) -> tuple[str, ...]:
    if not provider.settings:
        return ()
    columns = ("setting", "title", "meaning", "example", "entered")
    rows = ((f"`{name}`", one.title, one.description, _example(one), _entered(one)) for name, one in provider.settings.items())
    return (f"### Settings\n\n{table(columns, rows)}",)


def _example(setting: Setting) -> str:
    return code(setting.choices or (setting.example,)) if setting.choices or setting.example else ""


def _entered(setting: Setting) -> str:
    if setting.learned is not None:
        by = f"by the provider: {setting.learned.source}"
        return f"{by}; required without one" if setting.learned.source == CONSENT and setting.required else by
    if setting.default is not None:
        return f"`{setting.default}` unless another value is given"
    return "required" if setting.required else "optional"

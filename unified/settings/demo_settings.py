"""Settings for tests and demos, which a service that others can reach must not have."""

from unified.errors.configuration import ConfigurationError
from unified.errors.names import known_names
from unified.settings.settings import Settings
from unified.settings.urls import host_in_url, is_loopback


def refuse_demo_settings(settings: Settings) -> None:
    """Refuse settings of tests and demos in a service that others can reach.

    Anyone who can name an address, or answer at one, would receive what is meant for a provider.

    Raises:
        ConfigurationError: Such a setting is in use.
    """
    if settings.allow_loopback:
        reached = {"UNIFIED_PUBLIC_URL": settings.public_url, "UNIFIED_HOST": f"//{host_in_url(settings.host)}"}
        for name, address in reached.items():
            if address is not None and not is_loopback(address):
                raise ConfigurationError(
                    f"UNIFIED_ALLOW_LOOPBACK lets calls reach this machine, but {name} makes this service reachable by others: "
                    "leave UNIFIED_ALLOW_LOOPBACK out, or serve 127.0.0.1 or localhost only, for tests and sandboxes"
                )
    foreign = sorted(name for name, url in settings.provider_urls.items() if not is_loopback(url))
    if foreign:
        raise ConfigurationError(
            f"UNIFIED_PROVIDER_URLS sends the credentials of {known_names(foreign)} to another host than the provider's: it "
            "accepts only addresses on 127.0.0.1, [::1] or localhost, for tests and sandboxes. For a product that you host "
            "yourself, use the account's settings and UNIFIED_EGRESS_NETWORKS"
        )

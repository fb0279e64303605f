"""Messages of the home page."""

HOME: dict[str, str] = {
    "home.title": "Overview",
    "home.intro": "This needs attention.",
    "home.clear": "Nothing needs attention",
    "home.clear.note": "This page shows broken accounts, waiting approvals, failing webhooks and what expires soon, within "
    "the scope of your key.",
    "home.accounts": "Accounts that need to be reconnected",
    "home.accounts.more": "Show all of them",
    "home.apps": "OAuth apps that a product refuses",
    "home.apps.more": "Show all OAuth apps",
    "home.app.tenant": "Set the correct client secret. Its accounts then work again.",
    "home.app.installation": "The operator of this installation must correct it.",
    "home.webhooks": "Webhooks that fail",
    "home.webhooks.more": "Show all webhooks",
    "home.links": "Connect links that failed",
    "home.links.more": "Show all connect links",
    "home.approvals": "Writes that wait for your decision",
    "home.approvals.more": "Show all waiting writes",
    "home.approvals.silent": "The waiting writes could not be checked in time",
    "home.keys": "API keys that expire soon",
    "home.keys.more": "Show all API keys",
    "home.servers": "MCP servers that expire soon",
    "home.servers.more": "Show all MCP servers",
}

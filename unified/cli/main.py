"""The command `unified`: puts the groups together and shows every refusal of ours as one line, without a traceback."""

import re
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from unified.cli import (
    accounts,
    audit,
    cases,
    check,
    coverage,
    demo,
    docs,
    jsonata,
    keys,
    lint,
    map_record,
    master_keys,
    mcp,
    new,
    oauth_apps,
    review,
    sandbox,
    serve,
    tenants,
    try_sample,
    webhooks,
)
from unified.errors import CatalogError, ConfigurationError, UnifiedError

PROBLEMS, WRONG_USE = 1, 2
_IN_A_FILE = re.compile(r"[^:\n]+:\d+:\d+: ")


class Commands(TyperGroup):
    """A group whose refusals are one line on standard error, with the exit code that fits."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command; 1 for problems in data and records, 2 for a setting or name that cannot be used."""
        try:
            return super().invoke(ctx)
        except (CatalogError, ConfigurationError, UnifiedError) as problem:
            typer.echo(f"unified: {message_of(problem)}", err=True)
            raise typer.Exit(exit_code(problem)) from None


def message_of(problem: CatalogError | ConfigurationError | UnifiedError) -> str:
    """The refusal in one line, with the places that it names."""
    text = str(problem)
    if isinstance(problem, UnifiedError) and problem.errors:
        text += "".join(f" {one.pointer}: {one.message}." for one in problem.errors if one.message not in text)
    return text


def exit_code(problem: Exception) -> int:
    """2 when the command was used wrongly; 1 when what it looked at has a problem."""
    if isinstance(problem, ConfigurationError):
        return WRONG_USE
    if isinstance(problem, CatalogError):
        return PROBLEMS if _IN_A_FILE.match(str(problem)) else WRONG_USE
    return PROBLEMS


app = typer.Typer(
    name="unified",
    cls=Commands,
    help="One API over CRM, HRIS and ticketing products, mapped in flight, with nothing stored.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

SERVICE, AUTHORS, MANAGEMENT = "Run", "Write providers and mappings", "Manage"

app.command("demo", rich_help_panel=SERVICE)(demo.demo)
app.command("serve", rich_help_panel=SERVICE)(serve.serve)
app.command("sandbox", rich_help_panel=SERVICE)(sandbox.sandbox)
app.command("lint", rich_help_panel=AUTHORS)(lint.lint)
app.command("test", rich_help_panel=AUTHORS)(cases.run_cases)
app.command("map", rich_help_panel=AUTHORS)(map_record.map_record)
app.command("try", rich_help_panel=AUTHORS)(try_sample.try_sample)
app.command("review", rich_help_panel=AUTHORS)(review.review)
app.command("check", rich_help_panel=AUTHORS)(check.check)
app.command("coverage", rich_help_panel=AUTHORS)(coverage.coverage)
app.command("docs", hidden=True)(docs.docs)
app.add_typer(jsonata.app, name="jsonata", rich_help_panel=AUTHORS)
app.add_typer(new.app, name="new", rich_help_panel=AUTHORS)
app.add_typer(tenants.app, name="tenants", rich_help_panel=MANAGEMENT)
master_keys.add_to(keys.app)
app.add_typer(keys.app, name="keys", rich_help_panel=MANAGEMENT)
app.add_typer(accounts.app, name="accounts", rich_help_panel=MANAGEMENT)
app.add_typer(oauth_apps.app, name="oauth-apps", rich_help_panel=MANAGEMENT)
app.add_typer(mcp.app, name="mcp", rich_help_panel=MANAGEMENT)
app.add_typer(webhooks.app, name="webhooks", rich_help_panel=MANAGEMENT)
app.add_typer(audit.app, name="audit", rich_help_panel=MANAGEMENT)


def main() -> None:
    """Entry point of the installed command."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

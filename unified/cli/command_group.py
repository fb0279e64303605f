"""A group of commands that answers a command that does not exist with those that do."""

from typing import Any

from typer.core import TyperGroup

from unified.errors.names import did_you_mean, known_names

SAME = (
    {"add", "create", "make", "new", "set"},
    {"delete", "give-up", "remove", "revoke", "rm", "withdraw"},
    {"list", "ls", "show", "get"},
    {"edit", "set", "update", "change"},
    {"rotate", "renew"},
)
"""Words that mean the same to those who type them; similar letters do not make `rotate` of `create`."""


class Group(TyperGroup):
    """Commands under one name."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant, or end with the commands that there are."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            known = [one for one in self.list_commands(ctx) if not self.commands[one].hidden]
            ctx.fail(f"No such command '{name}'.{_meant(name, known)} Commands: {known_names(known)}")
        return super().resolve_command(ctx, args)


def _meant(name: str, known: list[str]) -> str:
    """Return a hint about the command that an unknown name may mean."""
    meant = [one for one in known if any({name, one} <= same for same in SAME)]
    if meant:
        return " Did you mean " + " or ".join(f"'{one}'" for one in meant) + "?"
    return "" if any(name in same for same in SAME) else did_you_mean(name, known)

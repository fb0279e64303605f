"""Upgrading the tables of a database with Alembic, which only a database that is not up to date needs."""

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Run every migration that the database lacks, on an open connection."""
    command.upgrade(migration_config(connection), "head")


def migration_config(connection: Connection) -> Config:
    """Return Alembic's configuration without a file, so that it works from an installed package."""
    config = Config()
    config.set_main_option("script_location", "unified.store:migrations")
    config.attributes["connection"] = connection
    return config

"""Run by Alembic: hands it the connection that `unified.store.engine.engine` opened."""

from alembic import context

from unified.store.engine.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()

"""The history of the tables, one file per step; run by `unified.store.engine.engine.migrate`."""

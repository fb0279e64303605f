"""The database itself: connections, tables, kinds of values and failures."""

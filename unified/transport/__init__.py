"""HTTP to providers: the only place from which requests leave, with credentials added last and responses bounded."""

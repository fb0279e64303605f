"""HTTP to providers: the only place where a request leaves, with credentials added last and answers bounded."""

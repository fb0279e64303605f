"""Work over the whole database: adoption, erasure, export and loss of keys."""

"""Keys, sealed text, secrets and tokens: the only place with cryptography."""

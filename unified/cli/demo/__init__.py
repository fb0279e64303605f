"""The demo: a service with stand-ins for providers, accounts and keys."""

"""Accounts of end users at providers, and the credentials that open them."""

"""End users' accounts at providers, and the credentials to use them."""

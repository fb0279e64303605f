"""Writing records: checks, plans, requests and what is answered."""

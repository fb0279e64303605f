"""The tiers of providers: what each needs, what is missing, and what a provider is exempt from."""

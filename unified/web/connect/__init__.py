"""The connect pages: an end user authorises an account, and comes back from the provider."""

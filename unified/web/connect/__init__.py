"""The connect pages: an end user authorises an account and returns from the provider."""

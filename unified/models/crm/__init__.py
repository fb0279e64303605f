"""The models of customer relations."""

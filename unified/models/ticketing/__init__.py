"""The models of ticketing."""

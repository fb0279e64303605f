"""The acceptance of speed: other contacts and another peer than `make bench` has, so that no change is tuned for those."""

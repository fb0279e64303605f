"""Where outbound requests may go: addresses, URLs, and the network they are sent through."""

"""Where outbound requests may go: addresses, URLs, and the network that they are sent through."""

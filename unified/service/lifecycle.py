"""Whether this process still takes requests: one flag that the server sets and `/ready` tells."""


class Lifecycle:
    """The state of one process; it only ever goes from serving to draining."""

    __slots__ = ("draining",)

    def __init__(self) -> None:
        self.draining = False

    def drain(self) -> None:
        """Tell load balancers to send nothing more: `/ready` answers 503 from now on, and connections are not kept."""
        self.draining = True

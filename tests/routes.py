"""The route tables of the service, read once from its handlers."""

from unified.api.routes import ROUTES
from unified.api.server import route_table
from unified.app.application import HANDLERS
from unified.web.routes import WEB_ROUTES

ROUTE_TABLE = route_table(HANDLERS)
"""Every route."""
API_TABLE = route_table(ROUTES)
"""Those of programs."""
WEB_TABLE = route_table(WEB_ROUTES)
"""Those of people, without the addresses that they share with programs."""

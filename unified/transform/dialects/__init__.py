"""The languages that providers have for conditions, by the name that a provider file gives under `dialect`."""

from unified.catalog.filter_rows import DialectName
from unified.transform.dialects.condition import Condition, Dialect, Kind
from unified.transform.dialects.graphql import GRAPHQL
from unified.transform.dialects.hubspot import HUBSPOT
from unified.transform.dialects.jql import JQL
from unified.transform.dialects.mongo import MONGO
from unified.transform.dialects.odata import ODATA
from unified.transform.dialects.query import QUERY
from unified.transform.dialects.soql import SOQL
from unified.transform.dialects.sysparm import SYSPARM
from unified.transform.dialects.zendesk import ZENDESK

DIALECTS: dict[DialectName, Dialect] = {
    "soql": SOQL,
    "jql": JQL,
    "zendesk": ZENDESK,
    "hubspot": HUBSPOT,
    "sysparm": SYSPARM,
    "odata": ODATA,
    "graphql": GRAPHQL,
    "mongo": MONGO,
    "query": QUERY,
}

__all__ = ["DIALECTS", "Condition", "Dialect", "Kind"]

"""The objects of customer service, in the form that the schema reads: cases, their comments and statuses, and queues."""

CASE_STATUSES = (
    ("New", False),
    ("Working", False),
    ("On Hold", False),
    ("Escalated", False),
    ("Third level", False),
    ("Closed", True),
    ("Merged", True),
)
"""API name, closed; two are the organization's own."""

CASE = """IsDeleted boolean r
ContactId reference >Contact
AccountId reference >Account
ParentId reference >Case
CaseNumber string r
Subject string 255
Description textarea
Status picklist =New|Working|On_Hold|Escalated|Third_level|Closed|Merged
Priority picklist =High|Medium|Low|Critical
Type picklist =Question|Problem|Feature_Request
Origin picklist =Phone|Email|Web
Reason picklist =Installation|Breakdown|Other
OwnerId reference >User|Group
IsClosed boolean r
IsEscalated boolean
ClosedDate datetime r
Product_Line__c picklist =Cranes|Trucks restricted
"""
COMMENT = """IsDeleted boolean r
ParentId reference ! c >Case
CommentBody textarea 4000
IsPublished boolean
"""
STATUS = "ApiName string\nMasterLabel string\nSortOrder int\nIsDefault boolean\nIsClosed boolean"
GROUP = "Name string\nDeveloperName string\nType picklist =Queue|Regular|Role\nEmail email"

OBJECTS = (
    ("Case", "500", CASE, True),
    ("CaseComment", "00a", COMMENT, True),
    ("CaseStatus", "0BJ", STATUS, False),
    ("Group", "00G", GROUP, False),
)
"""Name, the beginning of its ids, its fields besides the system's, whether it can be written."""

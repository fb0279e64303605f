"""The error tree: every error that the product reports, with its HTTP status and stable code.

Modules by subject: `error` (the base), `requests`, `access`, `writes`, `providers`, `service`; `configuration` for operators
and authors; `names` for messages about names; `tree` lists all errors of answers.

UnifiedError
├── MalformedRequest, UnknownVersion, InvalidCursor, InvalidId          400
├── ConnectFailed                                                       400
├── Unauthenticated                                                     401
├── Forbidden
│   ├── MethodNotAllowedByScope, OutsideTags, OutsideModels             403
│   ├── OutsideAccounts, OutsideResources, OutsideConsent, FieldHidden  403
│   ├── WritesDenied, FormRefused, ScopeExceedsParent, ProviderForbidden 403
│   ├── OriginRefused, ForbiddenByPolicy                                403
│   └── LimitUsedUp, TenantSuspended, Paused, OutsideHours              403
├── NotFound, UnknownTool 404, MethodNotAllowed 405, NotAcceptable 406, RequestTimeout 408
├── Conflict 409 (ApprovalStale 409, VersionConflict 412)
├── IdempotencyInProgress, OutcomeUnknown                               409
├── Gone 410, TooLarge 413, UnsupportedMediaType 415, HostRefused 421
├── Unprocessable
│   ├── ValidationFailed, UnsupportedFilter, UnsupportedField, ScanLimit 422
│   └── ReadOnlyField, ProviderValidation, IdempotencyMismatch, EmptyScope
├── ConnectionUnauthorized 424
├── RateLimited (LimitReached, LoopStopped), ProviderRateLimited        429
├── Internal 500, NotSupported 501
├── ProviderFailure
│   ├── ProviderError, ProviderMalformed, MappingFailed, UpstreamTooLarge 502
│   └── DestinationRefused                                              502
├── Overloaded, OAuthAppInvalid, ProviderDisabled, CircuitOpen           503
└── ProviderTimeout 504
CatalogError (a KeyError: an unknown provider, model or mapping; or an invalid data file)
ConfigurationError (an invalid setting)

A message never carries provider data or a secret: it says where the problem is, what was expected and what to do.
"""

CREATE TABLE public.accounts (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    provider character varying NOT NULL,
    name character varying NOT NULL,
    external_id character varying,
    settings json NOT NULL,
    status character varying NOT NULL,
    status_reason character varying,
    credentials text,
    credentials_type character varying,
    credentials_masked character varying,
    credentials_expires_at bigint,
    version integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    credentials_issued_at bigint,
    credentials_version integer DEFAULT 0 NOT NULL,
    credentials_refreshable boolean DEFAULT false NOT NULL,
    refresh_lease character varying,
    refresh_lease_until bigint,
    refresh_unfinished integer DEFAULT 0 NOT NULL,
    refresh_not_before bigint,
    resources json,
    connections integer DEFAULT 1 NOT NULL
);
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.api_keys (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    name character varying NOT NULL,
    role character varying NOT NULL,
    scope json,
    digest bytea NOT NULL,
    last4 character varying NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);
CREATE TABLE public.approvals (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    account_id character varying NOT NULL,
    connections integer NOT NULL,
    requested_by character varying NOT NULL,
    key_id character varying,
    tool character varying,
    method character varying NOT NULL,
    model character varying NOT NULL,
    summary character varying NOT NULL,
    digest character varying NOT NULL,
    scope_digest character varying NOT NULL,
    mapping_digest character varying NOT NULL,
    payload text,
    status character varying NOT NULL,
    status_reason character varying,
    result_id character varying,
    decided_by character varying,
    decided_at bigint,
    execute_until bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.audit (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    seq bigint NOT NULL,
    created_at bigint NOT NULL,
    actor character varying NOT NULL,
    kind character varying NOT NULL,
    tool character varying,
    method character varying,
    model character varying,
    account_id character varying,
    target character varying,
    decision character varying NOT NULL,
    reason character varying,
    status integer,
    digest character varying,
    hash bytea NOT NULL,
    server character varying
);
CREATE TABLE public.audit_heads (
    tenant_id character varying NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE public.connect_links (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    digest bytea NOT NULL,
    provider character varying,
    reconnects character varying,
    name character varying,
    external_id character varying,
    return_url character varying,
    status character varying NOT NULL,
    status_reason character varying,
    account_id character varying,
    browser bytea,
    state bytea,
    attempt text,
    attempt_expires_at bigint,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.deliveries (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    webhook_id character varying NOT NULL,
    event character varying NOT NULL,
    payload text NOT NULL,
    status character varying NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at bigint,
    lease_until bigint,
    last_status integer,
    last_error character varying,
    created_at bigint NOT NULL,
    delivered_at bigint
);
CREATE TABLE public.idempotency (
    tenant_id character varying NOT NULL,
    account_id character varying NOT NULL,
    key_digest bytea NOT NULL,
    request_digest bytea NOT NULL,
    model character varying NOT NULL,
    operation character varying NOT NULL,
    status character varying NOT NULL,
    http_status integer,
    remote_id character varying,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.mcp_servers (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    name character varying NOT NULL,
    config json NOT NULL,
    scope json NOT NULL,
    limits json,
    made_by character varying,
    require_api_token_auth boolean NOT NULL,
    digest bytea NOT NULL,
    last4 character varying NOT NULL,
    version integer NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    revoked_at bigint,
    last_used_at bigint
);
CREATE TABLE public.oauth_apps (
    tenant_id character varying NOT NULL,
    provider character varying NOT NULL,
    client text NOT NULL,
    client_id_masked character varying NOT NULL,
    client_secret_masked character varying NOT NULL,
    scopes json,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
CREATE TABLE public.sessions (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    key_id character varying NOT NULL,
    digest bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.tenants (
    id character varying NOT NULL,
    name character varying NOT NULL,
    created_at bigint NOT NULL,
    return_origins json
);
CREATE TABLE public.webhooks (
    id character varying NOT NULL,
    tenant_id character varying NOT NULL,
    url character varying NOT NULL,
    events json NOT NULL,
    status character varying NOT NULL,
    status_reason character varying,
    secret text NOT NULL,
    secret_masked character varying NOT NULL,
    previous_secret text,
    previous_until bigint,
    failing_since bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);
INSERT INTO public.accounts VALUES ('acc_v2Mz0BvS37vq7f8R0UacqU', 'ten_USWtrpfCUptkhlm84xskpQ', 'hubspot', 'Acme hubspot', NULL, '{"portal_id": "48200117", "custom_properties": "shoe_size,loyalty_tier,newsletter,account_tier,contract_months"}', 'active', NULL, 'v1.k7f2a4367.ohseqbdhcZR3mINU.QqimlJCqminuDyaK7gdunOHD-OIvfYSY56TSW6VBimucIG0Xw9FFa_yMznHaRFoyzzmlKnQrulQ7EkuM-8w0h357QYJD06gv0-p9UkLRDDBk1Bb_1Q66mX2aLLhwwOb-uzHqNchBPVrFU3xKUA', 'oauth2', '…cess', NULL, 1, 1795971550840288, 1795971550840288, 1795971550840288, 1, true, NULL, NULL, 0, NULL, NULL, 1);
INSERT INTO public.accounts VALUES ('acc_ou2jmSbW7e93XjdCyiOoQL', 'ten_USWtrpfCUptkhlm84xskpQ', 'jira', 'Acme jira', NULL, '{"site": "demo"}', 'active', NULL, 'v1.k7f2a4367.eO7oUNWVIDxaG5XW.bPeilJTHisQJ8uG41soIjmTwtR6xj7iGjtua1LAoQBmZ8PMin_EI8fLHWz4sXLVp_un4cudVvlJ_UUi8cEGDnAsd9vlaVvRliuDvrnmURdbKz5-K7rf0kzrxMNndEu4', 'basic', '…oken', NULL, 1, 1795971550903676, 1795971550903676, 1795971550903676, 1, false, NULL, NULL, 0, NULL, NULL, 1);
INSERT INTO public.accounts VALUES ('acc_KqNv9JxEYMCm1KmJzqrHG3', 'ten_USWtrpfCUptkhlm84xskpQ', 'zendesk', 'Acme zendesk', NULL, '{"subdomain": "demo"}', 'active', NULL, 'v1.k7f2a4367.Hh_CPm0kYH9AEolN.ZZhATrvJBvSSym7kK1SXjzikFtAY9D55RrDFz92FsOGy3BvSvL5SBgvLz1K7ItKEycvXRNy6s-ngvZAKnVfX59tzK8ZqhUMgpmwbAhhBspgromHfITk8ONsBeL97v4CJIuDYzBiHcJMw8voDBg', 'oauth2', '…cess', NULL, 1, 1795971550934043, 1795971550934043, 1795971550934043, 1, true, NULL, NULL, 0, NULL, NULL, 1);
INSERT INTO public.alembic_version VALUES ('0003');
INSERT INTO public.api_keys VALUES ('key_q8SeuyTlDVmf3VnYTpgGz1', 'ten_USWtrpfCUptkhlm84xskpQ', 'revoked', 'app', '{"methods": ["read", "write"], "fields": {"hide": [], "show": []}}', '\x28a49adc9e0216f2df3a188283d1630d8f3150049a91930e186895dc9a43407f', 'SjLj', 1795971551073791, NULL, 1795971551098422, NULL);
INSERT INTO public.api_keys VALUES ('key_iz3pvP0v5EenEmHiuvb9FM', 'ten_USWtrpfCUptkhlm84xskpQ', 'writer', 'app', '{"methods": ["read", "write"], "fields": {"hide": [], "show": []}}', '\x597da402a42baf323b7de07c17de73c6c1e6464a645b946909d6ac803755aa4c', 'LCR5', 1795971551051221, NULL, NULL, 1795971551174239);
INSERT INTO public.api_keys VALUES ('key_an2NP9H1IIb0zIAH64C7mB', 'ten_USWtrpfCUptkhlm84xskpQ', 'asker', 'app', '{"methods": ["read", "write", "custom"], "fields": {"hide": [], "show": []}, "writes": "approve"}', '\x0caf449eaa870f2efc649f2bf422b3b2e1c824afe1f2dec1da01f8fd7308502f', 'W0J3', 1795971551006198, NULL, NULL, 1795971551474985);
INSERT INTO public.api_keys VALUES ('key_VA4I9OpSNVacNbgEDPvf2C', 'ten_USWtrpfCUptkhlm84xskpQ', 'approver', 'approver', NULL, '\x037149f4460a682ac394386fe659f83ec0f03a9d9ef9e0f85c50c553224eaafe', 'lUln', 1795971550989667, NULL, NULL, 1795971551629241);
INSERT INTO public.api_keys VALUES ('key_We84j1vfehkeLEUE1ZmRSt', 'ten_USWtrpfCUptkhlm84xskpQ', 'admin', 'admin', NULL, '\x278562a178d1c3062e2b278b4892b0317dbd204f38a55e90d6eb2a9a4fa6e8d9', 'JBlr', 1795971550969859, NULL, NULL, 1795971551983275);
INSERT INTO public.api_keys VALUES ('key_U5pgaKef2XSwrPNWuWkxx5', 'ten_GwO3KeuGGVI9uwtL5MTjYw', 'stranger', 'approver', NULL, '\x69fe94f7686ef67f87da2242b542472e0f68fce58e62a2017b5e0924d092a90f', 'po45', 1795971551039094, NULL, NULL, 1795971552174606);
INSERT INTO public.approvals VALUES ('apr_Ta8qGXQBJJ8wcyUJeWLtW2', 'ten_USWtrpfCUptkhlm84xskpQ', 'acc_v2Mz0BvS37vq7f8R0UacqU', 1, 'key_an2NP9H1IIb0zIAH64C7mB', NULL, NULL, 'create', 'crm.contacts', 'Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)', 'sha256:30c7be2fb82d7e3bf8015e2d4121336135adf73ba5b6984e57ba44c5023a992e', '274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72', '22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52', 'v1.k7f2a4367.Wh8w9A1R_yRzAdQA.ylTuxF1xkDm2lmNqlr_9JpQqP7bVeiTMlJ4rhQ3Jk4U7Gxozpm6CA-VZEwLLo3ssATXap4m7eU59GpwTwenBXWwcwtBOMfbRKpkAb27MCY2RvV-HYPEQve1X_cShCFZyUkc9_rTK0l2YNm6Bt_oPmeyEP_2o4wZJ2DLFOzZdS7NhCSLL-P8pXF1iLKxvIiMVIXjefVNRdz06fom2R6Av1FOe8FZqGD4OxVnNmSZlrqMHpvf8xFKPC48_Dj9Gnntld1rv3JikGsAqTVsRkQKWxjdhRtWSN2xJuLg5bjFiS8TN47nQkQVgE-W6IkISIpFhaQ4FjLCzMo5l2NdRCtHqxRB5FKh41plTEHn7lrgQJBRZb8UNGBkRc-LPgfBHkF8VrXKbrQJywz6RwbHc2VddiSGluwyRq5xLuovDkrD_87fUo24rM1WDPYbHU75Xtfa3-bdHBi8fiTMN5PuY7gsROe0jRQis3hVnZRaqZXiLONvsEc-o7r2GRQ3UNZO4Uxqve_ubZHsLRJ9gCAJ92LlTS5Lm6GaTjY5anf8cf6C8l_3keA', 'pending', NULL, NULL, NULL, NULL, NULL, 1795971551505181, 1795975151505181);
INSERT INTO public.approvals VALUES ('apr_sjZ3GhPkhxgWId08ipK1Pb', 'ten_USWtrpfCUptkhlm84xskpQ', 'acc_v2Mz0BvS37vq7f8R0UacqU', 1, 'key_an2NP9H1IIb0zIAH64C7mB', NULL, NULL, 'create', 'crm.contacts', 'Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)', 'sha256:39ed2ed4d33d1a2955f1806bb25b32b13048cde0f82c27832b55e6833e7465f3', '274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72', '22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52', NULL, 'executed', NULL, '61200036057', 'key_VA4I9OpSNVacNbgEDPvf2C', 1795971551817353, NULL, 1795971551539947, 1795975151539947);
INSERT INTO public.approvals VALUES ('apr_BpAf9xsjzC5tbeSK8QzwSZ', 'ten_USWtrpfCUptkhlm84xskpQ', 'acc_v2Mz0BvS37vq7f8R0UacqU', 1, 'key_an2NP9H1IIb0zIAH64C7mB', NULL, NULL, 'create', 'crm.contacts', 'Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)', 'sha256:73e0de0294bfafcf99d226eea8c5c40b075e9d6f948146f68b0ce546625a7acb', '274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72', '22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52', NULL, 'declined', NULL, NULL, 'key_VA4I9OpSNVacNbgEDPvf2C', 1795971551945408, NULL, 1795971551571439, 1795975151571439);
INSERT INTO public.audit VALUES ('aud_cf0a8184cefc617e85b59eea15510360', 'ten_USWtrpfCUptkhlm84xskpQ', 1, 1795971551399927, 'key_iz3pvP0v5EenEmHiuvb9FM', 'call', NULL, 'list', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, 200, 'hmac-sha256:k7f2a4367:a7bae31315d3d36df495753dd84768b587182e4bde3779e4078b7f24c691b6bb', '\x2c539c63ac6dccbe38610963f470d2e363a9932624006fb86618faffcd99605e', NULL);
INSERT INTO public.audit VALUES ('aud_ddcd90a1d0af5d1ca36195f70af284e5', 'ten_USWtrpfCUptkhlm84xskpQ', 2, 1795971551442246, 'key_iz3pvP0v5EenEmHiuvb9FM', 'call', NULL, 'create', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, 200, 'hmac-sha256:k7f2a4367:e03c1363e2dc5290a741f1b03909fe9d4ea14819f43025c106e6bff4a3cea03a', '\x576a54bbd642a92f4781af01139aa0b689047f673ea5d9b911983c877cecb7b2', NULL);
INSERT INTO public.audit VALUES ('aud_08642427266611da2b72134be5014a85', 'ten_USWtrpfCUptkhlm84xskpQ', 3, 1795971551538403, 'key_an2NP9H1IIb0zIAH64C7mB', 'management', NULL, 'create', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', 'apr_Ta8qGXQBJJ8wcyUJeWLtW2', 'allowed', 'approval_required', NULL, 'sha256:30c7be2fb82d7e3bf8015e2d4121336135adf73ba5b6984e57ba44c5023a992e', '\xa49123292c4670c636afa90ead12c02a69f10b5628396cdfe8aa4418b3bba3b8', NULL);
INSERT INTO public.audit VALUES ('aud_1578ce7f1658826a36e119cc243fb5db', 'ten_USWtrpfCUptkhlm84xskpQ', 4, 1795971551569849, 'key_an2NP9H1IIb0zIAH64C7mB', 'management', NULL, 'create', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', 'apr_sjZ3GhPkhxgWId08ipK1Pb', 'allowed', 'approval_required', NULL, 'sha256:39ed2ed4d33d1a2955f1806bb25b32b13048cde0f82c27832b55e6833e7465f3', '\x2215725b5fed50226c6aae40f7f40d9ea144355656ffe583a1187b2e0ef7ffe4', NULL);
INSERT INTO public.audit VALUES ('aud_0ba63d934b13988697264c7a21d43cba', 'ten_USWtrpfCUptkhlm84xskpQ', 5, 1795971551609325, 'key_an2NP9H1IIb0zIAH64C7mB', 'management', NULL, 'create', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', 'apr_BpAf9xsjzC5tbeSK8QzwSZ', 'allowed', 'approval_required', NULL, 'sha256:73e0de0294bfafcf99d226eea8c5c40b075e9d6f948146f68b0ce546625a7acb', '\x0bda4827dfc9eaafef5b682b5e823233ac7738db7cf1723a249d513493222809', NULL);
INSERT INTO public.audit VALUES ('aud_133247e77e15783c16ee7f08ef6a8068', 'ten_USWtrpfCUptkhlm84xskpQ', 6, 1795971551762768, 'key_VA4I9OpSNVacNbgEDPvf2C', 'call', NULL, 'get', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:747004275acd44d0af42c0ee231e5c8609ea8c3d6797fb0efea39b5372fd2d47', '\x6faa18210c0cdff5f48e0c8a9282131ba2f7f6c06809770d192d9bce2f301d50', NULL);
INSERT INTO public.audit VALUES ('aud_910f5b4db350d7d71a3479b5078d6f41', 'ten_USWtrpfCUptkhlm84xskpQ', 7, 1795971551859672, 'key_VA4I9OpSNVacNbgEDPvf2C', 'management', NULL, 'POST /approvals/{id}/approve', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', 'apr_sjZ3GhPkhxgWId08ipK1Pb', 'allowed', NULL, NULL, 'sha256:39ed2ed4d33d1a2955f1806bb25b32b13048cde0f82c27832b55e6833e7465f3', '\x3c6e5e98e3f45cae38bc7dd7969756bb34f1199fe29dcffc5ed25fcf7eb9dada', NULL);
INSERT INTO public.audit VALUES ('aud_b14d3ca260042d8030905eab90dcf566', 'ten_USWtrpfCUptkhlm84xskpQ', 8, 1795971551859672, 'key_VA4I9OpSNVacNbgEDPvf2C', 'call', NULL, 'create', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, 201, 'sha256:39ed2ed4d33d1a2955f1806bb25b32b13048cde0f82c27832b55e6833e7465f3', '\xa990b04b75a80a57ea0fba6ec9bc586d7f23b87d138bbbc04f0ee9790597ddbc', NULL);
INSERT INTO public.audit VALUES ('aud_ee99111e7238dab4bc19ba21d8c74675', 'ten_USWtrpfCUptkhlm84xskpQ', 9, 1795971551929778, 'key_VA4I9OpSNVacNbgEDPvf2C', 'call', NULL, 'get', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:c0e6ac97247958a88a092fb9bde22d4dd761f023f86271bfd46c982ce5f2b837', '\x2775f7e88977923729945693236e8fa716fbc9f6392479a82e4f8a9be73d176c', NULL);
INSERT INTO public.audit VALUES ('aud_3f39bfbe1772c87e5f5da838d6f1f328', 'ten_USWtrpfCUptkhlm84xskpQ', 10, 1795971551967687, 'key_VA4I9OpSNVacNbgEDPvf2C', 'management', NULL, 'POST /approvals/{id}/decline', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', 'apr_BpAf9xsjzC5tbeSK8QzwSZ', 'allowed', NULL, NULL, 'sha256:73e0de0294bfafcf99d226eea8c5c40b075e9d6f948146f68b0ce546625a7acb', '\x931330a446b674343a0c26926c06ab8b887f7d4e9051cdf85f3fd5e33484ecfd', NULL);
INSERT INTO public.audit VALUES ('aud_926ff741546ceaee84538ec0712558a8', 'ten_USWtrpfCUptkhlm84xskpQ', 11, 1795971552105416, 'key_We84j1vfehkeLEUE1ZmRSt', 'management', NULL, 'POST /mcp-servers', NULL, NULL, 'mcp_BtHyBfOeN071x1ivkIAsYA', 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:64a4fe57f79cf2641038e61545ba62257e7c994d45aadf80355c0c3f559f4219', '\xaa28b0ee48cb6fcd2b7a3d9de483a779dd24cb91b319e406fe6bcb4aa0c09878', NULL);
INSERT INTO public.audit VALUES ('aud_2b519f48d6ddb2c687675cc52c03a31a', 'ten_USWtrpfCUptkhlm84xskpQ', 12, 1795971552145556, 'key_We84j1vfehkeLEUE1ZmRSt', 'management', NULL, 'POST /webhooks', NULL, NULL, 'whk_jnLILA62AGQR36Dddo3XGG', 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:ce3a9c89170fc5acd1ac8d81c37fcc2c51e8b9bf306f27d4b2d99add7cc069d8', '\x7cf16f49014dfc561eb760432ca55dd9e18160e7d4ac3ce47e01ed79721568f7', NULL);
INSERT INTO public.audit VALUES ('aud_df4d494380309dcd8c137ea8ae633d97', 'ten_USWtrpfCUptkhlm84xskpQ', 13, 1795971552169539, 'key_We84j1vfehkeLEUE1ZmRSt', 'management', NULL, 'POST /connect', NULL, NULL, 'con_vCfAaxTW6JE9XaSbbKofb9', 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:3b7e46485150fcd7b6277c3cbe8b60375831b015fc41d5051a79d632c3d9013b', '\xa02a3587f554cf7b64cf92d893a13f7b612d29b4355f4838d88019ae753db7be', NULL);
INSERT INTO public.audit VALUES ('aud_9c589f580b952186e5bf1382ea270448', 'ten_GwO3KeuGGVI9uwtL5MTjYw', 1, 1795971552183820, 'key_U5pgaKef2XSwrPNWuWkxx5', 'refusal', NULL, 'POST /{category}/{model}', NULL, NULL, NULL, 'denied', 'method_not_allowed_by_scope', NULL, 'hmac-sha256:k7f2a4367:06b6526747c4e85ee67e1bc01c3ef50e401eee8ed27d8faf6a61aa8a8ea41229', '\x643446d0eb8614811ed968ebf24136dcb675537d94f7187ec4f84c364d16c38a', NULL);
INSERT INTO public.audit VALUES ('aud_5e1d190a1e77b592e02e8ff18778efb7', 'ten_USWtrpfCUptkhlm84xskpQ', 14, 1795971552297184, 'key_VA4I9OpSNVacNbgEDPvf2C', 'call', NULL, 'get', 'crm.contacts', 'acc_v2Mz0BvS37vq7f8R0UacqU', NULL, 'allowed', NULL, NULL, 'hmac-sha256:k7f2a4367:88ec45fd842988f27e2e31d9d5f6a46a1181db833754963d2e0cd32caf6a2dd5', '\xe67f3a6fa6bba364dccf117ce3c0d40419804bfc85fbbe317e767e3a9c0e209d', NULL);
INSERT INTO public.audit_heads VALUES ('ten_GwO3KeuGGVI9uwtL5MTjYw', 1, '\x643446d0eb8614811ed968ebf24136dcb675537d94f7187ec4f84c364d16c38a');
INSERT INTO public.audit_heads VALUES ('ten_USWtrpfCUptkhlm84xskpQ', 14, '\xe67f3a6fa6bba364dccf117ce3c0d40419804bfc85fbbe317e767e3a9c0e209d');
INSERT INTO public.connect_links VALUES ('con_vCfAaxTW6JE9XaSbbKofb9', 'ten_USWtrpfCUptkhlm84xskpQ', '\xb4364dc7d9a4d4d55368d0b2d2be1bd226efd94e022c397cf3ae132dd53154a3', 'hubspot', NULL, NULL, NULL, NULL, 'open', NULL, NULL, NULL, NULL, NULL, NULL, 1795971552147368, 1795975152147359);
INSERT INTO public.mcp_servers VALUES ('mcp_BtHyBfOeN071x1ivkIAsYA', 'ten_USWtrpfCUptkhlm84xskpQ', 'agent', '{"methods": ["read"], "writes": "deny"}', '{"accounts": ["acc_v2Mz0BvS37vq7f8R0UacqU"], "methods": ["read"], "fields": {"hide": [], "show": [], "classes": ["none", "personal"]}, "writes": "deny"}', '{"methods": ["read", "write", "custom"], "fields": {"hide": [], "show": [], "classes": ["none", "personal", "sensitive", "secret"]}, "writes": "direct"}', 'key_We84j1vfehkeLEUE1ZmRSt', true, '\x967b261cf34e52944d9ccba163e4b85fe9004399abfbcdebbd1e4ceeabe968be', 'iJP4', 1, 1795971552085852, 1795971552085852, 1796057951995113, NULL, NULL);
INSERT INTO public.tenants VALUES ('ten_USWtrpfCUptkhlm84xskpQ', 'ours', 1795971550020644, NULL);
INSERT INTO public.tenants VALUES ('ten_GwO3KeuGGVI9uwtL5MTjYw', 'theirs', 1795971550059499, NULL);
INSERT INTO public.webhooks VALUES ('whk_jnLILA62AGQR36Dddo3XGG', 'ten_USWtrpfCUptkhlm84xskpQ', 'https://hooks.example.com/unified', '["account.needs_reauth"]', 'active', NULL, 'v1.k7f2a4367.EPhhCeNGXhY3Y-Qi.QW57ZOzWc5ClQwIazr2J48D23rPWbf4GLzsWfU0jn3z_r4cFuI0b2STtVpcUdvilj5qNOHoQx7oE1RHI6eD_yiFC', '…KO4=', NULL, NULL, NULL, 1795971552106939, 1795971552106939);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT pk_accounts PRIMARY KEY (id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT pk_api_keys PRIMARY KEY (id);
ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT pk_approvals PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT pk_audit_heads PRIMARY KEY (tenant_id);
ALTER TABLE ONLY public.connect_links
    ADD CONSTRAINT pk_connect_links PRIMARY KEY (id);
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT pk_deliveries PRIMARY KEY (id);
ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT pk_idempotency PRIMARY KEY (tenant_id, account_id, key_digest);
ALTER TABLE ONLY public.mcp_servers
    ADD CONSTRAINT pk_mcp_servers PRIMARY KEY (id);
ALTER TABLE ONLY public.oauth_apps
    ADD CONSTRAINT pk_oauth_apps PRIMARY KEY (tenant_id, provider);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT pk_tenants PRIMARY KEY (id);
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT pk_webhooks PRIMARY KEY (id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT uq_accounts_tenant_id_id UNIQUE (tenant_id, id);
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT uq_api_keys_digest UNIQUE (digest);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT uq_audit_tenant_id_seq UNIQUE (tenant_id, seq);
ALTER TABLE ONLY public.connect_links
    ADD CONSTRAINT uq_connect_links_state UNIQUE (state);
ALTER TABLE ONLY public.mcp_servers
    ADD CONSTRAINT uq_mcp_servers_digest UNIQUE (digest);
ALTER TABLE ONLY public.mcp_servers
    ADD CONSTRAINT uq_mcp_servers_tenant_id_id UNIQUE (tenant_id, id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT uq_sessions_digest UNIQUE (digest);
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT uq_webhooks_tenant_id_id UNIQUE (tenant_id, id);
CREATE INDEX ix_accounts_status_credentials_expires_at ON public.accounts USING btree (status, credentials_expires_at);
CREATE INDEX ix_accounts_tenant_id_created_at_id ON public.accounts USING btree (tenant_id, created_at, id);
CREATE INDEX ix_accounts_tenant_id_external_id ON public.accounts USING btree (tenant_id, external_id);
CREATE INDEX ix_api_keys_tenant_id_created_at_id ON public.api_keys USING btree (tenant_id, created_at, id);
CREATE INDEX ix_approvals_status_expires_at ON public.approvals USING btree (status, expires_at);
CREATE INDEX ix_approvals_tenant_id_created_at_id ON public.approvals USING btree (tenant_id, created_at, id);
CREATE INDEX ix_audit_tenant_id_created_at_id ON public.audit USING btree (tenant_id, created_at, id);
CREATE INDEX ix_connect_links_expires_at ON public.connect_links USING btree (expires_at);
CREATE INDEX ix_deliveries_status_next_attempt_at ON public.deliveries USING btree (status, next_attempt_at);
CREATE INDEX ix_deliveries_tenant_id_webhook_id_created_at_id ON public.deliveries USING btree (tenant_id, webhook_id, created_at, id);
CREATE INDEX ix_idempotency_expires_at ON public.idempotency USING btree (expires_at);
CREATE INDEX ix_mcp_servers_tenant_id_created_at_id ON public.mcp_servers USING btree (tenant_id, created_at, id);
CREATE INDEX ix_sessions_expires_at ON public.sessions USING btree (expires_at);
CREATE INDEX ix_webhooks_tenant_id_created_at_id ON public.webhooks USING btree (tenant_id, created_at, id);
ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT fk_accounts_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT fk_api_keys_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.approvals
    ADD CONSTRAINT fk_approvals_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT fk_audit_heads_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT fk_audit_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.connect_links
    ADD CONSTRAINT fk_connect_links_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT fk_deliveries_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT fk_deliveries_webhooks FOREIGN KEY (tenant_id, webhook_id) REFERENCES public.webhooks(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT fk_idempotency_accounts FOREIGN KEY (tenant_id, account_id) REFERENCES public.accounts(tenant_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mcp_servers
    ADD CONSTRAINT fk_mcp_servers_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.oauth_apps
    ADD CONSTRAINT fk_oauth_apps_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_api_keys FOREIGN KEY (key_id) REFERENCES public.api_keys(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT fk_webhooks_tenants FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE;

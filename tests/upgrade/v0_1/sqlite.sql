BEGIN TRANSACTION;
CREATE TABLE accounts (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	provider VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	external_id VARCHAR, 
	settings JSON NOT NULL, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	credentials TEXT, 
	credentials_type VARCHAR, 
	credentials_masked VARCHAR, 
	credentials_expires_at BIGINT, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, credentials_issued_at BIGINT, credentials_version INTEGER DEFAULT '0' NOT NULL, credentials_refreshable BOOLEAN DEFAULT 0 NOT NULL, refresh_lease VARCHAR, refresh_lease_until BIGINT, refresh_unfinished INTEGER DEFAULT '0' NOT NULL, refresh_not_before BIGINT, resources JSON, connections INTEGER DEFAULT '1' NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (id), 
	CONSTRAINT uq_accounts_tenant_id_id UNIQUE (tenant_id, id), 
	CONSTRAINT fk_accounts_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "accounts" VALUES('acc_mIoAtBVykACnleGrbVlxEK','ten_hVUMJxW1bar3xYAdfiM6LQ','hubspot','Acme hubspot',NULL,'{"portal_id": "48200117", "custom_properties": "shoe_size,loyalty_tier,newsletter,account_tier,contract_months"}','active',NULL,'v1.kc0cda830.fA-jhKWjz5EcIXpU.YOeC3pW_fKJ80diA15vyKZ4QhE2-GJEOiE0wUylchxO4bymApw2gygaVQEq5QI6RLQcdl32Lj-dLyoApMW8jbzhL6knc6gEKKwISfn2gsAaOMwtuXnKoEp17_fdo5DcGX4LXVr8UgMgKbL_BHA','oauth2','…cess',NULL,1,1795971537864073,1795971537864073,1795971537864073,1,1,NULL,NULL,0,NULL,NULL,1);
INSERT INTO "accounts" VALUES('acc_m7T18Y0CJFn3IL00Vcf8b2','ten_hVUMJxW1bar3xYAdfiM6LQ','jira','Acme jira',NULL,'{"site": "demo"}','active',NULL,'v1.kc0cda830.GMIktlUdTCR-xSTZ.pj-BNxmqOnXYq6R73_uiEpgA-2HL3zNyIoFS7zGI7RjXkX1EOVpcVLO4PpGr_HH8Dja8momw9f5bfoDvu6dTlH6jbXP0rRAC26-f2-f_zQw-hoMIGDYmJVko88_gJnE','basic','…oken',NULL,1,1795971537886139,1795971537886139,1795971537886139,1,0,NULL,NULL,0,NULL,NULL,1);
INSERT INTO "accounts" VALUES('acc_TAx3rwz4pECkLuWPokYkXc','ten_hVUMJxW1bar3xYAdfiM6LQ','zendesk','Acme zendesk',NULL,'{"subdomain": "demo"}','active',NULL,'v1.kc0cda830.7E0HgkwK8uYBMSQF.hlqqBFTmgLYxKKfjr63W-i4XYu0oIgGanOeUTEgeAxd45JkSxdSLuuov3Aw2aDHXqS4pMfAFTBG2qfcKzQnJYE4uuT5BAZ-Vgl2GUaXafct8G-Ez52AYo7Wmdwl-AGBf642ZqL4bSixDWyA5_Q','oauth2','…cess',NULL,1,1795971537891364,1795971537891364,1795971537891364,1,1,NULL,NULL,0,NULL,NULL,1);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE api_keys (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	scope JSON, 
	digest BLOB NOT NULL, 
	last4 VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	revoked_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id), 
	CONSTRAINT uq_api_keys_digest UNIQUE (digest), 
	CONSTRAINT fk_api_keys_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "api_keys" VALUES('key_HcM8LWf1UHjVReHLE9o3Ft','ten_hVUMJxW1bar3xYAdfiM6LQ','admin','admin',NULL,X'F578669BED192C3C849F5449B61E46BE43BBFB9591B24FAE441DB716E3E8595D','tCB3',1795971537898373,NULL,NULL,1795971538426054);
INSERT INTO "api_keys" VALUES('key_3cUZbkyDjPUdZTuSxUvGb0','ten_hVUMJxW1bar3xYAdfiM6LQ','approver','approver',NULL,X'7D54CA2814D87158E9A1BDC076ADB7A0E10BF950EDB7C9507DB445AE6EC7138E','1B44',1795971537905728,NULL,NULL,1795971538239180);
INSERT INTO "api_keys" VALUES('key_sSUFTeBNXH1EwEnUmbEtPD','ten_hVUMJxW1bar3xYAdfiM6LQ','asker','app','{"methods": ["read", "write", "custom"], "fields": {"hide": [], "show": []}, "writes": "approve"}',X'6D92D34D31C55C2A4921B1D1D99904A0DCD004B4DC5C257CD9F903E1B3AB6503','Ptmw',1795971537910329,NULL,NULL,1795971538169700);
INSERT INTO "api_keys" VALUES('key_CRObPPf5xyAP6HmjptGyts','ten_hVfv8edtUeu8R2gL5BwwaW','stranger','approver',NULL,X'B0435D7DC2FAA9653CA4AB2C061452DE5965EDA5C681811E5618DDE57A28DF35','j89M',1795971537918378,NULL,NULL,1795971538549844);
INSERT INTO "api_keys" VALUES('key_OYBwSCPIpmUbWoYRohNwmh','ten_hVUMJxW1bar3xYAdfiM6LQ','writer','app','{"methods": ["read", "write"], "fields": {"hide": [], "show": []}}',X'7414C62BA017F2B54301C362B0F55DA71C91D88825CA31EF999AC80E2E5C846D','vxZs',1795971537919889,NULL,NULL,1795971537966113);
INSERT INTO "api_keys" VALUES('key_8yrJ7zMkplKzoQQ4OnAMFJ','ten_hVUMJxW1bar3xYAdfiM6LQ','revoked','app','{"methods": ["read", "write"], "fields": {"hide": [], "show": []}}',X'56D026F64C3A9CBBCE423D46634DCF384E77408849ADFDF72C8F9229C8584622','89CJ',1795971537926797,NULL,1795971537930471,NULL);
CREATE TABLE approvals (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	connections INTEGER NOT NULL, 
	requested_by VARCHAR NOT NULL, 
	key_id VARCHAR, 
	tool VARCHAR, 
	method VARCHAR NOT NULL, 
	model VARCHAR NOT NULL, 
	summary VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	scope_digest VARCHAR NOT NULL, 
	mapping_digest VARCHAR NOT NULL, 
	payload TEXT, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	result_id VARCHAR, 
	decided_by VARCHAR, 
	decided_at BIGINT, 
	execute_until BIGINT, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_approvals PRIMARY KEY (id), 
	CONSTRAINT fk_approvals_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "approvals" VALUES('apr_jFfQ3upzWSfsZ1U4NU0Cni','ten_hVUMJxW1bar3xYAdfiM6LQ','acc_mIoAtBVykACnleGrbVlxEK',1,'key_sSUFTeBNXH1EwEnUmbEtPD',NULL,NULL,'create','crm.contacts','Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)','sha256:4774865705d5e93cfd1a81feeaaa44a985b80622ea1ac9d84bfa85495be24152','274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72','22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52','v1.kc0cda830.r9Nhv5t93A0V6fd8._qpr-LwBZoE54NungeV7L3tecqPcDIPsTsjMtyd7KHGJUkfVsCI06SN1NRAUhbvmDiDMQpvnyBnwxoyYs39aJtfJRhyxGsXE1neKh0C-qF3EUQdfRb3S7MX7le8h_gEWOy_1yGcIzH6tpcyWhfgq2Dl-KFDwXAwyU0d-udPC9t7fMGfBXXCWvdMvt37m9YfhGx8r9m72ruNiKiUETLbOHZv7Jk6kCWupz6wsQoI1UvSafd1zd6Ef7hpELIHHDgALNXhJvb6DMsaWlCWLNHYk95S3DClkDZn2W1-aQKkkA7EtppDuA5nAEz1UA3QRAaNK5muaj0jU9MhLsslJqqRDW6tWrHlOrMqL2_qkiYPe4C6AsggWFAEx3O_nDcHxDkFn4kgxIBu0yoyufGyLQDYD5Pc0r87q3WNtq2zUIi_SGU8v_xhVKlEkxArRPf60jP3x4_Hi0b5X0PYWzdyINaWelh18edxNOzWlxUWaADDLOk9sInuKnGs9S92vwQtJeORZD0rKOeaOO6rGv0jLgV5_c-0J5zC019kRnb3nNepkbDD_DA','pending',NULL,NULL,NULL,NULL,NULL,1795971538174913,1795975138174913);
INSERT INTO "approvals" VALUES('apr_63qESH3LCRTkDQ4Swb4rf3','ten_hVUMJxW1bar3xYAdfiM6LQ','acc_mIoAtBVykACnleGrbVlxEK',1,'key_sSUFTeBNXH1EwEnUmbEtPD',NULL,NULL,'create','crm.contacts','Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)','sha256:640ab859d03b2d650b5b836d7b9e2a117c969ec9b4a382388c2c39591ca318fa','274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72','22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52',NULL,'executed',NULL,'61200036057','key_3cUZbkyDjPUdZTuSxUvGb0',1795971538317628,NULL,1795971538199298,1795975138199298);
INSERT INTO "approvals" VALUES('apr_RsE0JRbxxs8hYo8WewYyph','ten_hVUMJxW1bar3xYAdfiM6LQ','acc_mIoAtBVykACnleGrbVlxEK',1,'key_sSUFTeBNXH1EwEnUmbEtPD',NULL,NULL,'create','crm.contacts','Create a contact in Acme hubspot: first_name, last_name, emails (3 fields)','sha256:e3679c2f04ad7bf92601fb920f3238ebf4fd36ea81f06be82cabe64aa93ddde8','274d2932dfb56797fb9fbdc454ac724f6056256a37bf492690837ace99b64b72','22041ab2152681541e1536b53a1edcb867ed4a054fd391648b2c6606add21a52',NULL,'declined',NULL,NULL,'key_3cUZbkyDjPUdZTuSxUvGb0',1795971538393289,NULL,1795971538222074,1795975138222074);
CREATE TABLE audit (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	seq BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	tool VARCHAR, 
	method VARCHAR, 
	model VARCHAR, 
	account_id VARCHAR, 
	target VARCHAR, 
	decision VARCHAR NOT NULL, 
	reason VARCHAR, 
	status INTEGER, 
	digest VARCHAR, 
	hash BLOB NOT NULL, server VARCHAR, 
	CONSTRAINT pk_audit PRIMARY KEY (id), 
	CONSTRAINT uq_audit_tenant_id_seq UNIQUE (tenant_id, seq), 
	CONSTRAINT fk_audit_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "audit" VALUES('aud_790d975c064e3a2b1eb208e6beb7dffa','ten_hVUMJxW1bar3xYAdfiM6LQ',1,1795971538134575,'key_OYBwSCPIpmUbWoYRohNwmh','call',NULL,'list','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,200,'hmac-sha256:kc0cda830:a26fb7da005d7f864d3f0e439173d69dd7d4600786c168cd46ce91a294038085',X'9863EDD5944758DE5414BE389CD585CBFCC6296BE2159323E31305306B3B2A51',NULL);
INSERT INTO "audit" VALUES('aud_ab13a0d66cec8cdb0c2a42f0e1bf2470','ten_hVUMJxW1bar3xYAdfiM6LQ',2,1795971538161172,'key_OYBwSCPIpmUbWoYRohNwmh','call',NULL,'create','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,200,'hmac-sha256:kc0cda830:b1b3f3d002085268091e67e72ba483d3bc9ff54ec83af1a430b5dfc983a05e71',X'961873934201E1ED572C3A990966C9E54CA6F125687F728955E0BD385A9A7918',NULL);
INSERT INTO "audit" VALUES('aud_9a63e164064b99cd39e54be01964fb03','ten_hVUMJxW1bar3xYAdfiM6LQ',3,1795971538188992,'key_sSUFTeBNXH1EwEnUmbEtPD','management',NULL,'create','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK','apr_jFfQ3upzWSfsZ1U4NU0Cni','allowed','approval_required',NULL,'sha256:4774865705d5e93cfd1a81feeaaa44a985b80622ea1ac9d84bfa85495be24152',X'2AEDA47B5AE8B3F8FA7D6763B414C71B7D5DB13F7BC059D0DE918468D33F73DD',NULL);
INSERT INTO "audit" VALUES('aud_066fd78c35b991953f3c2c97931d48d2','ten_hVUMJxW1bar3xYAdfiM6LQ',4,1795971538214412,'key_sSUFTeBNXH1EwEnUmbEtPD','management',NULL,'create','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK','apr_63qESH3LCRTkDQ4Swb4rf3','allowed','approval_required',NULL,'sha256:640ab859d03b2d650b5b836d7b9e2a117c969ec9b4a382388c2c39591ca318fa',X'725BD4D68F7A7758DDE6CE70588B9E2653ADA1BE3E654DD3FEE0B1154AC4CBC2',NULL);
INSERT INTO "audit" VALUES('aud_2ed7131737a17cd702e4a5d5593fe3d0','ten_hVUMJxW1bar3xYAdfiM6LQ',5,1795971538233540,'key_sSUFTeBNXH1EwEnUmbEtPD','management',NULL,'create','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK','apr_RsE0JRbxxs8hYo8WewYyph','allowed','approval_required',NULL,'sha256:e3679c2f04ad7bf92601fb920f3238ebf4fd36ea81f06be82cabe64aa93ddde8',X'281691DC2776E99809A0A6482E05220814BB7C789CC8359F608418837526562C',NULL);
INSERT INTO "audit" VALUES('aud_c8e770338114bf24f583a3cefec36bbb','ten_hVUMJxW1bar3xYAdfiM6LQ',6,1795971538287293,'key_3cUZbkyDjPUdZTuSxUvGb0','call',NULL,'get','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,NULL,'hmac-sha256:kc0cda830:8793ae63f3d94577f3e038634e94583a8cf9cb115f7db12297179c22a71fad75',X'1163832FBDD0561D10BAEB72CF204206824D74B7BEE15CD38E6F2641ADD0FA2D',NULL);
INSERT INTO "audit" VALUES('aud_1d9eff3694488200993e7147396b1718','ten_hVUMJxW1bar3xYAdfiM6LQ',7,1795971538338350,'key_3cUZbkyDjPUdZTuSxUvGb0','management',NULL,'POST /approvals/{id}/approve','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK','apr_63qESH3LCRTkDQ4Swb4rf3','allowed',NULL,NULL,'sha256:640ab859d03b2d650b5b836d7b9e2a117c969ec9b4a382388c2c39591ca318fa',X'08A8C9B6250E93BFFE8EC8FB6FDC7E457E20B5AC5EAFA2347C3C5DC0A215A356',NULL);
INSERT INTO "audit" VALUES('aud_004ed455414db88031dd5f1328a87c78','ten_hVUMJxW1bar3xYAdfiM6LQ',8,1795971538338350,'key_3cUZbkyDjPUdZTuSxUvGb0','call',NULL,'create','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,201,'sha256:640ab859d03b2d650b5b836d7b9e2a117c969ec9b4a382388c2c39591ca318fa',X'FFB2736D6BBDADD65E2BBDD83A76AC2E355F1806937E91E8F87F0CCC6E390C36',NULL);
INSERT INTO "audit" VALUES('aud_b4e5c731498e0df2c2ae284e8d36bdf2','ten_hVUMJxW1bar3xYAdfiM6LQ',9,1795971538377472,'key_3cUZbkyDjPUdZTuSxUvGb0','call',NULL,'get','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,NULL,'hmac-sha256:kc0cda830:e53872226511cdb092ac73ad8daf3a5c6dc24fc5a59891bda94d42bafa93a035',X'0398F2749A76A748E11D274DABD1F7028ADC57EEFAFC882A0D5FD81C058CEEC3',NULL);
INSERT INTO "audit" VALUES('aud_aae8b5fd262ceffe6d3d3a19fb0f5383','ten_hVUMJxW1bar3xYAdfiM6LQ',10,1795971538417200,'key_3cUZbkyDjPUdZTuSxUvGb0','management',NULL,'POST /approvals/{id}/decline','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK','apr_RsE0JRbxxs8hYo8WewYyph','allowed',NULL,NULL,'sha256:e3679c2f04ad7bf92601fb920f3238ebf4fd36ea81f06be82cabe64aa93ddde8',X'C95A84562488C3F851588426DC76D696E87D73F5674F0F50E46994BD6AF02E49',NULL);
INSERT INTO "audit" VALUES('aud_63d85e63c8167db5bd038fcf6c9d982e','ten_hVUMJxW1bar3xYAdfiM6LQ',11,1795971538517762,'key_HcM8LWf1UHjVReHLE9o3Ft','management',NULL,'POST /mcp-servers',NULL,NULL,'mcp_rmHLd2DGV4VmZBgfUIEOgk','allowed',NULL,NULL,'hmac-sha256:kc0cda830:254d29def3d589323a4c8a4ee1f86ce0413da52e786afe81af518dfc6a89ae39',X'FF663EBDF26494EC961B4C7E7144D7B614028C86517B9A4051ECB61F4C11FC7A',NULL);
INSERT INTO "audit" VALUES('aud_4e120d7a767ad0a39f43c7dcb85d120e','ten_hVUMJxW1bar3xYAdfiM6LQ',12,1795971538531117,'key_HcM8LWf1UHjVReHLE9o3Ft','management',NULL,'POST /webhooks',NULL,NULL,'whk_E7itrdKYE7sD6skQjYQ1tU','allowed',NULL,NULL,'hmac-sha256:kc0cda830:cee36cec5e8b4b9182e52b132d7a2d5fa99fcb2c1c32f176f61096cdfeed15c5',X'36440C12AF1B0A2523555F28AC096F13B3749491B9D6A725E8B6279B8F7E4230',NULL);
INSERT INTO "audit" VALUES('aud_8f28c588c67e66ede8f7cc16ac3407d7','ten_hVUMJxW1bar3xYAdfiM6LQ',13,1795971538543179,'key_HcM8LWf1UHjVReHLE9o3Ft','management',NULL,'POST /connect',NULL,NULL,'con_nhFQBfmsL27nbauPVPyZvc','allowed',NULL,NULL,'hmac-sha256:kc0cda830:f9d13369f331de559084d610457d0002273fd2e4b48e3056ae65398beeb9f786',X'60DE5B69C5E3C9B88A93C4EE13E65C52FCBCA4D8AE4A16B8C2F3191727C249FD',NULL);
INSERT INTO "audit" VALUES('aud_05699bd52476b6512f92a7316d3853e8','ten_hVfv8edtUeu8R2gL5BwwaW',1,1795971538554197,'key_CRObPPf5xyAP6HmjptGyts','refusal',NULL,'POST /{category}/{model}',NULL,NULL,NULL,'denied','method_not_allowed_by_scope',NULL,'hmac-sha256:kc0cda830:7e63233c6420704d252bf9d5c11625b120fad90c80beda5a01d1a59ecbfc8a0b',X'0C5CA2AF4E4111E2E2CEF2636C75907072E72A8FF485D67C8FB586E14C05487C',NULL);
INSERT INTO "audit" VALUES('aud_0284a8163d0eac6bba89dd49831e66ff','ten_hVUMJxW1bar3xYAdfiM6LQ',14,1795971538618040,'key_3cUZbkyDjPUdZTuSxUvGb0','call',NULL,'get','crm.contacts','acc_mIoAtBVykACnleGrbVlxEK',NULL,'allowed',NULL,NULL,'hmac-sha256:kc0cda830:52a07d198ec2832563e2e2cd4a9584d37c9fe0e03220ecce734c20a8b75d5397',X'5081D9F84F3F19EA7DD577CC632E17E537BDB3FA44FE74C3E5FC01FA730740DE',NULL);
CREATE TABLE audit_heads (
	tenant_id VARCHAR NOT NULL, 
	seq BIGINT NOT NULL, 
	hash BLOB NOT NULL, 
	CONSTRAINT pk_audit_heads PRIMARY KEY (tenant_id), 
	CONSTRAINT fk_audit_heads_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "audit_heads" VALUES('ten_hVUMJxW1bar3xYAdfiM6LQ',14,X'5081D9F84F3F19EA7DD577CC632E17E537BDB3FA44FE74C3E5FC01FA730740DE');
INSERT INTO "audit_heads" VALUES('ten_hVfv8edtUeu8R2gL5BwwaW',1,X'0C5CA2AF4E4111E2E2CEF2636C75907072E72A8FF485D67C8FB586E14C05487C');
CREATE TABLE connect_links (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	provider VARCHAR, 
	reconnects VARCHAR, 
	name VARCHAR, 
	external_id VARCHAR, 
	return_url VARCHAR, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	account_id VARCHAR, 
	browser BLOB, 
	state BLOB, 
	attempt TEXT, 
	attempt_expires_at BIGINT, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_connect_links PRIMARY KEY (id), 
	CONSTRAINT uq_connect_links_state UNIQUE (state), 
	CONSTRAINT fk_connect_links_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "connect_links" VALUES('con_nhFQBfmsL27nbauPVPyZvc','ten_hVUMJxW1bar3xYAdfiM6LQ',X'63B3857175CA0E30CE2DBB3DECB8593DB9608D22BC267575AE385C01889DDC22','hubspot',NULL,NULL,NULL,NULL,'open',NULL,NULL,NULL,NULL,NULL,NULL,1795971538532563,1795975138532557);
CREATE TABLE deliveries (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	webhook_id VARCHAR NOT NULL, 
	event VARCHAR NOT NULL, 
	payload TEXT NOT NULL, 
	status VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_attempt_at BIGINT, 
	lease_until BIGINT, 
	last_status INTEGER, 
	last_error VARCHAR, 
	created_at BIGINT NOT NULL, 
	delivered_at BIGINT, 
	CONSTRAINT pk_deliveries PRIMARY KEY (id), 
	CONSTRAINT fk_deliveries_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE, 
	CONSTRAINT fk_deliveries_webhooks FOREIGN KEY(tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE idempotency (
	tenant_id VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	key_digest BLOB NOT NULL, 
	request_digest BLOB NOT NULL, 
	model VARCHAR NOT NULL, 
	operation VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	http_status INTEGER, 
	remote_id VARCHAR, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (tenant_id, account_id, key_digest), 
	CONSTRAINT fk_idempotency_accounts FOREIGN KEY(tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE CASCADE
);
CREATE TABLE mcp_servers (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	config JSON NOT NULL, 
	scope JSON NOT NULL, 
	limits JSON, 
	made_by VARCHAR, 
	require_api_token_auth BOOLEAN NOT NULL, 
	digest BLOB NOT NULL, 
	last4 VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	last_used_at BIGINT, 
	CONSTRAINT pk_mcp_servers PRIMARY KEY (id), 
	CONSTRAINT uq_mcp_servers_digest UNIQUE (digest), 
	CONSTRAINT uq_mcp_servers_tenant_id_id UNIQUE (tenant_id, id), 
	CONSTRAINT fk_mcp_servers_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "mcp_servers" VALUES('mcp_rmHLd2DGV4VmZBgfUIEOgk','ten_hVUMJxW1bar3xYAdfiM6LQ','agent','{"methods": ["read"], "writes": "deny"}','{"accounts": ["acc_mIoAtBVykACnleGrbVlxEK"], "methods": ["read"], "fields": {"hide": [], "show": [], "classes": ["none", "personal"]}, "writes": "deny"}','{"methods": ["read", "write", "custom"], "fields": {"hide": [], "show": [], "classes": ["none", "personal", "sensitive", "secret"]}, "writes": "direct"}','key_HcM8LWf1UHjVReHLE9o3Ft',1,X'09204841438F4829428E5D016590A4D410715A9B6F49326E4C908905D8300E79','D0HH',1,1795971538507205,1795971538507205,1796057938430300,NULL,NULL);
CREATE TABLE oauth_apps (
	tenant_id VARCHAR NOT NULL, 
	provider VARCHAR NOT NULL, 
	client TEXT NOT NULL, 
	client_id_masked VARCHAR NOT NULL, 
	client_secret_masked VARCHAR NOT NULL, 
	scopes JSON, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_oauth_apps PRIMARY KEY (tenant_id, provider), 
	CONSTRAINT fk_oauth_apps_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE TABLE sessions (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	key_id VARCHAR NOT NULL, 
	digest BLOB NOT NULL, 
	created_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT uq_sessions_digest UNIQUE (digest), 
	CONSTRAINT fk_sessions_api_keys FOREIGN KEY(key_id) REFERENCES api_keys (id) ON DELETE CASCADE, 
	CONSTRAINT fk_sessions_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
CREATE TABLE tenants (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at BIGINT NOT NULL, return_origins JSON, 
	CONSTRAINT pk_tenants PRIMARY KEY (id)
);
INSERT INTO "tenants" VALUES('ten_hVUMJxW1bar3xYAdfiM6LQ','ours',1795971537454214,NULL);
INSERT INTO "tenants" VALUES('ten_hVfv8edtUeu8R2gL5BwwaW','theirs',1795971537473477,NULL);
CREATE TABLE webhooks (
	id VARCHAR NOT NULL, 
	tenant_id VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	events JSON NOT NULL, 
	status VARCHAR NOT NULL, 
	status_reason VARCHAR, 
	secret TEXT NOT NULL, 
	secret_masked VARCHAR NOT NULL, 
	previous_secret TEXT, 
	previous_until BIGINT, 
	failing_since BIGINT, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	CONSTRAINT pk_webhooks PRIMARY KEY (id), 
	CONSTRAINT uq_webhooks_tenant_id_id UNIQUE (tenant_id, id), 
	CONSTRAINT fk_webhooks_tenants FOREIGN KEY(tenant_id) REFERENCES tenants (id) ON DELETE CASCADE
);
INSERT INTO "webhooks" VALUES('whk_E7itrdKYE7sD6skQjYQ1tU','ten_hVUMJxW1bar3xYAdfiM6LQ','https://hooks.example.com/unified','["account.needs_reauth"]','active',NULL,'v1.kc0cda830.RiaPer9pgK2PJJDB.SO2SVxgxxYth1-U37EvayuDVwWDghshgmGCfbtLA5WNDAvBYRO2PAESUlzzXdd0qDM2Oeo5uPJNnCVmCyaW9ODjd','…X9E=',NULL,NULL,NULL,1795971538519274,1795971538519274);
CREATE INDEX ix_api_keys_tenant_id_created_at_id ON api_keys (tenant_id, created_at, id);
CREATE INDEX ix_accounts_tenant_id_created_at_id ON accounts (tenant_id, created_at, id);
CREATE INDEX ix_accounts_tenant_id_external_id ON accounts (tenant_id, external_id);
CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);
CREATE INDEX ix_accounts_status_credentials_expires_at ON accounts (status, credentials_expires_at);
CREATE INDEX ix_connect_links_expires_at ON connect_links (expires_at);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_webhooks_tenant_id_created_at_id ON webhooks (tenant_id, created_at, id);
CREATE INDEX ix_deliveries_status_next_attempt_at ON deliveries (status, next_attempt_at);
CREATE INDEX ix_deliveries_tenant_id_webhook_id_created_at_id ON deliveries (tenant_id, webhook_id, created_at, id);
CREATE INDEX ix_audit_tenant_id_created_at_id ON audit (tenant_id, created_at, id);
CREATE INDEX ix_mcp_servers_tenant_id_created_at_id ON mcp_servers (tenant_id, created_at, id);
CREATE INDEX ix_approvals_tenant_id_created_at_id ON approvals (tenant_id, created_at, id);
CREATE INDEX ix_approvals_status_expires_at ON approvals (status, expires_at);
COMMIT;

CREATE TABLE identity_user (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    mobile TEXT,
    mobile_hash TEXT,
    level INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    region TEXT,
    protocol_version TEXT,
    protocol_agreed_at TIMESTAMPTZ,
    last_login_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX identity_user_account ON identity_user (account);
CREATE UNIQUE INDEX identity_user_kind_mobile_hash ON identity_user (kind, mobile_hash);

CREATE TABLE identity_person (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    id_type TEXT NOT NULL,
    id_no TEXT NOT NULL,
    id_no_hash TEXT NOT NULL,
    verified_hash TEXT,
    sex TEXT,
    birth DATE,
    verified_at TIMESTAMPTZ,
    verify_method TEXT,
    verify_ref TEXT
);
CREATE INDEX identity_person_id_no_hash ON identity_person (id_no_hash);
CREATE UNIQUE INDEX identity_person_verified_hash ON identity_person (verified_hash);

CREATE TABLE identity_legal (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    enterprise_type TEXT NOT NULL,
    name TEXT NOT NULL,
    uscc TEXT,
    reg_no TEXT,
    representative TEXT NOT NULL,
    registered_on DATE NOT NULL,
    base_ref TEXT,
    bound_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX identity_legal_uscc ON identity_legal (uscc);
CREATE UNIQUE INDEX identity_legal_reg_no ON identity_legal (reg_no);
CREATE INDEX identity_legal_representative ON identity_legal (representative);

CREATE TABLE identity_sms_code (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    mobile TEXT,
    mobile_hash TEXT NOT NULL,
    code TEXT,
    code_hash TEXT NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    tries INTEGER NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX identity_sms_code_mobile_hash_requested_at ON identity_sms_code (mobile_hash, requested_at);
CREATE INDEX identity_sms_code_requested_at ON identity_sms_code (requested_at);

CREATE TABLE identity_mobile_gate (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL
);

CREATE TABLE identity_attempt_guard (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    locked_until TIMESTAMPTZ,
    last_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX identity_attempt_guard_last_at ON identity_attempt_guard (last_at);

CREATE TABLE identity_session (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    device TEXT,
    started_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    idle_until TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    ended_by TEXT
);
CREATE INDEX identity_session_user_id ON identity_session (user_id);
CREATE INDEX identity_session_idle_until ON identity_session (idle_until);

CREATE TABLE identity_refresh_token (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    session_id TEXT NOT NULL,
    token_hash TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX identity_refresh_token_session_id ON identity_refresh_token (session_id);
CREATE UNIQUE INDEX identity_refresh_token_token_hash ON identity_refresh_token (token_hash);
CREATE INDEX identity_refresh_token_expires_at ON identity_refresh_token (expires_at);

CREATE TABLE identity_signing_key (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    private TEXT NOT NULL,
    public TEXT NOT NULL,
    slot TEXT,
    retires_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX identity_signing_key_slot ON identity_signing_key (slot);

CREATE TABLE identity_address (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    phone TEXT NOT NULL,
    region TEXT NOT NULL,
    detail TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    removed_at TIMESTAMPTZ
);
CREATE INDEX identity_address_user_id ON identity_address (user_id);

CREATE TABLE identity_staff (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    display_name TEXT NOT NULL,
    org TEXT NOT NULL,
    post TEXT,
    sample BOOLEAN NOT NULL,
    created_by TEXT NOT NULL
);
CREATE INDEX identity_staff_org ON identity_staff (org);

CREATE TABLE identity_grant (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    staff_id TEXT NOT NULL,
    role TEXT NOT NULL,
    org TEXT NOT NULL,
    items TEXT,
    grantor TEXT NOT NULL,
    reported_by TEXT,
    filed_by TEXT,
    valid_from DATE NOT NULL,
    valid_until DATE,
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT,
    revoke_reason TEXT,
    live_key TEXT,
    seat TEXT
);
CREATE INDEX identity_grant_staff_id ON identity_grant (staff_id);
CREATE UNIQUE INDEX identity_grant_live_key ON identity_grant (live_key);
CREATE UNIQUE INDEX identity_grant_seat ON identity_grant (seat);
CREATE INDEX identity_grant_org_role ON identity_grant (org, role);

CREATE TABLE identity_org (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    parent TEXT,
    active BOOLEAN NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE INDEX identity_org_parent ON identity_org (parent);

CREATE TABLE identity_login_log (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    kind TEXT NOT NULL,
    user_id TEXT,
    outcome TEXT NOT NULL,
    session_id TEXT,
    device TEXT
);
CREATE INDEX identity_login_log_at ON identity_login_log (at);
CREATE INDEX identity_login_log_user_id ON identity_login_log (user_id);

CREATE TABLE identity_access_audit (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT,
    case_no TEXT,
    details TEXT
);
CREATE INDEX identity_access_audit_at ON identity_access_audit (at);
CREATE INDEX identity_access_audit_subject_at ON identity_access_audit (subject, at);
CREATE INDEX identity_access_audit_actor_at ON identity_access_audit (actor, at);


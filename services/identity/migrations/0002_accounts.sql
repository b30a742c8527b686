ALTER TABLE identity_session ADD COLUMN network TEXT;
ALTER TABLE identity_session ADD COLUMN network_class TEXT;

CREATE TABLE identity_login_ticket (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ticket_hash TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    device TEXT,
    network TEXT,
    network_class TEXT,
    expires_at TIMESTAMPTZ NOT NULL,
    user_id TEXT,
    session_id TEXT,
    approved BOOLEAN,
    used_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX identity_login_ticket_ticket_hash ON identity_login_ticket (ticket_hash);
CREATE INDEX identity_login_ticket_expires_at ON identity_login_ticket (expires_at);

CREATE TABLE identity_security_question (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer_hash TEXT NOT NULL
);

CREATE TABLE identity_agent (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    principal TEXT NOT NULL,
    agent TEXT NOT NULL,
    items TEXT,
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL,
    named_by TEXT NOT NULL,
    revoked_at TIMESTAMPTZ,
    revoked_by TEXT,
    revoke_reason TEXT,
    live_key TEXT
);
CREATE INDEX identity_agent_principal ON identity_agent (principal);
CREATE INDEX identity_agent_agent ON identity_agent (agent);
CREATE UNIQUE INDEX identity_agent_live_key ON identity_agent (live_key);

ALTER TABLE identity_user ADD COLUMN closed_at TIMESTAMPTZ;
ALTER TABLE identity_legal ADD COLUMN former_number TEXT;

CREATE TABLE identity_redirect_ticket (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    method TEXT NOT NULL,
    state_hash TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    name TEXT NOT NULL,
    id_no_hash TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX identity_redirect_ticket_user_id ON identity_redirect_ticket (user_id);
CREATE UNIQUE INDEX identity_redirect_ticket_state_hash ON identity_redirect_ticket (state_hash);
CREATE INDEX identity_redirect_ticket_expires_at ON identity_redirect_ticket (expires_at);

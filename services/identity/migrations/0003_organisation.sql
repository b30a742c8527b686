-- The organisations' side: second factor of staff (ID-24).

CREATE TABLE identity_second_factor (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    secret TEXT,
    pending TEXT,
    last_step INTEGER NOT NULL,
    confirmed_at TIMESTAMPTZ
);

CREATE TABLE identity_recovery_code (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    used_at TIMESTAMPTZ
);
CREATE INDEX identity_recovery_code_user_id ON identity_recovery_code (user_id);
CREATE UNIQUE INDEX identity_recovery_code_code_hash ON identity_recovery_code (code_hash);

-- What tokens must no longer be taken for: ended sessions, lost rights.

CREATE TABLE identity_rights_change (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX identity_rights_change_changed_at ON identity_rights_change (changed_at);
CREATE INDEX identity_session_ended_at ON identity_session (ended_at);

-- The audit by case (ID-38).

CREATE INDEX identity_access_audit_case_no_at ON identity_access_audit (case_no, at);

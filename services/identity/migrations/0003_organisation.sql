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

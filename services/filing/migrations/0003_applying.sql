-- Ways of giving material: personal space, uploads in parts, the licence library, material beyond the guide
-- (FIL-05, FIL-06, FIL-07, FIL-11, FIL-20); online payment (FIL-98).

ALTER TABLE filing_material ADD COLUMN consulted TEXT;
ALTER TABLE filing_file ADD COLUMN way TEXT NOT NULL DEFAULT 'local';
CREATE INDEX filing_file_path ON filing_file (path);
CREATE INDEX filing_paper_path ON filing_paper (path);

CREATE TABLE filing_space (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    used BIGINT NOT NULL
);
CREATE UNIQUE INDEX filing_space_owner ON filing_space (owner);

CREATE TABLE filing_space_file (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mime TEXT NOT NULL,
    path TEXT NOT NULL
);
CREATE UNIQUE INDEX filing_space_file_owner_name ON filing_space_file (owner, name);
CREATE INDEX filing_space_file_owner_sha256 ON filing_space_file (owner, sha256);
CREATE INDEX filing_space_file_path ON filing_space_file (path);

CREATE TABLE filing_upload (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    case_no TEXT,
    code TEXT,
    way TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    path TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_upload_path ON filing_upload (path);
CREATE INDEX filing_upload_owner ON filing_upload (owner);
CREATE INDEX filing_upload_expires_at ON filing_upload (expires_at);

CREATE TABLE filing_licence_code (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    licence_id TEXT NOT NULL,
    code TEXT NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_licence_code_licence_id ON filing_licence_code (licence_id);
CREATE UNIQUE INDEX filing_licence_code_code ON filing_licence_code (code);

CREATE TABLE filing_fetch_try (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    account TEXT NOT NULL,
    tries INTEGER NOT NULL,
    since TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_fetch_try_account ON filing_fetch_try (account);

CREATE TABLE filing_payment (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    payment_no TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    paid_at TIMESTAMPTZ,
    provider_ref TEXT
);
CREATE UNIQUE INDEX filing_payment_case_id ON filing_payment (case_id);
CREATE UNIQUE INDEX filing_payment_payment_no ON filing_payment (payment_no);
CREATE UNIQUE INDEX filing_payment_provider_ref ON filing_payment (provider_ref);

-- Published texts that are no items: public columns, theme packages, parallel templates, intermediaries.

CREATE TABLE catalog_content (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    title TEXT NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    current_version INTEGER NOT NULL,
    seed_digest TEXT
);
CREATE UNIQUE INDEX catalog_content_code ON catalog_content (code);
CREATE INDEX catalog_content_org ON catalog_content (org);
CREATE INDEX catalog_content_region ON catalog_content (region);
CREATE INDEX catalog_content_kind_state_code ON catalog_content (kind, state, code);

CREATE TABLE catalog_content_version (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    change_log TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX catalog_content_version_code_number ON catalog_content_version (code, number);

-- Sealed papers, print codes, the library of e-licences and the e-archive (FIL-30, FIL-43, FIL-97).

CREATE TABLE filing_paper (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    document_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    path TEXT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_paper_document_id ON filing_paper (document_id);
CREATE UNIQUE INDEX filing_paper_sha256 ON filing_paper (sha256);

CREATE TABLE filing_print_code (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    code TEXT NOT NULL,
    valid_until TIMESTAMPTZ NOT NULL,
    tries INTEGER NOT NULL
);
CREATE UNIQUE INDEX filing_print_code_case_id ON filing_print_code (case_id);

CREATE TABLE filing_licence (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    licence_id TEXT NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    document_id TEXT NOT NULL,
    item_code TEXT NOT NULL,
    holder_ref TEXT NOT NULL,
    holder_name_masked TEXT NOT NULL,
    issuer TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    revoked_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX filing_licence_licence_id ON filing_licence (licence_id);
CREATE UNIQUE INDEX filing_licence_number ON filing_licence (number);
CREATE INDEX filing_licence_case_id ON filing_licence (case_id);
CREATE INDEX filing_licence_holder_ref_valid_from ON filing_licence (holder_ref, valid_from);
CREATE INDEX filing_licence_issuer_valid_from ON filing_licence (issuer, valid_from);

CREATE TABLE filing_archive_entry (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    archive_no TEXT NOT NULL,
    title TEXT NOT NULL,
    org TEXT NOT NULL,
    item_code TEXT NOT NULL,
    archived_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_archive_entry_case_id ON filing_archive_entry (case_id);
CREATE UNIQUE INDEX filing_archive_entry_archive_no ON filing_archive_entry (archive_no);
CREATE INDEX filing_archive_entry_org_archived_at ON filing_archive_entry (org, archived_at);

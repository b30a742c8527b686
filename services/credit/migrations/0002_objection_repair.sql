ALTER TABLE credit_record ADD COLUMN item_name TEXT;
ALTER TABLE credit_record ADD COLUMN annotation TEXT NOT NULL DEFAULT 'none';
ALTER TABLE credit_record ADD COLUMN consequence_major BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE credit_record ADD COLUMN correction_date DATE;
ALTER TABLE credit_record ADD COLUMN correction_evidence TEXT;
ALTER TABLE credit_record ADD COLUMN correction_asked TEXT;
CREATE INDEX credit_record_state_created_at ON credit_record (state, created_at);

CREATE TABLE credit_share_wider (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    case_no TEXT,
    number TEXT NOT NULL,
    item_code TEXT,
    org TEXT NOT NULL,
    due DATE NOT NULL,
    shared_at TIMESTAMPTZ,
    receipt TEXT
);
INSERT INTO credit_share_wider
    SELECT id, created_at, updated_at, version, 'decision', case_id, decision, case_no, decision_no, item_code, org, due,
           shared_at, receipt
    FROM credit_share;
DROP TABLE credit_share;
ALTER TABLE credit_share_wider RENAME TO credit_share;
CREATE UNIQUE INDEX credit_share_kind_about_state_due ON credit_share (kind, about, state, due);
CREATE INDEX credit_share_shared_at_due ON credit_share (shared_at, due);

CREATE TABLE credit_paper (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX credit_paper_owner ON credit_paper (owner);

CREATE TABLE credit_application (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    application_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    active_key TEXT,
    subject_ref TEXT NOT NULL,
    judging_org TEXT NOT NULL,
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    applicant_name TEXT NOT NULL,
    id_no TEXT NOT NULL,
    reason TEXT NOT NULL,
    new_facts TEXT,
    promise BOOLEAN NOT NULL,
    conditions TEXT NOT NULL,
    signature TEXT NOT NULL,
    seal TEXT,
    received_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    overdue BOOLEAN NOT NULL,
    result TEXT,
    new_grade TEXT,
    new_cause TEXT,
    reasons TEXT,
    decided_by TEXT,
    decided_at TIMESTAMPTZ,
    decision TEXT,
    publicities INTEGER NOT NULL,
    closed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX credit_application_application_no ON credit_application (application_no);
CREATE UNIQUE INDEX credit_application_active_key ON credit_application (active_key);
CREATE INDEX credit_application_record_id ON credit_application (record_id);
CREATE INDEX credit_application_subject_ref ON credit_application (subject_ref);
CREATE INDEX credit_application_judging_org_state_received_at ON credit_application (judging_org, state, received_at);
CREATE INDEX credit_application_state_received_at ON credit_application (state, received_at);

CREATE TABLE credit_notice (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    record_id TEXT NOT NULL,
    text TEXT NOT NULL,
    from_date DATE NOT NULL,
    to_date DATE NOT NULL,
    state TEXT NOT NULL,
    opposed_by TEXT,
    opposition TEXT
);
CREATE INDEX credit_notice_application_id ON credit_notice (application_id);
CREATE INDEX credit_notice_state_created_at ON credit_notice (state, created_at);

CREATE TABLE credit_foreign_failing (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    occurred_on DATE NOT NULL,
    reported_by TEXT NOT NULL
);
CREATE UNIQUE INDEX credit_foreign_failing_source_reference ON credit_foreign_failing (source, reference);
CREATE INDEX credit_foreign_failing_subject_ref ON credit_foreign_failing (subject_ref);

CREATE TABLE credit_subject (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    ref TEXT NOT NULL,
    type TEXT NOT NULL,
    name_masked TEXT NOT NULL
);
CREATE UNIQUE INDEX credit_subject_ref ON credit_subject (ref);

CREATE TABLE credit_record (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    record_no TEXT NOT NULL,
    origin_key TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    category TEXT NOT NULL,
    grade TEXT NOT NULL,
    cause TEXT,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    judging_org TEXT NOT NULL,
    case_id TEXT,
    case_no TEXT,
    item_code TEXT,
    origin_id TEXT,
    description TEXT NOT NULL,
    evidence TEXT NOT NULL,
    opinion TEXT,
    determined_by TEXT,
    determined_at TIMESTAMPTZ,
    determination_overdue BOOLEAN NOT NULL,
    listed_at TIMESTAMPTZ,
    restriction_until DATE
);
CREATE UNIQUE INDEX credit_record_record_no ON credit_record (record_no);
CREATE UNIQUE INDEX credit_record_origin_key ON credit_record (origin_key);
CREATE INDEX credit_record_subject_ref ON credit_record (subject_ref);
CREATE INDEX credit_record_judging_org_state_created_at ON credit_record (judging_org, state, created_at);

CREATE TABLE credit_no_show (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    booking_id TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    missed_on DATE NOT NULL,
    excused BOOLEAN NOT NULL,
    record_id TEXT
);
CREATE UNIQUE INDEX credit_no_show_booking_id ON credit_no_show (booking_id);
CREATE INDEX credit_no_show_subject_ref_missed_on ON credit_no_show (subject_ref, missed_on);

CREATE TABLE credit_revocation (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    decision_no TEXT NOT NULL,
    ground TEXT NOT NULL,
    revoked_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX credit_revocation_case_id ON credit_revocation (case_id);

CREATE TABLE credit_share (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    decision_no TEXT NOT NULL,
    decision TEXT NOT NULL,
    item_code TEXT NOT NULL,
    org TEXT NOT NULL,
    due DATE NOT NULL,
    shared_at TIMESTAMPTZ,
    receipt TEXT
);
CREATE UNIQUE INDEX credit_share_case_id ON credit_share (case_id);
CREATE INDEX credit_share_shared_at_due ON credit_share (shared_at, due);

CREATE TABLE credit_consultation (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    reader TEXT NOT NULL,
    reason TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL
);
CREATE INDEX credit_consultation_subject_ref ON credit_consultation (subject_ref);


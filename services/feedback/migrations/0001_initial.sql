CREATE TABLE feedback_rating (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    applicant_ref TEXT,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    case_source TEXT NOT NULL,
    completed_at TIMESTAMPTZ NOT NULL,
    due_default DATE NOT NULL,
    state TEXT NOT NULL,
    level INTEGER,
    source TEXT,
    channel TEXT,
    ticks TEXT NOT NULL,
    text TEXT,
    rated_at TIMESTAMPTZ,
    reply_due DATE,
    reply_overdue BOOLEAN NOT NULL,
    follow_ups INTEGER NOT NULL,
    follow_up TEXT,
    followed_up_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX feedback_rating_case_id ON feedback_rating (case_id);
CREATE UNIQUE INDEX feedback_rating_case_no ON feedback_rating (case_no);
CREATE INDEX feedback_rating_org_completed_at ON feedback_rating (org, completed_at);
CREATE INDEX feedback_rating_subject_ref_completed_at ON feedback_rating (subject_ref, completed_at);
CREATE INDEX feedback_rating_applicant_ref_completed_at ON feedback_rating (applicant_ref, completed_at);
CREATE INDEX feedback_rating_org_rated_at ON feedback_rating (org, rated_at);

CREATE TABLE feedback_reply (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    rating_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    replied_by TEXT NOT NULL,
    replied_at TIMESTAMPTZ NOT NULL,
    late BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX feedback_reply_rating_id_number ON feedback_reply (rating_id, number);

CREATE TABLE feedback_revoked_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    revoked_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX feedback_revoked_case_case_id ON feedback_revoked_case (case_id);

CREATE TABLE feedback_letter (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    letter_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT,
    anonymous BOOLEAN NOT NULL,
    password_hash TEXT,
    sender_ref TEXT,
    sender_name_masked TEXT,
    contact TEXT,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    item_code TEXT,
    item_name TEXT,
    case_no TEXT,
    staff_ref TEXT,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    state TEXT NOT NULL,
    overdue BOOLEAN NOT NULL,
    transfers INTEGER NOT NULL,
    handler TEXT,
    opened_at TIMESTAMPTZ,
    first_contact_at TIMESTAMPTZ,
    special TEXT,
    reopens INTEGER NOT NULL,
    verdict_due DATE,
    satisfied BOOLEAN,
    closed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX feedback_letter_letter_no ON feedback_letter (letter_no);
CREATE INDEX feedback_letter_case_no ON feedback_letter (case_no);
CREATE INDEX feedback_letter_org_state_received_at ON feedback_letter (org, state, received_at);
CREATE INDEX feedback_letter_region_received_at ON feedback_letter (region, received_at);
CREATE INDEX feedback_letter_sender_ref_received_at ON feedback_letter (sender_ref, received_at);

CREATE TABLE feedback_answer (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    letter_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    adoption TEXT,
    answered_by TEXT NOT NULL,
    answered_at TIMESTAMPTZ NOT NULL,
    late BOOLEAN NOT NULL,
    satisfied BOOLEAN,
    verdict TEXT
);
CREATE UNIQUE INDEX feedback_answer_letter_id_number ON feedback_answer (letter_id, number);

CREATE TABLE feedback_attempt_guard (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    locked_until TIMESTAMPTZ,
    last_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX feedback_attempt_guard_last_at ON feedback_attempt_guard (last_at);

CREATE TABLE feedback_org (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    region TEXT NOT NULL,
    run_by TEXT,
    active BOOLEAN NOT NULL,
    sequence BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_org_code ON feedback_org (code);

CREATE TABLE feedback_item (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    sequence BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_item_code ON feedback_item (code);

CREATE TABLE feedback_order (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    org TEXT NOT NULL,
    letter_no TEXT,
    rating_id TEXT,
    content TEXT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL
);
CREATE UNIQUE INDEX feedback_order_order_id ON feedback_order (order_id);
CREATE INDEX feedback_order_letter_no ON feedback_order (letter_no);
CREATE INDEX feedback_order_rating_id ON feedback_order (rating_id);
CREATE INDEX feedback_order_org_issued_at ON feedback_order (org, issued_at);

ALTER TABLE feedback_letter ADD COLUMN evidence TEXT;
ALTER TABLE feedback_rating ADD COLUMN same_city BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE feedback_rating ADD COLUMN result_at TIMESTAMPTZ;

CREATE TABLE feedback_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    applicant_ref TEXT,
    item_code TEXT NOT NULL,
    org TEXT NOT NULL,
    sequence BIGINT NOT NULL
);
CREATE UNIQUE INDEX feedback_case_case_id ON feedback_case (case_id);
CREATE UNIQUE INDEX feedback_case_case_no ON feedback_case (case_no);

CREATE TABLE feedback_case_step (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    event_type TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    facts TEXT NOT NULL
);
CREATE UNIQUE INDEX feedback_case_step_case_id_sequence ON feedback_case_step (case_id, sequence);

CREATE TABLE feedback_callback (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    rating_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    satisfied BOOLEAN,
    opinion TEXT,
    called_by TEXT NOT NULL,
    called_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX feedback_callback_rating_id ON feedback_callback (rating_id);

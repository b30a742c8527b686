CREATE TABLE feedback_public_answer (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    letter_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    item_code TEXT,
    title TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    state TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published_at TIMESTAMPTZ NOT NULL,
    withdrawn_reason TEXT
);
CREATE UNIQUE INDEX feedback_public_answer_letter_id ON feedback_public_answer (letter_id);
CREATE INDEX feedback_public_answer_state_published_at ON feedback_public_answer (state, published_at);

CREATE TABLE feedback_exposure (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    letter_id TEXT NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    item_code TEXT,
    title TEXT NOT NULL,
    problem TEXT NOT NULL,
    state TEXT NOT NULL,
    due DATE NOT NULL,
    exposed_by TEXT NOT NULL,
    exposed_at TIMESTAMPTZ NOT NULL,
    result TEXT,
    reported_by TEXT,
    reported_at TIMESTAMPTZ,
    late BOOLEAN NOT NULL,
    returns INTEGER NOT NULL,
    remark TEXT,
    corrected_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX feedback_exposure_letter_id ON feedback_exposure (letter_id);
CREATE INDEX feedback_exposure_exposed_at ON feedback_exposure (exposed_at);
CREATE INDEX feedback_exposure_org_state ON feedback_exposure (org, state);

CREATE TABLE feedback_meeting (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    org TEXT NOT NULL,
    region TEXT NOT NULL,
    year INTEGER NOT NULL,
    quarter INTEGER NOT NULL,
    held_on DATE NOT NULL,
    title TEXT NOT NULL,
    participants INTEGER NOT NULL,
    satisfaction INTEGER,
    summary TEXT NOT NULL,
    opinions TEXT NOT NULL,
    recorded_by TEXT NOT NULL
);
CREATE INDEX feedback_meeting_region_year_quarter ON feedback_meeting (region, year, quarter);
CREATE INDEX feedback_meeting_held_on ON feedback_meeting (held_on);

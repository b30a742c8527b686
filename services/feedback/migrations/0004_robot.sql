CREATE TABLE feedback_guide (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    item_code TEXT NOT NULL,
    wanted INTEGER NOT NULL,
    number INTEGER NOT NULL,
    body TEXT
);
CREATE UNIQUE INDEX feedback_guide_item_code ON feedback_guide (item_code);
CREATE INDEX feedback_guide_wanted_number ON feedback_guide (wanted, number);

CREATE TABLE feedback_passage (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    ref TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT,
    region TEXT NOT NULL,
    length INTEGER NOT NULL
);
CREATE INDEX feedback_passage_source_ref ON feedback_passage (source, ref);

CREATE TABLE feedback_term (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    term TEXT NOT NULL,
    passage_id TEXT NOT NULL,
    count INTEGER NOT NULL
);
CREATE INDEX feedback_term_passage_id ON feedback_term (passage_id);
CREATE UNIQUE INDEX feedback_term_term_passage_id ON feedback_term (term, passage_id);

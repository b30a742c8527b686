-- The append-only, hash-chained history of every aggregate (FIL-33).
CREATE TABLE chassis_history (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    verb TEXT NOT NULL,
    source TEXT,
    target TEXT,
    actor TEXT NOT NULL,
    org TEXT,
    at TIMESTAMPTZ NOT NULL,
    opinion TEXT,
    details TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
);
CREATE UNIQUE INDEX chassis_history_subject_number ON chassis_history (subject, number);

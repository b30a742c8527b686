ALTER TABLE notifier_message ADD COLUMN wording INTEGER NOT NULL DEFAULT 1;
ALTER TABLE notifier_inbox_message ADD COLUMN wording INTEGER NOT NULL DEFAULT 1;

CREATE TABLE notifier_wording (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    zh TEXT NOT NULL,
    en TEXT NOT NULL,
    drafted_by TEXT NOT NULL,
    published_by TEXT,
    published_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX notifier_wording_code_number ON notifier_wording (code, number);

CREATE TABLE supervision_photo (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_no TEXT NOT NULL,
    org TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    item_code TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content TEXT NOT NULL
);
CREATE INDEX supervision_photo_case_no ON supervision_photo (case_no);

ALTER TABLE supervision_push ADD COLUMN ended_at TIMESTAMPTZ;
ALTER TABLE supervision_push ADD COLUMN acknowledged_at TIMESTAMPTZ;
ALTER TABLE supervision_push ADD COLUMN sheet_id TEXT;
CREATE INDEX supervision_push_sheet_id ON supervision_push (sheet_id);

CREATE TABLE supervision_linkage (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL
);
CREATE UNIQUE INDEX supervision_linkage_approving_org_supervising_org ON supervision_linkage (approving_org, supervising_org);
CREATE INDEX supervision_linkage_supervising_org ON supervision_linkage (supervising_org);

CREATE TABLE supervision_daily_sheet (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    day DATE NOT NULL,
    state TEXT NOT NULL,
    signatures TEXT NOT NULL
);
CREATE UNIQUE INDEX supervision_daily_sheet_approving_org_supervising_org_day ON supervision_daily_sheet (approving_org, supervising_org, day);
CREATE INDEX supervision_daily_sheet_supervising_org_day ON supervision_daily_sheet (supervising_org, day);

CREATE TABLE supervision_sheet_problem (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    sheet_id TEXT NOT NULL,
    description TEXT NOT NULL,
    owner TEXT NOT NULL,
    follow_up_on DATE NOT NULL,
    state TEXT NOT NULL,
    reported_to TEXT,
    outcome TEXT
);
CREATE INDEX supervision_sheet_problem_sheet_id ON supervision_sheet_problem (sheet_id);

CREATE TABLE supervision_weekly_record (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    week TEXT NOT NULL,
    meeting_day DATE NOT NULL,
    state TEXT NOT NULL,
    met_at TIMESTAMPTZ,
    participants TEXT,
    summary TEXT,
    filed_by TEXT,
    filed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX supervision_weekly_record_approving_org_supervising_org_week ON supervision_weekly_record (approving_org, supervising_org, week);
CREATE INDEX supervision_weekly_record_supervising_org_week ON supervision_weekly_record (supervising_org, week);

CREATE TABLE supervision_meeting (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    convener TEXT NOT NULL,
    month TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    held_at TIMESTAMPTZ,
    points TEXT,
    minutes_ref TEXT,
    recorded_by TEXT
);
CREATE UNIQUE INDEX supervision_meeting_convener_month_number ON supervision_meeting (convener, month, number);

CREATE TABLE supervision_meeting_copy (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    meeting_id TEXT NOT NULL,
    org TEXT NOT NULL,
    read_by TEXT,
    read_at TIMESTAMPTZ
);
CREATE INDEX supervision_meeting_copy_org ON supervision_meeting_copy (org);
CREATE UNIQUE INDEX supervision_meeting_copy_meeting_id_org ON supervision_meeting_copy (meeting_id, org);

CREATE TABLE supervision_item (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_orgs TEXT NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX supervision_item_code ON supervision_item (code);

CREATE TABLE supervision_unpushed_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    sheet_id TEXT NOT NULL,
    state TEXT NOT NULL,
    found_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX supervision_unpushed_case_sheet_id ON supervision_unpushed_case (sheet_id);
CREATE UNIQUE INDEX supervision_unpushed_case_case_id_kind_supervising_org ON supervision_unpushed_case (case_id, kind, supervising_org);

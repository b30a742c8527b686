ALTER TABLE supervision_push ADD COLUMN delay_seconds INTEGER;
ALTER TABLE supervision_push ADD COLUMN acknowledged_at TIMESTAMPTZ;
ALTER TABLE supervision_push ADD COLUMN sheet_id TEXT;
CREATE INDEX supervision_push_sheet_id ON supervision_push (sheet_id);

ALTER TABLE supervision_violation ADD COLUMN case_id TEXT;
CREATE INDEX supervision_violation_case_id ON supervision_violation (case_id);

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
    version_no INTEGER NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_orgs TEXT NOT NULL
);
CREATE UNIQUE INDEX supervision_item_code_version_no ON supervision_item (code, version_no);

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

CREATE TABLE supervision_staff_grant (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    grant_id TEXT NOT NULL,
    staff TEXT NOT NULL,
    role TEXT NOT NULL,
    org TEXT NOT NULL,
    items TEXT NOT NULL,
    valid_from DATE,
    valid_until DATE,
    revoked_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX supervision_staff_grant_grant_id ON supervision_staff_grant (grant_id);
CREATE INDEX supervision_staff_grant_staff ON supervision_staff_grant (staff);

CREATE TABLE supervision_watched_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    item_name TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    steps TEXT NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    elapsed_wd INTEGER,
    committed_wd INTEGER,
    statutory_wd INTEGER,
    corrections INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    view_seconds INTEGER,
    overdue BOOLEAN NOT NULL,
    ended BOOLEAN NOT NULL,
    suspect BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX supervision_watched_case_case_id ON supervision_watched_case (case_id);
CREATE INDEX supervision_watched_case_decided_by ON supervision_watched_case (decided_by);
CREATE INDEX supervision_watched_case_completed_at_item_code ON supervision_watched_case (completed_at, item_code);
CREATE INDEX supervision_watched_case_item_code_item_version ON supervision_watched_case (item_code, item_version);

CREATE TABLE supervision_watched_voice (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reference TEXT NOT NULL,
    org TEXT NOT NULL,
    item_code TEXT,
    staff TEXT,
    came_at TIMESTAMPTZ NOT NULL,
    sequence INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    negative BOOLEAN NOT NULL,
    answered BOOLEAN NOT NULL,
    late BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX supervision_watched_voice_reference ON supervision_watched_voice (reference);
CREATE INDEX supervision_watched_voice_came_at_kind ON supervision_watched_voice (came_at, kind);

CREATE TABLE supervision_order (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    order_no TEXT NOT NULL,
    cause TEXT,
    kind TEXT NOT NULL,
    target_org TEXT NOT NULL,
    case_id TEXT,
    case_no TEXT,
    letter_no TEXT,
    rating_id TEXT,
    item_code TEXT,
    content TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    ends_with_case BOOLEAN NOT NULL,
    state TEXT NOT NULL,
    overdue BOOLEAN NOT NULL,
    answer TEXT,
    answered_by TEXT
);
CREATE UNIQUE INDEX supervision_order_order_no ON supervision_order (order_no);
CREATE UNIQUE INDEX supervision_order_cause ON supervision_order (cause);
CREATE INDEX supervision_order_case_id ON supervision_order (case_id);
CREATE INDEX supervision_order_letter_no ON supervision_order (letter_no);
CREATE INDEX supervision_order_rating_id ON supervision_order (rating_id);
CREATE INDEX supervision_order_target_org_issued_at ON supervision_order (target_org, issued_at);

CREATE TABLE supervision_draw (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    org TEXT NOT NULL,
    title TEXT NOT NULL,
    item_code TEXT NOT NULL,
    parties INTEGER NOT NULL,
    inspectors_each INTEGER NOT NULL,
    commitment TEXT NOT NULL,
    seed TEXT NOT NULL,
    state TEXT NOT NULL,
    announced_by TEXT NOT NULL,
    announced_at TIMESTAMPTZ NOT NULL,
    population TEXT,
    inspectors TEXT,
    population_hash TEXT,
    result TEXT,
    drawn_at TIMESTAMPTZ
);
CREATE INDEX supervision_draw_announced_at ON supervision_draw (announced_at);
CREATE INDEX supervision_draw_org ON supervision_draw (org);

CREATE TABLE supervision_exchange_warning (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    case_no TEXT NOT NULL,
    item_name TEXT NOT NULL,
    due DATE NOT NULL,
    warned_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX supervision_exchange_warning_approving_org ON supervision_exchange_warning (approving_org);
CREATE INDEX supervision_exchange_warning_supervising_org ON supervision_exchange_warning (supervising_org);

CREATE TABLE supervision_assessment (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    year INTEGER NOT NULL,
    state TEXT NOT NULL,
    scores TEXT,
    opened_by TEXT NOT NULL,
    published_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX supervision_assessment_year ON supervision_assessment (year);

CREATE TABLE supervision_assessment_check (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    assessment_id TEXT NOT NULL,
    org TEXT NOT NULL,
    kind TEXT NOT NULL,
    points TEXT NOT NULL,
    note TEXT NOT NULL,
    evidence TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX supervision_assessment_check_assessment_id ON supervision_assessment_check (assessment_id);

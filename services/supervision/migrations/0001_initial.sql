CREATE TABLE supervision_push (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    org TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    mode TEXT NOT NULL,
    decision TEXT NOT NULL,
    supervision_kind TEXT NOT NULL,
    licence_no TEXT,
    files TEXT NOT NULL,
    pushed_at TIMESTAMPTZ NOT NULL,
    seen_by TEXT,
    seen_at TIMESTAMPTZ
);
CREATE INDEX supervision_push_case_no ON supervision_push (case_no);
CREATE INDEX supervision_push_subject_ref ON supervision_push (subject_ref);
CREATE UNIQUE INDEX supervision_push_case_id_kind_org ON supervision_push (case_id, kind, org);
CREATE INDEX supervision_push_org_pushed_at ON supervision_push (org, pushed_at);

CREATE TABLE supervision_task (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    item_code TEXT NOT NULL,
    item_name TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    start_due DATE NOT NULL,
    finish_due DATE NOT NULL,
    cap_due DATE NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    start_overdue BOOLEAN NOT NULL,
    finish_overdue BOOLEAN NOT NULL,
    inspector TEXT,
    plan TEXT,
    started_at TIMESTAMPTZ,
    promised TEXT NOT NULL,
    points TEXT,
    ended_at TIMESTAMPTZ,
    end_reason TEXT
);
CREATE UNIQUE INDEX supervision_task_case_id ON supervision_task (case_id);
CREATE INDEX supervision_task_case_no ON supervision_task (case_no);
CREATE INDEX supervision_task_subject_ref ON supervision_task (subject_ref);
CREATE INDEX supervision_task_supervising_org_state_priority_created_at ON supervision_task (supervising_org, state, priority, created_at);

CREATE TABLE supervision_rectification (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    problems TEXT NOT NULL,
    due DATE NOT NULL,
    stop_activity BOOLEAN NOT NULL,
    evidence TEXT NOT NULL,
    ordered_by TEXT NOT NULL,
    ordered_at TIMESTAMPTZ NOT NULL,
    reported TEXT,
    reported_at TIMESTAMPTZ,
    recheck TEXT,
    recheck_overdue BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX supervision_rectification_task_id ON supervision_rectification (task_id);

CREATE TABLE supervision_finding (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    case_no TEXT,
    kind TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    description TEXT NOT NULL,
    evidence TEXT NOT NULL,
    penalty_no TEXT,
    discovered_at TIMESTAMPTZ NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL,
    reported_by TEXT NOT NULL,
    late BOOLEAN NOT NULL
);
CREATE INDEX supervision_finding_subject_ref ON supervision_finding (subject_ref);
CREATE INDEX supervision_finding_supervising_org_reported_at ON supervision_finding (supervising_org, reported_at);

CREATE TABLE supervision_proposal (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    case_no TEXT NOT NULL,
    approving_org TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    opinion TEXT NOT NULL,
    document_ref TEXT NOT NULL,
    document_no TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    proposed_at TIMESTAMPTZ NOT NULL,
    reply_due DATE NOT NULL,
    state TEXT NOT NULL,
    reply_overdue BOOLEAN NOT NULL,
    explanation TEXT
);
CREATE INDEX supervision_proposal_case_id ON supervision_proposal (case_id);
CREATE INDEX supervision_proposal_supervising_org_proposed_at ON supervision_proposal (supervising_org, proposed_at);

CREATE TABLE supervision_key_target (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    serious BOOLEAN NOT NULL,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX supervision_key_target_subject_ref ON supervision_key_target (subject_ref);

CREATE TABLE supervision_ended_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE UNIQUE INDEX supervision_ended_case_case_id ON supervision_ended_case (case_id);

CREATE TABLE supervision_violation (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    org TEXT,
    case_no TEXT,
    reference TEXT,
    detected_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX supervision_violation_event_id ON supervision_violation (event_id);
CREATE INDEX supervision_violation_detected_at ON supervision_violation (detected_at);


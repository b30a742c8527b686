-- Work lists, statistics, reports to the higher level, decisions by rules, imports, originals (FIL-31, FIL-40..42,
-- FIL-49, FIL-90, FIL-91, FIL-93).

ALTER TABLE filing_case ADD COLUMN elapsed_wd INTEGER;
ALTER TABLE filing_case ADD COLUMN limit_kept TEXT;
ALTER TABLE filing_case ADD COLUMN desk TEXT;
ALTER TABLE filing_case ADD COLUMN desk_org TEXT;
ALTER TABLE filing_case ADD COLUMN turn INTEGER NOT NULL DEFAULT 1;
ALTER TABLE filing_case ADD COLUMN source_system TEXT;
ALTER TABLE filing_case ADD COLUMN external_no TEXT;
UPDATE filing_case SET
    desk = CASE
        WHEN status = 'draft' THEN NULL
        WHEN status = 'returned' THEN 'receive'
        WHEN status IN ('submitted', 'dispatched', 'pre_review', 'resubmitted') THEN 'accept'
        WHEN status = 'correction' THEN 'correction'
        WHEN status IN ('accepted', 'reviewing', 'special') THEN 'review'
        WHEN status = 'deciding' THEN 'decide'
        WHEN status = 'suspended' THEN 'suspended'
        WHEN status = 'completed' AND delivery_status IN ('none', 'ready', 'undeliverable') THEN 'deliver'
        ELSE 'closed'
    END,
    desk_org = CASE
        WHEN status = 'draft' THEN NULL
        WHEN status = 'returned' THEN receiving_org
        WHEN status IN ('submitted', 'dispatched', 'pre_review', 'resubmitted', 'correction') THEN accepting_org
        WHEN status = 'completed' AND delivery_status IN ('none', 'ready', 'undeliverable') THEN accepting_org
        ELSE approving_org
    END;
CREATE INDEX filing_case_desk_org_desk_turn_opened_at ON filing_case (desk_org, desk, turn, opened_at);
CREATE UNIQUE INDEX filing_case_source_system_external_no ON filing_case (source_system, external_no);
CREATE INDEX filing_case_opened_at ON filing_case (opened_at);
CREATE INDEX filing_case_approving_org_submitted_at ON filing_case (approving_org, submitted_at);
CREATE INDEX filing_case_approving_org_accepted_at ON filing_case (approving_org, accepted_at);
CREATE INDEX filing_case_approving_org_completed_at ON filing_case (approving_org, completed_at);
CREATE INDEX filing_case_approving_org_commitment_status ON filing_case (approving_org, commitment_status);

ALTER TABLE filing_material ADD COLUMN check_at_pickup TEXT;
ALTER TABLE filing_material ADD COLUMN letter_no TEXT;
ALTER TABLE filing_material ADD COLUMN letter_from TEXT;

CREATE INDEX filing_order_target_org_due ON filing_order (target_org, due);
CREATE INDEX filing_correction_requested_at ON filing_correction (requested_at);
CREATE INDEX filing_archive_entry_archived_at ON filing_archive_entry (archived_at);

CREATE TABLE filing_handled (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    actor TEXT NOT NULL,
    case_id TEXT NOT NULL,
    verb TEXT NOT NULL,
    org TEXT,
    at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_handled_actor_case_id_verb ON filing_handled (actor, case_id, verb);
CREATE INDEX filing_handled_actor_at ON filing_handled (actor, at);
CREATE INDEX filing_handled_org_at ON filing_handled (org, at);

CREATE TABLE filing_report (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    from_org TEXT NOT NULL,
    to_org TEXT NOT NULL,
    reason TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    reported_at TIMESTAMPTZ NOT NULL,
    opinion TEXT,
    answered_by TEXT,
    answered_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX filing_report_case_id_number ON filing_report (case_id, number);
CREATE INDEX filing_report_to_org_answered_at ON filing_report (to_org, answered_at);

CREATE TABLE filing_evaluation (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    conditions TEXT NOT NULL
);
CREATE INDEX filing_evaluation_case_id ON filing_evaluation (case_id);

CREATE TABLE filing_node (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    step TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    org TEXT,
    opinion TEXT
);
CREATE UNIQUE INDEX filing_node_case_id_number ON filing_node (case_id, number);

CREATE TABLE filing_originals (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    due DATE NOT NULL,
    state TEXT NOT NULL,
    received_at TIMESTAMPTZ,
    received_by TEXT,
    differences TEXT
);
CREATE UNIQUE INDEX filing_originals_case_id ON filing_originals (case_id);

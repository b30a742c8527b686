-- The tables of filing: cases and what hangs on them, and the projections of catalog and credit.
CREATE TABLE filing_case (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_no TEXT NOT NULL,
    draft_key TEXT,
    duplicate_key TEXT,
    opened_at TIMESTAMPTZ NOT NULL,
    item_code TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    item_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    project_name TEXT NOT NULL,
    case_source TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_name_masked TEXT NOT NULL,
    applicant_ref TEXT NOT NULL,
    region_code TEXT NOT NULL,
    form TEXT,
    phone_tail TEXT,
    agreed BOOLEAN NOT NULL,
    delivery_in TEXT,
    delivery_out TEXT,
    address_ref TEXT,
    hall TEXT,
    approving_org TEXT NOT NULL,
    receiving_org TEXT,
    receiving_window TEXT,
    receiving_clerk TEXT,
    accepting_org TEXT NOT NULL,
    accepting_window TEXT,
    accepting_clerk TEXT,
    same_city BOOLEAN NOT NULL,
    agreed_reply_at TIMESTAMPTZ,
    status TEXT NOT NULL,
    before_special TEXT,
    before_suspension TEXT,
    commitment_status TEXT,
    delivery_status TEXT NOT NULL,
    decision TEXT,
    decision_no TEXT,
    licence_no TEXT,
    refusal_reason TEXT,
    submitted_at TIMESTAMPTZ,
    dispatched_at TIMESTAMPTZ,
    viewed_at TIMESTAMPTZ,
    view_warned_at TIMESTAMPTZ,
    view_warned_event TEXT,
    view_clock_started_at TIMESTAMPTZ,
    view_clock_assumed BOOLEAN NOT NULL,
    view_overdue_at TIMESTAMPTZ,
    accepted_at TIMESTAMPTZ,
    accepted_by_lapse BOOLEAN NOT NULL,
    decided_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    collected_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    push_acknowledged_at TIMESTAMPTZ,
    committed_due DATE,
    statutory_due DATE,
    delivery_due DATE,
    share_due DATE,
    extended_days INTEGER NOT NULL,
    paused_wd INTEGER NOT NULL,
    rounds INTEGER NOT NULL,
    dispatches INTEGER NOT NULL,
    returns INTEGER NOT NULL,
    visits INTEGER NOT NULL
);
CREATE UNIQUE INDEX filing_case_case_no ON filing_case (case_no);
CREATE UNIQUE INDEX filing_case_draft_key ON filing_case (draft_key);
CREATE UNIQUE INDEX filing_case_duplicate_key ON filing_case (duplicate_key);
CREATE INDEX filing_case_subject_ref_opened_at ON filing_case (subject_ref, opened_at);
CREATE INDEX filing_case_applicant_ref_opened_at ON filing_case (applicant_ref, opened_at);
CREATE INDEX filing_case_approving_org_status_opened_at ON filing_case (approving_org, status, opened_at);
CREATE INDEX filing_case_accepting_org_status_opened_at ON filing_case (accepting_org, status, opened_at);
CREATE INDEX filing_case_receiving_org_status_opened_at ON filing_case (receiving_org, status, opened_at);
CREATE INDEX filing_case_item_code_item_version ON filing_case (item_code, item_version);

CREATE TABLE filing_material (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    required BOOLEAN NOT NULL,
    may_defer BOOLEAN NOT NULL,
    state TEXT NOT NULL
);
CREATE UNIQUE INDEX filing_material_case_id_code ON filing_material (case_id, code);

CREATE TABLE filing_file (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    material TEXT,
    stage TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    mime TEXT NOT NULL,
    path TEXT NOT NULL,
    uploader TEXT NOT NULL,
    uploaded_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX filing_file_case_id_stage ON filing_file (case_id, stage);
CREATE UNIQUE INDEX filing_file_material_stage_name ON filing_file (material, stage, name);

CREATE TABLE filing_document (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_document_number ON filing_document (number);
CREATE INDEX filing_document_case_id_kind ON filing_document (case_id, kind);

CREATE TABLE filing_counter (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    value INTEGER NOT NULL
);
CREATE UNIQUE INDEX filing_counter_kind_year ON filing_counter (kind, year);

CREATE TABLE filing_progress_try (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_no TEXT NOT NULL,
    tries INTEGER NOT NULL,
    since TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_progress_try_case_no ON filing_progress_try (case_no);

CREATE TABLE filing_correction (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    defects TEXT NOT NULL,
    justification TEXT,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    extended BOOLEAN NOT NULL,
    answers TEXT,
    answered_at TIMESTAMPTZ,
    via TEXT
);
CREATE UNIQUE INDEX filing_correction_case_id_round ON filing_correction (case_id, round);

CREATE TABLE filing_special (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    expected_wd INTEGER NOT NULL,
    state TEXT NOT NULL,
    proposed_by TEXT NOT NULL,
    approved_by TEXT,
    started_on DATE,
    finished_on DATE,
    paused_wd INTEGER NOT NULL,
    result TEXT
);
CREATE INDEX filing_special_case_id_state ON filing_special (case_id, state);

CREATE TABLE filing_commitment (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    status TEXT NOT NULL,
    signed_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    letter TEXT NOT NULL,
    covers TEXT NOT NULL,
    supplies INTEGER NOT NULL,
    supplied_at TIMESTAMPTZ,
    closed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX filing_commitment_case_id ON filing_commitment (case_id);

CREATE TABLE filing_commitment_item (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    commitment TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    supplied_at TIMESTAMPTZ,
    checked_at TIMESTAMPTZ,
    checked_by TEXT,
    opinion TEXT
);
CREATE UNIQUE INDEX filing_commitment_item_commitment_code ON filing_commitment_item (commitment, code);

CREATE TABLE filing_suspension (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    ground TEXT NOT NULL,
    record_id TEXT,
    suspended_at TIMESTAMPTZ NOT NULL,
    resumed_at TIMESTAMPTZ,
    resumed_ground TEXT
);
CREATE INDEX filing_suspension_case_id_resumed_at ON filing_suspension (case_id, resumed_at);

CREATE TABLE filing_revocation (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    ground TEXT NOT NULL,
    state TEXT NOT NULL,
    collateral BOOLEAN NOT NULL,
    opinion TEXT,
    evidence TEXT NOT NULL,
    record_id TEXT,
    task_id TEXT,
    proposal_id TEXT,
    noticed_at TIMESTAMPTZ NOT NULL,
    noticed_by TEXT NOT NULL,
    defence_due DATE,
    defence TEXT,
    defended_at TIMESTAMPTZ,
    decided_at TIMESTAMPTZ,
    decided_by TEXT,
    decision_no TEXT,
    outcome TEXT
);
CREATE INDEX filing_revocation_record_id ON filing_revocation (record_id);
CREATE INDEX filing_revocation_case_id_state ON filing_revocation (case_id, state);

CREATE TABLE filing_proposal (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    proposal_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    document_ref TEXT NOT NULL,
    document_no TEXT NOT NULL,
    opinion TEXT NOT NULL,
    evidence TEXT NOT NULL,
    due DATE NOT NULL,
    state TEXT NOT NULL,
    answered_at TIMESTAMPTZ,
    answer TEXT
);
CREATE UNIQUE INDEX filing_proposal_proposal_id ON filing_proposal (proposal_id);
CREATE INDEX filing_proposal_case_id ON filing_proposal (case_id);

CREATE TABLE filing_parallel_task (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    org TEXT NOT NULL,
    state TEXT NOT NULL,
    due DATE NOT NULL,
    opinion TEXT,
    remarks TEXT,
    answered_by TEXT,
    answered_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX filing_parallel_task_case_id_org ON filing_parallel_task (case_id, org);
CREATE INDEX filing_parallel_task_org_state ON filing_parallel_task (org, state);

CREATE TABLE filing_paper_transfer (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    from_hall TEXT NOT NULL,
    to_org TEXT NOT NULL,
    received_at TIMESTAMPTZ NOT NULL,
    due DATE NOT NULL,
    transferred_at TIMESTAMPTZ,
    receipted_by TEXT,
    overdue BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX filing_paper_transfer_case_id ON filing_paper_transfer (case_id);

CREATE TABLE filing_order (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    order_no TEXT NOT NULL,
    kind TEXT NOT NULL,
    target_org TEXT NOT NULL,
    content TEXT NOT NULL,
    due DATE NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_order_order_id ON filing_order (order_id);
CREATE INDEX filing_order_case_id ON filing_order (case_id);

CREATE TABLE filing_task (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    supervising_org TEXT NOT NULL,
    state TEXT NOT NULL,
    due DATE,
    sequence INTEGER NOT NULL,
    told_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_task_task_id ON filing_task (task_id);
CREATE INDEX filing_task_case_id ON filing_task (case_id);

CREATE TABLE filing_item_version (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    name TEXT NOT NULL,
    switches TEXT NOT NULL,
    effective_from DATE,
    effective_to DATE
);
CREATE UNIQUE INDEX filing_item_version_code_number ON filing_item_version (code, number);

CREATE TABLE filing_guide (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE UNIQUE INDEX filing_guide_code_number ON filing_guide (code, number);

CREATE TABLE filing_org (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,
    region TEXT NOT NULL,
    deputy_leader TEXT,
    unit_leader TEXT,
    in_city_centre BOOLEAN NOT NULL,
    opens TEXT,
    closes TEXT,
    sequence INTEGER NOT NULL
);
CREATE UNIQUE INDEX filing_org_code ON filing_org (code);

CREATE TABLE filing_standing (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    subject_ref TEXT NOT NULL,
    status TEXT NOT NULL,
    status_sequence INTEGER NOT NULL,
    record_id TEXT,
    article TEXT,
    restrictions TEXT NOT NULL,
    deleted_records TEXT NOT NULL
);
CREATE UNIQUE INDEX filing_standing_subject_ref ON filing_standing (subject_ref);


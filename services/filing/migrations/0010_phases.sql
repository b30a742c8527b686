-- Each way in which an organisation has to do with a case is one walk of its drafts, its running or its closed cases, in
-- the whole order, so that its plan can be kept (FIL-90). The state beside it is compared within the index.
ALTER TABLE filing_case ADD COLUMN phase TEXT NOT NULL DEFAULT 'draft';
UPDATE filing_case SET phase = 'closed' WHERE status IN ('not_accepted', 'completed', 'withdrawn', 'lapsed', 'revoked', 'deleted');
UPDATE filing_case SET phase = 'running' WHERE status <> 'draft' AND phase = 'draft';
CREATE INDEX filing_case_approving_org_phase_opened_at_id_status ON filing_case (approving_org, phase, opened_at, id, status);
CREATE INDEX filing_case_accepting_org_phase_opened_at_id_status ON filing_case (accepting_org, phase, opened_at, id, status);
CREATE INDEX filing_case_receiving_org_phase_opened_at_id_status ON filing_case (receiving_org, phase, opened_at, id, status);
DROP INDEX filing_case_approving_org_status_opened_at;
DROP INDEX filing_case_accepting_org_status_opened_at;
DROP INDEX filing_case_receiving_org_status_opened_at;
DROP INDEX filing_case_approving_org_opened_at;
DROP INDEX filing_case_accepting_org_opened_at;
DROP INDEX filing_case_receiving_org_opened_at;
-- What went wrong is little among the cases of a desk; whether a limit has passed is compared within the index (FIL-42).
CREATE INDEX filing_case_troubled ON filing_case (desk_org, opened_at, id) WHERE (status = 'dispatched' AND view_overdue_at IS NOT NULL OR status = 'returned' AND returns > 1 OR status = 'completed' AND delivery_status = 'undeliverable');
CREATE INDEX filing_case_in_handling ON filing_case (desk_org, opened_at, id, committed_due) WHERE (status IN ('accepted', 'reviewing', 'deciding'));
-- The cases of an item, and within the index those of an organisation (综合查询).
CREATE INDEX filing_case_item ON filing_case (item_code, opened_at, id, approving_org, accepting_org, receiving_org);
DROP INDEX filing_case_item_code_item_version;
CREATE INDEX filing_case_applicant_ref_opened_at_id ON filing_case (applicant_ref, opened_at, id);
DROP INDEX filing_case_applicant_ref_opened_at;
CREATE INDEX filing_handled_actor_at_id ON filing_handled (actor, at, id);
DROP INDEX filing_handled_actor_at;
ALTER TABLE filing_participant ADD COLUMN item_code TEXT NOT NULL DEFAULT '';
UPDATE filing_participant SET item_code = (SELECT item_code FROM filing_case WHERE filing_case.id = filing_participant.case_id);
CREATE INDEX filing_participant_org_opened_at_case_id_item_code ON filing_participant (org, opened_at, case_id, item_code);
DROP INDEX filing_participant_org_opened_at_case_id;

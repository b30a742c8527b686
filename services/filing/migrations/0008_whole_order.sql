-- The lists asked for most are planned once (chassis.paging, `kept`): the plan knows no number of rows, so its index has
-- to hold the whole order, down to the key, or it would sort all rows of a desk or a party (FIL-90, FIL-14).
CREATE INDEX filing_case_desk_org_desk_turn_opened_at_id ON filing_case (desk_org, desk, turn, opened_at, id);
DROP INDEX filing_case_desk_org_desk_turn_opened_at;
CREATE INDEX filing_case_subject_ref_opened_at_id ON filing_case (subject_ref, opened_at, id);
DROP INDEX filing_case_subject_ref_opened_at;

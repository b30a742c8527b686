-- Each way in which an organisation has to do with a case is one walk, newest first (FIL-90).
CREATE INDEX filing_case_approving_org_opened_at ON filing_case (approving_org, opened_at);
CREATE INDEX filing_case_accepting_org_opened_at ON filing_case (accepting_org, opened_at);
CREATE INDEX filing_case_receiving_org_opened_at ON filing_case (receiving_org, opened_at);
CREATE INDEX filing_revocation_state ON filing_revocation (state);
CREATE INDEX filing_proposal_state ON filing_proposal (state);

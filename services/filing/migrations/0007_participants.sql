-- Who was asked about a case, in the order of the lists (FIL-38, FIL-42).

CREATE TABLE filing_participant (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    version INTEGER NOT NULL,
    case_id TEXT NOT NULL,
    org TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX filing_participant_case_id_org ON filing_participant (case_id, org);
CREATE INDEX filing_participant_org_opened_at_case_id ON filing_participant (org, opened_at, case_id);

INSERT INTO filing_participant (id, created_at, updated_at, version, case_id, org, opened_at)
SELECT MIN(a.id), MIN(a.created_at), MIN(a.created_at), 1, a.case_id, a.org, c.opened_at
FROM (
    SELECT id, created_at, case_id, org FROM filing_parallel_task
    UNION ALL
    SELECT id, created_at, case_id, to_org FROM filing_report
) AS a
JOIN filing_case AS c ON c.id = a.case_id
GROUP BY a.case_id, a.org, c.opened_at;

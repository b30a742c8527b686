-- The source system of a case from a file is one of the office that imports it (FIL-93): what was recorded under the bare
-- name gets the office in front, unless a system of that name has called the hall itself and goes on with the case.
UPDATE filing_case SET source_system = approving_org || '/' || source_system
WHERE source_system IS NOT NULL
  AND EXISTS (
    SELECT 1 FROM chassis_history h WHERE h.subject = filing_case.id AND h.verb = 'import' AND h.actor LIKE 'staff:%'
  )
  AND NOT EXISTS (
    SELECT 1 FROM chassis_history h
    WHERE h.subject = filing_case.id AND h.verb LIKE 'import%' AND h.actor LIKE 'service:%'
  );

UPDATE credit_record SET origin_key = 'promise:' || subject_ref || ':' || case_no
WHERE origin_key LIKE 'promise:%' AND case_no IS NOT NULL;

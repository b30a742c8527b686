"""The credit archive (政务服务诚信档案, CRE).

Owns: failings and their determination, the status of every party, restrictions, objection, repair and their publicity,
booking no-shows, what is to be shared with the exchange platform, and who read the archive.
Consumes: broken promises and revocations from filing, failed rectifications and findings from supervision, no-shows
from booking, decisions from filing (to be shared).
Emits: credit.record.*, credit.subject.*, credit.restriction.*, credit.objection.*, credit.repair.*,
credit.publicity.*, credit.noshow.*.
"""

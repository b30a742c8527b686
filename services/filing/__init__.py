"""Filing (申报与办件): the heart of the hall.

Owns the case from draft to revocation: its form, files, promise, decision, result, documents and limits.
Consumes what catalog says about items, organisations and the calendar, what credit says about parties, what supervision
says about verification, and what the notifier says about messages and shipments.
Emits `filing.case.*`, `filing.commitment.*`, `filing.special.*`, `filing.parallel.*`, `filing.result.*`,
`filing.paper.*`, `filing.deadline.*`, `filing.revocation.declined`, and the command `notifier.ship`.
"""

"""Identity 统一身份认证: who somebody is, how they prove it, and what they may do.

Owns accounts of persons, legal persons and staff, SMS codes, security questions, sessions, login tickets and keys,
real-name verification, the address book, agents of legal persons, roles and grants, the second factor of staff, and the
audit of logins, grants and reads of personal data.

Consumes `catalog.org.changed` (which unit lies in which region, for ID-31) and `catalog.calendar.year.published`.

Emits `identity.user.registered/verified/updated`, `identity.legal.bound`, `identity.staff.granted/revoked`,
`identity.security.locked`, and the command `notifier.send_sms` for codes. Numbers, names and addresses never travel in
events: the notifier asks for them when it sends, and each answer is audited.
"""

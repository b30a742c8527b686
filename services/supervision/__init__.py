"""Linkage of approval and supervision (审管联动, SUP).

Owns: the files pushed to supervising offices, verification of promises and rectification, findings, proposals to
revoke, key targets, and what electronic supervision has detected.
Consumes: the life of cases from filing, the standing of parties from credit, late letters and ratings from feedback.
Emits: supervision.push.*, .task.*, .rectification.*, .finding.*, .revocation.*.
"""

"""Linkage of approval and supervision (审管联动), and electronic supervision (电子监察): SUP.

Owns: the files pushed to supervising offices, verification of promises and rectification, findings, proposals to
revoke, key targets and random draws; the linkage work of two offices (daily sheets, weekly records, monthly meetings,
warnings) and its annual assessment; what electronic supervision has detected, its orders, the figures and the board.
Consumes: the life of cases from filing, the standing of parties from credit, letters and ratings from feedback, items
from the catalog, grants from identity.
Emits: supervision.push.*, .task.*, .rectification.*, .finding.*, .revocation.*, .order.*, .linkage.*, .assessment.*.
"""

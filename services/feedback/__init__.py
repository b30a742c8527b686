"""Feedback (好差评, 投诉建议咨询; FEE).

Owns: the ratings of completed cases with their replies; complaints, suggestions and consultations with their answers.
Consumes: completed and revoked cases from filing, organisations and items from the catalog, orders from supervision.
Emits: feedback.rating.*, feedback.letter.*.
"""

"""Feedback (好差评, 投诉建议咨询; FEE).

Owns: the ratings of completed cases with their replies and call-backs; complaints, suggestions and consultations with
their answers; what is made public of them (信件答复, 曝光纠错); forums and surveys; the question robot.
Consumes: the life of cases from filing, organisations and items from the catalog, orders from supervision.
Emits: feedback.rating.*, feedback.letter.*. Asks the catalog for the guides that the robot quotes.
"""

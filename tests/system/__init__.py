"""The whole hall in real processes: the main chain, and the proof that nothing is lost and nothing happens twice."""

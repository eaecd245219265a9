"""State-space models: ARIMA errors and unobserved components."""

"""Regression with AR(1) errors: integrated over rho, at one rho, and in batches."""

"""Measurements: throughput, scale, and detection on real and generated data."""

"""Providers translate what one vendor sends into values."""

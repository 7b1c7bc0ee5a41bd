"""Stands for tls, which the 32-bit build lacks. Enough to import what uses it."""

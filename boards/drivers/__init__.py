"""Drivers that several boards share: pins and UARTs, and the waiting for them."""

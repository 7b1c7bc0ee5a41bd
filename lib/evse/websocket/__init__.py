"""A WebSocket client (RFC 6455) without I/O: `handshake` upgrades, `frames` carries messages."""

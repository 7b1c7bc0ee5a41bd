"""The 32-bit build has no sha1; importing needs the name only."""

from uhashlib import sha256

sha1 = sha256

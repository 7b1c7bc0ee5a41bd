"""Card readers, sans-I/O: a file for each kind of reader, and uid.py for what a card means."""

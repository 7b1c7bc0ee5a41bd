"""The functional blocks of OCPP 2.0.1, one file each: plain functions of the context. They keep no
state of their own: the rare ones are loaded for each call (dispatch.py)."""

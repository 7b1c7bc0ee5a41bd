"""What the protocol may ask of the integrator. Subclass it and override what the station can do;
each has its default answer.

All are called from the link's verbs and `wakeup`, never from inside a handler, and return at once;
what takes longer gets a callable `done(result)`. One that raises is logged, and what called it is
given up.
"""


class Callbacks:
    def power_allowed(self, evse_id: int, allowed: bool):
        """Energy may (not) flow from now on. The contactor follows: it opens first, and reports
        after."""

    def reset(self, evse_id, kind: str):
        """Restart now: the whole station (None) or one EVSE. `kind`: Immediate, OnIdle (B11,
        B12)."""

    def is_reset_allowed(self, evse_id, kind: str) -> bool:
        return True

    def unlock_connector(self, evse_id: int, connector_id: int, done):
        """Try to release the cable, also if there is none; done("Unlocked") or
        done("UnlockFailed") (F05)."""
        done("UnlockFailed")

    def release_connector(self, evse_id: int):
        """The driver may take the cable: the transaction ended, or the EV side was unplugged
        (E07.FR.04, E09)."""

    def remote_start_allowed(self, evse_id: int) -> bool:
        """Veto for RequestStartTransaction."""
        return True

    def connector_effective_operative_status_changed(
        self, evse_id: int, connector_id: int, status: str
    ):
        """Operative, Inoperative; for every connector once at the start."""

    def connection_state_changed(self, connected: bool):
        """The link to the CSMS is up or down."""

    def boot_notification(self, status: str):
        """Each answer to BootNotification: Accepted, Pending, Rejected."""

    def time_sync(self, wall: int):
        """The CSMS, or NTP, has set the clock: seconds since 2000-01-01T00:00:00Z."""

    def validate_network_profile(self, slot: int, profile: dict) -> str:
        """Accepted, Rejected or Failed: could the station connect with this
        NetworkConnectionProfileType (B09)? It is kept by the protocol, if accepted, and used by
        the integrator after a restart (B10)."""
        return "Accepted"

    def variable_changed(self, component: dict, variable: dict, attribute_type: str, value: str):
        """The CSMS has set a variable."""

    def can_resume(self, evse_id: int, transaction_id: str) -> bool:
        """After a power cut, with the cable still in: may the transaction go on?"""
        return True

    def transaction_event(self, payload: dict):
        """An observer's copy of each TransactionEvent, as it goes into the journal."""

    def transaction_ended(self, evse_id: int, transaction_id: str):
        """Ended is journaled, the EVSE is free again."""

    def security_event(self, event_type: str, tech_info):
        """A security event that was born inside the stack."""

    def data_transfer(self, vendor_id: str, message_id, data):
        """(status, data) for a vendor that the station knows, else None (P01)."""
        return None

    def bug_caught(self, where: str, error):
        """A function of the station raised; it goes on working. For the crash log."""

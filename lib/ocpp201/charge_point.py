"""ChargePoint: the 22 handlers of libocpp's ChargePointInterface, and what a station needs more.

A handler checks its ids, notes the fact in the block that owns it, and returns True (accepted, or
already so) or False (refused and logged). It never raises, never waits, sends nothing itself.
`wakeup` carries out what follows: call it soon after a handler or a received text, and at the
latest at the core second that it returned last.

`now` is whole seconds since boot. Timestamps are RFC 3339 text, whole seconds since
2000-01-01T00:00:00Z, or None for now. Ids of EVSEs and connectors count from 1. Tokens are
IdTokenType dicts. Words are the specification's.
"""

from . import dispatch
from .engine import Engine

_CHARGING_STATES = ("Idle", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Charging")


class ChargePoint(Engine):
    """Made as engine.Engine says; its link calls connected, receive_text, next_text and wakeup."""

    # --- the 22 handlers, in libocpp's order ---

    def on_network_disconnected(self, ocpp_interface: str) -> bool:
        """The platform noticed a dead link (Wired0-3, Wireless0-3) earlier than TCP would: drops
        it without a close handshake."""
        return self._do("provisioning", "network_disconnected", ocpp_interface)

    def on_firmware_update_status_notification(
        self, request_id: int, firmware_update_status: str
    ) -> bool:
        """Progress of an update (L01.FR.01). request_id -1: not known; that of the last status is
        taken, or none with Idle."""
        return self._do(
            "firmware_management", "status_notification", request_id, firmware_update_status
        )

    def on_session_started(self, evse_id: int, connector_id: int) -> bool:
        """The cable is plugged in at the station (E02, G01). Further connectors of the same EVSE
        are noted and not used."""
        return self._at("transactions", "plugged", evse_id, connector_id)

    def on_get_15118_ev_certificate_request(self, request: dict, on_response=None) -> dict:
        """Hand an EV's request for a contract certificate to the CSMS (M01, M02). Returns {state:
        pending or done, response}; without an answer, or offline, the response is status Failed.
        One at a time."""
        return self._do(
            "iso15118_certificate_management", "get_15118_ev_certificate", request, on_response
        ) or {"state": "done", "response": {"status": "Failed", "exiResponse": ""}}

    def on_transaction_started(self, evse_id, connector_id, session_id, timestamp, trigger_reason,
                               meter_start, id_token=None, group_id_token=None,
                               reservation_id=None, remote_start_id=None,
                               charging_state=None) -> bool:  # fmt: skip
        """For integrators who decide on their own; else the facts start it (E01). session_id None:
        made here. Refused: one is running there, the id was used before, the connector is faulted
        or out of service. meter_start: MeterValueType or None."""
        return (charging_state is None or self._is_state(charging_state)) and self._at(
            "explicit_transactions", "started", evse_id, connector_id, session_id, timestamp,
            trigger_reason, meter_start, id_token, group_id_token, reservation_id, remote_start_id,
            charging_state,
        )  # fmt: skip

    def on_transaction_finished(self, evse_id, timestamp, meter_stop, reason, trigger_reason,
                                id_token=None, signed_meter_value=None,
                                charging_state=None) -> bool:  # fmt: skip
        """End the transaction of that EVSE, whatever the facts say (E06). trigger_reason None: the
        usual one of `reason`."""
        return (charging_state is None or self._is_state(charging_state)) and self._at_evse(
            "explicit_transactions", "finished", evse_id, timestamp, meter_stop, reason,
            trigger_reason, id_token, signed_meter_value, charging_state,
        )  # fmt: skip

    def on_session_finished(self, evse_id: int, connector_id: int) -> bool:
        """Unplugged at the station, or at the vehicle where the hardware can't tell (E09, G01)."""
        return self._at("transactions", "unplugged", evse_id, connector_id)

    def on_authorized(self, evse_id: int, connector_id: int, id_token: dict) -> bool:
        """The token was accepted for this EVSE; 0: for none in particular. The same token, or one
        of its group, again: stop (E07.FR.01). A different one while somebody charges: refused
        (C01.FR.23). No Authorize is sent: that is `authorize`."""
        return self._token_at("authorized", evse_id, connector_id, id_token)

    def on_meter_value(self, evse_id: int, meter_value) -> bool:
        """A reading (J01, J02): a MeterValue, which allocates nothing, or a MeterValueType dict.
        EVSE 0: the grid meter."""
        try:
            return dispatch.block("meter_values").on_meter_value(
                self.context, evse_id, meter_value
            )
        except Exception as error:
            return self._refused("meter value", (evse_id, error))

    def on_unavailable(self, evse_id: int, connector_id: int) -> bool:
        """The hardware is disabled: Unavailable until on_enabled (G03). A running transaction goes
        on."""
        return self._at("availability", "unavailable", evse_id, connector_id, True)

    def on_enabled(self, evse_id: int, connector_id: int) -> bool:
        """The hardware is back. The connector may stay Unavailable by ChangeAvailability."""
        return self._at("availability", "unavailable", evse_id, connector_id, False)

    def on_faulted(self, evse_id: int, connector_id: int) -> bool:
        """No energy any more; a transaction goes on without (G01)."""
        return self._at("availability", "faulted", evse_id, connector_id, True)

    def on_fault_cleared(self, evse_id: int, connector_id: int) -> bool:
        """Clears whatever set the fault; energy may flow again if everything else permits."""
        return self._at("availability", "faulted", evse_id, connector_id, False)

    def on_reserved(self, evse_id: int, connector_id: int) -> bool:
        """A local reservation of one connector, without id, end and token (H01)."""
        return self._at("reservation", "reserved", evse_id, connector_id, True)

    def on_reservation_cleared(self, evse_id: int, connector_id: int) -> bool:
        """The local reservation is over (H02)."""
        return self._at("reservation", "reserved", evse_id, connector_id, False)

    def on_charging_state_changed(
        self, evse_id: int, charging_state: str, trigger_reason: str = "ChargingStateChanged"
    ) -> bool:
        """What the vehicle and the contactor do: Idle, EVConnected, SuspendedEV, SuspendedEVSE,
        Charging (E02.FR.13)."""
        usual = trigger_reason == "ChargingStateChanged"
        return self._is_state(charging_state) and self._at_evse(
            "transactions" if usual else "explicit_transactions", "charging_state_changed",
            evse_id, charging_state, trigger_reason,
        )  # fmt: skip

    def get_evse_transaction_id(self, evse_id: int):
        """The id of the transaction that runs there, or None."""
        evse = self.state.evse(evse_id)
        return evse.transaction.id if evse and evse.transaction else None

    def on_event(self, events: list) -> bool:
        """Send EventDataType dicts as NotifyEvent (N07); missing ids and times are filled in.
        False: one had no component or variable."""
        return self._do("diagnostics", "notify", events)

    def on_log_status_notification(self, status: str, request_id: int) -> bool:
        """Progress of a log upload (N01). request_id -1: none, with Idle only."""
        return self._do("diagnostics", "log_status_notification", status, request_id)

    def on_security_event(
        self, event_type: str, tech_info=None, critical=None, timestamp=None
    ) -> bool:
        """Logged; a critical one (given, or by the specification's list) is sent with guaranteed
        delivery (A04)."""
        return self._do(
            "security", "on_security_event", event_type, tech_info, critical, timestamp
        )

    def on_variable_changed(self, set_variable_data: dict) -> bool:
        """A variable was changed elsewhere (SetVariableDataType): the model takes it over, also if
        ReadOnly."""
        return self._do("provisioning", "variable_changed", set_variable_data)

    def on_reservation_status(self, reservation_id: int, status: str) -> bool:
        """Expired or Removed, for integrators with a book of their own (H04)."""
        return self._do("reservation", "status", reservation_id, status)

    # --- beyond libocpp ---

    def authorize(self, evse_id: int, connector_id: int, id_token: dict) -> bool:
        """A token was shown: asks whether it may charge, then on_authorized (C01). False: refused
        before asking."""
        return self._token_at("present", evse_id, connector_id, id_token)

    def validate_token(self, id_token: dict, on_result) -> bool:
        """Asks only: on_result(IdTokenInfoType), now or when the CSMS has answered."""
        if not dispatch.is_type("IdToken", id_token):
            return self._refused("token", id_token)
        return self._do("authorization", "validate", id_token, on_result) is None

    def stop_local(self, evse_id: int) -> bool:
        """The stop button (E07)."""
        return self._at_evse("transactions", "stop_local", evse_id)

    def on_ev_disconnected(self, evse_id: int) -> bool:
        """Unplugged at the vehicle while the station holds the cable (E09, E10)."""
        return self._at_evse("transactions", "ev_disconnected", evse_id)

    def set_parking_bay(self, evse_id: int, occupied: bool) -> bool:
        """The bay sensor (TxStartPoint ParkingBayOccupancy)."""
        return self._at_evse("transactions", "parking_bay", evse_id, occupied)

    def set_signed_data_received(self, evse_id: int) -> bool:
        """The meter has delivered a signed value (TxStartPoint DataSigned)."""
        return self._at_evse("transactions", "signed_data_received", evse_id)

    def set_stop_reason(self, evse_id: int, reason: str) -> bool:
        """The stoppedReason of the next end, e.g. EmergencyStop (E06.FR.16)."""
        return self._at_evse("explicit_transactions", "set_stop_reason", evse_id, reason)

    def may_charge(self, evse_id: int) -> bool:
        """May energy flow there now?"""
        evse = self.state.evse(evse_id)
        return bool(evse and self.state.permits(evse))

    def restart(self) -> bool:
        """As the operator: like Reset Immediate by the CSMS; callback `reset` follows (B12)."""
        return self._do("reset", "restart")

    def change_availability(self, operative: bool, evse=None) -> str:
        """As the operator: Accepted, Scheduled or Rejected. `evse`: EVSEType, None for the station
        (G03, G04)."""
        return self._do("operational_status", "change", evse, operative) or "Rejected"

    def data_transfer(self, vendor_id: str, message_id=None, data=None, on_result=None) -> bool:
        """on_result(status, data), or (None, None) if nobody answered (P02). False: offline,
        nothing is sent."""
        return self._do("data_transfer", "send", vendor_id, message_id, data, on_result)

    def get_variables(self, items: list) -> list:
        """GetVariableDataType dicts to GetVariableResultType dicts (B06)."""
        return self._do("provisioning", "read", items) or []

    def set_variables(self, items: list, internal: bool = False) -> list:
        """SetVariableDataType dicts to SetVariableResultType dicts (B05). internal: ReadOnly is no
        obstacle."""
        return self._do("provisioning", "write", items, internal) or []

    def set_clock(self, wall: int, now: int, source: str):
        """`source`, a word of ClockCtrlr.TimeSource other than Heartbeat, tells the time."""
        self.context.now = now
        self._do("availability", "set_clock", wall, source)

    def security_log(self) -> list:
        """The security events of this run and of earlier ones, a line each, oldest first (A04)."""
        return self._do("security", "log_lines") or []

    def status(self, now: int) -> dict:
        """What a display or a console shows."""
        self.context.now = now
        return dispatch.block("status").describe(self.context, self.errors)

    # --- inside ---

    def _is_state(self, given) -> bool:
        return given in _CHARGING_STATES or self._refused("charging state", given)

    def _token_at(self, name, evse_id, connector_id, id_token):
        """Call a function of block C with a token, an EVSE and a connector; 0: none in
        particular."""
        if not dispatch.is_type("IdToken", id_token):
            return self._refused("token", id_token)
        state = self.state
        if type(evse_id) is not int or (evse_id and not state.evse(evse_id)):
            return self._refused("EVSE", evse_id)
        known = not connector_id or state.connector(evse_id or 1, connector_id)
        if type(connector_id) is not int or not known:
            return self._refused("connector", connector_id)
        return self._do("authorization", name, evse_id, connector_id, id_token)

"""What a board offers to the station: the contract between the hardware and `evse.controller`.

A board is a class that inherits from this one and replaces what its hardware can do; what it
leaves alone says "not fitted", and the station lives with it. EVSEs and their connectors are
numbered from 1. Everything is a whole number with its unit in the name. Calls come from the event
loop's thread and return at once: what takes longer (a Modbus meter, a card reader) is done by the
board's own tasks, and the calls answer from what those saw last. No call raises.

What happens at the hardware is told to the controller that `start` brought:

    plugged(evse_id, connector_id)        a cable joins car and connector; also when a car comes
                                          back to the cable that ev_unplugged left
    unplugged(evse_id, connector_id)      it is off the station, or nobody can tell which end
    ev_unplugged(evse_id, connector_id)   it is off the car, the lock holds this end
    ev_draws(evse_id, drawing)            the car wants current (pilot state C or D, or not any
                                          more); a board without a pilot says so when it is plugged
    card(text, kind, evse_id=0)           a card at the reader; kind: IdTokenEnumType; 0: any EVSE
    start_button(evse_id), stop_button(evse_id)
    bay(evse_id, occupied)                the parking bay was taken or left
    fault(evse_id, connector_id, code)    code: one word; connector_id 0: the whole EVSE
    fault_cleared(evse_id, connector_id)

An interrupt calls none of these but `contactors[evse_id - 1].force_open()`, and the next `tick`
reports the fault.
"""


class Board:
    """A board on which nothing but a relay is fitted.

    `console` names a module with commands of its own: HELP, a line for each, and functions
    do_<name>(board, words), which return lines or None; ValueError(reason) is answered as ERR
    reason.
    """

    console = ""
    bitten = False  # on a PC: was it the watchdog that tore the program out of its loop?

    def start(self, station):
        """Begin to report to `station`, the Controller, first of all what is plugged already."""

    def stop(self):
        """The station goes down, all contactors are open. Let go of what the next start needs."""

    def tick(self, now: int):
        """Once per core second, before the contactors: report here what was noted meanwhile."""

    def relay(self, evse_id: int, closed: bool):
        """Drive the contactor's coil. A hard interrupt may call this too: allocates nothing."""
        raise NotImplementedError

    def mirror(self, evse_id: int):
        """The contactor's auxiliary contact: True = closed, False = open, None = no feedback."""
        return None

    def offer(self, evse_id: int, limit_da: int):
        """Offer so many deci-amps per phase to the car within 100 ms (control pilot); 0 = none."""

    def lock(self, evse_id: int, connector_id: int, locked: bool) -> bool:
        """Lock or release the plug. False = the lock did not get there, it may be anywhere."""
        return True

    def read_meter(self, evse_id: int, value):
        """Fill the MeterValue in place, -1 = no such value; allocates nothing. True = done,
        False = the meter does not answer, None = no meter is fitted; then `value` is untouched."""
        return None

    async def open_connection(self, host: str, port: int, ssl=None, server_hostname=None):
        """A TCP connection as (reader, writer), like asyncio's: `host` is an address, and with
        `ssl`, an SSL context, server_hostname is what the certificate must name. OSError = there
        is none."""
        raise NotImplementedError

    def set_time(self, wall: int):
        """Set the processor's clock, by which TLS judges certificates: seconds since 2000. It is
        told at boot, if that clock is behind what was known last, and whenever somebody knows."""

    def reset_cause(self) -> str:
        """Why the processor started: BootReasonEnumType, Unknown if the hardware can't tell."""
        return "Unknown"

    def start_watchdog(self, seconds: int):
        """From now on the processor starts anew, which opens every contactor, when feed() was not
        called for so long; nothing stops that any more."""

    def feed(self):
        """Every task of the station is alive."""

    def restart(self):
        """Start the processor anew. Returns on a PC: there the program composes itself anew."""

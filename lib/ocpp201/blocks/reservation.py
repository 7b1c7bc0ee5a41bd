"""H. Reservation: the flag of a local reservation. Reservations by the CSMS come in a later
version."""

_STATUSES = ("Expired", "Removed")


def reserved(context, evse, connector, is_reserved: bool) -> bool:
    """on_reserved, on_reservation_cleared: by the integrator, for one connector."""
    if connector.reserved != is_reserved:
        connector.reserved = is_reserved
        connector.reserved_first = is_reserved and not connector.plugged  # G03.FR.09
    return True


def status(context, reservation_id, word) -> bool:
    """on_reservation_status, for an integrator who keeps the book."""
    if type(reservation_id) is not int or word not in _STATUSES:
        return False
    payload = {"reservationId": reservation_id, "reservationUpdateStatus": word}
    return context.outbox.put("ReservationStatusUpdate", payload)

"""P. Data transfer: what the specification has no message for."""


def data_transfer(context, request):
    """From the CSMS (P01). A vendor that the integrator doesn't know: UnknownVendorId."""
    answer = context.callbacks.data_transfer(
        request.get("vendorId"), request.get("messageId"), request.get("data")
    )
    if answer is None:
        return {"status": "UnknownVendorId"}  # P01.FR.05
    status, data = answer
    return {"status": status} if data is None else {"status": status, "data": data}


def send(context, vendor_id, message_id, data, on_result) -> bool:
    """To the CSMS (P02); on_result(status, data), or (None, None) if nobody answered. False:
    offline, nothing sent."""
    if not _is_text(vendor_id, 255) or not (message_id is None or _is_text(message_id, 50)):
        return False
    payload = {"vendorId": vendor_id}
    if message_id is not None:
        payload["messageId"] = message_id
    if data is not None:
        payload["data"] = data
    return context.outbox.put("DataTransfer", payload, on_result)


def _is_text(value, longest) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest


def data_transfer_answered(context, answer, on_result):
    if on_result and answer is None:
        on_result(None, None)
    elif on_result:
        on_result(answer.get("status"), answer.get("data"))

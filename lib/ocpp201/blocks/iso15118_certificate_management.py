"""M. ISO 15118 certificate management: hands an EV's certificate request through. The rest comes
in a later version."""

_FAILED = {"status": "Failed", "exiResponse": ""}


def get_15118_ev_certificate(context, request, on_response):
    """on_get_15118_ev_certificate_request: returns the handle {state, response} at once (M01,
    M02)."""
    handle = {"state": "pending", "response": None, "on_response": on_response}
    state = context.state
    if state.ev_certificate_request or not context.outbox.put(
        "Get15118EVCertificate", request, handle
    ):
        _finish(handle, _FAILED)
    else:
        state.ev_certificate_request = handle
    return handle


def ev_certificate_answered(context, answer, handle):
    context.state.ev_certificate_request = None
    if answer is None:
        _finish(handle, _FAILED)
    else:
        _finish(handle, {"status": answer.get("status"), "exiResponse": answer.get("exiResponse")})


def _finish(handle, response):
    handle["state"] = "done"
    handle["response"] = response
    if handle["on_response"]:
        handle["on_response"](response)

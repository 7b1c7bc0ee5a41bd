"""M. ISO 15118 certificate management: hands an EV's certificate request through. The rest comes
in a later version."""

_LONGEST = {"iso15118SchemaVersion": 50, "action": 7, "exiRequest": 5600}
_FAILED = {"status": "Failed", "exiResponse": ""}


def get_15118_ev_certificate(context, request, on_response):
    """on_get_15118_ev_certificate_request: returns the handle {state, response} at once (M01,
    M02)."""
    handle = {"state": "pending", "response": None, "on_response": on_response}
    state = context.state
    able = context.outbox.online and context.registration.accepted() and _is_request(request)
    busy = state.ev_certificate_request
    if busy or not able or not context.outbox.put("Get15118EVCertificate", request, handle):
        _finish(handle, _FAILED)
    else:
        state.ev_certificate_request = handle
    return handle


def _is_request(request) -> bool:
    """Get15118EVCertificateRequest: three texts, none of them left out."""
    if not isinstance(request, dict) or len(request) != len(_LONGEST):
        return False
    for name in _LONGEST:
        text = request.get(name)
        if not isinstance(text, str) or len(text) > _LONGEST[name]:
            return False
    return request["action"] in ("Install", "Update")


def ev_certificate_answered(context, answer, handle):
    context.state.ev_certificate_request = None
    if answer is None:
        _finish(handle, _FAILED)
    else:
        _finish(handle, {"status": answer.get("status"), "exiResponse": answer.get("exiResponse")})


def _finish(handle, response):
    handle["state"] = "done"
    handle["response"] = response
    if callable(handle["on_response"]):
        handle["on_response"](response)

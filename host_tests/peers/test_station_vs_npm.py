"""The real station under MicroPython, as on a device, and npm `ocpp-rpc` in strict mode, the
strictest CSMS that we know, with the judge between them."""

import pytest

from host_tests.peers import conversations
from host_tests.peers.csms_npm import NpmCsms, skip_reason

pytestmark = [
    pytest.mark.npm,
    pytest.mark.skipif(skip_reason() is not None, reason=str(skip_reason())),
]


@pytest.mark.parametrize("conversation", conversations.ALL, ids=lambda one: one.__name__)
def test_conversation(conversation, tmp_path):
    with NpmCsms() as csms:
        conversations.hold(conversation, csms, "micropython", tmp_path)

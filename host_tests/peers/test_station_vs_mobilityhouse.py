"""The real station and mobilityhouse `ocpp`, schema validation on, with the judge between them."""

import pytest

from host_tests.peers import conversations
from host_tests.peers.csms_mobilityhouse import Csms
from host_tests.peers.loopback import Loopback
from host_tests.station import RUNTIMES


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("conversation", conversations.ALL, ids=lambda one: one.__name__)
def test_conversation(conversation, runtime, tmp_path):
    with Loopback(Csms(conversations.PASSWORD)) as csms:
        conversations.hold(conversation, csms, runtime, tmp_path)

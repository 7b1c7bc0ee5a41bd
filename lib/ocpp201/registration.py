"""The boot gate: what may be sent and answered before, while and after the CSMS has accepted the
station.

    status    we send                         we answer
    (none)    BootNotification                SecurityError                        B01.FR.08
    Pending   that, and what a report or      variables, reports, triggers,        B02.FR.01, 02
              a trigger asks for              renewal of credentials; remote
                                              start and stop with Rejected         B02.FR.05
    Rejected  nothing, for the interval       SecurityError                        B03.FR.02, 08
    Accepted  everything                      everything
"""

_ANSWERED_PENDING = (
    " GetVariables SetVariables GetBaseReport GetReport TriggerMessage RequestStartTransaction"
    " RequestStopTransaction CertificateSigned InstallCertificate DeleteCertificate"
    " GetInstalledCertificateIds SetNetworkProfile Reset "
)


class Registration:
    """`status` is "" until the first answer of this boot."""

    def __init__(self):
        self.status = ""
        self.boot_due = 0  # core second of the next BootNotification, None: none due
        self.boot_reason = "PowerUp"
        self.restart_reason = ""  # the same, if this very boot was a restart that somebody ordered
        self.next_reason = ""  # of the boot after a restart that is under way
        self.accepted_once = False
        self.heartbeat_at = 0
        self.offline_since = 0  # core second, None: online
        self.late = []  # (action, payload) of statuses to tell after the next reconnect

    def accepted(self) -> bool:
        return self.status == "Accepted"

    def may_send(self, message) -> bool:
        if self.status == "Accepted" or message.action == "BootNotification":
            return True
        return self.status == "Pending" and message.age == 0

    def may_answer(self, action: str) -> bool:
        if self.status == "Pending":
            return " %s " % action in _ANSWERED_PENDING
        return self.status == "Accepted"

"""The official message schemas of OCPP 2.0.1, as PyPI `ocpp` carries them, and their verdict.

jsonschema judges, with its FormatChecker: without it any text passes as a date-time.
"""

import json
from functools import cache
from importlib import resources

import jsonschema

# `ocpp` carries the schemas without saying who sends what: Part 2 does.
FROM_STATION = frozenset(
    """Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification
    Get15118EVCertificate GetCertificateStatus Heartbeat LogStatusNotification MeterValues
    NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages NotifyEVChargingNeeds
    NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport
    PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate
    SecurityEventNotification SignCertificate StatusNotification TransactionEvent""".split()
)
FROM_CSMS = frozenset(
    """CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile
    ClearDisplayMessage ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer
    DeleteCertificate GetBaseReport GetChargingProfiles GetCompositeSchedule GetDisplayMessages
    GetInstalledCertificateIds GetLocalListVersion GetLog GetMonitoringReport GetReport
    GetTransactionStatus GetVariables InstallCertificate PublishFirmware RequestStartTransaction
    RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SetDisplayMessage
    SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables
    TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware""".split()
)


def schema(name: str) -> dict:
    """The schema of one payload, e.g. "ResetRequest" or "ResetResponse", as a new dict."""
    file = resources.files("ocpp.v201") / "schemas" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8-sig"))


@cache
def _validator(name: str) -> jsonschema.Draft6Validator:
    return jsonschema.Draft6Validator(
        schema(name), format_checker=jsonschema.Draft6Validator.FORMAT_CHECKER
    )


def faults(name: str, payload) -> "list[str]":
    """What the schema of `name` has against a payload; empty when it is valid."""
    errors = sorted(_validator(name).iter_errors(payload), key=lambda error: list(error.path))
    return [f"{error.json_path}: {error.message}"[:300] for error in errors]

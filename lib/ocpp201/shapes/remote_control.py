"""Shapes of the block remote_control. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=RequestStartTransaction "evseId"i "groupIdToken"{IdToken} "idToken"!{IdToken} '
    b'"remoteStartId"!i "chargingProfile"{ChargingProfile} '
    b'\n=RequestStopTransaction "transactionId"!s36 '
    b'\n=TriggerMessage "evse"{EVSE} "requestedMessage"!e|BootNotification|'
    b'LogStatusNotification|FirmwareStatusNotification|Heartbeat|MeterValues|'
    b'SignChargingStationCertificate|SignV2GCertificate|StatusNotification|TransactionEvent|'
    b'SignCombinedCertificate|PublishFirmwareStatusNotification| '
    b'\n=UnlockConnector "evseId"!i "connectorId"!i '
    b'\n'
)

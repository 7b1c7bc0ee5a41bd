"""Shapes of the block smart_charging. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\nClearChargingProfile "evseId"i "chargingProfilePurpose"e|'
    b'ChargingStationExternalConstraints|ChargingStationMaxProfile|TxDefaultProfile|'
    b'TxProfile| "stackLevel"i '
    b'\n=ClearChargingProfile "chargingProfileId"i '
    b'"chargingProfileCriteria"{ClearChargingProfile} '
    b'\nChargingProfileCriterion "chargingProfilePurpose"e|ChargingStationExternalConstraints|'
    b'ChargingStationMaxProfile|TxDefaultProfile|TxProfile| "stackLevel"i '
    b'"chargingProfileId"[i "chargingLimitSource"[4e|EMS|Other|SO|CSO| '
    b'\n=GetChargingProfiles "requestId"!i "evseId"i '
    b'"chargingProfile"!{ChargingProfileCriterion} '
    b'\n=GetCompositeSchedule "duration"!i "chargingRateUnit"e|W|A| "evseId"!i '
    b'\n=SetChargingProfile "evseId"!i "chargingProfile"!{ChargingProfile} '
    b'\n=NotifyEVChargingNeedsResponse "status"!e|Accepted|Rejected|Processing| '
    b'"statusInfo"{StatusInfo} '
    b'\n=NotifyEVChargingScheduleResponse "status"!e|Accepted|Rejected| '
    b'"statusInfo"{StatusInfo} '
    b'\n'
)

"""Shapes of the block diagnostics. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=ClearVariableMonitoring "id"![i '
    b'\n=CustomerInformation "customerCertificate"{CertificateHashData} "idToken"{IdToken} '
    b'"requestId"!i "report"!b "clear"!b "customerIdentifier"s64 '
    b'\nLogParameters "remoteLocation"!s512 "oldestTimestamp"t "latestTimestamp"t '
    b'\n=GetLog "log"!{LogParameters} "logType"!e|DiagnosticsLog|SecurityLog| "requestId"!i '
    b'"retries"i "retryInterval"i '
    b'\n=GetMonitoringReport "componentVariable"[{ComponentVariable} "requestId"!i '
    b'"monitoringCriteria"[3e|ThresholdMonitoring|DeltaMonitoring|PeriodicMonitoring| '
    b'\n=SetMonitoringBase "monitoringBase"!e|All|FactoryDefault|HardWiredOnly| '
    b'\n=SetMonitoringLevel "severity"!i '
    b'\nSetMonitoringData "id"i "transaction"b "value"!d "type"!e|UpperThreshold|'
    b'LowerThreshold|Delta|Periodic|PeriodicClockAligned| "severity"!i '
    b'"component"!{Component} "variable"!{Variable} '
    b'\n=SetVariableMonitoring "setMonitoringData"![{SetMonitoringData} '
    b'\n'
)

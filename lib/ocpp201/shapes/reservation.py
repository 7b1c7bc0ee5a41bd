"""Shapes of the block reservation. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=CancelReservation "reservationId"!i '
    b'\n=ReserveNow "id"!i "expiryDateTime"!t "connectorType"e|cCCS1|cCCS2|cG105|cTesla|'
    b'cType1|cType2|s309-1P-16A|s309-1P-32A|s309-3P-16A|s309-3P-32A|sBS1361|sCEE-7-7|sType2|'
    b'sType3|Other1PhMax16A|Other1PhOver16A|Other3Ph|Pan|wInductive|wResonant|Undetermined|'
    b'Unknown| "idToken"!{IdToken} "evseId"i "groupIdToken"{IdToken} '
    b'\n'
)

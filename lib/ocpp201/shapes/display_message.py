"""Shapes of the block display_message. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=ClearDisplayMessage "id"!i '
    b'\n=GetDisplayMessages "id"[i "requestId"!i "priority"e|AlwaysFront|InFront|NormalCycle| '
    b'"state"e|Charging|Faulted|Idle|Unavailable| '
    b'\nMessageInfo "display"{Component} "id"!i "priority"!e|AlwaysFront|InFront|NormalCycle| '
    b'"state"e|Charging|Faulted|Idle|Unavailable| "startDateTime"t "endDateTime"t '
    b'"transactionId"s36 "message"!{MessageContent} '
    b'\n=SetDisplayMessage "message"!{MessageInfo} '
    b'\n'
)

"""Shapes of the block availability. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=ChangeAvailability "evse"{EVSE} "operationalStatus"!e|Inoperative|Operative| '
    b'\n=HeartbeatResponse "currentTime"!t '
    b'\n'
)

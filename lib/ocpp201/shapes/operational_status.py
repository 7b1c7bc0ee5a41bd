"""Shapes of the block operational_status. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=ChangeAvailability "evse"{EVSE} "operationalStatus"!e|Inoperative|Operative| '
    b'\n'
)

"""Shapes of the block availability. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=HeartbeatResponse "currentTime"!t '
    b'\n'
)

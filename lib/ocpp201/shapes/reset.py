"""Shapes of the block reset. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\n=Reset "type"!e|Immediate|OnIdle| "evseId"i '
    b'\n'
)

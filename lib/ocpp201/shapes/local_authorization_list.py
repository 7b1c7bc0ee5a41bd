"""Shapes of the block local_authorization_list. By tools/gen_shapes.py; see shape.py."""

TEXT = (
    b'\nAuthorizationData "idToken"!{IdToken} "idTokenInfo"{IdTokenInfo} '
    b'\n=SendLocalList "localAuthorizationList"[{AuthorizationData} "versionNumber"!i '
    b'"updateType"!e|Differential|Full| '
    b'\n'
)

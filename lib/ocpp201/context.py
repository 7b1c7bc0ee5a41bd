"""The dozen things that a block may touch. Needing one more is a change of the design, not of this
file."""


class Context:
    """Handed to every function of every block.

    now           core time: whole seconds since boot, as told with the last call from outside
    clock         wall time: utc(now), stamp(now)
    ids           message ids, transaction ids, random numbers
    log           log(level, text)
    callbacks     what may be asked of the integrator
    variables     the device model
    state         EVSEs, connectors, transactions
    outbox        messages to send
    registration  what may be sent and answered at present
    store         two-slot files
    tokens        cards known without asking: idToken in lower case -> {type, info}
    block         block(name): another functional block; dispatch states the order of such calls
    """

    def __init__(
        self,
        clock,
        ids,
        log,
        callbacks,
        variables,
        state,
        outbox,
        registration,
        store,
        tokens,
        block,
    ):
        self.now = 0
        self.clock = clock
        self.ids = ids
        self.log = log
        self.callbacks = callbacks
        self.variables = variables
        self.state = state
        self.outbox = outbox
        self.registration = registration
        self.store = store
        self.tokens = tokens
        self.block = block

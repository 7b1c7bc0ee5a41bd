"""All that knows the event loop, sockets and clocks: the link to the CSMS, time, tasks."""

"""Makes room in a journal. Imported when needed, and forgotten.

One that is nearly full: every second Updated goes, those with meter values only before all others
(E04.FR.07, E04.FR.08). Of these the ones stay whose seqNo is a multiple of 2, the next time of 4,
8 ... and so it is with those that come then, until the queue is short again: what is left is as
far apart everywhere, and nothing is written to flash that would soon go.

Never: Started, Ended, security events, the oldest message, which may be under way, the newest two,
the newest of each transaction and what carries its newest image. A segment is replaced as a whole.
"""

import struct

from .journal import rare, record_of
from .seglog import encode

_SPARSEST = 1023  # every 1024th stays: at one a minute that is one in 17 hours


def thin(journal):
    """Meter values first, coarser and coarser, until enough is free; if there are none left, every
    second one of the other Updated."""
    mask, some = journal.sparse, True
    while journal.used > journal.limit * 5 // 8 and some and mask < _SPARSEST:
        mask = 2 * mask + 1
        some = _pass(journal, b"P", mask)
    if journal.used > journal.limit * 3 // 4:
        _pass(journal, b"U", 0)
    journal.sparse = mask


def _pass(journal, kind, mask) -> bool:
    """Through all segments; False: nothing in them could go, or the medium fails."""
    before, some = journal.used, False
    try:
        for n in range(len(journal.segments.segments) - 1):  # the last one is appended to
            some = _thin(journal, n, kind, mask) or some
    except OSError as error:
        journal.log("warning", "journal: not thinned: %s" % error)
        some = False
    journal.count()
    if journal.used < before:
        journal.log("warning", "journal: thinned to %d bytes" % journal.used)
    return some


def _thin(journal, n, kind, mask) -> bool:
    log = journal.segments
    segment, first, _ = log.segments[n]
    images = [at[:2] for at in journal.images.values()]
    oldest, second, some = journal.head_seq(), False, False
    kept, moved, end = [], {}, 16
    dropped = 0
    for number, offset, record, seq, payload in log.records(segment, 16):
        if number != segment:
            break
        fair_game = record == 1 and bytes(payload[:1]) == kind and oldest < seq < journal.seq - 1
        if fair_game and (segment, offset) not in images and not _newest(journal, payload):
            some, second = True, not second
            seq_no = struct.unpack_from("<I", payload, 2)[0]
            if seq_no & mask if mask else second:
                dropped += 1
                continue
        moved[offset] = end
        end += 12 + len(payload)
        kept.append((record, seq, (payload,)))
    if dropped:
        log.files.replace(log.file(segment), encode(segment, first, True, kept))
        log.segments[n] = segment, first, end
        _move(journal, segment, moved)
        journal.in_flash -= dropped
    return some


def _newest(journal, payload) -> bool:
    """Is it the last message of a transaction that runs? Its seqNo must not be forgotten."""
    _, n, seq_no = struct.unpack_from("<BBI", payload)
    image = journal.images.get(bytes(payload[8 : 8 + n]))
    return image is not None and image[2] == seq_no


def _move(journal, segment, moved):
    """What stands at another offset now."""
    for key, (number, offset, seq_no) in journal.images.items():
        if number == segment:
            journal.images[key] = number, moved[offset], seq_no
    if journal.at[0] == segment:
        journal.at = segment, moved.get(journal.at[1], 16)


def carry_images(journal, n):
    """Write the images again that stand in the oldest n segments, which are deleted next. OSError:
    they must stay."""
    gone = [segment[0] for segment in journal.segments.segments[:n]]
    image, copies = rare("recovery").image, []
    for key, (segment, offset, seq_no) in journal.images.items():
        if segment in gone:
            one = journal.seq + 1, b"T", key, seq_no, b"", image(journal, segment, offset)
            copies.append(record_of(one))
    if copies and not journal.write(copies):
        raise OSError(5)


def drop_one(waiting):
    """No flash, and too much in RAM: an Updated has to go, one with meter values only first."""
    for kind in (b"P", b"U"):
        for one in waiting[1:-2]:
            if one[1] == kind:
                waiting.remove(one)
                return

/**
 * Every limit and timer of the hub, with the reason for its value. Nothing else in the repository
 * holds a bound of its own, so that this page answers "how much can somebody make the hub do?".
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;

// ── Guests ──────────────────────────────────────────────────────────────────────────────────────

/** Guests at once. An event hall on one access point stays well below; memory per guest is bounded. */
export const MAX_GUESTS = 1024;

/**
 * Handshakes under way at once. Each costs key material and a few timers; beyond this the oldest
 * unfinished one is evicted, so that somebody who never finishes cannot lock the door.
 */
export const MAX_UNFINISHED_HANDSHAKES = 256;

/** A handshake not finished by then is given up: browsers give up on DTLS after about as long. */
export const HANDSHAKE_TIMEOUT_MS = 30 * SECOND;

/**
 * A guest whose connectivity checks stop for so long is gone (asleep, out of range, tab killed).
 * Browsers send consent checks every 5 s (RFC 7675 §5.1) and expire consent after 30 s themselves.
 */
export const CONSENT_TIMEOUT_MS = 30 * SECOND;

/** How often silent guests and stale entries are looked for: a ghost outlives its time by at most this. */
export const SWEEP_INTERVAL_MS = 1 * SECOND;

/**
 * Addresses remembered as having passed a connectivity check. Only those may start DTLS. A guest
 * needs one per candidate pair; the oldest is forgotten first.
 */
export const MAX_CHECKED_ADDRESSES = 8192;

// ── Packets ─────────────────────────────────────────────────────────────────────────────────────

/** Receive buffer of the hub's socket: larger than any UDP payload, so nothing is ever truncated. */
export const MAX_DATAGRAM_BYTES = 65_536;

/**
 * Largest STUN message worth reading. Browsers' checks are below 200 bytes; RFC 8489 §6.1 keeps
 * messages under the path MTU. Larger ones are dropped before any hash is computed over them.
 */
export const MAX_STUN_BYTES = 1280;

/**
 * Handshake datagrams waiting for their turn. Handshakes are worked off one step at a time so that
 * the socket is read meanwhile; 200 guests at once keep about 600 waiting. More is dropped, as the
 * network would, and sent again by the guests.
 */
export const MAX_WAITING_HANDSHAKE_DATAGRAMS = 2048;

/** Largest handshake message reassembled from fragments: a client's certificate chain fits with room. */
export const MAX_HANDSHAKE_MESSAGE_BYTES = 16 * KIB;

/** Handshake messages kept while an earlier one is missing; a whole client flight is five. */
export const MAX_HANDSHAKE_MESSAGES_AHEAD = 8;

/** Separate pieces of one handshake message in hand: a 16 KiB message in datagrams has a dozen. */
export const MAX_HANDSHAKE_GAPS = 32;

/** Encrypted records kept while the handshake before them is incomplete (reordered Finished, early data). */
export const MAX_EARLY_RECORDS = 8;

// ── Messages ────────────────────────────────────────────────────────────────────────────────────

/** Largest message on the hub channel either way: what `a=max-message-size` promises the browser. */
export const MAX_MESSAGE_BYTES = 256 * KIB;

/**
 * Bytes sent to a guest that its SCTP has not acknowledged. Beyond it the guest is dropped: it does
 * not drain, and keeping its queue would be paid for by everybody else.
 */
export const MAX_BUFFERED_BYTES = 4 * MIB;

/**
 * Bytes of unfinished messages a guest may leave in reassembly: the SCTP receive window that is
 * announced to it. Four whole messages fit; who sends past the window is broken or hostile.
 */
export const MAX_REASSEMBLY_BYTES = 1 * MIB;

/** Out-of-order SCTP chunks kept per guest: a full window of full-sized chunks, with as much again. */
export const MAX_MISORDERED_CHUNKS = 2048;

/** SCTP streams a guest may use, each with state in the hub. It needs one; some clients open a few. */
export const MAX_STREAMS_PER_GUEST = 16;

/** Longest room id in UTF-16 units. Deployed clients cut theirs at 40; a longer one is ignored. */
export const MAX_ROOM_ID_LENGTH = 256;

// ── Ports and addresses ─────────────────────────────────────────────────────────────────────────

/** The port that zero-input discovery tries. */
export const DISCOVERY_PORT = 4711;

/** Ports tried in order when none was asked for and none is saved. */
export const PREFERRED_PORTS: readonly number[] = [DISCOVERY_PORT, 4712, 4713, 9711, 19711];

/** Port of the QR page unless `--http` says otherwise. */
export const DEFAULT_HTTP_PORT = 8080;

/** How often the network interfaces are looked at: an address change is followed within five seconds. */
export const ADDRESS_POLL_INTERVAL_MS = 2 * SECOND;

/**
 * Endpoints in a blob. Every guest dials every one of them, and a QR with more could no longer be
 * scanned from a screen across a table.
 */
export const MAX_ENDPOINTS = 8;

/** Datagrams handed to the operating system and not yet taken by it; more are dropped, as it would. */
export const MAX_PENDING_SENDS = 4096;

// ── Stopping ────────────────────────────────────────────────────────────────────────────────────

/** Time given to goodbyes (channel close, DTLS close_notify) before the socket is closed. */
export const STOP_GRACE_MS = 250;

// ── Command line ────────────────────────────────────────────────────────────────────────────────

/** How often the live line of a terminal is rewritten: its uptime counts seconds. */
export const LIVE_LINE_INTERVAL_MS = 1 * SECOND;

/** Least time between two log lines with the number of guests: a log shows the trend, not each one. */
export const COUNTS_LOG_INTERVAL_MS = 60 * SECOND;

/** Least time between two log lines about errors nobody caught: packets may not fill a disk. */
export const UNCAUGHT_LOG_INTERVAL_MS = 10 * SECOND;

/**
 * Text waiting for a terminal that takes none (Ctrl-S, text being selected in a Windows console, a
 * full pipe). Further lines are dropped: the hub neither waits for a reader nor grows for one.
 */
export const MAX_PENDING_OUTPUT_CHARS = 64 * KIB;

/** From the first signal to the end of the process, whatever hangs: the promise is one second. */
export const STOP_DEADLINE_MS = 900;

/** A second signal within this time is the same key press, passed on by a wrapper such as npx. */
export const SAME_KEY_PRESS_MS = 100;

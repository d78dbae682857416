/**
 * Every limit and timer of the hub, with the reason for its value, in the order of a packet's way. It
 * answers the question "how much can somebody make the hub do?". The call page runs in browsers and
 * has limits of its own (`http/call/protocol/limits.ts`).
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;

// ── Ports and addresses ──────────────────────────────────────────────────────────────────────────

/** The port that zero-input discovery tries. */
export const DISCOVERY_PORT = 4711;

/** Ports tried in order when none was asked for and none is saved. */
export const PREFERRED_PORTS: readonly number[] = [DISCOVERY_PORT, 4712, 4713, 9711, 19711];

/**
 * Ports of the hub's media relay, tried in order when none was asked for. Browsers that find the hub
 * without a link look for it on the first one only. The list is short and fixed, so that a firewall
 * can name it.
 */
export const TURN_PREFERRED_PORTS: readonly number[] = [3478, 3479, 3480, 13_478, 23_478];

/** Ports of the QR page, tried in order unless `--http` names another one. */
export const HTTP_PREFERRED_PORTS: readonly number[] = [8080, 8081, 8088, 18_080];

/** Ports of the call page, tried in order unless `--call` names another one. */
export const CALL_PREFERRED_PORTS: readonly number[] = [8443, 8444, 9443, 18_443];

/** How long to wait for a hub to answer on a port that is taken: on one machine it needs a few ms. */
export const PORT_PROBE_TIMEOUT_MS = 300;

/**
 * Endpoints in a blob. Every guest dials every one of them, and a QR with more could no longer be
 * scanned from a screen across a table.
 */
export const MAX_ENDPOINTS = 8;

/** How often the network interfaces are looked at: an address change is followed within five seconds. */
export const ADDRESS_POLL_INTERVAL_MS = 2 * SECOND;

/**
 * Between two looks at the network interfaces more time than this has passed by the clock on the wall
 * than by the timer: the computer was asleep. Below, it was only busy.
 */
export const SLEEP_GAP_MS = 10 * SECOND;

/** The longest that the hub waits for its own datagram when it looks for its address: it takes a few ms. */
export const OWN_ADDRESS_TIMEOUT_MS = 500;

// ── The port for guests ──────────────────────────────────────────────────────────────────────────

/** Receive buffer of the hub's socket: larger than any UDP payload, so nothing is ever truncated. */
export const MAX_DATAGRAM_BYTES = 65_536;

/** Datagrams handed to the operating system and not yet taken by it; more are dropped, as it would. */
export const MAX_PENDING_SENDS = 4096;

/**
 * Errors of the relay's socket in a row after which its loop rests a millisecond. One is news of a
 * guest that left (Windows reports each packet that was refused) and must not cost the others any
 * time; so many are a socket that is broken.
 */
export const SOCKET_ERRORS_BEFORE_PAUSE = 1000;

/** How often the system is asked for datagrams that it has dropped. */
export const SOCKET_DROPS_INTERVAL_MS = 5 * SECOND;

/**
 * Turns of the event loop, each of which takes a datagram from the socket, between two steps of
 * handshakes. With one, 200 guests at once overflow the socket's buffer, and those whose datagrams
 * were in it wait a second for their own repetition.
 */
export const READS_PER_HANDSHAKE_STEP = 8;

/**
 * Above so many datagrams a second to guests, what there is for them waits a little for more of it:
 * two hundred guests in one room get eighty frames a second each, and in 40 ms three of these share a
 * datagram. `msPerGuest`, because of few guests each soon has a second frame, up to `maxMs`.
 */
export const GATHER = { busyPerSecond: 2000, msPerGuest: 0.2, maxMs: 40 } as const;

/** Guests who are sent to in one go. In between the socket is read, whose buffer holds few datagrams. */
export const GUESTS_PER_FLUSH = 16;

/**
 * How late a deadline of a guest's session may be met. Deadlines that are closer together share a
 * timer; the shortest pause that a session waits for is five times as long.
 */
export const DEADLINE_SLACK_MS = 20;

// ── Connectivity checks (STUN, ICE) ──────────────────────────────────────────────────────────────

/**
 * Largest STUN message worth reading. Browsers' checks are below 200 bytes; RFC 8489 §6.1 keeps
 * messages under the path MTU. Larger ones are dropped before any hash is computed over them.
 */
export const MAX_STUN_BYTES = 1280;

/**
 * Connectivity checks verified for one client address; a guest that is in has as much again for
 * itself. Each costs two hashes, together about 50 µs. Two hundred guests that join at once make
 * about 600 in their first second, a guest that is in makes one in five seconds.
 */
export const CHECK_RATE = { burst: 1500, perSecond: 1500 } as const;

/**
 * Connectivity checks verified for all addresses without a guest together: at this rate they take a
 * sixth of the hub's time. Who is lost among more comes through with one of its next checks, which
 * browsers send many times a second.
 */
export const NEWCOMER_CHECK_RATE = { burst: 2000, perSecond: 3000 } as const;

/**
 * Addresses remembered as having passed a connectivity check. Only those may start DTLS. A guest
 * needs one per candidate pair; the oldest is forgotten first.
 */
export const MAX_CHECKED_ADDRESSES = 8192;

/**
 * Agents remembered for one address. There is one in truth; the others are forged checks, or a page
 * that was loaded anew on the same port.
 */
export const MAX_AGENTS_PER_ADDRESS = 4;

/**
 * A guest whose connectivity checks stop for so long is gone (asleep, out of range, tab killed).
 * Browsers send consent checks every 5 s (RFC 7675 §5.1) and expire consent after 30 s themselves.
 */
export const CONSENT_TIMEOUT_MS = 30 * SECOND;

/**
 * A guest that has not checked for so long has missed two checks (every 5 s, RFC 7675 §5.1). It has
 * probably left, and yields first when the hub is full.
 */
export const MISSED_CHECKS_MS = 12 * SECOND;

/** Least time between two probes of one address: one that is lost on the Wi-Fi is sent again soon. */
export const PATH_PROBE_INTERVAL_MS = 100;

/**
 * A client that sends protected records for which there is no association is attached to nothing, and
 * finds out only if its checks are no longer answered. Whoever is about to begin sends a ClientHello
 * first, within milliseconds of its first answer; so after this time there is none to wait for.
 */
export const ORPHAN_GRACE_MS = 3 * SECOND;

/**
 * Checks of such a client stay unanswered for so long after its last record. Longer than a browser
 * lives without an answer (30 s, RFC 7675 §5.1) and than the pause between two SCTP heartbeats (30 s).
 */
export const ORPHAN_SILENCE_MS = 60 * SECOND;

// ── The handshake (DTLS) ─────────────────────────────────────────────────────────────────────────

/**
 * How long a DTLS cookie is good: this period and the next one. Its client returns it within
 * milliseconds, and on a bad Wi-Fi within seconds.
 */
export const COOKIE_PERIOD_MS = 60 * SECOND;

/**
 * Handshakes under way at once. Each costs a few kilobytes and a timer; beyond this the oldest
 * unfinished one is evicted, so that somebody who never finishes cannot lock the door. As many as
 * there may be guests: after a power cut all of them come back in one second, and those that are
 * evicted are lost (with 256 it was 128 of 500).
 */
export const MAX_UNFINISHED_HANDSHAKES = 1024;

/** A handshake not finished by then is given up: browsers give up on DTLS after about as long. */
export const HANDSHAKE_TIMEOUT_MS = 30 * SECOND;

/**
 * Handshake datagrams waiting for their turn. Handshakes are worked off one step at a time so that
 * the socket is read meanwhile; 200 guests at once keep about 600 waiting. More is dropped, as the
 * network would, and sent again by the guests.
 */
export const MAX_WAITING_HANDSHAKE_DATAGRAMS = 2048;

/** Largest datagram kept waiting among these: browsers' are below 1,300 bytes, and 2,048 may wait. */
export const MAX_HANDSHAKE_DATAGRAM_BYTES = 4 * KIB;

/** Largest handshake message reassembled from fragments: a client's certificate chain fits with room. */
export const MAX_HANDSHAKE_MESSAGE_BYTES = 16 * KIB;

/** Handshake messages kept while an earlier one is missing; a whole client flight is five. */
export const MAX_HANDSHAKE_MESSAGES_AHEAD = 8;

/**
 * Separate pieces of one handshake message in hand: a 16 KiB message in datagrams has a dozen. If
 * there are more, they are given up, and the guest's repetition of the message completes it.
 */
export const MAX_HANDSHAKE_GAPS = 32;

/**
 * Sealed records kept until the handshake has got so far that they can be used (a reordered Finished,
 * early data). Before there are keys, anybody can send such records: the latest are kept.
 */
export const MAX_EARLY_RECORDS = 8;

/**
 * After what time the hub's first flight is said again, and again after twice as long. RFC 6347
 * §4.2.4.1 advises a second; but discovery allows 1.4 s for everything, and on a LAN 400 ms is long.
 */
export const DTLS_RETRANSMISSION_MS = { first: 400, max: 4 * SECOND } as const;

/** Bytes of handshake records in one datagram: below the path MTU, as guests themselves have it. */
export const MAX_FLIGHT_DATAGRAM_BYTES = 1200;

/**
 * Signatures computed at once, each on a thread of its own. More than a laptop has cores would only
 * make all of them late.
 */
export const MAX_SIGNATURES_AT_ONCE = 4;

// ── Messages (SCTP) ──────────────────────────────────────────────────────────────────────────────

/** Largest message on the hub channel either way: what `a=max-message-size` promises the browser. */
export const MAX_MESSAGE_BYTES = 256 * KIB;

/**
 * The SCTP receive window that is announced to guests, in bytes. What they send waits in the buffer
 * of the hub's socket, of which a Linux gives 208 KiB unless it is told otherwise: that holds about 90
 * full packets, as each counts for 2.3 KiB there. So `max` for one who sends alone, `pool` for all who
 * send large messages together, and no less than `min` for each, so that none of them stands still.
 */
export const SCTP_WINDOW_BYTES = { max: 64 * KIB, pool: 96 * KIB, min: 8 * KIB } as const;

/**
 * Bytes of unfinished messages a guest may leave in reassembly: a whole message, and twice the window
 * behind a gap. What is sent past that is dropped, and comes again.
 */
export const MAX_REASSEMBLY_BYTES = MAX_MESSAGE_BYTES + 2 * SCTP_WINDOW_BYTES.max;

/**
 * Out-of-order SCTP chunks kept per guest: a full window of full-sized chunks, with as much again.
 * More are dropped, and come again.
 */
export const MAX_MISORDERED_CHUNKS = 2048;

/**
 * Bytes sent to a guest that its SCTP has not acknowledged, overhead included (see
 * {@link BUFFERED_MESSAGE_OVERHEAD_BYTES}). Beyond it the guest is dropped: it does not drain, and
 * keeping its queue would be paid for by everybody else.
 */
export const MAX_BUFFERED_BYTES = 4 * MIB;

/**
 * What a message that waits for its acknowledgement counts for beyond its bytes: more than is kept
 * beside the smallest of them, so that many small frames cost no more than a few large ones.
 */
export const BUFFERED_MESSAGE_OVERHEAD_BYTES = 1 * KIB;

/** SCTP streams a guest may use, each with state in the hub. It needs one; some clients open a few. */
export const MAX_STREAMS_PER_GUEST = 16;

/**
 * Largest SCTP packet worth reading. Browsers keep theirs below 1,300 bytes, and an Ethernet frame
 * ends at 1,500; how much a packet can make the hub do grows with it.
 */
export const MAX_SCTP_PACKET_BYTES = 2048;

/** Chunks in one SCTP packet that are not DATA: each may cost an answer. Peers bundle two or three. */
export const MAX_SCTP_CONTROL_CHUNKS = 4;

/** Parameters in one SCTP packet; an INIT has about five. */
export const MAX_SCTP_PARAMETERS = 32;

/** Gap blocks, and duplicates, in a SACK that the hub sends: it has to fit into a packet. */
export const MAX_SACK_BLOCKS = 128;

/**
 * Bytes of the SCTP packets that the hub makes. With DTLS (37) and IP and UDP (48) they stay below
 * 1,280, the least that every path carries. A multiple of four.
 */
export const SCTP_MTU = 1188;

/**
 * Bounds of SCTP's retransmission timeout, which follows the round trips that are measured. The least
 * has to be more than the 200 ms for which a guest may keep an acknowledgement back (RFC 9260 §6.2).
 */
export const SCTP_RTO_MS = { initial: 500, min: 350, max: 5 * SECOND } as const;

/**
 * How long an acknowledgement waits for DATA to go with. RFC 9260 §6.2 allows 200 ms, counted from the
 * arrival; half of it leaves room for a busy hub.
 */
export const SCTP_SACK_DELAY_MS = 100;

/**
 * Timeouts in a row after which a guest that answers nothing is given up (RFC 9260 §8.1,
 * Association.Max.Retrans). The end of its connectivity checks is usually noticed before.
 */
export const SCTP_MAX_RETRANSMISSIONS = 10;

/** The congestion window at first, in packets. Browsers begin with as many. */
export const SCTP_INITIAL_WINDOW_PACKETS = 10;

/** Packets with DATA that leave for one guest in one go (RFC 9260 §6.1, Max.Burst): a first window. */
export const SCTP_MAX_BURST_PACKETS = 10;

/** A cookie is good for so long (RFC 9260 §16, Valid.Cookie.Life). */
export const SCTP_COOKIE_LIFETIME_MS = 60 * SECOND;

// ── Guests and rooms ─────────────────────────────────────────────────────────────────────────────

/** Guests at once. An event hall on one access point stays well below; memory per guest is bounded. */
export const MAX_GUESTS = 1024;

/** Guests that an agent is taken for at most: one in truth. Each costs an attempt to open a record. */
export const MAX_GUESTS_TRIED = 4;

/** Longest room id in UTF-16 units. Deployed clients cut theirs at 40; a longer one is ignored. */
export const MAX_ROOM_ID_LENGTH = 256;

/** How often silent guests and stale entries are looked for: a ghost outlives its time by at most this. */
export const SWEEP_INTERVAL_MS = 1 * SECOND;

/** How long the hub may take to join itself: on the smallest Pi it is a second. */
export const SELF_TEST_TIMEOUT_MS = 10 * SECOND;

// ── Fair share ───────────────────────────────────────────────────────────────────────────────────
// A school, or two hundred tabs of one laptop, may be one address. So no address is refused for its
// number alone. When there is no more of something, the address that holds the most gives up some.

/** Buckets that addresses are hashed to for rates: fixed, so strangers cost no memory. */
export const RATE_BUCKETS = 1024;

/**
 * When the hub is busy with guests' data for more than this share of its time, it begins to look
 * who keeps it busy. The rest is for handshakes, checks, and who has just come.
 */
export const BUSY_SHARE = 0.6;

/**
 * The share of its time that a busy hub gives one guest, and all guests of one address if there are
 * others. What it gets beyond is dropped unread, so its SCTP slows down. A full call of twelve
 * guests keeps the hub busy for less than a hundredth of this.
 */
export const GUEST_SHARE = 0.2;
export const GUEST_ADDRESS_SHARE = 0.4;

/** For how long a share may be exceeded: a message of 256 KiB in one go is about 30 ms of work. */
export const SHARE_BURST_MS = 100;

// ── The media relay (TURN) ───────────────────────────────────────────────────────────────────────

/** First and last port of relayed transport addresses: the dynamic range (RFC 8656 §7.2). */
export const TURN_RELAYED_PORTS = { first: 49_152, last: 65_535 } as const;

/**
 * Allocations at once. Twelve guests in one call hold 12 × 11 peers × 3 advertised addresses = 396;
 * this is five such calls, in about 2 KiB each. No number is too many for one client address, because
 * a router can hide a whole school. In a full table the address with the most makes room.
 */
export const TURN_MAX_ALLOCATIONS = 2048;

/** An allocation's life without a Refresh, and the longest a client may ask for (RFC 8656 §3.2, §7.2). */
export const TURN_ALLOCATION_LIFETIME_MS = { default: 600 * SECOND, max: 3600 * SECOND } as const;

/** A permission's life without a refresh (RFC 8656 §9). */
export const TURN_PERMISSION_LIFETIME_MS = 300 * SECOND;

/** A channel binding's life without a refresh (RFC 8656 §12). */
export const TURN_CHANNEL_LIFETIME_MS = 600 * SECOND;

/** How long a nonce is good: RFC 8656 §5 wants a new one at least every hour. */
export const TURN_NONCE_LIFETIME_MS = 3600 * SECOND;

/** Permissions of one allocation. Only the hub's own addresses can be permitted, and it has few. */
export const TURN_MAX_PERMISSIONS = 32;

/** Channels of one allocation: three per peer, and room for many ICE restarts. */
export const TURN_MAX_CHANNELS = 64;

/**
 * Requests answered per client address: a burst, then so many a second. A guest joining a call of
 * twelve makes about 300 in a few seconds; each costs a hash or two.
 */
export const TURN_REQUEST_RATE = { burst: 1200, perSecond: 200 } as const;

/**
 * Answers to failed requests and to strangers per client address. Every allocation honestly begins
 * with one 401, so a burst is a call of twelve behind one router, joined by all of them at once.
 */
export const TURN_FAILURE_RATE = { burst: 400, perSecond: 100 } as const;

/**
 * Packets relayed for one client address per second; more are dropped before they cost a send. A
 * guest sending 2 Mbit/s to each of eleven others makes about 3,000.
 */
export const TURN_MAX_PACKETS_PER_SECOND = 20_000;

/**
 * Largest datagram that is relayed. Media packets and checks stay below the path MTU; a larger one
 * would be fragmented on the Wi-Fi.
 */
export const TURN_MAX_DATAGRAM_BYTES = 2048;

/** Datagrams taken from the socket at once where the system can (Linux): 136 KiB of buffers. */
export const TURN_BATCH = 64;

/**
 * Wished size of the socket's buffers in the kernel; it gives what it allows. A second of a full
 * call of twelve does not fit into the 208 KiB of the default, and a guest that vanished can keep
 * that much waiting for an answer to ARP.
 */
export const TURN_SOCKET_BUFFER_BYTES = 4 * MIB;

/** How long the relay's own thread may sleep in a system call before it looks for orders. */
export const TURN_RECEIVE_TIMEOUT_MS = 100;

/**
 * From how many packets a second on the relay's own thread looks for them at intervals, and how long
 * these are. Being woken costs several times what relaying a packet does; a millisecond is nothing
 * on a Wi-Fi.
 */
export const TURN_GATHER = { packetsPerSecond: 1500, microseconds: 1000 } as const;

/**
 * A client address that has not been heard from for so long is sent no more than this. Whoever is in
 * a call sends many packets a second; whoever has left the network without a word makes the kernel
 * keep what is sent to it until ARP gives up, and two of those fill a default send buffer and with it
 * everybody's call. A few packets must pass: pairs that ICE keeps in reserve are checked every 25 s.
 */
export const TURN_SILENCE = { afterMs: 3 * SECOND, packetsPerSecond: 4 } as const;

// ── Names (mDNS) ─────────────────────────────────────────────────────────────────────────────────

/** Where all of mDNS happens (RFC 6762 §3). */
export const MDNS_GROUP = "224.0.0.251";
export const MDNS_PORT = 5353;

/** Time to live of the IP packets: proof that they were not routed here (RFC 6762 §11). */
export const MDNS_TTL = 255;

/** Records that hold an address or name a host, and all others (RFC 6762 §10), in seconds. */
export const MDNS_HOST_TTL_S = 120;
export const MDNS_SERVICE_TTL_S = 4500;

/** What somebody is told that will not hear of a change (RFC 6762 §6.7), in seconds. */
export const MDNS_LEGACY_TTL_S = 10;

/** Probes for a name, how far apart, and how often it is announced afterwards (RFC 6762 §8.1, §8.3). */
export const MDNS_PROBES = 3;
export const MDNS_PROBE_INTERVAL_MS = 250;
export const MDNS_ANNOUNCEMENTS = 2;
export const MDNS_ANNOUNCE_INTERVAL_MS = 1 * SECOND;

/** Before probing again when another host probes at the same time and goes first (RFC 6762 §8.2). */
export const MDNS_DEFERRED_PROBE_MS = 1 * SECOND;

/** A name that another hub has is asked for again so often: that one may have been switched off. */
export const MDNS_RECLAIM_INTERVAL_MS = 60 * SECOND;

/** Answers that several hosts may give wait by chance between these times (RFC 6762 §6), in ms. */
export const MDNS_SHARED_DELAY_MS = [20, 120] as const;

/** The same where the asker has yet to say what it knows already (RFC 6762 §7.2), in ms. */
export const MDNS_TRUNCATED_DELAY_MS = [400, 500] as const;

/** A record goes to everybody no more often than this, or this if it defends a name (RFC 6762 §6). */
export const MDNS_REPEAT_MS = 1 * SECOND;
export const MDNS_DEFENCE_INTERVAL_MS = 250;

/** Largest packet there may be (RFC 6762 §17). */
export const MAX_MDNS_MESSAGE_BYTES = 9000;

/**
 * How often the hub looks whether it still hears the group. A USB adapter that is plugged in again
 * within one look at the interfaces leaves the group, and no system tells.
 */
export const MDNS_GROUP_CHECK_INTERVAL_MS = 10 * SECOND;

/** Questions and records of a packet that is read at all: a browse of a large office fits. */
export const MAX_MDNS_RECORDS = 256;

/** Different questions of a packet that are answered. Browsers of services ask for a handful. */
export const MAX_MDNS_QUESTIONS = 16;

/** Answers waiting for their moment, at most a second each. */
export const MAX_MDNS_PENDING_ANSWERS = 64;

/** Largest reply to a single host: what an Ethernet frame holds, and more than all that is known here. */
export const MAX_MDNS_REPLY_BYTES = 1472;

/** Replies to one host, and to all together: nobody makes the hub shout at somebody else. */
export const MDNS_REPLY_RATE = { burst: 20, perSecond: 5 } as const;
export const MDNS_ALL_REPLIES_RATE = { burst: 100, perSecond: 50 } as const;

/**
 * Packets read from one host, and from all together. Each may cost a millisecond; a large office is
 * heard with some tens in a second. In a flood the names suffer, and not the calls.
 */
export const MDNS_PACKET_RATE = { burst: 100, perSecond: 30 } as const;
export const MDNS_ALL_PACKETS_RATE = { burst: 300, perSecond: 150 } as const;

/** Packets that wait to be sent: each has a socket of its own for a moment. */
export const MAX_PENDING_MDNS_SENDS = 64;

/**
 * How long the first link waits for the computer's own name, where a responder is there to answer: it
 * does so in a few milliseconds.
 */
export const COMPUTER_NAME_WAIT_MS = 300;

/** The computer's own name is asked for at once, after these pauses, and then from time to time. */
export const COMPUTER_NAME_QUERY_DELAYS_MS = [1 * SECOND, 2 * SECOND, 4 * SECOND] as const;
export const COMPUTER_NAME_QUERY_INTERVAL_MS = 60 * SECOND;

// ── The web pages ────────────────────────────────────────────────────────────────────────────────

/**
 * Connections at once, to both pages together. A page is answered within milliseconds, so this is many;
 * each holds a file handle, or three with TLS, and the system gives the program a limited number.
 */
export const HTTP_MAX_CONNECTIONS = 128;

/** Longest time from accepting a connection to the end of its answer: a page over a bad Wi-Fi. */
export const HTTP_DEADLINE_MS = 10 * SECOND;

/** Largest request line and headers together. Browsers send about 600 bytes. */
export const HTTP_MAX_HEAD_BYTES = 8 * KIB;

/** After the answer, a client that still talks is listened to for so long, and so much, so that it sees it. */
export const HTTP_LINGER = { ms: 1 * SECOND, bytes: 64 * KIB } as const;

/** Requests answered for one client address: a class that opens the page behind one router, at once. */
export const HTTP_RATE = { burst: 200, perSecond: 20 } as const;

/**
 * After so many connections taken in a row the server rests for a moment, so that a flood of them
 * costs the guests nothing: it is the same thread. Above 1,000 a second, clients wait.
 */
export const HTTP_ACCEPT = { batch: 20, restMs: 20 } as const;

/**
 * The call page's certificate. Apple refuses one that is valid for more than 825 days, whoever vouches
 * for it, and then offers no way on. It begins in the past, because a guest's clock may be behind. Near
 * its end it is made anew at a start, so that it does not end in the middle of a weekend.
 */
export const CALL_CERTIFICATE = {
  validMs: 820 * 86_400 * SECOND,
  backdatedMs: 7 * 86_400 * SECOND,
  renewMs: 14 * 86_400 * SECOND,
} as const;

/**
 * A browser that has opened a page and from which no valid check has come for so long is said to be
 * blocked: its own check takes 8 s. So many are waited for at once.
 */
export const UNHEARD_CLIENT = { afterMs: 15 * SECOND, max: 64 } as const;

/** Addresses remembered as heard by UDP: more than there may be guests, and a few hundred kilobytes. */
export const MAX_HEARD_ADDRESSES = 4096;

// ── Files ────────────────────────────────────────────────────────────────────────────────────────

/**
 * A file that cannot be written or read is tried again so often, for so long: an antivirus program or
 * a cloud drive locks it for a second or two.
 */
export const FILE_RETRY_MS = { interval: 250, total: 4 * SECOND } as const;

/** A temporary file of this age was left by a process that was killed: writing takes milliseconds. */
export const LEFTOVER_AGE_MS = 60 * SECOND;

// ── The command line, and stopping ───────────────────────────────────────────────────────────────

/** How often the live line of a terminal is rewritten: its uptime counts seconds. */
export const LIVE_LINE_INTERVAL_MS = 1 * SECOND;

/** Least time between two log lines with the number of guests: a log shows the trend, not each one. */
export const COUNTS_LOG_INTERVAL_MS = 60 * SECOND;

/** Least time between two log lines about errors nobody caught: packets may not fill a disk. */
export const UNCAUGHT_LOG_INTERVAL_MS = 10 * SECOND;

/**
 * Output waiting for a terminal that takes none (Ctrl-S, text being selected in a Windows console, a
 * full pipe). Further lines are dropped: a hub that serves guests neither waits for a reader nor
 * grows for one.
 */
export const MAX_PENDING_OUTPUT_BYTES = 64 * KIB;

/** Longest wait for goodbyes (SCTP ABORT, DTLS close_notify) to leave before the socket is closed. */
export const STOP_GRACE_MS = 250;

/** From the first signal to the end of the process, whatever hangs: the promise is one second. */
export const STOP_DEADLINE_MS = 900;

/** A second signal within this time is the same key press, passed on by a wrapper such as npx. */
export const SAME_KEY_PRESS_MS = 100;

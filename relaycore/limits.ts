/**
 * Every limit and timer of the hub, with the reason for its value. It answers the question "how much
 * work can one client cause?".
 *
 * The order is: ports and addresses; what a guest's packet passes through, from the socket to the
 * rooms; fair share; the media relay, the names, the web pages, files and the command line. Within a
 * part, the limits for input come before those for output. The call page runs in browsers and has
 * limits of its own (`http/call/protocol/limits.ts`).
 *
 * @module
 */

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;

// ── Ports and addresses ──────────────────────────────────────────────────────────────────────────

/** The port on which browsers look for a hub if they have no join link. */
export const DISCOVERY_PORT = 4711;

/** Ports tried in order if the configuration names no port and none is saved. */
export const PREFERRED_PORTS: readonly number[] = [DISCOVERY_PORT, 4712, 4713, 9711, 19711];

/**
 * Ports of the hub's media relay, tried in order if the configuration names none. Browsers that
 * find the hub without a link look for it on the first one only. The list is short and fixed, so
 * that a firewall can name it.
 */
export const TURN_PREFERRED_PORTS: readonly number[] = [3478, 3479, 3480, 13_478, 23_478];

/** Ports of the QR page, tried in order unless `--http` names another one. */
export const HTTP_PREFERRED_PORTS: readonly number[] = [8080, 8081, 8088, 18_080];

/** Ports of the call page, tried in order unless `--call` names another one. */
export const CALL_PREFERRED_PORTS: readonly number[] = [8443, 8444, 9443, 18_443];

/**
 * How long to wait for a hub to answer on a port that is taken. On the same machine it takes a few
 * ms, but on one that is busy much longer, and a hub that is missed splits the guests.
 */
export const PORT_PROBE_TIMEOUT_MS = 1000;

/**
 * Longest text that is read to find out whether a page shows a hub's join link, in characters. The
 * page may be another program's. A join link is shorter.
 */
export const MAX_PROBED_PAGE_LENGTH = 4096;

/**
 * Endpoints in a blob. Every guest dials every one of them, and a QR with more could no longer be
 * scanned from a screen across a table.
 */
export const MAX_ENDPOINTS = 8;

/**
 * Longest address of the site in a join link, in characters. It leaves room in a QR code for a blob
 * with host names of usual lengths.
 */
export const MAX_BASE_LENGTH = 512;

/** How often the network interfaces are read. The hub follows an address change within five seconds. */
export const ADDRESS_POLL_INTERVAL_MS = 2 * SECOND;

/**
 * If the wall clock has advanced by more than this beyond the timer's interval between two reads of
 * the network interfaces, the computer was asleep. With a smaller difference it was only busy.
 */
export const SLEEP_GAP_MS = 10 * SECOND;

/** Longest wait for the datagram that the hub sends itself to find its address. It takes a few ms. */
export const OWN_ADDRESS_TIMEOUT_MS = 500;

// ── The port for guests ──────────────────────────────────────────────────────────────────────────

/** Receive buffer of the hub's socket: larger than any UDP payload, so nothing is ever truncated. */
export const MAX_DATAGRAM_BYTES = 65_536;

/**
 * The number of datagrams in one system call where the system supports batches (Linux), and the size
 * of the largest one: twice the largest SCTP packet that is read. This takes two buffers of 256 KiB,
 * of which a quiet hub uses a few pages.
 */
export const UDP_BATCH = 64;
export const MAX_BATCHED_DATAGRAM_BYTES = 4 * KIB;

/**
 * Addresses whose text and number are remembered for batches. Both lists are cleared when they are
 * full. A hub has fewer guests.
 */
export const MAX_REMEMBERED_ADDRESSES = 4096;

/**
 * Requested size of the buffers of the guests' socket in the kernel, which may grant less. When 200
 * guests in one room announce themselves, the datagrams do not fit into the default of 208 KiB. A
 * datagram that is dropped there delays its guest by 350 ms. A much larger buffer would let a flood
 * delay everybody, because the hub has to read all that waits.
 */
export const GUEST_SOCKET_BUFFER_BYTES = MIB;

/**
 * The number of file descriptors among which the hub searches for the guests' socket. That socket is
 * one of the first files that the program opens.
 */
export const MAX_FILE_DESCRIPTORS_SEARCHED = 256;

/**
 * Consecutive errors of a socket after which its loop pauses for a millisecond. A single error
 * means that a guest has left (Windows reports each refused packet) and must not delay the others.
 * This many mean that the socket is broken.
 */
export const SOCKET_ERRORS_BEFORE_PAUSE = 1000;

/** How often the system is asked how many datagrams it has dropped. */
export const SOCKET_DROPS_INTERVAL_MS = 5 * SECOND;

/**
 * Datagrams that can be taken from the socket between two handshake steps. With a single one, 200
 * guests that join at once overflow the socket's buffer, and guests whose datagrams are lost wait a
 * second until they retransmit.
 */
export const READS_PER_HANDSHAKE_STEP = 8;

/**
 * Guests to which the hub sends in one batch. Between batches it reads the socket, whose buffer
 * holds few datagrams.
 */
export const GUESTS_PER_FLUSH = 16;

/**
 * How late a deadline of a guest's session may be handled. Deadlines that are closer together share
 * a timer. The shortest delay of a session is five times as long.
 */
export const DEADLINE_SLACK_MS = 20;

/**
 * Datagrams handed to the operating system that it has not accepted yet. Further ones are dropped,
 * as the system itself would do.
 */
export const MAX_PENDING_SENDS = 4096;

// ── Connectivity checks (STUN, ICE) ──────────────────────────────────────────────────────────────

/**
 * Largest STUN message that is read. Browsers' checks are below 200 bytes; RFC 8489 §6.1 keeps
 * messages under the path MTU. Larger ones are dropped before any hash is computed over them.
 */
export const MAX_STUN_BYTES = 1280;

/**
 * Connectivity checks verified for one client address. A connected guest has the same allowance
 * again for itself. Each check costs two hashes, together about 50 µs. Two hundred guests that join
 * at once send about 600 checks in their first second. A connected guest sends one every five
 * seconds.
 */
export const CHECK_RATE = { burst: 1500, perSecond: 1500 } as const;

/**
 * Connectivity checks verified for all addresses without a guest together. At this rate they take a
 * sixth of the hub's time. If more arrive and a client's check is dropped, one of its next checks
 * succeeds: browsers send many a second.
 */
export const NEWCOMER_CHECK_RATE = { burst: 2000, perSecond: 3000 } as const;

/**
 * Addresses that are remembered because they passed a connectivity check. Only these may start
 * DTLS. A guest needs one for each candidate pair. The least recently checked one is forgotten first.
 */
export const MAX_CHECKED_ADDRESSES = 8192;

/**
 * ICE agents remembered for one address. Normally there is one. Others come from forged checks, or
 * from a page that was reloaded on the same port.
 */
export const MAX_AGENTS_PER_ADDRESS = 4;

/**
 * Least time between two probes of one address. It is short, so that a probe lost on the Wi-Fi is
 * soon followed by another.
 */
export const PATH_PROBE_INTERVAL_MS = 100;

/**
 * A guest whose connectivity checks stop for this long is gone (asleep, out of range, tab killed).
 * Browsers send consent checks every 5 s (RFC 7675 §5.1) and expire consent after 30 s themselves.
 */
export const CONSENT_TIMEOUT_MS = 30 * SECOND;

/**
 * A guest that has sent no check for this long has missed two (they come every 5 s, RFC 7675 §5.1).
 * It has probably left, and is removed first when the hub is full.
 */
export const MISSED_CHECKS_MS = 12 * SECOND;

/**
 * A client that sends protected records for which the hub has no association is orphaned, and
 * notices this only if its checks are no longer answered. A client that is about to join sends a
 * ClientHello first, within milliseconds of the first answer. After this time the hub no longer
 * waits for one.
 */
export const ORPHAN_GRACE_MS = 3 * SECOND;

/**
 * How long after its last record the checks of such a client stay unanswered. This is longer than a
 * browser keeps a connection without an answer (30 s, RFC 7675 §5.1) and longer than the interval
 * between two SCTP heartbeats (30 s).
 */
export const ORPHAN_SILENCE_MS = 60 * SECOND;

// ── The handshake (DTLS) ─────────────────────────────────────────────────────────────────────────

/**
 * Handshake datagrams that wait in the queue. Handshakes are processed one step at a time, so that
 * the socket is read in between. When 200 guests join at once, about 600 datagrams wait. Further
 * ones are dropped, as a network would do, and the guests retransmit them.
 */
export const MAX_WAITING_HANDSHAKE_DATAGRAMS = 2048;

/**
 * Steps of handshakes that are under way, after which a handshake that starts gets a step. A join
 * takes two steps before its handshake is under way and four after that, so a crowd does not reach
 * this. It limits addresses that send handshake records without end.
 */
export const STEPS_PER_NEWCOMER = 8;

/** Largest datagram in that queue. Browsers' are below 1,300 bytes, and 2,048 may wait. */
export const MAX_HANDSHAKE_DATAGRAM_BYTES = 4 * KIB;

/**
 * How long a DTLS cookie is valid: the period in which it was made, and the next one. The client
 * returns it within milliseconds, or within seconds on bad Wi-Fi.
 */
export const COOKIE_PERIOD_MS = 60 * SECOND;

/**
 * Handshakes in progress at once. Each costs a few kilobytes and a timer. Beyond this an unfinished
 * one is evicted: the oldest of the client address that has the most. So clients that never finish
 * cannot lock others out. The limit equals the largest number of guests: after a power cut all of
 * them return within one second, and those that are evicted are lost (with a limit of 256 it was
 * 128 of 500).
 */
export const MAX_UNFINISHED_HANDSHAKES = 1024;

/** A handshake that takes longer is abandoned. Browsers abandon DTLS after about the same time. */
export const HANDSHAKE_TIMEOUT_MS = 30 * SECOND;

/**
 * Sealed records kept until the handshake has progressed far enough to use them (a reordered
 * Finished, early data). Before there are keys, any client can send such records, so the latest
 * ones are kept.
 */
export const MAX_EARLY_RECORDS = 8;

/** Largest handshake message reassembled from fragments: a client's certificate chain fits easily. */
export const MAX_HANDSHAKE_MESSAGE_BYTES = 16 * KIB;

/**
 * Bytes of all messages of one handshake in reassembly. The first fragment of a message claims room
 * for all of it. If there is too little room, the collected fragments are discarded, and the guest's
 * retransmission completes the messages.
 */
export const MAX_HANDSHAKE_BYTES = 2 * MAX_HANDSHAKE_MESSAGE_BYTES;

/** Handshake messages kept while an earlier one is missing. A whole client flight has five. */
export const MAX_HANDSHAKE_MESSAGES_AHEAD = 8;

/**
 * Disjoint pieces of one handshake message in reassembly. A 16 KiB message takes a dozen datagrams.
 * If there are more pieces, they are discarded, and the guest's retransmission completes the
 * message.
 */
export const MAX_HANDSHAKE_GAPS = 32;

/**
 * Signatures computed at once, each on a thread of its own. More signatures than a laptop has cores
 * would only delay all of them.
 */
export const MAX_SIGNATURES_AT_ONCE = 4;

/**
 * Bytes of handshake records in one datagram. Like the guests' own datagrams, this stays below the
 * path MTU.
 */
export const MAX_FLIGHT_DATAGRAM_BYTES = 1200;

/**
 * When the hub retransmits a flight for the first time. Each further wait is twice as long, up to
 * the maximum. RFC 6347 §4.2.4.1 recommends a second, but discovery allows 1.4 s for everything,
 * and on a LAN 400 ms is long.
 */
export const DTLS_RETRANSMISSION_MS = { first: 400, max: 4 * SECOND } as const;

// ── Messages (SCTP) ──────────────────────────────────────────────────────────────────────────────

/**
 * Largest SCTP packet that is read. Browsers keep theirs below 1,300 bytes, and an Ethernet frame
 * carries at most 1,500. The work that one packet can cause grows with its size.
 */
export const MAX_SCTP_PACKET_BYTES = 2048;

/** Chunks other than DATA in one SCTP packet. Each may cost an answer. Peers bundle two or three. */
export const MAX_SCTP_CONTROL_CHUNKS = 4;

/** Parameters in one SCTP packet. An INIT has about five. */
export const MAX_SCTP_PARAMETERS = 32;

/** How long an SCTP cookie is valid (RFC 9260 §16, Valid.Cookie.Life). */
export const SCTP_COOKIE_LIFETIME_MS = 60 * SECOND;

/**
 * SCTP streams a guest may use, each with state in the hub. A guest needs one. Some clients open a
 * few.
 */
export const MAX_STREAMS_PER_GUEST = 16;

/**
 * The SCTP receive window that is announced to guests, in bytes. Their packets wait in the buffer
 * of the hub's socket. Linux gives it 208 KiB by default. That holds about 90 full packets, because
 * each counts as 2.3 KiB there. So a guest that sends alone gets `max`, all guests that send large
 * messages at the same time share `pool`, and each gets at least `min`, so that none of them
 * stalls.
 */
export const SCTP_WINDOW_BYTES = { max: 64 * KIB, pool: 96 * KIB, min: 8 * KIB } as const;

/** Largest message on the hub channel either way: what `a=max-message-size` promises the browser. */
export const MAX_MESSAGE_BYTES = 256 * KIB;

/**
 * Bytes of unfinished messages that a guest may have in reassembly: a whole message, and twice the
 * window behind a gap. Data beyond that is dropped, and the guest retransmits it.
 */
export const MAX_REASSEMBLY_BYTES = MAX_MESSAGE_BYTES + 2 * SCTP_WINDOW_BYTES.max;

/**
 * Out-of-order SCTP chunks kept per guest: far more than a full window of full-sized chunks.
 * Further ones are dropped, and the guest retransmits them.
 */
export const MAX_MISORDERED_CHUNKS = 2048;

/**
 * How long an acknowledgement waits for DATA that it can be bundled with. RFC 9260 §6.2 allows 200
 * ms from the arrival. Half of that leaves room for a busy hub.
 */
export const SCTP_SACK_DELAY_MS = 100;

/** Gap blocks and duplicates in a SACK that the hub sends. The SACK has to fit into a packet. */
export const MAX_SACK_BLOCKS = 128;

/**
 * Largest size of the SCTP packets that the hub sends, in bytes. With DTLS (37) and IP and UDP (48)
 * they stay below 1,280, which every path can carry. A multiple of four.
 */
export const SCTP_MTU = 1188;

/**
 * Bytes sent to a guest that its SCTP has not acknowledged, overhead included (see {@link
 * BUFFERED_MESSAGE_OVERHEAD_BYTES}). Beyond it the guest is dropped: it does not drain its queue,
 * and keeping that queue would be at the expense of the other guests.
 */
export const MAX_BUFFERED_BYTES = 4 * MIB;

/**
 * What a message that waits for its acknowledgement counts in addition to its bytes. It is more
 * than the memory kept for the smallest message, so many small frames cost no more than a few large
 * ones.
 */
export const BUFFERED_MESSAGE_OVERHEAD_BYTES = 1 * KIB;

/**
 * Bytes held for all guests together: what {@link MAX_BUFFERED_BYTES} counts, and messages that are
 * not complete. Beyond it, guests that hold the most are dropped, within a second. A Raspberry Pi with
 * 512 MiB has this much to spare. Two hundred guests who announce themselves in one room hold less
 * than 1 MiB on a fast network. The rest is for large messages over bad Wi-Fi.
 */
export const MAX_HELD_BYTES = 128 * MIB;

/** The initial congestion window in packets. Browsers begin with the same number. */
export const SCTP_INITIAL_WINDOW_PACKETS = 10;

/**
 * Packets with DATA that are sent to one guest in one burst (RFC 9260 §6.1, Max.Burst): an initial
 * window.
 */
export const SCTP_MAX_BURST_PACKETS = 10;

/** For this long, browsers delay the acknowledgement of a single packet (RFC 9260 §6.2). */
export const SCTP_LONGEST_SACK_DELAY_MS = 200;

/**
 * By at least this much a chunk may overtake another one, before the other one counts as lost
 * (RFC 8985 §6.2): Wi-Fi repeats a frame within a few milliseconds.
 */
export const SCTP_REORDERING_MS = 10;

/**
 * A probe for lost chunks waits this much longer than two round trips: for the guest's timers, and
 * for moments in which Wi-Fi pauses (RFC 8985 §7.2).
 */
export const SCTP_PROBE_MARGIN_MS = 50;

/**
 * Bounds of SCTP's retransmission timeout, which follows the measured round trips. The minimum has
 * to be more than {@link SCTP_LONGEST_SACK_DELAY_MS}.
 */
export const SCTP_RTO_MS = { initial: 500, min: 350, max: 5 * SECOND } as const;

/**
 * Consecutive timeouts after which the hub gives up on a guest that answers nothing (RFC 9260 §8.1,
 * Association.Max.Retrans). Usually the hub notices earlier that the connectivity checks have
 * stopped.
 */
export const SCTP_MAX_RETRANSMISSIONS = 10;

// ── Guests and rooms ─────────────────────────────────────────────────────────────────────────────

/** Guests at once. An event hall on one access point has far fewer. Memory per guest is bounded. */
export const MAX_GUESTS = 1024;

/**
 * Guests of one ICE agent that a record is tried with. Normally an agent has one. Each costs an
 * attempt to open the record.
 */
export const MAX_GUESTS_TRIED = 4;

/** Longest room id in UTF-16 units. Deployed clients cut theirs at 40; a longer one is ignored. */
export const MAX_ROOM_ID_LENGTH = 256;

/**
 * How often silent guests and stale entries are removed. A guest that has left stays at most this
 * much longer than its timeout.
 */
export const SWEEP_INTERVAL_MS = 1 * SECOND;

/** How long the hub may take to join itself. On the smallest Pi it takes a second. */
export const SELF_TEST_TIMEOUT_MS = 10 * SECOND;

/**
 * After that the hub joins itself again and again, so that its code is fast when the first guests
 * come. The rehearsals begin `delayMs` after the hub is ready, because the web pages start first. They
 * end after `max` joins, or after `totalMs` of work, so that a small computer does not work for long.
 * More joins make the code hardly faster, and V8 then keeps more memory for it.
 */
export const REHEARSALS = { delayMs: 500, max: 90, totalMs: 1500 } as const;

// ── Fair share ───────────────────────────────────────────────────────────────────────────────────
// A whole school, or two hundred tabs of one laptop, may share one address. So no address is
// refused because of its number of guests alone. When a resource is used up, the address that holds
// the most gives up some.

/**
 * Buckets that addresses are hashed into for rate limits. Their number is fixed, so unknown
 * addresses cost no memory.
 */
export const RATE_BUCKETS = 1024;

/**
 * When the hub is busy with guests' data for more than this share of its time, it begins to limit
 * the guests that keep it busy. The rest is for handshakes, checks and newcomers.
 */
export const BUSY_SHARE = 0.6;

/**
 * The share of its time that a busy hub gives to one guest, and to all guests of one address if
 * there are other addresses. Datagrams beyond it are dropped unread, so the guest's SCTP slows
 * down. A full call of twelve guests keeps the hub busy for less than a hundredth of this.
 */
export const GUEST_SHARE = 0.2;
export const GUEST_ADDRESS_SHARE = 0.4;

/** For how long a share may be exceeded. A message of 256 KiB in one burst is about 30 ms of work. */
export const SHARE_BURST_MS = 100;

// ── The media relay (TURN) ───────────────────────────────────────────────────────────────────────

/** First and last port of relayed transport addresses: the dynamic range (RFC 8656 §7.2). */
export const TURN_RELAYED_PORTS = { first: 49_152, last: 65_535 } as const;

/**
 * Allocations at once. Twelve guests in one call hold 12 × 11 peers × 3 advertised addresses = 396;
 * this is five such calls, in about 2 KiB each. There is no limit for one client address, because a
 * whole school can be behind one router. If the table is full, the address with the most
 * allocations gives one up.
 */
export const TURN_MAX_ALLOCATIONS = 2048;

/**
 * An allocation's lifetime without a Refresh, and the longest that a client may request (RFC 8656
 * §3.2, §7.2).
 */
export const TURN_ALLOCATION_LIFETIME_MS = { default: 600 * SECOND, max: 3600 * SECOND } as const;

/** A permission's lifetime without a refresh (RFC 8656 §9). */
export const TURN_PERMISSION_LIFETIME_MS = 300 * SECOND;

/** A channel binding's lifetime without a refresh (RFC 8656 §12). */
export const TURN_CHANNEL_LIFETIME_MS = 600 * SECOND;

/** How long a nonce is valid. RFC 8656 §5 asks for a new one at least every hour. */
export const TURN_NONCE_LIFETIME_MS = 3600 * SECOND;

/** Permissions of one allocation. Only the hub's own addresses can be permitted, and it has few. */
export const TURN_MAX_PERMISSIONS = 32;

/** Channels of one allocation: three per peer, and room for many ICE restarts. */
export const TURN_MAX_CHANNELS = 64;

/**
 * Requests answered per client address: a burst, then a rate per second. A guest joining a call of
 * twelve makes about 300 in a few seconds; each costs a hash or two.
 */
export const TURN_REQUEST_RATE = { burst: 1200, perSecond: 200 } as const;

/**
 * Answers to failed and unauthenticated requests per client address. Every legitimate allocation
 * begins with one 401, so the burst covers a call of twelve behind one router that all of them join
 * at once.
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

/**
 * Datagrams received from the socket in one system call where the system supports it (Linux): 136
 * KiB of buffers.
 */
export const TURN_BATCH = 64;

/**
 * Requested size of the socket's buffers in the kernel, which may grant less. A second of a full
 * call of twelve does not fit into the default of 208 KiB, and packets to a guest that has vanished
 * can fill that much while they wait for an ARP answer.
 */
export const TURN_SOCKET_BUFFER_BYTES = 4 * MIB;

/** How long the media relay's own thread may block in a system call before it checks for commands. */
export const TURN_RECEIVE_TIMEOUT_MS = 100;

/**
 * The packet rate from which the media relay's own thread polls at intervals, and the length of
 * these intervals. Waking the thread costs several times as much as relaying a packet, and a delay
 * of a millisecond does not matter on Wi-Fi.
 */
export const TURN_GATHER = { packetsPerSecond: 1500, microseconds: 1000 } as const;

/**
 * A client address that has been silent for `afterMs` is sent no more packets than this. A client
 * in a call sends many packets a second. If a client has left the network without notice, the
 * kernel holds the packets sent to it until ARP gives up. Two such clients fill a default send
 * buffer, which blocks every call. A few packets must pass, because ICE checks its spare pairs
 * every 25 s.
 */
export const TURN_SILENCE = { afterMs: 3 * SECOND, packetsPerSecond: 4 } as const;

// ── Names (mDNS) ─────────────────────────────────────────────────────────────────────────────────

/** The multicast address and port of mDNS (RFC 6762 §3). */
export const MDNS_GROUP = "224.0.0.251";
export const MDNS_PORT = 5353;

/** Time to live of the IP packets. It proves that they were not routed (RFC 6762 §11). */
export const MDNS_TTL = 255;

/**
 * How often the hub checks that it still receives the group. A USB adapter that is unplugged and
 * plugged in again between two reads of the interfaces leaves the group, and no system reports it.
 */
export const MDNS_GROUP_CHECK_INTERVAL_MS = 10 * SECOND;

/**
 * Packets read from one host, and from all hosts together. Each may cost a millisecond. A large
 * office sends some tens a second. A flood impairs the names, but not the calls.
 */
export const MDNS_PACKET_RATE = { burst: 100, perSecond: 30 } as const;
export const MDNS_ALL_PACKETS_RATE = { burst: 300, perSecond: 150 } as const;

/** Largest packet allowed (RFC 6762 §17). */
export const MAX_MDNS_MESSAGE_BYTES = 9000;

/**
 * Questions and records in a packet. A packet with more is not read. A browse of a large office
 * fits.
 */
export const MAX_MDNS_RECORDS = 256;

/** Different questions of one packet that are answered. Service browsers ask a handful. */
export const MAX_MDNS_QUESTIONS = 16;

/** Bounds of the random delay for answers that several hosts may give (RFC 6762 §6), in ms. */
export const MDNS_SHARED_DELAY_MS = [20, 120] as const;

/** The same delay if more of the querier's known answers will follow (RFC 6762 §7.2), in ms. */
export const MDNS_TRUNCATED_DELAY_MS = [400, 500] as const;

/**
 * Least time between two multicasts of a record, and the same for a record that defends a name (RFC
 * 6762 §6).
 */
export const MDNS_REPEAT_MS = 1 * SECOND;
export const MDNS_DEFENCE_INTERVAL_MS = 250;

/** Answers that wait to be sent, each for at most a second. */
export const MAX_MDNS_PENDING_ANSWERS = 64;

/**
 * Time to live of records that hold an address or a host name, and of all others (RFC 6762 §10), in
 * seconds.
 */
export const MDNS_HOST_TTL_S = 120;
export const MDNS_SERVICE_TTL_S = 4500;

/**
 * Longest time to live in answers to legacy queriers, which do not hear of changes (RFC 6762 §6.7),
 * in seconds.
 */
export const MDNS_LEGACY_TTL_S = 10;

/**
 * Replies to one host, and to all hosts together, so that a forged query cannot make the hub flood
 * another host.
 */
export const MDNS_REPLY_RATE = { burst: 20, perSecond: 5 } as const;
export const MDNS_ALL_REPLIES_RATE = { burst: 100, perSecond: 50 } as const;

/**
 * Largest reply to a single host: what an Ethernet frame holds, and more than all records of the
 * hub.
 */
export const MAX_MDNS_REPLY_BYTES = 1472;

/** Packets that wait to be sent. Each uses its own socket for a short time. */
export const MAX_PENDING_MDNS_SENDS = 64;

/**
 * Number and interval of the probes for a name, and of its announcements afterwards (RFC 6762 §8.1,
 * §8.3).
 */
export const MDNS_PROBES = 3;
export const MDNS_PROBE_INTERVAL_MS = 250;
export const MDNS_ANNOUNCEMENTS = 2;
export const MDNS_ANNOUNCE_INTERVAL_MS = 1 * SECOND;

/**
 * Wait before probing again if another host probes at the same time and wins the tie-break (RFC
 * 6762 §8.2).
 */
export const MDNS_DEFERRED_PROBE_MS = 1 * SECOND;

/**
 * How often the hub probes again for a name that another hub has. That hub may have been switched
 * off.
 */
export const MDNS_RECLAIM_INTERVAL_MS = 60 * SECOND;

/**
 * How long the first join link waits for the computer's own name if a responder runs on this
 * computer. The responder answers in a few milliseconds.
 */
export const COMPUTER_NAME_WAIT_MS = 300;

/**
 * The hub queries the computer's own name at once, then after each of these delays, and then at
 * this interval.
 */
export const COMPUTER_NAME_QUERY_DELAYS_MS = [1 * SECOND, 2 * SECOND, 4 * SECOND] as const;
export const COMPUTER_NAME_QUERY_INTERVAL_MS = 60 * SECOND;

// ── The web pages ────────────────────────────────────────────────────────────────────────────────

/**
 * After accepting `batch` connections in a row the server pauses for `restMs`, so that a flood of
 * connections does not delay the guests, which the same thread serves. Above 1,000 a second, clients
 * wait. It also pauses for as long if no file handle is left.
 */
export const HTTP_ACCEPT = { batch: 20, restMs: 20 } as const;

/**
 * Connections at once, to both pages together. A page is answered within milliseconds, so this is
 * plenty. Each connection holds a file handle, or three with TLS, and the system gives the program
 * a limited number.
 */
export const HTTP_MAX_CONNECTIONS = 128;

/**
 * Longest time from accepting a connection to the end of its answer. It suffices for a page over
 * bad Wi-Fi.
 */
export const HTTP_DEADLINE_MS = 10 * SECOND;

/**
 * Requests answered for one client address: enough for a class behind one router that opens the
 * page at once.
 */
export const HTTP_RATE = { burst: 200, perSecond: 20 } as const;

/** Largest request line and headers together. Browsers send about 600 bytes. */
export const HTTP_MAX_HEAD_BYTES = 8 * KIB;

/**
 * How long, and for how many bytes, the server reads on after the answer, so that a client that is
 * still sending receives it.
 */
export const HTTP_LINGER = { ms: 1 * SECOND, bytes: 64 * KIB } as const;

/**
 * The call page's certificate. Apple rejects a certificate that is valid for more than 825 days,
 * whoever signed it, and then offers no way to continue. Its validity begins in the past, because a
 * guest's clock may be slow. If it is close to its end when the hub starts, the hub makes a new
 * one, so that it does not expire in the middle of a weekend.
 */
export const CALL_CERTIFICATE = {
  validMs: 820 * 86_400 * SECOND,
  backdatedMs: 7 * 86_400 * SECOND,
  renewMs: 14 * 86_400 * SECOND,
} as const;

/**
 * A browser that has opened a page but has sent no valid check for `afterMs` is reported as
 * blocked. Its own check takes 8 s. At most `max` browsers are watched at once.
 */
export const UNHEARD_CLIENT = { afterMs: 15 * SECOND, max: 64 } as const;

/**
 * Addresses remembered because UDP from them arrived. This is more than the number of guests, and
 * takes a few hundred kilobytes.
 */
export const MAX_HEARD_ADDRESSES = 4096;

// ── Files ────────────────────────────────────────────────────────────────────────────────────────

/**
 * How often, and for how long in total, reading or writing a file is retried. An antivirus program
 * or a cloud drive may lock a file for a second or two.
 */
export const FILE_RETRY_MS = { interval: 250, total: 4 * SECOND } as const;

/** Largest file that the hub reads back: an identity takes 1 KiB, a chain of certificates 10. */
export const MAX_KEPT_FILE_BYTES = 256 * KIB;

/**
 * A temporary file of this age was left behind by a process that was killed. Writing takes
 * milliseconds.
 */
export const LEFTOVER_AGE_MS = 60 * SECOND;

// ── The command line, and stopping ───────────────────────────────────────────────────────────────

/**
 * How long nobody must have used the hub before its garbage is collected, and how often the hub
 * looks. A full collection stops everything for 30 to 60 ms on a PC. Many guests that leave do so
 * to reload the page, and come back within a second or two.
 */
export const GARBAGE_COLLECTION = { quietMs: 2500, lookMs: 500 } as const;

/** How often the live line of a terminal is rewritten. Its uptime counts seconds. */
export const LIVE_LINE_INTERVAL_MS = 1 * SECOND;

/** Least time between two log lines with the number of guests: a log shows the trend, not each one. */
export const COUNTS_LOG_INTERVAL_MS = 60 * SECOND;

/** Least time between two log lines about uncaught errors. Packets must not be able to fill a disk. */
export const UNCAUGHT_LOG_INTERVAL_MS = 10 * SECOND;

/**
 * Bytes of output that wait for a terminal that accepts none (Ctrl-S, text being selected in a
 * Windows console, a full pipe). Further lines are dropped, so that the hub neither waits for a
 * reader nor uses more memory for it.
 */
export const MAX_PENDING_OUTPUT_BYTES = 64 * KIB;

/**
 * Longest wait for the goodbyes (SCTP ABORT, DTLS close_notify) to be sent before the socket is
 * closed.
 */
export const STOP_GRACE_MS = 250;

/**
 * Longest time from the first signal to the end of the process, even if something hangs. The
 * documented limit is one second.
 */
export const STOP_DEADLINE_MS = 900;

/** How often a port that a hub holds is tried again, while that hub may be about to end. */
export const TAKEN_PORT_RETRY_INTERVAL_MS = 50;

/**
 * How often `kibitz-offline.mjs` looks whether the process that started it is still there. The
 * terminal shows the hub's output until then.
 */
export const LAUNCHER_POLL_INTERVAL_MS = 500;

/** A second signal within this time is the same key press, passed on by a wrapper such as npx. */
export const SAME_KEY_PRESS_MS = 100;

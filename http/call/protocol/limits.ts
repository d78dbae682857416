/**
 * The limits and timers of the call page, with the reasons for their values. Limits on what other
 * guests send keep one guest from overloading this page.
 *
 * @module
 */

const SECOND = 1000;

// ── Hub ─────────────────────────────────────────────────────────────────────────────────────────

/**
 * Longest time from the offer to the hub's `id` frame. All addresses of the hub are tried at the
 * same time.
 */
export const HUB_DIAL_MS = 8 * SECOND;

/**
 * Pauses between tries to reach the hub; the last one repeats. The first is short, because most
 * interruptions are short.
 */
export const HUB_PAUSES_MS = [500, 1000, 2000, 4000];

/**
 * The hub answers each beacon. If nothing arrives for this long, the hub is asked once more, and
 * after another {@link HUB_PROBE_MS} without an answer the connection is given up. The browser may
 * not notice the loss, because a restarted hub answers its connectivity checks. The question is for
 * busy devices, which read answers late.
 */
export const HUB_SILENCE_MS = 5 * SECOND;

/** Longest time for the hub's page to tell the hub's current addresses. The next try asks again. */
export const HUB_INFO_TIMEOUT_MS = 3 * SECOND;

/** The shortest timer. Browsers' timers are not more exact. */
export const LEAST_WAIT_MS = 10;

/** How long the hub may take to answer after silence, sleep or a change of network. */
export const HUB_PROBE_MS = 2500;

/** If more than this waits to be sent to the hub, the hub is not reading, and is dialled again. */
export const HUB_BUFFER_BYTES = 1024 * 1024;

// ── Presence ────────────────────────────────────────────────────────────────────────────────────

/** How often presence is announced (docs/PROTOCOL.md §3). */
export const PRESENT_EVERY_MS = 2500;

/** A person from whom nothing is heard for this long has left (docs/PROTOCOL.md §3). */
export const GONE_AFTER_MS = 8 * SECOND;

/**
 * As {@link GONE_AFTER_MS}, for a person whose media link is interrupted and may recover. Most
 * interruptions are shorter, and meanwhile the tile shows the last picture.
 */
export const GONE_WHILE_SHAKY_MS = 15 * SECOND;

/** Least time between two announcements of this guest. The first change is announced at once. */
export const ANNOUNCE_GAP_MS = 300;

/**
 * Presence messages of one guest that are read in a burst; then one per {@link PRESENCE_EVERY_MS}.
 */
export const PRESENCE_BURST = 20;

/** See {@link PRESENCE_BURST}: three times the rate that {@link ANNOUNCE_GAP_MS} allows. */
export const PRESENCE_EVERY_MS = 100;

/** Only a person heard within this time is dialled. This allows for one lost beacon. */
export const HEARD_RECENTLY_MS = 6 * SECOND;

/**
 * Most people that this page shows. A mesh carries 12 with pictures; beyond that there is only
 * sound.
 */
export const MAX_PEOPLE = 64;

/** Most ids of a room that are kept and announced to: the hub takes as many guests. */
export const MAX_LISTED = 1024;

/** Longest name that is shown, in characters. */
export const MAX_NAME_LENGTH = 40;

/** A longer hub frame is ignored. A session description has about 10 KiB. */
export const MAX_FRAME_LENGTH = 128 * 1024;

/** How long a reaction is shown. */
export const REACTION_MS = 5 * SECOND;

// ── Links ───────────────────────────────────────────────────────────────────────────────────────

/**
 * Longest time from opening a connection to being connected. Then the connection is dialled again.
 */
export const LINK_DIAL_MS = 15 * SECOND;

/** A link that is disconnected for this long is shown as shaky. Shorter gaps are not shown. */
export const LINK_SHAKY_MS = 2 * SECOND;

/**
 * A link that is disconnected for this long is dialled again. If a link in Chromium recovers by
 * itself, it does so within about 5 s.
 */
export const LINK_REDIAL_MS = 6 * SECOND;

/** Pauses between tries to connect with a person; the last one repeats. */
export const LINK_PAUSES_MS = [1000, 2000, 4000, 8000];

/** After being connected for this long, a link's earlier failures no longer count. */
export const LINK_PROVEN_MS = 10 * SECOND;

/** How long the side that does not dial waits for an offer before it requests one. */
export const LINK_ASK_MS = 10 * SECOND;

/** After so many failures in a row there is a notice that the other person cannot be reached. */
export const LINK_FAILURES_TOLD = 3;

/** Offers of one person that are accepted in a burst; then one per {@link OFFER_EVERY_MS}. */
export const OFFER_BURST = 5;

/**
 * See {@link OFFER_BURST}. Each offer costs a connection, and a page may open only some hundreds.
 */
export const OFFER_EVERY_MS = 2 * SECOND;

/**
 * Notices about one person (came, left, raised a hand) that are shown in a burst; then one per
 * {@link NOTICE_EVERY_MS}. A screen reader speaks each of them.
 */
export const NOTICE_BURST = 6;

/** See {@link NOTICE_BURST}: nobody comes, leaves or raises a hand more often for long. */
export const NOTICE_EVERY_MS = 5 * SECOND;

/**
 * How often in a burst a person may begin or end to share a screen; then once per
 * {@link SHARE_EVERY_MS}. Each time all tiles move.
 */
export const SHARE_BURST = 4;

/** See {@link SHARE_BURST}: nobody begins and ends to share more often for long. */
export const SHARE_EVERY_MS = 5 * SECOND;

/** How often in a burst a person may come and go, and is shown and dialled without a delay. */
export const COMING_BURST = 4;

/**
 * The delay for a person who comes more often, and the time after which one more coming has no
 * delay.
 */
export const COMING_HOLD_MS = 8 * SECOND;

/** Longest session description in characters. Browsers make about 10 KiB. */
export const MAX_SDP_LENGTH = 64 * 1024;

/** Most media sections in a session description. Deployed browsers use three. */
export const MAX_SDP_SECTIONS = 8;

/**
 * Most candidates that are taken for one connection, and most in one description. A browser with
 * many interfaces and addresses has some dozens.
 */
export const MAX_CANDIDATES = 100;

/** Longest candidate line in characters. */
export const MAX_CANDIDATE_LENGTH = 1024;

// ── Chat ────────────────────────────────────────────────────────────────────────────────────────

/** Chat messages that are kept. */
export const MAX_MESSAGES = 500;

/** Longest message that is sent, in UTF-16 units: at most 12 KB, which all browsers can receive. */
export const MAX_SENT_TEXT = 4000;

/** Longest message that is shown; the rest is cut off. */
export const MAX_SHOWN_TEXT = 8000;

/** A longer content message is ignored: the protocol allows 256 KiB. */
export const MAX_CONTENT_LENGTH = 256 * 1024;

/**
 * If more than this waits to be sent on a content channel, the other side does not read, and new
 * messages are dropped.
 */
export const CONTENT_BUFFER_BYTES = 4 * MAX_CONTENT_LENGTH;

/**
 * Content messages of one person that are read in a burst; then one per {@link CONTENT_EVERY_MS}.
 * The deployed web app also sends messages that this page ignores, such as drawings, far more often
 * than chat.
 */
export const CONTENT_BURST = 200;

/** See {@link CONTENT_BURST}: fifty a second, as when somebody draws. */
export const CONTENT_EVERY_MS = 20;

/** Chat messages of one person that are shown in a burst; then one per {@link CHAT_EVERY_MS}. */
export const CHAT_BURST = 20;

/** See {@link CHAT_BURST}: nobody types faster for long. */
export const CHAT_EVERY_MS = 500;

/** Most links in one message that can be clicked. */
export const MAX_LINKS = 50;

/** Notices that are kept. */
export const MAX_NOTICES = 20;

/** A person who is heard within this time after this guest has joined was there before. */
export const ARRIVAL_MS = 4 * SECOND;

// ── Media ───────────────────────────────────────────────────────────────────────────────────────

/** With more people than this in the call, only sound is sent. */
export const MAX_PICTURES = 12;

/**
 * Loss does not reduce a link's rate before this age of the link: browsers begin with an estimate
 * near 300 kbit/s (docs/CALL.md, trap 51).
 */
export const VERDICT_AFTER_MS = 15 * SECOND;

/** How often the statistics of a link are read. */
export const STATS_EVERY_MS = 3 * SECOND;

/**
 * If no frame of a live camera is encoded for this long, the encoder is frozen (docs/CALL.md, trap
 * 32).
 */
export const ENCODER_FROZEN_MS = 9 * SECOND;

/** Most restarts of one connection's encoder. More would not repair one that keeps freezing. */
export const ENCODER_RESTARTS = 3;

/** How often audio levels are read. */
export const LEVELS_EVERY_MS = 125;

/**
 * Longest time for a request for devices. Some browsers never settle it (docs/CALL.md, traps 7 and
 * 40).
 */
export const CAPTURE_TIMEOUT_MS = 60 * SECOND;

/** In some browsers a new track is muted for a moment. Until this age of a track, that is ignored. */
export const MUTE_MEANS_AFTER_MS = 1 * SECOND;

/** A track that has been muted for this long is reported as interrupted. */
export const INTERRUPTED_AFTER_MS = 3 * SECOND;

/** How often the black picture of a placeholder is drawn. The browser sends a frame each time. */
export const PLACEHOLDER_EVERY_MS = 1 * SECOND;

/** A longer gap between two runs of a timer means that the device has slept. */
export const SLEEP_GAP_MS = 5 * SECOND;

/**
 * How long a {@link Peak} holds a value that has fallen. Each change of the camera's or the
 * encoder's size interrupts the picture.
 */
export const PEAK_HOLD_MS = 5 * SECOND;

/**
 * An audio context that claims to run is frozen if its clock stands still for this long
 * (docs/CALL.md, trap 20).
 */
export const AUDIO_FROZEN_MS = 2 * SECOND;

/** Most new audio contexts for the level meter. Browsers on phones allow only a few. */
export const AUDIO_RESTARTS = 2;

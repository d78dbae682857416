/**
 * Every limit and timer of the call page, with the reason for its value. What other guests send is
 * bounded here, so that nobody can make this page do more than these numbers allow.
 *
 * @module
 */

const SECOND = 1000;

// ── Hub ─────────────────────────────────────────────────────────────────────────────────────────

/** From creating the offer to the hub's `id` frame. All addresses are tried at once within it. */
export const HUB_DIAL_MS = 8 * SECOND;

/** Pauses between tries; the last one repeats. Short at first, because most losses are short. */
export const HUB_PAUSES_MS = [500, 1000, 2000, 4000];

/**
 * The hub answers each beacon. After so long without an answer it is asked once more, and after
 * {@link HUB_PROBE_MS} more the connection is dead. A hub that was restarted answers connectivity
 * checks, so only silence shows the loss. A device that is only busy finds its answers late.
 */
export const HUB_SILENCE_MS = 5 * SECOND;

/** After silence, sleep or a change of network the hub is asked and gets this long to answer. */
export const HUB_PROBE_MS = 2500;

/** Most text waiting to be sent to the hub. If more is waiting, nothing gets through. */
export const HUB_BUFFER_BYTES = 1024 * 1024;

// ── Presence ────────────────────────────────────────────────────────────────────────────────────

/** How often presence is announced (wire contract §3). */
export const PRESENT_EVERY_MS = 2500;

/** A person who is silent for this long has left (wire contract §3). */
export const GONE_AFTER_MS = 8 * SECOND;

/**
 * As {@link GONE_AFTER_MS}, for a person whose media link is interrupted but not given up: the tile
 * keeps its last picture meanwhile, and most interruptions are over by then.
 */
export const GONE_WHILE_SHAKY_MS = 15 * SECOND;

/** This guest's changes are announced at once, but never more often than this. */
export const ANNOUNCE_GAP_MS = 300;

/** Presence of one guest that is read at once; afterwards one for each {@link PRESENCE_EVERY_MS}. */
export const PRESENCE_BURST = 20;

/** Three times as often as {@link ANNOUNCE_GAP_MS} allows. */
export const PRESENCE_EVERY_MS = 100;

/** A person heard within this time can be dialled: it missed one beacon at most. */
export const HEARD_RECENTLY_MS = 6 * SECOND;

/** Most people in a room that this page shows. A mesh carries 12; 64 leaves room for listeners. */
export const MAX_PEOPLE = 64;

/** Ids of a room that are kept and written to: as many guests as the hub takes. */
export const MAX_LISTED = 1024;

/** Longest name on show. */
export const MAX_NAME_LENGTH = 40;

/** A hub frame longer than this is not read: a session description has about 10 KiB. */
export const MAX_FRAME_LENGTH = 128 * 1024;

/** A reaction is on show for this long. */
export const REACTION_MS = 5 * SECOND;

// ── Links ───────────────────────────────────────────────────────────────────────────────────────

/** From opening a connection to being connected; then it starts over. */
export const LINK_DIAL_MS = 15 * SECOND;

/** A link that is disconnected for this long is called shaky. Shorter gaps heal unnoticed. */
export const LINK_SHAKY_MS = 2 * SECOND;

/**
 * A link that is disconnected for this long is dialled anew. Chromium heals within about 5 s if at
 * all.
 */
export const LINK_REDIAL_MS = 6 * SECOND;

/** Pauses between tries; the last one repeats. */
export const LINK_PAUSES_MS = [1000, 2000, 4000, 8000];

/** A link that is connected for this long works, and its failures are forgotten. */
export const LINK_PROVEN_MS = 10 * SECOND;

/** How long the side that does not dial waits for an offer before it asks for one. */
export const LINK_ASK_MS = 10 * SECOND;

/** Failures in a row after which the person is told that somebody cannot be reached. */
export const LINK_FAILURES_TOLD = 3;

/** Offers of one person that are taken at once; afterwards one for each {@link OFFER_EVERY_MS}. */
export const OFFER_BURST = 5;

/** Each offer costs a connection, of which a browser allows some hundreds in its life. */
export const OFFER_EVERY_MS = 2 * SECOND;

/**
 * Notices of one person (came, went, raised a hand) that are shown at once; afterwards one for each
 * {@link NOTICE_EVERY_MS}. A screen reader speaks each of them.
 */
export const NOTICE_BURST = 6;

/** Nobody comes, goes or raises a hand more often for long. */
export const NOTICE_EVERY_MS = 5 * SECOND;

/**
 * Changes between sharing a screen and not that are taken at once; afterwards one for each
 * {@link SHARE_EVERY_MS}. Each one moves all tiles.
 */
export const SHARE_BURST = 4;

/** Nobody begins and ends sharing more often for long. */
export const SHARE_EVERY_MS = 5 * SECOND;

/** How often somebody can leave and come and be shown and dialled at once; afterwards it waits. */
export const COMING_BURST = 4;

/** How long somebody who comes and goes all the time waits to be shown and dialled. */
export const COMING_HOLD_MS = 8 * SECOND;

/** Longest session description. Browsers' have about 10 KiB. */
export const MAX_SDP_LENGTH = 64 * 1024;

/** Most media sections in a session description. Deployed browsers use three. */
export const MAX_SDP_SECTIONS = 8;

/**
 * Candidates of one connection, and most in one description.
 * A browser with many interfaces and addresses has some dozens.
 */
export const MAX_CANDIDATES = 100;

/** Longest candidate line. */
export const MAX_CANDIDATE_LENGTH = 1024;

// ── Chat ────────────────────────────────────────────────────────────────────────────────────────

/** Messages kept; the oldest go first. */
export const MAX_MESSAGES = 500;

/** Longest message that is sent: four bytes a character still fit 16 KiB, safe in all browsers. */
export const MAX_SENT_TEXT = 4000;

/** Longest message on show; the rest is cut. */
export const MAX_SHOWN_TEXT = 8000;

/** A content message longer than this is not read: the contract's 256 KiB. */
export const MAX_CONTENT_LENGTH = 256 * 1024;

/**
 * Messages of any kind that are read of one person at once; afterwards one for each
 * {@link CONTENT_EVERY_MS}. Guests of the deployed kind also send what this page ignores, such as
 * drawings, and far more often than they chat.
 */
export const CONTENT_BURST = 200;

/** Fifty a second: somebody draws. */
export const CONTENT_EVERY_MS = 20;

/** Chat of one person that is taken at once; afterwards one message for each {@link CHAT_EVERY_MS}. */
export const CHAT_BURST = 20;

/** People do not type faster for long. */
export const CHAT_EVERY_MS = 500;

/** Links in one message that can be clicked. */
export const MAX_LINKS = 50;

/** Notices kept. */
export const MAX_NOTICES = 20;

/** Somebody who is there within this time after one's own joining did not just come. */
export const ARRIVAL_MS = 4 * SECOND;

// ── Media ───────────────────────────────────────────────────────────────────────────────────────

/** More people than this, and only sound is sent. */
export const MAX_PICTURES = 12;

/** No verdict on a link before: a browser's estimate begins near 300 kbit/s (trap 51). */
export const VERDICT_AFTER_MS = 15 * SECOND;

/** How often the statistics of a link are read. */
export const STATS_EVERY_MS = 3 * SECOND;

/** A camera that is on and of which no frame is encoded for so long is frozen (trap 32). */
export const ENCODER_FROZEN_MS = 9 * SECOND;

/** Restarts of one connection's encoder. One that freezes again and again is not mended by more. */
export const ENCODER_RESTARTS = 3;

/** How often audio levels are read. */
export const LEVELS_EVERY_MS = 125;

/** A request for devices that has not settled by then never settles (traps 7 and 40). */
export const CAPTURE_TIMEOUT_MS = 60 * SECOND;

/** A gap between two ticks of the levels' timer that only sleep explains. */
export const SLEEP_GAP_MS = 5 * SECOND;

/**
 * A need that has ended is still provided for until then: a camera that is set to another size shows
 * a gap, and so does an encoder.
 */
export const PEAK_HOLD_MS = 5 * SECOND;

/**
 * A clock of the browser's sound that stands still for so long while it should run is frozen
 * (trap 20).
 */
export const AUDIO_FROZEN_MS = 2 * SECOND;

/** How often the level meter is made anew for that. Browsers on phones allow few contexts. */
export const AUDIO_RESTARTS = 2;

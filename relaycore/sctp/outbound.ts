/**
 * Sends messages to one guest: cuts them into DATA chunks, tracks the chunks in flight, evaluates
 * SACKs, and retransmits lost chunks (RFC 9260 §6.1, §6.3, §7.2.4). It fills packets, and knows
 * neither their headers nor the network.
 *
 * Everything is reliable and in order, so a chunk is never given up and no FORWARD-TSN is ever
 * sent.
 *
 * @module
 */

import { BUFFERED_MESSAGE_OVERHEAD_BYTES, SCTP_MAX_RETRANSMISSIONS } from "../limits.ts";
import {
  DATA_HEADER_LENGTH,
  DataFlag,
  padded,
  SACK_HEADER_LENGTH,
  uint16,
  uint32,
} from "./chunk.ts";
import { CongestionWindow } from "./congestion_window.ts";
import { LossDetection } from "./loss_detection.ts";
import type { PacketWriter } from "./packet_writer.ts";
import { RetransmissionTimeout } from "./retransmission_timeout.ts";
import { COMPACT_AFTER, type Message, SendQueue } from "./send_queue.ts";

/** Missing reports after which a chunk counts as lost (§7.2.4). */
const LOST_AFTER_REPORTS = 3;

/** A chunk that was sent at least once, and so has a TSN. */
interface SentChunk {
  readonly message: Message;
  /** Its user data, as a part of the message's data. */
  readonly start: number;
  readonly end: number;
  /** The bytes that it occupies in a packet. */
  readonly size: number;
  /** When it was last sent. */
  sentAt: number;
  transmissions: number;
  /** How many SACKs have reported it missing. */
  missing: number;
  /**
   * Only outstanding chunks count as in flight. A lost one becomes outstanding when it is resent.
   */
  state: "outstanding" | "acknowledged" | "lost";
}

/** The sending half of one association. */
export class OutboundData {
  #rto = new RetransmissionTimeout();
  #congestion = new CongestionWindow();
  #losses = new LossDetection(this.#rto);
  readonly #queue = new SendQueue();
  /** The chunks above the cumulative TSN, in order, from the slot {@link #sentHead} on. */
  #sent: SentChunk[] = [];
  #sentHead = 0;
  /**
   * All chunks up to this TSN are acknowledged. Unlike the 32 bits in packets, TSNs never wrap
   * around here.
   */
  #cumulativeTsn: number;
  /** The total size of the outstanding chunks, in bytes. */
  #flight = 0;
  /** The number of lost chunks, which wait to be resent. */
  #lost = 0;
  /** The receive window in the guest's last SACK, in bytes. */
  #peerWindow: number;
  /**
   * In fast recovery: its end. Until this TSN is acknowledged, loss reduces the window only once.
   */
  #recoveryEnd: number | undefined;
  /** The next packet may be resent although the congestion window is full (§7.2.4, 3). */
  #isExempt = false;
  /** Whether the congestion window was full when packets were last made. */
  #isHeldUp = false;
  /**
   * The guest's window is closed, and one chunk may be sent to see whether it still is (§6.1, A).
   */
  #isProbing = false;
  /** Only chunks from this TSN on measure round trips: once for each round trip (§6.3.1, C4). */
  #measureFrom: number;
  /** When the retransmission timer (T3-rtx) expires. */
  #timer: number | undefined;
  /** The round trip that the SACK at hand has measured, in milliseconds; -1 if none. */
  #roundTrip = -1;
  /** When a new chunk was last sent. */
  #lastSentAt = Infinity;
  /** Timeouts since the last valid SACK. */
  #timeouts = 0;
  /** The next stream sequence number of each stream. */
  readonly #sequences = new Map<number, number>();
  #bufferedBytes = 0;

  /**
   * @param initialTsn the initial TSN in the hub's INIT ACK.
   * @param peerWindow the receive window in the guest's INIT, in bytes.
   */
  constructor(initialTsn: number, peerWindow: number) {
    this.#cumulativeTsn = initialTsn - 1;
    this.#measureFrom = initialTsn;
    this.#peerWindow = peerWindow;
  }

  /** Bytes of the messages that are not completely acknowledged, overhead included. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Whether every message is sent and acknowledged. */
  get isIdle(): boolean {
    return this.#queue.isEmpty && this.#sentCount === 0;
  }

  /** The last TSN that was used, as the 32 bits in packets. */
  get lastTsn(): number {
    return (this.#nextTsn - 1) >>> 0;
  }

  /** When {@link handleTimeout} has to be called; undefined means never. */
  get deadline(): number | undefined {
    return this.#timer && Math.min(this.#timer, this.#losses.deadline);
  }

  /**
   * Whether there were so many timeouts without a valid SACK that the guest must be gone (§8.1).
   */
  get isGivenUp(): boolean {
    return this.#timeouts > SCTP_MAX_RETRANSMISSIONS;
  }

  /** The current retransmission timeout in milliseconds. */
  get rto(): number {
    return this.#rto.ms;
  }

  /** Queues a message of at least one byte. It must not be changed afterwards. */
  send(streamId: number, protocol: number, data: Uint8Array): void {
    const sequence = this.#sequences.get(streamId) ?? 0;
    this.#sequences.set(streamId, (sequence + 1) & 0xffff);
    this.#queue.push({ streamId, sequence, protocol, data });
    this.#bufferedBytes += data.length + BUFFERED_MESSAGE_OVERHEAD_BYTES;
  }

  /** The guest has accepted the reset of these streams: their sequence numbers restart at 0. */
  resetStreams(streamIds: Iterable<number>): void {
    for (const streamId of streamIds) this.#sequences.delete(streamId);
  }

  /** The streams that the hub has sent on since they were last reset. */
  get streams(): number[] {
    return [...this.#sequences.keys()];
  }

  /** How many they are. */
  get streamCount(): number {
    return this.#sequences.size;
  }

  /** Whether the hub has sent on a stream since it was last reset. */
  hasSentOn(streamId: number): boolean {
    return this.#sequences.has(streamId);
  }

  /** Whether the windows allow a DATA chunk now. */
  get maySend(): boolean {
    if (this.#lost > 0) return this.#isExempt || this.#flight < this.#congestion.bytes;
    if (this.#queue.isEmpty) return false;
    if (this.#flight >= this.#congestion.bytes) return false;
    const size = chunkSize(this.#queue.nextUserData);
    if (this.#flight + size <= this.#peerWindow) return true;
    // One chunk may always be in flight (§6.1, A). If the window is closed, it waits for the timer.
    return this.#flight === 0 && (this.#peerWindow > 0 || this.#isProbing);
  }

  /** Puts as many chunks into a packet as may be sent and fit, lost ones first. */
  fill(writer: PacketWriter, now: number): void {
    const flight = this.#flight;
    if (this.#lost > 0) this.#resend(writer, now);
    while (this.#lost === 0 && this.maySend) {
      const userData = this.#queue.userDataThatFits(writer.room);
      if (userData === 0) break;
      this.#sendNext(writer, userData, now);
    }
    if (this.#flight > flight) this.#armProbe(now);
    this.#isHeldUp = this.#flight >= this.#congestion.bytes;
    // Nothing is in flight and nothing may be sent: the window is closed. The timer leads to a
    // probe.
    if (this.#timer === undefined && !this.isIdle) this.#timer = now + this.#rto.ms;
  }

  /**
   * Takes a SACK chunk of a well-formed packet (§6.2.1). An outdated or contradictory one changes
   * nothing.
   *
   * @param bytes the packet.
   * @param chunk where the SACK begins in it.
   * @returns whether the SACK was accepted.
   */
  receiveSack(bytes: Uint8Array, chunk: number, now: number): boolean {
    const cumulative = this.#cumulativeTsn + ((uint32(bytes, chunk + 4) - this.#cumulativeTsn) | 0);
    const gaps = uint16(bytes, chunk + 12);
    const end = chunk + SACK_HEADER_LENGTH + 4 * gaps;
    const highest = gaps === 0 ? cumulative : cumulative + uint16(bytes, end - 2);
    // The cumulative TSN does not go back, except in a SACK that was overtaken. No TSN is
    // acknowledged before it was sent, and the first gap block begins after a gap.
    if (cumulative < this.#cumulativeTsn || highest >= this.#nextTsn) return false;
    if (gaps > 0 && uint16(bytes, chunk + SACK_HEADER_LENGTH) < 2) return false;

    this.#timeouts = 0;
    const advanced = cumulative > this.#cumulativeTsn;
    let newly = 0;
    this.#roundTrip = -1;
    while (this.#cumulativeTsn < cumulative) {
      const tsn = ++this.#cumulativeTsn;
      const sent = this.#sent[this.#sentHead];
      this.#sent[this.#sentHead++] = NOTHING;
      if (sent.state !== "acknowledged") newly += this.#arrived(sent, tsn, now);
      const { message } = sent;
      if (sent.end === message.data.length) {
        this.#bufferedBytes -= message.data.length + BUFFERED_MESSAGE_OVERHEAD_BYTES;
      }
    }
    this.#compact();

    let highestNew = -1;
    let next = cumulative + 1;
    for (let i = chunk + SACK_HEADER_LENGTH; i < end; i += 4) {
      const first = cumulative + uint16(bytes, i);
      const last = cumulative + uint16(bytes, i + 2);
      for (; next < first; next++) this.#reneged(this.#at(next));
      for (; next <= last; next++) {
        const sent = this.#at(next);
        if (sent.state === "acknowledged") continue;
        newly += this.#arrived(sent, next, now);
        highestNew = next;
      }
    }
    // The chunk after the cumulative TSN is missing, even if an earlier SACK has acknowledged it.
    if (this.#sentCount > 0) this.#reneged(this.#at(cumulative + 1));

    if (this.#roundTrip >= 0) {
      this.#rto.measured(this.#roundTrip);
      this.#measureFrom = this.#nextTsn;
    } else if (advanced) this.#rto.answered();
    const inRecovery = this.#recoveryEnd !== undefined;
    if (advanced && !inRecovery && newly > 0) this.#congestion.acknowledged(newly, this.#isHeldUp);
    if (inRecovery && cumulative >= this.#recoveryEnd!) this.#recoveryEnd = undefined;
    // Normally a SACK reports a chunk missing only if it newly acknowledges a later one. In fast
    // recovery, one that advances the cumulative TSN reports all gaps (§7.2.4).
    const reported = inRecovery && advanced ? highest : highestNew;
    this.#countMissing(cumulative + 1, reported);
    this.#findLost(now);

    this.#peerWindow = uint32(bytes, chunk + 8);
    if (advanced || highestNew >= 0) this.#losses.answered(gaps > 0);
    this.#armProbe(now);
    if (this.#peerWindow > 0) this.#isProbing = false;
    if (this.#sentCount === 0) {
      this.#congestion.emptied();
      this.#timer = undefined;
    } else if (advanced) this.#timer = now + this.#rto.ms; // §6.3.2, R3
    return true;
  }

  /**
   * Chunks are overdue or a probe is due (RFC 8985), or the retransmission timer has expired
   * (§6.3.3). Then everything in flight is lost, or a closed window is probed.
   */
  handleTimeout(now: number): void {
    if (this.#timer !== undefined && now < this.#timer) {
      this.#findLost(now);
      if (this.#losses.isProbeDue(now)) this.#probe();
      return;
    }
    this.#timer = undefined;
    if (this.isIdle) return;
    this.#timeouts++;
    this.#rto.backOff();
    if (this.#sentCount === 0) {
      this.#isProbing = true;
    } else {
      this.#congestion.timedOut();
      this.#loseAll();
    }
    this.#timer = now + this.#rto.ms;
  }

  /**
   * The guest has another path now, about which nothing is known (§7.2). What is in flight may have
   * been lost on the old one. It is sent again at once, because the timer may have backed off.
   */
  pathChanged(now: number): void {
    this.#rto = new RetransmissionTimeout();
    this.#congestion = new CongestionWindow();
    this.#losses = new LossDetection(this.#rto);
    this.#measureFrom = this.#nextTsn;
    this.#timeouts = 0;
    this.#loseAll();
    if (this.#timer !== undefined) this.#timer = now + this.#rto.ms;
  }

  /** Treats everything in flight as lost. */
  #loseAll(): void {
    this.#recoveryEnd = undefined;
    this.#isExempt = false;
    this.#losses.allLost();
    for (let i = this.#sentHead; i < this.#sent.length; i++) {
      const sent = this.#sent[i];
      if (sent.state === "outstanding") this.#markLost(sent);
      sent.missing = 0;
    }
  }

  /** How many chunks were sent above the cumulative TSN. */
  get #sentCount(): number {
    return this.#sent.length - this.#sentHead;
  }

  get #nextTsn(): number {
    return this.#cumulativeTsn + 1 + this.#sentCount;
  }

  #at(tsn: number): SentChunk {
    return this.#sent[this.#sentHead + tsn - this.#cumulativeTsn - 1];
  }

  #resend(writer: PacketWriter, now: number): void {
    let isSent = false;
    for (let i = this.#sentHead; i < this.#sent.length && this.#lost > 0; i++) {
      const sent = this.#sent[i];
      if (sent.state !== "lost") continue;
      if (!this.maySend || sent.size > writer.room) break;
      sent.state = "outstanding";
      sent.transmissions++;
      sent.sentAt = now;
      this.#lost--;
      this.#flight += sent.size;
      this.#write(writer, sent, this.#cumulativeTsn + 1 + i - this.#sentHead);
      if (i === this.#sentHead) this.#timer = now + this.#rto.ms;
      isSent = true;
    }
    if (isSent) this.#isExempt = false;
  }

  #sendNext(writer: PacketWriter, userData: number, now: number): void {
    if (this.#flight === 0 && now - this.#lastSentAt > this.#rto.ms) this.#congestion.rested();
    this.#lastSentAt = now;
    const { first: message, offset: start } = this.#queue;
    const end = start + userData;
    const sent: SentChunk = {
      message,
      start,
      end,
      size: chunkSize(end - start),
      sentAt: now,
      transmissions: 1,
      missing: 0,
      state: "outstanding",
    };
    const tsn = this.#nextTsn;
    this.#sent.push(sent);
    this.#flight += sent.size;
    this.#queue.sent(userData);
    this.#write(writer, sent, tsn);
    this.#timer ??= now + this.#rto.ms;
  }

  #write(writer: PacketWriter, { message, start, end }: SentChunk, tsn: number): void {
    const { streamId, sequence, protocol, data } = message;
    const flags = (start === 0 ? DataFlag.first : 0) | (end === data.length ? DataFlag.last : 0);
    writer.data(flags, tsn, streamId, sequence, protocol, data, start, end);
  }

  #compact(): void {
    if (this.#sentHead < this.#sent.length && this.#sentHead < COMPACT_AFTER) return;
    this.#sent.splice(0, this.#sentHead);
    this.#sentHead = 0;
  }

  /**
   * Whether the acknowledgement of a chunk measures a round trip. It does not if the chunk was sent
   * twice, because it may be for either (§6.3.1, C5). It does not if the chunk counted as lost either:
   * then an earlier acknowledgement was lost, and this one waited until the guest got a later packet.
   */
  #measures({ state, transmissions }: SentChunk, tsn: number): boolean {
    return state === "outstanding" && transmissions === 1 && tsn >= this.#measureFrom;
  }

  /**
   * A chunk is acknowledged for the first time.
   *
   * @returns how many bytes are no longer in flight.
   */
  #arrived(sent: SentChunk, tsn: number, now: number): number {
    if (this.#measures(sent, tsn)) this.#roundTrip = now - sent.sentAt;
    this.#losses.arrived(tsn, sent.sentAt, sent.transmissions > 1, now);
    const wasLost = sent.state === "lost";
    sent.state = "acknowledged";
    if (wasLost) {
      this.#lost--;
      return 0;
    }
    this.#flight -= sent.size;
    return sent.size;
  }

  #markLost(sent: SentChunk): void {
    this.#flight -= sent.size;
    sent.state = "lost";
    this.#lost++;
  }

  /**
   * If this chunk was acknowledged, the guest has discarded it since, as it may (§6.2.1, D iii).
   */
  #reneged(sent: SentChunk): void {
    if (sent.state !== "acknowledged") return;
    sent.state = "lost";
    sent.transmissions++; // so that it does not measure a round trip
    this.#lost++;
  }

  #armProbe(now: number): void {
    // A closed window is probed by the retransmission timer.
    this.#losses.armProbe(this.#peerWindow > 0 ? this.#flight : 0, now);
  }

  /** Sends the last chunk again: the SACK that it causes shows which others are lost. */
  #probe(): void {
    this.#losses.probed();
    for (let i = this.#sent.length - 1; i >= this.#sentHead; i--) {
      if (this.#sent[i].state !== "outstanding") continue;
      this.#markLost(this.#sent[i]);
      return this.#recover();
    }
  }

  /** Finds the chunks that are lost by their time, and begins fast recovery if there are any. */
  #findLost(now: number): void {
    let isLost = false;
    let overdueAt = Infinity;
    let tsn = this.#cumulativeTsn;
    for (let i = this.#sentHead; i < this.#sent.length; i++) {
      const sent = this.#sent[i];
      tsn++;
      if (sent.state !== "outstanding") continue;
      const lostAt = this.#losses.lostAt(tsn, sent.sentAt);
      if (lostAt <= now) {
        this.#markLost(sent);
        isLost = true;
      } else if (lostAt < overdueAt) overdueAt = lostAt;
      // All chunks behind it were sent later.
      else if (lostAt === Infinity && sent.transmissions === 1) break;
    }
    this.#losses.overdueAt = overdueAt;
    if (isLost) this.#recover();
  }

  /**
   * Counts a report for each missing chunk in a range of TSNs, and begins fast recovery if one of
   * them is lost now.
   */
  #countMissing(from: number, below: number): void {
    let isLost = false;
    for (let tsn = from; tsn < below; tsn++) {
      const sent = this.#at(tsn);
      if (sent.state !== "outstanding") continue;
      // Reports do not tell which transmission of a chunk is missing.
      if (++sent.missing !== LOST_AFTER_REPORTS || sent.transmissions > 1) continue;
      this.#markLost(sent);
      isLost = true;
    }
    if (isLost) this.#recover();
  }

  /** Fast recovery: what is lost is sent again at once, and the window shrinks (§7.2.4). */
  #recover(): void {
    this.#isExempt = true;
    if (this.#recoveryEnd !== undefined) return;
    this.#congestion.lost();
    this.#recoveryEnd = this.#nextTsn - 1;
  }
}

/** Fills used slots, so that the messages of acknowledged chunks can be freed. */
const NOTHING: SentChunk = {
  message: { streamId: 0, sequence: 0, protocol: 0, data: new Uint8Array() },
  start: 0,
  end: 0,
  size: 0,
  sentAt: 0,
  transmissions: 0,
  missing: 0,
  state: "acknowledged",
};

function chunkSize(userData: number): number {
  return DATA_HEADER_LENGTH + padded(userData);
}

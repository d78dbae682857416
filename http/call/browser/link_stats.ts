/**
 * Reads a connection's statistics of the pictures that are sent: the loss that the other side
 * reports, and how many frames were encoded.
 *
 * @module
 */

/// <reference lib="dom" />

import type { LossReport } from "../protocol/budget.ts";

type Sent = RTCOutboundRtpStreamStats;

/** `RTCRemoteInboundRtpStreamStats`, which the types of the DOM lack. */
interface RemoteInbound {
  readonly type: string;
  readonly kind?: string;
  readonly packetsLost?: number;
  readonly roundTripTime?: number;
}

/** Frames encoded since the connection began; undefined if the browser does not report it. */
export function framesEncoded(stats: RTCStatsReport): number | undefined {
  let frames: number | undefined;
  stats.forEach((entry: RTCStats) => {
    const { type, kind, framesEncoded } = entry as Sent;
    if (type === "outbound-rtp" && kind === "video") frames = framesEncoded;
  });
  return frames;
}

/**
 * Loss and round trip of the pictures that are sent; undefined before the other side's first
 * report.
 */
export function lossReport(stats: RTCStatsReport): LossReport | undefined {
  let sent: number | undefined;
  let remote: RemoteInbound | undefined;
  stats.forEach((entry: RTCStats) => {
    if (entry.type === "outbound-rtp" && (entry as Sent).kind === "video") {
      sent = (entry as Sent).packetsSent;
    } else if (entry.type === "remote-inbound-rtp" && (entry as RemoteInbound).kind === "video") {
      remote = entry as RemoteInbound;
    }
  });
  if (sent === undefined || remote === undefined) return undefined;
  const { packetsLost = 0, roundTripTime } = remote as RemoteInbound;
  return {
    sent,
    lost: packetsLost,
    roundTrip: roundTripTime === undefined ? undefined : roundTripTime * 1000,
  };
}

/**
 * One WebRTC connection with another guest: one audio and one video track in each direction, and
 * the `content` channel. Other code decides when to open one, and carries the signalling.
 *
 * @module
 */

/// <reference lib="dom" />

import { CONTENT_BUFFER_BYTES } from "../protocol/limits.ts";
import { type PictureBudget, scaleDown } from "../protocol/budget.ts";

/** The tracks that are sent. Where there is no device, a placeholder is sent. */
export interface OutgoingTracks {
  readonly audio: MediaStreamTrack | undefined;
  readonly video: MediaStreamTrack | undefined;
}

/** How connections are made. */
export interface MediaSettings {
  readonly iceServers: readonly RTCIceServer[];
  /** This side's certificate. If undefined, the browser makes one for each connection. */
  readonly certificate: RTCCertificate | undefined;
}

/** What a connection reports. */
export interface MediaConnectionEvents {
  described(description: { type: "offer" | "answer"; sdp: string }): void;
  found(candidate: RTCIceCandidateInit): void;
  state(state: "connected" | "disconnected" | "failed"): void;
  content(data: unknown): void;
  /** A track of the other side has arrived. */
  tracks(): void;
}

/** A connection with another guest. */
export class MediaConnection {
  /** What the other side sends. */
  readonly stream = new MediaStream();
  readonly #events: MediaConnectionEvents;
  readonly #connection: RTCPeerConnection;
  readonly #offers: boolean;
  readonly #outgoing: MediaStream;
  #audio: RTCRtpSender | undefined;
  #video: RTCRtpSender | undefined;
  #budget: PictureBudget | undefined;
  #content: RTCDataChannel | undefined;
  /** Whether this side's description has been reported. */
  #isDescribed = false;
  #isClosed = false;
  /** This side's candidates that were found before its description was reported. */
  #found: RTCIceCandidateInit[] = [];
  /** The other side's candidates that arrived before its description. */
  #early: RTCIceCandidateInit[] = [];
  /** Whether the other side's description has been applied. */
  #hasRemote = false;
  /** Descriptions and parameters are set one after the other. */
  #work: Promise<void> = Promise.resolve();

  /** @throws if the browser allows no more connections. */
  constructor(
    settings: MediaSettings,
    offers: boolean,
    tracks: OutgoingTracks,
    events: MediaConnectionEvents,
  ) {
    this.#events = events;
    this.#offers = offers;
    const connection = this.#connection = new RTCPeerConnection({
      iceServers: [...settings.iceServers],
      iceTransportPolicy: settings.iceServers.length > 0 ? "relay" : "all",
      bundlePolicy: "max-bundle",
      iceCandidatePoolSize: 0,
      ...settings.certificate === undefined ? {} : { certificates: [settings.certificate] },
    });
    this.#outgoing = new MediaStream();
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null || candidate.candidate === "") return;
      if (this.#isDescribed) events.found(candidate.toJSON());
      else this.#found.push(candidate.toJSON());
    };
    connection.onconnectionstatechange = () => this.#stateChanged();
    // Firefox before 2023 has no `connectionState`.
    connection.oniceconnectionstatechange = () => {
      if (connection.connectionState === undefined) this.#stateChanged();
    };
    connection.ontrack = ({ track }) => this.#take(track);
    connection.ondatachannel = ({ channel }) => {
      if (channel.label === "content") this.#useContent(channel);
      else channel.close();
    };
    if (offers) this.#useContent(connection.createDataChannel("content"));
    this.#audio = this.#add("audio", tracks.audio);
    this.#video = this.#add("video", tracks.video);
    this.#preferVp8();
    if (offers) this.#queue(() => this.#describe());
  }

  /** Applies the other side's description, and answers it if it is an offer. */
  describe(description: { type: "offer" | "answer"; sdp: string }): void {
    this.#queue(async () => {
      await this.#connection.setRemoteDescription(description);
      this.#hasRemote = true;
      for (const candidate of this.#early.splice(0)) this.#addCandidate(candidate);
      if (!this.#offers) await this.#describe();
      this.#tune();
    });
  }

  /**
   * Adds a candidate of the other side. It waits for the description if that has not arrived yet.
   */
  addCandidate(candidate: RTCIceCandidateInit): void {
    if (this.#hasRemote) this.#addCandidate(candidate);
    else this.#early.push(candidate);
  }

  /** Replaces the tracks that are sent. This needs no new offer. */
  setTracks({ audio, video }: OutgoingTracks): void {
    const replace = (sender: RTCRtpSender | undefined, track: MediaStreamTrack | undefined) => {
      if (sender !== undefined && sender.track !== (track ?? null)) {
        sender.replaceTrack(track ?? null).catch(() => {});
      }
    };
    replace(this.#audio, audio);
    replace(this.#video, video);
    this.#tuneSoon();
  }

  /** Limits the size and rate of the picture that is sent. */
  setBudget(budget: PictureBudget): void {
    this.#budget = budget;
    this.#tuneSoon();
  }

  /** Whether new frames of a camera have to be sent all the time. */
  get sendsCamera(): boolean {
    const track = this.#video?.track;
    // A screen on which nothing moves has no new frames.
    return this.#budget?.active === true && track?.contentHint === "motion" && !track.muted &&
      track.readyState === "live";
  }

  /** Restarts the video encoder, without a new offer. */
  restartEncoder(): void {
    this.#work = this.#work.then(async () => {
      if (this.#isClosed) return;
      await tune(this.#video, (encoding) => encoding.active = false);
      await this.#tune();
    }).catch(() => {});
  }

  /** Sends a text on the `content` channel. @returns whether it was sent. */
  say(text: string): boolean {
    const channel = this.#content;
    if (channel?.readyState !== "open" || channel.bufferedAmount > CONTENT_BUFFER_BYTES) {
      return false;
    }
    try {
      channel.send(text);
      return true;
    } catch {
      return false;
    }
  }

  /** How loud the other side is now, from 0 to 1; undefined if the browser does not report it. */
  level(): number | undefined {
    const level = this.#sources("audio")?.[0]?.audioLevel;
    // Safari once reported a millionth for everybody, which is silence.
    return level === undefined ? undefined : Math.min(1, Math.max(0, level));
  }

  /** Whether a picture came within the last ten seconds; true if the browser does not tell. */
  isPictureArriving(): boolean {
    const sources = this.#sources("video");
    return sources === undefined || sources.length > 0;
  }

  /** The browser's statistics of this connection. */
  getStats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  /**
   * The certificate that the other side used in DTLS, in DER; undefined if the browser hides it.
   */
  remoteCertificate(): ArrayBuffer | undefined {
    const transport = this.#audio?.transport ?? this.#connection.sctp?.transport;
    try {
      return transport?.getRemoteCertificates()[0];
    } catch {
      return undefined;
    }
  }

  /**
   * This side's description, which has the fingerprint of its certificate. Empty before there is
   * one.
   */
  get localSdp(): string {
    return this.#connection.localDescription?.sdp ?? "";
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const connection = this.#connection;
    connection.onicecandidate = connection.onconnectionstatechange = null;
    connection.oniceconnectionstatechange = connection.ontrack = connection.ondatachannel = null;
    this.#dropContent();
    connection.close();
    for (const track of this.#outgoing.getTracks()) this.#outgoing.removeTrack(track);
  }

  #add(kind: "audio" | "video", track: MediaStreamTrack | undefined): RTCRtpSender {
    // addTrack, because an offer's media section is associated only with a transceiver that
    // addTrack has made (RFC 8829 §5.10). Without a track (a browser without placeholders) an
    // answering side can therefore only receive.
    if (track !== undefined) return this.#connection.addTrack(track, this.#outgoing);
    return this.#connection.addTransceiver(kind, {
      direction: "sendrecv",
      streams: [this.#outgoing],
    }).sender;
  }

  async #describe(): Promise<void> {
    const connection = this.#connection;
    await connection.setLocalDescription(
      this.#offers ? await connection.createOffer() : await connection.createAnswer(),
    );
    if (this.#isClosed) return;
    const sdp = connection.localDescription?.sdp ?? "";
    this.#events.described({ type: this.#offers ? "offer" : "answer", sdp });
    this.#isDescribed = true;
    for (const candidate of this.#found.splice(0)) this.#events.found(candidate);
  }

  #queue(work: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (!this.#isClosed) await work();
    }).catch(() => {
      if (!this.#isClosed) this.#events.state("failed");
    });
  }

  #addCandidate(candidate: RTCIceCandidateInit): void {
    // A candidate that the browser rejects is invalid, or belongs to an earlier connection.
    this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  /** What was played within the last ten seconds; undefined if the browser does not tell. */
  #sources(kind: "audio" | "video"): readonly RTCRtpSynchronizationSource[] | undefined {
    const receiver = this.#connection.getReceivers().find(({ track }) => track?.kind === kind);
    return receiver?.getSynchronizationSources?.();
  }

  #stateChanged(): void {
    const { connectionState, iceConnectionState } = this.#connection;
    const state = connectionState ?? iceConnectionState;
    if (state === "connected" || (state as string) === "completed") this.#events.state("connected");
    else if (state === "disconnected") this.#events.state("disconnected");
    else if (state === "failed" || state === "closed") this.#events.state("failed");
  }

  #take(track: MediaStreamTrack): void {
    // Only the first track of each kind is shown.
    if (this.stream.getTracks().some(({ kind }) => kind === track.kind)) return;
    this.stream.addTrack(track);
    this.#events.tracks();
  }

  #useContent(channel: RTCDataChannel): void {
    this.#dropContent();
    this.#content = channel;
    channel.onmessage = ({ data }) => this.#events.content(data);
  }

  #dropContent(): void {
    if (this.#content === undefined) return;
    this.#content.onmessage = null;
    this.#content.close();
    this.#content = undefined;
  }

  #preferVp8(): void {
    const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.("video")?.codecs;
    if (codecs === undefined) return;
    const isVp8 = ({ mimeType }: { mimeType: string }) => mimeType.toLowerCase() === "video/vp8";
    const sorted = [...codecs.filter(isVp8), ...codecs.filter((codec) => !isVp8(codec))];
    for (const transceiver of this.#connection.getTransceivers()) {
      if (transceiver.sender !== this.#video) continue;
      try {
        transceiver.setCodecPreferences?.(sorted);
      } catch {
        // The browser keeps its own order.
      }
    }
  }

  #tuneSoon(): void {
    this.#work = this.#work.then(() => this.#tune()).catch(() => {});
  }

  /** Sets priorities and limits of both senders, once the other side's description is known. */
  async #tune(): Promise<void> {
    if (this.#isClosed || !this.#hasRemote) return;
    const audio = this.#audio, video = this.#video;
    await tune(audio, (encoding) => {
      encoding.priority = "high";
      (encoding as { networkPriority?: RTCPriorityType }).networkPriority = "high";
    });
    const budget = this.#budget;
    if (budget === undefined) return;
    const { width = 0, height = 0 } = video?.track?.getSettings() ?? {};
    await tune(video, (encoding) => {
      encoding.active = budget.active;
      encoding.maxBitrate = budget.maxBitrate;
      encoding.maxFramerate = budget.maxFramerate;
      encoding.scaleResolutionDownBy = scaleDown(width, height, budget.maxHeight);
    });
  }
}

/**
 * Edits the parameters of a sender's only encoding. Browsers accept only parameters that they have
 * just returned (docs/CALL.md, trap 33).
 */
async function tune(
  sender: RTCRtpSender | undefined,
  edit: (encoding: RTCRtpEncodingParameters) => void,
): Promise<void> {
  const parameters = sender?.getParameters();
  const [encoding] = parameters?.encodings ?? [];
  if (sender === undefined || parameters === undefined || encoding === undefined) return;
  const before = JSON.stringify(encoding);
  edit(encoding);
  if (JSON.stringify(encoding) === before) return;
  // A browser that does not know one of the parameters refuses them all. Nothing changes then.
  await sender.setParameters(parameters).catch(() => {});
}

/**
 * A guest that is not ours: libdatachannel, joined by the link alone as docs/PROTOCOL.md §1 tells a browser
 * to. It shares no code with the hub.
 *
 * @module
 */

import datachannel from "node-datachannel";

/** What a link tells a guest. */
interface Invitation {
  readonly ufrag: string;
  readonly pwd: string;
  /** As SDP writes it: `AB:CD:…`. */
  readonly fingerprint: string;
  readonly endpoints: readonly { readonly host: string; readonly port: number }[];
}

// deno-lint-ignore no-explicit-any -- frames are whatever JSON the hub sends
type Frame = any;

/** A guest whose hub channel is open and that has its id. */
export class Guest {
  /** Frames received since, not yet taken by {@link next}. */
  readonly frames: Frame[] = [];
  /** Takes every further message, if it is set, instead of {@link frames}: for very many of them. */
  onText: ((text: string) => void) | undefined;
  /** Becomes true when the guest sees its channel close. */
  closed = false;
  id = 0;
  /** From making the offer to the `id` frame, in milliseconds. */
  offerToIdMs = 0;
  readonly #peer: datachannel.PeerConnection;
  readonly #channel: datachannel.DataChannel;
  readonly #waiting = new Set<() => void>();

  private constructor(peer: datachannel.PeerConnection, channel: datachannel.DataChannel) {
    this.#peer = peer;
    this.#channel = channel;
    channel.onMessage((message) => {
      if (this.onText !== undefined) return this.onText(message as string);
      this.frames.push(JSON.parse(message as string));
      this.#wake();
    });
    channel.onClosed(() => {
      this.closed = true;
      this.#wake();
    });
  }

  /**
   * Follows a join link.
   *
   * @param maxMessageSize what the guest believes that the hub takes; the truth is 262144.
   * @param bindAddress the address that it sends from, if that matters.
   */
  static async join(link: string, maxMessageSize = 262_144, bindAddress?: string): Promise<Guest> {
    const invitation = { ...readLink(link), maxMessageSize };
    const started = performance.now();
    const peer = new datachannel.PeerConnection("guest", {
      iceServers: [],
      maxMessageSize,
      bindAddress,
    });
    peer.onLocalDescription((offer) => {
      const mid = /a=mid:(\S+)/.exec(offer)?.[1] ?? "0";
      peer.setRemoteDescription(answer(invitation, mid), "answer" as datachannel.DescriptionType);
      invitation.endpoints.forEach((endpoint, i) => {
        peer.addRemoteCandidate(
          `candidate:${i + 1} 1 udp ${2130706431 - i} ${endpoint.host} ${endpoint.port} typ host`,
          mid,
        );
      });
    });
    const guest = new Guest(peer, peer.createDataChannel("hub"));
    try {
      guest.id = (await guest.next((frame) => frame.t === "id")).id;
    } catch (error) {
      guest.leave();
      throw error;
    }
    guest.offerToIdMs = performance.now() - started;
    return guest;
  }

  /** Where its datagrams come from: `127.0.0.1:51234`. */
  get address(): string {
    const pair = this.#peer.getSelectedCandidatePair();
    if (pair === null) throw new Error("the guest has no pair yet");
    return `${pair.local.address}:${pair.local.port}`;
  }

  /** Bytes that its SCTP has not taken yet. */
  get unsent(): number {
    return this.#channel.bufferedAmount();
  }

  send(frame: unknown): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#channel.sendMessage(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.#channel.sendMessageBinary(bytes);
  }

  /** Takes the first frame that fits, waiting for it; fails after `timeoutMs`. */
  async next(fits: (frame: Frame) => boolean, timeoutMs = 30_000): Promise<Frame> {
    let found: Frame;
    await this.#until(() => {
      const index = this.frames.findIndex(fits);
      if (index >= 0) found = this.frames.splice(index, 1)[0];
      return index >= 0;
    }, timeoutMs);
    return found;
  }

  /** Waits until the guest sees its channel close. */
  untilClosed(timeoutMs = 30_000): Promise<void> {
    return this.#until(() => this.closed, timeoutMs);
  }

  /** The ids in this guest's room, ascending. */
  async peers(): Promise<number[]> {
    this.send({ t: "peers" });
    const { ids } = await this.next((frame) => frame.t === "peers");
    return ids.sort((a: number, b: number) => a - b);
  }

  /** Asks until the room holds exactly these ids, in whatever order. */
  async untilPeersAre(ids: readonly number[], timeoutMs = 40_000): Promise<void> {
    const expected = JSON.stringify(ids.toSorted((a, b) => a - b));
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const peers = await this.peers();
      if (JSON.stringify(peers) === expected) return;
      if (performance.now() > deadline) throw new Error(`peers are ${peers}, not ${ids}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits for everything sent so far to have been handled by the hub. */
  async sync(): Promise<void> {
    const x = crypto.randomUUID();
    this.send({ t: "echo", x });
    await this.next((frame) => frame.t === "echo" && frame.x === x);
  }

  /** Closes the connection. */
  leave(): void {
    this.#peer.close();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        wake = () => {
          if (!condition()) return;
          // Once: a condition may take what it finds, and the next frame is for the next who waits.
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        timer = setTimeout(() => reject(new Error("the guest waited in vain")), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    }
  }
}

function readLink(link: string): Invitation {
  const [kind, ufrag, pwd, fp, ...rest] = new URL(link).searchParams.get("galaxy")!.split("|");
  const digest = Uint8Array.from(
    atob(fp.replaceAll("-", "+").replaceAll("_", "/")),
    (char) => char.charCodeAt(0),
  );
  return {
    ufrag,
    pwd,
    fingerprint: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(":")
      .toUpperCase(),
    endpoints: rest.slice(kind === "g2" ? 1 : 0).map((endpoint) => {
      const [host, port] = endpoint.split("~");
      return { host, port: Number(port) };
    }),
  };
}

function answer(
  { ufrag, pwd, fingerprint, maxMessageSize }: Invitation & { maxMessageSize: number },
  mid: string,
): string {
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    `a=group:BUNDLE ${mid}`,
    "a=ice-lite",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    `a=mid:${mid}`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    "a=setup:passive",
    "a=sctp-port:5000",
    `a=max-message-size:${maxMessageSize}`,
    "",
  ].join("\r\n");
}

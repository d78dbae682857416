/**
 * A guest of the hub inside a browser page, as the deployed web app is one: everything it knows of
 * the hub is the join link. Written from the wire contract (sections 1 and 2) alone; it must share no
 * code with the hub, or both could be wrong together.
 *
 * The page has one guest, `globalThis.guest`; `driver.ts` calls its methods. Arguments and results
 * are JSON values. Times are milliseconds.
 */

/** What a blob says, or an error that names what is wrong with it. */
function parseBlob(blob) {
  const fields = blob.split("|");
  if (fields.length < 5) throw new Error(`blob with ${fields.length} fields: ${blob}`);
  const [version, ufrag, pwd, fingerprint] = fields;
  if (version !== "g1" && version !== "g2") throw new Error(`blob of version ${version}`);
  if (!ufrag || !pwd || !fingerprint) throw new Error(`blob with an empty field: ${blob}`);
  const digest = Uint8Array.from(
    atob(fingerprint.replaceAll("-", "+").replaceAll("_", "/")),
    (character) => character.charCodeAt(0),
  );
  if (digest.length !== 32) throw new Error(`fingerprint of ${digest.length} bytes`);
  const endpoints = fields.slice(version === "g2" ? 5 : 4).map((field) => {
    const [host, port] = field.split("~");
    return { host, port: Number(port) };
  }).filter(({ host, port }) => host && port >= 1 && port <= 65535);
  if (endpoints.length === 0) throw new Error(`blob without an endpoint: ${blob}`);
  return { ufrag, pwd, digest, endpoints };
}

/** The answer that the hub would give to `offerSdp`. */
function synthesizeAnswer(offerSdp, { ufrag, pwd, digest, endpoints }, maxMessageSize) {
  const mid = /^a=mid:(.*)$/m.exec(offerSdp)[1].trim();
  const fingerprint = [...digest]
    .map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":");
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
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
    ...endpoints.map(({ host, port }, i) =>
      `a=candidate:${i + 1} 1 udp ${2130706431 - i} ${host} ${port} typ host`
    ),
    "",
  ].join("\r\n");
}

/** Rejects after `timeoutMs` with what was waited for. */
function within(timeoutMs, what, promise) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

const byteLength = (text) => new TextEncoder().encode(text).length;

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text of exactly `bytes` bytes of ASCII that no two seeds share, safe inside a JSON string. */
function filler(bytes, seed) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  let state = seed >>> 0;
  const characters = new Array(bytes);
  for (let i = 0; i < bytes; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    characters[i] = alphabet[state >>> 26];
  }
  return characters.join("");
}

class Guest {
  #connection = null;
  #channel = null;
  #beacon;
  #closed = null;
  /** Frames that nobody asked for yet: `{ frame, bytes }`, the size that of the message. */
  #inbox = [];
  #wake = () => {};

  /**
   * Dials the hub of `link`.
   *
   * @returns the id and when things happened, counted from before the offer was created.
   */
  async dial(link, { timeoutMs = 30000, maxMessageSize = 262144 } = {}) {
    const blob = new URL(link).searchParams.get("galaxy");
    if (!blob) throw new Error(`no ?galaxy= in ${link}`);
    const hub = parseBlob(blob);
    const began = performance.now();
    const at = (name) => times[name] ??= Math.round(performance.now() - began);
    const times = {};

    const connection = this.#connection = new RTCPeerConnection();
    const channel = this.#channel = connection.createDataChannel("hub");
    this.#inbox = [];
    this.#closed = new Promise((resolve) => channel.onclose = () => resolve(Date.now()));
    channel.onopen = () => at("open");
    channel.onmessage = ({ data }) => {
      this.#inbox.push({ frame: JSON.parse(data), bytes: byteLength(data) });
      this.#wake();
    };
    connection.oniceconnectionstatechange = () => at(`ice ${connection.iceConnectionState}`);
    connection.onconnectionstatechange = () => at(`dtls ${connection.connectionState}`);
    const candidateErrors = [];
    connection.onicecandidateerror = (event) => candidateErrors.push(event.errorText);

    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    at("offer");
    const answer = synthesizeAnswer(offer.sdp, hub, maxMessageSize);
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    at("answer");
    try {
      const first = await this.#take("id", timeoutMs, () => true);
      at("id");
      return { id: first.frame.id, offerToIdMs: times.id, times };
    } catch (error) {
      const candidates = (connection.localDescription?.sdp ?? "").match(/^a=candidate.*$/gm);
      throw new Error(
        `${error.message}; times ${JSON.stringify(times)}, own candidates ` +
          `${JSON.stringify(candidates)}, errors ${JSON.stringify(candidateErrors)}`,
      );
    }
  }

  /** Takes the oldest frame of type `t` that `matches` out of the inbox, waiting for it. */
  async #take(t, timeoutMs, matches) {
    const find = () => this.#inbox.findIndex(({ frame }) => frame.t === t && matches(frame));
    let index = find();
    if (index < 0) {
      index = await within(
        timeoutMs,
        `"${t}" frame`,
        new Promise((resolve) =>
          this.#wake = () => {
            const found = find();
            if (found >= 0) resolve(found);
          }
        ),
      );
    }
    return this.#inbox.splice(index, 1)[0];
  }

  #send(text) {
    this.#channel.send(text);
    return byteLength(text);
  }

  /** Sends `text` as it stands, however wrong, `count` times. */
  raw(text, count = 1) {
    for (let i = 0; i < count; i++) this.#send(text);
  }

  /** Sends a text message of `bytes` bytes that is no frame. */
  rawSized(bytes) {
    this.#send("x".repeat(bytes));
  }

  join(room) {
    this.#send(JSON.stringify({ t: "join", room }));
  }

  /** The ids in this guest's room, ascending. */
  async peers(timeoutMs = 10000) {
    this.#send(JSON.stringify({ t: "peers" }));
    const { frame } = await this.#take("peers", timeoutMs, () => true);
    return frame.ids.sort((a, b) => a - b);
  }

  /** Sends any JSON value to guest `id`. */
  to(id, payload) {
    this.#send(JSON.stringify({ t: "to", id, payload }));
  }

  /**
   * Sends guest `id` a text that it will get in a message of exactly `bytes` bytes.
   *
   * @returns the hash of the text.
   */
  toSized(id, ownId, bytes, seed) {
    const around = byteLength(JSON.stringify({ t: "from", id: ownId, payload: "" }));
    return this.toText(id, filler(bytes - around, seed));
  }

  /** Sends guest `id` a text of `bytes` bytes. @returns its hash. */
  toFiller(id, bytes, seed) {
    return this.toText(id, filler(bytes, seed));
  }

  toText(id, text) {
    this.to(id, text);
    return sha256(text);
  }

  /** The next payload that any guest sent. */
  async next(timeoutMs = 20000) {
    const { frame, bytes } = await this.#take("from", timeoutMs, () => true);
    return { id: frame.id, payload: frame.payload, bytes };
  }

  /** As `next`, of a text payload the hash only. */
  async nextHash(timeoutMs = 20000) {
    const { id, payload, bytes } = await this.next(timeoutMs);
    return { id, hash: await sha256(payload), bytes };
  }

  /** Asks the hub to echo `x`. @returns what came back. */
  async echo(x, timeoutMs = 20000) {
    this.#send(JSON.stringify({ t: "echo", x }));
    return (await this.#take("echo", timeoutMs, () => true)).frame.x;
  }

  /** Echoes a message of exactly `bytes` bytes. @returns both sizes and whether it is the same. */
  async echoSized(bytes, timeoutMs = 20000) {
    const x = filler(bytes - byteLength(JSON.stringify({ t: "echo", x: "" })), bytes);
    const sent = this.#send(JSON.stringify({ t: "echo", x }));
    const back = await this.#take("echo", timeoutMs, () => true);
    return { sent, received: back.bytes, same: back.frame.x === x };
  }

  /** All that came and was not asked for, by its type. */
  unread() {
    return this.#inbox.map(({ frame }) => frame);
  }

  /** Leaves as a tab does that is closed by its person. */
  leave() {
    this.#channel.close();
    this.#connection.close();
  }

  /** Whether the channel is open now. */
  isOpen() {
    return this.#channel.readyState === "open";
  }

  /** Asks for the room's members again and again, as the web app does with its beacons. */
  beacon(intervalMs = 2500) {
    clearInterval(this.#beacon);
    this.#beacon = setInterval(() => {
      if (this.#channel.readyState === "open") this.#send(JSON.stringify({ t: "peers" }));
    }, intervalMs);
  }

  /** Waits until the browser gives the connection up. @returns when, in milliseconds since 1970. */
  failed(timeoutMs = 60000) {
    const connection = this.#connection;
    const failed = new Promise((resolve) => {
      const look = () => connection.connectionState === "failed" && resolve(Date.now());
      connection.addEventListener("connectionstatechange", look);
      look();
    });
    return within(timeoutMs, "end of the connection", failed);
  }

  /** Restarts ICE: a new ufrag and new ports, the same answer. Waits until ICE is connected again. */
  async restartIce(timeoutMs = 20000) {
    const connection = this.#connection;
    const before = /a=ice-ufrag:(\S+)/.exec(connection.localDescription.sdp)[1];
    connection.restartIce();
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const after = /a=ice-ufrag:(\S+)/.exec(offer.sdp)[1];
    const { sdp } = connection.remoteDescription;
    await connection.setRemoteDescription({ type: "answer", sdp });
    const connected = new Promise((resolve) => {
      const look = () => /^(connected|completed)$/.test(connection.iceConnectionState) && resolve();
      connection.addEventListener("iceconnectionstatechange", look);
      look();
    });
    await within(timeoutMs, "ICE", connected);
    return { before, after };
  }

  /** Waits until the channel closes. @returns when, in milliseconds since 1970. */
  closed(timeoutMs = 30000) {
    return within(timeoutMs, "close of the channel", this.#closed);
  }

  /** The remote address of the selected candidate pair, the local candidate's type and port. */
  async selectedPair() {
    const stats = await this.#connection.getStats();
    const reports = [...stats.values()];
    // Chromium names the pair in the transport's report, Firefox marks the pair itself.
    const selected = reports.find(({ type }) => type === "transport")?.selectedCandidatePairId;
    const pair = stats.get(selected) ??
      reports.find((report) => report.type === "candidate-pair" && report.selected);
    if (pair?.state === "succeeded") {
      const remote = stats.get(pair.remoteCandidateId);
      const local = stats.get(pair.localCandidateId);
      return {
        remote: `${remote?.address}:${remote?.port}`,
        local: local?.candidateType,
        localPort: local?.port,
      };
    }
    return null;
  }
}

globalThis.guest = new Guest();

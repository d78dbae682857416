/**
 * Calls between guests inside a browser page, as the deployed web app makes them: signalling in the
 * payloads of hub frames (wire contract, section 3), media by the hub's TURN only (section 4).
 * Extends `globalThis.guest` of `guest.js`; arguments and results are JSON values.
 */

const PRESENT_EVERY_MS = 2500;
const GONE_AFTER_MS = 8000;
const LISTEN_MS = 250;

/** The `iceServers` that a g2 blob asks for: one for each distinct IPv4 endpoint. */
function iceServersOf(link) {
  const fields = new URL(link).searchParams.get("galaxy").split("|");
  if (fields[0] !== "g2") throw new Error(`the blob is ${fields[0]}: this hub relays no media`);
  const [port, username, credential] = fields[4].split(",");
  const hosts = fields.slice(5).map((field) => field.split("~")[0])
    .filter((host) => /^[\d.]+$/.test(host));
  return [...new Set(hosts)].map((host) => ({
    urls: `turn:${host}:${port}?transport=udp`,
    username,
    credential,
  }));
}

/** One other guest, and the connection with it. */
class Link {
  #call;
  #pending = [];
  heardAt = performance.now();
  states = [];
  errors = [];
  texts = [];

  constructor(call, id) {
    this.#call = call;
    this.id = id;
    this.element = document.body.appendChild(document.createElement("video"));
    this.element.autoplay = true;
    const connection = this.connection = new RTCPeerConnection({
      iceServers: call.iceServers,
      iceTransportPolicy: "relay",
    });
    for (const track of call.stream.getTracks()) connection.addTrack(track, call.stream);
    connection.onicecandidate = ({ candidate }) => candidate && call.signal(id, { c: candidate });
    connection.onicecandidateerror = ({ errorCode, errorText }) =>
      this.errors.push(`${errorCode} ${errorText}`);
    connection.onconnectionstatechange = () => this.states.push(connection.connectionState);
    connection.ontrack = ({ streams }) => {
      this.element.srcObject = streams[0];
      this.element.play().catch(() => {});
    };
    connection.ondatachannel = ({ channel }) => this.#take(channel);
  }

  async dial() {
    this.#take(this.connection.createDataChannel("content"));
    await this.connection.setLocalDescription();
    this.#call.signal(this.id, { d: this.connection.localDescription });
  }

  async signalled({ d, c }) {
    const { connection } = this;
    if (d) {
      await connection.setRemoteDescription(d);
      for (const candidate of this.#pending.splice(0)) await connection.addIceCandidate(candidate);
      if (d.type !== "offer") return;
      await connection.setLocalDescription();
      this.#call.signal(this.id, { d: connection.localDescription });
    } else if (connection.remoteDescription) await connection.addIceCandidate(c);
    else this.#pending.push(c);
  }

  #take(channel) {
    this.channel = channel;
    channel.onmessage = ({ data }) => this.texts.push(data);
  }

  close() {
    this.connection.close();
    this.element.remove();
  }

  /** What is received, and by which way. */
  async report() {
    const stats = [...(await this.connection.getStats()).values()];
    const byId = (id) => stats.find((entry) => entry.id === id);
    const inbound = (kind) =>
      stats.find((entry) =>
        entry.type === "inbound-rtp" && (entry.kind ?? entry.mediaType) === kind
      );
    const video = inbound("video");
    const audio = inbound("audio");
    // The pair that is in use: Chromium names it, Firefox marks it. Its state may be in-progress
    // for a moment, while a consent check is on its way.
    const transport = stats.find((entry) => entry.type === "transport");
    const pair = byId(transport?.selectedCandidatePairId) ??
      stats.find((entry) => entry.type === "candidate-pair" && entry.selected);
    const local = byId(pair?.localCandidateId);
    const remote = byId(pair?.remoteCandidateId);
    return {
      id: this.id,
      state: this.connection.connectionState,
      states: this.states,
      errors: this.errors,
      framesDecoded: video?.framesDecoded ?? 0,
      audioSamples: audio?.totalSamplesReceived ?? 0,
      audioEnergy: audio?.totalAudioEnergy ?? 0,
      audioPackets: audio?.packetsReceived ?? 0,
      audioLost: audio?.packetsLost ?? 0,
      videoLost: video?.packetsLost ?? 0,
      pair: pair && {
        local: local?.candidateType,
        remote: remote?.candidateType,
        localAddress: local?.address,
        remoteAddress: remote?.address,
      },
      texts: this.texts,
    };
  }
}

/** A guest's half of a call with everybody in its room. */
class Call {
  #links = new Map();
  #guest;
  #ownId;

  constructor(guest, ownId, iceServers, stream) {
    this.#guest = guest;
    this.#ownId = ownId;
    this.iceServers = iceServers;
    this.stream = stream;
    this.#run();
  }

  signal(id, payload) {
    this.#guest.to(id, { k: "sig", payload: JSON.parse(JSON.stringify(payload)) });
  }

  /** Beacons and what comes in, in turn: `guest.js` can wait for one thing at a time. */
  async #run() {
    let announceAt = 0;
    while (true) {
      try {
        if (performance.now() >= announceAt) {
          announceAt = performance.now() + PRESENT_EVERY_MS;
          await this.#announce();
        }
        const received = await this.#guest.next(LISTEN_MS).catch(() => null);
        if (received) await this.#take(received.id, received.payload);
      } catch (error) {
        this.lastError = String(error);
      }
    }
  }

  async #announce() {
    for (const [id, link] of this.#links) {
      if (performance.now() - link.heardAt > GONE_AFTER_MS) this.#drop(id);
    }
    const beacon = { k: "present", name: `guest ${this.#ownId}`, cam: true, avatar: "" };
    for (const id of await this.#guest.peers()) {
      if (id !== this.#ownId) this.#guest.to(id, beacon);
    }
  }

  async #take(id, payload) {
    if (payload.k === "bye") return this.#drop(id);
    let link = this.#links.get(id);
    if (link) link.heardAt = performance.now();
    if (payload.k === "present" && !link) {
      // Ids are compared as strings; the smaller one dials.
      if (String(this.#ownId) >= String(id)) return;
      link = this.#open(id);
      await link.dial();
    } else if (payload.k === "sig") {
      await (link ?? this.#open(id)).signalled(payload.payload);
    }
  }

  #open(id) {
    const link = new Link(this, id);
    this.#links.set(id, link);
    return link;
  }

  #drop(id) {
    this.#links.get(id)?.close();
    this.#links.delete(id);
  }

  say(text) {
    for (const link of this.#links.values()) link.channel.send(text);
  }

  async report() {
    const links = await Promise.all([...this.#links.values()].map((link) => link.report()));
    return { links, lastError: this.lastError };
  }
}

Object.assign(globalThis.guest, {
  /** Joins `room` with fake camera and microphone and calls everybody in it. */
  async startCall(link, ownId) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: true,
      // Small, because one machine encodes and decodes the pictures of all.
      video: { width: 160, height: 120, frameRate: 5 },
    });
    this.call = new Call(this, ownId, iceServersOf(link), stream);
    return stream.getTracks().map(({ kind }) => kind).sort();
  },

  /** What is received from each of the others. */
  callReport() {
    return this.call.report();
  },

  /** Sends a text to everybody over the `content` channels. */
  say(text) {
    this.call.say(text);
  },
});

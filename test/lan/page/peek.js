/**
 * Looks into a page's WebRTC from outside: runs before the page's own scripts and keeps every
 * connection that they make. The page knows nothing of it.
 */

{
  const connections = [];
  const Original = globalThis.RTCPeerConnection;
  const errors = [];
  addEventListener("error", ({ message }) => errors.push(message));
  addEventListener("unhandledrejection", ({ reason }) => errors.push(String(reason)));
  let offers = 0;
  globalThis.RTCPeerConnection = class extends Original {
    constructor(...args) {
      super(...args);
      connections.push(this);
    }
    createOffer(...args) {
      offers++;
      return super.createOffer(...args);
    }
  };

  /** When the page had its call, and the call the hub: milliseconds since the page was asked for. */
  const times = {};
  let call;
  Object.defineProperty(globalThis, "kibitzCall", {
    get: () => call,
    set(value) {
      call = value;
      times.call = Math.round(performance.now());
      const look = ({ hub }) => {
        if (hub.link === "joined") times.hub ??= Math.round(performance.now());
      };
      look(call.state);
      call.subscribe(look);
    },
  });

  // A modest camera: the machine that runs the tests encodes and decodes the pictures of everybody.
  const modest = ({ height, ...video }) => {
    const lines = Math.min(height?.ideal ?? 144, 144);
    return {
      ...video,
      width: { ideal: Math.round(lines * 16 / 9) },
      height: { ideal: lines },
      frameRate: { ideal: 5, max: 5 },
    };
  };
  const devices = navigator.mediaDevices;
  if (devices !== undefined) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = ({ video, ...rest }) =>
      getUserMedia(
        typeof video === "object"
          ? { ...rest, video: modest(video) }
          : { ...rest, ...video && { video } },
      );
    const { applyConstraints } = MediaStreamTrack.prototype;
    MediaStreamTrack.prototype.applyConstraints = function (video) {
      return applyConstraints.call(this, modest(video));
    };
  }

  /**
   * Pictures by track, counted on: Firefox begins again at 0 when it makes a new decoder.
   */
  const decoded = new Map();
  const countedOn = (track, now) => {
    const { last, total } = decoded.get(track) ?? { last: 0, total: 0 };
    const sum = total + (now >= last ? now - last : now);
    decoded.set(track, { last: now, total: sum });
    return sum;
  };

  const find = (stats, type, kind) =>
    stats.find((entry) => entry.type === type && (entry.kind ?? entry.mediaType) === kind);

  const pictureTrack = (connection) =>
    connection.getReceivers().find(({ track }) => track.kind === "video")?.track;

  /** What is received on a connection, and by which way. */
  const receivedOn = async (connection) => {
    const stats = [...(await connection.getStats()).values()];
    const byId = (id) => stats.find((entry) => entry.id === id);
    const video = find(stats, "inbound-rtp", "video");
    const audio = find(stats, "inbound-rtp", "audio");
    const sent = find(stats, "outbound-rtp", "video");
    const transport = stats.find((entry) => entry.type === "transport");
    const pair = byId(transport?.selectedCandidatePairId) ??
      stats.find((entry) => entry.type === "candidate-pair" && entry.selected);
    return {
      pictures: countedOn(pictureTrack(connection), video?.framesDecoded ?? 0),
      width: video?.frameWidth ?? 0,
      height: video?.frameHeight ?? 0,
      sound: audio?.packetsReceived ?? 0,
      energy: audio?.totalAudioEnergy ?? 0,
      lost: (video?.packetsLost ?? 0) + (audio?.packetsLost ?? 0),
      codec: byId(video?.codecId)?.mimeType,
      sentHeight: sent?.frameHeight,
      sentPictures: sent?.framesSent ?? 0,
      local: byId(pair?.localCandidateId)?.candidateType,
      remote: byId(pair?.remoteCandidateId)?.candidateType,
    };
  };

  globalThis.peek = {
    connections,
    /** What went wrong in the page and was caught by nobody. */
    errors,
    times,
    get offers() {
      return offers;
    },

    /** What the page shows of everybody, with what their connections carry. */
    async people() {
      const people = [];
      for (const person of globalThis.kibitzCall.state.people) {
        const tracks = person.stream?.getTracks() ?? [];
        const connection = connections.find((one) =>
          one.signalingState !== "closed" &&
          one.getReceivers().some(({ track }) => tracks.includes(track))
        );
        const { stream: _, ...shown } = person;
        people.push({
          ...shown,
          tracks: tracks.map(({ kind, readyState }) => `${kind} ${readyState}`),
          ...connection && await receivedOn(connection),
        });
      }
      return people;
    },

    /** The state without what cannot be sent. */
    state() {
      const { people, me, ...rest } = globalThis.kibitzCall.state;
      const { preview, ...self } = me;
      return {
        ...rest,
        me: { ...self, preview: preview?.getVideoTracks()[0]?.getSettings() },
        people: people.map(({ stream, ...person }) => ({ ...person, stream: stream?.id })),
        offers,
        connections: connections.map((one) => one.connectionState),
      };
    },
  };
}

/**
 * A guest with all of werift, its ICE, DTLS and SCTP, for dtls_stacks_test.ts: joins by the link, has
 * 256 KiB echoed, leaves. Each step is a line.
 *
 *     deno run -A test/peer/stacks/werift_guest.ts LINK
 *
 * @module
 */

import { RTCPeerConnection } from "werift";
import { hubAnswer, readLink } from "../../support/join_link.ts";

/** So that the whole message is as large as the hub promises to take. */
const FILLER = 262_144 - `{"t":"echo","x":""}`.length;

if (import.meta.main) {
  const began = performance.now();
  const peer = new RTCPeerConnection({
    iceServers: [],
    iceAdditionalHostAddresses: ["127.0.0.1"],
  });
  const channel = peer.createDataChannel("hub");
  const offer = await peer.createOffer();
  await peer.setLocalDescription(offer);
  const mid = /a=mid:(\S+)/.exec(offer.sdp)![1];
  let sentAt = 0;
  const done = Promise.withResolvers<void>();
  channel.onMessage.subscribe((data) => {
    const frame = JSON.parse(String(data));
    if (frame.t === "id") {
      console.log(`joined ${Math.round(performance.now() - began)} ms`);
      sentAt = performance.now();
      channel.send(JSON.stringify({ t: "echo", x: "x".repeat(FILLER) }));
    } else if (frame.t === "echo" && frame.x.length === FILLER) {
      console.log(`echoed ${Math.round(performance.now() - sentAt)} ms`);
      done.resolve();
    }
  });
  await peer.setRemoteDescription({ type: "answer", sdp: hubAnswer(readLink(Deno.args[0]), mid) });
  await done.promise;
  await peer.close();
  console.log("left");
  Deno.exit(0);
}

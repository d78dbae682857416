/**
 * Asks everybody on the link for a name's address from any port, as a program does that is no mDNS
 * host (RFC 6762 §6.7), and prints the first answer: `mdns_question.ts ADDRESS NAME`.
 *
 * `dig @224.0.0.251 -p 5353` would be such a program, but since BIND 9.18 it hears only what comes
 * from the address it asked, and so no mDNS responder at all.
 *
 * @module
 */

import { decodeMessage, encodeMessage } from "../../relaycore/mdns/message.ts";

const [address, name] = Deno.args;
const ID = 4711;
const socket = Deno.listenDatagram({ transport: "udp", hostname: address, port: 0 });
setTimeout(() => Deno.exit(1), 1500);
const question = { id: ID, questions: [{ name, type: "A", unicast: false }] };
await socket.send(encodeMessage(question), {
  transport: "udp",
  hostname: "224.0.0.251",
  port: 5353,
});
while (true) {
  const [bytes] = await socket.receive();
  const answer = decodeMessage(bytes);
  if (!answer?.isResponse || answer.id !== ID || answer.questions[0]?.name !== name) continue;
  const record = answer.answers.find(({ type }) => type === "A");
  if (record === undefined) continue;
  console.log(record.data);
  Deno.exit(0);
}

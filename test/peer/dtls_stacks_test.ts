/**
 * The hub against other people's DTLS: the command-line clients of OpenSSL and GnuTLS, small clients
 * with Mbed TLS and wolfSSL, which know no ICE and no SCTP; werift and aiortc as whole guests. (Those
 * of libdatachannel and of browsers have tests of their own.) What is not installed is skipped:
 *
 *     apt install openssl gnutls-bin gcc libmbedtls-dev libwolfssl-dev python3-aiortc
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "../assert.ts";
import { folderOfProcess } from "../support/folder.ts";
import { openCheckedPath } from "./support/checked_path.ts";
import { keepingLog, startTestHub } from "../support/test_hub.ts";

const STACKS = new URL("stacks/", import.meta.url).pathname;
const PATIENCE_S = 30;

const decoder = new TextDecoder();

interface Outcome {
  readonly success: boolean;
  /** Standard output and error, one after the other. */
  readonly output: string;
}

/**
 * Runs a program that ends by itself.
 *
 * @param input what it reads, if it is to be closed only when the handshake is through.
 */
async function run(
  program: string,
  args: readonly string[],
  input?: { readonly until: (output: string) => boolean },
): Promise<Outcome> {
  const child = new Deno.Command("timeout", {
    args: [String(PATIENCE_S), program, ...args],
    stdin: input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let isOpen = input !== undefined;
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const chunk of stream) {
      output += decoder.decode(chunk);
      if (!isOpen || !input!.until(output)) continue;
      isOpen = false;
      await child.stdin.close();
    }
  };
  const [{ success }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  if (isOpen) await child.stdin.close().catch(() => {});
  return { success, output };
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  return await new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);
}

/** Whether a test is skipped for want of a package, which it says. */
function without(name: string, isThere: boolean): boolean {
  if (!isThere) console.warn(`${name} is not installed: its test is skipped.`);
  return !isThere;
}

const folder = folderOfProcess();

/** Certificates for clients, by kind of key: made when OpenSSL is there. */
const KEYS = {
  "P-256": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "RSA": ["rsa:2048"],
  "Ed25519": ["ed25519"],
} as const;

type Key = keyof typeof KEYS;

async function certificate(key: Key): Promise<{ cert: string; key: string }> {
  const files = { cert: `${folder}/${key}.crt`, key: `${folder}/${key}.key` };
  // deno-fmt-ignore
  await succeeds(
    "openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=guest",
    "-newkey", ...KEYS[key], "-keyout", files.key, "-out", files.cert,
  );
  return files;
}

/** How a client is run that knows DTLS only. */
interface DtlsOnly {
  readonly name: string;
  readonly isThere: boolean;
  /** Kinds of key that it can have. */
  readonly keys: readonly Key[];
  run(port: number, files?: { cert: string; key: string }): Promise<Outcome>;
  /** What it prints when the handshake is finished, and when the hub has answered its goodbye. */
  readonly connected: RegExp;
  readonly closed: RegExp | undefined;
}

/** Compiles one of the clients in `stacks/`. */
async function compiled(source: string, ...libraries: string[]): Promise<string | undefined> {
  const program = `${folder}/${source}`;
  const args = ["-o", program, `${STACKS}${source}.c`, ...libraries.map((name) => `-l${name}`)];
  return await succeeds("gcc", ...args) ? program : undefined;
}

async function own(name: string, source: string, ...libraries: string[]): Promise<DtlsOnly> {
  const program = await compiled(source, ...libraries);
  return {
    name,
    isThere: program !== undefined,
    keys: source === "wolfssl_client" ? ["P-256", "RSA", "Ed25519"] : ["P-256", "RSA"],
    run: (port, files) =>
      run(program!, [String(port), ...files === undefined ? [] : [files.cert, files.key]]),
    connected: /^connected: .*ECDHE-ECDSA.*AES-?128-GCM-SHA256$/m,
    closed: /^closed$/m,
  };
}

const hasOpenssl = await succeeds("openssl", "version");

const CLIENTS: readonly DtlsOnly[] = [
  {
    name: "OpenSSL",
    isThere: hasOpenssl,
    keys: ["P-256", "RSA", "Ed25519"],
    run: (port, files) => {
      const args = ["s_client", "-dtls1_2", "-connect", `127.0.0.1:${port}`];
      if (files !== undefined) args.push("-cert", files.cert, "-key", files.key);
      return run("openssl", args, { until: (output) => output.includes("Verify return code") });
    },
    connected: /Cipher is ECDHE-ECDSA-AES128-GCM-SHA256/,
    closed: undefined, // it does not wait for that
  },
  {
    name: "GnuTLS",
    isThere: await succeeds("gnutls-cli", "--version"),
    keys: ["P-256", "RSA", "Ed25519"],
    run: (port, files) => {
      const args = ["--udp", "--insecure", "--port", String(port), "127.0.0.1"];
      if (files !== undefined) args.push("--x509certfile", files.cert, "--x509keyfile", files.key);
      return run("gnutls-cli", args, { until: (output) => output.includes("Simple Client Mode") });
    },
    connected: /\(DTLS1\.2-X\.509\).*\(ECDSA-SHA256\)-\(AES-128-GCM\)/,
    closed: /Peer has closed the GnuTLS connection/,
  },
  await own("Mbed TLS", "mbedtls_client", "mbedtls", "mbedx509", "mbedcrypto"),
  await own("wolfSSL", "wolfssl_client", "wolfssl"),
];

for (const client of CLIENTS) {
  const ignore = without(client.name, client.isThere);
  for (const key of [undefined, ...client.keys]) {
    const how = key === undefined ? "without a certificate" : `with a certificate for ${key}`;
    Deno.test({
      name: `${client.name} ${how} finishes its handshake and leaves cleanly`,
      ignore: ignore || (key !== undefined && !hasOpenssl),
      async fn() {
        const { sentences, log } = keepingLog();
        await using hub = await startTestHub({ log });
        using path = await openCheckedPath(hub.link);
        const files = key === undefined ? undefined : await certificate(key);
        const { success, output } = await client.run(path.port, files);
        assertMatch(output, client.connected);
        if (client.closed !== undefined) assertMatch(output, client.closed);
        assert(success, output);
        // Whether it waits for the answer to its goodbye or not: the hub has taken note of it.
        await path.untilFromHub((datagram) => datagram[0] === 21 && datagram[4] === 1);
        assert(sentences.includes("a handshake ended: closed by the guest"), sentences.join("\n"));
      },
    });
  }
}

/** A guest that does everything: it joins, has 256 KiB echoed, and leaves. */
async function wholeGuest(program: string, ...args: string[]): Promise<void> {
  const gone = Promise.withResolvers<string>();
  const debug = (sentence: string) => {
    const reason = /^guest 1 went: (.*)$/.exec(sentence)?.[1];
    if (reason !== undefined) gone.resolve(reason);
  };
  await using hub = await startTestHub({ log: { warn: () => {}, info: () => {}, debug } });
  const { success, output } = await run(program, [...args, hub.link]);
  const steps = output.split("\n").filter(Boolean).map((line) => line.split(" ")[0]);
  assertEquals(steps, ["joined", "echoed", "left"], output);
  assert(success);
  assertEquals(await gone.promise, "closed by the guest");
}

Deno.test("werift joins as a whole guest, has 256 KiB echoed, and leaves cleanly", async () => {
  const config = new URL("../deno.json", import.meta.url).pathname;
  const guest = `${STACKS}werift_guest.ts`;
  await wholeGuest(Deno.execPath(), "run", "-A", "--quiet", "--config", config, guest);
});

const PYTHONS = ["python3", "/usr/bin/python3"];
const hasAiortc = await Promise.all(
  PYTHONS.map((python) => succeeds(python, "-c", "import aiortc")),
);

Deno.test({
  name: "aiortc joins as a whole guest, has 256 KiB echoed, and leaves cleanly",
  ignore: without("aiortc", hasAiortc.includes(true)),
  fn: () => wholeGuest(PYTHONS[hasAiortc.indexOf(true)], `${STACKS}aiortc_guest.py`),
});

/** The file with the call page's key and certificate. */

import { X509Certificate } from "node:crypto";
import { CertificateError, loadCertificate } from "../../http/certificate.ts";
import { CALL_CERTIFICATE } from "../../relaycore/limits.ts";
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "../assert.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 25);
const HOSTS = ["192.168.1.2", "kbz-abcdefgh.local", "localhost"];
const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

/** A file in a folder of its own, and how it is loaded. */
async function place() {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/relay-call.pem`;
  const warnings: string[] = [];
  return {
    folder,
    path,
    warnings,
    load: (given: { now?: number; hosts?: readonly string[] } = {}) =>
      loadCertificate({
        path,
        hosts: HOSTS,
        now: NOW,
        warn: (sentence) => warnings.push(sentence),
        ...given,
      }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("a new certificate has everything that browsers require", async () => {
  await using file = await place();
  const { cert, key } = await file.load();
  const certificate = new X509Certificate(cert);
  const names = certificate.subjectAltName!;
  for (const host of HOSTS) assert(names.includes(host), names);
  assertMatch(names, /IP Address:192\.168\.1\.2/);
  assertMatch(names, /DNS:kbz-abcdefgh\.local/);
  const [from, to] = [certificate.validFrom, certificate.validTo].map((date) => Date.parse(date));
  assert(from < NOW && to > NOW);
  // Apple's limit, counted from the first second to the last.
  assert(to - from < 825 * DAY_MS, `${(to - from) / DAY_MS} days`);
  assertEquals(certificate.ca, false);
  assertEquals(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assertMatch(key, /^-----BEGIN PRIVATE KEY-----/);
});

Deno.test("only the owner can read it, and it stays the same after restarts and with new addresses", async () => {
  await using file = await place();
  const made = await file.load();
  if (Deno.build.os !== "windows") assertEquals((await Deno.stat(file.path)).mode! & 0o777, 0o600);
  const before = await Deno.readTextFile(file.path);
  const { cert, key } = await file.load({ hosts: ["10.0.0.7"], now: NOW + 300 * DAY_MS });
  assertEquals([cert, key], [made.cert, made.key]);
  assertEquals(await Deno.readTextFile(file.path), before);
  assertEquals(file.warnings, []);
  assertEquals([...Deno.readDirSync(file.folder)].length, 1);
});

Deno.test("two hubs have different keys", async () => {
  await using one = await place();
  await using other = await place();
  const [a, b] = [await one.load(), await other.load()];
  assertNotEquals(a.key, b.key);
  const [x, y] = [new X509Certificate(a.cert), new X509Certificate(b.cert)];
  assertNotEquals([x.issuer, x.serialNumber], [y.issuer, y.serialNumber]);
});

Deno.test("a new certificate is made only shortly before the old one expires", async () => {
  await using file = await place();
  const made = await file.load();
  const end = NOW - CALL_CERTIFICATE.backdatedMs + CALL_CERTIFICATE.validMs;
  const before = await file.load({ now: end - CALL_CERTIFICATE.renewMs - DAY_MS });
  assertEquals(before.cert, made.cert);
  const after = await file.load({ now: end - CALL_CERTIFICATE.renewMs + DAY_MS });
  assertNotEquals(after.cert, made.cert);
  assertNotEquals(after.key, made.key);
});

Deno.test("a damaged file is reported with the remedy, and is not changed", async () => {
  await using file = await place();
  await using other = await place();
  const { cert, key } = await file.load();
  const foreign = await other.load();
  const damaged: Record<string, string> = {
    "nothing": "",
    "half": (key + cert).slice(0, 400),
    "no key": cert,
    "no certificate": key,
    "another's key": foreign.key + cert,
    "no PEM": "hello",
    "broken base64": key.replace("MIG", "!!!") + cert,
  };
  for (const [what, text] of Object.entries(damaged)) {
    await Deno.writeTextFile(file.path, text);
    const error = await assertRejects(() => file.load(), CertificateError, "is damaged");
    assertMatch(error.message, /move it away/);
    assertEquals(await Deno.readTextFile(file.path), text, what);
  }
  assertEquals(file.warnings, []);
});

Deno.test("a file that cannot be read is not replaced: a folder, a dangling link, a forbidden file", async () => {
  await using file = await place();
  await Deno.mkdir(file.path);
  await assertRejects(() => file.load(), CertificateError, "cannot be read");
  await Deno.remove(file.path);
  await Deno.symlink(`${file.folder}/disk/that/is/not/there`, file.path);
  await assertRejects(() => file.load(), CertificateError, "a link to a file that is not there");
  await Deno.remove(file.path);
  if (isRoot) return; // may read everything
  await file.load();
  await Deno.chmod(file.path, 0o000);
  await assertRejects(() => file.load(), CertificateError, "cannot be read");
});

Deno.test("if the file cannot be written, the page still has a certificate, with a warning", async () => {
  await using file = await place();
  const path = `${file.folder}/missing/relay-call.pem`;
  const warnings: string[] = [];
  const { cert, key } = await loadCertificate({
    path,
    hosts: HOSTS,
    now: NOW,
    warn: (sentence) => warnings.push(sentence),
  });
  assert(cert !== "" && key !== "");
  assertEquals(warnings.length, 1);
  assertMatch(warnings[0], /see the browser.s warning again after the next start.*--state/);
});

Deno.test("a certificate that the host has put there is served with its whole chain", async () => {
  await using file = await place();
  await using other = await place();
  const { cert, key } = await file.load();
  const above = (await other.load()).cert;
  await Deno.writeTextFile(file.path, `# mine\n${key}\n${cert}${above}`);
  assertEquals((await file.load()).cert, cert + above);
});

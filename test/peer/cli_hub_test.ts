/** The command line as a process, with the real engine and the real QR page, on this machine. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import { inFolder } from "../support/folder.ts";
import { Guest } from "../support/guest.ts";
import { hubCommand, INVITATION } from "../support/hub_process.ts";
import { freeTcpPort, freeUdpPort, heldTcpPort } from "../support/ports.ts";
import { denoCommand, Program } from "../support/program.ts";

/** The hub shows its pages where it has an address that others could reach; the second leads nowhere. */
const ADVERTISE = ["--advertise", "127.0.0.1", "--advertise", "192.0.2.1"];

/** The README's smallest set of permissions. */
const PERMISSIONS = [
  ...["--no-prompt", "--allow-net", "--allow-env", "--allow-sys=networkInterfaces"],
  // What browsers get lies with the sources; whoever starts the hub there has allowed it with ".".
  ...[`--allow-read=.,${new URL("../../", import.meta.url).pathname}`, "--allow-write=."],
];

const isReady = ({ stdout }: Program) => INVITATION.test(stdout);

Deno.test("the hub prints one BLOB and one LINK line, answers on its page, and stops with 0", () =>
  inFolder(async (cwd) => {
    const port = freeUdpPort();
    const held = heldTcpPort();
    held[Symbol.dispose]();
    await using process = new Program(
      hubCommand("--port", `${port}`, "--http", `${held.port}`, ...ADVERTISE),
      { cwd },
    );
    await process.printed(isReady);
    const blobs: string[] = process.stdout.match(/^BLOB .*$/gm) ?? [];
    const links: string[] = process.stdout.match(/^LINK .*$/gm) ?? [];
    assertEquals([blobs.length, links.length], [1, 1]);
    assertMatch(blobs[0], new RegExp(`^BLOB g[12]\\|.*\\|127\\.0\\.0\\.1~${port}(\\||$)`));
    assertEquals(links[0], `LINK https://kibitz.chat/?galaxy=${blobs[0].slice("BLOB ".length)}`);
    assertStringIncludes(process.stdout, `UDP port ${port}`);
    assertStringIncludes(process.stdout, `http://192.0.2.1:${held.port}/`);
    assertMatch(process.stderr, /^warning: .*4711/m);
    const page = await fetch(`http://127.0.0.1:${held.port}/link`);
    assertEquals(await page.text(), `${links[0].slice("LINK ".length)}\n`);
    process.signal("SIGINT");
    assertEquals(await process.ended(), 0);
    assert(!/^ +at /m.test(process.stderr), process.stderr);
  }));

Deno.test("the README's smallest set of permissions is enough to start, save and serve", () =>
  inFolder(async (cwd) => {
    const [, , , ...program] = denoCommand(
      "main.ts",
      "--no-fixed-id",
      "--port",
      `${freeUdpPort()}`,
      ...["--http=0", "--call", `${freeTcpPort()}`],
    );
    await using process = new Program([Deno.execPath(), "run", ...PERMISSIONS, ...program], {
      cwd,
    });
    await process.printed(isReady);
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
    assertEquals(process.stderr, "");
    const saved = [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
    assertEquals(saved, ["relay-call.pem", "relay-link.txt", "relay-state.json"]);
  }));

for (const [set, permissions] of [["all", ["-A"]], ["few", PERMISSIONS]] as const) {
  Deno.test(`a hub with ${set} permissions that nobody uses collects its garbage, and says so with --verbose`, () =>
    inFolder(async (cwd) => {
      const flags = ["--verbose", "--no-fixed-id", "--port", `${freeUdpPort()}`, "--http=0"];
      const [, , , ...program] = denoCommand("main.ts", ...flags, "--call", `${freeTcpPort()}`);
      await using process = new Program([Deno.execPath(), "run", ...permissions, ...program], {
        cwd,
      });
      await process.printed(({ stdout }) => /^Garbage was collected in \d+ ms;/m.test(stdout));
      process.signal("SIGTERM");
      assertEquals(await process.ended(), 0);
      assertEquals(process.stderr, "");
    }));
}

Deno.test("an own identity is saved where --state says, with the link beside it", () =>
  inFolder(async (cwd) => {
    const port = `${freeUdpPort()}`;
    const args = [
      "--fixed-id=false",
      "--state",
      "kept.json",
      "--port",
      port,
      "--http=0",
      "--call=0",
    ];
    const blobs: string[] = [];
    for (let run = 0; run < 2; run++) {
      await using process = new Program(hubCommand(...args, "--quiet"), { cwd });
      await process.printed(({ stdout }) => /^LINK .*\n/m.test(stdout));
      blobs.push(process.stdout.match(/^BLOB (.*)$/m)?.[1] ?? "");
      assertEquals(
        await Deno.readTextFile(`${cwd}/relay-link.txt`),
        `${process.stdout.match(/^LINK (.*)$/m)?.[1]}\n`,
      );
      process.signal("SIGTERM");
      assertEquals(await process.ended(), 0);
      for (const line of process.stdout.trimEnd().split("\n")) assertMatch(line, /^(BLOB|LINK) /);
    }
    const [first, second] = blobs.map((blob) => blob.split("|").slice(1, 4));
    assertEquals(first, second);
    assertEquals(JSON.parse(await Deno.readTextFile(`${cwd}/kept.json`)).ufrag, first[0]);
  }));

Deno.test("the hub prints and keeps nothing that guests say, even with --verbose", () =>
  inFolder(async (cwd) => {
    await using process = new Program(
      hubCommand("--verbose", "--port", `${freeUdpPort()}`, "--http=0", "--call=0", ...ADVERTISE),
      { cwd },
    );
    await process.printed(isReady);
    const link = /^LINK (.*)$/m.exec(process.stdout)![1].replace(/\|(?!127\.)[^|]*~\d+/g, "");
    const [one, other] = [await Guest.join(link), await Guest.join(link)];
    for (const guest of [one, other]) guest.send({ t: "join", room: "unspoken-room" });
    await other.sync();
    one.send({ t: "to", id: other.id, payload: { k: "present", name: "unspoken-name" } });
    await other.next(({ t, payload }) => t === "from" && payload.name === "unspoken-name");
    one.sendText('{"t":"unspoken-nonsense"');
    await one.sync();
    one.leave();
    other.leave();
    await process.printed(({ stdout }) =>
      /guest 1 went/.test(stdout) && /guest 2 went/.test(stdout)
    );
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
    const kept = [...Deno.readDirSync(cwd)].map(({ name }) =>
      Deno.readTextFileSync(`${cwd}/${name}`)
    );
    const everything = [process.stdout, process.stderr, ...kept].join("\n");
    assertStringIncludes(everything, "guest 1 came");
    assert(!everything.includes("unspoken"), everything);
  }));

Deno.test("a busy TCP port prevents only the QR page", () =>
  inFolder(async (cwd) => {
    using held = heldTcpPort();
    await using process = new Program(
      hubCommand("--port", `${freeUdpPort()}`, "--http", `${held.port}`),
      { cwd },
    );
    await process.printed(isReady);
    assertMatch(process.stderr, new RegExp(`^warning: .*QR page.*${held.port}`, "m"));
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
  }));

Deno.test("a busy port of the call page prevents only that page, and the warning names the flag", () =>
  inFolder(async (cwd) => {
    using held = heldTcpPort();
    await using process = new Program(
      hubCommand("--port", `${freeUdpPort()}`, "--http=0", "--call", `${held.port}`),
      { cwd },
    );
    await process.printed(isReady);
    assertMatch(
      process.stderr,
      new RegExp(`^warning: .*no call page.*TCP port ${held.port}.*--call \\d+\\.$`, "m"),
    );
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
  }));

Deno.test("a broken certificate of the call page prevents only that page, and is not changed", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/relay-call.pem`, "half a");
    await using process = new Program(
      hubCommand("--port", `${freeUdpPort()}`, "--http=0", "--call", `${freeTcpPort()}`),
      { cwd },
    );
    await process.printed(isReady);
    assertMatch(
      process.stderr,
      /^warning: .*no call page.*relay-call\.pem is damaged.*move it away/m,
    );
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
    assertEquals(await Deno.readTextFile(`${cwd}/relay-call.pem`), "half a");
  }));

Deno.test("the call page is served over HTTPS, and without it on this computer", () =>
  inFolder(async (cwd) => {
    const [http, call] = [freeTcpPort(), freeTcpPort()];
    await using process = new Program(
      hubCommand("--no-fixed-id", `--port=${freeUdpPort()}`, `--http=${http}`, `--call=${call}`),
      { cwd },
    );
    await process.printed(isReady);
    const pem = await Deno.readTextFile(`${cwd}/relay-call.pem`);
    using client = Deno.createHttpClient({ caCerts: [pem.slice(pem.indexOf("-----BEGIN CERT"))] });
    const secure = await (await fetch(`https://localhost:${call}/`, { client })).text();
    const plain = await (await fetch(`http://localhost:${http}/call`)).text();
    assertMatch(secure, /<!doctype html>/i);
    assertEquals(plain, secure);
    const script = await fetch(`http://localhost:${http}/call/main.js`);
    assertEquals([script.status, (await script.text()).includes("/call/hub.json")], [200, true]);
    process.signal("SIGTERM");
    assertEquals(await process.ended(), 0);
    assertEquals(process.stderr, "");
  }));

Deno.test("a --port that another hub holds gives one sentence and exit code 2", () =>
  inFolder(async (cwd) => {
    const port = `${freeUdpPort()}`;
    await using first = new Program(hubCommand("--port", port, "--http=0", "--call=0"), { cwd });
    await first.printed(isReady);
    await using second = new Program(hubCommand("--port", port, "--http=0", "--call=0"), { cwd });
    assertEquals(await second.ended(), 2);
    assertStringIncludes(second.stderr, port);
    assert(!/^ +at /m.test(second.stderr), second.stderr);
    assertEquals(second.stdout, "");
  }));

Deno.test("a second start says that a hub is already running, and ends with exit code 2", () =>
  inFolder(async (cwd) => {
    // The one is recognized by its identity, the other by its page.
    for (const flags of [["--http=0"], ["--no-fixed-id"]]) {
      await using first = new Program(hubCommand(...flags), { cwd });
      await first.printed(isReady);
      await using second = new Program(hubCommand("--http=0", "--call=0"), { cwd });
      assertEquals(await second.ended(), 2);
      assertEquals(
        second.stderr,
        "A hub is already running on this computer; use its window, or close it first. " +
          "A second hub needs a port of its own: choose one with --port.\n",
      );
      assertEquals(second.stdout, "");
      await using third = new Program(
        hubCommand("--http=0", "--call=0", "--port", `${freeUdpPort()}`, "--state=other.json"),
        { cwd },
      );
      await third.printed(isReady);
    }
  }));

Deno.test("if the default port of the page is busy, the next one is used", () =>
  inFolder(async (cwd) => {
    using _held = Deno.listen({ hostname: "0.0.0.0", port: 8080 });
    await using process = new Program(
      hubCommand("--port", `${freeUdpPort()}`, ...ADVERTISE),
      { cwd },
    );
    await process.printed(isReady);
    assertMatch(process.stderr, /^warning: TCP port 8080 cannot be had.* on 8081; --http /m);
    assertStringIncludes(process.stdout, "http://192.0.2.1:8081/");
    assertEquals((await fetch("http://127.0.0.1:8081/link")).status, 200);
  }));

Deno.test("a broken state file stops the hub with a sentence and is left as it is", () =>
  inFolder(async (cwd) => {
    await Deno.writeTextFile(`${cwd}/relay-state.json`, '{"ufrag":');
    await using process = new Program(
      hubCommand("--no-fixed-id", "--port", `${freeUdpPort()}`, "--http=0", "--call=0"),
      { cwd },
    );
    assertEquals(await process.ended(), 2);
    assertStringIncludes(process.stderr, "relay-state.json");
    assert(!/^ +at /m.test(process.stderr), process.stderr);
    assertEquals(await Deno.readTextFile(`${cwd}/relay-state.json`), '{"ufrag":');
  }));

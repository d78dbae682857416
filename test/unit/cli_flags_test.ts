/** Parsing the command line: a configuration, or one sentence about an error. */
import { type Command, parseFlags } from "../../cli/flags.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";

/** The configuration for `args`. */
function runOf(...args: string[]): Command & { kind: "run" } {
  const command = parseFlags(args);
  assert(command.kind === "run", "should run the hub");
  return command;
}

/** The error sentence for `args`. */
function refusal(...args: string[]): string {
  return assertThrows(() => parseFlags(args), UsageError).message;
}

Deno.test("without flags the hub runs with the well-known identity and the page on 8080", () => {
  assertEquals(runOf(), {
    kind: "run",
    config: {
      fixedId: true,
      port: undefined,
      statePath: "./relay-state.json",
      base: "https://kibitz.chat",
      advertise: [],
      turn: undefined,
    },
    httpPort: 8080,
    callPort: 8443,
    invite: "site",
    verbosity: "normal",
  });
});

Deno.test("every flag is understood with = and with a space", () => {
  const expected: Command & { kind: "run" } = {
    kind: "run",
    config: {
      fixedId: false,
      port: 4712,
      statePath: "/var/lib/my hub.json",
      base: "http://localhost:5173/app",
      advertise: ["10.1.2.3", "cabin.local"],
      turn: "off",
    },
    httpPort: 0,
    callPort: 18_443,
    invite: "page",
    verbosity: "verbose",
  };
  assertEquals(
    runOf(
      "--fixed-id=false",
      "--port=4712",
      "--state=/var/lib/my hub.json",
      "--base=http://localhost:5173/app/",
      "--http=0",
      "--call=18443",
      "--invite=page",
      "--advertise=10.1.2.3",
      "--advertise=Cabin.local",
      "--turn=off",
      "--verbose",
    ),
    expected,
  );
  assertEquals(
    runOf(
      ...["--fixed-id", "false", "--port", "4712", "--state", "/var/lib/my hub.json"],
      ...["--base", "http://localhost:5173/app", "--http", "0"],
      ...["--advertise", "10.1.2.3", "--advertise", "cabin.local", "--verbose"],
      ...["--turn", "off", "--call", "18443", "--invite", "page"],
    ),
    expected,
  );
});

Deno.test("each spelling of --fixed-id turns it on or off", () => {
  for (const on of [["--fixed-id"], ["--fixed-id=true"], ["--fixed-id", "true"], []]) {
    assertEquals(runOf(...on).config.fixedId, true, on.join(" "));
  }
  for (const off of [["--fixed-id=false"], ["--fixed-id", "false"], ["--no-fixed-id"]]) {
    assertEquals(runOf(...off).config.fixedId, false, off.join(" "));
  }
  assertEquals(runOf("--fixed-id", "--port", "5000").config.port, 5000);
});

Deno.test("--help wins over everything else, also over mistakes", () => {
  for (const args of [["--help"], ["-h"], ["--prot", "1", "--help"], ["--version", "--help"]]) {
    assertEquals(parseFlags(args), { kind: "help" });
  }
  assertEquals(parseFlags(["--version"]), { kind: "version" });
  assertEquals(parseFlags(["--licenses"]), { kind: "licenses" });
});

Deno.test("ports are accepted at both ends of their range", () => {
  assertEquals(runOf("--port", "1").config.port, 1);
  assertEquals(runOf("--port", "65535").config.port, 65_535);
  assertEquals(runOf("--http", "65535").httpPort, 65_535);
});

Deno.test("an invalid port is refused with the range and the value", () => {
  for (
    const value of ["0", "65536", "70000", "abc", "1.5", "-1", "0x10", "1e3", "+80", " 80", "٣"]
  ) {
    for (const args of [["--port", value], [`--port=${value}`]]) {
      assertEquals(
        refusal(...args),
        `--port takes a whole number from 1 to 65535, not "${value}"; for example --port 4711.`,
      );
    }
  }
  assertMatch(refusal("--http=70000"), /from 0 to 65535 \(0 turns the QR page off\), not "70000"/);
  assertMatch(refusal("--http", "-1"), /not "-1"/);
  assertMatch(
    refusal("--call=70000"),
    /from 0 to 65535 \(0 turns the call page off\), not "70000"/,
  );
});

Deno.test("--invite accepts page or site, and other values are refused with both", () => {
  assertEquals(runOf("--invite", "site").invite, "site");
  assertEquals(
    refusal("--invite=Page"),
    '--invite takes page or site, not "Page"; for example --invite page.',
  );
});

Deno.test("a port for --turn is checked like any other port", () => {
  for (const value of ["0", "65536", "-1"]) {
    assertMatch(refusal(`--turn=${value}`), /^--turn takes a whole number from 1 to 65535, not "/);
  }
});

Deno.test("a flag without its value is refused with the value that it needs", () => {
  for (const name of ["port", "state", "base", "http", "advertise", "call", "invite"]) {
    for (
      const args of [[`--${name}`], [`--${name}`, "--quiet"], [`--${name}=`], [`--${name}`, ""]]
    ) {
      assertMatch(refusal(...args), new RegExp(`^--${name} needs a value, for example --${name} `));
    }
  }
});

Deno.test("an unknown flag is answered with the nearest one", () => {
  const nearest = {
    "--prot": "--port",
    "--port-number=5": "--port",
    "-port": "--port",
    "--Fixed-ID": "--fixed-id",
    "--fixedid": "--fixed-id",
    "--no-fixedid": "--no-fixed-id",
    "--adv": "--advertise",
    "--advertize=1.2.3.4": "--advertise",
    "--htpp": "--http",
    "--no-http": "--http 0",
    "--no-call": "--call 0",
    "--invit": "--invite",
    "--quite": "--quiet",
    "--verbos": "--verbose",
    "---help": "--help",
  };
  for (const [typed, meant] of Object.entries(nearest)) {
    const shown = typed.replace(/=.*/, "");
    assertEquals(refusal(typed), `There is no flag ${shown}; did you mean ${meant}?`);
  }
});

Deno.test("an unknown flag without a similar one is answered with --help", () => {
  for (
    const typed of ["--galaxy", "--xyzzy", "-z", "--constructor", "--__proto__", "--no-port.x"]
  ) {
    assertEquals(refusal(typed), `There is no flag ${typed}; --help lists them all.`);
  }
});

Deno.test("what is not a flag is refused and named", () => {
  for (const args of [["4711"], ["--port", "4711", "4711"], ["--", "4711"]]) {
    assertEquals(
      refusal(...args),
      '"4711" is not a flag; --help lists what this program takes.',
    );
  }
  assertMatch(refusal("-"), /^"-" is not a flag/);
  assertMatch(refusal(""), /^"" is not a flag/);
});

Deno.test("a flag given twice is refused, except --advertise", () => {
  assertEquals(refusal("--port", "1", "--port=2"), "--port is given 2 times; give it once.");
  assertEquals(
    refusal("--fixed-id", "--no-fixed-id", "--fixed-id=true"),
    "--fixed-id is given 3 times; give it once.",
  );
  assertEquals(
    runOf("--advertise=10.0.0.1", "--advertise=10.0.0.2", "--advertise=10.0.0.1").config.advertise,
    ["10.0.0.1", "10.0.0.2"],
  );
});

Deno.test("switches take true or false and nothing else", () => {
  assertEquals(refusal("--fixed-id=maybe"), '--fixed-id is either true or false, not "maybe".');
  assertEquals(refusal("--quiet", "please"), '--quiet is either true or false, not "please".');
  assertMatch(refusal("--no-fixed-id=false"), /^--no-fixed-id takes no value/);
  assertMatch(refusal("--quiet", "--verbose"), /contradict/);
  assertEquals(runOf("--quiet").verbosity, "quiet");
});

Deno.test("--base keeps a path and loses the slash at its end", () => {
  assertEquals(runOf("--base=HTTPS://Kibitz.Chat/").config.base, "https://kibitz.chat");
  assertEquals(runOf("--base=http://10.0.0.1:81/a/b/").config.base, "http://10.0.0.1:81/a/b");
});

Deno.test("a --base that is not a plain http(s) address is refused", () => {
  for (
    const value of [
      "kibitz.chat",
      "localhost:8000",
      "ftp://kibitz.chat",
      "javascript:alert(1)",
      "https:kibitz.chat",
      "https://",
      "https://a b",
      "https://x:99999",
      "https://x/?a=b",
      "https://x/#room",
      "https://x/?",
      "https://me:pw@x/",
      `https://${"x".repeat(512)}`,
    ]
  ) {
    assertMatch(
      refusal(`--base=${value}`),
      /^--base takes a web address that starts with https:.* has no \?, # or password, and at most 512/,
    );
  }
});

Deno.test("--turn is off, or a server that a link can carry", () => {
  assertEquals(runOf().config.turn, undefined);
  assertEquals(runOf("--turn", "off").config.turn, "off");
  assertEquals(runOf("--turn=3478,cabin,secret").config.turn, {
    port: 3478,
    username: "cabin",
    password: "secret",
  });
  assertEquals(runOf("--turn", "3479").config.turn, 3479);
  const wrong = ["on", "3478,a", "3478,a,", "0,a,b", "3478,a,b,c", "3478,a,b|c"]
    .concat(["3478,a,b c", "3478,a,b+c", "3478,a,b#c", "3478,a,b&c", "3478,a,b%41", "x,a,b"]);
  for (const value of wrong) {
    assertMatch(
      refusal(`--turn=${value}`),
      /^--turn takes a port for the hub's media relay, off, or the port, user and password/,
    );
  }
});

Deno.test("an --advertise that cannot be dialled is refused with the remedy", () => {
  const remedies = {
    "256.1.1.1": "for example --advertise 192.168.1.20",
    "192.168.1": "for example",
    "0.0.0.0": "for example",
    "224.0.0.251": "for example",
    "255.255.255.255": "for example",
    "01.2.3.4": "for example",
    "bad_name": "for example",
    "-dash.local": "for example",
    "a..b": "for example",
    "a|b": "for example",
    "a~b": "for example",
    "192.168.1.2:4711": "leave out the port",
    "cabin.local:4711": "leave out the port",
    "fe80::1": "the link carries no IPv6 addresses",
    "[::1]:4711": "the link carries no IPv6 addresses",
    "10.0.0.1,10.0.0.2": "give --advertise once for each",
    "http://192.168.1.2:8080/": "give only the host",
    "https://kibitz.chat": "give only the host",
    [`${"a".repeat(64)}.local`]: "for example",
  };
  for (const [value, remedy] of Object.entries(remedies)) {
    const sentence = refusal(`--advertise=${value}`);
    assert(
      sentence.startsWith(`--advertise takes an IPv4 address or a host name, not "${value}"; `),
      sentence,
    );
    assert(sentence.includes(remedy), sentence);
  }
});

Deno.test("a refusal contains no control characters and is short", () => {
  const evil = "\x1b[2J\r\n\u009b31m\x07" + "x".repeat(100_000);
  for (
    const arg of [`--${evil}`, evil, `--port=${evil}`, `--base=${evil}`, `--advertise=${evil}`]
  ) {
    const sentence = refusal(arg);
    // deno-lint-ignore no-control-regex -- the test looks for control characters
    assert(!/[\x00-\x1f\x7f-\x9f]/.test(sentence), JSON.stringify(sentence.slice(0, 80)));
    assert(sentence.length < 2000, `${sentence.length} characters`);
  }
});

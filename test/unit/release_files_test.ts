/** Checks of executables for macOS and Windows, the icon, the licences and the lists. */
import { whyNotFit } from "../../cli/release/check_executable.ts";
import { releasedGuide } from "../../cli/release/copies.ts";
import { drawIcon } from "../../cli/release/icon.ts";
import { sbomText, sumsText } from "../../cli/release/lists.ts";
import { parseMachO } from "../../cli/release/mach_o.ts";
import { signAdHoc, whyNotSigned } from "../../cli/release/mach_o_signature.ts";
import {
  checkLicences,
  copyrightComments,
  noticesText,
  type Package,
} from "../../cli/release/notices.ts";
import { parsePe } from "../../cli/release/pe.ts";
import { TARGETS } from "../../cli/release/targets.ts";
import { BuildError } from "../../cli/release/build_error.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../support/assert.ts";

/** A macOS executable of three pages: its segments, the oldest macOS, room for a load command. */
function machO({ room = 16, tail = 0 } = {}): Uint8Array {
  const bytes = new Uint8Array(3 * 4096 - 10 + tail);
  const view = new DataView(bytes.buffer);
  const put = (at: number, ...words: number[]) =>
    words.forEach((word, i) => view.setUint32(at + 4 * i, word, true));
  put(0, 0xfeedfacf, 0x01000007, 3, 2, 3, 152 + 72 + 16, 0, 0);
  const segment = (at: number, name: string, size: number, offset: number, length: number) => {
    put(at, 0x19, size);
    bytes.set(new TextEncoder().encode(name), at + 8);
    view.setBigUint64(at + 40, BigInt(offset), true);
    view.setBigUint64(at + 48, BigInt(length), true);
  };
  segment(32, "__TEXT", 152, 0, 8192);
  put(32 + 64, 1); // one section, which begins where the room ends
  put(32 + 72 + 48, 272 + room);
  segment(184, "__LINKEDIT", 72, 8192, 4096 - 10);
  put(256, 0x24, 16, 10 << 16 | 12 << 8, 0);
  for (let i = 272 + room; i < bytes.length; i++) bytes[i] = i * 7;
  return bytes;
}

Deno.test("the oldest macOS is read from a macOS executable", () => {
  const { oldestMacOs, signature } = parseMachO(machO());
  assertEquals([oldestMacOs, signature], ["10.12", undefined]);
  assertThrows(() => parseMachO(new Uint8Array(40)), Error, "not a 64-bit Mach-O");
  assertThrows(() => parseMachO(machO().subarray(0, 9000)), Error, "cut off");
});

Deno.test("an ad hoc signature has a hash for each page, and any changed byte is detected", () => {
  const plain = machO();
  assertMatch(whyNotSigned(plain) ?? "", /no code signature/);
  const signed = signAdHoc(plain, "hub");
  assertEquals(whyNotSigned(signed), undefined);
  const { signature, linkEdit } = parseMachO(signed);
  assertEquals(signature!.offset % 16, 0);
  assertEquals(linkEdit.offset + linkEdit.fileBytes, signed.length);
  for (const at of [300, 5000, signature!.offset - 1]) {
    assertMatch(whyNotSigned(signed.with(at, signed[at] ^ 1)) ?? "", /page \d of 3/);
  }
  assertMatch(whyNotSigned(signed.with(signature!.offset, 0)) ?? "", /cannot be read/);
});

Deno.test("an executable that cannot be signed is refused", () => {
  assertThrows(() => signAdHoc(signAdHoc(machO(), "hub"), "hub"), Error, "signed already");
  assertThrows(() => signAdHoc(machO({ room: 8 }), "hub"), Error, "no room");
  assertThrows(() => signAdHoc(machO({ tail: 5 }), "hub"), Error, "behind its last segment");
});

/** A Windows executable with one section of resources. */
function pe({ machine = 0x8664, subsystem = 3, icon = true } = {}): Uint8Array {
  const bytes = new Uint8Array(1024);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4d5a);
  view.setUint32(0x3c, 64, true);
  view.setUint32(64, 0x50450000);
  view.setUint16(68, machine, true);
  view.setUint16(70, 1, true);
  view.setUint16(84, 240, true);
  view.setUint16(88, 0x20b, true);
  view.setUint16(88 + 68, subsystem, true);
  view.setUint32(88 + 128, 0x1000, true);
  [0x1000, 256, 512].forEach((word, i) => view.setUint32(88 + 240 + 12 + 4 * i, word, true));
  view.setUint16(512 + 14, 1, true);
  view.setUint32(512 + 16, icon ? 14 : 16, true);
  return bytes;
}

Deno.test("console and icon are read from a Windows executable", () => {
  assertEquals(parsePe(pe()), { machine: "x86_64", isConsoleProgram: true, hasIcon: true });
  assertEquals(parsePe(pe({ subsystem: 2 })).isConsoleProgram, false);
  assertEquals(parsePe(pe({ icon: false })).hasIcon, false);
  assertThrows(() => parsePe(new Uint8Array(80)), Error, "not a Windows program");
  assertThrows(() => parsePe(pe().subarray(0, 600)), Error, "cut off");
});

Deno.test("a Windows executable for another processor, without a console or an icon is not fit", () => {
  const windows = TARGETS.find(({ name }) => name === "windows")!;
  const problem = (bytes: Uint8Array) => whyNotFit(bytes, windows);
  assertEquals(problem(pe({ machine: 0xaa64 })), "It is for machine 43620, not for x86_64.");
  assertEquals(problem(pe({ subsystem: 2 })), "It opens no console, so nobody sees the code.");
  assertEquals(problem(pe({ icon: false })), "It has no icon.");
  assertEquals(problem(pe()), "It cannot be read: no program is in it.");
});

Deno.test("the icon has all its sizes, transparent corners, and people in the middle", () => {
  const icon = drawIcon();
  const view = new DataView(icon.buffer);
  assertEquals([view.getUint16(2, true), view.getUint16(4, true)], [1, 4]);
  const sizes = [0, 1, 2, 3].map((i) => icon[6 + 16 * i]);
  assertEquals(sizes, [16, 32, 48, 64]);
  const last = view.getUint32(6 + 16 * 3 + 12, true);
  assertEquals(last + view.getUint32(6 + 16 * 3 + 8, true), icon.length);
  const pixel = (x: number, y: number) => {
    const at = last + 40 + 4 * ((63 - y) * 64 + x);
    return [...icon.subarray(at, at + 4)];
  };
  assertEquals(pixel(0, 0)[3], 0, "a corner");
  assertEquals(pixel(32, 32), [255, 255, 255, 255], "the hub");
  assertEquals(pixel(5, 32)[3], 255, "the edge between corners");
});

const WERIFT: Package = {
  name: "werift",
  version: "1.0.0",
  licence: "MIT",
  licenceText: undefined,
  comments: [],
};

Deno.test("comments with a copyright are found, and their comment signs removed", () => {
  const source = [
    "// Copyright 2020 Somebody. MIT license.",
    "// More of it.",
    "const a = 1; // no copyright in here is a claim of its own line",
    "/*!",
    " * Copyright (c) 2017 Another",
    " */",
    "/* nothing of the kind */",
  ].join("\n");
  assertEquals(copyrightComments(source), [
    "Copyright 2020 Somebody. MIT license.\nMore of it.",
    "Copyright (c) 2017 Another",
  ]);
});

Deno.test("an unreviewed package stops the build", () => {
  checkLicences([WERIFT]);
  const refused = (change: Partial<Package>, words: string) =>
    assertThrows(() => checkLicences([{ ...WERIFT, ...change }]), BuildError, words);
  refused({ name: "left-pad" }, "Nobody has looked at the licence of left-pad@1.0.0");
  refused({ name: "toString" }, "Nobody has looked");
  refused({ licence: "GPL-3.0-only" }, "states the licence GPL-3.0-only");
  refused({ name: "qrcode", comments: [] }, "no licence file any more");
  refused({ comments: ["Copyright (c) 2017 Jane Doe\nMIT"] }, "names somebody else: Copyright");
  refused({ comments: ["Copyright (c) 2020 shinyoshiaki\nCopyright (c) 2021 Jane Doe"] }, "Jane");
});

Deno.test("the notices have each package's licence, and describe the runtime", () => {
  const qrcode = { ...WERIFT, name: "qrcode", licenceText: "Copyright (c) 2012 Ryan Day\nTERMS" };
  const comments = [
    "copyright Ryan Day 2012", // short, and by the same: known already
    `Copyright (c) 2009 Kazuhiko Arase\n${"terms ".repeat(30)}`,
  ];
  const text = noticesText([{ ...qrcode, comments }, WERIFT], "2.6.5");
  assertStringIncludes(text, "qrcode 1.0.0 (MIT)");
  assertStringIncludes(text, "TERMS");
  assertStringIncludes(text, "Kazuhiko Arase");
  assert(!text.includes("copyright Ryan Day 2012"));
  assertStringIncludes(text, "Copyright (c) 2020 shinyoshiaki");
  for (const name of ["Deno 2.6.5", "V8", "ICU", "Cargo.lock"]) {
    assertStringIncludes(text, name);
  }
});

Deno.test("SHA256SUMS is in the format of sha256sum, and the SBOM lists every package", () => {
  const file = { name: "a", bytes: 1, sha256: "00ff" };
  assertEquals(sumsText([file, { ...file, name: "b" }]), "00ff  a\n00ff  b\n");
  const scoped = { ...WERIFT, name: "@x/y" };
  const sbom = JSON.parse(sbomText({ version: "0.1.0", deno: "2.6.5" }, [WERIFT, scoped]));
  assertEquals([sbom.bomFormat, sbom.specVersion], ["CycloneDX", "1.6"]);
  assertEquals(sbom.components.map(({ purl }: { purl: string }) => purl), [
    "pkg:npm/werift@1.0.0",
    "pkg:npm/%40x/y@1.0.0",
    "pkg:github/denoland/deno@v2.6.5",
  ]);
});

Deno.test("every action of the release workflow is pinned by its commit", async () => {
  const workflow = new URL("../../.github/workflows/release.yml", import.meta.url);
  const lines = (await Deno.readTextFile(workflow)).split("\n").filter((line) =>
    /\buses:/.test(line)
  );
  assert(lines.length >= 8, `${lines.length} actions`);
  for (const line of lines) {
    assertMatch(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

Deno.test("a guide in a release links only to what is there: itself, the release, complete addresses", () => {
  assertEquals(
    releasedGuide(
      "[a](#run) [b](https://example.org/x) [c](docs/SECURITY.md#limits) [`d`](pi/README.md#wi-fi) " +
        "[e](../../releases/latest)",
      "README.md",
    ),
    "[a](#run) [b](https://example.org/x) c [`d`](raspberry-pi-guide.md#wi-fi) e",
  );
  const guide = releasedGuide(Deno.readTextFileSync("README.md"), "README.md");
  const targets = [...guide.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  assert(targets.includes("raspberry-pi-guide.md"));
  for (const target of targets) assertMatch(target, /^(?:#|https?:|raspberry-pi-guide\.md)/);
});

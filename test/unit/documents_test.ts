/** README and docs name what exists: flags, ports, files, headings and tests. */

import { FLAGS } from "../../cli/flags.ts";
import {
  CALL_PREFERRED_PORTS,
  HTTP_PREFERRED_PORTS,
  PREFERRED_PORTS,
  TURN_PREFERRED_PORTS,
} from "../../relaycore/limits.ts";
import { assert, assertEquals } from "../support/assert.ts";

const ROOT = new URL("../../", import.meta.url);
const PATHS = ["README.md", "pi/README.md"];
for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
  if (name.endsWith(".md")) PATHS.push(`docs/${name}`);
}
const TEXTS = new Map(
  await Promise.all(
    PATHS.map(async (path) => [path, await Deno.readTextFile(new URL(path, ROOT))] as const),
  ),
);
const README = TEXTS.get("README.md")!;

/** The part of a text under a heading, up to the next heading. */
function section(text: string, heading: string): string {
  const start = text.indexOf(`# ${heading}\n`);
  assert(start >= 0, heading);
  const end = text.indexOf("\n#", start);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The anchors of a text's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  const prose = text.replace(/^```.*?^```$/gms, "");
  return Array.from(
    prose.matchAll(/^#+ (.*)$/gm),
    ([, heading]) => heading.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-"),
  );
}

/** Whether a path of the repository leads to a file or folder. */
async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, ROOT)).then(() => true, () => false);
}

Deno.test("the README's table of flags has every flag and no other", () => {
  const rows = section(README, "Flags").split("\n").filter((line) => line.startsWith("| `--"));
  const named = rows.flatMap((row) =>
    Array.from(row.split(" | ")[0].matchAll(/`--([a-z-]+)/g), ([, name]) => name)
  );
  assertEquals(new Set(named), new Set(FLAGS.map(([name]) => name)));
});

Deno.test("the README has the ports that the hub tries, in their order", () => {
  const table = section(README, "Flags");
  for (
    const ports of [
      PREFERRED_PORTS,
      HTTP_PREFERRED_PORTS,
      CALL_PREFERRED_PORTS,
      TURN_PREFERRED_PORTS,
    ]
  ) {
    assert(table.includes(ports.join(", ")), `${ports}`);
  }
});

Deno.test("every link between the documents leads to a file, and to a heading in it", async () => {
  for (const [path, text] of TEXTS) {
    for (const [, link] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (/^https?:|releases\/latest$/.test(link)) continue;
      const [file, anchor] = link.split("#");
      const target = file === ""
        ? path
        : new URL(file, `file:///${path}`).pathname.slice("/".length);
      assert(await exists(target), `${path} links to ${link}`);
      const isThere = anchor === undefined || anchorsOf(TEXTS.get(target)!).includes(anchor);
      assert(isThere, `${path} links to ${link}`);
    }
  }
});

Deno.test("every test that SECURITY names exists", async () => {
  const text = section(TEXTS.get("docs/SECURITY.md")!, "How the claims of the README are checked");
  for (const row of text.split("\n").filter((line) => line.startsWith("| "))) {
    let folder = "";
    let source = "";
    for (const [, file, name] of row.matchAll(/`((?:test\/|[a-z_]+_test\.ts)[^`]*)`|"([^"]+)"/g)) {
      if (file !== undefined) {
        const path = file.startsWith("test/") ? file : folder + file;
        assert(await exists(path), path);
        folder = path.slice(0, path.lastIndexOf("/") + 1);
        if (path.endsWith(".ts")) source = await Deno.readTextFile(new URL(path, ROOT));
        continue;
      }
      const isIn = source.split("\n").some((line) =>
        name.split("…").every((part) => line.includes(part.trim()) || line.includes(part))
      );
      assert(isIn, `"${name}" of the row ${row}`);
    }
  }
});

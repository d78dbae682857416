/**
 * Makes `THIRD_PARTY_NOTICES.txt`: the third-party code in a release, with its licences. The list is
 * made from the contents of the bundles. Packages that were not reviewed are refused.
 *
 * @module
 */

import { BuildError } from "./build_error.ts";
import type { BundledFile } from "./bundle.ts";
import { MIT_TEXT, REVIEWED, type ReviewedLicence, RUNTIME_PARTS } from "./licences.ts";

/** A package that is in a release. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** The SPDX identifier that the package states. */
  readonly licence: string;
  /** The text of the licence file; undefined if there is none. */
  readonly licenceText: string | undefined;
  /** Comments with a copyright in the bundled files, without the comment signs. */
  readonly comments: readonly string[];
}

/**
 * Reads the licences of the bundled packages.
 *
 * @param files the bundled files of packages.
 * @returns the packages, one for each name and version, sorted by name.
 */
export async function readPackages(files: readonly BundledFile[]): Promise<Package[]> {
  const byFolder = new Map<string, string[]>();
  for (const { packageFolder, path } of files) {
    byFolder.set(packageFolder, [...byFolder.get(packageFolder) ?? [], path]);
  }
  const packages = new Map<string, Package>();
  for (const [folder, paths] of byFolder) {
    const manifest = JSON.parse(await Deno.readTextFile(`${folder}/package.json`));
    const comments = new Set<string>();
    for (const path of paths) {
      for (const comment of copyrightComments(await Deno.readTextFile(`${folder}/${path}`))) {
        comments.add(comment);
      }
    }
    const { name, version, license } = manifest;
    const licenceText = await licenceFile(folder);
    packages.set(`${name}@${version}`, {
      ...{ name, version, licence: license, licenceText },
      comments: [...comments],
    });
  }
  return [...packages].sort(([a], [b]) => a < b ? -1 : 1).map(([, entry]) => entry);
}

/** The comments in a source text that mention a copyright or a licence. */
export function copyrightComments(source: string): string[] {
  const found: string[] = [];
  for (const [comment] of source.matchAll(/\/\*[^]*?\*\/|(?:^[ \t]*\/\/[^\n]*\n?)+/gm)) {
    if (!/copyright|@licen[sc]e|licen[sc]ed under/i.test(comment)) continue;
    const lines = comment.replace(/^\/\*+!?|\*+\/\s*$/g, "").split("\n")
      .map((line) => line.replace(/^\s*(\*+|\/\/)? ?/, "").trimEnd());
    found.push(lines.join("\n").trim());
  }
  return found;
}

/** A comment shorter than this names a copyright holder, but has no terms of its own. */
const SHORT_COMMENT = 120;

/**
 * Refuses packages whose licence was not reviewed.
 *
 * @throws {BuildError} with a list of all such packages.
 */
export function checkLicences(packages: readonly Package[]): void {
  const problems = packages.flatMap((entry) => whyNotReviewed(entry) ?? []);
  if (problems.length === 0) return;
  throw new BuildError(
    `${problems.join("\n")}\nRead these licences; then list them in cli/release/licences.ts.`,
  );
}

function whyNotReviewed(
  { name, version, licence, licenceText, comments }: Package,
): string | undefined {
  const which = `${name}@${version}`;
  const reviewed = Object.hasOwn(REVIEWED, name) ? REVIEWED[name] : undefined;
  if (reviewed === undefined) return `Nobody has looked at the licence of ${which} (${licence}).`;
  if (reviewed.spdx !== licence) {
    return `${which} states the licence ${licence}, and ${reviewed.spdx} was looked at.`;
  }
  if (licenceText === undefined && reviewed.copyright === undefined) {
    return `${which} has no licence file any more.`;
  }
  const stranger = comments.flatMap(claims).find((claim) =>
    !reviewed.holders.some((holder) => claim.includes(holder))
  );
  if (stranger !== undefined) return `A file of ${which} names somebody else: ${stranger}`;
}

/** The lines of a comment that claim a copyright, each with the line after it. */
function claims(comment: string): string[] {
  const lines = comment.split("\n");
  return lines.map((line, i) => `${line} ${lines[i + 1] ?? ""}`.trim())
    .filter((_, i) => /\b[Cc]opyright (\([Cc]\)|©|\d{4}|by |the [A-Z]|[A-Z][a-z])/.test(lines[i]));
}

/**
 * The text of `THIRD_PARTY_NOTICES.txt`.
 *
 * @param packages from {@linkcode readPackages}, checked.
 * @param denoVersion the version of the runtime in the executables.
 */
export function noticesText(packages: readonly Package[], denoVersion: string): string {
  return [
    "Kibitz Offline contains work of others. This file names it, with its licences.",
    "",
    `The file kibitz-offline.mjs contains the ${packages.length} packages of the first part. The ` +
    "executables contain",
    "the same packages and the runtime of the second part.",
    "",
    ...heading("First part: packages from npm", "="),
    ...packages.flatMap((entry) => packageText(entry, REVIEWED[entry.name])),
    ...heading(`Second part: Deno ${denoVersion}, in the executables`, "="),
    "The executables are Deno's runtime (denort), as Deno's makers publish it, with the program",
    "behind it. The runtime is one program of many parts, all built in. Its makers publish no list of",
    "their notices. Its large parts and their licences follow. Beside them it contains several hundred",
    "libraries in Rust. The file Cargo.lock in the source of that version names each of them, and",
    "https://crates.io has the licence of each:",
    `https://github.com/denoland/deno/blob/v${denoVersion}/Cargo.lock`,
    "",
    ...RUNTIME_PARTS.flatMap(({ name, spdx, copyright, text }) => [
      ...heading(`${name} (${spdx})`, "-"),
      copyright,
      "",
      text,
      "",
    ]),
  ].join("\n");
}

function packageText(entry: Package, reviewed: ReviewedLicence): string[] {
  const { name, version, licence, licenceText, comments } = entry;
  const normal = (text: string) => text.replace(/\s+/g, " ");
  const known = normal(licenceText ?? `${reviewed.copyright} ${MIT_TEXT}`);
  // Comments that repeat the licence file are left out.
  const additions = comments.filter((comment) =>
    !known.includes(normal(comment)) &&
    !(comment.length < SHORT_COMMENT && reviewed.holders.some((holder) => known.includes(holder)))
  );
  return [
    ...heading(`${name} ${version} (${licence})`, "-"),
    ...licenceText === undefined
      ? [`(The package has no licence file. The line is from ${reviewed.source}.)`, ""]
      : [],
    licenceText ?? `${reviewed.copyright}\n\n${MIT_TEXT}`,
    "",
    ...additions.flatMap((comment) => ["In one of its files:", "", comment, ""]),
  ];
}

function heading(text: string, line: string): string[] {
  return [text, line.repeat(text.length), ""];
}

/** The text of a package's licence file, and of its notice if it has one. */
async function licenceFile(folder: string): Promise<string | undefined> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /^(licen[sc]e|notice|copying|copyrightnotice)(\.\w+)?$/i.test(name)) {
      names.push(name);
    }
  }
  if (!names.some((name) => /^licen[sc]e/i.test(name))) return undefined;
  const texts = await Promise.all(
    names.sort().map((name) => Deno.readTextFile(`${folder}/${name}`)),
  );
  return texts.map((text) => text.replaceAll("\r\n", "\n").trim()).join("\n\n");
}

/**
 * The lists of a release: checksums for downloads (`SHA256SUMS`), facts for other tools
 * (`manifest.json`), and the contents for vulnerability checks (`sbom.cdx.json`, in the CycloneDX
 * format). Pure: the same release gives the same bytes.
 *
 * @module
 */

import type { Package } from "./notices.ts";
import { RUNTIME_PARTS } from "./licences.ts";

/** A file of a release. */
export interface ReleaseFile {
  readonly name: string;
  readonly bytes: number;
  /** The checksum in hexadecimal. */
  readonly sha256: string;
}

/** The facts about a release. */
export interface Release {
  readonly version: string;
  /** The commit, with a mark if files differ from it; undefined without git. */
  readonly commit: string | undefined;
  /** The version of Deno in the executables. */
  readonly deno: string;
  readonly base: string;
}

/** The text of `SHA256SUMS`, for `sha256sum --check`. */
export function sumsText(files: readonly ReleaseFile[]): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}

/** The text of `manifest.json`. */
export function manifestText(release: Release, files: readonly ReleaseFile[]): string {
  return `${JSON.stringify({ ...release, files }, null, 2)}\n`;
}

/** The text of `sbom.cdx.json`. */
export function sbomText(
  { version, deno }: Pick<Release, "version" | "deno">,
  packages: readonly Package[],
): string {
  const licenses = (id: string) => [{ license: { id } }];
  const sbom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": "kibitz-offline",
        name: "kibitz-offline",
        version,
        licenses: licenses("MIT"),
      },
    },
    components: [
      ...packages.map(({ name, version, licence }) => {
        const purl = `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
        return {
          type: "library",
          "bom-ref": purl,
          name,
          version,
          purl,
          licenses: licenses(licence),
        };
      }),
      {
        type: "platform",
        "bom-ref": "deno",
        name: "deno",
        version: deno,
        description: "The runtime (denort) in the executables. It contains V8, ICU and the Rust " +
          "libraries of the Cargo.lock of that version.",
        purl: `pkg:github/denoland/deno@v${deno}`,
        licenses: RUNTIME_PARTS.map(({ spdx }) => ({ license: { id: spdx } })),
      },
    ],
  };
  return `${JSON.stringify(sbom, null, 2)}\n`;
}

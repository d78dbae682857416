/**
 * The files of the repository that are copied into a release. Guides get other links, because in a
 * release they are single files, without the folders around them.
 *
 * @module
 */

/** Paths in the repository, by the name that each file gets in a release. */
export const COPIES: Readonly<Record<string, string>> = {
  "kibitz-offline.service": "pi/kibitz-offline.service",
  "raspberry-pi-guide.md": "pi/README.md",
  "README.md": "pi/README.md", // the download page links to the Pi's guide under this name
  "kibitz-offline-guide.md": "README.md", // `--help` mentions this name
};

/** Whether a file of {@linkcode COPIES} is a guide. */
export function isGuide(name: string): boolean {
  return name.endsWith(".md");
}

/**
 * Adapts the links of a guide. A link to a file that is not in the release becomes plain text, because
 * it would lead nowhere. Links within the guide, and complete addresses, stay.
 *
 * @param markdown the guide as it is in the repository.
 * @param path its path in the repository.
 */
export function releasedGuide(markdown: string, path: string): string {
  return markdown.replace(
    /(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g,
    (whole, label: string, target: string) => {
      if (/^(?:#|https?:)/.test(target)) return whole;
      const { pathname, hash } = new URL(target, `file:///${path}`);
      const name = Object.keys(COPIES).find((name) => `/${COPIES[name]}` === pathname);
      return name === undefined ? label : `[${label}](${name}${hash})`;
    },
  );
}

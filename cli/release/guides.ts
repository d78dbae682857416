/**
 * The guides as they are in a release: single files, without the folders around them.
 *
 * @module
 */

/** Files of the repository that are in a release too, and the names that they have there. */
const IN_RELEASE: Readonly<Record<string, string>> = {
  "pi/README.md": "raspberry-pi-guide.md",
  "../README.md": "kibitz-offline-guide.md",
};

/**
 * Adapts the links of a guide. A link to a file that is not in the release becomes plain text, because
 * it would lead nowhere. Links within the guide, and complete addresses, stay.
 *
 * @param markdown the guide as it is in the repository.
 */
export function releasedGuide(markdown: string): string {
  return markdown.replace(
    /(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g,
    (whole, label: string, target: string) => {
      if (/^(?:#|https?:)/.test(target)) return whole;
      const [path, ...anchor] = target.split("#");
      const file = IN_RELEASE[path];
      return file === undefined ? label : `[${label}](${[file, ...anchor].join("#")})`;
    },
  );
}

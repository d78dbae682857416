/**
 * The HTML for an address that does not exist: it leads back to the call.
 *
 * @module
 */

import { escapeHtml, renderDocument } from "./document.ts";
import type { DoorWords } from "./words/door_words.ts";

/** The whole page. */
export function renderMissing(words: DoorWords): string {
  const { missing, title } = words;
  return renderDocument(
    words,
    missing.title,
    `<body>
<main class="door missing">
<header>
<h1>${escapeHtml(missing.title)}</h1>
<p>${escapeHtml(missing.about)}</p>
</header>
<a class="button" href="/">${escapeHtml(title)}</a>
</main>
</body>`,
  );
}

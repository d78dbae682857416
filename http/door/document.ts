/**
 * The frame of the hub's own HTML pages: head, style and the escaping of texts. It knows no content.
 *
 * @module
 */

import type { DoorWords } from "./words/door_words.ts";

/** The Content-Security-Policy of these pages: they may load only the hub's own files. */
export const DOOR_CSP = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/**
 * A whole page.
 *
 * @param title for the browser's tab.
 * @param body the element `body` as HTML.
 * @param script the address of its script, if it has one.
 */
export function renderDocument(
  { tag }: DoorWords,
  title: string,
  body: string,
  script?: string,
): string {
  return `<!doctype html>
<html lang="${tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · Kibitz Offline</title>
<link rel="icon" href="/call/icon.svg">
<link rel="stylesheet" href="/call/door.css">
${script === undefined ? "" : `<script type="module" src="${script}"></script>`}
</head>
${body}
</html>
`;
}

/** Escapes text for an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

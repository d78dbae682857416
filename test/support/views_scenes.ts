/**
 * The states of the call's views that tests look at; `views_page.ts` makes them.
 *
 * @module
 */

/** All scenes by name. */
export const SCENES: readonly string[] = [
  "call",
  "call-screen",
  "call-large",
  "mirror",
  "mirror-ask",
  "mirror-asking",
  "mirror-off",
  "mirror-denied",
  "mirror-insecure",
  "mirror-busy",
  "mirror-unsupported",
  "mirror-lost",
  "mirror-symbols",
  "mirror-room",
  "mirror-devices",
  "call-muted",
  "call-sharing",
  "call-lost",
  "call-notices",
  "call-sound-only",
  "call-blocked",
  "chat",
  "chat-empty",
  "people",
  "invite",
  "devices",
  "menu",
  "question",
  "after",
  "hostile",
  "hostile-chat",
  "hostile-people",
];

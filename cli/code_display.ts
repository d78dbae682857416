/**
 * Shows the invitation with the QR code on standard output, and draws the code when the window has
 * become large enough for it.
 *
 * @module
 */

import type { Hub } from "../relaycore/mod.ts";
import type { Invite } from "./engine.ts";
import { invitation, pageForGuests } from "./invitation.ts";
import type { Output } from "./output.ts";
import { type DrawCode, fitCode, type TerminalWindow } from "./terminal_code.ts";

/** What is shown, and where. */
export interface CodeDisplayParts {
  readonly hub: Pick<Hub, "link" | "addresses">;
  /** TCP port of the QR page, undefined if there is none. */
  readonly pagePort: number | undefined;
  /** Whether the hub serves the call itself. */
  readonly hasCall: boolean;
  /** What the code leads to. */
  readonly invite: Invite;
  readonly out: Output;
}

/** The invitation on the screen, or in a log. */
export class CodeDisplay {
  #window = windowOf();
  #isCodeShown = false;

  constructor(private readonly parts: CodeDisplayParts) {}

  /** Prints the invitation. The code that draws is loaded here for the first time. */
  async show(): Promise<void> {
    const { qrTerminal } = await import("../http/qr.ts");
    const color = Deno.stdout.isTerminal() && !Deno.noColor;
    const draw: DrawCode = (link, columns) => qrTerminal(link, { columns, color });
    this.#window = windowOf();
    const { hub, pagePort, hasCall, invite, out } = this.parts;
    const page = pageForGuests(hub, pagePort);
    const address = hasCall ? page : undefined;
    const isPageCode = invite === "page" && address !== undefined;
    const code = fitCode(isPageCode ? address : hub.link, hub.addresses, this.#window, draw);
    this.#isCodeShown = code.text !== undefined;
    // The page's address is much shorter than the link, and the page leads to the link.
    const substitute = code.text === undefined && page !== undefined
      ? fitCode(page, [], this.#window, draw).text
      : undefined;
    out.print(invitation(hub, pagePort, code, this.#window, { address, isPageCode, substitute }));
  }

  /** Prints it again if the code did not fit and the window has another size now. */
  async showIfResized(): Promise<void> {
    const { columns, rows } = windowOf();
    const isResized = columns !== this.#window.columns || rows !== this.#window.rows;
    if (isResized && !this.#isCodeShown) await this.show();
  }
}

/** The room for the code: all of the screen except the last row, which is for the live line. */
export function windowOf(): TerminalWindow {
  const { columns, rows } = Deno.stdout.isTerminal() ? Deno.consoleSize() : { columns: 0, rows: 0 };
  // A serial console reports 0 columns and 0 rows.
  return { columns: columns || 80, rows: rows ? rows - 1 : Infinity };
}

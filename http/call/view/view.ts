/**
 * What the views before, in and after the call have in common. Types only.
 *
 * @module
 */

/// <reference lib="dom" />

import type { CallState } from "../state.ts";

/** A view in the document. */
export interface View {
  readonly root: HTMLElement;
  update(state: CallState): void;
  /** The view was shown or hidden. */
  shown(on: boolean): void;
}

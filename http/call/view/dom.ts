/**
 * Small helpers that make and change elements. Text is always inserted as text, never as markup.
 *
 * @module
 */

/// <reference lib="dom" />

import type { Rectangle } from "./layout.ts";

/** What {@link make} can set on an element besides its children. */
export interface Parts {
  readonly class?: string;
  readonly text?: string;
  /** Attributes. `true` sets an empty one; `false` and `undefined` set none. */
  readonly attributes?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly click?: (event: MouseEvent) => void;
}

/** Makes an element. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  parts: Parts = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (parts.class !== undefined) element.className = parts.class;
  if (parts.text !== undefined) element.textContent = parts.text;
  for (const [name, value] of Object.entries(parts.attributes ?? {})) {
    attribute(element, name, value);
  }
  const { click } = parts;
  if (click !== undefined) element.addEventListener("click", (event) => click(event as MouseEvent));
  element.append(...children);
  return element;
}

/** Sets an attribute if it differs. `true` sets an empty one; `false` and `undefined` remove it. */
export function attribute(
  element: Element,
  name: string,
  value: string | number | boolean | undefined,
): void {
  if (value === undefined || value === false) {
    element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Sets an element's text if it differs, so that nothing is laid out or read out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Puts an element that has an absolute position at a place. */
export function placeElement(element: HTMLElement, where: Rectangle): void {
  for (const side of ["left", "top", "width", "height"] as const) {
    element.style.setProperty(side, `${where[side]}px`);
  }
}

/** Makes `wanted` the only children of `parent`. Does not move those that are in the right place. */
export function setChildren(parent: Element, wanted: readonly Element[]): void {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) {
      parent.insertBefore(child, parent.children[index] ?? null);
    }
  });
}

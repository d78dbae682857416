/**
 * The licences of what is inside, for `--licenses`. Only a bundle has them: cli/release/bundle.ts
 * puts another file in the place of this one.
 *
 * @module
 */

/** What `--licenses` prints. */
export const NOTICES =
  "This program runs from its source: its own licence is in LICENSE, those of " +
  "its packages are in the packages. The executables of a release show all of them here.";

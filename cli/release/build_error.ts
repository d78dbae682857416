/**
 * A problem that the person at the build can fix. It is shown as one or two sentences, without a
 * stack.
 */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

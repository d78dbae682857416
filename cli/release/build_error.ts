/** Something that the person who builds can put right: one or two sentences, without a stack. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

export { TextLineStream } from "../support/text_lines.ts";

/** The one function of npm:qrcode that is used; the package ships no types of its own. */
export function create(
  text: string,
  options: { errorCorrectionLevel: "L" | "M" | "Q" | "H" },
): { readonly modules: { readonly size: number; readonly data: Uint8Array } };

declare const qrcode: { create: typeof create };
export default qrcode;

/**
 * Serves the call's views with a fake call behind them, for tests that look at them in a browser.
 *
 * @module
 */

import { build } from "esbuild";
import { qrSvg } from "../../http/qr.ts";

const HERE = new URL("./", import.meta.url);
const PAGE = new URL("../../http/call/", import.meta.url);
/** What the hub sends with its call page. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
  "media-src 'self' blob: mediastream:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** A server of the views; disposing of it stops it. */
export interface ViewsServer extends AsyncDisposable {
  readonly url: string;
}

/** Bundles the page and serves it on loopback. */
export async function serveViews(): Promise<ViewsServer> {
  const files = new Map<string, [type: string, text: string]>();
  const bundle = async (source: URL) => {
    const { outputFiles } = await build({
      entryPoints: [source.pathname],
      bundle: true,
      format: "esm",
      write: false,
    });
    return outputFiles[0].text;
  };
  files.set("/main.js", [
    "text/javascript",
    await bundle(new URL("views_page.ts", HERE)),
  ]);
  for await (const { name } of Deno.readDir(new URL("lang/", PAGE))) {
    const text = await bundle(new URL(`lang/${name}`, PAGE));
    files.set(`/lang/${name.replace(/\.ts$/, ".js")}`, [
      "text/javascript",
      text,
    ]);
  }
  const html = await Deno.readTextFile(new URL("index.html", PAGE));
  files.set("/", ["text/html", html.replace(/\/call\//g, "/")]);
  files.set("/style.css", [
    "text/css",
    await Deno.readTextFile(new URL("style.css", PAGE)),
  ]);
  files.set("/code.svg", [
    "image/svg+xml",
    qrSvg("http://192.168.178.23:8080/#the-cabin"),
  ]);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const file = files.get(new URL(request.url).pathname);
      if (file === undefined) return new Response("", { status: 404 });
      return new Response(file[1], {
        headers: {
          "content-type": `${file[0]}; charset=utf-8`,
          "content-security-policy": CSP,
        },
      });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

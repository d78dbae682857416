/**
 * Takes pictures of the call's views, to look at them:
 *
 *     deno run -A test/support/views_shots.ts FOLDER [only=PATTERN] [language=de]
 *
 * One picture for each scene, size and scheme whose name `SCENE-COUNT-WIDTHxHEIGHT-SCHEME` matches.
 *
 * @module
 */

import { launchChromium, openPage } from "./chromium.ts";
import { SCENES } from "./views_scenes.ts";
import { serveViews } from "./views_server.ts";

const SIZES = [[320, 568], [390, 844], [844, 390], [1280, 800], [
  2560,
  1440,
]] as const;
const COUNTED = ["call", "call-screen", "call-large"];

const [folder, ...rest] = Deno.args;
const options = new Map(rest.map((arg) => arg.split("=") as [string, string]));
const only = new RegExp(options.get("only") ?? ".");
await Deno.mkdir(folder, { recursive: true });
await using server = await serveViews();
const browser = await launchChromium();
try {
  for (const [width, height] of SIZES) {
    for (const scheme of ["light", "dark"]) {
      const wanted = [
        ...COUNTED.flatMap((scene) => [1, 2, 5, 12].map((count) => [scene, count] as const)),
        ...SCENES.filter((scene) => !COUNTED.includes(scene)).map((scene) => [scene, 4] as const),
      ].map(([scene, count]) => ({
        scene,
        count,
        name: `${scene}-${count}-${width}x${height}-${scheme}`,
      }))
        .filter(({ name }) => only.test(name));
      if (wanted.length === 0) continue;
      const page = await openPage(browser);
      page.on(
        "pageerror",
        (error) => console.log(`error: ${(error as Error).message}`),
      );
      page.on("console", (line) => console.log(`console: ${line.text()}`));
      const touch = Math.min(width, height) < 500;
      await page.setViewport({
        width,
        height,
        hasTouch: touch,
        isMobile: touch,
      });
      await page.emulateMediaFeatures([{
        name: "prefers-color-scheme",
        value: scheme,
      }]);
      await page.goto(
        `${server.url}?language=${options.get("language") ?? "en"}`,
      );
      await page.waitForFunction("globalThis.show !== undefined");
      for (const { scene, count, name } of wanted) {
        await page.evaluate(`show(${JSON.stringify(scene)}, ${count})`);
        await new Promise((done) => setTimeout(done, 250));
        await page.screenshot({ path: `${folder}/${name}.png` });
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
}

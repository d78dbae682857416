/** `/metrics`, read by Prometheus' own parser. */

import { handle } from "../../http/handler.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { makeFolder } from "../support/folder.ts";
import { shownSite, VISIT } from "../support/shown_hub.ts";

const promtool = await new Deno.Command("promtool", { args: ["--version"] }).output()
  .then(() => true, () => false);
if (!promtool) console.log("promtool is not installed: test/peer/metrics_test.ts is skipped.");

/** Every sample with a time, which promtool wants of what it stores. */
function dated(metrics: string): string {
  const now = Math.floor(Date.now() / 1000);
  return metrics.split("\n").map((line) => line === "" || line[0] === "#" ? line : `${line} ${now}`)
    .join("\n");
}

/** What promtool says of a text in the format of OpenMetrics. */
async function parse(metrics: string): Promise<{ success: boolean; said: string }> {
  await using folder = await makeFolder("metrics");
  await Deno.writeTextFile(`${folder.path}/metrics`, metrics);
  const { success, stdout, stderr } = await new Deno.Command("promtool", {
    args: ["tsdb", "create-blocks-from", "openmetrics", "metrics", "data"],
    cwd: folder.path,
  }).output();
  const decoder = new TextDecoder();
  return { success, said: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test({
  name: "Prometheus' parser reads /metrics, and refuses it with its end cut off",
  ignore: !promtool,
  async fn() {
    const request = new Request("http://192.168.1.2:8080/metrics");
    const response = await handle(request, shownSite(), VISIT);
    assertMatch(response.headers.get("content-type")!, /^application\/openmetrics-text; version=1/);
    const metrics = dated(await response.text());
    const { success, said } = await parse(metrics);
    assert(success, said);
    assertEquals((await parse(metrics.replace("# EOF", ""))).success, false);
  },
});

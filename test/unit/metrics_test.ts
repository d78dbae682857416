/** `/metrics`: the numbers of `/status`, for monitoring. */

import { renderMetrics } from "../../http/metrics.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { shownHub } from "../support/shown_hub.ts";

Deno.test("metrics have every number of the status", () => {
  const turn = { port: 3478, allocations: 5, relayedPackets: 70, relayedBytes: 7000 };
  const status = { ...shownHub().status(), turn };
  const text = renderMetrics(status);
  const value = (sample: string) =>
    Number(text.split("\n").find((line) => line.startsWith(`${sample} `))?.slice(sample.length));
  assertEquals(value("kibitz_guests"), status.guests);
  assertEquals(value("kibitz_rooms"), status.rooms);
  assertEquals(value("kibitz_port"), status.port);
  assertEquals(value("kibitz_uptime_seconds"), status.uptimeSeconds);
  assertEquals(value("kibitz_discovery"), Number(status.discovery));
  assertEquals(value(`kibitz_hub_info{version="${status.version}"}`), 1);
  assertEquals(value("kibitz_turn_allocations"), turn.allocations);
  assertEquals(value("kibitz_turn_relayed_packets_total"), turn.relayedPackets);
  assertEquals(value("kibitz_turn_relayed_bytes_total"), turn.relayedBytes);
  for (const [name, limit] of Object.entries(status.limits)) {
    assertEquals(value(`kibitz_limit{name="${name}"}`), limit);
  }
  for (const [name, count] of Object.entries(status.counters)) {
    assertEquals(value(`kibitz_events_total{name="${name}"}`), count);
  }
});

Deno.test("metrics end as OpenMetrics requires, and no value breaks a line", () => {
  const status = { ...shownHub().status(), turn: null, version: 'a"b\\c\nd' };
  const text = renderMetrics(status);
  assertEquals(text.split("\n").slice(-2), ["# EOF", ""]);
  assertStringIncludes(text, 'kibitz_hub_info{version="a\\"b\\\\c\\nd"} 1');
  assertStringIncludes(text, "kibitz_turn_running 0");
});

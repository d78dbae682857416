/**
 * The numbers of `/status` for monitoring programs, in the text format of OpenMetrics 1.0. Pure: a
 * status in, text out.
 *
 * @module
 */

import type { HubStatus } from "../relaycore/mod.ts";

/** The media type of {@link renderMetrics}. */
export const METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Writes a status as OpenMetrics. Every metric begins with `kibitz_`. */
export function renderMetrics(status: HubStatus): string {
  const { turn } = status;
  const lines = [
    ...info("kibitz_hub", "The program.", { version: status.version }),
    ...gauge("kibitz_uptime_seconds", "Seconds since the start.", status.uptimeSeconds),
    ...gauge("kibitz_port", "UDP port for guests.", status.port),
    ...gauge("kibitz_discovery", "1 if browsers find the hub without a link.", +status.discovery),
    ...family("kibitz_address_reachable", "gauge", "1 if phones can be expected to reach it.", [
      ...status.addresses.map(({ host, reachable }) =>
        sample("kibitz_address_reachable", +reachable, { host })
      ),
    ]),
    ...gauge("kibitz_guests", "Guests whose channel is open.", status.guests),
    ...gauge("kibitz_rooms", "Rooms with at least one guest.", status.rooms),
    ...gauge("kibitz_turn_running", "1 if the hub relays media itself.", +(turn !== null)),
  ];
  if (turn !== null) {
    lines.push(
      ...gauge("kibitz_turn_port", "UDP port of the media relay.", turn.port),
      ...gauge("kibitz_turn_allocations", "TURN allocations.", turn.allocations),
      ...counter("kibitz_turn_relayed_packets", "Packets relayed.", turn.relayedPackets),
      ...counter("kibitz_turn_relayed_bytes", "Payload relayed, in bytes.", turn.relayedBytes),
    );
  }
  lines.push(
    ...named("kibitz_limit", "gauge", "What the hub allows, by name.", status.limits),
    ...named("kibitz_events", "counter", "What happened, by name.", status.counters),
    "# EOF",
  );
  return lines.join("\n") + "\n";
}

type Labels = Readonly<Record<string, string>>;

function info(name: string, help: string, labels: Labels): string[] {
  return family(name, "info", help, [sample(`${name}_info`, 1, labels)]);
}

function gauge(name: string, help: string, value: number): string[] {
  return family(name, "gauge", help, [sample(name, value)]);
}

function counter(name: string, help: string, value: number): string[] {
  return family(name, "counter", help, [sample(`${name}_total`, value)]);
}

/** A family of numbers that differ in the label `name`. */
function named(
  name: string,
  type: "gauge" | "counter",
  help: string,
  values: Readonly<Record<string, number>>,
): string[] {
  const sampleName = type === "counter" ? `${name}_total` : name;
  return family(
    name,
    type,
    help,
    Object.entries(values).map(([key, value]) => sample(sampleName, value, { name: key })),
  );
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [`# TYPE ${name} ${type}`, `# HELP ${name} ${help}`, ...samples];
}

function sample(name: string, value: number, labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

/** Escapes a label's value: backslash, quote and newline. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/**
 * Datagrams that the system has dropped because the buffer of the hub's socket was full: guests'
 * messages that nobody in the hub has ever seen. An edge: it reads what Linux tells of its sockets.
 * Other systems do not tell, and Deno lets only a program with all permissions (`-A`) ask.
 *
 * @module
 */

/** Where Linux lists its IPv4 UDP sockets. */
const SOCKET_TABLE = "/proc/net/udp";

/** The drops of one socket. */
export class SocketDrops {
  readonly #port: number;
  readonly #read: () => Promise<string>;
  #known = 0;
  #isSilent = Deno.build.os !== "linux";

  /** @param read gives the list of sockets; rejects where there is none to be had. */
  constructor(port: number, read: () => Promise<string> = () => Deno.readTextFile(SOCKET_TABLE)) {
    this.#port = port;
    this.#read = read;
  }

  /** Datagrams dropped since the last call, or since the socket was opened; 0 if nobody tells. */
  async take(): Promise<number> {
    if (this.#isSilent) return 0;
    let table: string;
    try {
      table = await this.#read();
    } catch {
      this.#isSilent = true; // it will not become more talkative
      return 0;
    }
    const total = dropsOf(table, this.#port);
    const fresh = Math.max(0, total - this.#known);
    this.#known = total;
    return fresh;
  }
}

/**
 * The drops of all sockets on a port.
 *
 * @param table as in `/proc/net/udp`: the local address with its port in hexadecimal is the second
 *   column, the number of drops the last.
 */
export function dropsOf(table: string, port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let drops = 0;
  for (const line of table.split("\n").slice(1)) {
    const columns = line.trim().split(/\s+/);
    const last = Number(columns.at(-1));
    if (columns.length > 2 && columns[1].endsWith(suffix) && last > 0) drops += last;
  }
  return drops;
}

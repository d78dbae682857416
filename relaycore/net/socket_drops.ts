/**
 * Counts datagrams that the system dropped because the buffer of the hub's socket was full. The hub
 * never saw these messages. An edge: it reads Linux's table of sockets. Other systems do not report
 * drops, and Deno allows only a program with all permissions (`-A`) to read the table.
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

  /** @param read returns the table of sockets; rejects if it cannot be read. */
  constructor(port: number, read: () => Promise<string> = () => Deno.readTextFile(SOCKET_TABLE)) {
    this.#port = port;
    this.#read = read;
  }

  /**
   * Datagrams dropped since the last call, or since the socket was opened; 0 if the system does not
   * report them.
   */
  async take(): Promise<number> {
    if (this.#isSilent) return 0;
    let table: string;
    try {
      table = await this.#read();
    } catch {
      this.#isSilent = true; // later reads would fail too
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

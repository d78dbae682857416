/**
 * The network interfaces of this computer. An edge: it asks the system.
 *
 * @module
 */

/** An IPv4 address of a network interface that is up, and the size of its network. */
export interface NetworkInterface {
  /** The operating system's name for the interface. */
  readonly name: string;
  /** In dotted decimal. */
  readonly address: string;
  /** In dotted decimal. */
  readonly netmask: string;
}

/**
 * Lists the IPv4 addresses of all interfaces that are up.
 *
 * @throws {Deno.errors.NotCapable} without `--allow-sys=networkInterfaces`.
 * @throws the system's error, if it does not list the interfaces.
 */
export function networkInterfaces(): NetworkInterface[] {
  return Deno.networkInterfaces().filter(({ family }) => family === "IPv4")
    .map(({ name, address, netmask }) => ({ name, address, netmask }));
}

/**
 * The numbers of STUN, TURN and ICE: methods, classes and attribute types, under the names of the
 * RFCs.
 *
 * @module
 */

/** The fixed value at bytes 4–7 of every STUN message (RFC 8489 §5). */
export const MAGIC_COOKIE = 0x2112a442;

/** The length of the header before the first attribute, in bytes. */
export const HEADER_LENGTH = 20;

/** Message methods (RFC 8489 §18.2, RFC 8656 §19.2). */
export const Method = {
  binding: 0x001,
  allocate: 0x003,
  refresh: 0x004,
  send: 0x006,
  data: 0x007,
  createPermission: 0x008,
  channelBind: 0x009,
} as const;

/** Message classes (RFC 8489 §5). */
export const MessageClass = { request: 0, indication: 1, success: 2, error: 3 } as const;

/** Attribute types (RFC 8489 §18.3, RFC 8445 §20.1, RFC 8656 §18). */
export const Attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  unknownAttributes: 0x000a,
  channelNumber: 0x000c,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  data: 0x0013,
  realm: 0x0014,
  nonce: 0x0015,
  xorRelayedAddress: 0x0016,
  requestedAddressFamily: 0x0017,
  evenPort: 0x0018,
  requestedTransport: 0x0019,
  dontFragment: 0x001a,
  messageIntegritySha256: 0x001c,
  xorMappedAddress: 0x0020,
  reservationToken: 0x0022,
  priority: 0x0024,
  useCandidate: 0x0025,
  software: 0x8022,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
  iceControlling: 0x802a,
} as const;

/**
 * Makes the state that a view draws. Parts that have not changed stay the same objects.
 *
 * @module
 */

/// <reference lib="dom" />

import type { CallState, Phase } from "../state.ts";
import { deviceList } from "../protocol/devices.ts";
import type { Attendee } from "../protocol/attendees.ts";
import { drawPeople, unchanged } from "../protocol/snapshot.ts";
import { roomKey } from "../protocol/text.ts";
import type { Activity } from "./activity.ts";
import { Outputs } from "./outputs.ts";
import type { OwnPerson } from "./own_person.ts";
import type { Wire } from "./wire.ts";

/** What the state is made of. */
export interface StateParts {
  readonly phase: Phase;
  readonly isSupported: boolean;
  readonly wire: Wire;
  readonly attendees: readonly Attendee[];
  readonly soundOnly: boolean;
  readonly me: OwnPerson;
  readonly speaking: boolean;
  readonly activity: Activity;
  readonly roomName: string;
}

/** The current state, or `before` itself if nothing has changed. */
export function drawState(parts: StateParts, before: CallState | undefined): CallState {
  const { wire, me, activity, soundOnly } = parts;
  const { media: own, outputs, name, avatar } = me;
  const { hub } = wire.meeting;
  const mediaOf = (key: string) => wire.people.of(key);
  const speakers = Outputs.canChoose
    ? deviceList(own.listed, "audiooutput", outputs.chosen)
    : { choices: [], chosen: "" };
  const { microphones, cameras, ...abilities } = own.devices;
  return unchanged(before, {
    phase: parts.phase,
    hub: unchanged(before?.hub, {
      link: hub.state,
      failures: hub.failures,
      retryAt: wire.retryAt,
      unsupported: !parts.isSupported,
    }),
    room: unchanged(before?.room, { key: roomKey(parts.roomName), name: parts.roomName }),
    me: unchanged(before?.me, {
      name,
      avatar,
      mic: unchanged(before?.me.mic, own.mic),
      cam: unchanged(before?.me.cam, own.cam),
      preview: own.preview,
      mirrored: own.isMirrored,
      sharing: own.isSharing,
      handRaised: me.handRaised,
      reaction: activity.reaction,
      speaking: parts.speaking,
    }),
    people: drawPeople(parts.attendees, mediaOf, name, soundOnly, before?.people ?? []),
    soundOnly,
    chat: activity.chat,
    devices: unchanged(before?.devices, {
      microphones: sameList(before?.devices.microphones, microphones),
      cameras: sameList(before?.devices.cameras, cameras),
      speakers: sameList(before?.devices.speakers, speakers),
      ...abilities,
    }),
    notices: activity.notices,
  });
}

/** Returns the previous list if the content is the same. Lists are new objects each time. */
function sameList<T>(before: T | undefined, after: T): T {
  return before !== undefined && JSON.stringify(before) === JSON.stringify(after) ? before : after;
}

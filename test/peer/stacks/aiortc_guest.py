"""A guest with aiortc, for dtls_stacks_test.ts: joins by the link, has 256 KiB echoed, leaves.

    python3 aiortc_guest.py LINK

Each step is a line. The answer is the one that protocol section 1 has guests write.
"""

import asyncio
import base64
import json
import re
import sys
import time
from urllib.parse import parse_qs, urlparse

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

# So that the whole message is as large as the hub promises to take.
FILLER = 262_144 - len('{"t":"echo","x":""}')


def answer(link, mid):
    kind, ufrag, pwd, fp, *rest = parse_qs(urlparse(link).query)["galaxy"][0].split("|")
    digest = base64.urlsafe_b64decode(fp + "=")
    endpoints = [one.split("~") for one in (rest[1:] if kind == "g2" else rest)]
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mid}",
        "a=ice-lite",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{ufrag}",
        f"a=ice-pwd:{pwd}",
        "a=fingerprint:sha-256 " + ":".join(f"{byte:02X}" for byte in digest),
        "a=setup:passive",
        "a=sctp-port:5000",
        "a=max-message-size:262144",
    ]
    for i, (host, port) in enumerate(endpoints):
        lines.append(f"a=candidate:{i + 1} 1 udp {2130706431 - i} {host} {port} typ host")
    return "\r\n".join(lines + ["a=end-of-candidates", ""])


# The hub under test is on loopback, which aioice leaves out.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


async def main(link):
    began = time.monotonic()
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = peer.createDataChannel("hub")
    echoed = asyncio.Event()
    sent_at = 0

    @channel.on("message")
    def on_message(text):
        nonlocal sent_at
        frame = json.loads(text)
        if frame["t"] == "id":
            print(f"joined {round((time.monotonic() - began) * 1000)} ms", flush=True)
            sent_at = time.monotonic()
            channel.send(json.dumps({"t": "echo", "x": "x" * FILLER}, separators=(",", ":")))
        elif frame["t"] == "echo" and len(frame["x"]) == FILLER:
            print(f"echoed {round((time.monotonic() - sent_at) * 1000)} ms", flush=True)
            echoed.set()

    await peer.setLocalDescription(await peer.createOffer())
    mid = re.search(r"a=mid:(\S+)", peer.localDescription.sdp).group(1)
    await peer.setRemoteDescription(RTCSessionDescription(answer(link, mid), "answer"))
    await echoed.wait()
    await peer.close()
    print("left", flush=True)


asyncio.run(main(sys.argv[1]))

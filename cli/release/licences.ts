/**
 * The reviewed licences of Deno's runtime and of every package that may be in a release. A package
 * that is not listed here stops the build. This file has only facts. `notices.ts` makes the text.
 *
 * A package is added after someone has read its licence, and only if the licence allows distribution
 * in a compiled program and requires nothing more than its notice.
 *
 * @module
 */

/** The result of a review. */
export interface ReviewedLicence {
  /** The SPDX identifier that the package states. */
  readonly spdx: string;
  /** The copyright holders that are named in the bundled files of the package. */
  readonly holders: readonly string[];
  /** The copyright line, for a package that has no licence file. */
  readonly copyright?: string;
  /** Where that line was found. */
  readonly source?: string;
}

const PECULIAR: ReviewedLicence = { spdx: "MIT", holders: ["Peculiar Ventures"] };

/** The reviewed packages, by name. */
export const REVIEWED: Readonly<Record<string, ReviewedLicence>> = {
  "@leichtgewicht/ip-codec": { spdx: "MIT", holders: ["Martin Heidegger"] },
  "@peculiar/asn1-cms": PECULIAR,
  "@peculiar/asn1-csr": PECULIAR,
  "@peculiar/asn1-ecc": PECULIAR,
  "@peculiar/asn1-pfx": PECULIAR,
  "@peculiar/asn1-pkcs8": PECULIAR,
  "@peculiar/asn1-pkcs9": PECULIAR,
  "@peculiar/asn1-rsa": PECULIAR,
  "@peculiar/asn1-schema": PECULIAR,
  "@peculiar/asn1-x509": PECULIAR,
  "@peculiar/asn1-x509-attr": PECULIAR,
  "@peculiar/utils": PECULIAR,
  "@peculiar/x509": PECULIAR,
  "asn1js": { spdx: "BSD-3-Clause", holders: ["GMO GlobalSign", "Peculiar Ventures"] },
  "deno-std": {
    spdx: "MIT",
    holders: ["the Deno authors"],
    copyright: "Copyright 2018-2026 the Deno authors",
    source: "the first line of each of its files",
  },
  "dijkstrajs": { spdx: "MIT", holders: ["Wyatt Baldwin"] },
  "dns-packet": { spdx: "MIT", holders: ["Mathias Buus"] },
  "pvtsutils": PECULIAR,
  "pvutils": PECULIAR,
  // The second holder wrote the program on which qrcode is based.
  "qrcode": { spdx: "MIT", holders: ["Ryan Day", "Kazuhiko Arase"] },
  "reflect-metadata": { spdx: "Apache-2.0", holders: ["Microsoft"] },
  "tslib": { spdx: "0BSD", holders: ["Microsoft"] },
  "tsyringe": { spdx: "MIT", holders: ["Microsoft"] },
  "werift": {
    spdx: "MIT",
    // The second holder wrote binary-data, parts of which are in werift.
    holders: ["shinyoshiaki", "Dmitry Tsvettsikh"],
    copyright: "Copyright (c) 2020 shinyoshiaki",
    source: "the file LICENSE of its repository, which the package leaves out",
  },
};

/** The text of the MIT licence, below its copyright line. */
export const MIT_TEXT = `\
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const BSD_3_CLAUSE_TEXT = `\
Redistribution and use in source and binary forms, with or without modification, are permitted
provided that the following conditions are met:

    * Redistributions of source code must retain the above copyright notice, this list of conditions
      and the following disclaimer.
    * Redistributions in binary form must reproduce the above copyright notice, this list of
      conditions and the following disclaimer in the documentation and/or other materials provided
      with the distribution.
    * Neither the name of Google Inc. nor the names of its contributors may be used to endorse or
      promote products derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR
IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND
FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR
CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE,
DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER
IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF
THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

const UNICODE_3_TEXT = `\
Permission is hereby granted, free of charge, to any person obtaining a copy of data files and any
associated documentation (the "Data Files") or software and any associated documentation (the
"Software") to deal in the Data Files or Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, and/or sell copies of the Data Files or
Software, and to permit persons to whom the Data Files or Software are furnished to do so, provided
that either (a) this copyright and permission notice appear with all copies of the Data Files or
Software, or (b) this copyright and permission notice appear in associated Documentation.

THE DATA FILES AND SOFTWARE ARE PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED,
INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT OF THIRD PARTY RIGHTS.

IN NO EVENT SHALL THE COPYRIGHT HOLDER OR HOLDERS INCLUDED IN THIS NOTICE BE LIABLE FOR ANY CLAIM,
OR ANY SPECIAL INDIRECT OR CONSEQUENTIAL DAMAGES, OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF
USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING
OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THE DATA FILES OR SOFTWARE.

Except as contained in this notice, the name of a copyright holder shall not be used in advertising
or otherwise to promote the sale, use or other dealings in these Data Files or Software without
prior written authorization of the copyright holder.`;

/** The large parts of Deno's runtime. The runtime is in the executables, but not in a bundle. */
export const RUNTIME_PARTS = [
  {
    name: "Deno's runtime",
    spdx: "MIT",
    copyright: "Copyright 2018-2026 the Deno authors",
    text: MIT_TEXT,
  },
  {
    name: "V8",
    spdx: "BSD-3-Clause",
    copyright: "Copyright 2014, the V8 project authors. All rights reserved.",
    text: BSD_3_CLAUSE_TEXT,
  },
  {
    name: "ICU",
    spdx: "Unicode-3.0",
    copyright: "Copyright © 2016-2026 Unicode, Inc.",
    text: UNICODE_3_TEXT,
  },
] as const;

/**
 * Joins the modules of a page into one script, so that a phone makes one request and not forty. It
 * works on texts and reads no files.
 *
 * It is not a parser. It knows the statements that `deno fmt` puts at the beginning of a line, and
 * refuses all others. The tests link the real pages, so a refusal fails a test and does not reach a
 * guest. Executables do not use this file: their pages are bundled by the build.
 *
 * @module
 */

import * as nodeModule from "node:module";

/** Reads a module. The path is relative to the folder of the page, `../` included. */
export type ReadModule = (path: string) => Promise<string>;

/** A script. */
export interface LinkedScript {
  readonly text: string;
  /** The modules that it imports with `import()`. They become scripts of their own. */
  readonly later: readonly string[];
}

interface Module {
  /** The module's statements, rewritten. */
  readonly body: string;
  readonly exports: ReadonlySet<string>;
}

/**
 * Links the module at `entry` with everything that it imports.
 *
 * @param entry path relative to the folder of the page, for example `main.ts`.
 * @param read returns the text of a module.
 * @returns a script that is itself a module, with the exports of `entry`.
 * @throws {Error} for a missing file, a circular import, or an unknown statement.
 */
export async function linkModules(entry: string, read: ReadModule): Promise<LinkedScript> {
  if (nodeModule.stripTypeScriptTypes === undefined) {
    throw new Error(
      `Deno ${Deno.version.deno} cannot take types out of TypeScript; a newer one can`,
    );
  }
  const modules = new Map<string, Module>();
  const underWay: string[] = [];
  const later = new Set<string>();

  const add = async (path: string): Promise<void> => {
    if (modules.has(path)) return;
    if (underWay.includes(path)) {
      throw new Error(`these import each other: ${[...underWay, path].join(" → ")}`);
    }
    underWay.push(path);
    const source = nodeModule.stripTypeScriptTypes(await read(path));
    for (const specifier of importsOf(source, path)) await add(resolve(path, specifier));
    const module = rewrite(source, path, (from) => ({
      number: [...modules.keys()].indexOf(from),
      exports: modules.get(from)!.exports,
    }), later);
    modules.set(path, module);
    underWay.pop();
  };

  await add(entry);
  const parts = [...modules.values()].map(({ body }, i) =>
    `const $${i} = (() => {\n${body}})();\n`
  );
  const exported = [...modules.get(entry)!.exports];
  const exports = exported.length === 0
    ? ""
    : `export const { ${exported.join(", ")} } = $${modules.size - 1};\n`;
  return { text: parts.join("") + exports, later: [...later] };
}

const IMPORT = /^import\s*(?:(\{[^}]*\}|\*\s*as\s+[\w$]+)\s*from\s*)?"([^"]+)";/gm;
const EXPORT_FROM = /^export\s*\{([^}]*)\}\s*from\s*"([^"]+)";/gm;
const EXPORT_LIST = /^export\s*\{([^}]*)\};/gm;
const EXPORT_DECLARATION = /^export\s+((?:async\s+)?function\s*\*?|class|const)\s+([\w$]+)/gm;
const IMPORT_LATER = /\bimport\(\s*"([^"]+)"\s*\)/g;

function importsOf(source: string, path: string): string[] {
  const specifiers = [IMPORT, EXPORT_FROM].flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, , specifier]) => specifier)
  );
  for (const specifier of specifiers) {
    if (!specifier.startsWith(".")) {
      throw new Error(`${path} imports "${specifier}": a page has nothing but its own files`);
    }
  }
  return specifiers;
}

function rewrite(
  source: string,
  path: string,
  find: (path: string) => { number: number; exports: ReadonlySet<string> },
  later: Set<string>,
): Module {
  /** Export name → name in the module. */
  const exports = new Map<string, string>();
  const take = (names: string, specifier: string) => {
    const { number, exports } = find(resolve(path, specifier));
    const missing = listOf(names).find(([name]) => !exports.has(name));
    if (missing !== undefined) {
      throw new Error(
        `${path} imports ${
          missing[0]
        } from "${specifier}", which does not export it (for a type, ` +
          "write `import type`)",
      );
    }
    const bindings = listOf(names).map(([name, as]) => name === as ? name : `${name}: ${as}`);
    return bindings.length === 0 ? "" : `const { ${bindings.join(", ")} } = $${number};`;
  };
  const body = withoutComments(source)
    .replace(IMPORT, (_, what: string | undefined, specifier: string) => {
      if (what === undefined) return "";
      if (what.startsWith("{")) return take(what.slice(1, -1), specifier);
      return `const ${what.replace(/^\*\s*as\s+/, "")} = $${
        find(resolve(path, specifier)).number
      };`;
    })
    .replace(EXPORT_FROM, (_, names: string, specifier: string) => {
      for (const [, as] of listOf(names)) exports.set(as, as);
      return take(names, specifier);
    })
    .replace(EXPORT_LIST, (_, names: string) => {
      for (const [name, as] of listOf(names)) exports.set(as, name);
      return "";
    })
    .replace(EXPORT_DECLARATION, (_, kind: string, name: string) => {
      exports.set(name, name);
      return `${kind} ${name}`;
    })
    .replace(IMPORT_LATER, (_, specifier: string) => {
      const target = resolve(path, specifier);
      later.add(target);
      // Scripts are all in one folder, whatever folder the module was in.
      return `import("./${target.replace(/\.ts$/, ".js")}")`;
    });
  const unknown = /^(?:import|export)\b(?!\().*/m.exec(body);
  if (unknown !== null) throw new Error(`${path} has a statement of no known kind: ${unknown[0]}`);
  const fields = [...exports].map(([as, name]) => as === name ? name : `${as}: ${name}`);
  return {
    body: `${body}\nreturn { ${fields.join(", ")} };\n`,
    exports: new Set(exports.keys()),
  };
}

/** The names in `a, b as c`, each with its new name. */
function listOf(names: string): (readonly [name: string, as: string])[] {
  return names.split(",").map((part) => part.trim()).filter((part) => part !== "").map((part) => {
    const [name, as = name] = part.split(/\s+as\s+/);
    return [name, as] as const;
  });
}

/** Removes comments on lines of their own, and the space that removed types leave behind. */
function withoutComments(source: string): string {
  return source
    .replace(/^[ \t]*\/\*\*?(?:[^*]|\*(?!\/))*\*\/[ \t]*\n/gm, "")
    .replace(/^[ \t]*\/\/.*\n/gm, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n");
}

/** The path of the module that `from` imports as `specifier`. */
function resolve(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") {
      if (parts.length > 0 && parts.at(-1) !== "..") parts.pop();
      else parts.push("..");
    } else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

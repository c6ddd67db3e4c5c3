// What the providers' own libraries say. A request is a line of JSON on standard
// input, and gets its answer as a line:
//
//	{"do": "verify", "provider", "secret", "method", "url", "headers", "body"} → {"accepted"} or {"refused": why}
//	{"do": "sign", …, "at": milliseconds} → {"headers"} or {"body"}, whichever carries the signature
//	{"do": "list"} → {"libraries": [{"provider", "package", "signs"}]}
//
// Header names are lower case, as Node has them, and bodies are base64. What can
// not be asked is {"fault": why}, so that nothing broken here looks like a refusal.
import { createInterface } from "node:readline";
import { libraries } from "./libraries.mjs";

// Some libraries log to standard output, which is the answers'.
globalThis.console = new console.Console(process.stderr);
console.debug = () => {};

const loaded = new Map();

async function load(provider) {
  if (!Object.hasOwn(libraries, provider)) {
    throw new Error(`no library for ${provider}`);
  }
  if (!loaded.has(provider)) {
    loaded.set(provider, await libraries[provider].load());
  }
  return libraries[provider];
}

async function answer({ do: what, provider, body, ...rest }) {
  if (what === "list") {
    return { libraries: Object.entries(libraries).map(([name, l]) => ({ provider: name, package: l.package, signs: Boolean(l.sign) })) };
  }
  const library = await load(provider);
  const bytes = Buffer.from(body, "base64");
  const request = { ...rest, bytes, text: bytes.toString("utf8") };
  switch (what) {
    case "sign":
      return library.sign(request, loaded.get(provider));
    case "verify":
      try {
        return (await library.verify(request, loaded.get(provider))) ? { accepted: true } : { refused: "false" };
      } catch (err) {
        return { refused: String(err?.message ?? err) };
      }
    default:
      throw new Error(`can not ${what}`);
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  let out;
  try {
    out = await answer(JSON.parse(line));
  } catch (err) {
    out = { fault: String(err?.message ?? err) };
  }
  process.stdout.write(JSON.stringify(out) + "\n");
}

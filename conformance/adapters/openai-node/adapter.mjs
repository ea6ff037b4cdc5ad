// Adapter program for the npm package openai, versions 5 to 7: node adapter.mjs PATH_OF_THE_PACKAGE
//
// Speaks the suite's adapter protocol, version 1: JSON lines over standard input and output. Nothing is tried again
// and time-outs are short, so that each call is one request.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const TIMEOUT = 3000; // milliseconds

// Standard output belongs to the protocol.
for (const name of ["log", "info", "debug"]) console[name] = console.error;

const directory = process.argv[2];
let sdk;
try {
  sdk = createRequire(import.meta.url)(directory);
} catch (error) {
  console.error(`the package in ${directory} cannot be loaded: ${String(error?.message ?? error).split("\n")[0]}`);
  process.exit(1);
}
const { OpenAI } = sdk;
const { version } = JSON.parse(readFileSync(join(directory, "package.json"), "utf8"));

const write = (message) => process.stdout.write(JSON.stringify(message) + "\n");

let client;
function assistants({ base_url: baseURL, api_key: apiKey }) {
  client ??= new OpenAI({ baseURL, apiKey, organization: null, project: null, maxRetries: 0, timeout: TIMEOUT });
  return client.beta.assistants;
}

// A number that JavaScript rounds was never given to the SDK, so what it sends says nothing about it.
function inexpressible(line) {
  for (const [token] of line.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/-?\d[\d.eE+-]*/g)) {
    const value = Number(token);
    if (!Number.isFinite(value)) return `JavaScript has no number ${token.slice(0, 40)}`;
    if (/^-?\d+$/.test(token) && BigInt(token) !== BigInt(value)) return `JavaScript has no integer ${token.slice(0, 40)}`;
  }
  return null;
}

function raised(error) {
  const known = { kind: error?.constructor?.name ?? typeof error, message: String(error?.message ?? error) };
  if (!(error instanceof sdk.OpenAIError)) return { ...known, own: false };
  if (!(error instanceof sdk.APIError)) return known;
  const { status, type, param, code } = error;
  return { ...known, status: status ?? null, type: type ?? null, param: param ?? null, code: code ?? null };
}

async function answer(line) {
  const call = JSON.parse(line);
  const reason = inexpressible(line);
  if (reason !== null) return { id: call.id, not_run: reason };
  try {
    const api = assistants(call);
    const value = call.call === "modify" ? await api.update(call.assistant_id, call.fields) : await api.retrieve(call.assistant_id);
    return { id: call.id, returned: value ?? null };
  } catch (error) {
    return { id: call.id, raised: raised(error) };
  }
}

const settings = { maxRetries: "0", timeout: `${TIMEOUT / 1000} s`, node: process.version };
write({ conformance: 1, name: "openai", version, language: "javascript", cannot: ["integer.beyond_2_53"], settings });

// Not node:readline, which ends lines at U+2028 as well.
let waiting = "";
process.stdin.setEncoding("utf8");
for await (const chunk of process.stdin) {
  waiting += chunk;
  const lines = waiting.split("\n");
  waiting = lines.pop();
  for (const line of lines) write(await answer(line));
}

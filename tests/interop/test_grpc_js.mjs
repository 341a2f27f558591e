// @grpc/grpc-js with descriptors by @grpc/proto-loader: one order from receipt to closing, over
// mutual TLS. Without HOTLINE_ADDRESS it starts itself again beside a server.
import { randomUUID } from "node:crypto";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = process.env.HOTLINE_SOURCE;
const address = process.env.HOTLINE_ADDRESS;
const certs = process.env.HOTLINE_CERTS;
if (!address) {
  const run = path.join(here, "../support/run_with_server.py");
  const command = [run, process.execPath, fileURLToPath(import.meta.url)];
  process.exit(spawnSync("/usr/bin/python3", command, { stdio: "inherit" }).status ?? 1);
}

const load = createRequire(path.join(process.env.HOTLINE_NPM, "node_modules", "/"));
const grpc = load("@grpc/grpc-js");
const loader = load("@grpc/proto-loader");
const definitions = loader.loadSync(
  ["intake", "dispatch", "handling", "review", "return_visit", "order_service", "deadline"]
    .map((name) => `hotline/v1/${name}.proto`),
  { includeDirs: [path.join(source, "api")], keepCase: true, enums: String, longs: Number },
);
const api = grpc.loadPackageDefinition(definitions).hotline.v1;

const clients = new Map();
function client(certificate, service) {
  const key = `${certificate} ${service}`;
  if (!clients.has(key)) {
    const file = (name) => readFileSync(path.join(certs, name));
    const credentials = grpc.credentials.createSsl(
      file("ca.pem"), file(`${certificate}.key`), file(`${certificate}.pem`));
    clients.set(key, new api[service](address, credentials,
      { "grpc.ssl_target_name_override": "localhost" }));
  }
  return clients.get(key);
}

function metadataOf(who) {
  const metadata = new grpc.Metadata();
  if (who !== "district") metadata.set("hotline-person", who);
  return metadata;
}

function call(who, method, content) {
  const [service, name] = method.replace("hotline.v1.", "").split("/");
  const stub = client(who === "district" ? "district" : "backend", service);
  const deadline = { deadline: Date.now() + 30000 };
  return new Promise((resolve, reject) => {
    stub[name](content, metadataOf(who), deadline,
      (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

/** "NOW" is the office time; everything that is a time here is a Timestamp. */
function filled(value) {
  if (value === "NOW") return { seconds: Date.parse(process.env.HOTLINE_NOW) / 1000, nanos: 0 };
  if (value === "NUMBER") return `JS-${process.pid}`;
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one)]));
}

/** The next reminder on a watch, or an error. */
function nextReminder(stream) {
  return new Promise((resolve, reject) => {
    stream.on("data", (message) => message.reminder && resolve(message.reminder.reminder));
    stream.on("error", reject);
  });
}

const watch = client("backend", "DeadlineService").WatchReminders(
  { parent: "subdistricts/310113003" }, metadataOf("c01"), { deadline: Date.now() + 30000 });
await new Promise((resolve, reject) => {
  watch.once("data", (message) => (message.created ? resolve() : reject(new Error("no created"))));
  watch.once("error", reject);
});
const reminded = nextReminder(watch);

let name;
for (const step of JSON.parse(readFileSync(path.join(here, "life.json"), "utf8"))) {
  const content = { ...filled(step.content), request_id: randomUUID(), ...(name ? { name } : {}) };
  const { order, replayed } = await call(step.as, step.method, content);
  assert.equal(order.state, step.state, step.method);
  assert.ok(!replayed);
  name = order.name;
  const again = await call(step.as, step.method, content);
  assert.equal(again.replayed, true, `${step.method} again`);
  assert.equal(again.order.etag, order.etag);
}
const { order } = await call("c01", "hotline.v1.OrderService/GetOrder", { name });
assert.equal(order.state, "ORDER_STATE_CLOSED");
assert.equal(order.event_count, 11);
assert.equal(order.citizen.name, "陈**");
assert.equal((await reminded).order, name);
watch.cancel();

const refusal = await call("c01", "hotline.v1.IntakeService/AcceptOrder", {
  name, request_id: randomUUID(), category: "REQUEST_CATEGORY_HELP", matter: { code: "1" },
}).then(() => assert.fail("not refused"), (error) => error);
assert.equal(refusal.code, grpc.status.FAILED_PRECONDITION);
assert.equal(refusal.metadata.get("grpc-status-details-bin").length, 1);
for (const one of clients.values()) one.close();
console.log(`${name} is closed`);

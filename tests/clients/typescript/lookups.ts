// Looks contacts up with the generated client, and prints what it was told as one JSON object.
//   node lookups.js URL TOKEN ACCOUNT-TO-PERMIT ACCOUNT-TO-DENY KEY

import { CollectorApi, Configuration, EventsApi, LookupFromJSON, ProblemFromJSON, ResponseError } from "./client/index.js";

const [url, token, reachable, other, key] = process.argv.slice(2) as [string, string, string, string, string];
const as = (accessToken: string) => new Configuration({ basePath: url, accessToken });
const asked = (account: string) =>
  LookupFromJSON({ account, about: "contact", purpose: "restore-contact", mode: "number", agent: "agent-17" });

const collector = new CollectorApi(as(token));
const permit = await collector.lookUp({ idempotencyKey: key, lookup: asked(reachable) });
const deny = await collector.lookUp({ idempotencyKey: "typescript", lookup: asked(other) });
const again = await collector.getLookup({ lookup: deny.lookup });
const events = await new EventsApi(as(token)).listEvents({ after: deny.logIndex - 1 });

let problem = "";
try {
  await new CollectorApi(as("nonsense")).getLookup({ lookup: deny.lookup });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  problem = ProblemFromJSON(await error.response.json()).code;
}

console.log(JSON.stringify({
  permit: permit.verdict, jwe: permit.release?.jwe, script: permit.obligations?.script,
  deny: deny.verdict, state: deny.state, action: deny.next?.action, missing: deny.missing?.map((one) => one.code),
  again: again.lookup === deny.lookup, problem, lookup: deny.lookup,
  kinds: events.items.filter((one) => one.id === deny.lookup).map((one) => one.kind),
}));

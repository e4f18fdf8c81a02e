// Audits a running server for GraphQL over HTTP: node audit.mjs http://127.0.0.1:4000
// Introspection must be on, for some audits ask the schema about itself.
import { serverAudits } from 'graphql-http';

const base = process.argv[2];
if (!base) {
  console.error('usage: node audit.mjs BASE_URL');
  process.exit(2);
}
const url = new URL('/graphql', base).toString();
const promised = { MUST: 13, SHOULD: 23 };
const passed = { MUST: 0, SHOULD: 0, MAY: 0 };
const all = { MUST: 0, SHOULD: 0, MAY: 0 };

for (const audit of serverAudits({ url })) {
  const level = audit.name.split(' ', 1)[0];
  const result = await audit.fn();
  all[level] += 1;
  if (result.status === 'ok') {
    passed[level] += 1;
  } else {
    console.log(`${result.status} ${audit.id} ${audit.name}: ${result.reason}`);
  }
}
console.log(['MUST', 'SHOULD', 'MAY'].map((level) => `${level} ${passed[level]}/${all[level]}`).join(' '));
const holds = Object.entries(promised).every(([level, count]) => passed[level] === count && all[level] === count);
process.exit(holds ? 0 : 1);
